/** Names of new things: UUIDv7, which sort by time. The demo's are the same on every first start of a day. */
import { v7 } from 'uuid';

export abstract class Ids {
  abstract next(at: Date): string;
}
export class RandomIds extends Ids {
  next(at: Date): string { return v7({ msecs: at.getTime() }); }
}
/** From a source of bytes that is repeatable. */
export class SeededIds extends Ids {
  constructor(private readonly byte: () => number) { super(); }
  next(at: Date): string { return v7({ msecs: at.getTime(), seq: 0, random: Uint8Array.from({ length: 16 }, this.byte) }); }
}
