/** Simple or complex? A suggestion from the facts, never the decision (domain.md A4.6; L38–58). */
import type { Facts } from './facts.js';

export type Suggestion = 'simple' | 'complex' | 'medicationAssessment' | 'undetermined';

export function suggestionFor(facts: Facts): Suggestion {
  const {
    psychosocialProblems: problems,
    psychosocialDominant: dominant,
    hindersTreatment: hinders,
    somaticallyDominated: somatic,
  } = facts;
  // Without its statement an assessment is read as a treatment (Q9); with it, an unknown somatic share leaves it open.
  const assessmentMeant =
    facts.requestedOffer === 'medicationAssessment' &&
    facts.medicationAssessmentStatement === true &&
    problems === 'none';
  if (assessmentMeant && somatic !== false) return somatic ? 'medicationAssessment' : 'undetermined';
  if (problems === 'none' || problems === 'notSignificant') return 'simple';
  if (problems === 'significant' && dominant === true && hinders === true) return 'complex';
  return 'undetermined';
}
