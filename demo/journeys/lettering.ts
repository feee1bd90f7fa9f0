/** Letters that do not go the usual way, and what comes after the discharge. */
import { addMonths, copenhagenDate } from '../../machines/calendar/calendar.js';
import { adviceLineOpen } from '../../machines/pathway/routes.js';
import type { Course, Journey, Part } from '../course.js';
import type { Kind } from '../facts.js';
import { later } from '../office-hours.js';
import * as said from '../texts/between.js';
import { visitNote } from '../texts/treatment.js';
import { closedByGp, decided } from './deciding.js';
import {
  acknowledged,
  afterDischarge,
  controlled,
  discharged,
  followedUp,
  letter,
  letterSent,
  letterSigned,
  recordConfirmed,
  recordUnavailable,
} from './ending.js';
import { letterAndAfter } from './ordinary.js';
import { referred } from './referring.js';
import { completed, inCentre, inClinic } from './treating.js';
import { attended, booked, noted } from './visiting.js';

export function* letterByHand(c: Course): Journey {
  yield* recordUnavailable(c);
  c.lost.add('dischargeLetter');
  yield* letterSigned(c);
  c.wait(1, 2);
  yield c.by('secretary', {
    type: 'letter.deliveredManually',
    channel: 'rekommanderet brev',
    recipient: 'lægehuset',
    confirmedBy: 'lægesekretær',
    reason: 'Ingen elektronisk kvittering fra lægehuset.',
  });
  yield* afterDischarge(c);
}
export function* letterSentAgain(c: Course): Journey {
  yield* recordConfirmed(c);
  c.lost.add('dischargeLetter');
  yield* letterSigned(c);
  c.wait(1, 2);
  yield c.by('secretary', { type: 'letter.resent' });
  yield* afterDischarge(c);
}
/** No acknowledgement comes, but the patient brings a copy. */
export function* letterBroughtAlong(c: Course): Journey {
  yield* letterUnacknowledged(c);
  c.wait(1, 2);
  yield c.by('gp', { type: 'letter.receivedByGp', how: 'Patienten medbragte en kopi' });
  yield* afterDischarge(c);
}
/** On its way, and no acknowledgement comes. */
export function* letterUnacknowledged(c: Course): Journey {
  yield* recordConfirmed(c);
  c.lost.add('dischargeLetter');
  yield* letterSigned(c);
}
/** The practice's system answers that it will not have it. */
export function* letterRefused(c: Course): Journey {
  yield* letterUnacknowledged(c);
  yield c.bySystem({
    type: 'message.failed',
    messageId: c.view.undelivered.at(-1)!.messageId,
    because: 'rejected',
    text: 'Dokumenttypen modtages ikke.',
  });
}
export function* letterUnread(c: Course): Journey {
  yield* recordConfirmed(c);
  yield c.by('physician', (now) => ({
    ...letter(c)(now),
    followUpRecommended: true,
    followUpText: c.say(said.followUps),
  }));
}
/** Worse before the letter has arrived: it is recalled, and the treatment goes on where it was. */
export function* letterRecalled(c: Course): Journey {
  yield* letterUnacknowledged(c);
  c.wait(1, 2);
  yield c.by('physician', { type: 'treatment.resumed', reason: 'Svær forværring; patienten har ringet og ses igen.' });
  yield* booked(c, 4, 9);
  yield* attended(c);
  yield* noted(c, visitNote(c.story));
  yield c.by('physician', { type: 'medication.adjusted', drugClass: 'analgesic', ...c.story.stepUp() });
  yield* booked(c, 16, 24);
  yield* attended(c);
  yield c.by('physician', { type: 'medication.optimised', summary: `${c.story.Dose}, stabil.` });
  yield* completed(c);
  yield* letterAndAfter(c);
}
export function* resumedAfterControl(c: Course): Journey {
  yield* controlled(c);
  yield c.by('physician', { type: 'treatment.resumed', reason: 'Forværring ved kontrollen; medicinen skal justeres.' });
  yield* booked(c, 10, 18);
  yield* attended(c);
  yield c.by('physician', { type: 'medication.adjusted', drugClass: 'analgesic', ...c.story.stepUp() });
  yield c.by('physician', { type: 'medication.optimised', summary: `${c.story.Dose}, god effekt.` });
  yield* completed(c);
  yield* letterAndAfter(c);
}
export function* letterDisagreed(c: Course): Journey {
  yield* letterSent(c);
  c.wait(1, 4);
  yield c.by('gp', { type: 'letter.acknowledged', agrees: false, text: c.say(said.disagreements) });
  c.wait(1, 4);
  if (c.random.chance(0.6))
    yield c.by('physician', {
      type: 'letter.amended',
      text: `Præcisering: ${c.story.dose}; nyretal og EKG kontrolleres efter tre måneder.`,
      reason: 'Spørgsmål fra egen læge.',
    });
  yield* followedUp(c, 9);
}
export function* handoverForgotten(c: Course): Journey {
  yield* recordConfirmed(c);
  yield c.by('physician', (now) => ({ ...letter(c)(now), handover: [] }), { refused: 'rules-unmet' });
  yield* letterSigned(c);
  yield* afterDischarge(c);
}

