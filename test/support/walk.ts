/**
 * A pathway that one walks: each event goes the way of the one door (may I? possible? judged? then on), without a database.
 * After every step the promise is checked: one stage, one responsible unit, a running clock, one prescriber a class.
 */
import assert from 'node:assert/strict';

import { advance, begin as opened } from '../../machines/engine/advance.js';
import { askedIn, mayI } from '../../machines/pathway/desks.js';
import { events, type EventType, type PathwayEvent, type Wire } from '../../machines/pathway/events.js';
import { explain, explainAll, placeOf, type Explanation } from '../../machines/engine/explain.js';
import type { Facts } from '../../machines/pathway/facts.js';
import { drugClasses, type Offer, type PlanningArea } from '../../machines/pathway/fields.js';
import type { Finding } from '../../machines/engine/judging.js';
import type { Composed } from '../../machines/pathway/letters.js';
import type { Actor, Role } from '../../machines/pathway/roles.js';
import { faultOf, restore, stateName, whereOf, type Snapshot, type Stored } from '../../machines/engine/snapshot.js';
import { clinicsOf, kindOf, routeFor, units } from '../../machines/pathway/routes.js';

export type Payload<K extends EventType> = Omit<Wire<K>, 'type'>;
/** Who sends, and when. Without a unit or a role: the first desk that may. */
export type Who = { unit?: string; role?: Role | readonly Role[]; at?: string };
export type Refusal = {
  kind: 'invalid' | 'not-allowed' | 'not-possible' | 'rules-unmet';
  rules: string[];
  findings: Finding[];
};
export type Message = Composed & { id: string };

const firstInstant = '2026-03-02T08:00:00+01:00';
const minute = 60_000;
const iso = (at: string) => new Date(at).toISOString();

export const completeFacts: Facts = {
  onset: '2024-03-01',
  mechanism: 'neuropathic',
  outpatient: true,
  nonMalignant: true,
  clarified: true,
  priorTreatmentCompleted: true,
  medicationTried: true,
  trigger: { psychosocial: false, insufficientEffect: true },
  exclusions: {
    acutePain: false,
    activeCancer: false,
    headache: false,
    substanceMisuse: false,
    severeUnstablePsychiatricDisorder: false,
  },
  psychosocialProblems: 'none',
  psychosocialDominant: false,
  hindersTreatment: false,
  somaticallyDominated: true,
  requestedOffer: 'painClinic',
  content: {
    history: 'Smerter i lænd og ben siden 2024',
    psychologicalFactors: { none: true },
    socialSituation: 'Bor med ægtefælle',
    occupation: 'I arbejde',
    compensationCase: { none: true },
    problemStatement: 'Utilstrækkelig effekt af gængse medikamenter',
    objectiveExamination: 'Nedsat følesans på venstre læg',
    investigations: 'MR af lænd: normal',
    ecg: 'Sinusrytme, QTc 410 ms',
    medicationsTried: [{ drug: 'gabapentin', effect: 'nogen', sideEffects: 'svimmelhed' }],
    comorbidity: { none: true },
    allergy: { none: true },
    toldToPatient: 'Henvises til vurdering',
    practical: { interpreter: false, transport: false },
  },
};
/** Social and psychological factors dominate and hinder the treatment (L42–46). */
export const complexFacts: Facts = {
  ...completeFacts,
  trigger: { psychosocial: true, insufficientEffect: true },
  psychosocialProblems: 'significant',
  psychosocialDominant: true,
  hindersTreatment: true,
  somaticallyDominated: false,
  requestedOffer: 'painCentre',
  content: {
    ...completeFacts.content,
    psychologicalFactors: 'Depression',
    occupation: 'Sygemeldt',
    compensationCase: 'Verserende',
  },
};
/** Assessment of the ongoing drug treatment of a condition that is not complex (L48–58). */
export const assessmentFacts: Facts = {
  ...completeFacts,
  requestedOffer: 'medicationAssessment',
  medicationAssessmentStatement: true,
};

