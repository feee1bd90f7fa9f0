/**
 * Every rule of the source document, in its order, with its words and their lines (domain.md A4; severities: pathway.md).
 * One predicate serves the guard and the explanation. The system never rejects a patient by itself: a person decides.
 */
import {
  addMonths,
  completedYears,
  copenhagenDate,
  parsePartialDate,
  type CalendarDate,
} from '../calendar/calendar.js';
import type { Facts } from './facts.js';
import {
  all,
  factsOf,
  holds,
  no,
  payload,
  yes,
  type Question,
  type Rule,
  type Status,
  type Verdict,
} from '../engine/judging.js';
import { clinicsOf, kindOf, routeFor, routeOfCentre, ruleSet } from './routes.js';
import { structuralRules } from './rules-structural.js';
import { suggestionFor } from './suggestion.js';

type Written = Omit<Rule, 'source'>;
const rule = (lines: string, quote: string, written: Written): Rule => ({ ...written, source: { quote, lines } });

const today = ({ at }: Question): CalendarDate => copenhagenDate(at);

/** C1, Q3: completed years on the day. Exactly the limit is "adult", though not literally "over 18". */
function oldEnough(question: Question): Verdict {
  const { birthDate } = question.context.patient;
  if (birthDate === undefined) return 'unknown';
  const limit = ruleSet(question.context.ruleSet).age;
  const age = completedYears(birthDate, today(question));
  return age === limit ? { status: 'unmet', severity: 'warn', value: age } : { status: holds(age > limit), value: age };
}

/** C2, Q4: calendar months, strictly more than the limit. A month or a year is an interval: its two ends may differ, and then an exact date is asked for. */
function longEnough(question: Question): Verdict {
  const { onset } = factsOf(question);
  const interval = onset === undefined ? undefined : parsePartialDate(onset);
  if (onset === undefined || interval === undefined) return 'unknown';
  const { months } = ruleSet(question.context.ruleSet);
  const date = today(question);
  const side = (end: CalendarDate) => {
    const limit = addMonths(end, months);
    return limit < date ? 1 : limit === date ? 0 : -1;
  };
  const [longest, shortest] = [side(interval.earliest), side(interval.latest)];
  if (shortest === 1) return { status: 'met', value: onset };
  if (longest === -1) return { status: 'unmet', value: onset };
  return { status: 'unmet', severity: 'warn', value: onset };
}

/** H*: something is written, or "none known" is said. An empty list says nothing. */
const written = (value: unknown): Status => holds(Array.isArray(value) ? value.length > 0 : value !== undefined);
const contentRule = (
  lines: string,
  quote: string,
  da: string,
  en: string,
  item: keyof NonNullable<Facts['content']>,
): Rule =>
  rule(lines, quote, {
    severity: 'warn',
    text: { da, en },
    facts: [`content.${item}`],
    judge: (question) => written(factsOf(question).content?.[item]),
  });

function practicalStated(question: Question): Status {
  const practical = factsOf(question).content?.practical;
  if (practical?.interpreter === undefined || practical.transport === undefined) return 'unmet';
  return holds(!practical.interpreter || practical.language !== undefined);
}

const exclusion = (quote: string, da: string, en: string, item: keyof NonNullable<Facts['exclusions']>): Rule =>
  rule('60-62', `Der modtages ikke ptt med … ${quote}`, {
    severity: 'block',
    text: { da, en },
    facts: [`exclusions.${item}`],
    supply: true,
    judge: (question) => no(factsOf(question).exclusions?.[item]),
  });

/** O3.4: asked only of who asks for the assessment; both that purpose and a non-complex condition must be stated. */
function assessmentStated(question: Question): Verdict {
  const facts = factsOf(question);
  const asked = question.event?.type === 'triage.decided' || facts.requestedOffer === 'medicationAssessment';
  return asked || question.event === undefined ? yes(facts.medicationAssessmentStatement) : 'met';
}

