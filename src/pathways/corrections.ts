/** Putting the log right (machines/corrections.ts): what it would change, and, through the one door, that it does. */
import { Injectable } from '@nestjs/common';
import {
  mayCorrect,
  noticesOf,
  retrace,
  sequenceOf,
  standingsOf,
  toldBy,
  type Correction,
  type CorrectionRequest,
  type Obstacle,
  type Retraced,
  type Trace,
} from '../../machines/engine/corrections.js';
import type { Context } from '../../machines/pathway/context.js';
import type { Composed } from '../../machines/pathway/letters.js';
import { rolesOf } from '../../machines/pathway/desks.js';
import { roleNames, type Actor, type Role } from '../../machines/pathway/roles.js';
import { ruleSet } from '../../machines/pathway/routes.js';
import { stages } from '../../machines/pathway/stages.js';
import { Clock } from '../database/clock.js';
import { invalid, Problem, type FieldError } from '../http/problem.js';
import { Door, type Answer, type Caller, type Loaded } from './door.js';
import { canonical, openingOf, worthKeeping, type Entry } from './log.js';
import { chartsOf, movementsOf, retraceOf, stageSince, type Movement } from './past.js';
import { implausible, tolerance } from './plausible.js';
import { viewOf } from './view.js';
import type { CorrectionPreview } from './wire.js';

/** `at`: when it was put right, for history that is imported. */
type Attempt = Caller & { request: CorrectionRequest; via?: 'import'; at?: string };
type Judged = {
  correction: Correction;
  role: Role;
  was: readonly Trace[];
  is: readonly Trace[];
  messages: readonly Composed[];
};

@Injectable()
export class Corrections {
  constructor(
    private readonly door: Door,
    private readonly clock: Clock,
  ) {}

  /** Resolves with the pathway as it is by the corrected log. Throws a Problem that names the step which stands in the way, and why. */
  async correct(attempt: Attempt): Promise<Answer> {
    const said = { type: 'log.corrected', ...attempt.request };
    const entered = await this.door.enter(attempt, said);
    if ('view' in entered) return entered;
    const { correction, role, was, is, messages } = await this.judged(entered, attempt, {
      record: attempt.via !== 'import',
    });
    const own = entered.row.version + 1;
    const { stored } = is.at(-1)!;
    return this.door.write(
      attempt,
      entered,
      {
        event: correction,
        at: attempt.at ?? this.clock.now().toISOString(),
        ...(attempt.via ? { via: attempt.via } : {}),
        by: { unit: attempt.actor.unit, role },
        findings: worthKeeping(correctedStep(correction, own, is)?.findings ?? []),
        next: stored,
        chart: is.at(-1)!.chart,
        messages,
        corrected: {
          stageSince: stageSince(is),
          lastAt: stored.context.lastAt,
          movements: movementsOf(is),
          referrals: refrozen(was, is),
        },
      },
      said,
    );
  }

  /** What `correct` would do; nothing is written. The refusals are the same. */
  async preview(attempt: Attempt): Promise<CorrectionPreview> {
    const loaded = (await this.door.enter({ ...attempt, key: undefined }, attempt.request)) as Loaded;
    const { correction, was, is, messages } = await this.judged(loaded, attempt, { record: false });
    const { row } = loaded;
    const own = row.version + 1;
    const deadlines = (trail: readonly Trace[]) =>
      viewOf(row.id, own, row, trail.at(-1)!.stored, trail.at(-1)!.chart).deadlines;
    const [before, after] = [was.at(-1)!.to, is.at(-1)!.to];
    return {
      dryRun: true,
      version: row.version,
      from: placeOf(before),
      to: placeOf(after),
      transitions: compared(was, is, correction, own),
      deadlines: { before: deadlines(was), after: deadlines(is) },
      counts: countsChanged(movementsOf(was), movementsOf(is)),
      messages: messages.map(({ letter, to, subject, body }) => ({ letter, to, subject, body })),
    };
  }

