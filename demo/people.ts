/** Synthetic patients: each is called Test in the middle, and has a number that cannot have been issued (domain.md B2). */
import { addDays, type CalendarDate } from '../machines/calendar/calendar.js';
import type { PlanningArea } from '../machines/pathway/fields.js';
import { isSyntheticCpr } from '../machines/calendar/identifiers.js';
import { Random } from './random.js';

export type Person = {
  name: string;
  sex: 'female' | 'male';
  birthDate: CalendarDate;
  area: PlanningArea;
  practice: string;
  number: string | undefined;
  numberTellsBirth: boolean;
};

const female = [
  'Agnete',
  'Asta',
  'Birgit',
  'Bodil',
  'Camilla',
  'Dagny',
  'Ditte',
  'Elin',
  'Eva',
  'Fie',
  'Gerda',
  'Gitte',
  'Hanne',
  'Ida',
  'Inger',
  'Jonna',
  'Karen',
  'Kirsten',
  'Lene',
  'Lis',
  'Maja',
  'Merete',
  'Nanna',
  'Oda',
  'Pernille',
  'Ragnhild',
  'Rikke',
  'Signe',
  'Solveig',
  'Tove',
  'Ulla',
  'Vibeke',
  'Yasmin',
  'Zeynep',
  'Ane',
  'Grethe',
];
const male = [
  'Aksel',
  'Arne',
  'Bent',
  'Bjarke',
  'Claus',
  'Dan',
  'Ejnar',
  'Emil',
  'Erling',
  'Flemming',
  'Frode',
  'Gorm',
  'Henning',
  'Ivan',
  'Jakob',
  'Jens',
  'Kaj',
  'Kasper',
  'Laurits',
  'Leif',
  'Mads',
  'Mogens',
  'Niels',
  'Ole',
  'Palle',
  'Poul',
  'Rasmus',
  'Rune',
  'Svend',
  'Thorkild',
  'Torben',
  'Uffe',
  'Vagn',
  'Villy',
  'Ahmad',
  'Ibrahim',
];
const family = [
  'Agerskov',
  'Bakkegård',
  'Birketoft',
  'Bøgelund',
  'Damgård',
  'Egelund',
  'Elmholt',
  'Engkær',
  'Fyrrekrog',
  'Gransø',
  'Havremark',
  'Hedelund',
  'Hvidtjørn',
  'Hyldedal',
  'Kærsgård',
  'Kildetoft',
  'Klintholm',
  'Kløverager',
  'Lindekær',
  'Lyngbakke',
  'Mosegård',
  'Nørreeng',
  'Pilekrog',
  'Poppelholt',
  'Rosenkær',
  'Rugmark',
  'Rønnehave',
  'Skovbrynet',
  'Slåenhøj',
  'Stenrose',
  'Strandby',
  'Søkilde',
  'Tjørnelund',
  'Toftegård',
  'Vandkær',
  'Vestermark',
  'Viddehus',
  'Ålekær',
  'Åbrink',
  'Østermose',
];

/** Where the patients of the region live, roughly as many as live there. */
const areas = [
  [17, 'nord'],
  [25, 'midt'],
  [30, 'byen'],
  [28, 'syd'],
] as const;
export const practices = {
  nord: 'GP_NORD',
  midt: 'GP_MIDT',
  byen: 'GP_BYEN',
  syd: 'GP_SYD',
  bornholm: 'GP_BYEN',
  outsideRegion: 'GP_SYD',
} as const satisfies Record<PlanningArea, string>;
/** Ages as a pain service sees them: most in the middle of life, some very old. */
const ages = [
  [8, [19, 29]],
  [16, [30, 39]],
  [25, [40, 49]],
  [26, [50, 59]],
  [15, [60, 69]],
  [8, [70, 79]],
  [2, [80, 90]],
] as const satisfies readonly (readonly [number, readonly [number, number]])[];

const two = (n: number) => String(n).padStart(2, '0');

/** A CPR of that day and sex with a serial number of the test series, 99xx; who was born before 1937 has no such, and another digit 7. */
function syntheticCpr(birthDate: CalendarDate, sex: Person['sex'], random: Random): string {
  const [year, month, day] = birthDate.split('-') as [string, string, string];
  for (;;) {
    const serial = `${Number(year) < 1937 ? '3' : '9'}9${two(random.int(0, 99))}`;
    const cpr = `${day}${month}${year.slice(2)}-${serial}`;
    if (isSyntheticCpr(cpr) && (Number(serial) % 2 === 1) === (sex === 'male')) return cpr;
  }
}

/** A national replacement number (X-eCPR): the day of birth, 1 or 7, two letters and a digit. */
const replacement = (birthDate: CalendarDate, random: Random): string =>
  `${birthDate.slice(8)}${birthDate.slice(5, 7)}${birthDate.slice(2, 4)}-${random.pick(['1', '7'])}${random.pick(['TA', 'TE', 'TS', 'XT'])}${random.int(0, 9)}`;

export type Wanted = { age?: number; identity?: 'replacement' | 'none'; area?: PlanningArea };

export class Population {
  private readonly taken = new Set<string>();

  /** Somebody who is not yet there, with so many completed years on a date. */
  person(random: Random, on: CalendarDate, { age, identity, area: wanted }: Wanted = {}): Person {
    const sex = random.chance(0.64) ? 'female' : 'male';
    const birthDate = this.born(random, on, age ?? random.int(...random.weighted<readonly [number, number]>(ages)));
    const area = wanted ?? random.weighted(areas);
    const practice = random.chance(0.96) ? practices[area] : practices[random.weighted(areas)];
    const number =
      identity === 'none'
        ? undefined
        : this.unused(() => (identity ? replacement(birthDate, random) : syntheticCpr(birthDate, sex, random)));
    return {
      name: this.unused(() => `${random.pick(sex === 'female' ? female : male)} Test ${random.pick(family)}`),
      sex,
      birthDate,
      area,
      practice,
      number,
      numberTellsBirth: identity === undefined,
    };
  }

  private born(random: Random, on: CalendarDate, age: number): CalendarDate {
    const birthday = addDays(
      `${Number(on.slice(0, 4)) - age}-${on.slice(5) === '02-29' ? '02-28' : on.slice(5)}`,
      -random.int(5, 350),
    );
    return birthday.endsWith('-01-01') ? addDays(birthday, 1) : birthday;
  }

  private unused(made: () => string): string {
    for (;;) {
      const one = made();
      if (this.taken.has(one)) continue;
      this.taken.add(one);
      return one;
    }
  }
}
