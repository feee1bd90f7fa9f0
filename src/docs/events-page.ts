/** docs/events.md: every event, who may send it from where, what it asks and whom it tells, as a clinician may check it. */
import { z } from 'zod';
import { firstContext, type Context } from '../../machines/pathway/context.js';
import { events, eventTypes, type EventType, type PathwayEvent } from '../../machines/pathway/events.js';
import { letters, type LetterName, type Occasion } from '../../machines/pathway/letters.js';
import { roles, type Desk, type Role } from '../../machines/pathway/roles.js';
import { chartArrows, chartStates, labelOf, stageOf, words, type ChartArrow } from './picture.js';
import { ruleLink } from './rules-page.js';

/** Each part of the page begins with an event of events.ts and lasts until the next. */
const parts: Partial<Record<EventType, string>> = {
  'referral.updated': 'Almen praksis og henvisning · General practice and the referral',
  'information.requested': 'Visitation · Triage',
  'clinic.accepted': 'Ventetid og fremmøde · Waiting and visits',
  'diagnosis.recorded': 'Behandling · Treatment',
  'prescribing.takenOver': 'Mens patienten er tilknyttet · While attached',
  'control.held': 'Kontrolfase og afslutning · Follow-up phase and discharge',
  'patient.declined': 'Fra ethvert åbent trin · From every open state',
};

const desks: Record<Desk, string> = {
  holder: 'at the unit that holds the pathway',
  ownGp: 'at the own GP\'s practice',
  cvi: 'at the CVI that the referral is addressed to',
  centre: 'at the centre (for its clinics too)',
  treated: 'at the unit that treated',
  any: 'at any unit that has or had the pathway',
  recorder: 'at the unit that recorded the death',
  newGp: 'at the new GP\'s practice',
  sender: 'at the unit that sent the message',
  system: 'for the system itself',
};

function senders(type: EventType): string[] {
  const groups = new Map<string, string[]>();
  for (const [desk, names] of Object.entries(events[type].by) as [Desk, readonly Role[]][]) {
    const who = names.map((name) => `${roles[name].da} (\`${name}\`)`).join(', ');
    groups.set(who, [...(groups.get(who) ?? []), desks[desk]]);
  }
  return [...groups].map(([who, where]) => `- ${who}, ${where.join(' or ')}`);
}

const envelope = new Set(['type', 'occurredAt', 'overrides', 'acknowledged']);
function fields(type: EventType): string {
  const { schema } = events[type];
  if (!(schema instanceof z.ZodObject)) return '';
  return Object.entries(schema.shape as Record<string, z.ZodType>).filter(([name]) => !envelope.has(name))
    .map(([name, field]) => `\`${name}${field.safeParse(undefined).success ? '?' : ''}\``).join(', ');
}

// ---- whom a letter goes to: asked of the letter itself, with the clinic, the centre or the CVI having the patient

const cast = { GP: 'the GP', CVI: 'the CVI', CENTRE: 'the centre', CLINIC: 'the clinic' } as const;
const event = { type: 'note.signed', text: '', sent: { at: '', seq: 1, by: { unit: 'SYSTEM', role: 'system' } } } as PathwayEvent;
function occasion(unit: keyof typeof cast, having: Partial<Context>): Occasion {
  const context = { ...firstContext({ patient: { identified: true }, planningArea: 'nord', ownGp: 'GP', at: '', ruleSet: '' }), cvi: 'CVI', centre: 'CENTRE', ...having };
  return { before: context, after: context, from: { unit, nextMove: unit }, to: { unit, nextMove: unit }, event };
}
const occasions = [occasion('CLINIC', { clinic: 'CLINIC', units: ['GP', 'CENTRE'] }), occasion('CENTRE', { units: ['GP', 'CENTRE'] }), occasion('CVI', {})];

function recipient(letter: LetterName): string {
  const found = new Set(occasions.flatMap((asked) => letters[letter].to(asked)).map(({ to }) => cast[to as keyof typeof cast]));
  return found.size > 1 ? `the unit that has the patient (${[...found].join(', ')})` : [...found].join();
}
const telling = (letter: LetterName): string => `${recipient(letter)}: ${letters[letter].subject}`;

// ---- the arrows of an event, those alike in one row

const code = (text: string): string => `\`${text}\``;
const fromText = (from: string): string => (from === '' ? 'every open state' : code(from));
function toText({ to, backToWhereItWas }: ChartArrow): string {
  if (to === undefined) return 'stays';
  if (!backToWhereItWas) return code(to);
  return to === '' ? 'exactly the state before' : `${code(to)}, where it was`;
}

const columns = ['from', 'to', 'when', 'rules', 'shows', 'tells'];
/** Columns that say nothing of an event are left out. */
function table(type: EventType, arrows: readonly ChartArrow[]): string[] {
  const alike = new Map<string, { from: Set<string>; rest: string[] }>();
  for (const arrow of arrows.filter(({ event: taken }) => taken === type)) {
    const rest = [toText(arrow), arrow.when.map(words).join(' and '), arrow.rules.map(ruleLink).join(' '), arrow.shows.map(ruleLink).join(' '), arrow.tell.map(telling).join('<br>')];
    const row = alike.get(rest.join()) ?? { from: new Set(), rest };
    alike.set(rest.join(), { ...row, from: row.from.add(fromText(arrow.from)) });
  }
  const rows = [...alike.values()].map(({ from, rest }) => [[...from].join('<br>'), ...rest]);
  const said = columns.map((_, index) => rows.some((row) => row[index] !== ''));
  return [columns, columns.map(() => '---'), ...rows].map((row) => `| ${row.filter((_, index) => said[index]).join(' | ')} |`);
}

function entry(type: EventType, arrows: readonly ChartArrow[]): string[] {
  const { label } = events[type];
  const named = fields(type);
  return [
    ...(parts[type] ? [`## ${parts[type]}`, ''] : []),
    `### ${type}`, '',
    `**${label.da}**  `, label.en, '',
    'Sent by:', '', ...senders(type), '',
    ...(named ? [`Says: ${named}`, ''] : []),
    ...table(type, arrows), '',
  ];
}

function stateRow(state: string): string {
  const stage = stageOf(state)!;
  const named = (language: 'da' | 'en') => [...new Set([stage, state])].map((name) => labelOf(name, language)).join(': ');
  return `| ${code(state)} | ${named('da')} | ${named('en')} |`;
}

export function eventsPage(): string {
  const arrows = chartArrows();
  return [
    '# Hændelser · Events', '',
    'Every event of the pathway: what it is called, who may send it and from which desk, what it says, and, for each state that takes it, where the patient is',
    'afterwards, when that arrow is the one meant, which rules are asked ([rules.md](rules.md)) or only shown, and who is told. A field with a question mark may be left out.',
    'Whoever writes to the API sends `occurredAt`, `overrides` and `acknowledged` too, where they are needed.', '',
    ...eventTypes.flatMap((type) => entry(type, arrows)),
    '## Tilstande · States', '',
    '| state | | |', '| --- | --- | --- |', ...chartStates().map(stateRow), '',
  ].join('\n');
}
