/** What comes in between while a patient is attached: new pain, pauses, declined parts. Each leaves a visit ahead, as it found one. */
import { addDays } from '../../machines/calendar/calendar.js';
import type { Wire } from '../../machines/pathway/events.js';
import type { Course, Journey, Part } from '../course.js';
import { later } from '../office-hours.js';
import * as between from '../texts/between.js';
import * as said from '../texts/treatment.js';
import { booked } from './visiting.js';

type Outcome = Wire<'newPain.resolved'>['outcome'];
const ended: Record<Outcome, string> = {
  treated: 'Behandlet med fysioterapi og kort kur; smerten er væk.',
  selfLimiting: 'Forsvandt uden behandling i løbet af to uger.',
  referredElsewhere: 'Henvist til ortopædkirurgisk vurdering.',
  becameChronic: 'Udredt og behandlet uden varig virkning; smerten er blevet vedvarende.',
};

/** Told to whoever sees the patient; the own GP has it from there (S4). */
function* painTold(c: Course): Journey {
  c.wait(2, 6);
  yield c.by(c.random.pick(['physician', 'nurse']), {
    type: 'newPain.identified',
    text: c.say(said.newPains),
    urgent: false,
  });
  c.wait(1, 4);
  yield c.by('gp', {
    type: 'newPain.acknowledged',
    entry: entry(c),
    plan: c.random.pick([
      'Indkaldes til undersøgelse i næste uge.',
      'Ses i morgen; røntgen bestilles.',
      'Telefonkontakt og vurdering her.',
    ]),
  });
}
const entry = (c: Course): number => c.view.newPain.at(-1)!.entry;
const painEnds = (c: Course, outcome: Outcome) =>
  c.by('gp', { type: 'newPain.resolved', entry: entry(c), outcome, text: ended[outcome] });

export const newPain = (outcome: Outcome): Part =>
  function* (c) {
    yield* painTold(c);
    c.wait(3, 8);
    yield painEnds(c, outcome);
  };
/** It cannot wait: somebody is telephoned, and the GP answers the same hour. */
export function* urgentPain(c: Course): Journey {
  c.wait(2, 6);
  const text = c.say(said.urgentPains);
  yield c.by(c.random.pick(['physician', 'nurse']), (now) => ({
    type: 'newPain.identified',
    text,
    urgent: true,
    contact: { who: c.random.pick(['gp', 'onCall', 'gp']), at: later(now, -4) },
  }));
  yield c.by('gp', { type: 'newPain.acknowledged', entry: entry(c), plan: 'Indlægges akut til vurdering.' });
  c.wait(2, 6);
  yield painEnds(c, c.random.pick(['treated', 'selfLimiting']));
}
/** It has become chronic, and the unit takes it into the course that goes on. */
export function* newPainIncluded(c: Course): Journey {
  yield* newPain('becameChronic')(c);
  c.wait(0, 1);
  yield c.by('physician', {
    type: 'newPain.includedInCourse',
    entry: entry(c),
    reason: 'Kan behandles sammen med de øvrige smerter.',
  });
}
/** Nobody answers: it stands on the GP's list. */
export function* newPainUnanswered(c: Course): Journey {
  c.wait(2, 4);
  yield c.by('physiotherapist', { type: 'newPain.identified', text: c.say(said.newPains), urgent: false });
  c.wait(400);
}

/** The visit is cancelled, the treatment stands still for some weeks and goes on exactly where it was. */
export function* pausedAndResumed(c: Course): Journey {
  yield* paused(c);
  c.wait(18, 26);
  yield c.by('physician', { type: 'treatment.resumed', reason: 'Patienten er klar til at fortsætte.' });
  yield* booked(c, 5, 12);
}
function* paused(c: Course): Journey {
  c.wait(2, 5);
  yield c.by('secretary', { type: 'appointment.cancelled', by: 'patient', reason: 'Pause i behandlingen aftalt.' });
  const reason = c.say(said.pauses);
  yield c.by('physician', { type: 'treatment.paused', reason, until: addDays(c.today, c.random.int(34, 45)) });
}