// ---- afterwards

/** The GP has read it, and forgets to follow up. */
export function* notFollowedUp(c: Course): Journey {
  yield* letterSent(c);
  yield* acknowledged(c);
}

const again = {
  newPainProblem: 'Den nye smerte er udredt og behandlet uden varig virkning og er nu kronisk. Ønskes vurderet på ny.',
  changedComplexity: 'Samme smerter, men nu sygemeldt og deprimeret.',
  other: 'Samme smerter er vendt tilbage efter fire gode måneder; ny indsats ønskes.',
} as const;
/** The same patient, a second episode. For the same pain the GP says why he refers nevertheless (D4); a new one has lasted for more than six months by then. */
export const reReferred = (reason: keyof typeof again, kind: Kind): Part =>
  function* (c) {
    yield* letterSent(c);
    yield* acknowledged(c);
    const since = reason === 'newPainProblem' ? copenhagenDate(c.view.newPain.at(-1)!.at) : undefined;
    yield* followedUp(c, since === undefined ? 0 : 1);
    c.wait(45, 75);
    if (since !== undefined) c.waitUntil(addMonths(since, 7));
    const acknowledges =
      since !== undefined
        ? {}
        : {
            acknowledged: [
              { rule: 'D4', reason: 'Forløbet var virksomt sidst; patient og læge er enige om at prøve igen.' },
            ],
          };
    yield c.by('gp', { type: 'reReferral.started', reason, text: again[reason], ...acknowledges });
    if (since === undefined) c.begins(kind, { ...c.story.about, kind });
    else {
      c.begins(kind, { year: Number(since.slice(0, 4)) });
      c.facts.onset = since.slice(0, 7);
    }
    yield* referred(c);
    yield* decided(c, kind === 'complex' ? 'painCentre' : 'painClinic');
    yield* (kind === 'complex' ? inCentre : inClinic)(c);
    yield* discharged(c);
  };
/** Advice by telephone goes on after the pathway is closed (O3.3). */
export function* adviceAfterwards(c: Course): Journey {
  yield* letterSent(c);
  yield* acknowledged(c);
  c.wait(10, 20);
  yield* closedByGp(c, 'completed', said.closings.completed);
  const unit = c.view.route.centre!;
  for (let call = 0; call < 2; call += 1) {
    let at = c.slot(15, 50);
    while (!adviceLineOpen(unit, at)) at = later(at, 15);
    c.goTo(at);
    yield c.by(c.random.chance(0.7) ? 'physician' : 'gp', {
      type: 'advice.logged',
      unit,
      counterpart: 'egen læge',
      ...c.random.pick(said.advice),
    });
  }
}
export function* enteredInError(c: Course): Journey {
  yield c.by('gp', { type: 'referral.updated', facts: { outpatient: true } });
  c.wait(1);
  yield c.by('gp', { type: 'pathway.enteredInError', reason: 'Oprettet på forkert patient.' });
}
