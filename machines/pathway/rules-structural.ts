/** Rules of ours: what must hold so that no patient is lost between two desks. The document does not say them; pathway.md does. */
import { drugClasses } from './fields.js';
import { copenhagenDate } from '../calendar/calendar.js';
import type { Context } from './context.js';
import type { PathwayEvent } from './events.js';
import { holds, payload, type Question, type Rule, type Severity, type Verdict } from '../engine/judging.js';
import { centreOf, kindOf, ruleSet, unitsAt } from './routes.js';

type More = { severity?: Severity; reasoned?: true };
const ours = (
  da: string,
  en: string,
  facts: readonly string[],
  judge: (question: Question) => Verdict,
  more: More = {},
): Rule => ({
  severity: more.severity ?? 'integrity',
  text: { da, en },
  source: 'structural',
  facts,
  judge,
  ...(more.reasoned ? { reasoned: true } : {}),
});

const reasonsIn = {
  generalPractice: ['managedInGeneralPractice', 'referredElsewhere', 'declined', 'noShow', 'movedAway', 'duplicate'],
  dischargedToGp: ['completed', 'referredElsewhere', 'declined', 'movedAway'],
} as const;
const closure = (where: keyof typeof reasonsIn) =>
  payload('pathway.closed', ({ reason }) => ({
    status: holds((reasonsIn[where] as readonly string[]).includes(reason)),
    value: reason,
  }));

/** A time that has not come, or came today: a day's list is put in order while it runs. */
const isAhead = (at: string, now: string) => copenhagenDate(at) >= copenhagenDate(now);

/** The appointment that an event is about: the one it names, else the next one; with `now`, of those that still lie ahead. */
export function appointmentMeant({ appointments }: Context, named: number | undefined, now?: string) {
  const candidates = now === undefined ? appointments : appointments.filter((entry) => isAhead(entry.at, now));
  return named === undefined ? candidates[0] : candidates.find((entry) => entry.seq === named);
}
const namedIn = (event: PathwayEvent | undefined) =>
  event !== undefined && 'appointment' in event ? event.appointment : undefined;

/** For the unit's course an entry may also be one that the GP has found to be chronic (pathway.md, "New pain"). */
const openPain = (question: Question): Verdict => {
  const { event, context } = question;
  if (event === undefined || !('entry' in event)) return context.newPain.length === 0 ? 'unmet' : 'unknown';
  const open = (outcome: Context['newPain'][number]['outcome']) =>
    outcome === undefined || (event.type === 'newPain.includedInCourse' && outcome === 'becameChronic');
  return {
    status: holds(context.newPain.some(({ entry, outcome }) => entry === event.entry && open(outcome))),
    value: event.entry,
  };
};

const knownNote = ({ event, context }: Question): Verdict => {
  if (event === undefined || !('noteId' in event)) return Object.keys(context.notes).length === 0 ? 'unmet' : 'unknown';
  return { status: holds(context.notes[event.noteId] !== undefined), value: event.noteId };
};

/**
 * Clinic ↔ its centre, clinic → clinic of the same centre, or the other centre (pathway.md, `unit.transferred`). From a medication
 * assessment: treatment at the same centre or at one of its clinics.
 */
export function transferTo(context: Context, to: string): 'centre' | 'clinic' | 'otherCentre' | undefined {
  const from = context.clinic ?? context.centre;
  const own = centreOf(from);
  const assessed = context.treated?.course === 'medicationAssessment';
  if (kindOf(to) === 'clinic') return to !== from && centreOf(to) === own ? 'clinic' : undefined;
  if (kindOf(to) !== 'centre') return undefined;
  if (to === own) return to !== from || assessed ? 'centre' : undefined;
  return assessed ? undefined : 'otherCentre';
}

/** At whatever unit: a transfer or an assessment elsewhere may have left a class where it was. */
export const prescribedByUnits = (context: Context) =>
  drugClasses.filter((name) => context.prescribing[name].by !== 'gp');

const clockDue = payload('deadline.passed', (event, { context, at }) => {
  const clock = context.clocks.find(({ clock: name }) => name === event.clock);
  return holds(
    clock !== undefined && clock.pausedSince === undefined && clock.missedAt === undefined && clock.dueAt <= at,
  );
});

const isUnderWay = ({ undelivered }: Context, id: string) => Object.hasOwn(undelivered, id);
/** A note, and the letter that a discharge waits for, have deliveries of their own, which mean more: taken as a plain message, the letter's clock would stop and nobody be discharged. */
const isPlain = (context: Context, id: string) =>
  isUnderWay(context, id) &&
  context.undelivered[id]?.letter !== 'note' &&
  !(context.attachedAt !== undefined && (context.letter?.messages.includes(id) ?? false));

const handoverComplete = payload('letter.signed', ({ handover }, { context }) => {
  const missing = prescribedByUnits(context).filter((name) => !handover.some((line) => line.drugClass === name));
  const twice = new Set(handover.map((line) => line.drugClass)).size !== handover.length;
  return { status: holds(missing.length === 0 && !twice), value: missing.join(', ') };
});

