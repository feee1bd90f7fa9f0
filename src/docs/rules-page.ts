/** docs/rules.md: every rule, in the order of the source document, as a clinician may check it. */
import { eventTypes, type EventType } from '../../machines/pathway/events.js';
import type { Rule, Severity } from '../../machines/engine/judging.js';
import { rules, type RuleId } from '../../machines/pathway/rules.js';
import { chartArrows } from './picture.js';

/** The headings of the source document, and the line at which each begins. */
const sections: readonly { line: number; title: string }[] = [
  { line: 11, title: 'Behandling af kroniske non-maligne smertetilstande' },
  { line: 27, title: 'Forløb i almen praksis' },
  { line: 34, title: 'Kriterier for henvisning' },
  { line: 66, title: 'Henvisningen bør indeholde' },
  { line: 89, title: 'Forløb i specialist regi' },
  { line: 106, title: 'Forløb i kontrolfasen' },
  { line: 121, title: 'Visitation' },
  { line: 135, title: 'Faglig rådgivning' },
];
const ownSection = 'Regler uden for dokumentet · Rules of ours';

export const severityWords: Record<Severity, string> = {
  integrity: 'ufravigeligt: nothing gets past it',
  block: 'kræver begrundelse: passed only by an override with a reason of at least 20 characters',
  warn: 'bemærk: passed by an acknowledgement',
  info: 'til orientering: shown, changes nothing',
};

const all = Object.entries(rules) as [RuleId, Rule][];
const firstLine = ({ source }: Rule): number => (source === 'structural' ? Infinity : Number.parseInt(source.lines, 10));
const sectionOf = (rule: Rule): string =>
  (rule.source === 'structural' ? ownSection : sections.findLast(({ line }) => line <= firstLine(rule))?.title ?? sections[0]!.title);
const inOrder = all.map((entry, index) => ({ entry, index }))
  .sort((a, b) => (firstLine(a.entry[1]) - firstLine(b.entry[1]) || a.index - b.index)).map(({ entry }) => entry);

/** As GitHub names the anchor of a heading: its letters, digits and hyphens in small letters. */
export const anchor = (heading: string): string => heading.toLowerCase().replaceAll(/[^\p{L}\p{N} -]/gu, '').replaceAll(' ', '-');
export const ruleLink = (id: RuleId): string => `[${id}](rules.md#${anchor(id)})`;
export const eventLink = (type: EventType): string => `[${type}](events.md#${anchor(type)})`;

function eventsWith(id: RuleId, how: 'rules' | 'shows'): string {
  const found = new Set(chartArrows().filter((arrow) => arrow[how].includes(id)).map(({ event }) => event));
  return eventTypes.filter((type) => found.has(type)).map(eventLink).join(', ');
}

function remedy({ supply, reasoned }: Rule): string {
  return [...(supply ? ['an unknown answer is to be supplied'] : []), ...(reasoned ? ['the acknowledgement wants a reason'] : [])].map((text) => `; ${text}`).join('');
}

function entry([id, rule]: [RuleId, Rule]): string {
  const shown = eventsWith(id, 'shows');
  return [
    `### ${id}`, '',
    `**${rule.text.da}**  `, rule.text.en, '',
    ...(rule.source === 'structural' ? [] : [`> »${rule.source.quote}« (L${rule.source.lines})`, '']),
    `- Severity: \`${rule.severity}\` (${severityWords[rule.severity]}${remedy(rule)})`,
    `- Reads: ${rule.facts.map((fact) => `\`${fact}\``).join(', ')}`,
    `- Asked by: ${eventsWith(id, 'rules') || 'no event of the chart'}`,
    ...(shown ? [`- Only shown with: ${shown}`] : []),
  ].join('\n');
}

const row = ([id, rule]: [RuleId, Rule]): string =>
  `| [${id}](#${anchor(id)}) | ${rule.text.da} | \`${rule.severity}\` | ${rule.source === 'structural' ? '–' : `L${rule.source.lines}`} |`;

export function rulesPage(): string {
  const titles = [...new Set(inOrder.map(([, rule]) => sectionOf(rule)))];
  return [
    '# Regler · Rules', '',
    'Every rule that an event may be asked, in the order of the source document (`test/source/smertebehandling-2014-09.txt`; L36 is its line 36).',
    'A rule answers met, unmet or unknown. All rules of an event are evaluated, never only the first, and nobody is rejected by the system: a person decides.', '',
    '| severity | what it means |', '| --- | --- |',
    ...(Object.entries(severityWords) as [Severity, string][]).map(([severity, text]) => `| \`${severity}\` | ${text} |`), '',
    'C1 and C2 are milder at their very limit: exactly 18 years or exactly six months is a `warn`, since the document says "over".', '',
    '| rule | | severity | source |', '| --- | --- | --- | --- |', ...inOrder.map(row), '',
    ...titles.flatMap((title) => [`## ${title}`, '', inOrder.filter(([, rule]) => sectionOf(rule) === title).map(entry).join('\n\n'), '']),
  ].join('\n');
}
