/**
 * The one door: every change of a pathway goes through `send` (or begins with `openings.ts`), for everybody: users, demo, import, sweeper.
 * Who, what, again?, load, restore, may I?, possible?, judge, next and commit, answer; in that order (architecture.md).
 */
import { Inject, Injectable, Optional } from '@nestjs/common';
import { v7 as uuid } from 'uuid';
import type { Advanced } from '../../machines/engine/advance.js';
import { askedIn, mayI } from '../../machines/pathway/desks.js';
import { firstDue, sweepAt } from '../../machines/pathway/clocks.js';
import type { PathwayEvent, Wire } from '../../machines/pathway/events.js';
import {
  explain,
  explainAll,
  missingContent,
  placeOf,
  possibleEvents,
  type Explanation,
} from '../../machines/engine/explain.js';
import type { Finding } from '../../machines/engine/judging.js';
import type { Chart } from '../../machines/engine/chart.js';
import { known } from '../../machines/engine/fold.js';
import type { Versions } from '../../machines/engine/versions.js';
import type { Actor, Role, Sender } from '../../machines/pathway/roles.js';
import { stateName, whereIs, type Snapshot, type Stored } from '../../machines/engine/snapshot.js';
import { desksOf, taskWordsOf } from '../../machines/pathway/tasks.js';
import { Clock } from '../database/clock.js';
import { Sql } from '../database/sql.js';
import { violates } from '../database/faults.js';
import { invalid, Problem, type FieldError } from '../http/problem.js';
import { deliveriesOf } from './deliveries.js';
import {
  canonical,
  readEntry,
  sealEntry,
  sealRefusal,
  sha256,
  worthKeeping,
  type Entry,
  type RefusalEntry,
  type Written,
} from './log.js';
import { foldOf, type Movement, type Times } from './past.js';
import { implausible, occurredAtOf } from './plausible.js';
import { commit, entriesUpTo, keyUsed, load, refuse, type LoadedRow } from './statements.js';
import { Trusted } from './trusted.js';
import { viewOf } from './view.js';
import { seen } from './visibility.js';
import type { PathwayView } from './wire.js';

/** Somebody at the door: for which pathway, on which version he decided, and with which key. */
export type Caller = { pathway: string; actor: Actor; version: number; key?: string | undefined };
/** `at`: when it happened, for history that is imported; the event keeps the words that it has. */
export type Attempt = Caller & { event: Wire; via?: 'import'; at?: string };
export type Answer = { view: PathwayView; replayed: boolean };
export type Loaded = { row: LoadedRow; chart: Chart; stored: Stored; snapshot: Snapshot };
type Judged = { explanation: Explanation; event: PathwayEvent };
/** What is written down, once it is judged: the log's own words, when it happened and in which role, and what follows from it. */
export type Step = {
  event: Entry['event'];
  at: string;
  by: Sender;
  findings: Entry['findings'];
  next: Stored;
  messages: readonly Message[];
  via?: 'import';
  /** By which version of the machine, where that changes. */
  chart?: Chart;
  /** What a correction makes of the past (migrations/sql/functions/commit_transition.sql). */
  corrected?: {
    stageSince: string;
    lastAt: string;
    movements: readonly Movement[];
    referrals: readonly { version: number; frozenAt: string; facts: string | null }[];
  };
};
type Message = { letter: string; from: string; to: string | null; subject: string; body: string };

/** Another set of versions of the machine than the program's own, for a trial of a new one. */
export const VERSIONS = Symbol('versions');

@Injectable()
export class Door {
  private readonly trusted = new Trusted();
  constructor(
    private readonly sql: Sql,
    private readonly clock: Clock,
    @Optional() @Inject(VERSIONS) readonly versions: Versions = known,
  ) {}

  /** The state of a pathway for somebody who may see it. Throws not-found, or quarantined when what is stored is not to be trusted. */
  async read(id: string, actor: Actor): Promise<Loaded> {
    return this.opened(await this.sql.row<LoadedRow>(load, [id, '', null]), actor);
  }