/** And no end yet. */
export function* pausedStill(c: Course): Journey {
  yield* paused(c);
  c.wait(400);
}

export function* medicationDeclined(c: Course): Journey {
  c.wait(3, 6);
  yield c.by('nurse', { type: 'patient.declined', scope: 'medication', text: c.say(between.declines.medication) });
}
export function* teamDeclined(c: Course): Journey {
  c.wait(3, 6);
  yield c.by('nurse', { type: 'patient.declined', scope: 'team', text: c.say(between.declines.team) });
}
/** A nurse optimises without a delegation: refused, and the physician does it later. */
export function* withoutDelegation(c: Course): Journey {
  c.wait(4, 8);
  yield c.by('nurse', { type: 'medication.optimised', summary: said.optimised(c.story) }, { refused: 'rules-unmet' });
}
export function* noteCorrected(c: Course): Journey {
  c.wait(1, 3);
  yield c.by('physician', {
    type: 'note.corrected',
    noteId: c.view.notes.at(-1)!.noteId,
    text: `${said.visitNote(c.story)} Dosis i det forrige notat var forkert.`,
    reason: 'Forkert dosis angivet.',
  });
}
/** The transport has lost a note; the secretary finds it on her list and sends it by hand. */
export function* noteByHand(c: Course): Journey {
  c.lost.add('note');
  yield c.by('physician', { type: 'note.signed', text: said.visitNote(c.story) });
  c.wait(2, 3);
  yield c.by('secretary', {
    type: 'note.deliveredManually',
    noteId: c.view.notes.at(-1)!.noteId,
    channel: 'sikker e-mail',
    recipient: 'lægehusets sekretær',
    reason: 'Ingen kvittering fra praksis.',
  });
}
/** The practice's system will not have a message, not the second time either; the secretary finds it on her list and gives it to them otherwise. */
export function* messageRefused(c: Course): Journey {
  c.lost.add('prescribing');
  yield* handedBack(c);
  const { messageId } = c.view.undelivered.at(-1)!;
  yield c.bySystem({
    type: 'message.failed',
    messageId,
    because: 'rejected',
    text: 'Patienten er ikke tilmeldt denne praksis.',
  });
  c.wait(1);
  c.lost.add('prescribing');
  yield c.by('secretary', { type: 'message.resent', messageId });
  yield c.bySystem({
    type: 'message.failed',
    messageId,
    because: 'rejected',
    text: 'Patienten er ikke tilmeldt denne praksis.',
  });
  yield c.by('secretary', {
    type: 'message.deliveredManually',
    messageId,
    channel: 'telefon',
    recipient: 'lægehusets sekretær',
    reason: 'Deres system har patienten under et tidligere navn; de retter det.',
  });
}
/** Lost and sent again, and then it arrives. */
export function* noteSentAgain(c: Course): Journey {
  c.lost.add('note');
  yield c.by('physician', { type: 'note.signed', text: said.visitNote(c.story) });
  c.wait(1, 2);
  yield c.by('secretary', { type: 'note.resent', noteId: c.view.notes.at(-1)!.noteId });
}
/** The GP tells something that nobody had asked for; the unit sees it. */
export function* toldUnasked(c: Course): Journey {
  c.wait(3, 7);
  yield c.by('gp', {
    type: 'information.supplied',
    text: c.random.pick([
      'Blodprøver fra i går: eGFR 49, kalium normal.',
      'Patienten er begyndt på blodtryksmedicin.',
      'Har været på skadestuen efter fald, intet brud.',
    ]),
  });
  c.wait(0, 2);
  yield c.by(c.random.pick(['nurse', 'secretary']), { type: 'information.seen' });
}
function* handedBack(c: Course): Journey {
  c.wait(2, 5);
  yield c.by('physician', {
    type: 'prescribing.handedBack',
    classes: ['sedative', 'hypnotic'],
    reason: 'Egen læge har fulgt søvnen gennem år og fortsætter.',
    agreedWith: 'egen læge, telefonisk',
    acknowledged: [{ rule: 'S5', reason: 'Aftalt med egen læge; enheden udsteder fortsat analgetika.' }],
  });
}
