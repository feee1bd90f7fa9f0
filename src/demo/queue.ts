/** What is still to be done, in the order of time; at the same time by the patient's number, then in the order of asking. */
import type { Instant } from '../../machines/calendar.js';

type Entry = { at: Instant; patient: number; order: number; work: () => Promise<void> };
const before = (a: Entry, b: Entry): boolean => (a.at !== b.at ? a.at < b.at : a.patient !== b.patient ? a.patient < b.patient : a.order < b.order);

/** A binary heap. */
export class Queue {
  private readonly heap: Entry[] = [];
  private asked = 0;

  add(at: Instant, patient: number, work: () => Promise<void>): void {
    const { heap } = this;
    const entry = { at, patient, order: this.asked++, work };
    let place = heap.push(entry) - 1;
    while (place > 0) {
      const parent = (place - 1) >> 1;
      if (!before(entry, heap[parent]!)) break;
      heap[place] = heap[parent]!;
      place = parent;
    }
    heap[place] = entry;
  }

  /** The next that is due before a time. */
  take(until: Instant): Entry | undefined {
    const { heap } = this;
    const first = heap[0];
    if (first === undefined || first.at >= until) return undefined;
    const last = heap.pop()!;
    if (heap.length > 0) this.sink(last);
    return first;
  }

  private sink(entry: Entry): void {
    const { heap } = this;
    let place = 0;
    for (;;) {
      let child = 2 * place + 1;
      if (child + 1 < heap.length && before(heap[child + 1]!, heap[child]!)) child += 1;
      if (child >= heap.length || !before(heap[child]!, entry)) break;
      heap[place] = heap[child]!;
      place = child;
    }
    heap[place] = entry;
  }
}
