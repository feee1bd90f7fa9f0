/**
 * Every event of the pathway: its words, who may send it from which desk, and its payload. Past tense, dotted.
 * One definition serves the machine's types, the API's validation, OpenAPI, the console's forms and the audit (pathway.md, "The course").
 */
import { z } from 'zod';
import {
  day,
  drugClass,
  failures,
  instant,
  maybeEmptyText,
  messageId,
  offers,
  planningAreas,
  seq,
  text,
  unitCode,
  type Text,
} from './fields.js';
import { factsPatch, mechanisms } from './facts.js';
import { isRuleId } from './rules.js';
import { clinicians, type Desks, type Sender } from './roles.js';

type Definition<S extends z.ZodRawShape> = {
  label: Text;
  by: Desks;
  payload: S;
  /** Payload fields (`field` or `field.inner`) that tell of something that has happened: never in the future, never before the patient's birth. */
  past?: readonly ((keyof S & string) | `${keyof S & string}.${string}`)[];
  /** What the shape alone cannot say: the field that is wrong and the remedy, or nothing. */
  coherent?: (payload: z.infer<z.ZodObject<S>>) => { field: string; message: string } | undefined;
};
const event = <S extends z.ZodRawShape>(
  da: string,
  en: string,
  by: Desks,
  payload: S,
  more: Pick<Definition<S>, 'past' | 'coherent'> = {},
): Definition<S> => ({ label: { da, en }, by, payload, ...more });

const reason = text(2_000);
const said = text(10_000);
const byGp: Desks = { ownGp: ['gp'] };
const byPractice: Desks = { ownGp: ['gp', 'gpStaff'] };
const byPhysician: Desks = { holder: ['physician'] };
const careTeam = ['physician', 'nurse', 'physiotherapist', 'psychologist', 'socialWorker'] as const;
const bySecretary: Desks = { holder: ['secretary'] };
/** Whoever answers for what his unit has sent. */
const bySender: Desks = { sender: ['gp', 'gpStaff', 'cvi', 'triager', 'physician', 'nurse', 'secretary'] };
const bySystem: Desks = { system: ['system'] };
const byTreating: Desks = { treated: ['physician'], holder: ['physician'] };
const bySecretaryOfLetters: Desks = { treated: ['secretary'], holder: ['secretary'] };
const anyClinician: Desks = {
  any: [...clinicians, 'secretary'],
  ownGp: [...clinicians, 'secretary'],
  holder: [...clinicians, 'secretary'],
  cvi: ['secretary'],
  system: ['system'],
};
/** H-ids that can be asked for (domain.md A4.7). */
export const contentItems = [
  'H1',
  'H1a',
  'H1b',
  'H1c',
  'H1d',
  'H1e',
  'H2',
  'H3',
  'H3a',
  'H4',
  'H5',
  'H6',
  'H7',
  'H8',
] as const;
const items = z.array(z.enum(contentItems)).max(14);
const person = z.enum(['patient', 'unit']);
const exactlyOne =
  <T extends object>(a: keyof T & string, b: keyof T & string) =>
  (payload: T) =>
    (payload[a] === undefined) === (payload[b] === undefined)
      ? { field: a, message: `give either ${a} or ${b}, and not both` }
      : undefined;
const handoverLine = z.union(
  [
    z.strictObject({ drugClass: drugClass(), gpPrescribesFrom: day(), suppliedUntil: day().optional(), plan: said }),
    z.strictObject({ drugClass: drugClass(), nothingPrescribed: z.literal(true) }),
  ],
  { error: 'is neither {drugClass, gpPrescribesFrom, suppliedUntil?, plan} nor {drugClass, nothingPrescribed: true}' },
);

