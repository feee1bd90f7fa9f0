/**
 * Stored snapshots that this process has checked or written: one that comes back the same, character by character, needs no second look. Reading and
 * checking is a third of what the machine costs a transition, and whoever works with a patient mostly sends several events.
 * The chart is restored from it each time all the same: a live one has its histories in another form than a replay finds them.
 */
import type { Chart } from '../../machines/engine/chart.js';
import type { Stored } from '../../machines/engine/snapshot.js';

const remembered = 2_000;

export class Trusted {
  private readonly known = new Map<string, { text: string; stored: Stored; version: number }>();

  /** The snapshot, or why it is not to be trusted. */
  read(id: string, text: string, { faultOf, version }: Chart): Stored | { fault: string } {
    const found = this.known.get(id);
    if (found?.text === text && found.version === version) return found.stored;
    const stored = parsed(text);
    const fault = faultOf(stored);
    if (fault !== undefined) return { fault };
    this.keep(id, text, stored as Stored, version);
    return stored as Stored;
  }

  keep(id: string, text: string, stored: Stored, version: number): void {
    this.known.delete(id);
    if (this.known.size >= remembered) this.known.delete(this.known.keys().next().value!);
    this.known.set(id, { text, stored, version });
  }
}

const parsed = (text: string): unknown => {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return undefined;
  }
};
