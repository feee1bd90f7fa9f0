/** What is stored of a pathway, and how it is read back: never guessed. XState accepts almost anything in silence, so everything is checked before it sees it. */
import { z } from 'zod';
import { type AnyStateMachine, type AnyStateNode, type SnapshotFrom } from 'xstate';
import { answeringGp, contextSchema, type Context } from '../pathway/context.js';
import { pathwayMachine } from '../pathway/pathway.js';
import { ruleSets } from '../pathway/routes.js';
import { stageNames, unitOfOwner, type Owner, type StageName } from '../pathway/stages.js';
import type { StateMeta } from './arrow.js';

export type Snapshot = SnapshotFrom<typeof pathwayMachine>;
type StateValue = Snapshot['value'];

/** The persisted form: the value, the memory and the histories, nothing of the library's own. */
export type Stored = { value: StateValue; context: Context; historyValue: Record<string, { id: string }[]> };

const stored = z.strictObject({
  value: z.union([z.string(), z.record(z.string(), z.any())]),
  context: contextSchema,
  historyValue: z.record(z.string(), z.array(z.strictObject({ id: z.string() })).min(1)),
});

const childrenOf = (node: AnyStateNode): AnyStateNode[] =>
  Object.values(node.states).filter(({ type }) => type !== 'history');

/** One complete configuration of a node: the value as XState writes it, and the states at its ends. */
type Configuration = { value: unknown; ends: string[] };
function configurationsOf(node: AnyStateNode): Configuration[] {
  const children = childrenOf(node);
  if (children.length === 0) return [{ value: undefined, ends: [node.id] }];
  if (node.type !== 'parallel')
    return children.flatMap((child) =>
      configurationsOf(child).map(({ value, ends }) => ({
        value: value === undefined ? child.key : { [child.key]: value },
        ends,
      })),
    );
  return children.reduce<{ value: object; ends: string[] }[]>(
    (known, child) =>
      known.flatMap((others) =>
        configurationsOf(child).map(({ value = {}, ends }) => ({
          value: { ...others.value, [child.key]: value },
          ends: [...others.ends, ...ends],
        })),
      ),
    [{ value: {}, ends: [] }],
  );
}
const nodesOf = (node: AnyStateNode): AnyStateNode[] => [node, ...Object.values(node.states).flatMap(nodesOf)];

const named = (ends: readonly string[]): string => [...ends].sort().join(' ');

