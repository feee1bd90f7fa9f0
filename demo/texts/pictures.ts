/** What the demo's patients suffer from: chronic non-malignant pain as a referral would describe it. `{side}` and `{year}` are filled in for each. */
import type { Mechanism } from '../../machines/pathway/facts.js';

export type Picture = {
  name: string;
  mechanism: Mechanism;
  /** How often, beside the others; a wide one is seen in the centres more than in the clinics. */
  often: number;
  wide?: true;
  /** Where it hurts, as the second half of "smerter …". */
  site: string;
  histories: readonly string[];
  examinations: readonly string[];
  investigations: readonly string[];
  drugs: readonly DrugName[];
  /** Ages and sexes for whom it would be odd. */
  from?: number;
  only?: 'female' | 'male';
};
export type DrugName =
  | 'gabapentin'
  | 'pregabalin'
  | 'duloxetin'
  | 'amitriptylin'
  | 'nortriptylin'
  | 'venlafaxin'
  | 'tramadol'
  | 'morfin depot'
  | 'buprenorfinplaster'
  | 'metadon'
  | 'lidokainplaster'
  | 'capsaicinplaster';

const sensoryLoss = 'Nedsat berøringssans og allodyni i området, normal kraft.';

export const pictures: readonly Picture[] = [
  {
    name: 'lænderygsmerter med udstråling efter diskusprolaps',
    mechanism: 'mixed',
    often: 6,
    site: 'i lænden med udstråling til {side} ben',
    histories: [
      'Opereret for diskusprolaps L5/S1 i {year}. Bensmerterne aftog de første måneder og vendte tilbage i samme område, nu konstante med jag ved stilling og gang.',
      'Siden {year} lændesmerter med udstråling til {side} ben og fodens yderside. Rygkirurgisk vurderet, ikke operationskrævende. Afsluttet i fysioterapi.',
    ],
    examinations: [
      'Nedsat bevægelighed i lænden, Lasègue negativ, nedsat stikkesans svarende til L5 på {side} side, tågang og hælgang usikker.',
      'Paravertebral ømhed, ingen bankeømhed. Svækket akillesrefleks på {side} side, kraft bevaret.',
    ],
    investigations: [
      'MR af lænderyggen: arvæv ved operationsstedet, ingen ny prolaps. Blodprøver normale.',
      'MR af lænderyggen: degenerative forandringer L4–S1 uden rodpåvirkning. Blodprøver upåfaldende.',
    ],
    drugs: ['gabapentin', 'duloxetin', 'tramadol', 'nortriptylin'],
  },
  {
    name: 'postherpetisk neuralgi',
    mechanism: 'neuropathic',
    often: 2,
    site: 'svarende til brystkassen på {side} side',
    from: 45,
    histories: [
      'Helvedesild på {side} side af brystkassen i {year}. Udslættet helede på få uger, men brændende smerter og berøringsømhed er blevet.',
      'Efter herpes zoster i {year} daglige brændende smerter; tøj mod huden er svært at tåle, og nattesøvnen er afbrudt.',
    ],
    examinations: [
      'Arforandringer i et bælte svarende til Th6 på {side} side. Udtalt allodyni ved let berøring.',
      sensoryLoss,
    ],
    investigations: [
      'Røntgen af thorax normal. Nyrefunktion normal for alderen.',
      'Blodprøver uden anmærkning. Ikke fundet indikation for billeddiagnostik.',
    ],
    drugs: ['lidokainplaster', 'pregabalin', 'nortriptylin', 'gabapentin'],
  },
  {
    name: 'smertefuld diabetisk polyneuropati',
    mechanism: 'neuropathic',
    often: 3,
    site: 'i begge fødder',
    from: 40,
    histories: [
      'Type 2-diabetes gennem mange år, nu velreguleret. Siden {year} brændende og stikkende smerter i fødderne, værst om natten.',
      'Gradvist tiltagende føleforstyrrelser og brændende smerter i begge fødder siden {year}. Neurologisk udredt.',
    ],
    examinations: [
      'Strømpeformet nedsat følesans til midt på underbenene, manglende vibrationssans ved storetåen. God puls i fødderne.',
      'Nedsat monofilamentsans under begge forfødder. Ingen sår.',
    ],
    investigations: [
      'Nerveledningsundersøgelse: aksonal polyneuropati. HbA1c 51 mmol/mol. B12 normal.',
      'Nerveledningsundersøgelse forenelig med polyneuropati. Nyrefunktion let nedsat, eGFR 58.',
    ],
    drugs: ['duloxetin', 'pregabalin', 'nortriptylin', 'capsaicinplaster'],
  },
  {
    name: 'smerter efter knæalloplastik',
    mechanism: 'mixed',
    often: 3,
    site: 'omkring {side} knæ',
    from: 50,
    histories: [
      'Fik total knæalloplastik på {side} side i {year}. Protesen sidder godt, men smerterne er uændrede og nu også til stede i hvile.',
      'Vedvarende smerter efter knæprotese i {year}. Ortopædkirurgisk gennemgået to gange uden fund, der kan opereres.',
    ],
    examinations: [
      'Reaktionsløst ar, ingen ansamling, bevægelighed 0–105 grader. Ømhed og nedsat følesans lateralt for arret.',
      'Stabilt knæ, let hypotrofi af lårmuskulaturen, allodyni over arret.',
    ],
    investigations: [
      'Røntgen: velplaceret protese uden løsning. CRP normal.',
      'Knoglescintigrafi uden tegn til løsning eller infektion.',
    ],
    drugs: ['duloxetin', 'gabapentin', 'tramadol', 'buprenorfinplaster'],
  },
  {
    name: 'nakke- og skuldersmerter efter trafikuheld',
    mechanism: 'nociceptive',
    often: 4,
    wide: true,
    site: 'i nakke og skulderåg',
    histories: [
      'Påkørt bagfra i {year}. Siden daglige nakke- og skuldersmerter, der forværres ved skærmarbejde og bilkørsel.',
      'Trafikuheld i {year}. Smerterne begyndte i nakken og har bredt sig til skuldre og øvre ryg; flere genoptræningsforløb uden varig virkning.',
    ],
    examinations: [
      'Indskrænket rotation mod {side}, udbredt muskelømhed i trapezius. Neurologisk undersøgelse af armene normal.',
      'Spændt nakkemuskulatur med triggerpunkter, normal kraft og følesans i armene.',
    ],
    investigations: [
      'MR af halshvirvelsøjlen: aldersvarende, ingen rodpåvirkning.',
      'Røntgen og MR af nakken uden følger af brud.',
    ],
    drugs: ['amitriptylin', 'duloxetin', 'gabapentin', 'tramadol'],
  },
  {
    name: 'kroniske udbredte smerter',
    mechanism: 'undetermined',
    often: 4,
    wide: true,
    site: 'i det meste af kroppen',
    histories: [
      'Smerter i muskler og led gennem flere år, siden {year} i hele kroppen med træthed og uopfriskende søvn. Reumatologisk udredt.',
      'Begyndte i {year} med rygsmerter, som bredte sig. Nu konstant ømhed, koncentrationsbesvær og svingende dage.',
    ],
    examinations: [
      'Udbredt ømhed ved tryk over og under taljen i begge sider. Ingen hævede led, normal kraft.',
      'Ømhed på 15 af 18 punkter, fri ledbevægelighed, neurologisk normal.',
    ],
    investigations: [
      'Reumaprøver, stofskifte, CK og D-vitamin normale.',
      'Blodprøver uden tegn til inflammatorisk sygdom. MR af bækkenled normal.',
    ],
    drugs: ['duloxetin', 'pregabalin', 'amitriptylin', 'venlafaxin'],
  },
  {
    name: 'komplekst regionalt smertesyndrom i hånden',
    mechanism: 'neuropathic',
    often: 2,
    site: 'i {side} hånd og underarm',
    histories: [
      'Håndledsbrud i {year}, behandlet med gips. Efter bandageskift tiltagende smerter, hævelse og farveskift i {side} hånd.',
      'Siden operation for karpaltunnelsyndrom i {year} brændende smerter og kuldefølelse i {side} hånd, som knap kan bruges.',
    ],
    examinations: [
      'Hånden er køligere end den modsatte, blank hud, nedsat fingerbevægelighed og udtalt allodyni.',
      'Farveforskel mellem hænderne, let ødem, gribekraft halveret på {side} side.',
    ],
    investigations: [
      'Røntgen: helet brud, let afkalkning. Trefasescintigrafi forenelig med tilstanden.',
      'Nerveledning normal. Røntgen uden brud.',
    ],
    drugs: ['gabapentin', 'nortriptylin', 'lidokainplaster', 'metadon'],
  },
  {
    name: 'lyskesmerter efter brokoperation',
    mechanism: 'neuropathic',
    often: 1,
    site: 'i {side} lyske',
    histories: [
      'Opereret for lyskebrok med net på {side} side i {year}. Siden sviende smerter ved gang, hoste og siddende arbejde.',
      'Brokoperation i {year}; smerterne begyndte efter få uger. Kirurgisk revurderet, intet nyt brok.',
    ],
    examinations: [
      'Ar i {side} lyske uden brok. Et håndfladestort område med nedsat følesans og smerte ved let tryk.',
      sensoryLoss,
    ],
    investigations: [
      'Ultralyd af lysken: net på plads, intet recidiv.',
      'MR af lyske og hofte uden forklaring på smerterne.',
    ],
    drugs: ['gabapentin', 'lidokainplaster', 'duloxetin', 'nortriptylin'],
    only: 'male',
  },
  {
    name: 'artrosesmerter i hofter og hænder',
    mechanism: 'nociceptive',
    often: 3,
    site: 'i hofter og hænder',
    from: 60,
    histories: [
      'Slidgigt gennem mange år, siden {year} smerter også om natten. Vurderet af ortopædkirurg; operation frarådes på grund af hjertesygdom.',
      'Kendt artrose. Har deltaget i træningsforløb med nogen gavn; siden {year} daglige smerter, der begrænser gangen til få hundrede meter.',
    ],
    examinations: [
      'Indskrænket og smertefuld indadrotation af begge hofter, knudrede fingerled, ingen hævelse.',
      'Haltende gang, hoftebevægelighed halveret, normal følesans.',
    ],
    investigations: [
      'Røntgen af hofter: svær artrose. eGFR 52.',
      'Røntgen af hænder og hofter: artrose. Blodprøver uden inflammation.',
    ],
    drugs: ['duloxetin', 'buprenorfinplaster', 'tramadol', 'morfin depot'],
  },
  {
    name: 'smerter efter operation for brystkræft, helbredt',
    mechanism: 'neuropathic',
    often: 2,
    site: 'i {side} brystvæg og armhule',
    only: 'female',
    from: 40,
    histories: [
      'Opereret og strålebehandlet for brystkræft for otte år siden, afsluttet i kontrol uden tegn til tilbagefald. Siden {year} tiltagende brændende smerter i brystvæg og armhule.',
    ],
    examinations: ['Ar og let stramhed på {side} brystvæg, nedsat følesans i armhulen, ingen lymfødem.', sensoryLoss],
    investigations: ['Mammografi og kontrol hos onkolog i år uden tilbagefald.', 'CT af thorax uden tegn til recidiv.'],
    drugs: ['gabapentin', 'duloxetin', 'lidokainplaster', 'capsaicinplaster'],
  },
  {
    name: 'centrale smerter efter rygmarvsskade',
    mechanism: 'neuropathic',
    often: 1,
    site: 'i begge ben under skadesniveauet',
    histories: [
      'Inkomplet rygmarvsskade i {year} efter fald. Siden brændende og klemmende smerter i begge ben, uafhængigt af belastning.',
      'Følger efter tumorfri rygmarvsoperation i {year}. Går med rollator; konstante sviende smerter i benene.',
    ],
    examinations: [
      'Spastisk gang, nedsat temperatursans fra Th10 og ned, kuldeallodyni på lårene.',
      'Øget tonus i begge ben, nedsat stikkesans under navlen.',
    ],
    investigations: [
      'MR af rygmarven: stationære følger, ingen syrinx.',
      'Urodynamisk undersøgelse og MR er gennemgået på specialafdeling.',
    ],
    drugs: ['pregabalin', 'amitriptylin', 'metadon', 'morfin depot'],
  },
  {
    name: 'kroniske bækkensmerter',
    mechanism: 'mixed',
    often: 2,
    wide: true,
    site: 'i bækkenet',
    only: 'female',
    histories: [
      'Bækkensmerter siden {year}, først cykliske, nu daglige. Gynækologisk udredt og behandlet for endometriose.',
      'Siden en kompliceret fødsel i {year} smerter i bækken og mellemkød. Gynækologisk og kirurgisk afsluttet.',
    ],
    examinations: [
      'Ømhed af bækkenbundens muskulatur, gynækologisk undersøgelse i øvrigt normal.',
      'Udtalt ømhed svarende til bækkenled og bækkenbund, ingen udfyldninger.',
    ],
    investigations: ['MR af bækkenet og kikkertundersøgelse uden aktiv sygdom.', 'Ultralyd og MR af bækkenet normale.'],
    drugs: ['amitriptylin', 'duloxetin', 'gabapentin', 'tramadol'],
  },
  {
    name: 'fantom- og stumpsmerter efter benamputation',
    mechanism: 'neuropathic',
    often: 1,
    site: 'i {side} benstump og det manglende ben',
    from: 40,
    histories: [
      'Amputeret på {side} lår i {year} efter karsygdom. Daglige fantomsmerter som strøm i foden og ømhed af stumpen i protesen.',
      'Underbensamputeret på {side} side i {year} efter en ulykke. Fantomsmerter hver aften; protesen er justeret flere gange.',
    ],
    examinations: [
      'Velhelet stump uden tryksår, smertefuldt punkt svarende til et muligt neurom.',
      'Stumpen er berøringsøm lateralt, god protesepasform.',
    ],
    investigations: [
      'Ultralyd af stumpen: neurom, kirurgisk behandling frarådet.',
      'Karundersøgelse: god gennemblødning af stumpen.',
    ],
    drugs: ['gabapentin', 'nortriptylin', 'metadon', 'lidokainplaster'],
  },
  {
    name: 'smerter efter nerveskade i armen',
    mechanism: 'neuropathic',
    often: 2,
    site: 'i {side} arm',
    histories: [
      'Snitskade på {side} underarm i {year} med skade på ulnarisnerven, syet. Siden jagende smerter og nedsat brug af hånden.',
      'Pleksusskade efter motorcykeluheld i {year}. Håndkirurgisk afsluttet; konstante smerter i hele {side} arm.',
    ],
    examinations: [
      'Svind af håndens små muskler, nedsat følesans på ulnarsiden, positivt Tinels tegn.',
      'Svækket skulder og albue på {side} side, allodyni på underarmen.',
    ],
    investigations: [
      'Elektromyografi: delvis regeneration. MR uden yderligere skade.',
      'Nerveledningsundersøgelse: stationær nerveskade.',
    ],
    drugs: ['pregabalin', 'nortriptylin', 'gabapentin', 'tramadol'],
  },
  {
    name: 'smerter ved spinalstenose',
    mechanism: 'mixed',
    often: 3,
    site: 'i lænd og begge ben ved gang',
    from: 62,
    histories: [
      'Gangdistancen er siden {year} gradvist aftaget til få hundrede meter. Operation er drøftet og frarådet af rygkirurg.',
      'Opereret for spinalstenose i {year} med forbigående bedring. Smerter i lænd og ben er tilbage.',
    ],
    examinations: [
      'Foroverbøjet gang, normal kraft, svage reflekser i begge ben, god fodpuls.',
      'Stående smerter lettes ved at sidde. Nedsat vibrationssans distalt.',
    ],
    investigations: [
      'MR af lænden: stenose L3–L5.',
      'MR: tilstand efter dekompression, moderat stenose over operationsniveauet.',
    ],
    drugs: ['gabapentin', 'duloxetin', 'buprenorfinplaster', 'tramadol'],
  },
];
