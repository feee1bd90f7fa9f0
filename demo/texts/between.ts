/** What GPs, CVIs, centres and secretaries write to each other. */
import type { Story } from './treatment.js';

export const rejections = [
  {
    reason: 'Der er ikke afprøvet sekundære analgetika, og patienten er i bedring.',
    advice:
      'Forsøg gabapentin eller nortriptylin i optrappende dosis i mindst seks uger. Henvis gerne igen, hvis effekten udebliver.',
  },
  {
    reason: 'Smerterne er under udredning på reumatologisk afdeling; behandlingen der afventes.',
    advice: 'Afvent udredningen. Søvn og aktivitet kan støttes med kommunalt smertehåndteringskursus.',
  },
  {
    reason: 'Henvisningen beskriver overvejende hovedpine, som ikke modtages her.',
    advice:
      'Overvej henvisning til neurolog. Nakkesmerterne kan behandles med fysioterapi og amitriptylin i lav dosis.',
  },
  {
    reason: 'Patienten er velbehandlet på det nuværende; enheden kan ikke tilbyde mere.',
    advice: 'Fortsæt uændret. Ring gerne til rådgivningen, hvis dosis af opioid ønskes nedsat.',
  },
] as const;
export const questions = [
  'Hvornår blev det seneste EKG taget?',
  'Er der taget stilling til operation?',
  'Hvilke doser er afprøvet, og hvor længe?',
  'Bedes oplyse om aktuelt alkoholforbrug og eventuelle allergier.',
];
export const supplements = [
  'Oplysningerne er indhentet ved konsultation i dag.',
  'Se vedlagte; EKG er taget her i klinikken.',
  'Patienten er ringet op; svarene er ført ind.',
];
export const unobtainable = [
  'EKG kan ikke skaffes; patienten møder ikke til aftalt tid.',
  'Journal fra tidligere sygehus i udlandet kan ikke fremskaffes.',
];
export const rangUp = ['Praksis er ringet op og har lovet svar i denne uge.', 'Har talt med sekretæren i praksis.'];
export const places = {
  clinic: ['Ambulatoriet, 2. sal', 'Smerteklinikken, stue 4', 'Smerteklinikken, samtalerum B'],
  centre: ['Smertecentret, opgang 3', 'Smertecentret, stue 11', 'Ambulatorium, indgang B'],
};
export const patientMoves = [
  'Kan ikke få fri fra arbejde.',
  'Er forkølet.',
  'Barn syg.',
  'Har fået tid på en anden afdeling samme dag.',
  'Ønsker en tid senere på dagen.',
];
export const unitMoves = [
  'Lægen er syg.',
  'Ambulatoriet flytter lokale.',
  'Tolken har meldt afbud.',
  'Undervisningsdag.',
];
export const walkIns = [
  'Møder på en forkert dag; der er plads i dag.',
  'Er på sygehuset i anden anledning og bliver set.',
  'Henvendte sig akut med bivirkninger.',
];
export const controls = [
  'Kontrol efter endt behandling: fortsat stabil.',
  'Kontrolsamtale. Klarer sig godt, plan gennemgået.',
  'Telefonkontrol; ingen ændringer.',
];
export const declines = {
  course: [
    'Ønsker ikke behandling i sygehusregi alligevel.',
    'Magter ikke transporten; vil fortsætte hos egen læge.',
    'Smerterne er aftaget betydeligt.',
  ],
  medication: ['Ønsker ikke medicinsk behandling på grund af tidligere bivirkninger.'],
  team: ['Ønsker ikke gruppeforløb eller samtaler, kun medicinsk behandling.'],
};
export const withdrawals = [
  'Patienten er blevet henvist til operation i stedet.',
  'Smerterne er i bedring efter ny fysioterapi.',
  'Patienten ønsker at vente til efter sommeren.',
];
export const transfersUp = [
  'Sociale og psykologiske forhold fylder mere end ventet; har brug for tværfaglig indsats.',
  'Depression og sygemelding hindrer den medicinske behandling.',
  'Ingen effekt af tre præparater; katastrofetanker og søvnløshed dominerer.',
];
export const transfersDown = [
  'Den tværfaglige del er afsluttet; tilbage er medicinsk optimering.',
  'Tilstanden er enklere end henvist; kan behandles i klinikken tættere på hjemmet.',
];

