/** Names of new things (UUIDv7, which sort by time) and keys. The demo's are the same on every first start of a day. */
import { randomBytes } from 'node:crypto';
import { v7 } from 'uuid';

export abstract class Ids {
  abstract next(at: Date): string;
  /** 32 bytes, for what is known of a patient (pathways/log.ts). */
  abstract key(): Buffer;
}
export class RandomIds extends Ids {
  next(at: Date): string {
    return v7({ msecs: at.getTime() });
  }
  key(): Buffer {
    return randomBytes(32);
  }
}
/** From a source of bytes that is repeatable. */
export class SeededIds extends Ids {
  constructor(private readonly byte: () => number) {
    super();
  }
  next(at: Date): string {
    return v7({ msecs: at.getTime(), seq: 0, random: Uint8Array.from({ length: 16 }, this.byte) });
  }
  key(): Buffer {
    return Buffer.from(Array.from({ length: 32 }, this.byte));
  }
}
