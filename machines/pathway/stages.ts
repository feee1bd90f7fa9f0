/** The stages that managers count, in the order of the pathway, and at whose desk a pathway lies (pathway.md, "Stages"). */
import { answeringGp, type Context } from './context.js';
import type { EventType } from './events.js';
import type { Text } from './fields.js';

export const stages = {
  generalPractice: { da: 'Almen praksis', en: 'General practice' },
  referral: { da: 'Henvisning', en: 'Referral' },
  visitation: { da: 'Visitation', en: 'Triage' },
  painClinic: { da: 'Monofaglig smerteklinik', en: 'Monodisciplinary pain clinic' },
  painCentre: { da: 'Tværfagligt smertecenter', en: 'Multidisciplinary pain centre' },
  medicationAssessment: { da: 'Enkeltstående lægelig medicinvurdering', en: 'Stand-alone medication assessment' },
  controlPhase: { da: 'Kontrolfase', en: 'Follow-up phase' },
  dischargedToGp: { da: 'Afsluttet til egen læge', en: 'Discharged to the GP' },
  closed: { da: 'Forløb lukket', en: 'Pathway closed' },
} as const satisfies Record<string, Text>;
export type StageName = keyof typeof stages;
export const stageNames = Object.keys(stages) as StageName[];

/** States within a stage, where a manager reads more than the stage. */
export const stateLabels: Record<string, Text> = {
  'referral.sent': { da: 'Sendt, ikke modtaget', en: 'Sent, not received' },
  'referral.atCvi': { da: 'Hos CVI', en: 'At the CVI' },
  'visitation.assessing': { da: 'Vurderes', en: 'Being assessed' },
  'visitation.awaitingInformation': { da: 'Afventer supplerende oplysninger', en: 'Awaiting information' },
  'painClinic.intake': { da: 'Viderevisiteret, ikke modtaget', en: 'Triaged on, not accepted' },
  'painClinic.waiting': { da: 'Venter', en: 'Waiting' },
  'painClinic.treatment': { da: 'I behandling', en: 'In treatment' },
  'painClinic.paused': { da: 'Pause', en: 'Paused' },
  'painCentre.waiting': { da: 'Venter', en: 'Waiting' },
  'painCentre.treatment': { da: 'I behandling', en: 'In treatment' },
  'painCentre.paused': { da: 'Pause', en: 'Paused' },
  'medicationAssessment.waiting': { da: 'Venter', en: 'Waiting' },
  'medicationAssessment.assessment': { da: 'Vurderes', en: 'In assessment' },
  'controlPhase.followUp': { da: 'Opfølgning', en: 'Follow-up' },
  'controlPhase.letterSent': { da: 'Epikrise sendt, ikke kvitteret', en: 'Letter sent, not acknowledged' },
};

/** The next step of the course from each open state, by somebody at the unit whose move it is. What else may be done there, the chart says. */
export const nextSteps: Record<string, EventType> = {
  generalPractice: 'referral.submitted',
  'referral.sent': 'referral.received',
  'referral.atCvi': 'referral.forwarded',
  'visitation.assessing': 'triage.decided',
  'visitation.awaitingInformation': 'information.supplied',
  'painClinic.intake': 'clinic.accepted',
  'painClinic.waiting': 'visit.attended',
  'painClinic.treatment': 'treatment.completed',
  'painClinic.paused': 'treatment.resumed',
  'painCentre.waiting': 'visit.attended',
  'painCentre.treatment': 'treatment.completed',
  'painCentre.paused': 'treatment.resumed',
  'medicationAssessment.waiting': 'visit.attended',
  'medicationAssessment.assessment': 'assessment.completed',
  'controlPhase.followUp': 'letter.signed',
  'controlPhase.letterSent': 'letter.deliveredManually',
  dischargedToGp: 'followUp.recorded',
};

export type Owner = 'gp' | 'cvi' | 'centre' | 'clinic' | 'treated' | 'none';
const owners: Record<Owner, (context: Context) => string | null> = {
  gp: (context) => answeringGp(context),
  cvi: ({ cvi }) => cvi ?? null,
  centre: ({ centre }) => centre ?? null,
  clinic: ({ clinic }) => clinic ?? null,
  treated: ({ treated, centre }) => treated?.unit ?? centre ?? null,
  none: () => null,
};
export const unitOfOwner = (owner: Owner, context: Context): string | null => owners[owner](context);
