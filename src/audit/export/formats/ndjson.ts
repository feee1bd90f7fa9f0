/** NDJSON: each line the entry itself, in the canonical form that the log hashes. What the import reads again. */
import { canonical } from '../../../pathways/log.js';
import type { ByIndex, LoggedEntry } from './entry.js';
import { gathered } from './stream.js';

/** The log holds nothing that has no canonical form, so an entry without one did not come from it. Says which entry, not what it holds. */
export function canonicalOf({ pathway, seq }: LoggedEntry, value: unknown): string {
  try {
    return canonical(value);
  } catch (cause) {
    throw new Error(
      `entry ${seq} of ${pathway} has no canonical JSON (half a character, NaN or a circle): read it from the log again`,
      { cause },
    );
  }
}

async function* lines(entries: AsyncIterable<LoggedEntry>): AsyncGenerator<string> {
  for await (const entry of entries) yield `${canonicalOf(entry, entry)}\n`;
}

export const ndjson: ByIndex<'ndjson'> = {
  name: 'ndjson',
  media: 'application/x-ndjson; charset=utf-8',
  extension: 'ndjson',
  order: 'index',
  write: (entries) => gathered(lines(entries)),
};
