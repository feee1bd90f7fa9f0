/** Treatment in a clinic and in a centre, and the stand-alone assessment. A turn happens between the booking of a visit and the visit. */
import type { Role } from '../../machines/pathway/roles.js';
import type { Course, Journey, Part } from '../course.js';
import { staff } from '../staff.js';
import * as said from '../texts/treatment.js';
import { accepted, attended, booked, firstBooked, noted } from './visiting.js';

/** What happens before which visit after the first. */
export type Turns = Readonly<Record<number, Part>>;

export function* diagnosed(c: Course): Journey {
  const { mechanism } = c.story.about.picture;
  c.story.diagnosed = true;
  yield c.by('physician', {
    type: 'diagnosis.recorded',
    mechanism: mechanism === 'undetermined' ? 'mixed' : mechanism,
    code: 'DR522',
    text: said.diagnosisText(c.story),
  });
}
const isDiagnosed = (c: Course): boolean => JSON.stringify(c.view.state).includes('"diagnosed"');

function* adjusted(c: Course): Journey {
  yield c.by('physician', { type: 'medication.adjusted', drugClass: 'analgesic', ...c.story.stepUp() });
}
/** Between two visits a nurse telephones and steps up by delegation; now and then it is the sleeping medicine. */
function* telephoned(c: Course): Journey {
  c.wait(5, 9);
  const delegatedBy = staff(c.unitNow, 'physician', c.number).sub;
  if (c.random.chance(0.15))
    yield c.by('nurse', {
      type: 'medication.adjusted',
      drugClass: 'hypnotic',
      change: 'Zopiclon aftrappes: halv dosis hver anden nat.',
      effect: 'Sover som før.',
      delegatedBy,
    });
  else yield c.by('nurse', { type: 'medication.adjusted', drugClass: 'analgesic', ...c.story.stepUp(), delegatedBy });
}

export function* firstVisit(c: Course): Journey {
  yield* attended(c);
  yield* noted(c, said.firstNote(c.story));
  if (c.random.chance(0.6)) yield* diagnosed(c);
  yield c.by('physician', { type: 'medication.planned', text: said.plans(c.story) });
}

function* nextVisit(c: Course): Journey {
  yield* attended(c);
  if (!isDiagnosed(c)) yield* diagnosed(c);
  if (c.random.chance(0.65)) yield* adjusted(c);
  // Not every visit is to the physician; a nurse's words stay in the unit's own record.
  if (c.random.chance(0.65)) yield* noted(c, said.visitNote(c.story));
}

function* visits(c: Course, count: number, turns: Turns, between: Part): Journey {
  for (let visit = 1; visit <= count; visit += 1) {
    yield* booked(c, 18, 26);
    const turn = turns[visit];
    yield* turn ? turn(c) : between(c);
    yield* nextVisit(c);
  }
}
function* nowAndThen(c: Course): Journey {
  if (c.random.chance(0.35)) yield* telephoned(c);
}

function* optimised(c: Course): Journey {
  yield c.by('physician', { type: 'medication.optimised', summary: said.optimised(c.story) });
}
export function* completed(c: Course): Journey {
  yield c.by('physician', {
    type: 'treatment.completed',
    reason: c.random.chance(0.85) ? 'completed' : 'noFurtherBenefit',
    text: said.completed(c.story),
  });
}

/** In the clinic: the diagnosis, then visits every third or fourth week until the medication is optimised (S1). */
export function* treatedInClinic(c: Course, turns: Turns = {}): Journey {
  yield* firstVisit(c);
  yield* visits(c, Math.max(c.random.int(4, 6), ...Object.keys(turns).map(Number)), turns, nowAndThen);
  yield* optimised(c);
}
/** From a visit that is booked: two or three more, and the rest of the medication. */
export function* treatedFurther(c: Course): Journey {
  yield* nextVisit(c);
  yield* visits(c, c.random.int(1, 3), {}, nowAndThen);
  yield* optimised(c);
}
export function* inClinic(c: Course, turns: Turns = {}): Journey {
  yield* accepted(c);
  yield* firstBooked(c);
  yield* treatedInClinic(c, turns);
  yield* completed(c);
}