const definitions = {
  // General practice and the referral
  'referral.updated': event('Ret henvisningskladden', 'Update the referral draft', byPractice, { facts: factsPatch }),
  'referral.submitted': event('Send henvisningen', 'Submit the referral', byGp, {
    requestedOffer: z.enum(offers).optional(),
    chosenCentre: z
      .strictObject({ centre: unitCode(), reason: z.enum(['freeChoice', 'residence']), text: said })
      .optional(),
  }),
  'followUp.recorded': event('Notér opfølgning', 'Record follow-up', byGp, { text: said, nextAt: day().optional() }),
  'pathway.closed': event('Luk forløbet', 'Close the pathway', byGp, {
    reason: z.enum([
      'managedInGeneralPractice',
      'completed',
      'referredElsewhere',
      'declined',
      'noShow',
      'movedAway',
      'duplicate',
    ]),
    text: said,
  }),
  'referral.received': event('Modtag henvisningen', 'Receive the referral', { cvi: ['cvi'] }, {}),
  'referral.resent': event('Send henvisningen igen', 'Resend the referral', byPractice, {}),
  'referral.deliveredManually': event('Henvisning afleveret manuelt', 'Referral delivered by hand', byPractice, {
    channel: text(200),
    recipient: text(200),
  }),
  'referral.forwarded': event(
    'Videresend til centret',
    'Forward to the centre',
    { cvi: ['cvi'] },
    { centre: unitCode() },
  ),
  'referral.readdressed': event(
    'Ret planområde',
    'Readdress the referral',
    { cvi: ['cvi'] },
    { planningArea: z.enum(planningAreas), reason },
  ),
  'referral.returnedToSender': event(
    'Returnér til afsender',
    'Return to the sender',
    { cvi: ['cvi'] },
    {
      reason: z.enum(['duplicate', 'wrongPathway', 'outsideRegion', 'unreadable']),
      text: said,
    },
  ),
  'referral.withdrawn': event('Træk henvisningen tilbage', 'Withdraw the referral', byGp, { reason }),

  // Visitation
  'information.requested': event(
    'Anmod om supplerende oplysninger',
    'Request supplementary information',
    { holder: ['triager', 'secretary'] },
    { items, question: said.optional() },
  ),
  'information.reminded': event(
    'Rykket for oplysninger',
    'Remind about the information',
    { holder: ['secretary', 'triager'] },
    {},
  ),
  'information.supplied': event(
    'Giv supplerende oplysninger',
    'Supply information',
    byPractice,
    { facts: factsPatch.optional(), text: said.optional() },
    {
      coherent: ({ facts, text: note }) =>
        facts === undefined && note === undefined
          ? { field: 'facts', message: 'give facts or text: nothing was supplied' }
          : undefined,
    },
  ),
  'information.recorded': event(
    'Notér indhentede oplysninger',
    'Record information obtained',
    { holder: ['triager', 'secretary'] },
    { source: z.enum(['patient', 'hospital', 'phone']), facts: factsPatch },
  ),
  'information.unobtainable': event('Oplysninger kan ikke skaffes', 'Information cannot be obtained', byGp, {
    items,
    text: said,
  }),
  'information.seen': event(
    'Nye oplysninger set',
    'Mark new information as seen',
    { holder: ['cvi', 'triager', 'physician', 'nurse', 'secretary'] },
    {},
  ),
  'triage.decided': event(
    'Visitér',
    'Decide the triage',
    { holder: ['triager'] },
    {
      decision: z.enum([...offers, 'rejected']),
      target: unitCode().optional(),
      reason: reason.optional(),
      adviceToGp: said.optional(),
      patientInformedBy: z.enum(['unit', 'gp']),
    },
  ),
  'triage.reopened': event(
    'Genoptag visitationen',
    'Reopen the triage',
    { holder: ['physician', 'triager'] },
    { reason },
  ),
  'referral.movedToCentre': event(
    'Flyt til andet center',
    'Move to the other centre',
    { holder: ['triager'] },
    { centre: unitCode(), reason: z.enum(['freeChoice', 'capacity', 'relation']), text: said },
  ),

  // Clinic and centre: waiting and visits
  'clinic.accepted': event('Modtag i klinikken', 'Accept in the clinic', { holder: ['physician', 'secretary'] }, {}),
  'clinic.returned': event('Returnér til visitation', 'Return to triage', byPhysician, { reason }),
  'appointment.booked': event(
    'Book tid',
    'Book an appointment',
    { holder: ['secretary', 'physician', 'nurse'] },
    { at: instant(), place: text(200), informationLetterSentAt: instant().optional() },
    { past: ['informationLetterSentAt'] },
  ),
  'appointment.moved': event('Flyt tid', 'Move the appointment', bySecretary, {
    at: instant(),
    by: person,
    reason,
    appointment: seq().optional(),
  }),
  'appointment.cancelled': event('Aflys tid', 'Cancel the appointment', bySecretary, {
    by: person,
    reason,
    appointment: seq().optional(),
  }),
  'appointment.missed': event('Registrér udeblivelse', 'Record a missed appointment', bySecretary, {
    late: z.boolean(),
    appointment: seq().optional(),
  }),
  'visit.attended': event(
    'Registrér fremmøde',
    'Record an attended visit',
    { holder: ['secretary', 'nurse', 'physician'] },
    { at: instant(), walkInReason: reason.optional(), appointment: seq().optional() },
    { past: ['at'] },
  ),
  'course.endedForNoShow': event('Afslut på grund af udeblivelser', 'End for missed appointments', byPhysician, {
    text: said,
  }),

  // Treatment
  'diagnosis.recorded': event('Stil smertediagnose', 'Record the pain diagnosis', byPhysician, {
    mechanism: z.enum(mechanisms),
    code: text(20).optional(),
    text: said,
  }),
  'medication.planned': event('Planlæg medicinsk behandling', 'Plan the medication', byPhysician, { text: said }),
  'medication.adjusted': event(
    'Justér medicin',
    'Adjust the medication',
    { holder: ['physician', 'nurse'] },
    {
      drugClass: z.enum(['analgesic', 'sedative', 'hypnotic', 'other']),
      change: said,
      effect: said.optional(),
      sideEffects: said.optional(),
      delegatedBy: text(200).optional(),
    },
  ),
  'medication.optimised': event(
    'Medicin optimeret',
    'Medication optimised',
    { holder: ['physician', 'nurse'] },
    { summary: said, delegatedBy: text(200).optional() },
  ),
  'team.planned': event(
    'Planlæg tværfagligt forløb',
    'Plan the multidisciplinary course',
    { holder: ['physician', 'nurse'] },
    {
      disciplines: z.array(text(100)).min(1, 'name at least one discipline').max(20),
      goals: z
        .array(z.enum(['qualityOfLife', 'physical', 'mental', 'social']))
        .min(1, 'name at least one goal')
        .max(4),
    },
  ),
  'team.sessionHeld': event(
    'Behandlersamtale afholdt',
    'Record a session',
    { holder: [...careTeam] },
    { discipline: text(100), summary: said, measures: text(2_000).optional() },
  ),
  'team.completed': event(
    'Afslut tværfagligt forløb',
    'Complete the multidisciplinary course',
    { holder: ['physician', 'nurse'] },
    { outcomes: said, acceptance: said },
  ),
  'treatment.paused': event('Sæt behandlingen på pause', 'Pause the treatment', byPhysician, {
    reason,
    until: day().optional(),
  }),
  'treatment.resumed': event('Genoptag behandlingen', 'Resume the treatment', byPhysician, {
    reason: reason.optional(),
  }),
  'treatment.completed': event('Afslut behandlingen', 'Complete the treatment', byPhysician, {
    reason: z.enum(['completed', 'noFurtherBenefit', 'other']),
    text: said,
  }),
  'transfer.requested': event('Anmod om overflytning', 'Ask for a transfer', byPhysician, { reason }),
  'transfer.declined': event('Afslå overflytning', 'Decline the transfer', { centre: ['triager'] }, { reason }),
  'unit.transferred': event(
    'Overflyt til anden enhed',
    'Transfer to another unit',
    { centre: ['triager'] },
    { to: unitCode(), reason },
  ),
  'assessment.partRecorded': event('Skriv del af medicinvurderingen', 'Record a part of the assessment', byPhysician, {
    part: z.enum(['painAnalysis', 'currentTreatment', 'proposal']),
    text: said,
  }),
  'assessment.completed': event('Afslut medicinvurderingen', 'Complete the assessment', byPhysician, {}),
  'assessment.endedEarly': event('Afbryd medicinvurderingen', 'End the assessment early', byPhysician, {
    reason,
    text: said,
  }),

  // While attached: prescriptions, new pain, notes
  'prescribing.takenOver': event('Overtag receptudstedelse', 'Take over prescribing', byTreating, {
    classes: z.array(drugClass()).min(1).max(3),
    reason,
  }),
  'prescribing.handedBack': event('Giv receptudstedelse tilbage', 'Hand prescribing back', byTreating, {
    classes: z.array(drugClass()).min(1).max(3),
    reason,
    agreedWith: text(200),
  }),
  'newPain.identified': event(
    'Ny smertetilstand',
    'Report a new pain condition',
    { holder: [...careTeam], treated: [...careTeam] },
    {
      text: said,
      urgent: z.boolean(),
      mechanism: z.enum(mechanisms).optional(),
      contact: z.strictObject({ who: z.enum(['gp', 'onCall', 'emergency']), at: instant() }).optional(),
    },
    { past: ['contact.at'] },
  ),
  'newPain.acknowledged': event('Ny smertetilstand modtaget', 'Acknowledge the new pain', byGp, {
    entry: seq(),
    plan: said,
  }),
  'newPain.resolved': event('Ny smertetilstand afklaret', 'Resolve the new pain', byGp, {
    entry: seq(),
    outcome: z.enum(['treated', 'selfLimiting', 'referredElsewhere', 'becameChronic']),
    text: said,
  }),
  'newPain.includedInCourse': event(
    'Inddrag ny smertetilstand i forløbet',
    'Include the new pain in the course',
    byPhysician,
    { entry: seq(), reason },
  ),
  'note.signed': event('Underskriv lægenotat', "Sign a physician's note", byTreating, { text: text(20_000) }),
  'note.corrected': event('Ret lægenotat', "Correct a physician's note", byTreating, {
    noteId: seq(),
    text: text(20_000),
    reason,
  }),
  'note.resent': event('Send lægenotat igen', 'Resend a note', bySecretaryOfLetters, { noteId: seq() }),
  'note.deliveredManually': event('Lægenotat afleveret manuelt', 'Note delivered by hand', bySecretaryOfLetters, {
    noteId: seq(),
    channel: text(200),
    recipient: text(200),
    reason,
  }),
  'note.sent': event('Lægenotat sendt', 'Note sent', bySystem, { noteId: seq() }),
  'note.delivered': event('Lægenotat modtaget', 'Note delivered', bySystem, { noteId: seq() }),

  // Control phase and discharge
  'control.held': event(
    'Kontrol afholdt',
    'Record a control',
    { holder: ['physician', 'nurse'] },
    { at: instant(), text: said },
    { past: ['at'] },
  ),
  'medicationRecord.confirmed': event(
    'Bekræft FMK ajourført',
    'Confirm FMK is up to date',
    byPhysician,
    { at: instant() },
    { past: ['at'] },
  ),
  'medicationRecord.unavailable': event('FMK kan ikke bruges', 'FMK is unavailable', byPhysician, {
    reason: z.enum(['noFmkIdentity', 'fmkDown']),
    medicationStatus: said,
  }),
  'letter.drafted': event(
    'Skriv kladde til epikrise',
    'Draft the discharge letter',
    { holder: ['physician', 'secretary'] },
    {
      sections: z
        .record(z.string().regex(/^[a-zA-Z]{1,40}$/), maybeEmptyText())
        .refine((value) => Object.keys(value).length <= 20, 'has more than 20 sections'),
    },
  ),
  'letter.signed': event('Underskriv epikrisen', 'Sign the discharge letter', byTreating, {
    forwardPlan: maybeEmptyText(),
    followUpRecommended: z.boolean(),
    followUpText: said.optional(),
    handover: z.array(handoverLine).max(3),
  }),
  'letter.delivered': event('Epikrise modtaget af GP-system', "Letter delivered to the GP's system", bySystem, {
    messageId: messageId(),
  }),
  'letter.deliveredManually': event('Epikrise afleveret manuelt', 'Letter delivered by hand', bySecretaryOfLetters, {
    channel: text(200),
    recipient: text(200),
    confirmedBy: text(200),
    reason,
  }),
  'letter.receivedByGp': event('Epikrise modtaget', 'Letter received by the GP', byGp, { how: text(200) }),
  'letter.resent': event(
    'Send epikrisen igen',
    'Resend the letter',
    { treated: ['secretary', 'physician'], holder: ['secretary', 'physician'] },
    {},
  ),
  'letter.amended': event('Ret epikrisen', 'Amend the letter', { treated: ['physician'] }, { text: said, reason }),
  'letter.acknowledged': event(
    'Epikrise læst',
    'Acknowledge the letter',
    byGp,
    { agrees: z.boolean(), text: said.optional() },
    {
      coherent: ({ agrees, text: question }) =>
        !agrees && question === undefined
          ? { field: 'text', message: "say what you do not agree with: it is put on the unit's list" }
          : undefined,
    },
  ),
  'reReferral.started': event('Start genhenvisning', 'Start a re-referral', byGp, {
    reason: z.enum(['newPainProblem', 'changedComplexity', 'newTreatmentOption', 'courseInterrupted', 'other']),
    text: said,
  }),

  // From every open state
  'patient.declined': event(
    'Patienten takker nej',
    'Patient declines',
    { ownGp: ['gp'], holder: ['cvi', 'triager', ...careTeam, 'secretary'] },
    { scope: z.enum(['course', 'medication', 'team']), text: said },
  ),
  'patient.moved': event(
    'Patienten er flyttet',
    'Patient has moved',
    { ownGp: ['gp'], cvi: ['cvi'], holder: ['gp', 'cvi', 'secretary', 'triager'], centre: ['triager'] },
    {
      planningArea: z.enum(['nord', 'midt', 'byen', 'syd', 'bornholm']).optional(),
      outsideRegion: z.literal(true).optional(),
      wish: z.enum(['stay', 'move']),
    },
    { coherent: exactlyOne('planningArea', 'outsideRegion') },
  ),
  'patient.died': event('Patienten er død', 'Patient has died', anyClinician, { date: day() }, { past: ['date'] }),
  'patient.deathRevoked': event(
    'Dødsfald tilbagekaldt',
    'Revoke the death',
    { recorder: [...clinicians, 'secretary'], system: ['system'] },
    { reason },
  ),
  'gp.changed': event(
    'Skift af egen læge',
    'Change of own GP',
    { ownGp: ['gp'], newGp: ['gp'], holder: ['secretary'], any: ['secretary'], system: ['system'] },
    { gp: unitCode().optional(), none: z.literal(true).optional(), reason },
    { coherent: exactlyOne('gp', 'none') },
  ),
  'advice.logged': event(
    'Notér faglig rådgivning',
    'Log professional advice',
    { ownGp: ['gp'], any: ['physician'], holder: ['physician'] },
    { unit: unitCode(), counterpart: text(200), topic: text(1_000), advice: said },
  ),
  'pathway.enteredInError': event(
    'Fejloprettet',
    'Entered in error',
    { holder: ['gp', 'cvi', 'triager', 'physician', 'secretary'] },
    { reason },
  ),
  'message.resent': event('Send besked igen', 'Resend a message', bySender, { messageId: messageId() }),
  'message.deliveredManually': event('Besked afleveret manuelt', 'Message delivered by hand', bySender, {
    messageId: messageId(),
    channel: text(200),
    recipient: text(200),
    reason,
  }),
  'message.delivered': event('Besked modtaget', 'Message delivered', bySystem, { messageId: messageId() }),
  'message.failed': event('Besked ikke afleveret', 'Message not delivered', bySystem, {
    messageId: messageId(),
    because: z.enum(failures),
    text: text(1_000),
  }),
  'deadline.passed': event('Frist overskredet', 'Deadline passed', bySystem, {
    clock: z.string().regex(/^[a-zA-Z]+(:[0-9.]+)?$/),
  }),
};