/** V3, V4: a centre sends simple patients on to a clinic of its own; where it has one only, that one is meant. */
const ownClinic = (centre: string) =>
  payload('triage.decided', ({ target }, question) => {
    if (question.context.centre !== centre) return 'met';
    const clinics = clinicsOf(centre, today(question));
    const chosen = target ?? (clinics.length === 1 ? clinics[0] : undefined);
    return { status: holds(chosen !== undefined && clinics.includes(chosen)), value: target ?? clinics.join(', ') };
  });

/** V1: planning area → CVI → centre, or a centre chosen by the patient, which brings its CVI. */
function hasRoute(question: Question): Verdict {
  const { context, event } = question;
  if (event?.type === 'referral.forwarded')
    return { status: holds(event.centre === context.centre), value: context.centre ?? '' };
  const area = event?.type === 'referral.readdressed' ? event.planningArea : context.planningArea;
  const chosen = event?.type === 'referral.submitted' ? event.chosenCentre?.centre : context.chosenCentre;
  const route = chosen === undefined ? routeFor(area, today(question)) : routeOfCentre(chosen, today(question));
  return { status: holds(route !== undefined), value: chosen ?? area };
}

/** S1: diagnosed and optimised, unless the patient has declined the medication. */
const clinicDone = ({ context }: Question): Status =>
  holds(context.progress.diagnosed && (context.progress.optimised || context.declined.includes('medication')));
const teamDone = ({ context }: Question): Status =>
  holds(context.progress.team !== 'active' || context.declined.includes('team'));

/** G1: of the unit's diagnosis when there is one, else of the referral. */
function mechanismKnown(question: Question): Verdict {
  const mechanism = question.context.diagnoses.at(-1)?.mechanism ?? factsOf(question).mechanism;
  return mechanism === undefined ? 'unknown' : { status: holds(mechanism !== 'undetermined'), value: mechanism };
}

function triggered(question: Question): Status {
  const { psychosocial, insufficientEffect } = factsOf(question).trigger ?? {};
  if (psychosocial || insufficientEffect) return 'met';
  return psychosocial === undefined || insufficientEffect === undefined ? 'unknown' : 'unmet';
}

