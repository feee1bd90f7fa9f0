/** What is stored of a pathway, and how it is read back: never guessed. XState accepts almost anything in silence, so everything is checked before it sees it. */
import { z } from 'zod';
import { type AnyStateNode, type SnapshotFrom } from 'xstate';
import { contextSchema, type Context } from './context.js';
import { pathwayMachine } from './pathway.js';
import { stageNames, unitOfOwner, type Owner, type StageName } from './stages.js';
import type { StateMeta } from './arrow.js';

export type Snapshot = SnapshotFrom<typeof pathwayMachine>;
type StateValue = Snapshot['value'];

/** The persisted form: the value, the memory and the histories, nothing of the library's own. */
export type Stored = { value: StateValue; context: Context; historyValue: Record<string, { id: string }[]> };

const stored = z.strictObject({
  value: z.union([z.string(), z.record(z.string(), z.any())]), context: contextSchema, historyValue: z.record(z.string(), z.array(z.strictObject({ id: z.string() })).min(1)),
});

/** Every complete configuration of a node, as XState writes its value. */
function valuesOf(node: AnyStateNode): unknown[] {
  const children = Object.values(node.states).filter((child) => child.type !== 'history');
  if (children.length === 0) return [undefined];
  if (node.type === 'parallel') {
    return children.reduce<Record<string, unknown>[]>((partial, child) => partial.flatMap((value) => valuesOf(child).map((own) => ({ ...value, [child.key]: own ?? {} }))), [{}]);
  }
  return children.flatMap((child) => valuesOf(child).map((own) => (own === undefined ? child.key : { [child.key]: own })));
}
const canonical = (value: unknown): string => JSON.stringify(value, (_, inner: unknown) =>
  (inner && typeof inner === 'object' && !Array.isArray(inner) ? Object.fromEntries(Object.entries(inner).sort(([a], [b]) => (a < b ? -1 : 1))) : inner));

export const legalValues = valuesOf(pathwayMachine.root);
const legal = new Set(legalValues.map(canonical));
const nodes = new Map<string, AnyStateNode>();
const register = (node: AnyStateNode): void => { nodes.set(node.id, node); Object.values(node.states).forEach(register); };
register(pathwayMachine.root);

const below = (node: AnyStateNode | undefined, parent: AnyStateNode): boolean => node !== undefined && node !== parent && (node.parent === parent || below(node.parent, parent));
/** A deep history holds the atomic states below its parent, as many as the parent has regions. */
function historyFits(id: string, entries: readonly { id: string }[]): boolean {
  const history = nodes.get(id);
  if (history?.type !== 'history' || !history.parent) return false;
  const { parent } = history;
  const remembered = entries.map((entry) => nodes.get(entry.id));
  if (!remembered.every((node) => node !== undefined && node.type === 'atomic' && below(node, parent))) return false;
  const regions = (node: AnyStateNode): number => (node.type === 'parallel' ? Object.values(node.states).filter((child) => child.type !== 'history').length : 1);
  const holder = remembered.map((node) => node!.parent!.parent).find((node) => node?.type === 'parallel') ?? parent;
  return new Set(remembered).size === (holder.type === 'parallel' ? regions(holder) : 1);
}

/** Why a stored snapshot is not to be trusted, or nothing. */
export function faultOf(value: unknown): string | undefined {
  const parsed = stored.safeParse(value);
  if (!parsed.success) return `the stored snapshot is malformed at ${parsed.error.issues[0]?.path.join('.') || 'its root'}`;
  if (!legal.has(canonical(parsed.data.value))) return 'the stored state is not a state of this machine';
  const badHistory = Object.entries(parsed.data.historyValue).find(([id, entries]) => !historyFits(id, entries));
  return badHistory ? 'the stored history does not belong to this machine' : undefined;
}

/** Only for what `faultOf` has passed, or what `toStored` has made. */
export const restore = ({ value, context, historyValue }: Stored): Snapshot =>
  pathwayMachine.restoreSnapshot({ status: 'active', output: undefined, error: undefined, value, context, historyValue, children: {} } as never, undefined as never) as Snapshot;

export function toStored(snapshot: Snapshot): Stored {
  const { value, context, historyValue } = pathwayMachine.getPersistedSnapshot(snapshot as never) as unknown as Stored;
  return { value, context, historyValue: historyValue ?? {} };
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
  return { stage: meta.stage, state: stateOf(value), unit: of(meta.owner), nextMove: of(meta.nextMove ?? meta.owner) };
}