/** The histories that somebody will go back by. Without one XState would begin anew, in silence. */
export function historiesNeeded({ value, context }: Stored): string[] {
  const state = stateName(value);
  const left = (['painClinic', 'painCentre'] as const).filter(
    (course) => state === `${course}.paused` || (context.treated?.course === course && state !== `${course}.treatment`),
  );
  return [
    ...(state === 'closed' ? ['pathway.open.memory'] : []),
    ...left.map((course) => `pathway.open.${course}.treatment.memory`),
  ];
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
const unwrapped = (value: StateValue): unknown =>
  typeof value === 'string' ? value : ((value as { open?: unknown }).open ?? value);

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

/** Stage and owner of every state of a machine, the deepest word winning. */
type Metas = Map<string, Required<Omit<StateMeta, 'nextMove'>> & Pick<StateMeta, 'nextMove'>>;
function metasOf(node: AnyStateNode, path: readonly string[] = [], inherited: StateMeta = {}): Metas {
  const meta = { ...inherited, ...(node.meta as StateMeta | undefined) };
  const name = path[0] === 'open' ? path.slice(1).join('.') : path.join('.');
  const own: Metas = new Map(
    meta.stage && meta.owner ? [[name, { stage: meta.stage, owner: meta.owner, nextMove: meta.nextMove }]] : [],
  );
  const children = node.type === 'parallel' ? [] : Object.values(node.states);
  return new Map([...own, ...children.flatMap((child) => [...metasOf(child, [...path, child.key], meta)])]);
}

/** What one machine makes of what is stored. */
export type Form = {
  legalValues: readonly unknown[];
  /** Why a stored snapshot is not to be trusted, or nothing. */
  faultOf: (value: unknown) => string | undefined;
  /** Only for what `faultOf` has passed, or what `toStored` has made. */
  restore: (stored: Stored) => Snapshot;
  toStored: (snapshot: Snapshot) => Stored;
  /** Throws for a state without stage or owner, which the graph test rules out. */
  whereOf: (value: StateValue, context: Context) => Where;
};

function checkOf({ root }: AnyStateMachine, legalValues: readonly unknown[]): Form['faultOf'] {
  const legal = new Set(legalValues.map((value) => JSON.stringify(value)));
  /** What each history may remember: the ends of one complete configuration of its parent, no more and no fewer. */
  const legalHistories = new Map(
    nodesOf(root)
      .filter(({ type }) => type === 'history')
      .map((history) => [history.id, new Set(configurationsOf(history.parent!).map(({ ends }) => named(ends)))]),
  );
  return (value) => {
    const parsed = stored.safeParse(value);
    if (!parsed.success)
      return `the stored snapshot is malformed at ${parsed.error.issues[0]?.path.join('.') || 'its root'}`;
    const {
      historyValue,
      context: { ruleSet },
    } = parsed.data;
    if (!ruleSets.some(({ id }) => id === ruleSet)) return `the rule set ${ruleSet} is not known to this version`;
    if (!legal.has(JSON.stringify(parsed.data.value))) return 'the stored state is not a state of this machine';
    if (
      !Object.entries(historyValue).every(([id, ends]) => legalHistories.get(id)?.has(named(ends.map((end) => end.id))))
    )
      return 'the stored history does not belong to this machine';
    return historiesNeeded(parsed.data as Stored).every((id) => Object.hasOwn(historyValue, id))
      ? undefined
      : 'the stored history is missing';
  };
}

function placesOf({ root }: AnyStateMachine): Form['whereOf'] {
  const metas = metasOf(root);
  return (value, context) => {
    const meta = metas.get(stateName(value));
    if (!meta || !stageNames.includes(meta.stage)) throw new Error(`the state ${stateName(value)} has no stage`);
    const of = (owner: Owner) => unitOfOwner(owner, context);
    const unit = of(meta.owner);
    return {
      stage: meta.stage,
      state: stateOf(value),
      unit,
      nextMove: meta.nextMove === 'gp' ? answeringGp(context, unit) : of(meta.nextMove ?? meta.owner),
    };
  };
}

function made(machine: AnyStateMachine): Form {
  const legalValues = configurationsOf(machine.root).map(({ value }) => value);
  return {
    legalValues,
    faultOf: checkOf(machine, legalValues),
    whereOf: placesOf(machine),
    restore: ({ value, context, historyValue }) => {
      const snapshot = machine.restoreSnapshot(
        {
          status: 'active',
          output: undefined,
          error: undefined,
          value,
          context: {},
          historyValue,
          children: {},
        } as never,
        undefined as never,
      ) as Snapshot;
      // XState looks through all of a context for actors, on both ways; the memory has none, and half of the time went there.
      return { ...snapshot, context } as Snapshot;
    },
    toStored: (snapshot) => {
      const { value, historyValue } = machine.getPersistedSnapshot({
        ...snapshot,
        context: {},
      } as never) as unknown as Stored;
      return { value, context: snapshot.context, historyValue: historyValue ?? {} };
    },
  };
}

const forms = new WeakMap<AnyStateMachine, Form>();
/** Worked out once for a machine: it does not change. */
export function formOf(machine: AnyStateMachine): Form {
  const known = forms.get(machine);
  if (known) return known;
  const form = made(machine);
  forms.set(machine, form);
  return form;
}

/** Those of the current version. What may be of another one is asked by its own machine (`whereIs`, chart.ts). */
export const { legalValues, faultOf, restore, toStored, whereOf } = formOf(pathwayMachine);

/** Where a snapshot of whatever version is. */
export const whereIs = (snapshot: Snapshot): Where =>
  formOf(snapshot.machine).whereOf(snapshot.value, snapshot.context);
