/**
 * CSV after RFC 4180, with two things for those who open it by a double click in a Danish Excel: a BOM, without which it reads UTF-8 as Windows-1252, and `;`
 * between the cells, since the comma is the decimal sign there and a file with commas lands in one column. Everybody else reads the `;` off the header.
 */
import { labelOf, stateLine, type ByIndex, type LoggedEntry } from './entry.js';
import { canonicalOf } from './ndjson.js';
import { gathered } from './stream.js';

const BOM = '\ufeff';
/** What a spreadsheet takes for the beginning of a formula, in half and full width, and whatever it may strip before looking. */
const formula = /^(?:[\t\r\n]|\s*[=+\-@＝＋－＠'])/;
/** NUL ends a text in many readers, and half a character has no UTF-8. */
const unwritable = /[\0\p{Surrogate}]/gu;

/**
 * The text of a cell before quoting. One that a spreadsheet would work out gets a `'` in front; one that has a `'` there already gets a second,
 * so that whoever reads the file by machine takes exactly one off and has what was written.
 */
export const harmless = (text: string): string => {
  const written = text.replace(unwritable, '\ufffd');
  return formula.test(written) ? `'${written}` : written;
};
const quoted = (cell: string): string => (/[;,"\r\n\t]|^\s|\s$/.test(cell) ? `"${cell.replaceAll('"', '""')}"` : cell);

/** A payload is whatever an older version took; a line of it that is no rule with a reason stays in the payload's own cell. */
const overridesOf = ({ event: { overrides } }: LoggedEntry): string => (Array.isArray(overrides) ? overrides as unknown[] : [])
  .flatMap((given) => {
    const { rule, reason } = (given ?? {}) as { rule?: unknown; reason?: unknown };
    return typeof rule === 'string' ? [`${rule}: ${typeof reason === 'string' ? reason : ''}`] : [];
  }).join('\n');

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
  unmetRules: ({ findings }) => findings.filter(({ status }) => status !== 'met').map(({ rule, status }) => `${rule}: ${status}`).join('\n'),
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
  for await (const entry of entries) yield `${readers.map((read) => quoted(harmless(read(entry)))).join(';')}\r\n`;
}

export const csv: ByIndex<'csv'> = { name: 'csv', media: 'text/csv; charset=utf-8; header=present', extension: 'csv', order: 'index', write: (entries) => gathered(rows(entries)) };
