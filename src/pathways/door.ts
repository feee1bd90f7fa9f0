/**
 * The one door: every change of a pathway goes through `send` (or begins with `openings.ts`), for everybody: users, demo, import, sweeper.
 * Who, what, again?, load, restore, may I?, possible?, judge, next and commit, answer; in that order (architecture.md).
 */
import { Injectable } from '@nestjs/common';
import { v7 as uuid } from 'uuid';
import { advance, replay, type Advanced } from '../../machines/advance.js';
import { mayI, seenBy } from '../../machines/desks.js';
import { earliestDue } from '../../machines/clocks.js';
import type { PathwayEvent, Wire } from '../../machines/events.js';
import { explain, explainAll, missingContent, placeOf, possibleEvents, type Explanation } from '../../machines/explain.js';
import { machineVersion } from '../../machines/pathway.js';
import type { Actor } from '../../machines/roles.js';
import { restore, stateName, whereOf, type Snapshot, type Stored } from '../../machines/snapshot.js';
import { Clock } from '../clock.js';
import { Sql } from '../database/sql.js';
import { violates } from '../database/faults.js';
import { invalid, Problem, type FieldError } from '../problem.js';
import { canonical, eventOf, openingOf, sealed, sha256, worthKeeping, type Entry } from './log.js';
import { implausible, occurredAtOf } from './plausible.js';
import { commit, entriesUpTo, keyUsed, load, refuse, type LoadedRow } from './statements.js';
import { Trusted } from './trusted.js';
import { viewOf } from './view.js';
import type { PathwayView } from './wire.js';

export type Attempt = { pathway: string; event: Wire; actor: Actor; version: number; key?: string | undefined };
export type Answer = { view: PathwayView; replayed: boolean };
export type Loaded = { row: LoadedRow; stored: Stored; snapshot: Snapshot };
type Judged = { explanation: Explanation; event: PathwayEvent };

@Injectable()
export class Door {
  private readonly trusted = new Trusted();
  constructor(private readonly sql: Sql, private readonly clock: Clock) {}

  /** The state of a pathway for somebody who may see it. Throws not-found, or quarantined when what is stored is not to be trusted. */
  async read(id: string, actor: Actor): Promise<Loaded> {
    return this.opened(await this.sql.row<LoadedRow>(load, [id, '', null]), actor);
  }

  /** Send an event. Resolves with the pathway as GET shows it; throws a Problem for every refusal. */
  async send(attempt: Attempt): Promise<Answer> {
    const requestHash = hashOf(attempt);
    const row = await this.sql.row<LoadedRow>(load, [attempt.pathway, attempt.actor.sub, attempt.key ?? null]);
    if (row?.used_seq != null) return this.again(attempt, { pathway_id: row.used_by!, seq: row.used_seq, request_hash: row.used_hash! }, requestHash);
    const loaded = this.opened(row, attempt.actor, attempt.event);
    await this.sameVersion(loaded, attempt.version);
    const { explanation, event } = await this.judged(loaded, attempt);
    const next = advance(loaded.snapshot, event);
    if (!next) throw new Error(`explain let ${event.type} through and the chart does not take it`);
    return this.committed(attempt, loaded, { explanation, event }, next, requestHash);
  }

  /** What `send` would do; nothing is written. The refusals are the same. */
  async rehearse(attempt: Attempt): Promise<{ loaded: Loaded; explanation: Explanation; next: Advanced }> {
    const loaded = this.opened(await this.sql.row<LoadedRow>(load, [attempt.pathway, '', null]), attempt.actor, attempt.event);
    await this.sameVersion(loaded, attempt.version);
    const { explanation, event } = await this.judged(loaded, attempt, { record: false });
    return { loaded, explanation, next: advance(loaded.snapshot, event)! };
  }

  async actions(id: string, actor: Actor) {
    const { row, snapshot } = await this.read(id, actor);
    return { version: row.version, actions: explainAll(snapshot, actor, this.clock.now().toISOString()).map((action) => ({ ...action, schema: `/v1/openapi.json#/components/schemas/${action.event}` })) };
  }

  /** The pathway as it was after one of its transitions, folded from the log. */
  async asOf(id: string, seq: number): Promise<Stored> {
    const entries = (await this.sql.rows<{ entry: string }>(entriesUpTo, [id, seq])).map(({ entry }) => JSON.parse(entry) as Entry);
    return replay(openingOf(entries[0]!), entries.slice(1).map(eventOf));
  }