  private async judged(loaded: Loaded, attempt: Attempt, { record }: { record: boolean }): Promise<Judged> {
    const { row, snapshot } = loaded;
    const { request, actor } = attempt;
    const now = this.clock.now();
    const entries = await this.door.entries(row.id, row.version);
    const errors = [
      ...notThere(entries, request),
      ...notThen(entries[0]!, request, now),
      ...notPlausible(request, entries, row.birth_date),
    ];
    if (errors.length > 0) throw invalid(errors);
    const refuse = async (refusal: Problem, role: Role | undefined, findings: Obstacle['findings']): Promise<never> => {
      if (record)
        await this.door.refused(
          loaded,
          attempt,
          { event: { type: 'log.corrected', ...request, lapsed: [] }, role, findings, unanswered: findings },
          refusal,
        );
      throw refusal;
    };
    const may = roleFor(entries, request, actor, now, snapshot.context);
    if ('refused' in may) return refuse(new Problem('not-allowed', may.refused, { roles: may.roles }), undefined, []);
    const { versions } = this.door;
    const { trail: was } = retraceOf(entries, versions);
    const own = {
      seq: row.version + 1,
      occurredAt: attempt.at ?? now.toISOString(),
      actor: { unit: actor.unit, role: may.role },
    };
    const again = (said: Omit<Correction, 'type' | keyof CorrectionRequest>): Retraced =>
      retrace(
        openingOf(entries[0]!),
        sequenceOf([...entries, { ...own, event: { type: 'log.corrected', ...request, ...said } as Correction }]),
        chartsOf(entries[0]!, versions),
      );
    const { trail: is, lapsed, obstacle } = again({ lapsed: [] });
    if (obstacle) return refuse(standsInTheWay(obstacle, request, own.seq), may.role, obstacle.findings);
    const notices = noticesOf(was, is, request, actor);
    const told = toldBy(was, is, notices, own.seq);
    const said = { lapsed, ...(told ? { told } : {}) };
    const messages = [...(is.find(({ seq }) => seq === own.seq)?.messages ?? []), ...notices] as Composed[];
    return {
      correction: { type: 'log.corrected', ...request, ...said } as Correction,
      role: may.role,
      was,
      is: told ? again(said).trail : is,
      messages,
    };
  }
}

const placeOf = ({ stage, state, unit }: Trace['to']) => ({ stage, state, unit });
const correctedStep = (correction: CorrectionRequest, own: number, trail: readonly Trace[]) =>
  trail.find(({ seq }) => seq === (correction.kind === 'insert' ? own : correction.seq));

/** The entry that is meant must be there, still stand, and be of a kind that can be corrected so. */
function notThere(entries: readonly Entry[], request: CorrectionRequest): FieldError[] {
  if (request.seq === undefined) return [];
  const target = entries[request.seq - 1];
  const pointer = '/seq';
  if (!target) return [{ pointer, message: `is no entry of this log: its last is ${entries.length}` }];
  const undone = standingsOf(entries as never).get(request.seq);
  if (undone && undone.standing !== 'amended')
    return [
      {
        pointer,
        message: `names an entry that no longer stands: it was ${undone.standing === 'voided' ? 'voided' : 'taken along'} by the correction with seq ${undone.by}`,
      },
    ];
  if (request.kind === 'insert') return [];
  if (target.event.type === 'machine.moved')
    return [{ pointer, message: 'names a move to another version of the machine, which is taken back by a move' }];
  if (target.seq === 1)
    return [
      {
        pointer,
        message: 'names the opening, which is not corrected: send pathway.enteredInError, patient.moved or gp.changed',
      },
    ];
  if (request.kind === 'void') return [];
  if (target.event.type === 'log.corrected')
    return [{ pointer, message: 'names a correction, which is not amended: void it, and correct anew' }];
  if (request.event && request.event.type !== target.event.type)
    return [
      {
        pointer: '/event/type',
        message: `is another event than the entry's: keep ${target.event.type}, or void this one and insert the other`,
      },
    ];
  return request.event === undefined && request.occurredAt === undefined
    ? [{ pointer: '/event', message: 'is missing, and occurredAt too: say what was different, or when' }]
    : [];
}

