/** The draft of a discharge letter, by its sections. */
import { filled } from '../facts.js';
import { diagnosisText, type Story } from './treatment.js';

export const controlPlan = (story: Story): Record<string, string> => ({
  diagnose: diagnosisText(story),
  forloeb: story.say(
    `Set i ambulatoriet gennem forløbet. Medicinen er trappet op til ${story.dose}. NRS er nu ${story.nrs}.`,
    `Behandlingen er ændret trinvist; ${story.dose} har givet det bedste resultat. Bivirkninger har været milde.`,
    `Forløbet har omfattet samtaler, aktivitetsplan og medicin. Aktuelt ${story.dose}.`,
  ),
  status: filled(
    story.say(
      'Sover bedre og er mere aktiv. Smerterne er der fortsat, men fylder mindre.',
      'Har genoptaget de fleste af hverdagens opgaver.',
      `Smerter ${story.site}, nu tålelige de fleste dage.`,
    ),
    story.about,
  ),
});
