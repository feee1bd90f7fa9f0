/** The log's entries: canonical JSON (RFC 8785), chained by SHA-256. The bytes that are hashed are the bytes that are stored. */
import { createHash } from 'node:crypto';
import canonicalize from 'canonicalize';
import type { Context, Opening } from '../../machines/context.js';
import type { PathwayEvent, Wire } from '../../machines/events.js';
import type { Judgement } from '../../machines/passing.js';
import type { Role } from '../../machines/roles.js';
import type { Where } from '../../machines/snapshot.js';

type Place = Pick<Where, 'state' | 'stage' | 'unit'>;
type Found = { rule: string } & Judgement;
/** One entry of the log: what was asked, by whom, when it happened and when it was recorded, from where to where, under which rules. */
export type Entry = {
  pathway: string; seq: number; event: Wire | ({ type: 'pathway.opened' } & Omit<Opening, 'at' | 'ruleSet' | 'openedBy'>);
  actor: { sub: string; role: Role; unit: string }; occurredAt: string; recordedAt: string;
  from: Place | null; to: Place; findings: Found[]; machineVersion: number; ruleSet: string; prev: string | null;
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

/** The chain: an entry names the hash of the one before it, and so is part of what its own hash covers. */
export function sealed(entry: Entry): { text: string; hash: Buffer } {
  const text = canonical(entry);
  return { text, hash: sha256(text) };
}

/** Back from the log: how a pathway began, and each event as the chart took it. */
export const openingOf = (entry: Entry): Opening => {
  if (entry.event.type !== 'pathway.opened') throw new Error(`the log of ${entry.pathway} does not begin with its opening`);
  const { patient, planningArea, ownGp } = entry.event;
  return { patient, planningArea, ownGp, at: entry.occurredAt, ruleSet: entry.ruleSet, openedBy: entry.actor.unit };
};
export const eventOf = ({ event, seq, occurredAt, actor }: Entry): PathwayEvent =>
  ({ ...(event as Wire), sent: { at: occurredAt, seq, by: { unit: actor.unit, role: actor.role } } }) as PathwayEvent;

/** Findings worth keeping with a transition: what was not met, however it was got past. */
export const worthKeeping = (findings: readonly Found[]): Found[] =>
  findings.filter(({ status }) => status !== 'met').map(({ rule, status, severity, value }) => ({ rule, status, severity, value }));

export type Frozen = { version: number; facts: Context['facts'] };