const handsOver = payload('letter.signed', ({ handover, followUpRecommended }) =>
  holds(followUpRecommended || handover.every((line) => 'nothingPrescribed' in line)),
);

export const structuralRules = {
  P1: ours('Patienten er identificeret', 'The patient is identified', ['patient'], ({ context }) =>
    holds(context.patient.identified),
  ),
  P2: ours('Egen læge er kendt', 'The own GP is known', ['ownGp'], ({ context }) => holds(context.ownGp !== null)),
  closureFromPractice: ours(
    'Grunden passer til almen praksis',
    'The reason is one for general practice',
    ['reason'],
    closure('generalPractice'),
  ),
  closureAfterDischarge: ours(
    'Grunden passer efter afslutning til egen læge',
    'The reason is one for after the discharge',
    ['reason'],
    closure('dischargedToGp'),
  ),
  askedForSomething: ours(
    'Der er punkter eller et spørgsmål',
    'There are items or a question',
    ['items', 'question'],
    payload('information.requested', ({ items, question }) => holds(items.length > 0 || question !== undefined)),
  ),
  staffSupplies: ours(
    'Praksispersonale kan kun give H3, H3a og H8',
    'Practice staff may supply H3, H3a and H8 only',
    ['facts'],
    payload('information.supplied', ({ facts }, { by }) => {
      if (by?.role !== 'gpStaff' || !facts) return 'met';
      const items = Object.keys(facts.content ?? {});
      return holds(
        Object.keys(facts).every((name) => name === 'content') &&
          items.every((name) => ['investigations', 'ecg', 'practical'].includes(name)),
      );
    }),
  ),
  ownCentre: ours(
    'Et center visiterer til sig selv',
    'A centre triages to itself',
    ['target'],
    payload('triage.decided', ({ target }, { context }) => ({
      status: holds(target === undefined || target === context.centre),
      value: target ?? '',
    })),
  ),
  rejectionExplained: ours(
    'Afslaget har en begrundelse og råd til egen læge',
    'The rejection has a reason and advice to the GP',
    ['reason', 'adviceToGp'],
    payload('triage.decided', ({ reason, adviceToGp }) => holds(reason !== undefined && adviceToGp !== undefined)),
  ),
  otherCentre: ours(
    'Der flyttes til et andet smertecenter',
    'It moves to another pain centre',
    ['centre'],
    payload('referral.movedToCentre', ({ centre }, { context }) => ({
      status: holds(kindOf(centre) === 'centre' && centre !== context.centre),
      value: centre,
    })),
  ),
  appointment: ours('Der er en tid', 'There is an appointment', ['appointments', 'appointment'], ({ context, event }) =>
    holds(appointmentMeant(context, namedIn(event)) !== undefined),
  ),
  /** What is moved or cancelled lies ahead; a time that has passed was attended or missed. */
  appointmentStands: ours(
    'Der er en tid, som ikke er passeret',
    'There is an appointment ahead',
    ['appointments', 'appointment'],
    ({ context, event, at }) => holds(appointmentMeant(context, namedIn(event), at) !== undefined),
  ),
  appointmentPassed: ours(
    'Tiden er passeret, eller der er meldt sent afbud',
    'The time has passed, or it was cancelled late',
    ['appointments', 'late'],
    payload('appointment.missed', ({ late, appointment }, { context, at }) => {
      const meant = appointmentMeant(context, appointment);
      return holds(late || (meant !== undefined && meant.at <= at));
    }),
  ),
  appointmentAhead: ours('Tiden ligger ikke før i dag', 'The time is not before today', ['at'], ({ event, at }) => {
    if (event?.type !== 'appointment.booked' && event?.type !== 'appointment.moved') return 'unknown';
    return { status: holds(isAhead(event.at, at)), value: event.at };
  }),
  appointmentOrWalkIn: ours(
    'Der er en tid, eller en begrundelse for fremmøde uden',
    'There is an appointment, or a reason for a walk-in',
    ['appointments', 'walkInReason'],
    ({ context, event }) => {
      if (event?.type !== 'visit.attended') return context.appointments.length > 0 ? 'met' : 'unknown';
      return holds(event.walkInReason !== undefined || appointmentMeant(context, event.appointment) !== undefined);
    },
  ),
  missedTwice: ours(
    'Mindst to udeblivelser siden sidste fremmøde',
    'At least two missed since the last attended visit',
    ['missed'],
    ({ context }) => ({
      status: holds(context.missed >= ruleSet(context.ruleSet).missedBeforeEnding),
      value: context.missed,
    }),
  ),
  delegated: ours(
    'En sygeplejerske handler på delegation',
    'A nurse acts by delegation',
    ['delegatedBy'],
    ({ event, by }) => {
      if (by === undefined || (event === undefined && by.role === 'nurse')) return 'unknown';
      if (by.role !== 'nurse') return 'met';
      return holds(event !== undefined && 'delegatedBy' in event && event.delegatedBy !== undefined);
    },
  ),
  transferTarget: ours(
    'Enheden kan modtage patienten: klinik og center under samme center, eller det andet center',
    'The unit can take the patient: clinic and centre of the same centre, or the other centre',
    ['to'],
    payload('unit.transferred', ({ to }, { context }) => ({
      status: holds(transferTo(context, to) !== undefined),
      value: to,
    })),
  ),
  transferAsked: ours(
    'Der er anmodet om overflytning',
    'A transfer has been asked for',
    ['transferRequest'],
    ({ context }) => holds(context.transferRequest !== undefined),
  ),
  resumeReason: ours(
    'Genoptagelsen er begrundet',
    'The resumption has a reason',
    ['reason'],
    payload('treatment.resumed', ({ reason }) => holds(reason !== undefined)),
  ),
  reviewAhead: ours(
    'Pausens slutdato ligger ikke i fortiden',
    'The end of the pause does not lie in the past',
    ['until'],
    payload('treatment.paused', ({ until }, { at }) => ({
      status: holds(until === undefined || until >= copenhagenDate(at)),
      value: until ?? '',
    })),
  ),
  planAhead: ours(
    'Næste opfølgning ligger ikke i fortiden',
    'The next follow-up does not lie in the past',
    ['nextAt'],
    payload('followUp.recorded', ({ nextAt }, { at }) => ({
      status: holds(nextAt === undefined || nextAt >= copenhagenDate(at)),
      value: nextAt ?? '',
    })),
  ),
  notYetPrescribing: ours(
    'Enheden udsteder ikke allerede recepterne',
    'The unit does not already prescribe them',
    ['classes'],
    payload('prescribing.takenOver', ({ classes, sent }, { context }) =>
      holds(classes.every((name) => context.prescribing[name].by !== sent.by.unit)),
    ),
  ),
  prescribing: ours(
    'Enheden udsteder recepterne',
    'The unit prescribes them',
    ['classes'],
    payload('prescribing.handedBack', ({ classes }, { context }) =>
      holds(classes.every((name) => context.prescribing[name].by !== 'gp')),
    ),
  ),
  urgentReached: ours(
    'Ved akut ny smerte er nogen kontaktet pr. telefon',
    'For urgent new pain somebody was reached by telephone',
    ['contact'],
    payload('newPain.identified', ({ urgent, contact }, { at }) =>
      holds(!urgent || (contact !== undefined && contact.at <= at)),
    ),
  ),
  openPain: ours(
    'Den nye smertetilstand findes og er ikke afklaret',
    'The new pain condition exists and is not resolved',
    ['entry'],
    openPain,
  ),
  note: ours('Lægenotatet findes', 'The note exists', ['noteId'], knownNote),
  handoverComplete: ours(
    'Der er en overdragelseslinje for hver recepttype, som enheden udsteder',
    'There is a handover line for each class that the unit prescribes',
    ['handover'],
    handoverComplete,
  ),
  followUpForHandover: ours(
    'Når recepter går tilbage til egen læge, anbefales opfølgning',
    'When prescribing goes back to the GP, follow-up is recommended',
    ['handover', 'followUpRecommended'],
    handsOver,
    { severity: 'warn', reasoned: true },
  ),
  letterMessage: ours(
    'Beskeden er den gældende epikrise',
    'The message is the current letter',
    ['messageId'],
    payload('letter.delivered', (event, { context }) =>
      holds(context.letter?.messages.includes(event.messageId) ?? false),
    ),
  ),
  message: ours(
    'Beskeden er sendt og ikke kvitteret, og er hverken et notat eller den epikrise, som afslutningen venter på',
    'The message was sent and is not acknowledged, and is neither a note nor the letter that the discharge waits for',
    ['messageId'],
    ({ event, context }) =>
      event?.type === 'message.delivered' || event?.type === 'message.deliveredManually'
        ? holds(isPlain(context, event.messageId))
        : 'unknown',
  ),
  underWay: ours(
    'Beskeden er ikke kvitteret',
    'The message is not acknowledged',
    ['messageId'],
    ({ event, context }) =>
      event?.type === 'message.resent' || event?.type === 'message.failed'
        ? holds(isUnderWay(context, event.messageId))
        : 'unknown',
  ),
  practice: ours(
    'Den nye læge er en anden, kendt praksis',
    'The new GP is another, known practice',
    ['gp'],
    payload('gp.changed', ({ gp, none }, { context, at }) =>
      none
        ? holds(context.ownGp !== null)
        : {
            status: holds(
              gp !== context.ownGp &&
                unitsAt(copenhagenDate(at)).some((unit) => unit.code === gp && unit.kind === 'practice'),
            ),
            value: gp ?? '',
          },
    ),
  ),
  adviser: ours(
    'Rådgivningen gives af et smertecenter',
    'The advice is given by a pain centre',
    ['unit'],
    payload('advice.logged', ({ unit }, { by }) => ({
      status: holds(kindOf(unit) === 'centre' && (by?.role === 'gp' || by?.unit === unit)),
      value: unit,
    })),
  ),
  due: ours('Fristen løber og er overskredet', 'The deadline runs and has passed', ['clock'], clockDue),
} as const satisfies Record<string, Rule>;