export type EventType = keyof typeof definitions;
export const eventTypes = Object.keys(definitions) as EventType[];

const ruleName = z
  .string()
  .regex(/^[A-Za-z][A-Za-z0-9.]{0,39}$/, 'is no rule: each finding names its own')
  .refine((id: string): boolean => isRuleId(id), 'is no rule: each finding names its own');
const overrideOf = z
  .strictObject({
    rule: ruleName,
    reason: text(2_000).min(20, 'is shorter than 20 characters: say why the exception is right for this patient'),
  })
  .meta({ id: 'Override', title: 'A reasoned exception from a rule of severity block' });
const acknowledgement = z
  .strictObject({ rule: ruleName, reason: reason.optional() })
  .meta({ id: 'Acknowledgement', title: 'A warning seen, with its reason where the rule asks for one' });
const envelope = {
  occurredAt: instant().optional(),
  overrides: z.array(overrideOf).max(60).optional(),
  acknowledged: z.array(acknowledgement).max(60).optional(),
};

/** An event without payload adds nothing; zod's own word for that, `Record<string, never>`, would forbid `sent` too. */
type Payload<K extends EventType> = keyof (typeof definitions)[K]['payload'] extends never
  ? unknown
  : z.infer<z.ZodObject<(typeof definitions)[K]['payload']>>;