  /** The row of a pathway, whatever state it is in, for somebody who may see it: the log of one that cannot be read safely is what it is rebuilt from. */
  async visible(id: string, actor: Actor): Promise<LoadedRow> {
    return seen(await this.sql.row<LoadedRow>(load, [id, '', null]), actor);
  }

  /** The pathway as it was at an instant, as it was known at another. Without an ETag: nothing is decided on what was. */
  async past(id: string, actor: Actor, times: Times): Promise<PathwayView> {
    const now = this.clock.now().toISOString();
    const ahead = (['asOf', 'knownAt'] as const).filter((field) => times[field] !== undefined && times[field] > now);
    if (ahead.length > 0)
      throw invalid(
        ahead.map((field) => ({ pointer: `/${field}`, message: 'lies in the future: what will be is not known' })),
      );
    const { row } = await this.read(id, actor);
    const found = foldOf(await this.entries(id, row.version), times, this.versions);
    if (!found)
      throw new Problem('not-found', {
        da: 'Forløbet var ikke begyndt, eller ikke kendt, på det tidspunkt.',
        en: 'The pathway had not begun, or was not known, at that time.',
      });
    return viewOf(id, found.version, row, found.stored, found.chart);
  }

  /** Send an event. Resolves with the pathway as GET shows it; throws a Problem for every refusal. */
  async send(attempt: Attempt): Promise<Answer> {
    const entered = await this.enter(attempt, attempt.event);
    if ('view' in entered) return entered;
    // Nobody attempts now what is imported: the import itself says what was refused.
    const { explanation, event } = await this.judged(entered, attempt, { record: attempt.via !== 'import' });
    const next = entered.chart.advance(entered.snapshot, event);
    if (!next) throw new Error(`explain let ${event.type} through and the chart does not take it`);
    return this.write(attempt, entered, {
      event: attempt.event,
      at: event.sent.at,
      by: event.sent.by,
      findings: worthKeeping(explanation.findings),
      next: next.stored,
      messages: next.messages,
      ...(attempt.via ? { via: attempt.via } : {}),
    });
  }

  /** Steps 3 to 5: the answer of before, where the key has been used; else the pathway, at the version that was decided on. */
  async enter(caller: Caller, said: object): Promise<Answer | Loaded> {
    const row = await this.sql.row<LoadedRow>(load, [caller.pathway, caller.actor.sub, caller.key ?? null]);
    if (row?.used_seq != null)
      return this.again(
        caller,
        { pathway_id: row.used_by!, seq: row.used_seq, request_hash: row.used_hash! },
        hashOf(caller.pathway, said),
      );
    const loaded = this.opened(row, caller.actor, said);
    await this.sameVersion(loaded, caller.version);
    return loaded;
  }

  /** What `send` would do; nothing is written. The refusals are the same. */
  async rehearse(attempt: Attempt): Promise<{ loaded: Loaded; explanation: Explanation; next: Advanced }> {
    const loaded = this.opened(
      await this.sql.row<LoadedRow>(load, [attempt.pathway, '', null]),
      attempt.actor,
      attempt.event,
    );
    await this.sameVersion(loaded, attempt.version);
    const { explanation, event } = await this.judged(loaded, attempt, { record: false });
    return { loaded, explanation, next: loaded.chart.advance(loaded.snapshot, event)! };
  }

  async actions(id: string, actor: Actor) {
    const { row, snapshot } = await this.read(id, actor);
    return {
      version: row.version,
      actions: explainAll(snapshot, actor, this.clock.now().toISOString()).map((action) => ({
        ...action,
        schema: `/v1/openapi.json#/components/schemas/${action.event}`,
      })),
    };
  }

