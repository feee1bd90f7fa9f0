/** The control phase and after: the letter, the GP again, his follow-up, the end. */
import { addDays, copenhagenDate, type Instant } from '../../machines/calendar/calendar.js';
import type { Wire } from '../../machines/pathway/events.js';
import { drugClasses } from '../../machines/pathway/fields.js';
import type { Course, Journey } from '../course.js';
import * as said from '../texts/between.js';
import { controlPlan } from '../texts/letters.js';
import { closedByGp } from './deciding.js';
import { attended, booked, noted } from './visiting.js';

/** A control some weeks later; the letter is owed after it. */
export function* controlled(c: Course): Journey {
  c.wait(0, 2);
  yield* booked(c, 14, 24);
  yield* attended(c);
  const text = c.say(said.controls);
  yield c.by(c.random.chance(0.6) ? 'physician' : 'nurse', (now) => ({ type: 'control.held', at: now, text }));
  yield* noted(c, text);
}

export function* recordConfirmed(c: Course): Journey {
  c.wait(1, 3);
  yield c.by('physician', (now) => ({ type: 'medicationRecord.confirmed', at: now }));
}
export function* recordUnavailable(c: Course): Journey {
  c.wait(1, 3);
  yield c.by('physician', {
    type: 'medicationRecord.unavailable',
    reason: c.person.numberTellsBirth ? 'fmkDown' : 'noFmkIdentity',
    medicationStatus: `${c.story.dose}; paracetamol 1 g 4 gange dagligt. Intet andet smertestillende.`,
  });
}

/** A line for each class that a unit prescribes; sedatives and sleeping medicine are mostly not given at all. */
function handover(c: Course, now: Instant): Wire<'letter.signed'>['handover'] {
  const from = copenhagenDate(now);
  return drugClasses
    .filter((name) => c.view.prescribing[name].by !== 'gp')
    .map((drugClass) =>
      drugClass === 'analgesic'
        ? {
            drugClass,
            gpPrescribesFrom: from,
            suppliedUntil: addDays(from, c.random.int(14, 40)),
            plan: `${c.story.dose}, uændret.`,
          }
        : c.random.chance(0.85)
          ? { drugClass, nothingPrescribed: true as const }
          : { drugClass, gpPrescribesFrom: from, plan: 'Aftrappes over otte uger.' },
    );
}
export const letter =
  (c: Course) =>
  (now: Instant): Wire<'letter.signed'> => {
    const lines = handover(c, now);
    // Nobody has classified the mechanism: not the GP, and no diagnosis here (G1).
    const unclassified =
      !c.story.diagnosed && c.story.about.picture.mechanism === 'undetermined'
        ? { acknowledged: [{ rule: 'G1' }] }
        : {};
    const alone = lines.every((line) => 'nothingPrescribed' in line) && c.random.chance(0.4);
    return {
      type: 'letter.signed',
      forwardPlan: said.forwardPlans(c.story),
      handover: lines,
      ...unclassified,
      ...(alone ? { followUpRecommended: false } : { followUpRecommended: true, followUpText: c.say(said.followUps) }),
    };
  };

export function* letterSigned(c: Course): Journey {
  if (c.random.chance(0.6)) yield c.by('secretary', { type: 'letter.drafted', sections: controlPlan(c.story) });
  c.wait(0, 1);
  yield c.by('physician', letter(c));
}

/** Now and then a control, then FMK and the letter. */
export function* letterSent(c: Course): Journey {
  if (c.random.chance(0.4)) yield* controlled(c);
  yield* recordConfirmed(c);
  yield* letterSigned(c);
}

export function* acknowledged(c: Course): Journey {
  c.wait(1, 4);
  yield c.by('gp', {
    type: 'letter.acknowledged',
    agrees: true,
    ...(c.random.chance(0.6) ? { text: c.say(said.gpReads) } : {}),
  });
}
export function* followedUp(c: Course, times: number): Journey {
  for (let time = 1; time <= times; time += 1) {
    c.wait(50, 80);
    yield c.by('gp', { type: 'followUp.recorded', text: c.say(said.gpFollowUps) });
  }
}

/** The GP has the patient again: read, followed up, and closed after some months, or followed on. */
export function* afterDischarge(c: Course): Journey {
  yield* acknowledged(c);
  const closes = c.random.chance(0.7);
  yield* followedUp(c, closes ? c.random.int(0, 1) : 9);
  c.wait(40, 75);
  yield* closedByGp(c, c.random.chance(0.9) ? 'completed' : 'referredElsewhere', said.closings.completed);
}
export function* discharged(c: Course): Journey {
  yield* letterSent(c);
  yield* afterDischarge(c);
}