  private opened(row: LoadedRow | undefined, actor: Actor, event?: Wire): Loaded {
    if (!row) throw notFound();
    const registersHimself = event?.type === 'gp.changed' && event.gp === actor.unit && actor.roles.includes('gp');
    const visible = row.units.includes(actor.unit) || registersHimself;
    const stored = row.machine_version === machineVersion ? this.trusted.read(row.id, row.snapshot) : { fault: `it was stored by machine version ${row.machine_version}, and this is ${machineVersion}` };
    if ('fault' in stored) {
      if (!visible && !actor.roles.some((role) => role === 'auditor' || role === 'system')) throw notFound();
      throw new Problem('quarantined', { da: `Forløbet kan ikke læses sikkert (${stored.fault}). Dets log er hel: en administrator genskaber det derfra. Andre forløb betjenes.`, en: `This pathway cannot be read safely (${stored.fault}). Its log is whole: an administrator rebuilds it from there. Other pathways are served.` }, { version: row.version });
    }
    const snapshot = restore(stored);
    if (!visible && !seenBy(actor, placeOf(snapshot))) throw notFound();
    return { row, stored, snapshot };
  }

  private async sameVersion({ row }: Loaded, version: number): Promise<void> {
    if (row.version === version) return;
    throw await this.stale(row.id, version, row.version);
  }

  private async stale(id: string, expected: number, version: number): Promise<Problem> {
    const since = (await this.sql.rows<{ entry: string }>(entriesUpTo, [id, version])).map(({ entry }) => JSON.parse(entry) as Entry).filter(({ seq }) => seq > expected);
    return new Problem('stale-version', { da: `Forløbet er i version ${version} og ikke længere i ${expected}: læs det igen, og beslut på ny. transitions fortæller, hvad der er sket imens.`, en: `The pathway is at version ${version} and no longer at ${expected}: read it again and decide anew. transitions tells what happened meanwhile.` }, {
      version, transitions: since.map(({ seq, event, actor, occurredAt, from, to }) => ({ seq, event: event.type, actor, occurredAt, from, to })),
    });
  }

  private async judged(loaded: Loaded, attempt: Attempt, { record } = { record: true }): Promise<Judged> {
    const { row, snapshot } = loaded;
    const { event: wire, actor } = attempt;
    const now = this.clock.now();
    const { at, errors } = occurredAtOf(wire, snapshot.context, now);
    const sender = mayI(wire.type, actor, placeOf(snapshot), wire.type === 'gp.changed' ? { gp: wire.gp } : {});
    // Rules may read who sends. Whoever may not is refused, whatever they say.
    const event = { ...wire, sent: { at, seq: row.version + 1, by: sender ?? { unit: actor.unit, role: actor.roles[0]! } } } as PathwayEvent;
    const explanation = explain(snapshot, { type: wire.type, actor, at, event });
    const refusal = notHere(explanation, snapshot, wire) ?? notPlausible([...errors, ...implausible(wire, row.birth_date, at)]) ?? notMet(explanation);
    if (!refusal) return { explanation, event };
    if (record && refusal.type !== 'invalid') await this.recordRefusal(loaded, attempt, explanation, refusal, now);
    throw refusal;
  }

  private async recordRefusal({ row }: Loaded, { event, actor, version }: Attempt, { sender, findings, unanswered }: Explanation, refusal: Problem, now: Date): Promise<void> {
    const entry = { code: refusal.type, event, actor: { sub: actor.sub, role: sender?.role ?? actor.roles[0] ?? null, unit: actor.unit }, version, recordedAt: now.toISOString(), findings: refusal.type === 'rules-unmet' ? worthKeeping(findings) : [], unanswered: unanswered.map(({ rule }) => rule) };
    await this.sql.rows(refuse, [row.id, uuid(), row.version, event.type, now, canonical(entry)]);
  }

