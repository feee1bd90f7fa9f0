/**
 * XES (IEEE 1849-2016) for process mining: a trace for each pathway, an event for each entry that is part of what happened. No payload: what was written about
 * the patient is nothing that a process map needs. `smertevejen:` is declared as no extension, since an extension's address has to lead to its definition.
 */
import { createHash } from 'node:crypto';
import { isTakenBack, stateLine, takenBack, type ByPathway, type LeftOut, type LoggedEntry } from './entry.js';
import { gathered } from './stream.js';

type Kind = 'string' | 'date' | 'int' | 'boolean' | 'id';
type Attribute = [kind: Kind, key: string, value: string | number | boolean];

const entities: Record<string, string> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  '\t': '&#9;',
  '\n': '&#10;',
  '\r': '&#13;',
};
/** What an attribute would change (a line break becomes a space), and what XML 1.0 cannot hold at all, not even as a reference: that becomes U+FFFD. */
const special = /[&<>"\t\n\r]|[^\u0020-\ud7ff\ue000-\ufffd\u{10000}-\u{10ffff}]/gu;
export const attributeText = (text: string): string =>
  text.replace(special, (character) => entities[character] ?? '\ufffd');
const written = (indent: string, [kind, key, value]: Attribute): string =>
  `${indent}<${kind} key="${key}" value="${attributeText(String(value))}"/>\n`;
const writtenAll = (indent: string, attributes: Attribute[]): string =>
  attributes.map((attribute) => written(indent, attribute)).join('');

const uuid = /^[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}$/;
/** Readers of XES refuse an id that is no UUID: anything else is given the UUIDv8 of its SHA-256, the same in each export. */
export function idOf(text: string): string {
  if (uuid.test(text)) return text;
  const hex = createHash('sha256').update(text, 'utf8').digest('hex');
  const variant = ((parseInt(hex[16]!, 16) & 3) | 8).toString(16);
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-8${hex.slice(13, 16)}-${variant}${hex.slice(17, 20)}-${hex.slice(20, 32)}`;
}

/** The type too: what a correction brings in is an event of its own, beside the correction whose hash it has. */
export const eventId = ({ hash, event }: Pick<LoggedEntry, 'hash' | 'event'>): string => idOf(`${hash} ${event.type}`);

/** An event's attributes in their order. Those that each event has are the log's globals; a place without a unit or an entry without an index lacks one. */
const always = ({
  event,
  occurredAt,
  actor,
  hash,
  seq,
  to,
  recordedAt,
  machineVersion,
  ruleSet,
  standing,
}: LoggedEntry): Attribute[] => [
  ['string', 'concept:name', event.type],
  ['date', 'time:timestamp', occurredAt],
  ['string', 'lifecycle:transition', 'complete'],
  ['string', 'org:resource', actor.sub],
  ['string', 'org:role', actor.role],
  ['string', 'org:group', actor.unit],
  ['id', 'identity:id', eventId({ hash, event })],
  ['int', 'smertevejen:seq', seq],
  ['string', 'smertevejen:stage', to.stage],
  ['string', 'smertevejen:state', stateLine(to.state)],
  ['date', 'smertevejen:recordedAt', recordedAt],
  ['int', 'smertevejen:machineVersion', machineVersion],
  ['string', 'smertevejen:ruleSet', ruleSet],
  ['string', 'smertevejen:standing', standing],
  ['string', 'smertevejen:hash', hash],
];
const sometimes = ({ to, index, via, erased }: LoggedEntry): Attribute[] => [
  ...(to.unit === null ? [] : [['string', 'smertevejen:unit', to.unit] satisfies Attribute]),
  ...(index === null ? [] : [['int', 'smertevejen:index', index] satisfies Attribute]),
  ...(via === undefined ? [] : [['string', 'smertevejen:via', via] satisfies Attribute]),
  ...(erased ? [['boolean', 'smertevejen:erased', true] satisfies Attribute] : []),
];
const eventOf = (entry: LoggedEntry): string =>
  `    <event>\n${writtenAll('      ', [...always(entry), ...sometimes(entry)])}    </event>\n`;
const traceOf = (pathway: string): Attribute[] => [
  ['string', 'concept:name', pathway],
  ['id', 'identity:id', idOf(pathway)],
];

/** A global names an attribute that all have, and a value to begin with where somebody adds one. */
const unknown: Record<Kind, string | number | boolean> = {
  string: 'UNKNOWN',
  date: '1970-01-01T00:00:00.000Z',
  int: 0,
  boolean: false,
  id: '00000000-0000-0000-0000-000000000000',
};
const nobody: LoggedEntry = {
  index: null,
  pathway: '',
  seq: 0,
  event: { type: '' },
  actor: { sub: '', role: '', unit: '' },
  occurredAt: '',
  recordedAt: '',
  from: null,
  to: { stage: '', state: '', unit: null },
  findings: [],
  machineVersion: 0,
  ruleSet: '',
  prev: null,
  hash: '',
  standing: 'stands',
};
const globals = (scope: string, attributes: Attribute[]): string =>
  `  <global scope="${scope}">\n${writtenAll(
    '    ',
    attributes.map(([kind, key]) => [kind, key, key === 'lifecycle:transition' ? 'complete' : unknown[kind]]),
  )}  </global>\n`;

const extensions = [
  ['Concept', 'concept'],
  ['Lifecycle', 'lifecycle'],
  ['Organizational', 'org'],
  ['Time', 'time'],
  ['Identity', 'identity'],
] as const;
const classifiers = [
  ['EventType', 'concept:name'],
  ['EventTypeAndRole', 'concept:name org:role'],
  ['Stage', 'smertevejen:stage'],
] as const;
/** The standard's order: extensions, globals, classifiers, the log's own attributes, traces. Without nested attributes there is no feature to name. */
const head = (leftOut: LeftOut): string =>
  [
    '<?xml version="1.0" encoding="UTF-8"?>\n<log xes.version="1849.2016" xes.features="" xmlns="http://www.xes-standard.org/">\n',
    ...extensions.map(
      ([name, prefix]) =>
        `  <extension name="${name}" prefix="${prefix}" uri="http://www.xes-standard.org/${prefix}.xesext"/>\n`,
    ),
    globals('trace', traceOf('')),
    globals('event', always(nobody)),
    ...classifiers.map(([name, keys]) => `  <classifier name="${name}" scope="event" keys="${keys}"/>\n`),
    writtenAll('  ', [
      ['string', 'concept:name', 'smertevejen'],
      ['string', 'lifecycle:model', 'standard'],
    ]),
    writtenAll(
      '  ',
      takenBack.map((standing): Attribute => ['int', `smertevejen:${standing}`, leftOut[standing]]),
    ),
  ].join('');

/** Left out and yet counted: a count that is not what came means that two different logs were read, and the file must not be taken for either. */
function assertCounted(said: LeftOut, came: LeftOut): void {
  const wrong = takenBack.find((standing) => said[standing] !== came[standing]);
  if (wrong)
    throw new Error(
      `${wrong}: ${said[wrong]} entries were announced and ${came[wrong]} came: count and read them in one transaction`,
    );
}

async function* lines(entries: AsyncIterable<LoggedEntry>, leftOut: LeftOut): AsyncGenerator<string> {
  yield head(leftOut);
  const came: LeftOut = { voided: 0, amended: 0, lapsed: 0 };
  let last: string | undefined;
  let open = false;
  for await (const entry of entries) {
    if (last !== undefined && entry.pathway < last)
      throw new Error(
        `pathway: ${entry.pathway} came after ${last}: order the entries by pathway, ascending, so that each is one trace`,
      );
    if (entry.pathway !== last && open) {
      yield '  </trace>\n';
      open = false;
    }
    last = entry.pathway;
    if (isTakenBack(entry.standing)) {
      came[entry.standing] += 1;
      continue;
    }
    if (!open) {
      yield `  <trace>\n${writtenAll('    ', traceOf(entry.pathway))}`;
      open = true;
    }
    yield eventOf(entry);
  }
  if (open) yield '  </trace>\n';
  assertCounted(leftOut, came);
  yield '</log>\n';
}

export const xes: ByPathway<'xes'> = {
  name: 'xes',
  media: 'application/xml; charset=utf-8',
  extension: 'xes',
  order: 'pathway',
  write: (entries, leftOut) => gathered(lines(entries, leftOut)),
};