/** Between the opening and now; what lies within the limits of a clock that is not ours is taken as now. */
function notThen({ occurredAt: opened }: Entry, request: CorrectionRequest, now: Date): FieldError[] {
  const at = 'occurredAt' in request ? request.occurredAt : undefined;
  if (at === undefined) return [];
  if (Date.parse(at) > now.getTime() + tolerance)
    return [{ pointer: '/occurredAt', message: 'lies in the future: give when it happened' }];
  return at < opened
    ? [{ pointer: '/occurredAt', message: `lies before the pathway was opened (${opened}): give a later time` }]
    : [];
}
function notPlausible(request: CorrectionRequest, entries: readonly Entry[], birthDate: string): FieldError[] {
  if (!('event' in request) || !request.event) return [];
  const at = request.occurredAt ?? entries[(request.seq ?? 1) - 1]!.occurredAt;
  return implausible(request.event, birthDate, at).map(({ pointer, message }) => ({
    pointer: `/event${pointer}`,
    message,
  }));
}

/** Whoever inserts a step must have been able to send it; who takes back or amends answers for the unit that made it. */
function roleFor(
  entries: readonly Entry[],
  request: CorrectionRequest,
  actor: Actor,
  now: Date,
  context: Context,
): ReturnType<typeof mayCorrect> {
  if (request.kind === 'insert') {
    const { type } = request.event;
    const role = roleNames.find((name) => actor.roles.includes(name) && rolesOf(type).includes(name));
    return role
      ? { role }
      : {
          roles: rolesOf(type),
          refused: {
            da: 'Denne hændelse er for en anden rolle: roles fortæller, hvem der må sende den.',
            en: 'This event is for another role: roles tells who may send it.',
          },
        };
  }
  const { event, recordedAt, actor: by, from } = entries[request.seq - 1]!;
  const undone = standingsOf(entries as never);
  const last =
    entries.findLast(
      (entry) => entry.event.type !== 'log.corrected' && entry.actor.role !== 'system' && !undone.has(entry.seq),
    )?.seq === request.seq && request.kind === 'void';
  const may = mayCorrect(
    actor,
    { type: event.type, recordedAt, by, unit: from?.unit ?? null, last },
    now.toISOString(),
    ruleSet(context.ruleSet).recording.undoHours,
  );
  if ('refused' in may || request.kind === 'void' || !request.event) return may;
  const type = request.event.type;
  const role = roleNames.find((name) => actor.roles.includes(name) && rolesOf(type).includes(name));
  return role
    ? { role }
    : {
        roles: rolesOf(type),
        refused: {
          da: 'Hændelsen ændres af en, der selv må sende den: roles fortæller hvem.',
          en: 'The event is amended by somebody who may send it himself: roles tells who.',
        },
      };
}

function standsInTheWay(
  { seq, event, because, at, roles, possible, findings }: Obstacle,
  request: CorrectionRequest,
  own: number,
): Problem {
  const itself = seq === (request.kind === 'insert' ? own : request.seq);
  const stage = stages[at.stage];
  const step = itself
    ? { da: 'Trinnet selv', en: 'The step itself' }
    : { da: `Det senere trin ${seq} (${event})`, en: `The later step ${seq} (${event})` };
  const why = {
    'not-allowed': {
      da: 'kunne ikke være sendt af den rolle og enhed',
      en: 'could not have been sent by that role and unit',
    },
    'event-not-possible': { da: `er ikke muligt dér (${stage.da})`, en: `is not possible there (${stage.en})` },
    'rules-unmet': {
      da: `brød en regel: ${findings.map(({ rule }) => rule).join(', ')}`,
      en: `would break a rule: ${findings.map(({ rule }) => rule).join(', ')}`,
    },
  }[because];
  return new Problem(
    'correction-not-possible',
    {
      da: `${step.da} ${why.da}.${itself ? '' : ' Ret det først.'}`,
      en: `${step.en} ${why.en}.${itself ? '' : ' Correct that one first.'}`,
    },
    {
      seq: itself ? null : seq,
      event,
      because,
      stage: at.stage,
      state: at.state,
      ...(because === 'not-allowed' ? { roles } : {}),
      ...(because === 'event-not-possible' ? { possible } : {}),
      ...(because === 'rules-unmet' ? { findings } : {}),
    },
  );
}

