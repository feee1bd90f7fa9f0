/** What physicians, nurses and the team write while they treat. A story remembers how bad it is and what is taken, so that one visit follows from the other. */
import { filled, type Case } from '../facts.js';
import type { Random } from '../random.js';
import { drugs } from './drugs.js';
import type { DrugName } from './pictures.js';

const first = (text: string): string => text.charAt(0).toUpperCase() + text.slice(1);

const stopsAtOnce: readonly DrugName[] = ['lidokainplaster', 'capsaicinplaster'];

/** How it goes, and what has been said of it. */
export class Story {
  /** Pain on average from 0 to 10, as the patient says. */
  nrs: number;
  drug: DrugName;
  diagnosed = false;
  private step = 0;
  private readonly used = new Set<string>();

  constructor(
    readonly random: Random,
    readonly about: Case,
  ) {
    this.nrs = random.int(6, 9);
    this.drug = random.pick(about.picture.drugs);
  }
  get site(): string {
    return filled(this.about.picture.site, this.about);
  }
  get dose(): string {
    return `${this.drug} ${drugs[this.drug].doses[this.step]!}`;
  }
  /** At the beginning of a sentence. */
  get Dose(): string {
    return first(this.dose);
  }
  /** One of several, filled in; not one that was said before, while there are others. */
  say(...texts: readonly string[]): string {
    const unused = texts.filter((text) => !this.used.has(text));
    const said = this.random.pick(unused.length > 0 ? unused : texts);
    this.used.add(said);
    return filled(said, this.about);
  }
  relief(): void {
    if (this.nrs > 2 && this.random.chance(0.7)) this.nrs -= 1;
  }

  /** Up one dose, or over to another drug when there is none. */
  stepUp(): { change: string; effect: string; sideEffects: string } {
    const [before, known] = [this.dose, this.drug];
    if (this.step + 1 < drugs[this.drug].doses.length) this.step += 1;
    else {
      this.drug = this.random.pick(this.about.picture.drugs.filter((drug) => drug !== this.drug));
      this.step = 0;
    }
    this.relief();
    return {
      change:
        this.drug === known
          ? `Fra ${before} til ${this.dose}.`
          : `${first(before)} ${stopsAtOnce.includes(known) ? 'ophører' : 'aftrappes over to uger'}; skift til ${this.dose}.`,
      effect: this.say(
        `NRS ${this.nrs} i gennemsnit.`,
        `Sover bedre; NRS ${this.nrs}.`,
        `Let bedring, NRS ${this.nrs}.`,
        `Kan gå længere, NRS ${this.nrs}.`,
      ),
      sideEffects: this.random.pick(drugs[this.drug].sideEffects),
    };
  }
}

export const plans = (story: Story): string =>
  story.say(
    `Opstart af ${story.dose} med langsom optrapning over fire uger. Telefonisk opfølgning ved sygeplejerske.`,
    `${story.Dose} som første skridt; aftrapning af præparater uden effekt. Søvn og aktivitet følges.`,
    `Behandles med ${story.dose}. Målet er aftalt: at kunne gå en tur hver dag og sove igennem.`,
  );

export const firstNote = (story: Story): string =>
  [
    `Første samtale. Smerter ${story.site}, NRS ${story.nrs} i hvile og ${Math.min(10, story.nrs + 1)} ved aktivitet.`,
    story.say(
      'Søvnen er afbrudt to til tre gange hver nat.',
      'Sover fem timer med ophold.',
      'Indsovning er svær, sover ellers nogenlunde.',
      'Vågner tidligt på grund af smerter.',
    ),
    story.say(
      'Objektivt som i henvisningen.',
      'Fundene er som beskrevet i henvisningen, ingen nye røde flag.',
      'Neurologisk undersøgt, ingen nye udfald.',
    ),
    story.say(
      'Forventningerne er afstemt: lindring og bedre funktion, ikke smertefrihed.',
      'Har læst om tilbuddet og er motiveret.',
      'Vi har talt om, hvad behandlingen kan og ikke kan.',
    ),
    `Plan: ${story.dose}, ny kontakt om tre uger.`,
  ].join(' ');

export const visitNote = (story: Story): string =>
  [
    story.say(
      `Kommer til kontrol. NRS nu ${story.nrs}.`,
      `Opfølgning. Angiver NRS ${story.nrs} i gennemsnit den seneste uge.`,
      `Samtale i ambulatoriet, NRS ${story.nrs}.`,
      `Videokonsultation. Smerterne vurderes til ${story.nrs} på NRS.`,
    ),
    story.say(
      'Tåler medicinen godt.',
      'Har været træt den første uge, nu bedre.',
      'Har glemt enkelte doser, men synes, at det hjælper.',
      'Mærker forskel, når en dosis springes over.',
      'Er i tvivl om effekten, vil gerne fortsætte lidt endnu.',
    ),
    story.say(
      'Går ture på en halv time de fleste dage.',
      'Er begyndt at svømme en gang om ugen.',
      'Har genoptaget lettere husarbejde.',
      'Aktivitetsniveauet er uændret.',
      'Var med til familiefest for første gang i lang tid.',
      'Arbejder igen et par timer om dagen.',
    ),
    story.say(
      `Fortsætter ${story.dose}.`,
      `Aktuelt ${story.dose}; recept udstedt herfra.`,
      `${story.Dose} fortsættes uændret til næste gang.`,
    ),
  ].join(' ');