/** An event as a client sends it: flat. */
export type Wire<K extends EventType = EventType> = {
  [T in K]: { type: T } & Payload<T> & z.infer<z.ZodObject<typeof envelope>>;
}[K];
/** What the door adds: when it happened, as which number of the log, and who sent it. The machine invents none of it. */
export type Sent = { at: string; seq: number; by: Sender };
/** What a correction of the log leaves in the fold, and nobody sends: its letters are owed, instead of the messages whose words they bring (corrections.ts). */
export type Told = {
  type: 'correction.told';
  letters: readonly { message: string; to: string | null }[];
  instead: readonly string[];
  sent: Sent;
};
/** An event as the machine takes it. */
export type PathwayEvent<K extends EventType = EventType> = { [T in K]: Wire<T> & { sent: Sent } }[K];

export type EventDefinition = { label: Text; by: Desks; schema: z.ZodType; past: readonly string[] };

function schemaOf(type: EventType): z.ZodType {
  const { label, payload, coherent } = definitions[type] as unknown as Definition<z.ZodRawShape>;
  const shape = z.strictObject({ type: z.literal(type), ...payload, ...envelope });
  const checked = !coherent
    ? shape
    : shape.superRefine((given, context) => {
        const wrong = coherent(given);
        if (wrong) context.addIssue({ code: 'custom', path: [wrong.field], message: wrong.message });
      });
  return checked.meta({ id: type, title: `${label.en} / ${label.da}` });
}

export const events = Object.fromEntries(
  eventTypes.map((type) => {
    const { label, by, past = [] } = definitions[type] as unknown as Definition<z.ZodRawShape>;
    return [type, { label, by, schema: schemaOf(type), past }];
  }),
) as Record<EventType, EventDefinition>;

/** Any event of the pathway, told apart by its type. */
export const anyEvent = z
  .discriminatedUnion('type', eventTypes.map((type) => events[type].schema) as never, {
    error: (issue) =>
      issue.code === 'invalid_union' ? 'is no event of the pathway: see GET /v1/pathways/:id/actions' : undefined,
  })
  .meta({ id: 'Event', title: 'An event, flat: its type, its payload, and what is taken on or acknowledged with it' });

export const isEventType = (type: unknown): type is EventType =>
  typeof type === 'string' && Object.hasOwn(definitions, type);
