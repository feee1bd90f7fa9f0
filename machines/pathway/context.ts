/**
 * What a pathway remembers beside its state. Only what a rule, a clock, a desk or a letter reads: texts that nobody reads
 * again stay in the log, frozen referrals in their table. What a state of the chart already says is not repeated here, but
 * for `progress`: a paused treatment is judged (S1, S2) by what its regions said when it was left.
 */
import { z } from 'zod';
import {
  storedDay as day,
  drugClasses,
  failures,
  messageId,
  offers,
  planningArea,
  seq,
  storedInstant as instant,
  unitCode,
} from './fields.js';
import { facts } from './facts.js';
import { roleNames } from './roles.js';

const sender = z.strictObject({ unit: z.string(), role: z.enum(roleNames) });

/** Why days do not count: the GP is asked for information; the patient cancelled, or wished for a later time. */
export const standstills = ['informationAwaited', 'patientCaused'] as const;
export type Standstill = (typeof standstills)[number];

/** Days that a clock does not count, both included, and why. */
const uncounted = z.strictObject({ from: day(), to: day(), because: z.enum(standstills) });
export type Uncounted = z.infer<typeof uncounted>;

/**
 * A running clock (pathway.md, "Clocks"): late from `dueAt` on; `missedAt` once that has been noted, `pausedSince` while it stands still.
 * Start, length (its own, or the one named), the closed days of the unit whose calendar it goes by and the days not counted give `dueAt`: each day between can be
 * listed with its reason. `set`: somebody has set the day, or what it is about has failed.
 */
export const clock = z.strictObject({
  clock: z.string(),
  startedAt: instant(),
  dueAt: instant(),
  length: z.string().optional(),
  set: z.literal(true).optional(),
  calendar: unitCode().optional(),
  uncounted: z.array(uncounted).min(1).optional(),
  pausedSince: instant().optional(),
  pausedBecause: z.enum(standstills).optional(),
  missedAt: instant().optional(),
});
export type Clock = z.infer<typeof clock>;

export const appointment = z.strictObject({
  seq: seq(),
  at: instant(),
  place: z.string(),
  informationLetterSentAt: instant().optional(),
});
export type Appointment = z.infer<typeof appointment>;

/** A new pain condition, named by the seq of its identification (S4). */
export const newPain = z.strictObject({
  entry: seq(),
  at: instant(),
  unit: z.string(),
  text: z.string(),
  urgent: z.boolean(),
  acknowledgedAt: instant().optional(),
  outcome: z.enum(['treated', 'selfLimiting', 'referredElsewhere', 'becameChronic', 'includedInCourse']).optional(),
  endedAt: instant().optional(),
});
export type NewPain = z.infer<typeof newPain>;

/** Who issues prescriptions of a class: the own GP or a unit, since when, by which transition (S5). */
const prescriber = z.strictObject({ by: z.union([z.literal('gp'), unitCode()]), since: instant(), seq: seq() });
export type Prescriber = z.infer<typeof prescriber>;

/** A message not yet known to have arrived. `to` is null while there is no own GP to send it to; `about` names the note that it carries. */
const undelivered = z.strictObject({
  letter: z.string(),
  to: z.string().nullable(),
  from: z.string(),
  at: instant(),
  about: seq().optional(),
  /** It could not be delivered, or the receiver would not have it: nobody tries again until somebody says so. */
  failed: z.strictObject({ at: instant(), because: z.enum(failures), text: z.string() }).optional(),
});
export type Undelivered = z.infer<typeof undelivered>;

const letter = z.strictObject({
  seq: seq(),
  unit: z.string(),
  signedAt: instant(),
  followUpRecommended: z.boolean(),
  messages: z.array(messageId()),
  acknowledged: z.boolean().optional(),
  disagreement: z.strictObject({ at: instant(), text: z.string() }).optional(),
});

