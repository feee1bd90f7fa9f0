/** The centre's decision, and what may come before it: information asked for, supplied, or not to be had. */
import { copenhagenDate } from '../../machines/calendar/calendar.js';
import type { Wire } from '../../machines/pathway/events.js';
import type { Offer } from '../../machines/pathway/fields.js';
import type { Course, Journey } from '../course.js';
import { only, type Gap } from '../facts.js';
import { later } from '../office-hours.js';
import * as said from '../texts/between.js';
import type { Exceptions } from './referring.js';

const clinics = {
  byen: [
    [5, 'SK_BBH'],
    [3, 'SK_HVH'],
    [2, 'SK_GLOH'],
  ],
  syd: [
    [5, 'SK_HVH'],
    [3, 'SK_GLOH'],
    [2, 'SK_BBH'],
  ],
} as const;
/** HeH has one clinic; at RH the triager chooses, mostly the one near the patient's home. */
export function clinicNear(c: Course): string {
  const { planningArea: area, route } = c.view;
  if (route.clinics.length === 1) return route.clinics[0]!;
  return c.random.weighted<string>(area === 'byen' ? clinics.byen : clinics.syd);
}

const points = { painClinic: 'simple', painCentre: 'complex', medicationAssessment: 'medicationAssessment' } as const;
const doubt = { painClinic: 'O1', painCentre: 'O2', medicationAssessment: 'O3' } as const;
const judged = {
  painClinic:
    'De psykosociale forhold fylder, men hindrer efter samtale med egen læge ikke medicinsk behandling i klinik.',
  painCentre: 'Efter en samlet vurdering er der brug for flere faggrupper, også om somatikken fylder mest.',
  medicationAssessment: 'Spørgsmålet er rent medicinsk; egen læge fortsætter behandlingen.',
} as const;

export function* decided(
  c: Course,
  decision: Offer,
  { overrides = [], target }: { overrides?: Exceptions; target?: string } = {},
): Journey {
  c.wait(1, 2);
  const acknowledged = [
    ...(c.view.suggestion === points[decision] ? [] : [{ rule: doubt[decision], reason: judged[decision] }]),
    ...c.borderline.map((rule) => ({ rule })),
  ];
  yield c.by('triager', {
    type: 'triage.decided',
    decision,
    patientInformedBy: c.random.chance(0.8) ? 'unit' : 'gp',
    ...(decision === 'painClinic' ? { target: target ?? clinicNear(c) } : {}),
    ...(acknowledged.length > 0 ? { acknowledged } : {}),
    ...(overrides.length > 0 ? { overrides } : {}),
  });
}

export function* rejected(c: Course): Journey {
  c.wait(1, 2);
  const { reason, advice } = c.random.pick(said.rejections);
  yield c.by('triager', {
    type: 'triage.decided',
    decision: 'rejected',
    reason,
    adviceToGp: advice,
    patientInformedBy: 'gp',
  });
}

export function* informationRequested(c: Course): Journey {
  c.wait(0, 2);
  yield c.by(
    c.random.chance(0.7) ? 'triager' : 'secretary',
    {
      type: 'information.requested',
      items: [...c.gaps],
      ...(c.random.chance(0.5) ? { question: c.say(said.questions) } : {}),
    },
    { unit: c.view.route.centre! },
  );
}
/** What practice staff may give without the doctor. */
const byStaff: readonly Gap[] = ['H3', 'H3a', 'H8'];
export function* informationSupplied(c: Course): Journey {
  c.wait(2, 9);
  const role = c.gaps.every((gap) => byStaff.includes(gap)) ? 'gpStaff' : 'gp';
  yield c.by(role, { type: 'information.supplied', facts: only(c.facts, c.gaps), text: c.say(said.supplements) });
}
export function* informationRecorded(c: Course): Journey {
  c.wait(2, 6);
  yield c.by(
    'secretary',
    {
      type: 'information.recorded',
      source: c.random.pick(['patient', 'hospital', 'phone']),
      facts: only(c.facts, c.gaps),
    },
    { unit: c.view.route.centre! },
  );
}
export function* informationUnobtainable(c: Course): Journey {
  c.wait(4, 10);
  yield c.by('gp', { type: 'information.unobtainable', items: [...c.gaps], text: c.say(said.unobtainable) });
}
export function* reminded(c: Course): Journey {
  c.wait(8, 11);
  yield c.by('secretary', { type: 'information.reminded' }, { unit: c.view.route.centre! });
}

/** Back at the GP: he makes a plan, and looks at it again in time. */
export function* planned(c: Course): Journey {
  c.wait(2, 7);
  const nextAt = copenhagenDate(later(c.at, 60 * 24 * c.random.int(66, 84)));
  yield c.by('gp', { type: 'followUp.recorded', text: c.say(said.gpPlans), nextAt });
}
export function* closedByGp(
  c: Course,
  reason: Wire<'pathway.closed'>['reason'],
  texts: readonly string[] = said.closings.kept,
): Journey {
  yield c.by('gp', { type: 'pathway.closed', reason, text: c.say(texts) });
}