export const diagnosisText = (story: Story): string =>
  story.say(
    `${first(story.about.picture.name)}; kroniske smerter ${story.site}.`,
    `Kroniske non-maligne smerter ${story.site}: ${story.about.picture.name}.`,
    `${first(story.about.picture.name)}, symptomer siden {year}.`,
  );

export const optimised = (story: Story): string =>
  story.say(
    `${story.Dose}, stabil i seks uger, NRS ${story.nrs}. Ingen generende bivirkninger.`,
    `Bedste balance mellem effekt og bivirkninger ved ${story.dose}. NRS ${story.nrs}.`,
    `${story.Dose} fortsættes. Yderligere optrapning har ikke givet mere.`,
  );
export const completed = (story: Story): string =>
  story.say(
    'Diagnosen er stillet, og medicinen er optimeret. Patienten er klar til at fortsætte hos egen læge.',
    `Færdigbehandlet. NRS er faldet til ${story.nrs}, og funktionen er bedret.`,
    'Målene for behandlingen er nået, så langt det er muligt.',
  );

export const disciplines = ['sygeplejerske', 'fysioterapeut', 'psykolog', 'socialrådgiver'] as const;
export const sessions: Record<(typeof disciplines)[number], readonly string[]> = {
  sygeplejerske: [
    'Gennemgået medicinplan og søvnvaner. Fører dagbog til næste gang.',
    'Undervisning om kroniske smerter, en pårørende deltog.',
    'Opfølgning på søvnskema: to gode nætter om ugen er blevet til fire.',
    'Talt om bivirkninger og om at tage medicinen til faste tider.',
    'Plan for dårlige dage skrevet ned sammen.',
  ],
  fysioterapeut: [
    'Afprøvet dosering af aktivitet: korte ture flere gange om dagen.',
    'Øvelser gennemgået; hjemmeprogram udleveret.',
    'Går nu 20 minutter uden pause. Har fået nye øvelser.',
    'Træning i varmtvandsbassin afprøvet med god virkning.',
    'Aktivitetsniveau justeret efter en uge med mange smerter.',
  ],
  psykolog: [
    'Arbejdet med bekymringstanker og tidlige tegn på overbelastning.',
    'Samtale om tab af arbejdsidentitet. Øvelse i opmærksomhed.',
    'Har sagt fra over for familien for første gang; det gav ro.',
    'Værdier og små mål for de næste uger drøftet.',
    'Søvn og grublen: afprøver fast tid til bekymringer.',
  ],
  socialrådgiver: [
    'Sagsgang i kommunen gennemgået, skrivelse til jobcenter aftalt.',
    'Deltog i møde med jobcentret; afklaring med nedsat tid.',
    'Økonomi og rettigheder gennemgået, ansøgning sendt.',
    'Kontakt til fagforening om fastholdelse i arbejdet.',
  ],
};
export const measures = (story: Story): string => `NRS ${story.nrs}; livskvalitet ${story.random.int(3, 7)} af 10`;
export const outcomes = (story: Story): string =>
  story.say(
    'Bedre søvn og kortere dage på sofaen; går tur dagligt. Angsten er aftaget.',
    'Deltager igen i familielivet, har fast aktivitet to gange om ugen.',
    'Sygemelding er afløst af praktik på nedsat tid. Færre smertetoppe.',
  );
export const acceptances = (story: Story): string =>
  story.say(
    'Siger selv, at smerterne er blevet en del af livet og ikke hele livet.',
    'Accept i bedring; kan skelne mellem gode og dårlige dage.',
    'Har opgivet at søge flere udredninger og bruger kræfterne på det, der lykkes.',
  );

export const newPains = [
  'Ny smerte i knæet efter et vrid på trappen, hævelse.',
  'Nye smerter i skulderen ved løft over hovedhøjde gennem tre uger.',
  'Nye hælsmerter ved gang om morgenen.',
  'Ny hoftesmerte efter fald i hjemmet, kan støtte på benet.',
  'Nye smerter i albue og underarm efter havearbejde.',
  'Nytilkomne smerter mellem skulderbladene, værst siddende.',
];
export const urgentPains = [
  'Pludseligt indsættende rygsmerter med vandladningsbesvær siden i går.',
  'Nye brystsmerter ved anstrengelse de seneste to dage.',
  'Hævet og varm læg gennem to dage, smerter ved gang.',
];
export const pauses = [
  'Indlagt til planlagt operation for galdesten.',
  'Er i udlandet hos familie.',
  'Lungebetændelse; magter ikke fremmøde.',
  'Barsel og behov for ro; medicin uændret.',
  'Ægtefællen er alvorligt syg; ønsker pause.',
];
