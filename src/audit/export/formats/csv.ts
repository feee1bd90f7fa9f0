/** The log as a sheet, one line an entry (src/csv.ts says for whom). */
import { BOM, csvLine, csvMedia } from '../../../http/csv.js';
import { labelOf, stateLine, type ByIndex, type LoggedEntry } from './entry.js';
import { canonicalOf } from './ndjson.js';
import { gathered } from './stream.js';

export { harmless } from '../../../http/csv.js';

/** A payload is whatever an older version took; a line of it that is no rule with a reason stays in the payload's own cell. */
const overridesOf = ({ event: { overrides } }: LoggedEntry): string =>
  (Array.isArray(overrides) ? (overrides as unknown[]) : [])
    .flatMap((given) => {
      const { rule, reason } = (given ?? {}) as { rule?: unknown; reason?: unknown };
      return typeof rule === 'string' ? [`${rule}: ${typeof reason === 'string' ? reason : ''}`] : [];
    })
    .join('\n');

/** The names are part of the format: other people's sheets and scripts go by them. */
export const columns: Record<string, (entry: LoggedEntry) => string> = {
  index: ({ index }) => (index === null ? '' : String(index)),
  pathway: ({ pathway }) => pathway,
  seq: ({ seq }) => String(seq),
  event: ({ event }) => event.type,
  label: ({ event }) => labelOf(event.type)?.da ?? '',
  occurredAt: ({ occurredAt }) => occurredAt,
  recordedAt: ({ recordedAt }) => recordedAt,
  fromStage: ({ from }) => from?.stage ?? '',
  fromState: ({ from }) => (from ? stateLine(from.state) : ''),
  fromUnit: ({ from }) => from?.unit ?? '',
  toStage: ({ to }) => to.stage,
  toState: ({ to }) => stateLine(to.state),
  toUnit: ({ to }) => to.unit ?? '',
  role: ({ actor }) => actor.role,
  unit: ({ actor }) => actor.unit,
  sub: ({ actor }) => actor.sub,
  overrides: overridesOf,
  unmetRules: ({ findings }) =>
    findings
      .filter(({ status }) => status !== 'met')
      .map(({ rule, status }) => `${rule}: ${status}`)
      .join('\n'),
  standing: ({ standing }) => standing,
  machineVersion: ({ machineVersion }) => String(machineVersion),
  ruleSet: ({ ruleSet }) => ruleSet,
  hash: ({ hash }) => hash,
  via: ({ via }) => via ?? '',
  /** Empty where what was told has been erased: the type alone would read as an event without payload. */
  payload: (entry) => (entry.erased ? '' : canonicalOf(entry, entry.event)),
};
const readers = Object.values(columns);

async function* rows(entries: AsyncIterable<LoggedEntry>): AsyncGenerator<string> {
  yield `${BOM}${Object.keys(columns).join(';')}\r\n`;
  for await (const entry of entries) yield csvLine(readers.map((read) => read(entry)));
}

export const csv: ByIndex<'csv'> = {
  name: 'csv',
  media: csvMedia,
  extension: 'csv',
  order: 'index',
  write: (entries) => gathered(rows(entries)),
};