export const forwardPlans = (story: Story): string =>
  [
    story.say(
      `Fortsæt ${story.dose}.`,
      `${story.Dose} fortsættes, dosis kan nedsættes om et halvt år.`,
      `Uændret ${story.dose}; forsøg langsom aftrapning efter et år.`,
    ),
    story.say(
      'Blodprøver med nyretal én gang årligt.',
      'Årlig medicingennemgang.',
      'EKG ved dosisændring.',
      'Ingen særlige kontroller.',
    ),
    story.say(
      'Ved forværring: øg aktiviteten gradvist, undgå hurtig optrapning af opioid, og ring gerne til rådgivningen.',
      'Ved smertetoppe anbefales pauser og paracetamol frem for dosisøgning.',
      'Træning og søvnplan fortsættes; kommunalt tilbud er udleveret.',
    ),
  ].join(' ');
export const followUps = [
  'Kontrol hos egen læge om tre måneder: effekt, bivirkninger og søvn.',
  'Samtale om seks uger om medicin og arbejde.',
  'Opfølgning om to måneder med blodtryk og nyretal.',
];
export const gpReads = [
  'Læst; patienten er indkaldt.',
  'Planen følges. Tid aftalt.',
  'Tak for et godt forløb.',
  'Læst og drøftet med patienten.',
];
export const disagreements = [
  'Jeg kan ikke overtage metadon uden aftale om fast telefonkontakt. Bedes uddybe.',
  'Patienten oplyser en anden dosis end FMK. Hvad gælder?',
  'Planen nævner blodprøver, men ikke hvilke. Bedes præcisere.',
];
export const gpFollowUps = [
  'Stabil. Recepter fornyet.',
  'Set i dag: sover bedre, NRS omkring 4. Fortsætter.',
  'Telefonisk opfølgning: ingen bivirkninger.',
  'Blodprøver taget, normale. Ny tid om tre måneder.',
  'Har haft en dårlig måned, men klarer sig med planen.',
];
export const gpPlans = [
  'Plan: rådene fra centret følges, ny samtale om otte uger.',
  'Har talt med patienten: prøver foreslået behandling her.',
  'Ser patienten igen efter fysioterapi.',
];
export const closings = {
  completed: [
    'Stabil gennem længere tid; forløbet lukkes.',
    'Ingen smertebehandling ud over håndkøb; lukkes.',
    'Behandlingen fortsætter som vanlig fast kontrol.',
  ],
  kept: [
    'Behandles i almen praksis efter råd fra centret.',
    'Smerterne er aftaget; henvisning er ikke længere aktuel.',
  ],
  elsewhere: ['Henvist til reumatologisk afdeling.', 'Henvist til kommunalt smertehåndteringsforløb.'],
};
export const advice = [
  {
    topic: 'Nedtrapning af morfin',
    advice: 'Nedsæt med ti procent hver anden uge, hold pause ved abstinenser. Ring igen om en måned.',
  },
  {
    topic: 'Gabapentin ved nedsat nyrefunktion',
    advice: 'Halvér dosis ved eGFR under 60 og kontrollér nyretal efter fire uger.',
  },
  {
    topic: 'Søvn under duloxetin',
    advice: 'Giv dosis om morgenen. Nortriptylin 10 mg til natten kan forsøges efter EKG.',
  },
  {
    topic: 'Skift mellem opioider',
    advice: 'Omregn til ækvivalent dosis og begynd med to tredjedele. Følg op efter tre døgn.',
  },
] as const;
