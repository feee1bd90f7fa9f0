/** Life beside the pain, as a GP writes it into a referral; `simple` where it matters little, `complex` where it dominates. */
export const psychology = {
  simple: [
    'Tilpasset, god sygdomsindsigt.',
    'Frustreret over smerterne, men ikke depressiv.',
    'Tidligere kortvarig krise efter skilsmisse, nu upåfaldende.',
    'Ingen psykiske vanskeligheder ud over dårlig søvn.',
  ],
  complex: [
    'Moderat depression, i behandling med sertralin. Katastrofetanker om smerterne.',
    'Angst for forværring; undgår næsten al bevægelse. Har tidligere gået hos psykolog.',
    'Vedvarende søvnløshed og grådlabilitet. Uhensigtsmæssig smertehåndtering med lange perioder i sengen.',
    'Posttraumatiske symptomer efter ulykken, mareridt. Ikke i aktuel behandling.',
    'Udtalt bekymring og vrede over forløbet, isolerer sig. Ingen selvmordstanker.',
  ],
};
export const social = {
  simple: [
    'Bor med ægtefælle, voksne børn i nærheden.',
    'Gift, to hjemmeboende børn.',
    'Bor alene i lejlighed, godt netværk.',
    'Samboende, deler praktiske opgaver.',
    'Enke, får hjælp til rengøring hver anden uge.',
    'Bor i ældrebolig, klarer sig selv.',
  ],
  complex: [
    'Fraskilt, alene med to børn. Økonomien er presset.',
    'Bor hos sin søster efter tab af bolig.',
    'Ægteskabet er under pres; ægtefællen har nedsat tid for at hjælpe.',
    'Bor alene, ser få mennesker. Sagsbehandler i kommunen er skiftet tre gange.',
    'Forælder til et kronisk sygt barn, kun lidt aflastning.',
  ],
};
export const occupation = {
  simple: [
    'Arbejder på fuld tid på kontor, har hæve-sænke-bord.',
    'Ansat i børnehave, nedsat tid efter aftale.',
    'Selvstændig tømrer, tager de lette opgaver.',
    'Lærer på fuld tid.',
    'Chauffør med skånehensyn.',
    'Studerende, følger undervisningen delvist.',
  ],
  complex: [
    'Sygemeldt siden sidste år, tidligere sosu-assistent.',
    'I jobafklaring, har mistet sit arbejde på lager.',
    'I revalidering, praktikken er afbrudt.',
    'Ledig; sygedagpengene er ophørt.',
    'Fleksjob 8 timer om ugen, overvejer at opgive det.',
  ],
  retired: [
    'Folkepensionist, tidligere bager.',
    'Pensioneret sygehjælper.',
    'Pensionist, passer have i det omfang, smerterne tillader.',
    'Pensioneret bogholder.',
  ],
};
export const compensation = [
  'Verserende sag om arbejdsskade, afgørelse ventes i løbet af året.',
  'Erstatningssag ved forsikringsselskabet efter uheldet, advokat er tilknyttet.',
  'Anket afgørelse om méngrad.',
];
export const problem = {
  simple: [
    'Utilstrækkelig effekt af gængs medicin. Ønsker optimering af den medicinske behandling.',
    'Smerterne begrænser arbejde og søvn trods flere præparater. Ønskes vurderet i smerteklinik.',
    'Har haft bivirkninger af det, der virkede. Spørgsmålet er, hvilken behandling der kan fortsættes her.',
  ],
  complex: [
    'Smerterne styrer hverdagen, og medicinen alene hjælper ikke. Ønskes vurderet tværfagligt.',
    'Funktionsniveauet er faldet det seneste år, sygemelding og tristhed forstærker smerterne. Ønskes tværfaglig indsats.',
    'Patient og familie er kørt fast. Behov for hjælp til accept, søvn og aktivitet ved siden af medicinsk behandling.',
  ],
  assessment: [
    'Henvises mhp. vurdering af den igangværende medicinske behandling af en ikke-kompleks smertetilstand. Behandlingen fortsætter her.',
    'Ønskes vurdering af opioidbehandlingen hos en i øvrigt velfungerende patient. Tilstanden er simpel; jeg fortsætter selv behandlingen.',
  ],
};
export const told = [
  'Patienten er informeret om henvisningen og om, at målet er bedre funktion og ikke smertefrihed.',
  'Har fået forklaret, hvad smerteklinikken kan tilbyde, og er indforstået.',
  'Sagt: henvises til vurdering; jeg ser dig igen om en måned.',
  'Patient og ægtefælle er informeret, også om ventetiden.',
];
export const comorbidity = [
  'Hypertension, velbehandlet.',
  'Type 2-diabetes, tabletbehandlet.',
  'Astma i stabil fase.',
  'Iskæmisk hjertesygdom, stent for fem år siden.',
  'Stofskiftesygdom, i behandling med levothyroxin.',
  'Let nedsat nyrefunktion.',
];
export const allergy = [
  'Penicillin: udslæt.',
  'Tåler ikke NSAID på grund af mavesår.',
  'Plasterallergi, lokalt udslæt.',
  'Kodein: kraftig kvalme.',
];
export const ecgs = [
  'Sinusrytme, QTc 412 ms.',
  'Sinusrytme, frekvens 68, QTc 430 ms.',
  'Normalt EKG i forrige måned.',
  'Sinusrytme, venstresidigt grenblok, uændret.',
];
export const languages = ['arabisk', 'polsk', 'tyrkisk', 'ukrainsk', 'farsi'];