const roleOf = {
  sygeplejerske: 'nurse',
  fysioterapeut: 'physiotherapist',
  psykolog: 'psychologist',
  socialrådgiver: 'socialWorker',
} as const satisfies Record<(typeof said.disciplines)[number], Role>;
type Discipline = keyof typeof roleOf;

function* teamPlanned(c: Course, disciplines: readonly Discipline[]): Journey {
  const goals = c.random
    .shuffled(['qualityOfLife', 'physical', 'mental', 'social'] as const)
    .slice(0, c.random.int(1, 3));
  yield c.by('nurse', { type: 'team.planned', disciplines: [...disciplines], goals });
}
const session = (disciplines: readonly Discipline[]): Part =>
  function* (c) {
    c.wait(3, 8);
    const discipline = c.random.pick(disciplines);
    yield c.by(roleOf[discipline], {
      type: 'team.sessionHeld',
      discipline,
      summary: c.story.say(...said.sessions[discipline]),
      ...(c.random.chance(0.5) ? { measures: said.measures(c.story) } : {}),
    });
    if (c.random.chance(0.3)) yield* telephoned(c);
  };
export function* teamCompleted(c: Course): Journey {
  yield c.by('nurse', {
    type: 'team.completed',
    outcomes: said.outcomes(c.story),
    acceptance: said.acceptances(c.story),
  });
}

/** In the centre the team joins in: two or three professions beside the physician, a session between any two visits (S2, S3). */
export function* treatedInCentre(c: Course, turns: Turns = {}, { team = true } = {}): Journey {
  const disciplines = c.random.shuffled(said.disciplines).slice(0, c.random.int(2, 3));
  yield* firstVisit(c);
  if (team) yield* teamPlanned(c, disciplines);
  yield* visits(
    c,
    Math.max(c.random.int(6, 9), ...Object.keys(turns).map(Number)),
    turns,
    team ? session(disciplines) : nowAndThen,
  );
  if (team) yield* teamCompleted(c);
  yield* optimised(c);
}
export function* inCentre(c: Course, turns: Turns = {}, options: { team?: boolean } = {}): Journey {
  yield* firstBooked(c);
  yield* treatedInCentre(c, turns, options);
  yield* completed(c);
}

const mechanisms = {
  nociceptive: 'nociceptiv',
  neuropathic: 'neuropatisk',
  mixed: 'blandet',
  undetermined: 'blandet',
} as const;
/** The stand-alone assessment: one visit, three parts, and the GP goes on (O3). */
export function* inAssessment(c: Course): Journey {
  yield* firstBooked(c);
  yield* attended(c);
  yield* assessed(c);
}
export function* assessed(c: Course): Journey {
  const { story } = c;
  yield c.by('physician', {
    type: 'assessment.partRecorded',
    part: 'painAnalysis',
    text: story.say(
      `${said.diagnosisText(story)} Overvejende ${mechanisms[story.about.picture.mechanism]} mekanisme, NRS ${story.nrs}.`,
      `Smerter ${story.site} med konstant grundsmerte og anfald. NRS ${story.nrs} i gennemsnit.`,
    ),
  });
  yield c.by('physician', {
    type: 'assessment.partRecorded',
    part: 'currentTreatment',
    text: story.say(
      `Aktuelt ${story.dose} og paracetamol. Dosis er lav i forhold til effekten.`,
      `${story.Dose} har nogen effekt. Depotopioid har ikke bedret funktionen.`,
      `Behandlingen er rimelig, men ${story.drug} er aldrig trappet helt op.`,
    ),
  });
  c.wait(3, 14);
  yield c.by('physician', {
    type: 'assessment.partRecorded',
    part: 'proposal',
    text: `${story.stepUp().change} ${story.say('Vurderes efter seks uger; ved manglende effekt aftrapning.', 'Opioid nedsættes samtidig langsomt.', 'Kontrol af EKG og nyretal før næste øgning.')}`,
  });
  yield c.by('physician', { type: 'assessment.completed' });
}
