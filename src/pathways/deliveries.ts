/**
 * What becomes of messages is what the memory of the pathway says of them (`undelivered`), so whatever changes that (a resending, another GP, a letter that is recalled,
 * a correction) changes what is delivered, in the same commit.
 */
import type { Context, Undelivered } from '../../machines/pathway/context.js';

/** As the table of messages has it (migrations/sql/tables.sql). */
export type DeliveryState = 'queued' | 'held' | 'taken' | 'failed' | 'settled';
type Change = { seq: number; number: number; state: DeliveryState; to: string | null; trouble: string | null };

/** What came in from elsewhere was told there; whoever gets it now is a person's to say. */
const stateOf = ({ to, failed }: Undelivered, imported: boolean): DeliveryState =>
  failed ? 'failed' : to === null || imported ? 'held' : 'queued';

/** The state of each message of the step itself, in order, and what becomes of earlier ones. */
export function deliveriesOf(
  before: Context['undelivered'],
  after: Context['undelivered'],
  own: number,
  messages: number,
  imported = false,
): { own: DeliveryState[]; changed: Change[] } {
  const changed: Change[] = [];
  const say = (id: string, state: DeliveryState, entry?: Undelivered) => {
    const [seq, number] = id.split('.').map(Number) as [number, number];
    if (seq !== own) changed.push({ seq, number, state, to: entry?.to ?? null, trouble: entry?.failed?.text ?? null });
  };
  for (const id of Object.keys(before)) if (!Object.hasOwn(after, id)) say(id, 'settled');
  for (const [id, entry] of Object.entries(after)) {
    const was = Object.hasOwn(before, id) ? before[id] : undefined;
    if (was?.at === entry.at && was.to === entry.to && was.failed?.at === entry.failed?.at) continue;
    say(id, stateOf(entry, imported), entry);
  }
  return {
    own: Array.from({ length: messages }, (_, index) => {
      const entry = after[`${own}.${index + 1}`];
      return entry ? stateOf(entry, imported) : 'settled';
    }),
    changed,
  };
}