export const contextSchema = z.strictObject({
  ruleSet: z.string(),
  openedAt: instant(),
  episode: z.int().min(1),
  patient: z.strictObject({ identified: z.boolean(), birthDate: day().optional() }),
  planningArea: planningArea(),
  ownGp: unitCode().nullable(),
  /** The practice that answers when there is no own GP and no unit has treated the patient. */
  lastGp: unitCode(),
  facts,
  /** The earlier episode's answers, offered one by one after a re-referral. */
  offeredFacts: facts.optional(),
  referralVersion: z.int().min(0),
  chosenCentre: unitCode().optional(),
  cvi: unitCode().optional(),
  centre: unitCode().optional(),
  clinic: unitCode().optional(),
  /** Every unit that has or had the pathway, or has done something about it: the desk `any`. */
  units: z.array(unitCode()),
  /** Seqs of information that came in unasked and that the holder has not seen. */
  unseen: z.array(seq()),
  requested: z
    .strictObject({ seq: seq(), at: instant(), items: z.array(z.string()), question: z.string().optional() })
    .optional(),
  triage: z.strictObject({ decision: z.enum([...offers, 'rejected']), at: instant(), by: sender }).optional(),
  attachedAt: instant().optional(),
  /** The unit that treated last, and in which of the three courses; also after the discharge and a re-referral, for its notes and where no GP answers. A new episode's first visit replaces it. */
  treated: z.strictObject({ unit: unitCode(), course: z.enum(offers) }).optional(),
  progress: z.strictObject({
    diagnosed: z.boolean(),
    optimised: z.boolean(),
    team: z.enum(['notStarted', 'active', 'completed']),
  }),
  declined: z.array(z.enum(['medication', 'team'])),
  diagnoses: z.array(
    z.strictObject({ seq: seq(), mechanism: z.string(), code: z.string().optional(), text: z.string() }),
  ),
  appointments: z.array(appointment),
  informationLetterSent: z.boolean(),
  /** The patient cancelled and has no new time: the days do not count in the wait. */
  patientCausedSince: instant().optional(),
  missed: z.int().min(0),
  transferRequest: z.strictObject({ seq: seq(), at: instant(), reason: z.string() }).optional(),
  /** The parts of the assessment's letter, or why it was ended without them. */
  assessment: z
    .strictObject({
      painAnalysis: z.string(),
      currentTreatment: z.string(),
      proposal: z.string(),
      endedEarly: z.string(),
    })
    .partial(),
  /** Whether FMK was attested, or its status given as text, after the last change of medication (D3). */
  medicationChangedAt: instant().optional(),
  medicationRecord: z
    .strictObject({
      at: instant(),
      status: z.string().optional(),
      because: z.enum(['noFmkIdentity', 'fmkDown']).optional(),
    })
    .optional(),
  notes: z.record(z.string(), z.enum(['queued', 'sent', 'delivered', 'byHand'])),
  prescribing: z.strictObject({ analgesic: prescriber, sedative: prescriber, hypnotic: prescriber }),
  newPain: z.array(newPain),
  letter: letter.optional(),
  undelivered: z.record(z.string(), undelivered),
  /** The GP's plan after a return: to be looked at again by then. */
  planNextAt: day().optional(),
  returnedAt: instant().optional(),
  /** With the clocks that a death stops: they run on when it turns out to be somebody else's. */
  death: z.strictObject({ date: day(), by: sender, seq: seq(), clocks: z.array(clock) }).optional(),
  closure: z.strictObject({ reason: z.string(), at: instant() }).optional(),
  /** When the pathway last changed: no event but a correction lies before it. */
  lastAt: instant(),
  clocks: z.array(clock),
});
export type Context = z.infer<typeof contextSchema>;

/** How a pathway begins: the log's first entry (`pathway.opened`), which no event of the chart repeats. */
export const opening = z.strictObject({
  patient: z.strictObject({ identified: z.boolean(), birthDate: day().optional() }),
  planningArea: planningArea(),
  ownGp: unitCode(),
});
/** `openedBy` is the practice that opened it, where that is not the own GP's: it sees what it has opened. */
export type Opening = z.infer<typeof opening> & { at: string; ruleSet: string; openedBy?: string };

export const noProgress: Context['progress'] = { diagnosed: false, optimised: false, team: 'notStarted' };

const byGpSince = (at: string, number: number) =>
  Object.fromEntries(drugClasses.map((name) => [name, { by: 'gp', since: at, seq: number }])) as Context['prescribing'];

export const firstContext = ({
  patient,
  planningArea: area,
  ownGp,
  at,
  ruleSet,
  openedBy = ownGp,
}: Opening): Context => ({
  ruleSet,
  openedAt: at,
  episode: 1,
  patient,
  planningArea: area,
  ownGp,
  lastGp: ownGp,
  facts: {},
  referralVersion: 0,
  units: [...new Set([ownGp, openedBy])],
  unseen: [],
  progress: noProgress,
  declined: [],
  diagnoses: [],
  appointments: [],
  informationLetterSent: false,
  missed: 0,
  assessment: {},
  notes: {},
  prescribing: byGpSince(at, 1),
  newPain: [],
  undelivered: {},
  lastAt: at,
  clocks: [],
});

/** Back to the GP for each class that a unit still has; what the GP already had keeps its date. */
export function prescribedByGp(context: Context, at: string, number: number): Context['prescribing'] {
  return Object.fromEntries(
    drugClasses.map((name) => {
      const now = context.prescribing[name];
      return [name, now.by === 'gp' ? now : { by: 'gp', since: at, seq: number }];
    }),
  ) as Context['prescribing'];
}

/** Has a clinic or centre ever had the patient in hand? After that nothing is "entered in error" (pathway.md). */
export const careBegan = ({ treated }: Context): boolean => treated !== undefined;

/** Who answers where the own GP would: he himself; without one, the unit that holds or last treated, else the old practice (pathway.md, `gp.changed`). */
export const answeringGp = (context: Context, holder?: string | null): string =>
  context.ownGp ?? holder ?? context.treated?.unit ?? context.lastGp;
