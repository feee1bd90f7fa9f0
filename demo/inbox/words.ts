/** What the pages of the inbox say. */
import type { Text } from '../../machines/pathway/fields.js';
import type { Unit } from '../../machines/pathway/routes.js';
import type { Mode, State } from './keep.js';

export type Language = keyof Text;
export const words = {
  title: { da: 'Demoens indbakke', en: 'The demo’s inbox' },
  about: {
    da: 'Her står de systemer, som praksis, henvisningskontorer, centre og klinikker ville have: hver enhed tager imod de beskeder, som forløbene sender den, kvitterer for dem og viser, hvad den fik. Patienterne er opdigtede.',
    en: 'In place of the systems that practices, referral offices, centres and clinics would have: each unit takes the messages that pathways send it, acknowledges them and shows what it got. The patients are made up.',
  },
  skip: { da: 'Gå til indholdet', en: 'Go to the content' },
  other: { da: 'In English', en: 'På dansk' },
  refresh: { da: 'Hent siden igen', en: 'Load the page again' },
  where: { da: 'Hvor du er', en: 'Where you are' },
  messages: { da: 'Beskeder', en: 'Messages' },
  none: { da: 'Enheden har ingen beskeder fået.', en: 'The unit has received no messages.' },
  mode: { da: 'Hvordan enheden svarer', en: 'How the unit answers' },
  switch: { da: 'Skift', en: 'Switch' },
  arrived: { da: 'Modtaget', en: 'Received' },
  from: { da: 'Fra', en: 'From' },
  to: { da: 'Til', en: 'To' },
  written: { da: 'Skrevet', en: 'Written' },
  patient: { da: 'Patient', en: 'Patient' },
  born: { da: 'født', en: 'born' },
  number: { da: 'CPR-nummer', en: 'CPR number' },
  temporary: { da: 'Erstatningsnummer', en: 'Replacement number' },
  state: { da: 'Status', en: 'State' },
  form: { da: 'Form', en: 'Form' },
  letter: { da: 'Brevet', en: 'The letter' },
  answer: { da: 'Svar afsenderen', en: 'Answer the sender' },
  accept: { da: 'Kvittér: beskeden er modtaget', en: 'Accept: the message has arrived' },
  reject: { da: 'Afvis beskeden', en: 'Reject the message' },
  reason: {
    da: 'Hvorfor den afvises (afsenderen læser det; højst 1.000 tegn)',
    en: 'Why it is rejected (the sender reads it; at most 1,000 characters)',
  },
  reasonMissing: {
    da: 'Skriv, hvorfor beskeden afvises: højst 1.000 tegn.',
    en: 'Write why the message is rejected: at most 1,000 characters.',
  },
  bundle: { da: 'Som den kom: FHIR R4 Bundle (JSON)', en: 'As it came: FHIR R4 Bundle (JSON)' },
  newer: { da: 'Nyere', en: 'Newer' },
  older: { da: 'Ældre', en: 'Older' },
  pages: { da: 'Sider', en: 'Pages' },
  back: { da: 'Tilbage', en: 'Back' },
} as const satisfies Record<string, Text>;

export const kinds: Readonly<Record<Unit['kind'], Text>> = {
  practice: { da: 'Praksis', en: 'Practices' },
  cvi: { da: 'Henvisningskontorer (CVI)', en: 'Referral offices (CVI)' },
  centre: { da: 'Smertecentre', en: 'Pain centres' },
  clinic: { da: 'Smerteklinikker', en: 'Pain clinics' },
};
export const modeNames: Readonly<Record<Mode, Text & { means: Text }>> = {
  itself: {
    da: 'svarer selv',
    en: 'answers by itself',
    means: { da: 'kvitterer for hver besked efter et øjeblik', en: 'acknowledges each message after a moment' },
  },
  person: {
    da: 'et menneske svarer',
    en: 'a person answers',
    means: {
      da: 'hver besked venter, til du kvitterer for den eller afviser den',
      en: 'each message waits until you accept it or reject it',
    },
  },
  outOfOrder: {
    da: 'ude af drift',
    en: 'out of order',
    means: {
      da: 'svarer 503 og kvitterer for intet, så man kan se nye forsøg, sene beskeder og en afslutning, der venter',
      en: 'answers 503 and acknowledges nothing, so that one can watch retries, late deliveries and a discharge that waits',
    },
  },
};
export const stateNames: Readonly<Record<State, Text>> = {
  unanswered: { da: 'ikke besvaret endnu', en: 'not answered yet' },
  answering: { da: 'svaret er på vej', en: 'the answer is on its way' },
  accepted: { da: 'kvitteret', en: 'accepted' },
  rejected: { da: 'afvist', en: 'rejected' },
  notTaken: { da: 'svaret blev ikke taget imod', en: 'the answer was not taken' },
};
/** Titles of pages that say why there is none. */
export const refusals = {
  notFound: { da: 'Her er ingen side', en: 'There is no page here' },
  foreign: {
    da: 'Formularen kom ikke herfra: åbn siden og prøv igen.',
    en: 'The form did not come from here: open the page and try again.',
  },
  notUnderstood: {
    da: 'Formularen kan ikke læses: åbn siden og prøv igen.',
    en: 'The form cannot be read: open the page and try again.',
  },
  notNow: {
    da: 'Beskeden kan ikke besvares nu: den er besvaret, eller enheden er ude af drift.',
    en: 'The message cannot be answered now: it has been answered, or the unit is out of order.',
  },
} as const satisfies Record<string, Text>;

export const counted = (count: number, unanswered: number): Text => ({
  da: `${count} ${count === 1 ? 'besked' : 'beskeder'}, ${unanswered} ${unanswered === 1 ? 'ubesvaret' : 'ubesvarede'}`,
  en: `${count} ${count === 1 ? 'message' : 'messages'}, ${unanswered} unanswered`,
});
export const receivedTimes = (times: number): Text => ({
  da: `modtaget ${times} gange`,
  en: `received ${times} times`,
});
export const inVain = (failures: number): Text => ({
  da: `${failures} forsøg forgæves; der prøves igen`,
  en: `${failures} ${failures === 1 ? 'attempt' : 'attempts'} in vain; it is tried again`,
});
export const turnedAway = (count: number): Text => ({
  da: `${count} forsøg på at aflevere er afvist, mens enheden var ude af drift, siden programmet startede; det seneste`,
  en: `${count} ${count === 1 ? 'attempt' : 'attempts'} to deliver turned away while the unit was out of order, since the program started; the latest`,
});
export const notTakenBecause = (status: number): Text =>
  status === 404
    ? {
        da: 'beskeden er ikke længere til denne enhed (404)',
        en: 'the message is no longer addressed to this unit (404)',
      }
    : { da: `forløbene svarede ${status}`, en: `the pathways answered ${status}` };
