/** Every checkpoint, in the database and outside it, against the root that the log has at its size; and both against each other. */
import type { Kept } from '../tree/keep.js';
import { NoteRefused, readCheckpoint, type Checkpoint, type Verifier } from '../tree/note.js';
import type { Log, Outside } from './source.js';
import type { Fault, Faults } from './verify-faults.js';

type Side = 'inside' | 'outside';
type Run = { fault: Fault; size: number; count: number };
const sides = { inside: 'kept with the log', outside: 'kept outside' } as const;

export class Checkpoints {
  /** How many sizes have one, and the largest of those whose root is the log's. */
  count = 0;
  covered = 0;
  private readonly inside: AsyncIterator<Kept>;
  private readonly beyond: Iterator<Kept>;
  private readonly waiting: Partial<Record<Side, Kept>> = {};
  private readonly alone: Record<Side, number[]> = { inside: [], outside: [] };
  /** The first that disagrees since the last that agreed: others that follow it add to its words. */
  private differing: Run | undefined;
  private readonly runs: Run[] = [];

  constructor(
    private readonly log: Log,
    private readonly outside: Outside | undefined,
    private readonly verifiers: readonly Verifier[],
    private readonly faults: Faults,
    private readonly from: number,
  ) {
    this.inside = log.checkpoints()[Symbol.asyncIterator]();
    this.beyond = (outside?.all() ?? [])[Symbol.iterator]();
    this.covered = from;
  }

  /** To be called once before anything else. */
  async begin(): Promise<void> {
    await this.advance('inside');
    await this.advance('outside');
  }
  /** The size of the next one. */
  get next(): number {
    return Math.min(this.waiting.inside?.size ?? Infinity, this.waiting.outside?.size ?? Infinity);
  }

  /** The log has this root at the size of the next one. */
  async reached(root: Buffer): Promise<void> {
    const size = this.next;
    const here = (['outside', 'inside'] as const).flatMap((side) =>
      this.waiting[side]?.size === size ? [{ side, note: this.waiting[side]!.note }] : [],
    );
    this.count += 1;
    if (here.length === 1 && this.outside) this.alone[here[0]!.side].push(size);
    const differ = here.length === 2 && here[0]!.note !== here[1]!.note;
    if (this.verifiers.length > 0)
      for (const { side, note } of differ ? here : here.slice(0, 1))
        this.compare(size, note, root, differ || here.length === 1 ? sides[side] : 'kept on both sides');
    if (differ) this.add('the one kept with the log and the one kept outside are not the same', size);
    for (const { side } of here) await this.advance(side);
  }

  private compare(size: number, note: string, root: Buffer, which: string): void {
    const read = this.read(note);
    if (typeof read === 'string') return void this.add(`the one ${which} is not believed: ${read}`, size);
    if (read.size !== size) return void this.add(`the one ${which} is one of size ${read.size}`, size);
    if (read.root.equals(root)) {
      this.covered = size;
      this.differing = undefined;
      return;
    }
    if (this.differing && this.differing.size !== size) return void (this.differing.count += 1);
    const { covered: first } = this;
    const fault = this.add(
      `the log has another root than the one ${which}: an entry was changed, taken out or put in after the first ${first}`,
      size,
      size > first ? { first, last: size - 1 } : {},
    );
    if (!this.differing) this.runs.push((this.differing = { fault, size, count: 0 }));
  }

  /** What was not reached. Those that are on one side only are looked for once more: a checkpoint is kept outside first, and then with the log. */
  async end({ grows }: { grows: boolean }): Promise<void> {
    while (!grows && this.waiting.inside) {
      this.add('the log is not that long', this.waiting.inside.size);
      await this.advance('inside');
    }
    for (const { fault, count } of this.runs)
      if (count > 0) fault.what += `; ${count} later ones differ too, as follows from it`;
    const last = this.outside?.last();
    for (const size of this.alone.outside) {
      if (size !== last?.size && (await this.log.checkpointAt(size)) === undefined)
        this.add('the one kept outside is not kept with the log', size);
    }
    const missing = new Set(this.alone.inside);
    if (missing.size > 0) for (const { size } of this.outside!.all()) missing.delete(size);
    for (const size of missing) this.add('the one kept with the log is not kept outside', size);
  }

  private read(note: string): Checkpoint | string {
    try {
      return readCheckpoint(note, this.verifiers);
    } catch (error) {
      if (error instanceof NoteRefused) return error.message;
      throw error;
    }
  }
  private add(what: string, size: number, range: { first?: number; last?: number } = {}): Fault {
    return this.faults.add(what, { checkpoint: size, ...range }, { at: Math.max(size - 1, 0), rank: 'checkpoint' });
  }

  private async advance(side: Side): Promise<void> {
    for (;;) {
      const { done, value } = side === 'inside' ? await this.inside.next() : this.beyond.next();
      if (done) return void delete this.waiting[side];
      if (Number.isSafeInteger(value.size) && value.size >= this.from) return void (this.waiting[side] = value);
      if (!(value.size < this.from))
        this.faults.add(
          `among the checkpoints ${sides[side]} is one whose name is no size`,
          {},
          { rank: 'checkpoint' },
        );
    }
  }
}