  private async committed(attempt: Attempt, { row, stored, snapshot }: Loaded, { explanation, event }: Judged, { stored: next, messages }: Advanced, requestHash: Buffer): Promise<Answer> {
    const { context } = next;
    const [from, to] = [whereOf(stored.value, snapshot.context), whereOf(next.value, context)];
    const recordedAt = this.clock.now().toISOString();
    const { text, hash } = sealed({
      pathway: row.id, seq: row.version + 1, event: attempt.event, actor: { sub: attempt.actor.sub, ...event.sent.by }, occurredAt: event.sent.at, recordedAt,
      from: { stage: from.stage, state: from.state, unit: from.unit }, to: { stage: to.stage, state: to.state, unit: to.unit }, findings: worthKeeping(explanation.findings),
      machineVersion, ruleSet: context.ruleSet, prev: row.head_hash.toString('hex'),
    });
    const snapshotText = JSON.stringify(next);
    const frozen = context.referralVersion > snapshot.context.referralVersion;
    const numbered = messages.map((message, index) => ({ number: index + 1, ...message }));
    const values = [
      row.id, row.version, event.type, event.sent.at, recordedAt, text, hash, to.stage, stateName(next.value), to.unit, to.nextMove, context.planningArea, context.units, earliestDue(context.clocks),
      missingContent(context), machineVersion, context.ruleSet, snapshotText, attempt.actor.sub, attempt.key ?? null, requestHash,
      numbered.length > 0 ? JSON.stringify(numbered) : null, frozen ? canonical(context.facts) : null, context.referralVersion,
    ];
    try {
      const { committed } = (await this.sql.row<{ committed: boolean }>(commit, values))!;
      if (committed) {
        this.trusted.keep(row.id, snapshotText, next);
        return { view: viewOf(row.id, row.version + 1, row, next), replayed: false };
      }
    } catch (error) {
      if (violates(error, 'one_open_pathway')) throw new Problem('already-open', { da: 'Patienten har imens fået et andet åbent forløb: det fortsætter der.', en: 'The patient has got another open pathway meanwhile: it goes on there.' });
      if (!violates(error, 'one_use_of_a_key')) throw error;
    }
    return this.outrun(attempt, row.id, requestHash);
  }

  /** Somebody was first: the same request (its answer is the answer), or another one (stale). */
  private async outrun(attempt: Attempt, id: string, requestHash: Buffer): Promise<Answer> {
    const used = attempt.key && await this.sql.row<Used>(keyUsed, [attempt.actor.sub, attempt.key]);
    if (used) return this.again(attempt, used, requestHash);
    const now = await this.sql.row<LoadedRow>(load, [id, '', null]);
    throw await this.stale(id, attempt.version, now!.version);
  }

  private async again(attempt: Attempt, used: Used, requestHash: Buffer): Promise<Answer> {
    if (used.pathway_id !== attempt.pathway || !used.request_hash.equals(requestHash)) {
      throw new Problem('idempotency-conflict', { da: 'Denne Idempotency-Key er brugt til en anden forespørgsel: brug en ny UUID til hver forespørgsel, og kun den samme for at gentage den.', en: 'This Idempotency-Key was used for another request: use a new UUID for each request, and the same only to repeat it.' });
    }
    const row = (await this.sql.row<LoadedRow>(load, [used.pathway_id, '', null]))!;
    return { view: viewOf(row.id, used.seq, row, await this.asOf(row.id, used.seq)), replayed: true };
  }
}

type Used = { pathway_id: string; seq: number; request_hash: Buffer };

const notFound = () => new Problem('not-found', { da: 'Der er intet forløb med dette id, som din enhed har eller har haft.', en: 'There is no pathway with this id that your unit has or had.' });
/** Of the event as its schema reads it: fields in the schema's order, times in one form. */
export const hashOf = ({ pathway, event }: { pathway: string; event: object }): Buffer => sha256(JSON.stringify([pathway, event]));
/** Steps 6 and 7: may I, is it possible. */
function notHere({ possible, sender, roles }: Explanation, snapshot: Snapshot, wire: Wire): Problem | undefined {
  if (!sender) return new Problem('not-allowed', { da: 'Hændelsen er for en anden rolle eller enhed: roles fortæller, hvem der må sende den.', en: 'This event is for another role or unit: roles tells who may send it.' }, { roles });
  if (possible) return undefined;
  const { stage, state } = whereOf(snapshot.value, snapshot.context);
  return new Problem('event-not-possible', { da: `${wire.type} er ikke mulig i denne tilstand: possible fortæller, hvad der er.`, en: `${wire.type} is not possible in this state: possible tells what is.` }, { stage, state, possible: possibleEvents(snapshot) });
}

const notPlausible = (errors: FieldError[]): Problem | undefined => (errors.length === 0 ? undefined : invalid(errors));

/** Step 8: every rule that stands in the way, never only the first. */
function notMet({ findings, unanswered }: Explanation): Problem | undefined {
  if (unanswered.length === 0) return undefined;
  return new Problem('rules-unmet', { da: `${unanswered.length === 1 ? 'En regel står' : `${unanswered.length} regler står`} i vejen: hvert fund nævner, hvad der kan gøres, og af hvem.`, en: `${unanswered.length === 1 ? 'A rule stands' : `${unanswered.length} rules stand`} in the way: each finding names its remedy and who has it.` }, {
    findings: findings.filter(({ status }) => status !== 'met'), unanswered: unanswered.map(({ rule }) => rule),
  });
}
