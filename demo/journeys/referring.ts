/** From the GP's desk to the centre's: draft, submission, CVI. */
import type { Wire } from '../../machines/pathway/events.js';
import { warningsOf } from '../facts.js';
import type { Course, Journey } from '../course.js';

export type Exceptions = NonNullable<Wire['overrides']>;
type Sending = { overrides?: Exceptions; offer?: Wire<'referral.submitted'>['requestedOffer'] };

const begunWith = [
  'history',
  'psychologicalFactors',
  'socialSituation',
  'occupation',
  'problemStatement',
  'objectiveExamination',
];

/** The GP answers the questions and writes; the rest of the content follows, sometimes by his staff. */
export function* drafted(c: Course): Journey {
  const { content = {}, ...answers } = c.draft;
  const entries = Object.entries(content);
  yield c.by('gp', {
    type: 'referral.updated',
    facts: { ...answers, content: Object.fromEntries(entries.filter(([field]) => begunWith.includes(field))) },
  });
  c.wait(0, 2);
  yield c.by(c.random.chance(0.3) ? 'gpStaff' : 'gp', {
    type: 'referral.updated',
    facts: { content: Object.fromEntries(entries.filter(([field]) => !begunWith.includes(field))) },
  });
}

export const submission = (c: Course, { overrides = [], offer }: Sending = {}): Wire<'referral.submitted'> => {
  const acknowledged = [...warningsOf(c.facts, c.gaps), ...c.borderline.map((rule) => ({ rule }))];
  return {
    type: 'referral.submitted',
    ...(offer ? { requestedOffer: offer } : {}),
    ...(acknowledged.length > 0 ? { acknowledged } : {}),
    ...(overrides.length > 0 ? { overrides } : {}),
  };
};

const wish = {
  simple: 'painClinic',
  between: 'painCentre',
  complex: 'painCentre',
  assessment: 'medicationAssessment',
} as const;
export function* submitted(c: Course, sending: Sending = {}): Journey {
  c.wait(0, 3);
  const { kind } = c.story.about;
  const offer = kind === 'assessment' || c.random.chance(0.85) ? wish[kind] : undefined;
  yield c.by('gp', submission(c, { ...(offer ? { offer } : {}), ...sending }));
}

export function* received(c: Course): Journey {
  c.wait(0, 1);
  yield c.by('cvi', { type: 'referral.received' });
}
export function* forwarded(c: Course): Journey {
  c.wait(0, 1);
  yield c.by('cvi', { type: 'referral.forwarded', centre: c.view.route.centre! });
}

/** The whole way, as it mostly goes. */
export function* referred(c: Course, sending: Sending = {}): Journey {
  yield* drafted(c);
  yield* submitted(c, sending);
  yield* received(c);
  yield* forwarded(c);
}
