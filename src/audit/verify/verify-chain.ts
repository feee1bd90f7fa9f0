/** Does each entry of a pathway continue the one before it? Links come one pathway after the other, or all mixed, those of a pathway always in order. */
import type { Faults, Where } from './verify-faults.js';

/** `prev` is undefined where the leaf cannot be read. Hashes in hex. */
export type ChainLink = {
  pathway: string;
  seq: number;
  hash: string;
  prev: string | null | undefined;
  index: number | undefined;
};
export type End = { seq: number; hash: string; index: number | undefined };

export class Chains {
  private readonly ends = new Map<string, End>();
  /** `begins` is false where a log is looked at from its middle on: what a pathway's first link there continues is not in it. */
  constructor(
    private readonly faults: Faults,
    private readonly begins = true,
  ) {}

  link({ pathway, seq, hash, prev, index }: ChainLink): void {
    const end = this.ends.get(pathway);
    const expected = (end?.seq ?? 0) + 1;
    const fault = (what: string, range: Where = {}) => {
      this.faults.add(
        what,
        { ...(index === undefined ? {} : { index }), ...range, kind: 'transition', pathway, seq },
        { rank: 'chain' },
      );
    };
    if (seq < expected) return fault(`it stands in the log again, or after seq ${expected - 1}`);
    const checked = end !== undefined || this.begins;
    if (checked && seq > expected) fault(`the entries of its pathway before it are missing from seq ${expected} on`);
    else if (checked && prev !== undefined && prev !== (end?.hash ?? null))
      fault(
        'it does not continue the entry before it: one of the two was changed',
        end?.index === undefined || index === undefined ? {} : { first: end.index, last: index },
      );
    this.ends.set(pathway, { seq, hash, index });
  }

  /** Pathways that were seen and not taken. */
  get size(): number {
    return this.ends.size;
  }

  /** How a pathway ends; it is forgotten. */
  take(pathway: string): End | undefined {
    const end = this.ends.get(pathway);
    this.ends.delete(pathway);
    return end;
  }
}