/** Who works where, in the demo. */
const clinical = ['physician', 'nurse', 'physiotherapist', 'psychologist', 'socialWorker', 'secretary'] as const;
const staff: Record<string, readonly Role[]> = {
  practice: ['gp', 'gpStaff'],
  cvi: ['cvi', 'secretary'],
  centre: ['triager', ...clinical],
  clinic: clinical,
};

export const practiceOf = {
  nord: 'GP_NORD',
  midt: 'GP_MIDT',
  byen: 'GP_BYEN',
  syd: 'GP_SYD',
  bornholm: 'GP_BYEN',
  outsideRegion: 'GP_NORD',
} as const satisfies Record<PlanningArea, string>;

export type Beginning = {
  area?: PlanningArea;
  gp?: string;
  birthDate?: string | undefined;
  facts?: Facts;
  at?: string;
};

/** One attempt as it was made, and what came of it: the same can be walked over HTTP. */
export type Attempt = {
  event: { type: EventType } & Record<string, unknown>;
  actor: Actor;
  at: string;
  refused?: Refusal;
  then?: {
    version: number;
    stage: string;
    state: string | object;
    unit: string | null;
    nextMove: string | null;
    prescribing: string;
  };
};

export class Walk {
  /** Every walk of this process, in order. */
  static readonly walked: Walk[] = [];
  readonly journal: Attempt[] = [];
  readonly beginning: { birthDate: string | undefined; area: PlanningArea; gp: string; at: string };
  now: string;
  seq = 1;
  stored: Stored;
  /** Every message of the pathway, in order. */
  readonly messages: Message[] = [];
  /** What `explain` said of the last event that went through. */
  findings: Finding[] = [];

  constructor(beginning: Beginning) {
    const { area = 'midt', gp, at = firstInstant } = beginning;
    this.now = iso(at);
    const birthDate = 'birthDate' in beginning ? beginning.birthDate : '1968-07-05';
    const patient = { identified: true, ...(birthDate === undefined ? {} : { birthDate }) };
    this.stored = opened({
      patient,
      planningArea: area,
      ownGp: gp ?? practiceOf[area],
      at: this.now,
      ruleSet: '2014-09',
    });
    this.beginning = { birthDate, area, gp: gp ?? practiceOf[area], at: this.now };
    Walk.walked.push(this);
  }

  private restored: { from: Stored; snapshot: Snapshot } | undefined;
  get snapshot(): Snapshot {
    if (this.restored?.from !== this.stored) this.restored = { from: this.stored, snapshot: restore(this.stored) };
    return this.restored.snapshot;
  }
  get context() {
    return this.stored.context;
  }
  get where() {
    return whereOf(this.stored.value, this.context);
  }
  get stage() {
    return this.where.stage;
  }
  /** Dotted; a parallel state by the name of the state that holds its regions. */
  get state() {
    return stateName(this.stored.value);
  }
  /** As api.md shows it, regions and all. */
  get shownState() {
    return this.where.state;
  }
  get unit() {
    return this.where.unit;
  }
  get nextMove() {
    return this.where.nextMove;
  }
  get attached() {
    return this.context.attachedAt !== undefined;
  }
  /** Who prescribes: one word when it is the same for all classes. */
  get prescriber(): string {
    const by = drugClasses.map((name) => this.context.prescribing[name].by);
    return new Set(by).size === 1 ? by[0]! : by.join(', ');
  }
  get clocks() {
    return this.context.clocks;
  }
  /** Names of the clocks that run and do not stand still. */
  get running() {
    return this.clocks.filter(({ pausedSince }) => pausedSince === undefined).map(({ clock }) => clock);
  }
  clock(name: string) {
    return this.clocks.find(({ clock }) => clock === name);
  }
  /** Of the last event: 'letter → addressee'. */
  get told() {
    return this.messages.filter(({ id }) => id.startsWith(`${this.seq}.`)).map(({ letter, to }) => `${letter} → ${to}`);
  }
  get lastMessage(): Message {
    return this.messages.at(-1)!;
  }

