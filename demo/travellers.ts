/** The patients of a plan: who goes which way, and since when. The last one is a draft begun at the very end, and so the sign that the demo is whole. */
import { addDays, copenhagenDate, type Instant } from '../machines/calendar/calendar.js';
import { Course } from './course.js';
import { draftInTheMaking } from './journeys/ordinary.js';
import { table, type Row } from './journeys/table.js';
import { openDay, opens, timeOn } from './office-hours.js';
import { Population } from './people.js';
import type { Plan } from './plan-key.js';
import { Random } from './random.js';
import { Transport } from './system.js';
import type { Traveller } from './walk.js';

const written = table.reduce((sum, [of299]) => sum + of299, 0);

/** One row a patient: the table as it is for 300 with the last one, every so many-th of it for fewer; mixed, since patients are numbered as they come. */
function rowsFor(count: number): { row: Row; part: number }[] {
  const all = table.flatMap((row) =>
    Array.from({ length: row[0] }, (_, index) => ({ row, part: (index + 0.5) / row[0] })),
  );
  const picked = Array.from({ length: count }, (_, index) => all[Math.floor(((index + 0.5) * written) / count)]!);
  return new Random('who goes which way').shuffled(picked);
}

export function travellersOf({ until, patients }: Plan): { travellers: Traveller[]; last: Traveller } {
  const population = new Population();
  const today = addDays(copenhagenDate(until), 1);
  const travellers = rowsFor(patients - 1).map(({ row: [, [from, to], kind, name, journey, wanted], part }, index) => {
    const number = index + 1;
    const random = new Random(`patient ${number}`);
    // More of them lately: a service that has just begun to use this has more patients now than a year ago.
    const daysAgo = Math.round(
      from + (to - from) * Math.min(1, Math.max(0, part + (random.next() - 0.5) * 0.1)) ** 1.5,
    );
    const day = openDay(addDays(today, -daysAgo), -1);
    return traveller(number, name, random, timeOn(day, opens + random.int(10, 380)), kind, journey, population, wanted);
  });
  const random = new Random('the last patient');
  return {
    travellers,
    last: traveller(patients, 'a draft just begun', random, until, 'simple', draftInTheMaking, population),
  };
}

function traveller(
  number: number,
  name: string,
  random: Random,
  begins: Instant,
  kind: Row[2],
  journey: Row[4],
  population: Population,
  wanted?: Row[5],
): Traveller {
  const course = new Course(number, population.person(random, copenhagenDate(begins), wanted), random, begins, kind);
  return {
    number,
    name,
    course,
    journey: journey(course),
    transport: new Transport(new Random(`transport ${number}`), course.lost),
    steps: 0,
  };
}