export const documentRules = {
  G1: rule(
    '13-17',
    'er det ikke den tilgrundliggende årsag, der er bestemmende … det afgørende at kunne vurdere om smertetilstanden er nociceptiv eller neuropatisk.',
    {
      severity: 'warn',
      text: {
        da: 'Smertemekanismen er klassificeret (nociceptiv, neuropatisk eller blandet)',
        en: 'The pain mechanism is classified (nociceptive, neuropathic or mixed)',
      },
      facts: ['mechanism'],
      judge: mechanismKnown,
    },
  ),
  G3: rule(
    '19-25',
    'kompliceret af psykologiske og/eller sociale årsager eller er der ikke tilstrækkelig effekt af gængse medikamenter',
    {
      severity: 'warn',
      text: {
        da: 'Anledningen er angivet: psykologiske eller sociale årsager, eller utilstrækkelig effekt af gængse medikamenter',
        en: 'The occasion is given: psychological or social causes, or insufficient effect of usual drugs',
      },
      facts: ['trigger.psychosocial', 'trigger.insufficientEffect'],
      judge: triggered,
    },
  ),
  B1: rule('28', 'Pt skal før henvisning være diagnostisk afklaret', {
    severity: 'block',
    text: { da: 'Patienten er diagnostisk afklaret', en: 'The patient is diagnostically clarified' },
    facts: ['clarified'],
    supply: true,
    judge: (question) => yes(factsOf(question).clarified),
  }),
  B2: rule('28', 'færdigbehandlet i de relevante specialer', {
    severity: 'block',
    text: {
      da: 'Patienten er færdigbehandlet i de relevante specialer',
      en: 'Treatment in the relevant specialties is completed',
    },
    facts: ['priorTreatmentCompleted'],
    supply: true,
    judge: (question) => yes(factsOf(question).priorTreatmentCompleted),
  }),
  B3: rule('28-30', 'Det forventes, at relevant medicinsk smertebehandling er forsøgt.', {
    severity: 'warn',
    text: {
      da: 'Relevant medicinsk smertebehandling er forsøgt',
      en: 'Relevant drug treatment of the pain has been tried',
    },
    facts: ['medicationTried'],
    supply: true,
    judge: (question) => yes(factsOf(question).medicationTried),
  }),
  C1: rule('36', 'Voksne (>18 år)', {
    severity: 'block',
    text: { da: 'Patienten er over 18 år', en: 'The patient is over 18 years' },
    facts: ['patient.birthDate'],
    supply: true,
    judge: oldEnough,
  }),
  C2: rule('36', 'kroniske smerter (> 6 mdr)', {
    severity: 'block',
    text: { da: 'Smerterne har varet i mere end 6 måneder', en: 'The pain has lasted for more than 6 months' },
    facts: ['onset'],
    supply: true,
    judge: longEnough,
  }),
  C3: rule('36', 'til ambulant behandling', {
    severity: 'block',
    text: { da: 'Patienten kan behandles ambulant', en: 'The patient can be treated as an outpatient' },
    facts: ['outpatient'],
    supply: true,
    judge: (question) => yes(factsOf(question).outpatient),
  }),
  C4: rule('38-42', 'kronisk non-malign smertetilstand', {
    severity: 'block',
    text: {
      da: 'Smerten er non-malign (også efter helbredt kræft)',
      en: 'The pain is non-malignant (also after cured cancer)',
    },
    facts: ['nonMalignant'],
    supply: true,
    judge: (question) => yes(factsOf(question).nonMalignant),
  }),
  X1: exclusion(
    'akutte smerter',
    'Den smerte, der henvises for, er ikke akut',
    'The pain referred for is not acute',
    'acutePain',
  ),
  X2: exclusion(
    'aktiv kræftsygdom',
    'Patienten har ikke aktiv kræftsygdom',
    'The patient has no active cancer',
    'activeCancer',
  ),
  X3: exclusion(
    'hovedpine inkl. migræne',
    'Den smerte, der henvises for, er ikke hovedpine eller migræne',
    'The pain referred for is not headache or migraine',
    'headache',
  ),
  X4: exclusion(
    'alkohol- eller stofmisbrug',
    'Patienten har ikke aktuelt alkohol- eller stofmisbrug',
    'The patient has no current alcohol or drug abuse',
    'substanceMisuse',
  ),
  X5: exclusion(
    'sværere ustabile psykiatriske lidelser',
    'Patienten har ingen svær og ustabil psykiatrisk lidelse',
    'The patient has no psychiatric disorder that is both severe and unstable',
    'severeUnstablePsychiatricDisorder',
  ),
  O1: rule('38-40', 'I monofaglig smerteklinik behandles ptt med en simpel kronisk non-malign smertetilstand', {
    severity: 'warn',
    reasoned: true,
    text: { da: 'Oplysningerne peger på en simpel tilstand', en: 'The facts point to a simple condition' },
    facts: ['psychosocialProblems'],
    judge: (question) => ({
      status: holds(suggestionFor(factsOf(question)) === 'simple'),
      value: suggestionFor(factsOf(question)),
    }),
  }),
  O2: rule(
    '42-46',
    'sociale og psykologiske faktorer er dominerende ift den somatiske andel, og er hindrende for opnåelse af effektiv smertebehandling',
    {
      severity: 'warn',
      reasoned: true,
      text: { da: 'Oplysningerne peger på en kompleks tilstand', en: 'The facts point to a complex condition' },
      facts: ['psychosocialProblems', 'psychosocialDominant', 'hindersTreatment'],
      judge: (question) => ({
        status: holds(suggestionFor(factsOf(question)) === 'complex'),
        value: suggestionFor(factsOf(question)),
      }),
    },
  ),
  O3: rule(
    '48-52',
    'en enkeltstående lægelig vurdering af den medikamentelle behandling af en somatisk domineret non-malign smertetilstand hos ptt, hvor der er ikke psykologiske og/eller sociale problemer',
    {
      severity: 'warn',
      reasoned: true,
      text: {
        da: 'Tilstanden er somatisk domineret uden psykologiske eller sociale problemer',
        en: 'The condition is somatically dominated, without psychological or social problems',
      },
      facts: ['psychosocialProblems', 'somaticallyDominated'],
      judge: (question) => {
        const { psychosocialProblems: problems, somaticallyDominated } = factsOf(question);
        return all(yes(problems === undefined ? undefined : problems === 'none'), yes(somaticallyDominated));
      },
    },
  ),
  'O3.2': rule(
    '52-54',
    'Der sker en vurdering inkl. smerteanalyse, vurdering af den aktuelle behandling og gives forslag til den fortsatte smertebehandling ved egen læge.',
    {
      severity: 'integrity',
      text: {
        da: 'Smerteanalyse, vurdering af den aktuelle behandling og forslag til fortsat behandling er skrevet',
        en: 'Pain analysis, assessment of the current treatment and proposal for continued treatment are written',
      },
      facts: ['assessment.painAnalysis', 'assessment.currentTreatment', 'assessment.proposal'],
      judge: ({ context: { assessment } }) =>
        holds(
          assessment.painAnalysis !== undefined &&
            assessment.currentTreatment !== undefined &&
            assessment.proposal !== undefined,
        ),
    },
  ),
  'O3.4': rule(
    '56-58',
    'Det skal fremgå af henvisningen, at pt henvises mhp vurdering af den igangværende medicinske behandling af en ikke-kompleks/simpel kronisk smertetilstand.',
    {
      severity: 'block',
      text: {
        da: 'Det fremgår, at der henvises til vurdering af den igangværende medicinske behandling af en ikke-kompleks tilstand',
        en: 'It is stated that the referral is for assessment of the ongoing drug treatment of a non-complex condition',
      },
      facts: ['requestedOffer', 'medicationAssessmentStatement'],
      judge: assessmentStated,
    },
  ),
  H1: contentRule('68', 'Anamnese', 'Anamnese', 'History', 'history'),
  H1a: contentRule(
    '68-70',
    'relevante psykologiske forhold',
    'Relevante psykologiske forhold',
    'Relevant psychological factors',
    'psychologicalFactors',
  ),
  H1b: contentRule('70', 'social situation', 'Social situation', 'Social situation', 'socialSituation'),
  H1c: contentRule(
    '70-72',
    'erhvervsmæssige status (arbejde, sygemeldt, revalidering etc.)',
    'Erhvervsmæssig status',
    'Occupational status',
    'occupation',
  ),
  H1d: contentRule(
    '72',
    'evt verserende erstatningssager',
    'Verserende erstatningssager, eller at der ingen er',
    'Pending compensation cases, or that there are none',
    'compensationCase',
  ),
  H1e: contentRule('72', 'en problemformulering', 'Problemformulering', 'Problem statement', 'problemStatement'),
  H2: contentRule('74', 'Obj us', 'Objektiv undersøgelse', 'Objective examination', 'objectiveExamination'),
  H3: contentRule(
    '76',
    'Parakliniske undersøgelser, relevante for underliggende sygdom/tilstand',
    'Parakliniske undersøgelser',
    'Paraclinical investigations',
    'investigations',
  ),
  H3a: contentRule(
    '76',
    'samt EKG',
    'EKG, eller hvorfor det ikke er relevant',
    'ECG, or why it is not relevant',
    'ecg',
  ),
  H4: contentRule(
    '77',
    'Hvilken medicin er forsøgt, effekt/bivirkninger',
    'Forsøgt medicin med effekt og bivirkninger',
    'Drugs tried, with effect and side effects',
    'medicationsTried',
  ),
  H5: contentRule(
    '79',
    'Comorbiditet',
    'Komorbiditet, eller at der ingen kendes',
    'Comorbidity, or that none is known',
    'comorbidity',
  ),
  H6: contentRule('81', 'Allergi', 'Allergi, eller at der ingen kendes', 'Allergy, or that none is known', 'allergy'),
  H7: contentRule('83', 'Sagt til pt', 'Sagt til patienten', 'Told to the patient', 'toldToPatient'),
  H8: rule('85', 'Praktisk: tolk, transport', {
    severity: 'warn',
    text: { da: 'Behov for tolk (med sprog) og transport', en: 'Need of interpreter (with language) and transport' },
    facts: ['content.practical.interpreter', 'content.practical.language', 'content.practical.transport'],
    judge: practicalStated,
  }),
  'H8.arranged': rule('85', 'Praktisk: tolk, transport', {
    severity: 'warn',
    text: {
      da: 'Tolk og transport er arrangeret, hvor det er nødvendigt',
      en: 'Interpreter and transport are arranged where they are needed',
    },
    facts: ['content.practical'],
    judge: ({
      context: {
        facts: { content },
      },
    }) => holds(!content?.practical?.interpreter && !content?.practical?.transport),
  }),
  Q2: rule(
    '23-25',
    'henvisning til et tværfagligt smertecenter (HeH og RH) eller en monofaglig smerteklinik (HiH, HvH, BBH, GloH) overvejes',
    {
      severity: 'info',
      text: { da: 'Henviserens ønske om tilbud er angivet', en: "The referrer's wish for an offer is given" },
      facts: ['requestedOffer'],
      judge: (question) => holds(factsOf(question).requestedOffer !== undefined),
    },
  ),
  V1: rule(
    '123-128',
    'Planområde Nord og Midt … Henv. sendes til CVI Midt … Planområde Byen og Syd … Henv. sendes til CVI Byen',
    {
      severity: 'integrity',
      text: {
        da: 'Planområdet, eller det valgte center, har en CVI og et center',
        en: 'The planning area, or the chosen centre, has a CVI and a centre',
      },
      facts: ['planningArea', 'chosenCentre', 'centre'],
      judge: hasRoute,
    },
  ),
  V2: rule('129', 'Visitation og fordeling mellem smertecenter/-klinik foretages af de tværfaglige smertecentre', {
    severity: 'integrity',
    text: { da: 'En visiterende læge ved centret beslutter', en: 'A triaging physician of the centre decides' },
    facts: ['actor.role', 'actor.unit'],
    judge: ({ by, context }) =>
      by === undefined
        ? 'unknown'
        : holds(by.role === 'triager' && kindOf(by.unit) === 'centre' && by.unit === context.centre),
  }),
  V3: rule(
    '129-131',
    'idet Tværfagligt Smertecenter, HeH visiterer simple smertepatienter videre til Smerteklinikken, HiH',
    {
      severity: 'integrity',
      text: { da: 'HeH visiterer til Smerteklinikken, HiH', en: 'HeH sends on to the pain clinic HiH' },
      facts: ['target'],
      judge: ownClinic('TSC_HEH'),
    },
  ),
  V4: rule('133', 'Tværfagligt Smertecenter, RH visiterer dem til Smerteklinikken, HvH, BBH eller GloH.', {
    severity: 'integrity',
    text: {
      da: 'RH visiterer til en af sine klinikker: HvH, BBH eller GloH',
      en: 'RH sends on to one of its clinics: HvH, BBH or GloH',
    },
    facts: ['target'],
    judge: ownClinic('TSC_RH'),
  }),
  S1: rule('90', 'I smerteklinikker stilles smertediagnose og den medicinske behandling optimeres.', {
    severity: 'warn',
    reasoned: true,
    text: {
      da: 'Smertediagnosen er stillet, og medicinen er optimeret',
      en: 'The pain diagnosis is made and the medication is optimised',
    },
    facts: ['diagnoses', 'medication'],
    judge: clinicDone,
  }),
  S2: rule(
    '92-94',
    'hjælpes pt. desuden til accept af den kroniske smertetilstand med inddragelse af relevante behandlere',
    {
      severity: 'warn',
      reasoned: true,
      text: {
        da: 'Det tværfaglige forløb er afsluttet, hvor det er begyndt',
        en: 'The multidisciplinary course is completed where it was started',
      },
      facts: ['team'],
      judge: teamDone,
    },
  ),
  S4: rule(
    '98',
    'Opstår der i forløbet nye smertetilstande, vil pt blive henvist til egen læge mhp udredning og behandling.',
    {
      severity: 'warn',
      reasoned: true,
      text: {
        da: 'Ingen ny smertetilstand er uafklaret hos egen læge',
        en: 'No new pain condition is unresolved at the own GP',
      },
      facts: ['newPain'],
      judge: ({ context }) => {
        const open = context.newPain.filter(({ outcome }) => outcome === undefined).length;
        return { status: holds(open === 0), value: open };
      },
    },
  ),
  S5: rule(
    '100-102',
    'Så længe pt er tilknyttet smertecenter eller -klinik udstedes recepter på analgetika, beroligende medicin og sovemedicin der.',
    {
      severity: 'warn',
      reasoned: true,
      text: {
        da: 'Recepterne udstedes af enheden, så længe patienten er tilknyttet',
        en: 'The unit issues the prescriptions while the patient is attached',
      },
      facts: ['attached'],
      judge: ({ context }) => holds(context.attachedAt === undefined),
    },
  ),
  S6: rule('102', 'Alle lægenotater sendes elektronisk til egen læge.', {
    severity: 'block',
    text: {
      da: 'Alle lægenotater er sendt til egen læge eller afleveret manuelt',
      en: "Every physician's note is sent to the own GP or delivered by hand",
    },
    facts: ['notes'],
    judge: ({ context }) => {
      const unsent = Object.values(context.notes).filter((status) => status === 'queued').length;
      return { status: holds(unsent === 0), value: unsent };
    },
  }),
  D2: rule('107-109', 'Epikrisen vil indeholde en fremadrettet plan', {
    severity: 'integrity',
    text: { da: 'Epikrisen har en fremadrettet plan', en: 'The discharge letter has a forward plan' },
    facts: ['forwardPlan'],
    judge: payload('letter.signed', ({ forwardPlan }) => holds(forwardPlan !== '')),
  }),
  D3: rule('109', 'medicinstatus vil fremgå af FMK', {
    severity: 'block',
    text: {
      da: 'FMK er bekræftet ajourført efter seneste medicinændring, eller status er skrevet',
      en: 'FMK is confirmed since the last change of medication, or the status is given as text',
    },
    facts: ['medicationRecord'],
    judge: ({ context: { medicationRecord: record, medicationChangedAt } }) =>
      holds(record !== undefined && (medicationChangedAt === undefined || record.at >= medicationChangedAt)),
  }),
  D4: rule('111', 'Genhenvisning vil sjældent være relevant, med mindre en ny smerteproblematik opstår.', {
    severity: 'warn',
    reasoned: true,
    text: { da: 'Genhenvisningen skyldes en ny smerteproblematik', en: 'The re-referral is for a new pain problem' },
    facts: ['reason', 'newPain'],
    judge: payload('reReferral.started', ({ reason }) => ({
      status: holds(reason === 'newPainProblem'),
      value: reason,
    })),
  }),
} as const satisfies Record<string, Rule>;

export const rules = { ...documentRules, ...structuralRules };
export type RuleId = keyof typeof rules;
export const isRuleId = (id: string): id is RuleId => Object.hasOwn(rules, id);