  /** Days go by. */
  wait(days: number): this {
    this.now = iso(new Date(Date.parse(this.now) + days * 24 * 60 * minute).toISOString());
    return this;
  }
  /** An instant so many days ahead (behind, when negative). */
  inDays(days: number): string {
    return new Date(Date.parse(this.now) + days * 24 * 60 * minute).toISOString();
  }

  send<K extends EventType>(type: K, payload: Payload<K>, who: Who = {}): this {
    const { refusal, explanation, event } = this.attempt(type, payload, who);
    if (refusal || !explanation || !event)
      assert.fail(`${type} is refused in ${this.state}: ${refusal?.kind} ${refusal?.rules.join(', ')}`);
    const next = advance(this.snapshot, event);
    assert.ok(next, `explain lets ${type} through in ${this.state}, the chart does not take it`);
    this.seq = event.sent.seq;
    this.now = event.sent.at;
    // Through JSON, as the database would have it.
    this.stored = JSON.parse(JSON.stringify(next.stored)) as Stored;
    this.findings = explanation.findings;
    next.messages.forEach((message, index) => this.messages.push({ id: `${this.seq}.${index + 1}`, ...message }));
    const { stage, state, unit, nextMove } = this.where;
    this.journal.at(-1)!.then = { version: this.seq, stage, state, unit, nextMove, prescribing: this.prescriber };
    this.keepsItsPromise();
    return this;
  }

  /** Why an event does not go through. Fails when it would. Nothing has changed afterwards. */
  refused<K extends EventType>(type: K, payload: Payload<K>, who: Who = {}): Refusal {
    const { refusal, event } = this.attempt(type, payload, who);
    if (!refusal) assert.fail(`${type} goes through in ${this.state}`);
    // The chart's own guard says the same: it asks neither desks nor schemas, but states and rules.
    if (event && refusal.kind !== 'not-allowed')
      assert.equal(advance(this.snapshot, event), undefined, `the chart takes ${type} although explain refuses it`);
    return refusal;
  }

  /** All findings of an event, met ones too, without sending it. */
  explained<K extends EventType>(type: K, payload: Payload<K>, who: Who = {}): Explanation {
    return this.judged(type, payload, this.actorFor(type, who), who.at ? iso(who.at) : this.now).explanation;
  }
  finding(rule: string): Finding | undefined {
    return this.findings.find((finding) => finding.rule === rule);
  }
  actions(who: { unit: string; role: Role }) {
    return explainAll(this.snapshot, { sub: 'test', unit: who.unit, roles: [who.role] }, this.now);
  }

  /** The sweeper: every deadline that has passed is noted. */
  sweep(): this {
    for (const { clock, dueAt, pausedSince, missedAt } of this.clocks) {
      if (pausedSince === undefined && missedAt === undefined && dueAt <= this.now)
        this.send('deadline.passed', { clock }, { at: this.now });
    }
    return this;
  }

  /** The transport: everything queued arrives. */
  deliverAll(): this {
    for (const [noteId, status] of Object.entries(this.context.notes)) {
      if (status !== 'queued' && status !== 'sent') continue;
      if (status === 'queued') this.send('note.sent', { noteId: Number(noteId) });
      this.send('note.delivered', { noteId: Number(noteId) });
    }
    for (const id of Object.keys(this.context.undelivered)) {
      if (!this.context.letter?.messages.includes(id)) this.send('message.delivered', { messageId: id });
    }
    return this;
  }

  private attempt<K extends EventType>(
    type: K,
    payload: Payload<K>,
    who: Who,
  ): { refusal?: Refusal; explanation?: Explanation; event?: PathwayEvent } {
    const at = who.at ? iso(who.at) : new Date(Date.parse(this.now) + 5 * minute).toISOString();
    const actor = this.actorFor(type, who);
    const answer = this.answerTo(type, payload, actor, at);
    this.journal.push({
      event: { type, ...payload },
      actor,
      at,
      ...(answer.refusal ? { refused: answer.refusal } : {}),
    });
    return answer;
  }

