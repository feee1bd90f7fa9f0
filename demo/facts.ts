/** The facts of a referral, as complete as the journey wants them, and the warnings that a GP then has to acknowledge. */
import { completedYears, type CalendarDate } from '../machines/calendar/calendar.js';
import type { Facts } from '../machines/pathway/facts.js';
import type { Person } from './people.js';
import type { Random } from './random.js';
import {
  allergy,
  comorbidity,
  compensation,
  ecgs,
  languages,
  occupation,
  problem,
  psychology,
  social,
  told,
} from './texts/background.js';
import { drugs, usual } from './texts/drugs.js';
import { pictures, type Picture } from './texts/pictures.js';

/** What the facts point to: the three offers, or the gap between simple and complex (domain.md A4.6). */
export type Kind = 'simple' | 'complex' | 'assessment' | 'between';
export type Gap = 'H1d' | 'H3' | 'H3a' | 'H5' | 'H6' | 'H7' | 'H8' | 'H4';
type Content = NonNullable<Facts['content']>;

const fieldOf = {
  H1d: 'compensationCase',
  H3: 'investigations',
  H3a: 'ecg',
  H4: 'medicationsTried',
  H5: 'comorbidity',
  H6: 'allergy',
  H7: 'toldToPatient',
  H8: 'practical',
} as const satisfies Record<Gap, keyof Content>;
export type Case = { picture: Picture; kind: Kind; side: string; year: number };

/** A pain that fits the person and the kind, other than one before, and since when: long enough for C2 whatever the day, and not from childhood. */
export function caseFor(random: Random, person: Person, kind: Kind, on: CalendarDate, before?: Case): Case {
  const age = completedYears(person.birthDate, on);
  const fits = pictures.filter(
    ({ name, from = 0, only }) =>
      age >= from && (only === undefined || only === person.sex) && name !== before?.picture.name,
  );
  const picture = random.weighted(
    fits.map((one) => [one.often * (one.wide ? (kind === 'complex' ? 3 : 0.3) : 1), one] as const),
  );
  const year = Number(on.slice(0, 4)) - Math.max(2, Math.min(random.int(2, 9), age - 16));
  return { picture, kind, side: random.pick(['højre', 'venstre']), year };
}

export const filled = (text: string, { side, year }: Case): string =>
  text.replaceAll('{side}', side).replaceAll('{year}', String(year));
const textOrNone = (random: Random, texts: readonly string[], known: number) =>
  random.chance(known) ? random.pick(texts) : { none: true as const };

function contentOf(random: Random, person: Person, about: Case, on: CalendarDate): Content {
  const { picture, kind } = about;
  const weight = kind === 'complex' || (kind === 'between' && random.chance(0.5)) ? 'complex' : 'simple';
  const retired = completedYears(person.birthDate, on) >= 67;
  const tried = random.shuffled(picture.drugs).slice(0, random.int(1, 2));
  const interpreter = random.chance(0.06);
  return {
    history: filled(random.pick(picture.histories), about),
    psychologicalFactors:
      weight === 'complex'
        ? random.pick(psychology.complex)
        : kind === 'assessment'
          ? { none: true }
          : textOrNone(random, psychology.simple, 0.6),
    socialSituation: random.pick(social[weight]),
    occupation: random.pick(occupation[retired ? 'retired' : weight]),
    compensationCase:
      weight === 'complex' ? textOrNone(random, compensation, 0.45) : textOrNone(random, compensation, 0.05),
    problemStatement: random.pick(problem[kind === 'between' ? 'complex' : kind]),
    objectiveExamination: filled(random.pick(picture.examinations), about),
    investigations: filled(random.pick(picture.investigations), about),
    ecg: random.chance(0.85)
      ? random.pick(ecgs)
      : { notRelevant: 'Ung patient uden hjertesygdom; ingen QT-forlængende medicin planlagt.' },
    medicationsTried: [
      random.pick(usual),
      ...tried.map((drug) => ({
        drug: `${drug} ${drugs[drug].doses[0]!}`,
        effect: random.pick([
          'nogen effekt',
          'ingen sikker effekt',
          'effekt på søvnen, ikke på smerterne',
          'god i starten, siden aftaget',
        ]),
        sideEffects: random.pick(drugs[drug].sideEffects),
      })),
    ],
    comorbidity: textOrNone(random, comorbidity, 0.55),
    allergy: textOrNone(random, allergy, 0.2),
    toldToPatient: random.pick(told),
    practical: {
      interpreter,
      ...(interpreter ? { language: random.pick(languages) } : {}),
      transport: random.chance(0.07),
    },
  };
}

const weights: Record<
  Kind,
  Pick<Facts, 'psychosocialProblems' | 'psychosocialDominant' | 'hindersTreatment' | 'somaticallyDominated'>
> = {
  simple: {
    psychosocialProblems: 'notSignificant',
    psychosocialDominant: false,
    hindersTreatment: false,
    somaticallyDominated: true,
  },
  assessment: {
    psychosocialProblems: 'none',
    psychosocialDominant: false,
    hindersTreatment: false,
    somaticallyDominated: true,
  },
  complex: {
    psychosocialProblems: 'significant',
    psychosocialDominant: true,
    hindersTreatment: true,
    somaticallyDominated: false,
  },
  between: {
    psychosocialProblems: 'significant',
    psychosocialDominant: false,
    hindersTreatment: true,
    somaticallyDominated: false,
  },
};

/** Everything answered, in the GP's favour; a journey that wants it otherwise says so. */
export function factsFor(random: Random, person: Person, about: Case, on: CalendarDate): Facts {
  const { kind, picture, year } = about;
  return {
    onset: random.chance(0.5) ? String(year) : `${year}-${String(random.int(1, 12)).padStart(2, '0')}`,
    mechanism: picture.mechanism,
    outpatient: true,
    nonMalignant: true,
    clarified: true,
    priorTreatmentCompleted: true,
    medicationTried: true,
    trigger: { psychosocial: kind === 'complex' || kind === 'between', insufficientEffect: true },
    exclusions: {
      acutePain: false,
      activeCancer: false,
      headache: false,
      substanceMisuse: false,
      severeUnstablePsychiatricDisorder: false,
    },
    ...weights[kind],
    ...(kind === 'simple' && random.chance(0.4) ? { psychosocialProblems: 'none' as const } : {}),
    ...(kind === 'assessment'
      ? { requestedOffer: 'medicationAssessment' as const, medicationAssessmentStatement: true }
      : {}),
    content: contentOf(random, person, about, on),
  };
}

/** What the content lacks: those answers taken out, to be supplied when they are asked for. */
export const without = (facts: Facts, gaps: readonly Gap[]): Facts => {
  const left = new Set<string>(gaps.map((gap) => fieldOf[gap]));
  return {
    ...facts,
    content: Object.fromEntries(Object.entries(facts.content ?? {}).filter(([field]) => !left.has(field))),
  };
};
export const only = (facts: Facts, gaps: readonly Gap[]): Facts => ({
  content: Object.fromEntries(gaps.map((gap) => [fieldOf[gap], facts.content?.[fieldOf[gap]]])),
});

/** The warnings that stand at submission: what the GP has seen and sends nevertheless. */
export function warningsOf(facts: Facts, gaps: readonly Gap[]): { rule: string }[] {
  const rules: string[] = [...gaps];
  if (facts.mechanism === 'undetermined') rules.push('G1');
  if (facts.medicationTried === false) rules.push('B3');
  if (facts.trigger?.insufficientEffect === false && facts.trigger.psychosocial === false) rules.push('G3');
  return rules.map((rule) => ({ rule }));
}
