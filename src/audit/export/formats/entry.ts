/** What is exported: an entry of the log with its place and what became of it, and how each format asks for the entries. */
import type { Text } from '../../../../machines/pathway/fields.js';
import { events, isEventType } from '../../../../machines/pathway/events.js';

/** `stands`: as it was recorded, a correction (`log.corrected`) too. `inserted`: came in by a later correction. The others were taken back by one. */
export type Standing = 'stands' | 'voided' | 'amended' | 'inserted' | 'lapsed';
/** What somebody recorded and a later correction took back: it stays in the log, and is not part of what happened. */
export const takenBack = ['voided', 'amended', 'lapsed'] as const satisfies readonly Standing[];
export type TakenBack = (typeof takenBack)[number];

type Place = { stage: string; state: string | object; unit: string | null };
export type LoggedEntry = {
  /** Its place in the Merkle log; null while it has none. */
  index: number | null;
  pathway: string;
  seq: number;
  /** As it was sent, with its overrides and acknowledgements. */
  event: { type: string } & Record<string, unknown>;
  actor: { sub: string; role: string; unit: string };
  /** RFC 3339, UTC with milliseconds. */
  occurredAt: string;
  recordedAt: string;
  from: Place | null;
  to: Place;
  findings: { rule: string; severity: string; status: string; value: string | number | boolean | null }[];
  machineVersion: number;
  ruleSet: string;
  prev: string | null;
  hash: string;
  standing: Standing;
  /** History that was imported; absent for what was sent as it happened. */
  via?: 'import';
  /** What the entry told has been erased: of its event the type is left, and who acted (`sub`) and what the rules said are empty. What a correction said is not known any more either. */
  erased?: true;
  /** Of an opening, where it was asked for. */
  patient?: { name: string; cpr?: string };
};

export type LeftOut = Record<TakenBack, number>;
type Naming<N extends string> = { name: N; media: string; extension: string };
/** `order` is the order in which the entries have to come: by their place in the log, or by pathway (ascending) and within it as things happened. */
export type ByIndex<N extends string> = Naming<N> & {
  order: 'index';
  write(entries: AsyncIterable<LoggedEntry>): AsyncIterable<string>;
};
/** The counts of what is left out stand before everything else in the file, so they are asked for beforehand. */
export type ByPathway<N extends string> = Naming<N> & {
  order: 'pathway';
  write(entries: AsyncIterable<LoggedEntry>, leftOut: LeftOut): AsyncIterable<string>;
};

export const isTakenBack = (standing: Standing): standing is TakenBack =>
  (takenBack as readonly Standing[]).includes(standing);

/** A first reading, for whoever cannot count them otherwise. */
export async function leftOutOf(entries: AsyncIterable<LoggedEntry>): Promise<LeftOut> {
  const counts: LeftOut = { voided: 0, amended: 0, lapsed: 0 };
  for await (const { standing } of entries) if (isTakenBack(standing)) counts[standing] += 1;
  return counts;
}

const leaves = (value: unknown, path: string): string[] => {
  if (typeof value !== 'object' || value === null) return [path === '' ? String(value) : `${path}.${String(value)}`];
  const keys = Object.keys(value).sort();
  return keys.length === 0
    ? [path]
    : keys.flatMap((key) => leaves((value as Record<string, unknown>)[key], path === '' ? key : `${path}.${key}`));
};
/** One line for a state: of a parallel one, the paths to the ends of its regions, e.g. `a.b.x + a.c.y`. */
export const stateLine = (state: string | object): string =>
  typeof state === 'string' ? state : leaves(state, '').join(' + ');

/** Entries that no event of the chart makes. */
const ours = new Map<string, Text>([
  ['pathway.opened', { da: 'Opret forløb', en: 'Open a pathway' }],
  ['log.corrected', { da: 'Ret loggen', en: 'Correct the log' }],
  ['machine.moved', { da: 'Flyt til en anden version af maskinen', en: 'Move to another version of the machine' }],
]);
/** Undefined for a type that this version does not know: an export may be older or newer than the chart. */
export const labelOf = (type: string): Text | undefined => (isEventType(type) ? events[type].label : ours.get(type));