  private answerTo<K extends EventType>(
    type: K,
    payload: Payload<K>,
    actor: Actor,
    at: string,
  ): { refusal?: Refusal; explanation?: Explanation; event?: PathwayEvent } {
    const parsed = events[type].schema.safeParse({ type, ...payload });
    if (!parsed.success)
      return {
        refusal: {
          kind: 'invalid',
          rules: parsed.error.issues.map(({ path, message }) => `${path.join('/')} ${message}`),
          findings: [],
        },
      };
    const { explanation, event } = this.judged(type, parsed.data as Payload<K>, actor, at);
    const kind = !explanation.sender
      ? 'not-allowed'
      : !explanation.possible
        ? 'not-possible'
        : explanation.unanswered.length > 0
          ? 'rules-unmet'
          : undefined;
    const refusal: Refusal | undefined = kind && {
      kind,
      rules: explanation.unanswered.map(({ rule }) => rule),
      findings: explanation.unanswered,
    };
    return { explanation, event, ...(refusal ? { refusal } : {}) };
  }

  private judged<K extends EventType>(type: K, payload: Payload<K>, actor: Actor, at: string) {
    const sender = mayI(type, actor, placeOf(this.snapshot), askedIn({ type, ...payload } as never));
    const event = {
      type,
      ...payload,
      sent: { at, seq: this.seq + 1, by: sender ?? { unit: actor.unit, role: actor.roles[0]! } },
    } as unknown as PathwayEvent;
    return { event, explanation: explain(this.snapshot, { type, actor, at, event }) };
  }

  /** Whoever is named; else the first who may, at the unit that holds the pathway before others. */
  private actorFor(type: EventType, { unit, role }: Who): Actor {
    const wanted = role === undefined ? undefined : typeof role === 'string' ? [role] : role;
    const place = placeOf(this.snapshot);
    const seats =
      unit !== undefined
        ? [unit]
        : [
            ...new Set([
              place.unit,
              this.context.ownGp,
              ...this.context.units,
              this.context.cvi,
              ...units.map(({ code }) => code),
            ]),
          ].filter((code) => typeof code === 'string');
    const people = seats.flatMap((code) =>
      (wanted && unit ? [wanted] : (staff[kindOf(code) ?? ''] ?? []).map((name) => [name])).map((roles) => ({
        sub: 'test',
        unit: code,
        roles,
      })),
    );
    const system: Actor = { sub: 'test', unit: 'SYSTEM', roles: ['system'] };
    const found = [...people, system].find(
      (actor) => (!wanted || actor.roles.some((name) => wanted.includes(name))) && mayI(type, actor, place),
    );
    return found ?? { sub: 'test', unit: unit ?? place.unit ?? 'NOBODY', roles: wanted ?? ['admin'] };
  }

  private keepsItsPromise(): void {
    const at = `at seq ${this.seq} in ${this.state}`;
    const { stage, unit } = this.where;
    assert.equal(faultOf(this.stored), undefined, `what is stored ${at} cannot be read back`);
    const neverSubmitted = this.context.referralVersion === 0 && this.context.episode === 1;
    if (stage === 'closed') {
      assert.deepEqual(this.clocks, [], `a clock runs ${at}`);
    } else {
      assert.ok(unit, `nobody is responsible ${at}`);
      assert.ok(this.nextMove, `nobody has the next move ${at}`);
      assert.ok(neverSubmitted || this.running.length > 0, `no clock runs ${at}`);
    }
    const atUnits = drugClasses.filter((name) => this.context.prescribing[name].by !== 'gp');
    const gpAlone =
      stage === 'generalPractice' ||
      stage === 'dischargedToGp' ||
      (stage === 'closed' && this.context.death === undefined);
    assert.ok(!gpAlone || atUnits.length === 0, `a unit still prescribes ${at}`);
    assert.ok(
      atUnits.every((name) => this.context.units.includes(this.context.prescribing[name].by)),
      `a unit that never had the patient prescribes ${at}`,
    );
  }
}

