/** Every rule with its boundary cases, and that each rule of the document stands in the document, word for word, on the lines it names. */
import assert from 'node:assert/strict';
import { existsSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { describe, it } from '@jest/globals';
import { fileURLToPath } from 'node:url';

import { firstContext, type Context } from '../../machines/pathway/context.js';
import { events, type EventType, type PathwayEvent, type Wire } from '../../machines/pathway/events.js';
import { mergeFacts, type Facts, type FactsPatch } from '../../machines/pathway/facts.js';
import { offers } from '../../machines/pathway/fields.js';
import type { Question, Rule, Severity, Status } from '../../machines/engine/judging.js';
import { answered, judge, remedyFor, type Judgement } from '../../machines/engine/passing.js';
import { pathwayMachine } from '../../machines/pathway/pathway.js';
import type { Sender } from '../../machines/pathway/roles.js';
import { documentRules, rules, type RuleId } from '../../machines/pathway/rules.js';
import { suggestionFor, type Suggestion } from '../../machines/pathway/suggestion.js';
import { assessmentFacts, begin, completeFacts, complexFacts, handoverFrom } from '../support/walk.js';

const monday = '2026-03-02T08:00:00.000Z';
const first = firstContext({
  patient: { identified: true, birthDate: '1968-07-05' },
  planningArea: 'midt',
  ownGp: 'GP_MIDT',
  at: monday,
  ruleSet: '2014-09',
});
const triager: Sender = { unit: 'TSC_HEH', role: 'triager' };
const gp: Sender = { unit: 'GP_MIDT', role: 'gp' };
const nurse: Sender = { unit: 'SK_HIH', role: 'nurse' };
const physician: Sender = { unit: 'SK_HIH', role: 'physician' };

type Asking = { facts?: Facts; context?: Partial<Context>; event?: PathwayEvent; by?: Sender; at?: string };
const ask = ({ facts = completeFacts, context = {}, event, by = gp, at = monday }: Asking = {}): Question => ({
  context: { ...first, facts, ...context },
  at,
  by,
  ...(event ? { event: { ...event, sent: { ...event.sent, at, by } } } : {}),
});
const taken = <K extends EventType>(type: K, payload: Omit<Wire<K>, 'type'>): PathwayEvent =>
  ({
    ...(events[type].schema.parse({ type, ...payload }) as Wire),
    sent: { at: monday, seq: 9, by: gp },
  }) as PathwayEvent;
const known = (patch: FactsPatch, facts = completeFacts): Asking => ({ facts: mergeFacts(facts, patch) });

type Case = [says: string, asking: Asking, status: Status, severity?: Severity];
const tried: Partial<Record<RuleId, Case[]>> = {};
const rule = (id: RuleId, ...cases: Case[]) => {
  tried[id] = cases;
};
/** Three values of one fact; `wanted` is the answer that meets the rule. */
const threeValues = (id: RuleId, patch: (value: boolean | null) => FactsPatch, wanted: boolean) =>
  rule(
    id,
    [`is met by ${wanted}`, known(patch(wanted)), 'met'],
    [`is unmet by ${!wanted}`, known(patch(!wanted)), 'unmet'],
    ['is unknown while nothing is said', known(patch(null)), 'unknown'],
  );
const contentOf = (id: RuleId, item: keyof NonNullable<Facts['content']>, ...more: Case[]) =>
  rule(
    id,
    ['is met by a text', known({ content: { [item]: 'Tekst' } as FactsPatch['content'] }), 'met'],
    ['is unmet while nothing is written', known({ content: { [item]: null } as FactsPatch['content'] }), 'unmet'],
    ['is unmet by an empty draft', { facts: {} }, 'unmet'],
    ...more,
  );
const saysNone = (item: string): Case => [
  'is met by "none known", which is an answer',
  known({ content: { [item]: { none: true } } as FactsPatch['content'] }),
  'met',
];
const appointment = (at: string, seq = 5) => ({ seq, at, place: 'HiH' });

// ---- Before the referral, criteria, exclusions

threeValues('B1', (clarified) => ({ clarified }), true);
threeValues('B2', (priorTreatmentCompleted) => ({ priorTreatmentCompleted }), true);
threeValues('B3', (medicationTried) => ({ medicationTried }), true);
threeValues('C3', (outpatient) => ({ outpatient }), true);
threeValues('C4', (nonMalignant) => ({ nonMalignant }), true);
threeValues('X1', (acutePain) => ({ exclusions: { acutePain } }), false);
threeValues('X2', (activeCancer) => ({ exclusions: { activeCancer } }), false);
threeValues('X3', (headache) => ({ exclusions: { headache } }), false);
threeValues('X4', (substanceMisuse) => ({ exclusions: { substanceMisuse } }), false);
threeValues(
  'X5',
  (severeUnstablePsychiatricDisorder) => ({ exclusions: { severeUnstablePsychiatricDisorder } }),
  false,
);

const born = (birthDate: string | undefined, at: string): Asking => ({
  context: { patient: { identified: true, ...(birthDate ? { birthDate } : {}) } },
  at,
});
rule(
  'C1',
  ['blocks at 17 years and 364 days', born('2008-03-03', monday), 'unmet', 'block'],
  ['warns on the 18th birthday', born('2008-03-02', monday), 'unmet', 'warn'],
  ['warns at 18 years and 364 days', born('2007-03-03', monday), 'unmet', 'warn'],
  ['is met on the 19th birthday', born('2007-03-02', monday), 'met'],
  [
    'counts the day in Denmark: half past eleven in the evening in UTC is the birthday already',
    born('2008-03-02', '2026-03-01T23:30:00.000Z'),
    'unmet',
    'warn',
  ],
  ['blocks the minute before midnight in Denmark', born('2008-03-02', '2026-03-01T22:59:00.000Z'), 'unmet', 'block'],
  [
    'blocks on 28 February for who is born on the 29th',
    born('2008-02-29', '2026-02-28T08:00:00.000Z'),
    'unmet',
    'block',
  ],
  [
    'warns on 1 March for who is born on 29 February: 18',
    born('2008-02-29', '2026-03-01T08:00:00.000Z'),
    'unmet',
    'warn',
  ],
  ['still warns on 28 February the year after', born('2008-02-29', '2027-02-28T08:00:00.000Z'), 'unmet', 'warn'],
  ['is met on 1 March the year after: 19', born('2008-02-29', '2027-03-01T08:00:00.000Z'), 'met'],
  ['is met on 29 February for who is born on it and is 20', born('2008-02-29', '2028-02-29T08:00:00.000Z'), 'met'],
  ['is unknown without a birth date', born(undefined, monday), 'unknown'],
);

const since = (onset: string | null, at = monday): Asking => ({ ...known({ onset }), at });
rule(
  'C2',
  ['is met by a day more than six months ago', since('2025-09-01'), 'met'],
  ['warns at exactly six months', since('2025-09-02'), 'unmet', 'warn'],
  ['blocks a day below six months', since('2025-09-03'), 'unmet', 'block'],
  ['is met by a month that lies wholly above', since('2025-08'), 'met'],
  ['warns for a month that straddles the limit', since('2025-09'), 'unmet', 'warn'],
  ['blocks a month that lies wholly below', since('2025-10'), 'unmet', 'block'],
  [
    'warns when the earliest day of the month is exactly six months ago',
    since('2025-10', '2026-04-01T08:00:00.000Z'),
    'unmet',
    'warn',
  ],
  [
    'warns when the latest day of the month is exactly six months ago',
    since('2025-09', '2026-03-30T08:00:00.000Z'),
    'unmet',
    'warn',
  ],
  ['is met the day after', since('2025-09', '2026-03-31T08:00:00.000Z'), 'met'],
  ['is met by a year that lies wholly above', since('2024'), 'met'],
  ['warns for a year that straddles the limit', since('2025'), 'unmet', 'warn'],
  ['blocks a year that lies wholly below', since('2026'), 'unmet', 'block'],
  [
    'warns from 31 August to the end of February, which is six months',
    since('2025-08-31', '2026-02-28T08:00:00.000Z'),
    'unmet',
    'warn',
  ],
  ['is met the day after the end of February', since('2025-08-31', '2026-03-01T08:00:00.000Z'), 'met'],
  ['blocks an onset in the future', since('2027-01-01'), 'unmet', 'block'],
  ['is unknown while no onset is given', since(null), 'unknown'],
);

const trigger = (psychosocial: boolean | null, insufficientEffect: boolean | null) =>
  known({ trigger: { psychosocial, insufficientEffect } });
rule(
  'G3',
  ['is met by insufficient effect', trigger(false, true), 'met'],
  ['is met by psychological or social causes, whatever else is unknown', trigger(true, null), 'met'],
  ['is unmet when neither is so', trigger(false, false), 'unmet'],
  ['is unknown while one is not answered and the other is no', trigger(false, null), 'unknown'],
  ['is unknown while nothing is said', known({ trigger: null }), 'unknown'],
);
const diagnosed = (mechanism: string): Partial<Context> => ({ diagnoses: [{ seq: 7, mechanism, text: '–' }] });
rule(
  'G1',
  ['is met by a mechanism', known({ mechanism: 'mixed' }), 'met'],
  ['is unmet when it is not classified', known({ mechanism: 'undetermined' }), 'unmet'],
  ['is unknown while nothing is said', known({ mechanism: null }), 'unknown'],
  [
    "reads the unit's diagnosis before the referral: met",
    { ...known({ mechanism: 'undetermined' }), context: diagnosed('nociceptive') },
    'met',
  ],
  [
    "reads the unit's diagnosis before the referral: unmet",
    { ...known({ mechanism: 'nociceptive' }), context: diagnosed('undetermined') },
    'unmet',
  ],
);

// ---- What the referral contains

contentOf('H1', 'history', saysNone('history'));
contentOf('H1a', 'psychologicalFactors', saysNone('psychologicalFactors'));
contentOf('H1b', 'socialSituation', saysNone('socialSituation'));
contentOf('H1c', 'occupation', saysNone('occupation'));
contentOf('H1d', 'compensationCase', saysNone('compensationCase'));
contentOf('H1e', 'problemStatement', saysNone('problemStatement'));
contentOf('H2', 'objectiveExamination', saysNone('objectiveExamination'));
contentOf('H3', 'investigations', saysNone('investigations'));
contentOf('H3a', 'ecg', [
  'is met by why it is not relevant (Q11)',
  known({ content: { ecg: { notRelevant: 'fordi der ikke overvejes tricykliske' } } }),
  'met',
]);
contentOf('H5', 'comorbidity', saysNone('comorbidity'));
contentOf('H6', 'allergy', saysNone('allergy'));
contentOf('H7', 'toldToPatient', saysNone('toldToPatient'));
rule(
  'H4',
  [
    'is met by a drug with its effect and side effects',
    known({ content: { medicationsTried: [{ drug: 'paracetamol', effect: 'ingen', sideEffects: 'ingen' }] } }),
    'met',
  ],
  saysNone('medicationsTried'),
  ['is unmet by an empty list, which says nothing', known({ content: { medicationsTried: [] } }), 'unmet'],
  ['is unmet while nothing is written', known({ content: { medicationsTried: null } }), 'unmet'],
);
const practical = (interpreter: boolean | null, transport: boolean | null, language: string | null = null) =>
  known({ content: { practical: { interpreter, transport, language } } });
rule(
  'H8',
  ['is met when neither is needed', practical(false, false), 'met'],
  ['is met by an interpreter with the language', practical(true, true, 'farsi'), 'met'],
  ['is unmet by an interpreter without a language', practical(true, false), 'unmet'],
  ['is unmet while the transport is not stated', practical(false, null), 'unmet'],
  ['is unmet while the interpreter is not stated', practical(null, false), 'unmet'],
  ['is unmet while nothing is said', known({ content: { practical: null } }), 'unmet'],
);
rule(
  'H8.arranged',
  ['is met when neither is needed', practical(false, false), 'met'],
  ['is met when nothing is known to be needed', known({ content: null }), 'met'],
  ['is unmet when an interpreter is needed', practical(true, false, 'farsi'), 'unmet'],
  ['is unmet when transport is needed', practical(false, true), 'unmet'],
);
const submitted = (payload: Omit<Wire<'referral.submitted'>, 'type'> = {}) => taken('referral.submitted', payload);
rule(
  'Q2',
  ['is met by a wish in the draft', known({ requestedOffer: 'painCentre' }), 'met'],
  [
    'is met by a wish on submission',
    { ...known({ requestedOffer: null }), event: submitted({ requestedOffer: 'painClinic' }) },
    'met',
  ],
  ['is unmet when blank', { ...known({ requestedOffer: null }), event: submitted() }, 'unmet'],
);

// ---- The offers

const decision = (payload: Partial<Omit<Wire<'triage.decided'>, 'type'>> = {}) =>
  taken('triage.decided', { decision: 'painClinic', patientInformedBy: 'unit', ...payload });
rule(
  'O1',
  ['is met by a simple condition', known({ psychosocialProblems: 'notSignificant' }), 'met'],
  ['is unmet by a complex one', { facts: complexFacts }, 'unmet'],
  ['is unmet while it is not determined', known({ psychosocialProblems: null }), 'unmet'],
  ['is unmet where an assessment is suggested', { facts: assessmentFacts }, 'unmet'],
);
rule(
  'O2',
  ['is met by a complex condition', { facts: complexFacts }, 'met'],
  ['is unmet by a simple one', {}, 'unmet'],
  ['is unmet in the gap between the two', known({ hindersTreatment: false }, complexFacts), 'unmet'],
);
rule(
  'O3',
  ['is met without problems and somatically dominated', { facts: assessmentFacts }, 'met'],
  [
    'is unmet by problems, significant or not',
    known({ psychosocialProblems: 'notSignificant' }, assessmentFacts),
    'unmet',
  ],
  ['is unmet when not somatically dominated', known({ somaticallyDominated: false }, assessmentFacts), 'unmet'],
  [
    'is unknown while the somatic share is not stated',
    known({ somaticallyDominated: null }, assessmentFacts),
    'unknown',
  ],
  [
    'is unmet by one answer, however unknown the other is',
    known({ somaticallyDominated: false, psychosocialProblems: null }, assessmentFacts),
    'unmet',
  ],
);
const parts = { painAnalysis: 'a', currentTreatment: 'b', proposal: 'c' };
rule(
  'O3.2',
  ['is met by all three parts', { context: { assessment: parts } }, 'met'],
  ['is unmet without the analysis', { context: { assessment: { currentTreatment: 'b', proposal: 'c' } } }, 'unmet'],
  [
    'is unmet without the current treatment',
    { context: { assessment: { painAnalysis: 'a', proposal: 'c' } } },
    'unmet',
  ],
  ['is unmet without the proposal', { context: { assessment: { painAnalysis: 'a', currentTreatment: 'b' } } }, 'unmet'],
  ['is unmet by why it was ended early', { context: { assessment: { endedEarly: 'flyttet' } } }, 'unmet'],
);
rule(
  'O3.4',
  ['is met by the statement', { facts: assessmentFacts, event: submitted() }, 'met'],
  [
    'is unmet when it is not stated',
    { ...known({ medicationAssessmentStatement: false }, assessmentFacts), event: submitted() },
    'unmet',
  ],
  [
    'is unknown while nobody has said',
    { ...known({ medicationAssessmentStatement: null }, assessmentFacts), event: submitted() },
    'unknown',
  ],
  [
    'asks nobody who wants something else',
    { ...known({ medicationAssessmentStatement: null }), event: submitted() },
    'met',
  ],
  [
    'reads the offer that is asked for on submission',
    {
      ...known({ medicationAssessmentStatement: false }),
      event: submitted({ requestedOffer: 'medicationAssessment' }),
    },
    'unmet',
  ],
  [
    'is asked of a triager who chooses it, whatever was asked for',
    { ...known({ medicationAssessmentStatement: false }), event: decision({ decision: 'medicationAssessment' }) },
    'unmet',
  ],
);

// ---- Visitation

const at = (centre: string): Partial<Context> => ({ centre, cvi: centre === 'TSC_RH' ? 'CVI_BYEN' : 'CVI_MIDT' });
rule(
  'V1',
  ['is met by an area with a route', { event: submitted() }, 'met'],
  ['is unmet for Bornholm', { context: { planningArea: 'bornholm' }, event: submitted() }, 'unmet'],
  ['is unmet outside the region', { context: { planningArea: 'outsideRegion' }, event: submitted() }, 'unmet'],
  [
    'is met outside the region by a chosen centre, which brings its CVI',
    {
      context: { planningArea: 'outsideRegion' },
      event: submitted({ chosenCentre: { centre: 'TSC_RH', reason: 'freeChoice', text: 'Ønske' } }),
    },
    'met',
  ],
  [
    'is unmet by a chosen clinic',
    { event: submitted({ chosenCentre: { centre: 'SK_HIH', reason: 'freeChoice', text: 'Ønske' } }) },
    'unmet',
  ],
  [
    "is met by forwarding to the route's centre",
    { context: at('TSC_HEH'), event: taken('referral.forwarded', { centre: 'TSC_HEH' }) },
    'met',
  ],
  [
    'is unmet by forwarding to another',
    { context: at('TSC_HEH'), event: taken('referral.forwarded', { centre: 'TSC_RH' }) },
    'unmet',
  ],
  [
    'is met by readdressing to an area with a route',
    {
      context: { planningArea: 'bornholm' },
      event: taken('referral.readdressed', { planningArea: 'syd', reason: 'Flyttet' }),
    },
    'met',
  ],
  [
    'is unmet by readdressing to one without',
    { event: taken('referral.readdressed', { planningArea: 'bornholm', reason: 'Flyttet' }) },
    'unmet',
  ],
);
rule(
  'V2',
  ['is met by a triager of the centre', { context: at('TSC_HEH'), by: triager }, 'met'],
  ['is unmet by a triager of the other centre', { context: at('TSC_RH'), by: triager }, 'unmet'],
  [
    'is unmet by a physician who does not triage',
    { context: at('TSC_HEH'), by: { unit: 'TSC_HEH', role: 'physician' } },
    'unmet',
  ],
  ['is unmet by the CVI', { context: at('TSC_HEH'), by: { unit: 'CVI_MIDT', role: 'cvi' } }, 'unmet'],
  [
    'is unmet by somebody who calls himself triager at a clinic',
    { context: at('TSC_HEH'), by: { unit: 'SK_HIH', role: 'triager' } },
    'unmet',
  ],
);
rule(
  'V3',
  ['is met by HiH from HeH', { context: at('TSC_HEH'), event: decision({ target: 'SK_HIH' }) }, 'met'],
  ['is met where no clinic is named: there is one', { context: at('TSC_HEH'), event: decision() }, 'met'],
  ['is unmet by HvH from HeH', { context: at('TSC_HEH'), event: decision({ target: 'SK_HVH' }) }, 'unmet'],
  ['says nothing about RH', { context: at('TSC_RH'), event: decision({ target: 'SK_HIH' }) }, 'met'],
  ['is unknown until a clinic can be named', { context: at('TSC_HEH') }, 'unknown'],
);
rule(
  'V4',
  ['is met by HvH', { context: at('TSC_RH'), event: decision({ target: 'SK_HVH' }) }, 'met'],
  ['is met by BBH', { context: at('TSC_RH'), event: decision({ target: 'SK_BBH' }) }, 'met'],
  ['is met by GloH', { context: at('TSC_RH'), event: decision({ target: 'SK_GLOH' }) }, 'met'],
  ['is unmet by HiH', { context: at('TSC_RH'), event: decision({ target: 'SK_HIH' }) }, 'unmet'],
  ['is unmet where none of three is named', { context: at('TSC_RH'), event: decision() }, 'unmet'],
  ['says nothing about HeH', { context: at('TSC_HEH'), event: decision({ target: 'SK_HVH' }) }, 'met'],
);
rule(
  'ownCentre',
  [
    'is met by the centre itself',
    { context: at('TSC_RH'), event: decision({ decision: 'painCentre', target: 'TSC_RH' }) },
    'met',
  ],
  ['is met where none is named', { context: at('TSC_RH'), event: decision({ decision: 'painCentre' }) }, 'met'],
  [
    'is unmet by the other centre',
    { context: at('TSC_RH'), event: decision({ decision: 'painCentre', target: 'TSC_HEH' }) },
    'unmet',
  ],
  [
    'is unmet by a clinic',
    { context: at('TSC_RH'), event: decision({ decision: 'medicationAssessment', target: 'SK_HVH' }) },
    'unmet',
  ],
);
rule(
  'rejectionExplained',
  [
    'is met by a reason and advice',
    { event: decision({ decision: 'rejected', reason: 'Ikke afklaret', adviceToGp: 'MR' }) },
    'met',
  ],
  ['is unmet without advice', { event: decision({ decision: 'rejected', reason: 'Ikke afklaret' }) }, 'unmet'],
  ['is unmet without a reason', { event: decision({ decision: 'rejected', adviceToGp: 'MR' }) }, 'unmet'],
  ['is unknown before it is written', {}, 'unknown'],
);
rule(
  'otherCentre',
  [
    'is met by the other centre',
    {
      context: at('TSC_HEH'),
      event: taken('referral.movedToCentre', { centre: 'TSC_RH', reason: 'capacity', text: '–' }),
    },
    'met',
  ],
  [
    'is unmet by the same one',
    {
      context: at('TSC_HEH'),
      event: taken('referral.movedToCentre', { centre: 'TSC_HEH', reason: 'capacity', text: '–' }),
    },
    'unmet',
  ],
  [
    'is unmet by a clinic',
    {
      context: at('TSC_HEH'),
      event: taken('referral.movedToCentre', { centre: 'SK_HIH', reason: 'relation', text: '–' }),
    },
    'unmet',
  ],
);
rule(
  'askedForSomething',
  ['is met by an item', { event: taken('information.requested', { items: ['H3a'] }) }, 'met'],
  [
    'is met by a question',
    { event: taken('information.requested', { items: [], question: 'Hvad er forsøgt?' }) },
    'met',
  ],
  ['is unmet by neither', { event: taken('information.requested', { items: [] }) }, 'unmet'],
  ['is unknown before it is written', {}, 'unknown'],
);
const staff: Sender = { unit: 'GP_MIDT', role: 'gpStaff' };
const supplies = (facts: FactsPatch | undefined) =>
  taken('information.supplied', facts ? { facts } : { text: 'Ringede' });
rule(
  'staffSupplies',
  [
    'is met by H3, H3a and H8',
    {
      by: staff,
      event: supplies({ content: { investigations: 'MR', ecg: 'Normalt', practical: { transport: false } } }),
    },
    'met',
  ],
  ['is met by a text alone', { by: staff, event: supplies(undefined) }, 'met'],
  [
    'is unmet by another item',
    { by: staff, event: supplies({ content: { ecg: 'Normalt', allergy: { none: true } } }) },
    'unmet',
  ],
  ['is unmet by taking an answer back', { by: staff, event: supplies({ content: null, clarified: null }) }, 'unmet'],
  ['is unmet by an answer to a criterion', { by: staff, event: supplies({ clarified: true }) }, 'unmet'],
  ['asks no GP', { by: gp, event: supplies({ clarified: true }) }, 'met'],
);

// ---- The course

const progress = (
  diagnosed_: boolean,
  optimised: boolean,
  team: Context['progress']['team'] = 'notStarted',
): Partial<Context> => ({ progress: { diagnosed: diagnosed_, optimised, team } });
rule(
  'S1',
  ['is met by a diagnosis and an optimised medication', { context: progress(true, true) }, 'met'],
  ['is unmet without a diagnosis', { context: progress(false, true) }, 'unmet'],
  ['is unmet without optimised medication', { context: progress(true, false) }, 'unmet'],
  [
    'is met by a diagnosis when the patient declines medication',
    { context: { ...progress(true, false), declined: ['medication'] } },
    'met',
  ],
  ['is unmet by that alone', { context: { ...progress(false, false), declined: ['medication'] } }, 'unmet'],
  ['is not answered by declining the team', { context: { ...progress(true, false), declined: ['team'] } }, 'unmet'],
);
rule(
  'S2',
  ['is met where the team was not started', { context: progress(true, true) }, 'met'],
  ['is met once it is completed', { context: progress(true, true, 'completed') }, 'met'],
  ['is unmet while it is active', { context: progress(true, true, 'active') }, 'unmet'],
  [
    'is met when the patient declines it',
    { context: { ...progress(true, true, 'active'), declined: ['team'] } },
    'met',
  ],
  [
    'is not answered by declining medication',
    { context: { ...progress(true, true, 'active'), declined: ['medication'] } },
    'unmet',
  ],
);
const pain = (outcome?: Context['newPain'][number]['outcome'], entry = 7): Context['newPain'][number] => ({
  entry,
  at: monday,
  unit: 'SK_HIH',
  text: 'Knæ',
  urgent: false,
  ...(outcome ? { outcome } : {}),
});
rule(
  'S4',
  ['is met without new pain', {}, 'met'],
  ['is met when every entry is resolved', { context: { newPain: [pain('treated'), pain('becameChronic', 8)] } }, 'met'],
  ['is unmet by an open one', { context: { newPain: [pain('treated'), pain(undefined, 8)] } }, 'unmet'],
);
rule(
  'S5',
  ['is unmet while the patient is attached', { context: { attachedAt: monday } }, 'unmet'],
  ['is met otherwise', {}, 'met'],
);
rule(
  'S6',
  ['is met without notes', {}, 'met'],
  [
    'is met when each is sent, delivered or by hand',
    { context: { notes: { 3: 'sent', 4: 'delivered', 5: 'byHand' } } },
    'met',
  ],
  ['is unmet by a queued one', { context: { notes: { 3: 'sent', 4: 'queued' } } }, 'unmet'],
);
rule(
  'appointment',
  ['is met by one, passed or not', { context: { appointments: [appointment('2026-03-01T09:00:00.000Z')] } }, 'met'],
  ['is unmet by none', {}, 'unmet'],
  [
    'is unmet by one that does not exist',
    {
      context: { appointments: [appointment(monday)] },
      event: taken('appointment.missed', { late: false, appointment: 6 }),
    },
    'unmet',
  ],
  [
    'is met by the one that is named',
    {
      context: { appointments: [appointment(monday), appointment(monday, 6)] },
      event: taken('appointment.missed', { late: false, appointment: 6 }),
    },
    'met',
  ],
);
const cancelled = (named?: number) =>
  taken('appointment.cancelled', { by: 'unit', reason: 'Syg læge', ...(named ? { appointment: named } : {}) });
rule(
  'appointmentStands',
  [
    'is met by one ahead',
    { context: { appointments: [appointment('2026-03-09T09:00:00.000Z')] }, event: cancelled() },
    'met',
  ],
  [
    'is met by one earlier today',
    { context: { appointments: [appointment('2026-03-02T07:00:00.000Z')] }, event: cancelled() },
    'met',
  ],
  [
    "is unmet by yesterday's",
    { context: { appointments: [appointment('2026-03-01T22:30:00.000Z')] }, event: cancelled() },
    'unmet',
  ],
  [
    'is unmet by a passed one that is named',
    {
      context: { appointments: [appointment('2026-02-20T09:00:00.000Z'), appointment('2026-03-09T09:00:00.000Z', 6)] },
      event: cancelled(5),
    },
    'unmet',
  ],
  [
    'passes over one that has passed',
    {
      context: { appointments: [appointment('2026-02-20T09:00:00.000Z'), appointment('2026-03-09T09:00:00.000Z', 6)] },
      event: cancelled(),
    },
    'met',
  ],
  ['is unmet by none', { event: cancelled() }, 'unmet'],
);
const missed = (late: boolean, named?: number) =>
  taken('appointment.missed', { late, ...(named ? { appointment: named } : {}) });
rule(
  'appointmentPassed',
  ['is met at the very time', { context: { appointments: [appointment(monday)] }, event: missed(false) }, 'met'],
  [
    'is unmet a second before',
    { context: { appointments: [appointment('2026-03-02T08:00:01.000Z')] }, event: missed(false) },
    'unmet',
  ],
  [
    'is met by a late cancellation before it',
    { context: { appointments: [appointment('2026-03-03T08:00:00.000Z')] }, event: missed(true) },
    'met',
  ],
  ['is unmet by none', { event: missed(false) }, 'unmet'],
  ['is unknown before it is written', {}, 'unknown'],
);
const booked = (when: string) => taken('appointment.booked', { at: when, place: 'HiH' });
rule(
  'appointmentAhead',
  ['is met by a time ahead', { event: booked('2026-03-09T09:00:00+01:00') }, 'met'],
  ['is met by a time earlier today', { event: booked('2026-03-02T00:00:00+01:00') }, 'met'],
  ['is unmet by yesterday', { event: booked('2026-03-01T23:59:00+01:00') }, 'unmet'],
  [
    'is asked of a moved time too',
    { event: taken('appointment.moved', { at: '2026-02-27T09:00:00+01:00', by: 'unit', reason: '–' }) },
    'unmet',
  ],
  ['is unknown before it is written', {}, 'unknown'],
);
const attended = (payload: { walkInReason?: string; appointment?: number } = {}) =>
  taken('visit.attended', { at: monday, ...payload });
rule(
  'appointmentOrWalkIn',
  ['is met by an appointment', { context: { appointments: [appointment(monday)] }, event: attended() }, 'met'],
  ['is met by a reason', { event: attended({ walkInReason: 'Uden tid' }) }, 'met'],
  ['is unmet by neither', { event: attended() }, 'unmet'],
  [
    'is unmet by an appointment that does not exist',
    { context: { appointments: [appointment(monday)] }, event: attended({ appointment: 99 }) },
    'unmet',
  ],
  ['is unknown before it is written, without an appointment', {}, 'unknown'],
);
rule(
  'missedTwice',
  ['is met by two', { context: { missed: 2 } }, 'met'],
  ['is met by more', { context: { missed: 3 } }, 'met'],
  ['is unmet by one', { context: { missed: 1 } }, 'unmet'],
);
const optimised = (delegatedBy?: string) =>
  taken('medication.optimised', { summary: '–', ...(delegatedBy ? { delegatedBy } : {}) });
rule(
  'delegated',
  ['asks no physician', { by: physician, event: optimised() }, 'met'],
  ['is met by a nurse who names who delegates', { by: nurse, event: optimised('Overlæge N. N.') }, 'met'],
  ['is unmet by a nurse who does not', { by: nurse, event: optimised() }, 'unmet'],
  ['is unknown for a nurse before it is written', { by: nurse }, 'unknown'],
);
const moves = (to: string) => taken('unit.transferred', { to, reason: '–' });
const inClinic: Partial<Context> = {
  ...at('TSC_RH'),
  clinic: 'SK_HVH',
  treated: { unit: 'SK_HVH', course: 'painClinic' },
};
const inCentre: Partial<Context> = { ...at('TSC_RH'), treated: { unit: 'TSC_RH', course: 'painCentre' } };
const assessed: Partial<Context> = { ...at('TSC_RH'), treated: { unit: 'TSC_RH', course: 'medicationAssessment' } };
rule(
  'transferTarget',
  ['is met from a clinic to its centre', { context: inClinic, event: moves('TSC_RH') }, 'met'],
  ['is met from a clinic to another of the same centre', { context: inClinic, event: moves('SK_BBH') }, 'met'],
  ['is met from a clinic to the other centre', { context: inClinic, event: moves('TSC_HEH') }, 'met'],
  ['is met from a centre to its clinic', { context: inCentre, event: moves('SK_GLOH') }, 'met'],
  ['is met from a centre to the other one', { context: inCentre, event: moves('TSC_HEH') }, 'met'],
  ['is met from an assessment to treatment at the same centre', { context: assessed, event: moves('TSC_RH') }, 'met'],
  ['is met from an assessment to a clinic', { context: assessed, event: moves('SK_HVH') }, 'met'],
  ['is unmet from an assessment to the other centre', { context: assessed, event: moves('TSC_HEH') }, 'unmet'],
  ['is unmet from a clinic to itself', { context: inClinic, event: moves('SK_HVH') }, 'unmet'],
  ['is unmet from a centre to itself', { context: inCentre, event: moves('TSC_RH') }, 'unmet'],
  ['is unmet to a clinic of the other centre', { context: inClinic, event: moves('SK_HIH') }, 'unmet'],
  ['is unmet to a practice', { context: inClinic, event: moves('GP_MIDT') }, 'unmet'],
  ['is unmet to a unit that does not exist', { context: inClinic, event: moves('SK_NOWHERE') }, 'unmet'],
);
rule(
  'transferAsked',
  ['is met by a request', { context: { transferRequest: { seq: 4, at: monday, reason: '–' } } }, 'met'],
  ['is unmet without one', {}, 'unmet'],
);
rule(
  'resumeReason',
  ['is met by a reason', { event: taken('treatment.resumed', { reason: 'Værre' }) }, 'met'],
  ['is unmet without one', { event: taken('treatment.resumed', {}) }, 'unmet'],
  ['is unknown before it is written', {}, 'unknown'],
);
const paused = (until?: string) => taken('treatment.paused', { reason: 'Indlagt', ...(until ? { until } : {}) });
rule(
  'reviewAhead',
  ['is met by today', { event: paused('2026-03-02') }, 'met'],
  ['is met without a day', { event: paused() }, 'met'],
  ['is unmet by yesterday', { event: paused('2026-03-01') }, 'unmet'],
);
const planned = (nextAt?: string) => taken('followUp.recorded', { text: 'Plan', ...(nextAt ? { nextAt } : {}) });
rule(
  'planAhead',
  ['is met by today', { event: planned('2026-03-02') }, 'met'],
  ['is met without a day', { event: planned() }, 'met'],
  ['is unmet by yesterday', { event: planned('2026-03-01') }, 'unmet'],
);

// ---- Prescriptions, new pain, notes, letters

const issued = (analgesic: string, sedative = 'gp', hypnotic = 'gp'): Partial<Context> => ({
  treated: { unit: 'SK_HIH', course: 'painClinic' },
  prescribing: {
    analgesic: { by: analgesic, since: monday, seq: 1 },
    sedative: { by: sedative, since: monday, seq: 1 },
    hypnotic: { by: hypnotic, since: monday, seq: 1 },
  },
});
const over = (...classes: ('analgesic' | 'sedative' | 'hypnotic')[]) =>
  taken('prescribing.takenOver', { classes, reason: '–' });
const back = (...classes: ('analgesic' | 'sedative' | 'hypnotic')[]) =>
  taken('prescribing.handedBack', { classes, reason: '–', agreedWith: 'Egen læge' });
rule(
  'notYetPrescribing',
  ['is met by what the GP prescribes', { by: physician, context: issued('SK_HIH'), event: over('sedative') }, 'met'],
  [
    'is met by what another unit prescribes',
    { by: physician, context: issued('TSC_RH'), event: over('analgesic') },
    'met',
  ],
  [
    'is unmet by what it prescribes itself',
    { by: physician, context: issued('SK_HIH'), event: over('sedative', 'analgesic') },
    'unmet',
  ],
);
rule(
  'prescribing',
  [
    'is met by what the unit prescribes',
    { context: issued('SK_HIH', 'SK_HIH'), event: back('analgesic', 'sedative') },
    'met',
  ],
  ['is unmet by what the GP prescribes', { context: issued('SK_HIH'), event: back('analgesic', 'hypnotic') }, 'unmet'],
);
const identified = (urgent: boolean, contactAt?: string) =>
  taken('newPain.identified', {
    text: 'Knæ',
    urgent,
    ...(contactAt ? { contact: { who: 'onCall', at: contactAt } } : {}),
  });
rule(
  'urgentReached',
  ['asks nothing when it is not urgent', { event: identified(false) }, 'met'],
  ['is met by who was reached', { event: identified(true, monday) }, 'met'],
  ['is unmet when nobody was', { event: identified(true) }, 'unmet'],
  ['is unmet by a call that lies ahead', { event: identified(true, '2026-03-02T08:00:01.000Z') }, 'unmet'],
);
const resolved = (entry: number) => taken('newPain.resolved', { entry, outcome: 'treated', text: '–' });
const included = (entry: number) => taken('newPain.includedInCourse', { entry, reason: '–' });
rule(
  'openPain',
  ['is met by an open entry', { context: { newPain: [pain()] }, event: resolved(7) }, 'met'],
  ['is unmet by a resolved one', { context: { newPain: [pain('treated')] }, event: resolved(7) }, 'unmet'],
  ['is unmet by one that does not exist', { context: { newPain: [pain()] }, event: resolved(8) }, 'unmet'],
  [
    'is met by a chronic one that goes into the course',
    { context: { newPain: [pain('becameChronic')] }, event: included(7) },
    'met',
  ],
  [
    'is unmet by a chronic one that is resolved again',
    { context: { newPain: [pain('becameChronic')] }, event: resolved(7) },
    'unmet',
  ],
  [
    'is unmet by a treated one that goes into the course',
    { context: { newPain: [pain('treated')] }, event: included(7) },
    'unmet',
  ],
  ['is unknown while none is named', { context: { newPain: [pain()] } }, 'unknown'],
  ['is unmet while there is none', {}, 'unmet'],
);
rule(
  'note',
  [
    'is met by one that exists',
    { context: { notes: { 3: 'queued' } }, event: taken('note.resent', { noteId: 3 }) },
    'met',
  ],
  [
    'is unmet by one that does not',
    { context: { notes: { 3: 'queued' } }, event: taken('note.resent', { noteId: 4 }) },
    'unmet',
  ],
  ['is unknown while none is named', { context: { notes: { 3: 'queued' } } }, 'unknown'],
  ['is unmet while there is none', {}, 'unmet'],
);
const signed = (payload: Partial<Omit<Wire<'letter.signed'>, 'type'>> = {}) =>
  taken('letter.signed', { forwardPlan: 'Plan', followUpRecommended: true, handover: [], ...payload });
rule(
  'D2',
  ['is met by a plan', { event: signed() }, 'met'],
  ['is unmet by an empty one', { event: signed({ forwardPlan: '' }) }, 'unmet'],
  ['is unmet by blanks', { event: signed({ forwardPlan: '  \n ' }) }, 'unmet'],
  ['is unknown before it is written', {}, 'unknown'],
);
rule(
  'D3',
  ['is met by a confirmation', { context: { medicationRecord: { at: monday } } }, 'met'],
  ['is met by the status as text', { context: { medicationRecord: { at: monday, status: 'Duloxetin' } } }, 'met'],
  ['is unmet by neither', {}, 'unmet'],
  [
    'is met by a confirmation at the last change',
    { context: { medicationRecord: { at: monday }, medicationChangedAt: monday } },
    'met',
  ],
  [
    'is unmet by one before it',
    { context: { medicationRecord: { at: monday }, medicationChangedAt: '2026-03-02T08:00:00.001Z' } },
    'unmet',
  ],
);
const [analgesic, sedative, hypnotic] = handoverFrom('2026-04-01') as [
  ReturnType<typeof handoverFrom>[number],
  ReturnType<typeof handoverFrom>[number],
  ReturnType<typeof handoverFrom>[number],
];
rule(
  'handoverComplete',
  [
    'is met by a line for each class of the unit',
    { context: issued('SK_HIH', 'gp', 'SK_HIH'), event: signed({ handover: [hypnotic, analgesic] }) },
    'met',
  ],
  [
    'is met by "nothing prescribed"',
    { context: issued('SK_HIH'), event: signed({ handover: [{ drugClass: 'analgesic', nothingPrescribed: true }] }) },
    'met',
  ],
  ['is met by no line where the GP prescribes all', { context: issued('gp'), event: signed() }, 'met'],
  [
    'is unmet by a missing class',
    { context: issued('SK_HIH', 'SK_HIH'), event: signed({ handover: [analgesic] }) },
    'unmet',
  ],
  [
    'is unmet by a class twice',
    { context: issued('SK_HIH'), event: signed({ handover: [analgesic, analgesic] }) },
    'unmet',
  ],
  [
    'asks for what another unit still prescribes too',
    { context: issued('TSC_RH'), event: signed({ handover: [sedative] }) },
    'unmet',
  ],
);
rule(
  'followUpForHandover',
  ['is met by a recommended follow-up', { event: signed({ handover: [analgesic] }) }, 'met'],
  [
    'is met when nothing goes back',
    { event: signed({ followUpRecommended: false, handover: [{ drugClass: 'analgesic', nothingPrescribed: true }] }) },
    'met',
  ],
  [
    'is unmet by a class that goes back without one',
    { event: signed({ followUpRecommended: false, handover: [analgesic] }) },
    'unmet',
  ],
);
const letter: Context['letter'] = {
  seq: 8,
  unit: 'SK_HIH',
  signedAt: monday,
  followUpRecommended: true,
  messages: ['8.1'],
};
const sent = (name: string) => ({ letter: name, to: 'GP_MIDT', from: 'SK_HIH', at: monday });
rule(
  'letterMessage',
  [
    "is met by the letter's message",
    { context: { letter }, event: taken('letter.delivered', { messageId: '8.1' }) },
    'met',
  ],
  ['is unmet by another', { context: { letter }, event: taken('letter.delivered', { messageId: '7.1' }) }, 'unmet'],
  ['is unmet without a letter', { event: taken('letter.delivered', { messageId: '8.1' }) }, 'unmet'],
);
const delivered = taken('message.delivered', { messageId: '8.1' });
rule(
  'message',
  [
    'is met by one that is on its way',
    { context: { undelivered: { '8.1': sent('attached') } }, event: delivered },
    'met',
  ],
  ['is unmet by one that has arrived, or never was', { event: delivered }, 'unmet'],
  [
    'is unmet by the letter that a discharge waits for, which has an event of its own',
    { context: { attachedAt: monday, letter, undelivered: { '8.1': sent('dischargeLetter') } }, event: delivered },
    'unmet',
  ],
  [
    'is met by what was amended after the discharge',
    { context: { letter, undelivered: { '8.1': sent('letterAmended') } }, event: delivered },
    'met',
  ],
  [
    'is asked of a delivery by hand too',
    {
      event: taken('message.deliveredManually', {
        messageId: '8.1',
        channel: 'telefon',
        recipient: 'læge',
        reason: 'nedbrud',
      }),
    },
    'unmet',
  ],
  [
    'is unmet by a note, which has one too',
    { context: { undelivered: { '8.1': { ...sent('note'), about: 8 } } }, event: delivered },
    'unmet',
  ],
  [
    "is met by an earlier episode's letter",
    { context: { undelivered: { '8.1': sent('letterAmended') } }, event: delivered },
    'met',
  ],
);
const resent = taken('message.resent', { messageId: '8.1' });
rule(
  'underWay',
  [
    'is met by a message that is on its way',
    { context: { undelivered: { '8.1': sent('attached') } }, event: resent },
    'met',
  ],
  [
    'is met by a note and by the letter',
    { context: { attachedAt: monday, letter, undelivered: { '8.1': sent('dischargeLetter') } }, event: resent },
    'met',
  ],
  ['is unmet by one that has arrived, or never was', { event: resent }, 'unmet'],
  [
    'is asked of what has failed',
    { event: taken('message.failed', { messageId: '8.1', because: 'rejected', text: 'Ukendt patient' }) },
    'unmet',
  ],
  ['is unknown before a message is named', {}, 'unknown'],
);
const again = (reason: Wire<'reReferral.started'>['reason']) => taken('reReferral.started', { reason, text: '–' });
rule(
  'D4',
  ['is met by a new pain problem', { event: again('newPainProblem') }, 'met'],
  ['is unmet by changed complexity', { event: again('changedComplexity') }, 'unmet'],
  ['is unmet by a new treatment', { event: again('newTreatmentOption') }, 'unmet'],
  ['is unmet by an interrupted course', { event: again('courseInterrupted') }, 'unmet'],
  ['is unmet by anything else', { event: again('other') }, 'unmet'],
  ['is unknown before it is written', {}, 'unknown'],
);

// ---- Who, and housekeeping

rule(
  'P1',
  ['is met by an identified patient', {}, 'met'],
  ['is unmet by an unidentified one', { context: { patient: { identified: false } } }, 'unmet'],
);
rule('P2', ['is met by an own GP', {}, 'met'], ['is unmet by none', { context: { ownGp: null } }, 'unmet']);
const closing = (reason: Wire<'pathway.closed'>['reason']): Asking => ({
  event: taken('pathway.closed', { reason, text: '–' }),
});
const everywhere = ['referredElsewhere', 'declined', 'movedAway'] as const;
rule(
  'closureFromPractice',
  ...(['managedInGeneralPractice', 'noShow', 'duplicate', ...everywhere] as const).map((reason): Case => [
    `is met by ${reason}`,
    closing(reason),
    'met',
  ]),
  ['is unmet by completed', closing('completed'), 'unmet'],
);
rule(
  'closureAfterDischarge',
  ...(['completed', ...everywhere] as const).map((reason): Case => [`is met by ${reason}`, closing(reason), 'met']),
  ...(['managedInGeneralPractice', 'noShow', 'duplicate'] as const).map((reason): Case => [
    `is unmet by ${reason}`,
    closing(reason),
    'unmet',
  ]),
);
const changed = (to: string | null) =>
  taken('gp.changed', to === null ? { none: true, reason: '–' } : { gp: to, reason: '–' });
rule(
  'practice',
  ['is met by another practice', { event: changed('GP_SYD') }, 'met'],
  ['is met by none', { event: changed(null) }, 'met'],
  ['is unmet by the same', { event: changed('GP_MIDT') }, 'unmet'],
  ['is unmet by none where there is none', { context: { ownGp: null }, event: changed(null) }, 'unmet'],
  ['is unmet by a clinic', { event: changed('SK_HIH') }, 'unmet'],
  ['is unmet by a practice that does not exist', { event: changed('GP_NOWHERE') }, 'unmet'],
);
const advice = (unit: string) => taken('advice.logged', { unit, counterpart: '–', topic: '–', advice: '–' });
rule(
  'adviser',
  [
    'is met by a physician for his own centre',
    { by: { unit: 'TSC_HEH', role: 'physician' }, event: advice('TSC_HEH') },
    'met',
  ],
  ['is met by a GP for the centre that he asked', { by: gp, event: advice('TSC_RH') }, 'met'],
  [
    'is unmet by a physician for the other centre',
    { by: { unit: 'TSC_HEH', role: 'physician' }, event: advice('TSC_RH') },
    'unmet',
  ],
  ['is unmet by a clinic', { by: physician, event: advice('SK_HIH') }, 'unmet'],
);
const passed = taken('deadline.passed', { clock: 'decision' });
const running = (dueAt: string, more: object = {}): Asking => ({
  context: { clocks: [{ clock: 'decision', startedAt: '2026-02-20T08:00:00.000Z', dueAt, ...more }] },
  event: passed,
});
rule(
  'due',
  ['is met from the instant on', running(monday), 'met'],
  ['is unmet a moment before', running('2026-03-02T08:00:00.001Z'), 'unmet'],
  ['is unmet while the clock stands still', running(monday, { pausedSince: monday }), 'unmet'],
  ['is unmet when it has been noted', running(monday, { missedAt: monday }), 'unmet'],
  ['is unmet by a clock that does not run', { event: passed }, 'unmet'],
);

const ids = Object.keys(rules) as RuleId[];

describe('every rule', () => {
  it('has its boundary cases here, and no case is about a rule that is gone', () => {
    assert.deepEqual(Object.keys(tried).sort(), [...ids].sort(), 'add the boundary cases of a new rule to this file');
  });

  it('is seen met and seen not met', () => {
    const seen = (id: RuleId) =>
      new Set((tried[id] ?? []).map(([, asking]) => judge(id, ask(asking)).status === 'met'));
    assert.deepEqual(
      ids.filter((id) => seen(id).size < 2),
      [],
    );
  });

  it('has words in both languages and names what it reads', () => {
    for (const id of ids) {
      const { text, facts } = rules[id] as Rule;
      assert.ok(
        (text.da.length > 3 && text.en.length > 3 && text.da !== text.en) || id === 'H1b',
        `${id} ${text.da} / ${text.en}`,
      );
      assert.ok(facts.length > 0, id);
    }
  });

  for (const id of Object.keys(tried) as RuleId[]) {
    it(`${id} (${(rules[id] as Rule).text.en.slice(0, 60)})`, () => {
      for (const [says, asking, status, severity] of tried[id]!) {
        const answer = judge(id, ask(asking));
        assert.deepEqual(
          { says, status: answer.status, severity: answer.severity },
          { says, status, severity: severity ?? (rules[id] as Rule).severity },
        );
      }
    });
  }
});

describe('severities (pathway.md)', () => {
  const of = (severity: Severity) => ids.filter((id) => (rules[id] as Rule).severity === severity).sort();
  it('are those of the course', () => {
    assert.deepEqual(
      of('block'),
      ['B1', 'B2', 'C1', 'C2', 'C3', 'C4', 'D3', 'O3.4', 'S6', 'X1', 'X2', 'X3', 'X4', 'X5'].sort(),
    );
    assert.deepEqual(
      of('warn'),
      [
        'B3',
        'D4',
        'G1',
        'G3',
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
        'H8.arranged',
        'O1',
        'O2',
        'O3',
        'S1',
        'S2',
        'S4',
        'S5',
        'followUpForHandover',
      ].sort(),
    );
    assert.deepEqual(of('info'), ['Q2']);
    for (const id of ['V1', 'V2', 'V3', 'V4', 'P1', 'P2', 'D2', 'O3.2', 'handoverComplete'] as const)
      assert.ok(of('integrity').includes(id), id);
  });

  it('want a reason († in pathway.md) from O1, O2, O3, S1, S2, S4, S5, D4 and a handover without follow-up', () => {
    assert.deepEqual(
      ids.filter((id) => (rules[id] as Rule).reasoned).sort(),
      ['D4', 'O1', 'O2', 'O3', 'S1', 'S2', 'S4', 'S5', 'followUpForHandover'].sort(),
    );
  });

  it('are to be supplied when unknown in B, C and X, by whoever knows the answer', () => {
    assert.deepEqual(
      ids.filter((id) => (rules[id] as Rule).supply).sort(),
      ids.filter((id) => /^[BCX]\d$/.test(id)).sort(),
    );
  });
});

describe('getting past a rule', () => {
  const reason = 'Drøftet med patienten og egen læge';
  const everything = (id: string, withReason: boolean) =>
    ({
      ...taken('referral.submitted', {}),
      overrides: [{ rule: id, reason }],
      acknowledged: [{ rule: id, ...(withReason ? { reason } : {}) }],
    }) as PathwayEvent;
  const only = (id: string, how: 'overrides' | 'acknowledged', said?: string) =>
    ({ ...taken('referral.submitted', {}), [how]: [{ rule: id, ...(said ? { reason: said } : {}) }] }) as PathwayEvent;
  const answer = (id: RuleId, status: Status, severity = (rules[id] as Rule).severity): Judgement => ({
    status,
    severity,
    value: null,
  });

  for (const id of ids) {
    it(`${id}`, () => {
      const { severity, reasoned, supply } = rules[id] as Rule;
      assert.equal(answered(id, answer(id, 'met'), undefined), true, 'met, it asks for nothing');
      const unmet = answer(id, 'unmet');
      assert.equal(
        answered(id, unmet, undefined),
        severity === 'info',
        'unmet, it asks for something unless it only informs',
      );
      assert.equal(
        answered(id, unmet, everything('another', true)),
        severity === 'info',
        'what is said of another rule does not count',
      );
      assert.equal(answered(id, unmet, everything(id, true)), severity !== 'integrity', 'integrity is never got past');
      assert.equal(
        answered(id, unmet, only(id, 'overrides', reason)),
        severity === 'block' || severity === 'info',
        'an exception is for a block',
      );
      assert.equal(
        answered(id, unmet, only(id, 'acknowledged')),
        (severity === 'warn' && !reasoned) || severity === 'info',
        'an acknowledgement is for a warning',
      );
      assert.equal(answered(id, unmet, only(id, 'acknowledged', reason)), severity === 'warn' || severity === 'info');
      assert.equal(
        remedyFor(id, unmet),
        { integrity: 'none', block: 'override', warn: 'acknowledge', info: 'none' }[severity],
      );
      if (supply) {
        assert.equal(
          answered(id, answer(id, 'unknown'), everything(id, true)),
          false,
          'nobody takes on what nobody has asked',
        );
        assert.equal(remedyFor(id, answer(id, 'unknown')), 'supply');
      }
    });
  }

  it('follows the severity of the answer: C1 at 18 and C2 at six months are acknowledged, below they are overridden', () => {
    for (const id of ['C1', 'C2'] as const) {
      assert.equal(answered(id, answer(id, 'unmet', 'warn'), only(id, 'acknowledged')), true);
      assert.equal(answered(id, answer(id, 'unmet', 'warn'), only(id, 'overrides', reason)), false);
      assert.equal(answered(id, answer(id, 'unmet', 'block'), only(id, 'acknowledged', reason)), false);
    }
  });

  it('an exception wants 20 characters, and a role that may send the event', () => {
    const submit = (said: string) =>
      events['referral.submitted'].schema.safeParse({
        type: 'referral.submitted',
        overrides: [{ rule: 'B1', reason: said }],
      }).success;
    assert.deepEqual(
      [
        submit('nitten tegn er lidt'),
        submit('tyve tegn er altid ok'),
        submit('                    '),
        submit(`${'a'.repeat(20)}`),
      ],
      [false, true, false, true],
    );
    const walk = begin({ facts: mergeFacts(completeFacts, { clarified: false }) });
    const payload = { overrides: [{ rule: 'B1', reason }] };
    assert.equal(walk.refused('referral.submitted', payload, { unit: 'GP_MIDT', role: 'gpStaff' }).kind, 'not-allowed');
    assert.deepEqual(
      walk.refused('referral.submitted', {}).findings.map(({ by }) => by),
      [['gp']],
      'the finding says who',
    );
    assert.equal(walk.send('referral.submitted', payload).state, 'referral.sent');
  });

  it('an empty draft is told everything at once, each with its remedy', () => {
    const { rules: unmet, findings } = begin({ facts: {} }).refused('referral.submitted', {});
    assert.deepEqual(
      unmet.filter((id) => /^[BCXGH]/.test(id)).length,
      3 + 3 + 5 + 2 + 14,
      'C1 is answered by the birth date',
    );
    assert.deepEqual(
      [
        ...new Set(
          findings.filter(({ rule: id }) => /^[BCX]\d$/.test(id)).map(({ status, remedy }) => `${status} ${remedy}`),
        ),
      ],
      ['unknown supply'],
    );
  });
});

describe('the suggestion (domain.md A4.6)', () => {
  const unknown = undefined;
  type Row = {
    problems?: Facts['psychosocialProblems'][];
    dominant?: boolean[];
    hinders?: boolean[];
    somatic?: (boolean | undefined)[];
    offer?: Facts['requestedOffer'][];
    stated?: boolean[];
    is: Suggestion;
  };
  /** Read from above, as the table is; what a row does not name may be anything. */
  const table: Row[] = [
    {
      offer: ['medicationAssessment'],
      problems: ['none'],
      somatic: [true],
      stated: [true],
      is: 'medicationAssessment',
    },
    { offer: ['medicationAssessment'], problems: ['none'], somatic: [unknown], stated: [true], is: 'undetermined' },
    { problems: ['none', 'notSignificant'], is: 'simple' },
    { problems: ['significant'], dominant: [true], hinders: [true], is: 'complex' },
    { is: 'undetermined' },
  ];
  const three = [true, false, unknown];

  it('is complete: each of all combinations has its row', () => {
    let count = 0;
    for (const problems of ['none', 'notSignificant', 'significant', unknown] as const)
      for (const dominant of three)
        for (const hinders of three)
          for (const somatic of three)
            for (const offer of [...offers, unknown])
              for (const stated of three) {
                const row = table.find(
                  (entry) =>
                    (!entry.problems || entry.problems.includes(problems)) &&
                    (!entry.dominant || entry.dominant.includes(dominant!)) &&
                    (!entry.hinders || entry.hinders.includes(hinders!)) &&
                    (!entry.somatic || entry.somatic.includes(somatic)) &&
                    (!entry.offer || entry.offer.includes(offer)) &&
                    (!entry.stated || entry.stated.includes(stated!)),
                )!;
                const facts = Object.fromEntries(
                  Object.entries({
                    psychosocialProblems: problems,
                    psychosocialDominant: dominant,
                    hindersTreatment: hinders,
                    somaticallyDominated: somatic,
                    requestedOffer: offer,
                    medicationAssessmentStatement: stated,
                  }).filter(([, value]) => value !== unknown),
                ) as Facts;
                assert.equal(suggestionFor(facts), row.is, JSON.stringify(facts));
                count += 1;
              }
    assert.equal(count, 4 * 3 * 3 * 3 * 4 * 3);
  });

  it('leaves the gap between simple and complex open, and reads an assessment without its statement as a treatment (Q9)', () => {
    assert.equal(
      suggestionFor({ psychosocialProblems: 'significant', psychosocialDominant: true, hindersTreatment: false }),
      'undetermined',
    );
    assert.equal(suggestionFor(mergeFacts(assessmentFacts, { medicationAssessmentStatement: null })), 'simple');
    assert.equal(
      suggestionFor(
        mergeFacts(assessmentFacts, {
          psychosocialProblems: 'significant',
          psychosocialDominant: true,
          hindersTreatment: true,
        }),
      ),
      'complex',
    );
    assert.equal(suggestionFor({}), 'undetermined');
  });
});

describe('the chart asks', () => {
  type Arrow = { guard?: { params: { when: readonly string[]; rules: readonly RuleId[] } } };
  type Node = { transitions: Map<string, Arrow[]>; states: Record<string, Node> };
  const asked = new Map<string, Set<RuleId>>();
  const collect = (node: Node): void => {
    for (const [event, arrows] of node.transitions)
      for (const { guard } of arrows) {
        const name = event === 'triage.decided' ? `${event} ${guard!.params.when[0]}` : event;
        asked.set(name, new Set([...(asked.get(name) ?? []), ...guard!.params.rules]));
      }
    Object.values(node.states).forEach(collect);
  };
  collect(pathwayMachine.root as unknown as Node);

  const inclusion = ['B1', 'B2', 'C1', 'C2', 'C3', 'C4', 'X1', 'X2', 'X3', 'X4', 'X5'];
  const contents = ['H1', 'H1a', 'H1b', 'H1c', 'H1d', 'H1e', 'H2', 'H3', 'H3a', 'H4', 'H5', 'H6', 'H7', 'H8'];
  /** pathway.md, "The course"; what asks nothing is left out. */
  const course: Record<string, string[]> = {
    'referral.submitted': ['V1', 'P1', 'P2', ...inclusion, 'O3.4', 'B3', 'G1', 'G3', ...contents, 'Q2'],
    'followUp.recorded': ['planAhead'],
    'pathway.closed': ['closureFromPractice', 'closureAfterDischarge', 'S4'],
    'referral.forwarded': ['V1'],
    'referral.readdressed': ['V1'],
    'information.requested': ['askedForSomething'],
    'information.supplied': ['staffSupplies'],
    'triage.decided toCentre': ['V2', 'ownCentre', ...inclusion, 'O2'],
    'triage.decided toClinic': ['V2', 'V3', 'V4', ...inclusion, 'O1'],
    'triage.decided toAssessment': ['V2', 'ownCentre', ...inclusion, 'O3.4', 'O3'],
    'triage.decided rejected': ['V2', 'rejectionExplained'],
    'triage.decided rejectedAttached': ['V2', 'rejectionExplained'],
    'referral.movedToCentre': ['otherCentre'],
    'appointment.booked': ['appointmentAhead', 'H8.arranged'],
    'appointment.moved': ['appointmentStands', 'appointmentAhead'],
    'appointment.cancelled': ['appointmentStands'],
    'appointment.missed': ['appointment', 'appointmentPassed'],
    'visit.attended': ['appointmentOrWalkIn'],
    'course.endedForNoShow': ['missedTwice'],
    'medication.adjusted': ['delegated'],
    'medication.optimised': ['delegated'],
    'treatment.paused': ['reviewAhead'],
    'treatment.resumed': ['resumeReason'],
    'treatment.completed': ['S1', 'S2'],
    'transfer.declined': ['transferAsked'],
    'unit.transferred': ['transferTarget'],
    'assessment.completed': ['O3.2'],
    'prescribing.takenOver': ['notYetPrescribing'],
    'prescribing.handedBack': ['prescribing', 'S5'],
    'newPain.identified': ['urgentReached'],
    'newPain.acknowledged': ['openPain'],
    'newPain.resolved': ['openPain'],
    'newPain.includedInCourse': ['openPain'],
    'note.corrected': ['note'],
    'note.resent': ['note'],
    'note.deliveredManually': ['note'],
    'note.sent': ['note'],
    'note.delivered': ['note'],
    'letter.signed': ['D2', 'handoverComplete', 'D3', 'S6', 'G1', 'followUpForHandover'],
    'letter.delivered': ['letterMessage'],
    'message.delivered': ['message'],
    'message.deliveredManually': ['message'],
    'message.resent': ['underWay'],
    'message.failed': ['underWay'],
    'reReferral.started': ['D4'],
    'gp.changed': ['practice'],
    'advice.logged': ['adviser'],
    'deadline.passed': ['due'],
  };

  it('each event for the rules of the course, and for no other', () => {
    const sorted = (entries: Iterable<[string, Iterable<string>]>) =>
      Object.fromEntries(
        [...entries]
          .map(([event, of]) => [event, [...of].sort()] as const)
          .filter(([, of]) => of.length > 0)
          .sort(([a], [b]) => (a < b ? -1 : 1)),
      );
    assert.deepEqual(sorted(asked), sorted(Object.entries(course)));
  });

  it('for every rule that there is', () => {
    const all = new Set([...asked.values()].flatMap((of) => [...of]));
    assert.deepEqual(
      ids.filter((id) => !all.has(id)),
      [],
    );
  });
});

describe('the source document', () => {
  const root = (() => {
    let at_ = dirname(fileURLToPath(import.meta.url));
    while (!existsSync(join(at_, 'package.json'))) at_ = dirname(at_);
    return at_;
  })();
  const lines = readFileSync(join(root, 'test', 'source', 'smertebehandling-2014-09.txt'), 'utf8').split('\n');
  const squeezed = (text: string) => text.replace(/\s+/g, ' ').trim();
  /** The document in one line, and for each of its characters the line that it stands on. */
  const { whole, lineOf } = (() => {
    let text = '';
    const numbers: number[] = [];
    lines.forEach((line, index) => {
      for (const character of `${squeezed(line)} `.replace(/^ $/, '')) {
        text += character;
        numbers.push(index + 1);
      }
    });
    return { whole: text, lineOf: (position: number) => numbers[position]! };
  })();

  /** Where each part of a quote begins and ends, in order, from a line on. */
  function standsOn(quote: string, from: number): { first: number; last: number } | undefined {
    let position = [...whole].findIndex((_, index) => lineOf(index) >= from);
    let firstLine: number | undefined;
    for (const part of quote.split('…').map(squeezed)) {
      const found = whole.indexOf(part, position);
      if (found === -1) return undefined;
      firstLine ??= lineOf(found);
      position = found + part.length;
    }
    return { first: firstLine!, last: lineOf(position - 1) };
  }

  it('holds every quote word for word, beginning on the first line that is named and ending no later than the last', () => {
    for (const [id, { source }] of Object.entries(documentRules) as [string, Rule][]) {
      assert.ok(source !== 'structural', id);
      const [from, to] = source.lines.split('-').map(Number) as [number, number | undefined];
      const stands = standsOn(source.quote, from);
      assert.ok(stands, `${id}: “${source.quote}” does not stand in the document from line ${from} on`);
      assert.equal(stands.first, from, `${id} begins on line ${stands.first}`);
      assert.ok(stands.last <= (to ?? from), `${id} ends on line ${stands.last}, and names ${source.lines}`);
    }
  });

  it('is what the rules of the document are about, and no rule of ours claims to be', () => {
    for (const id of ids.filter((name) => !(name in documentRules)))
      assert.equal((rules[id] as Rule).source, 'structural', id);
  });

  it('is not found for words that it does not have', () => {
    assert.equal(standsOn('Patienten skal være over 18 år', 1), undefined);
    assert.equal(standsOn('sovemedicin der … Så længe pt er tilknyttet', 1), undefined, 'nor in another order');
  });
});