  /** The pathway as it was after one of its transitions, folded from the log. */
  async asOf(id: string, seq: number): Promise<{ stored: Stored; chart: Chart }> {
    return foldOf(await this.entries(id, seq), {}, this.versions)!;
  }

  /** The log, up to one of its entries. */
  async entries(id: string, seq: number): Promise<Entry[]> {
    return (await this.sql.rows<Written>(entriesUpTo, [id, seq])).map(readEntry);
  }

  private opened(row: LoadedRow | undefined, actor: Actor, event?: Partial<Wire>): Loaded {
    const { id, snapshot: text, machine_version: version } = keyed(seen(row, actor, event));
    const chart = this.versions.charts.find((known) => known.version === version);
    const stored = chart
      ? this.trusted.read(id, text, chart)
      : { fault: `it was stored by machine version ${version}, which this program does not know` };
    if ('fault' in stored)
      throw new Problem(
        'quarantined',
        {
          da: `Forløbet kan ikke læses sikkert (${stored.fault}). Dets log er hel: en administrator genskaber det derfra. Andre forløb betjenes.`,
          en: `This pathway cannot be read safely (${stored.fault}). Its log is whole: an administrator rebuilds it from there. Other pathways are served.`,
        },
        { version: row!.version },
      );
    return { row: row!, chart: chart!, stored, snapshot: chart!.restore(stored) };
  }

  private async sameVersion({ row }: Loaded, version: number): Promise<void> {
    if (row.version === version) return;
    throw await this.stale(row.id, version, row.version);
  }

  private async stale(id: string, expected: number, version: number): Promise<Problem> {
    const since = (await this.entries(id, version)).filter(({ seq }) => seq > expected);
    return new Problem(
      'stale-version',
      {
        da: `Forløbet er i version ${version} og ikke længere i ${expected}: læs det igen, og beslut på ny. transitions fortæller, hvad der er sket imens.`,
        en: `The pathway is at version ${version} and no longer at ${expected}: read it again and decide anew. transitions tells what happened meanwhile.`,
      },
      {
        version,
        transitions: since.map(({ seq, event, actor, occurredAt, from, to }) => ({
          seq,
          event: event.type,
          actor,
          occurredAt,
          from,
          to,
        })),
      },
    );
  }

  private async judged(loaded: Loaded, attempt: Attempt, { record }: { record: boolean }): Promise<Judged> {
    const { row, snapshot } = loaded;
    const { event: wire, actor } = attempt;
    const now = this.clock.now();
    const { at, errors } = occurredAtOf(
      attempt.at === undefined ? wire : { ...wire, occurredAt: attempt.at },
      snapshot.context,
      now,
      { imported: attempt.via === 'import' },
    );
    const sender = mayI(wire.type, actor, placeOf(snapshot), askedIn(wire));
    // Rules may read who sends. Whoever may not is refused, whatever they say.
    const event = {
      ...wire,
      sent: { at, seq: row.version + 1, by: sender ?? { unit: actor.unit, role: actor.roles[0]! } },
    } as PathwayEvent;
    const explanation = explain(snapshot, { type: wire.type, actor, at, event });
    const refusal =
      notHere(explanation, snapshot, wire) ??
      notPlausible([...errors, ...implausible(wire, row.birth_date, at)]) ??
      notMet(explanation);
    if (!refusal) return { explanation, event };
    if (record && refusal.type !== 'invalid')
      await this.refused(
        loaded,
        attempt,
        {
          event: wire,
          role: sender?.role,
          findings: refusal.type === 'rules-unmet' ? explanation.findings : [],
          unanswered: explanation.unanswered,
        },
        refusal,
      );
    throw refusal;
  }

