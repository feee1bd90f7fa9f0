/** The pathway as a picture, drawn from the chart itself (Mermaid, stateDiagram-v2), and the arrows that the other pages read too. */
import type { AnyStateNode } from 'xstate';
import type { Judged } from '../../machines/engine/arrow.js';
import { events, type EventType } from '../../machines/pathway/events.js';
import type { LetterName } from '../../machines/pathway/letters.js';
import { pathwayMachine } from '../../machines/pathway/pathway.js';
import { stageNames, stages, stateLabels, type StageName } from '../../machines/pathway/stages.js';

export type Language = 'da' | 'en';
/** One arrow of the chart, by the names of states; `from` is empty for every open state, `to` is absent where the pathway stays. */
export type ChartArrow = Judged & { event: EventType; from: string; to?: string; backToWhereItWas: boolean; tell: readonly LetterName[] };

/** Dotted, without the wrapper that holds all open states; a history is named by the state that it remembers. */
const nameOf = (node: AnyStateNode): string => {
  const path = node.type === 'history' ? node.path.slice(0, -1) : node.path;
  return (path[0] === 'open' ? path.slice(1) : path).join('.');
};

function arrowsOf(node: AnyStateNode): ChartArrow[] {
  const own = [...node.transitions.values()].flat().map((transition): ChartArrow => {
    const [target] = transition.target ?? [];
    const { params } = transition.guard as unknown as { params: Judged };
    const tell = transition.actions.flatMap((action) => (action as { params?: { letters?: readonly LetterName[] } }).params?.letters ?? []);
    return { event: transition.eventType as EventType, from: nameOf(node), ...(target ? { to: nameOf(target) } : {}), backToWhereItWas: target?.type === 'history', ...params, tell };
  });
  return [...own, ...Object.values(node.states).flatMap(arrowsOf)];
}
/** Every arrow, in the order of the chart. */
export const chartArrows = (): ChartArrow[] => arrowsOf(pathwayMachine.root);

const open = pathwayMachine.root.states['open']!;
const isStage = (name: string): name is StageName => (stageNames as string[]).includes(name);
export const stageOf = (state: string): StageName | undefined => { const [first = ''] = state.split('.'); return isStage(first) ? first : undefined; };
/** The states that a stage is drawn with; a treatment's regions have a picture of their own. */
const statesIn = (stage: StageName): string[] =>
  Object.values(open.states[stage]?.states ?? {}).filter(({ type }) => type !== 'history').map((child) => `${stage}.${child.key}`);
/** notStarted → not started */
export const words = (name: string): string => name.replaceAll(/[A-Z]/g, (letter) => ` ${letter.toLowerCase()}`);
/** The word for a state; the parts of a treatment have none but their own name. */
export const labelOf = (state: string, language: Language): string =>
  (isStage(state) ? stages[state][language] : stateLabels[state]?.[language] ?? words(state.split('.').slice(2).join(': ')));

const statesBelow = (node: AnyStateNode): string[] => Object.values(node.states).filter(({ type }) => type !== 'history')
  .flatMap((child) => [...(node.type === 'parallel' || nameOf(child) === '' ? [] : [nameOf(child)]), ...statesBelow(child)]);
/** Every state in the order of the chart, without the regions, of which one is in all at once. */
export const chartStates = (): string[] => statesBelow(pathwayMachine.root);

/** An event that leaves this many stages would cover the picture with arrows: it is told beside it. */
const MANY_STAGES = 3;
const crosses = ({ from, to }: ChartArrow): boolean => to !== undefined && stageOf(from) !== stageOf(to);
const leaves = ({ from }: ChartArrow): number => (from === '' ? stageNames.length : 1);
function fromManyStages(arrows: readonly ChartArrow[]): Set<EventType> {
  const crossing = arrows.filter(crosses);
  const types = new Set(crossing.map(({ event }) => event));
  const width = (type: EventType) => {
    const own = crossing.filter(({ event }) => event === type);
    return Math.max(...own.map(leaves), new Set(own.map(({ from }) => stageOf(from))).size);
  };
  return new Set([...types].filter((type) => width(type) >= MANY_STAGES || crossing.some(({ event, to }) => event === type && to === '')));
}

const idOf = (state: string): string => state.replaceAll('.', '_');
const eventName = (event: EventType, language: Language): string => (language === 'en' ? event : events[event].label.da);
const merged = (arrows: readonly ChartArrow[], ends: (arrow: ChartArrow) => [string, string], language: Language): string[] => {
  const between = new Map<string, Set<string>>();
  for (const arrow of arrows) {
    const [from, to] = ends(arrow);
    if (from === to) continue;
    const line = `${idOf(from)} --> ${idOf(to)}`;
    between.set(line, (between.get(line) ?? new Set()).add(eventName(arrow.event, language)));
  }
  return [...between].map(([line, names]) => `${line} : ${[...names].join('<br/>')}`);
};