/** A pathway in general practice, with a complete draft unless other facts are given ({} for an empty one). */
export function begin(beginning: Beginning = {}): Walk {
  const walk = new Walk(beginning);
  const facts = beginning.facts ?? completeFacts;
  return Object.keys(facts).length === 0 ? walk : walk.send('referral.updated', { facts });
}

/** Submitted, received by the CVI, forwarded: the centre assesses. */
export function inVisitation(beginning: Beginning = {}): Walk {
  const walk = begin(beginning).send('referral.submitted', {}).send('referral.received', {});
  return walk.send('referral.forwarded', { centre: walk.context.centre! });
}

const factsFor = {
  painClinic: completeFacts,
  painCentre: complexFacts,
  medicationAssessment: assessmentFacts,
} as const satisfies Record<Offer, Facts>;
/** Accepted and, in the clinic, received there: waiting for the first visit. */
export function waitingFor(offer: Offer, beginning: Beginning = {}): Walk {
  const walk = inVisitation({ facts: factsFor[offer], ...beginning });
  const clinic = clinicsOf(routeFor(walk.context.planningArea, '2026-03-02')!.centre, '2026-03-02')[0]!;
  walk.send('triage.decided', {
    decision: offer,
    patientInformedBy: 'unit',
    ...(offer === 'painClinic' ? { target: clinic } : {}),
  });
  return offer === 'painClinic' ? walk.send('clinic.accepted', {}) : walk;
}

/** A visit booked for a week ahead, and attended then. */
export function visit(walk: Walk): Walk {
  const at = walk.inDays(7);
  return walk.send('appointment.booked', { at, place: 'Ambulatoriet' }).send('visit.attended', { at }, { at });
}

export const attachedIn = (offer: Offer, beginning: Beginning = {}): Walk => visit(waitingFor(offer, beginning));

/** Diagnosed, optimised and completed: the unit owes the letter. */
export function inControlPhase(offer: Offer, beginning: Beginning = {}): Walk {
  const walk = attachedIn(offer, beginning);
  if (offer === 'medicationAssessment') {
    for (const part of ['painAnalysis', 'currentTreatment', 'proposal'] as const)
      walk.send('assessment.partRecorded', { part, text: `Tekst om ${part}` });
    return walk.send('assessment.completed', {});
  }
  return walk
    .send('diagnosis.recorded', { mechanism: 'neuropathic', text: 'Neuropatiske smerter' })
    .send('medication.optimised', { summary: 'Duloxetin 60 mg' })
    .send('treatment.completed', { reason: 'completed', text: 'Færdigbehandlet' });
}

/** A line for each class, given back to the GP from a day on. */
export const handoverFrom = (day: string) =>
  drugClasses.map((drugClass) => ({ drugClass, gpPrescribesFrom: day, plan: 'Uændret' }));
export const letterOf = (walk: Walk): Payload<'letter.signed'> => ({
  forwardPlan: 'Fortsæt uændret, kontrol hos egen læge',
  followUpRecommended: true,
  followUpText: 'Om tre måneder',
  handover: walk.prescriber === 'gp' ? [] : handoverFrom(walk.now.slice(0, 10)),
});

export function letterOut(offer: Offer, beginning: Beginning = {}): Walk {
  const walk = inControlPhase(offer, beginning).deliverAll();
  walk.send('medicationRecord.confirmed', { at: walk.now });
  return walk.send('letter.signed', letterOf(walk));
}

export function discharged(offer: Offer, beginning: Beginning = {}): Walk {
  const walk = letterOut(offer, beginning);
  return walk.send('letter.delivered', { messageId: walk.context.letter!.messages[0]! });
}