  /** Whoever tried, what, and what he was shown. */
  async refused(
    { row }: Loaded,
    { actor, version }: Caller,
    {
      event,
      role,
      findings,
      unanswered,
    }: {
      event: RefusalEntry['event'];
      role: Role | undefined;
      findings: readonly Finding[];
      unanswered: readonly Finding[];
    },
    refusal: Problem,
  ): Promise<void> {
    const now = this.clock.now();
    const id = uuid();
    const { leaf, payload, hash } = sealRefusal(
      {
        id,
        pathway: row.id,
        version,
        code: refusal.type,
        event,
        actor: { sub: actor.sub, role: role ?? actor.roles[0] ?? null, unit: actor.unit },
        recordedAt: now.toISOString(),
        findings: worthKeeping(findings),
        unanswered: unanswered.map(({ rule }) => rule),
      },
      keyOf(row),
    );
    await this.sql.rows(refuse, [row.id, id, row.version, event.type, now, leaf, payload, hash]);
  }

  /** Steps 9 and 10, in one statement guarded by the version. `said` is what the request hash is made of, where that is not the event itself. */
  async write(
    caller: Caller,
    { row, chart: was, stored }: Loaded,
    { event, at, by, findings, next, messages, via, corrected, chart = was }: Step,
    said: object = event,
  ): Promise<Answer> {
    const { context } = next;
    const [from, to] = [was.whereOf(stored.value, stored.context), chart.whereOf(next.value, context)];
    const recordedAt = this.clock.now().toISOString();
    const { leaf, payload, hash } = sealEntry(
      {
        pathway: row.id,
        seq: row.version + 1,
        event,
        actor: { sub: caller.actor.sub, ...by },
        occurredAt: at,
        recordedAt,
        from: { stage: from.stage, state: from.state, unit: from.unit },
        to: { stage: to.stage, state: to.state, unit: to.unit },
        findings,
        machineVersion: chart.version,
        ruleSet: context.ruleSet,
        prev: row.head_hash.toString('hex'),
        ...(via ? { via } : {}),
      },
      keyOf(row),
    );
    const snapshotText = JSON.stringify(next);
    const frozen = !corrected && context.referralVersion > stored.context.referralVersion;
    const delivered = deliveriesOf(
      stored.context.undelivered,
      context.undelivered,
      row.version + 1,
      messages.length,
      via === 'import',
    );
    const numbered = messages.map(({ letter, from: sender, to: addressee, subject, body }, index) => ({
      number: index + 1,
      letter,
      from: sender,
      to: addressee,
      subject,
      body,
      state: delivered.own[index],
    }));
    const due = firstDue(context.clocks);
    const requestHash = hashOf(caller.pathway, said);
    const values = [
      row.id,
      row.version,
      event.type,
      at,
      recordedAt,
      leaf,
      payload,
      hash,
      to.stage,
      stateName(next.value),
      to.unit,
      to.nextMove,
      context.planningArea,
      context.units,
      due?.dueAt ?? null,
      due?.clock ?? null,
      sweepAt(context.clocks),
      desksOf(context, to),
      taskWordsOf(context, to),
      missingContent(context),
      chart.version,
      context.ruleSet,
      snapshotText,
      caller.actor.sub,
      caller.key ?? null,
      requestHash,
      numbered.length > 0 ? JSON.stringify(numbered) : null,
      delivered.changed.length > 0 ? JSON.stringify(delivered.changed) : null,
      frozen ? canonical(context.facts) : null,
      context.referralVersion,
      corrected ? JSON.stringify(corrected) : null,
    ];
    try {
      const { committed } = (await this.sql.row<{ committed: boolean }>(commit, values))!;
      if (committed) {
        this.trusted.keep(row.id, snapshotText, next, chart.version);
        return { view: viewOf(row.id, row.version + 1, row, next, chart), replayed: false };
      }
    } catch (error) {
      if (violates(error, 'one_open_pathway'))
        throw new Problem('already-open', {
          da: 'Patienten har imens fået et andet åbent forløb: det fortsætter der.',
          en: 'The patient has got another open pathway meanwhile: it goes on there.',
        });
      if (!violates(error, 'one_use_of_a_key')) throw error;
    }
    return this.outrun(caller, row.id, requestHash);
  }