/** Within a stage between its states; otherwise between stages, since Mermaid draws no arrow between states of two composites. */
const childOf = (state: string): string => state.split('.').slice(0, 2).join('.');
function stageBox(stage: StageName, arrows: readonly ChartArrow[], language: Language): string[] {
  const children = statesIn(stage);
  if (children.length === 0) return [`state "${labelOf(stage, language)}" as ${stage}`];
  const inner = arrows.filter(({ from, to }) => to !== undefined && stageOf(from) === stage && stageOf(to) === stage && children.includes(childOf(from)));
  return [
    `state "${labelOf(stage, language)}" as ${stage} {`,
    ...children.map((child) => `  state "${labelOf(child, language)}" as ${idOf(child)}`),
    `  [*] --> ${idOf(children[0]!)}`,
    ...merged(inner, ({ from, to }) => [childOf(from), childOf(to!)], language).map((line) => `  ${line}`),
    '}',
  ];
}

const fenced = (lines: readonly string[]): string => ['```mermaid', 'stateDiagram-v2', ...lines.map((line) => `  ${line}`), '```'].join('\n');

/** The whole pathway: stages with their states, and the arrows that move a patient; what leaves from many stages is left out. */
export function picture(language: Language = 'en'): string {
  const arrows = chartArrows();
  const beside = fromManyStages(arrows);
  const drawn = arrows.filter(({ event, to }) => to !== undefined && !beside.has(event));
  return fenced([
    '[*] --> generalPractice',
    ...stageNames.flatMap((stage) => stageBox(stage, drawn, language)),
    ...merged(drawn.filter(crosses), ({ from, to }) => [stageOf(from)!, stageOf(to!)!], language),
    'closed --> [*]',
  ]);
}

/** Stages by their names; many that follow each other as "from – to". */
function listed(names: readonly StageName[], language: Language): string {
  const sorted = stageNames.filter((name) => names.includes(name));
  const adjoining = stageNames.indexOf(sorted.at(-1)!) - stageNames.indexOf(sorted[0]!) === sorted.length - 1;
  const shown = adjoining && sorted.length > 2 ? [sorted[0]!, sorted.at(-1)!] : sorted;
  return shown.map((name) => labelOf(name, language)).join(shown === sorted ? ', ' : ' – ');
}

/** What the picture leaves out: one line an event that leaves from many stages, from where to where. */
export function besidePicture(language: Language): string {
  const arrows = chartArrows();
  const wasThere = { da: 'hvor det var', en: 'where it was' }[language];
  const anywhere = { da: 'ethvert åbent trin', en: 'every open stage' }[language];
  return [...fromManyStages(arrows)].map((type) => {
    const own = arrows.filter((arrow) => arrow.event === type && crosses(arrow));
    const from = own.some((arrow) => arrow.from === '') ? anywhere : listed(own.map((arrow) => stageOf(arrow.from)!), language);
    const to = own.some((arrow) => arrow.to === '') ? wasThere : listed(own.map((arrow) => stageOf(arrow.to!)!), language);
    return `- **${eventName(type, language)}**: ${from} → ${to}`;
  }).join('\n');
}

/** The parallel regions of a treatment, which go on beside each other and rest together in a pause. */
export function treatmentPicture(stage: 'painClinic' | 'painCentre'): string {
  const treatment = open.states[stage]!.states['treatment']!;
  const inside = arrowsOf(treatment).filter(({ from, to }) => to?.startsWith(`${nameOf(treatment)}.`) && from.startsWith(`${nameOf(treatment)}.`));
  const regions = Object.values(treatment.states).filter(({ type }) => type !== 'history').map((region) => {
    const states = Object.values(region.states);
    const own = inside.filter(({ from }) => from.startsWith(`${nameOf(region)}.`));
    return [
      ...states.map((state) => `state "${words(state.key)}" as ${idOf(nameOf(state))}`),
      `[*] --> ${idOf(nameOf(states[0]!))}`,
      ...merged(own, ({ from, to }) => [from, to!], 'en'),
    ];
  });
  const separated = regions.flatMap((lines, index) => (index === 0 ? lines : ['--', ...lines]));
  return fenced([`state "${labelOf(stage, 'en')}: ${labelOf(nameOf(treatment), 'en').toLowerCase()}" as ${idOf(nameOf(treatment))} {`, ...separated.map((line) => `  ${line}`), '}']);
}
