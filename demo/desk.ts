/** The demo's side of the one door. After an interruption it first goes over the log, which must say what the plan says, and then goes on. */
import { advance, begin } from '../machines/engine/advance.js';
import type { Instant } from '../machines/calendar/calendar.js';
import { events, type Wire } from '../machines/pathway/events.js';
import type { Actor } from '../machines/pathway/roles.js';
import { restore, type Stored } from '../machines/engine/snapshot.js';
import { SetClock } from '../src/database/clock.js';
import { Sql, statement } from '../src/database/sql.js';
import { SeededIds } from '../src/database/ids.js';
import { Door } from '../src/pathways/door.js';
import {
  canonical,
  eventOf,
  openingOf,
  readEntry,
  readRefusal,
  type Entry,
  type RefusalEntry,
  type Written,
} from '../src/pathways/log.js';
import { Openings } from '../src/pathways/openings.js';
import { viewOf, type PatientRow } from '../src/pathways/view.js';
import type { OpeningRequest, PathwayView } from '../src/pathways/wire.js';
import { Problem } from '../src/http/problem.js';
import type { Step } from './course.js';
import { keyOf, type Plan } from './plan-key.js';
import { Random } from './random.js';
import { staff } from './staff.js';
import type { Taker, Traveller } from './walk.js';

const entries = statement('demo_entries', 'select pathway_id, leaf, payload from transition order by pathway_id, seq');
const patients = statement(
  'demo_patients',
  'select p.id, p.patient_id, t.name, t.birth_date::text as birth_date, t.person_number from pathway p join patient t on t.id = p.patient_id',
);
const refusals = statement('demo_refusals', 'select pathway_id, leaf, payload from refusal');

/** The log says something else than the plan: somebody has gone on with the demo, or another version of this program has begun it. */
export class OtherThanPlanned extends Error {}

type File = { patient: PatientRow; entries: Entry[]; refusals: RefusalEntry[]; stored?: Stored; read: number };
type Files = Map<string, File>;

export async function readFiles(sql: Sql): Promise<Files> {
  const files: Files = new Map(
    (await sql.rows<PatientRow & { id: string }>(patients, [])).map(({ id, ...patient }) => [
      id,
      { patient, entries: [], refusals: [], read: 0 },
    ]),
  );
  for (const { pathway_id, ...written } of await sql.rows<Written & { pathway_id: string }>(entries, []))
    files.get(pathway_id)!.entries.push(readEntry(written));
  for (const { pathway_id, ...written } of await sql.rows<Written & { pathway_id: string }>(refusals, []))
    files.get(pathway_id)!.refusals.push(readRefusal(written));
  return files;
}

/** The bytes of a patient's ids are his own, so that they are the same in whatever order patients are opened. */
const idsOf = (number: number): SeededIds => {
  const random = new Random(`ids of ${number}`);
  return new SeededIds(() => random.int(0, 255));
};

export class Desk implements Taker {
  private readonly doors = new Map<number, { clock: SetClock; door: Door }>();

  constructor(
    private readonly sql: Sql,
    private readonly plan: Plan,
    private readonly files: Files,
  ) {}

  async open(traveller: Traveller, at: Instant): Promise<PathwayView> {
    const key = this.key(traveller);
    const {
      course: { person },
      number,
    } = traveller;
    const file = this.files.get(idsOf(number).next(new Date(at)));
    if (file) return this.reread(file, 'pathway.opened', undefined, at);
    const { name, birthDate, number: cpr, numberTellsBirth, area } = person;
    const request: OpeningRequest = {
      patient: { name, ...(cpr === undefined ? {} : { cpr }), ...(numberTellsBirth ? {} : { birthDate }) },
      planningArea: area,
    };
    const { clock, door } = this.doorFor(traveller, at);
    const { view } = await new Openings(this.sql, clock, door, idsOf(number)).open(
      request,
      staff(person.practice, 'gp', number),
      key,
    );
    return view;
  }

  async send(traveller: Traveller, { at, actor, event: said, refused }: Step): Promise<PathwayView> {
    const key = this.key(traveller);
    const { view } = traveller.course;
    const event = events[said.type].schema.parse(said) as Wire;
    const file = this.files.get(view.id);
    if (file && refused && wasRefused(file, event, view.version))
      throw new Problem(refused, { da: 'som før afbrydelsen', en: 'as before the interruption' });
    if (file && file.read < file.entries.length) return this.reread(file, event, actor, at);
    return (await this.doorFor(traveller, at).door.send({ pathway: view.id, event, actor, version: view.version, key }))
      .view;
  }

  /** Several patients are under way at once, each at a time of his own. */
  private doorFor({ number }: Traveller, at: Instant): { clock: SetClock; door: Door } {
    const clock = new SetClock(at);
    const entrance = this.doors.get(number) ?? { clock, door: new Door(this.sql, clock) };
    this.doors.set(number, entrance);
    entrance.clock.set(at);
    return entrance;
  }

  /** Counted whether it is sent or reread. */
  private key(traveller: Traveller): string {
    return keyOf(this.plan, traveller.number, traveller.steps++);
  }

  /** One entry of the log, taken as the chart took it. */
  private reread(file: File, event: Wire | 'pathway.opened', actor: Actor | undefined, at: Instant): PathwayView {
    const entry = file.entries[file.read]!;
    const same =
      typeof event === 'string'
        ? entry.event.type === event
        : canonical(entry.event) === canonical(event) && entry.actor.sub === actor?.sub;
    if (!same || entry.recordedAt !== at)
      throw new OtherThanPlanned(
        `${entry.pathway} seq ${entry.seq} is ${entry.event.type} of ${entry.recordedAt}, and not ${typeof event === 'string' ? event : event.type} of ${at}`,
      );
    const stored =
      typeof event === 'string' ? begin(openingOf(entry)) : advance(restore(file.stored!), eventOf(entry))!.stored;
    file.stored = stored;
    file.read += 1;
    return viewOf(entry.pathway, entry.seq, file.patient, stored);
  }
}

/** Each recorded refusal stands for one attempt. */
function wasRefused(file: File, event: Wire, version: number): boolean {
  const place = file.refusals.findIndex((one) => one.version === version && canonical(one.event) === canonical(event));
  if (place === -1) return false;
  file.refusals.splice(place, 1);
  return true;
}
