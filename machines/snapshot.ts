/** What is stored of a pathway, and how it is read back: never guessed. XState accepts almost anything in silence, so everything is checked before it sees it. */
import { z } from 'zod';
import { type AnyStateNode, type SnapshotFrom } from 'xstate';
import { answeringGp, contextSchema, type Context } from './context.js';
import { pathwayMachine } from './pathway.js';
import { ruleSets } from './routes.js';
import { stageNames, unitOfOwner, type Owner, type StageName } from './stages.js';
import type { StateMeta } from './arrow.js';

export type Snapshot = SnapshotFrom<typeof pathwayMachine>;
type StateValue = Snapshot['value'];

/** The persisted form: the value, the memory and the histories, nothing of the library's own. */
export type Stored = { value: StateValue; context: Context; historyValue: Record<string, { id: string }[]> };

const stored = z.strictObject({
  value: z.union([z.string(), z.record(z.string(), z.any())]), context: contextSchema, historyValue: z.record(z.string(), z.array(z.strictObject({ id: z.string() })).min(1)),
});

const childrenOf = (node: AnyStateNode): AnyStateNode[] => Object.values(node.states).filter(({ type }) => type !== 'history');

/** One complete configuration of a node: the value as XState writes it, and the states at its ends. */
type Configuration = { value: unknown; ends: string[] };
function configurationsOf(node: AnyStateNode): Configuration[] {
  const children = childrenOf(node);
  if (children.length === 0) return [{ value: undefined, ends: [node.id] }];
  if (node.type !== 'parallel') return children.flatMap((child) => configurationsOf(child).map(({ value, ends }) => ({ value: value === undefined ? child.key : { [child.key]: value }, ends })));
  return children.reduce<{ value: object; ends: string[] }[]>((known, child) => known.flatMap((others) => configurationsOf(child).map(({ value = {}, ends }) =>
    ({ value: { ...others.value, [child.key]: value }, ends: [...others.ends, ...ends] }))), [{ value: {}, ends: [] }]);
}
const nodesOf = (node: AnyStateNode): AnyStateNode[] => [node, ...Object.values(node.states).flatMap(nodesOf)];

export const legalValues = configurationsOf(pathwayMachine.root).map(({ value }) => value);
const legal = new Set(legalValues.map((value) => JSON.stringify(value)));
const named = (ends: readonly string[]): string => [...ends].sort().join(' ');
/** What each history may remember: the ends of one complete configuration of its parent, no more and no fewer. */
const legalHistories = new Map(nodesOf(pathwayMachine.root).filter(({ type }) => type === 'history')
  .map((history) => [history.id, new Set(configurationsOf(history.parent!).map(({ ends }) => named(ends)))]));

/** The histories that somebody will go back by. Without one XState would begin anew, in silence. */
function historiesNeeded({ value, context }: Stored): string[] {
  const state = stateName(value);
  const left = (['painClinic', 'painCentre'] as const).filter((course) => state === `${course}.paused` || (context.treated?.course === course && state !== `${course}.treatment`));
  return [...(state === 'closed' ? ['pathway.open.memory'] : []), ...left.map((course) => `pathway.open.${course}.treatment.memory`)];
}

/** Why a stored snapshot is not to be trusted, or nothing. */
export function faultOf(value: unknown): string | undefined {
  const parsed = stored.safeParse(value);
  if (!parsed.success) return `the stored snapshot is malformed at ${parsed.error.issues[0]?.path.join('.') || 'its root'}`;
  const { historyValue, context: { ruleSet } } = parsed.data;
  if (!ruleSets.some(({ id }) => id === ruleSet)) return `the rule set ${ruleSet} is not known to this version`;
  if (!legal.has(JSON.stringify(parsed.data.value))) return 'the stored state is not a state of this machine';
  if (!Object.entries(historyValue).every(([id, ends]) => legalHistories.get(id)?.has(named(ends.map((end) => end.id))))) return 'the stored history does not belong to this machine';
  return historiesNeeded(parsed.data as Stored).every((id) => Object.hasOwn(historyValue, id)) ? undefined : 'the stored history is missing';
}

/** Only for what `faultOf` has passed, or what `toStored` has made. */
export const restore = ({ value, context, historyValue }: Stored): Snapshot => {
  const snapshot = pathwayMachine.restoreSnapshot({ status: 'active', output: undefined, error: undefined, value, context: {}, historyValue, children: {} } as never, undefined as never) as Snapshot;
  // XState looks through all of a context for actors, on both ways; the memory has none, and half of the time went there.
  return { ...snapshot, context } as Snapshot;
};

export function toStored(snapshot: Snapshot): Stored {
  const { value, historyValue } = pathwayMachine.getPersistedSnapshot({ ...snapshot, context: {} } as never) as unknown as Stored;
  return { value, context: snapshot.context, historyValue: historyValue ?? {} };
}

/** Where a pathway is, as api.md shows it: the root's wrapper is not part of a state's name. */
export type Where = { stage: StageName; state: string | object; unit: string | null; nextMove: string | null };

const dotted = (value: unknown): string | object => {
  if (typeof value === 'string') return value;
  const entries = Object.entries(value as Record<string, unknown>);
  if (entries.length !== 1) return value as object;
  const [key, inner] = entries[0]!;
  const rest = dotted(inner);
  return typeof rest === 'string' ? `${key}.${rest}` : { [key]: rest };
};
const unwrapped = (value: StateValue): unknown => (typeof value === 'string' ? value : (value as { open?: unknown }).open ?? value);

export const stateOf = (value: StateValue): string | object => dotted(unwrapped(value));
/** A parallel state by the name of the state that holds its regions, e.g. `painClinic.treatment`. */
export function stateName(value: StateValue): string {
  const names: string[] = [];
  for (let inner = unwrapped(value); inner !== undefined;) {
    if (typeof inner === 'string') return [...names, inner].join('.');
    const keys = Object.keys(inner as object);
    if (keys.length !== 1) return names.join('.');
    names.push(keys[0]!);
    inner = (inner as Record<string, unknown>)[keys[0]!];
  }
  return names.join('.');
}

/** Stage and owner of every state, the deepest word winning; made once, since the chart does not change. */
const metaOf = new Map<string, Required<Omit<StateMeta, 'nextMove'>> & Pick<StateMeta, 'nextMove'>>();
const collect = (node: AnyStateNode, path: string[], inherited: StateMeta): void => {
  const meta = { ...inherited, ...(node.meta as StateMeta | undefined) };
  const name = path[0] === 'open' ? path.slice(1).join('.') : path.join('.');
  if (meta.stage && meta.owner) metaOf.set(name, { stage: meta.stage, owner: meta.owner, nextMove: meta.nextMove });
  if (node.type !== 'parallel') Object.values(node.states).forEach((child) => collect(child, [...path, child.key], meta));
};
collect(pathwayMachine.root, [], {});

/** Throws for a state without stage or owner, which the graph test rules out. */
export function whereOf(value: StateValue, context: Context): Where {
  const meta = metaOf.get(stateName(value));
  if (!meta || !stageNames.includes(meta.stage)) throw new Error(`the state ${stateName(value)} has no stage`);
  const of = (owner: Owner) => unitOfOwner(owner, context);
  const unit = of(meta.owner);
  return { stage: meta.stage, state: stateOf(value), unit, nextMove: meta.nextMove === 'gp' ? answeringGp(context, unit) : of(meta.nextMove ?? meta.owner) };
}
