/** Simple or complex? A suggestion from the facts, never the decision (domain.md A4.6; L38–58). */
import type { Facts } from './facts.js';

export type Suggestion = 'simple' | 'complex' | 'medicationAssessment' | 'undetermined';

export function suggestionFor(facts: Facts): Suggestion {
  const { psychosocialProblems: problems, psychosocialDominant: dominant, hindersTreatment: hinders } = facts;
  if (facts.requestedOffer === 'medicationAssessment' && problems === 'none' && facts.somaticallyDominated === true && facts.medicationAssessmentStatement === true) {
    return 'medicationAssessment';
  }
  if (problems === 'none' || problems === 'notSignificant') return 'simple';
  if (problems === 'significant' && dominant === true && hinders === true) return 'complex';
  return 'undetermined';
}
