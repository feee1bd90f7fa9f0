/**
 * The log's entries: canonical JSON (RFC 8785), chained by SHA-256 and, in audit/, one tree. What is hashed (the leaf) holds no name, number or free text, nor
 * which person acted: those are told by the payload, to which the leaf is bound by a commitment under the patient's own key. Whoever has the key can prove what was
 * said; once it is destroyed nobody can even guess, and no proof breaks. The bytes that are hashed are the bytes that are stored.
 */
import { createHmac, createHash } from 'node:crypto';
import canonicalize from 'canonicalize';
import type { Opening } from '../../machines/pathway/context.js';
import type { Correction } from '../../machines/engine/corrections.js';
import type { PathwayEvent, Wire } from '../../machines/pathway/events.js';
import type { Moved } from '../../machines/engine/fold.js';
import type { Judgement } from '../../machines/engine/passing.js';
import type { Role } from '../../machines/pathway/roles.js';
import type { Where } from '../../machines/engine/snapshot.js';

type Place = Pick<Where, 'state' | 'stage' | 'unit'>;
type Found = { rule: string } & Judgement;
type Opened = { type: 'pathway.opened' } & Omit<Opening, 'at' | 'ruleSet' | 'openedBy'>;
/** One entry of the log: what was asked, by whom, when it happened and when it was recorded, from where to where, under which rules. `prev` is the hash of the entry before. */
export type Entry = {
  pathway: string;
  seq: number;
  event: Wire | Opened | Correction | Moved;
  actor: { sub: string; role: Role; unit: string };
  occurredAt: string;
  recordedAt: string;
  from: Place | null;
  to: Place;
  findings: Found[];
  machineVersion: number;
  ruleSet: string;
  prev: string | null;
  /** Absent for what was sent as it happened. */
  via?: 'import';
};
/** An attempt that was refused, with the findings that were shown. It stands in the tree and in no chain. */
export type RefusalEntry = {
  id: string;
  pathway: string;
  version: number;
  code: string;
  event: Wire | Correction;
  actor: { sub: string; role: Role | null; unit: string };
  recordedAt: string;
  findings: Found[];
  unanswered: string[];
};
/** Somebody looked: at which pathways, and what came of it: `answered`, or the problem's type. `criterion` is what was searched for. */
export type AccessEntry = {
  id: string;
  action: string;
  pathways: string[];
  outcome: string;
  actor: { sub: string; role: Role | null; unit: string };
  recordedAt: string;
  requestId: string;
  criterion: Record<string, unknown> | null;
};

export const canonical = (value: unknown): string => {
  const text = canonicalize(value);
  if (text === undefined) throw new Error('there is nothing to write down');
  return text;
};
export const sha256 = (...parts: (string | Buffer)[]): Buffer => {
  const hash = createHash('sha256');
  for (const part of parts) hash.update(part);
  return hash.digest();
};

/** The hash of an entry is its leaf's hash in the tree (RFC 6962, 2.1): one hash for chain and tree. */
const leafPrefix = Buffer.of(0);
export const hashOfLeaf = (leaf: string): Buffer => sha256(leafPrefix, leaf);
/** Under a key of 32 bytes: the patient's, or an access's own. */
export const commitmentOf = (payload: string, key: Buffer): string =>
  createHmac('sha256', key).update(payload).digest('hex');

export type Sealed = { leaf: string; payload: string; hash: Buffer };
function sealed(open: object, told: object, key: Buffer): Sealed {
  const payload = canonical(told);
  const leaf = canonical({ ...open, commitment: commitmentOf(payload, key) });
  return { leaf, payload, hash: hashOfLeaf(leaf) };
}

/** `type` is the event's name; the event itself, who sent it and what the rules said of it are told by the payload. */
export function sealEntry({ event, actor: { sub, role, unit }, findings, via, ...open }: Entry, key: Buffer): Sealed {
  return sealed(
    { v: 1, kind: 'transition', type: event.type, role, unit, ...(via ? { via } : {}), ...open },
    { event, sub, findings },
    key,
  );
}
export function sealRefusal(
  { event, actor: { sub, role, unit }, findings, unanswered, ...open }: RefusalEntry,
  key: Buffer,
): Sealed {
  return sealed(
    { v: 1, kind: 'refusal', type: event.type, role, unit, ...open },
    { event, sub, findings, unanswered },
    key,
  );
}
export function sealAccess(
  { actor: { sub, role, unit }, requestId, criterion, ...open }: AccessEntry,
  key: Buffer,
): Sealed {
  return sealed({ v: 1, kind: 'access', role, unit, ...open }, { sub, requestId, criterion }, key);
}

export type Written = { leaf: string; payload: string | null };
/** What is left to show of an erased entry: what kind of step it was, when and where, and not by whom. */
export const orErased = ({ leaf, payload }: Written): Written => ({
  leaf,
  payload:
    payload ??
    JSON.stringify({
      event: { type: (JSON.parse(leaf) as { type: string }).type },
      sub: '',
      findings: [],
      unanswered: [],
    }),
});
function read<T>({ leaf, payload }: Written): T {
  if (payload === null) throw new Error('what this entry told has been erased');
  const {
    v: _v,
    kind: _kind,
    type: _type,
    commitment: _commitment,
    role,
    unit,
    ...open
  } = JSON.parse(leaf) as Record<string, unknown>;
  const { sub, ...told } = JSON.parse(payload) as Record<string, unknown>;
  return { ...open, ...told, actor: { sub, role, unit } } as T;
}
export const readEntry = (written: Written): Entry => read<Entry>(written);
export const readRefusal = (written: Written): RefusalEntry => read<RefusalEntry>(written);
export const readAccess = (written: Written): AccessEntry => read<AccessEntry>(written);

/** Back from the log: how a pathway began, and each event as the chart took it. */
export const openingOf = (entry: Entry): Opening => {
  if (entry.event.type !== 'pathway.opened')
    throw new Error(`the log of ${entry.pathway} does not begin with its opening`);
  const { patient, planningArea, ownGp } = entry.event;
  return { patient, planningArea, ownGp, at: entry.occurredAt, ruleSet: entry.ruleSet, openedBy: entry.actor.unit };
};
export const eventOf = ({ event, seq, occurredAt, actor }: Entry): PathwayEvent =>
  ({ ...(event as Wire), sent: { at: occurredAt, seq, by: { unit: actor.unit, role: actor.role } } }) as PathwayEvent;

/** Findings worth keeping with a transition: what was not met, however it was got past. */
export const worthKeeping = (findings: readonly Found[]): Found[] =>
  findings
    .filter(({ status }) => status !== 'met')
    .map(({ rule, status, severity, value }) => ({ rule, status, severity, value }));