  /** Somebody was first: the same request (its answer is the answer), or another one (stale). */
  private async outrun(caller: Caller, id: string, requestHash: Buffer): Promise<Answer> {
    const used = caller.key && (await this.sql.row<Used>(keyUsed, [caller.actor.sub, caller.key]));
    if (used) return this.again(caller, used, requestHash);
    const now = await this.sql.row<LoadedRow>(load, [id, '', null]);
    throw await this.stale(id, caller.version, now!.version);
  }

  private async again(caller: Caller, used: Used, requestHash: Buffer): Promise<Answer> {
    if (used.pathway_id !== caller.pathway || !used.request_hash.equals(requestHash)) {
      throw new Problem('idempotency-conflict', {
        da: 'Denne Idempotency-Key er brugt til en anden forespørgsel: brug en ny UUID til hver forespørgsel, og kun den samme for at gentage den.',
        en: 'This Idempotency-Key was used for another request: use a new UUID for each request, and the same only to repeat it.',
      });
    }
    const row = keyed(await this.visible(used.pathway_id, caller.actor));
    const { stored, chart } = await this.asOf(row.id, used.seq);
    return { view: viewOf(row.id, used.seq, row, stored, chart), replayed: true };
  }
}

type Used = { pathway_id: string; seq: number; request_hash: Buffer };

/** The key that binds what the log tells of a patient. An erased one has none, and nothing more is written of him. */
export function keyOf({ commit_key: key, version }: Pick<LoadedRow, 'commit_key'> & { version?: number }): Buffer {
  if (!key)
    throw new Problem(
      'quarantined',
      {
        da: 'Patientens oplysninger er slettet: der kan ikke skrives mere.',
        en: 'What was known of the patient has been erased: nothing more can be written.',
      },
      { version },
    );
  return key;
}
/** The row, where its patient has not been erased. Throws quarantined otherwise. */
function keyed(row: LoadedRow): LoadedRow {
  keyOf(row);
  return row;
}

/** Of the event as its schema reads it: fields in the schema's order, times in one form. */
const hashOf = (pathway: string, said: object): Buffer => sha256(JSON.stringify([pathway, said]));
/** Steps 6 and 7: may I, is it possible. */
function notHere({ possible, sender, roles }: Explanation, snapshot: Snapshot, wire: Wire): Problem | undefined {
  if (!sender)
    return new Problem(
      'not-allowed',
      {
        da: 'Hændelsen er for en anden rolle eller enhed: roles fortæller, hvem der må sende den.',
        en: 'This event is for another role or unit: roles tells who may send it.',
      },
      { roles },
    );
  if (possible) return undefined;
  const { stage, state } = whereIs(snapshot);
  return new Problem(
    'event-not-possible',
    {
      da: `${wire.type} er ikke mulig i denne tilstand: possible fortæller, hvad der er.`,
      en: `${wire.type} is not possible in this state: possible tells what is.`,
    },
    { stage, state, possible: possibleEvents(snapshot) },
  );
}

const notPlausible = (errors: FieldError[]): Problem | undefined => (errors.length === 0 ? undefined : invalid(errors));

/** Step 8: every rule that stands in the way, never only the first. */
function notMet({ findings, unanswered }: Explanation): Problem | undefined {
  if (unanswered.length === 0) return undefined;
  return new Problem(
    'rules-unmet',
    {
      da: `${unanswered.length === 1 ? 'En regel står' : `${unanswered.length} regler står`} i vejen: hvert fund nævner, hvad der kan gøres, og af hvem.`,
      en: `${unanswered.length === 1 ? 'A rule stands' : `${unanswered.length} rules stand`} in the way: each finding names its remedy and who has it.`,
    },
    {
      findings: findings.filter(({ status }) => status !== 'met'),
      unanswered: unanswered.map(({ rule }) => rule),
    },
  );
}