/** Every step that comes out differently, or is there in one sequence alone. */
function compared(
  was: readonly Trace[],
  is: readonly Trace[],
  correction: Correction,
  own: number,
): CorrectionPreview['transitions'] {
  const steps = (trail: readonly Trace[]) => trail.filter(({ type }) => type !== 'correction.told');
  const [before, after] = [was, is].map((trail) => new Map(steps(trail).map((trace) => [trace.seq, trace]))) as [
    Map<number, Trace>,
    Map<number, Trace>,
  ];
  const shown = (trace: Trace | undefined) =>
    trace ? { occurredAt: trace.at, from: trace.from && placeOf(trace.from), to: placeOf(trace.to) } : null;
  const changeOf = (seq: number): CorrectionPreview['transitions'][number]['change'] =>
    seq === own
      ? 'inserted'
      : correction.lapsed.includes(seq)
        ? 'lapsed'
        : !before.has(seq)
          ? 'restored'
          : !after.has(seq)
            ? 'voided'
            : correction.kind === 'amend' && correction.seq === seq
              ? 'amended'
              : 'otherwise';
  return [...new Set([...before.keys(), ...after.keys()])]
    .sort((a, b) => a - b)
    .map((seq) => ({
      seq,
      event: (after.get(seq) ?? before.get(seq)!).type,
      change: changeOf(seq),
      before: shown(before.get(seq)),
      after: shown(after.get(seq)),
    }))
    .filter(({ change, before: then, after: now }) => change !== 'otherwise' || canonical(then) !== canonical(now));
}

/** The differences in the ledger, summed by instant and place: from when on which count is another, and by how much. */
function countsChanged(was: readonly Movement[], is: readonly Movement[]): CorrectionPreview['counts'] {
  const sums = new Map<string, CorrectionPreview['counts'][number]>();
  const add = ({ at, stage, unit, area, present, overdue }: Movement, sign: number) => {
    const place = JSON.stringify([at, stage, unit, area]);
    const sum = sums.get(place) ?? {
      from: at,
      stage: stage as keyof typeof stages,
      unit,
      planningArea: area as CorrectionPreview['counts'][number]['planningArea'],
      count: 0,
      overdue: 0,
    };
    sums.set(place, { ...sum, count: sum.count + sign * present, overdue: sum.overdue + sign * overdue });
  };
  for (const movement of was) add(movement, -1);
  for (const movement of is) add(movement, 1);
  return [...sums.values()]
    .filter(({ count, overdue }) => count !== 0 || overdue !== 0)
    .sort((a, b) => (a.from < b.from ? -1 : a.from > b.from ? 1 : 0));
}

/** Versions of the referral that the corrected sequence freezes otherwise, or not at all. */
function refrozen(
  was: readonly Trace[],
  is: readonly Trace[],
): { version: number; frozenAt: string; facts: string | null }[] {
  const frozen = (trail: readonly Trace[]) =>
    new Map(
      trail.flatMap((trace, index) => {
        const { referralVersion, facts } = trace.stored.context;
        return referralVersion > (trail[index - 1]?.stored.context.referralVersion ?? 0)
          ? [[referralVersion, { frozenAt: trace.at, facts: canonical(facts) }] as const]
          : [];
      }),
    );
  const [before, after] = [frozen(was), frozen(is)];
  const gone = [...before]
    .filter(([version]) => !after.has(version))
    .map(([version, { frozenAt }]) => ({ version, frozenAt, facts: null }));
  const anew = [...after]
    .filter(
      ([version, { facts, frozenAt }]) =>
        before.get(version)?.facts !== facts || before.get(version)?.frozenAt !== frozenAt,
    )
    .map(([version, one]) => ({ version, ...one }));
  return [...gone, ...anew];
}
