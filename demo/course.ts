/** One patient's way through the demo: what a journey sees, and how it says who does what, and when. */
import {
  addDays,
  copenhagenDate,
  copenhagenTime,
  daysBetween,
  type CalendarDate,
  type Instant,
} from '../machines/calendar/calendar.js';
import type { Wire } from '../machines/pathway/events.js';
import type { Facts } from '../machines/pathway/facts.js';
import type { LetterName } from '../machines/pathway/letters.js';
import type { Actor, Role } from '../machines/pathway/roles.js';
import { kindOf } from '../machines/pathway/routes.js';
import type { PathwayView } from '../src/pathways/wire.js';
import type { ProblemType } from '../src/http/problem.js';
import { caseFor, factsFor, without, type Case, type Gap, type Kind } from './facts.js';
import { closes, later, openDay, opens, timeOn } from './office-hours.js';
import type { Person } from './people.js';
import type { Random } from './random.js';
import { staff, transport } from './staff.js';
import { Story } from './texts/treatment.js';

/** One thing that somebody does at a time. `refused`: it is tried, and the refusal is what is wanted. */
export type Step = { at: Instant; actor: Actor; event: Wire; refused?: ProblemType };
/** What happens to a patient, step by step; between two steps it sees what the last one led to. */
export type Journey = Generator<Step, void, void>;
export type Part = (course: Course) => Journey;
type Said = Wire | ((now: Instant) => Wire);

export class Course {
  /** The pathway as the last answer showed it. */
  view!: PathwayView;
  story!: Story;
  facts!: Facts;
  gaps: readonly Gap[] = [];
  /** Warnings that stand whatever is answered (an age of 18): acknowledged by each who decides. */
  borderline: readonly string[] = [];
  /** Letters that the transport will lose, once each. */
  readonly lost = new Set<LetterName>();
  /** The clinic or centre that has or last had the patient. */
  private unit: string | undefined;
  /** When the pathway last changed, by whomever; `at` is when this journey last did something. */
  lastAt: Instant = '';
  private ahead = 0;
  private exactly: Instant | undefined;

  constructor(
    readonly number: number,
    readonly person: Person,
    readonly random: Random,
    public at: Instant,
    kind: Kind,
  ) {
    this.begins(kind);
    if (random.chance(0.25))
      this.gaps = random.shuffled<Gap>(['H1d', 'H3a', 'H5', 'H6', 'H7', 'H8']).slice(0, random.int(1, 2));
  }

  /** The first pain, or that of a new episode: another, or the same as before. */
  begins(kind: Kind, same: Partial<Case> = {}): void {
    const about = {
      ...caseFor(this.random, this.person, kind, this.today, (this.story as Story | undefined)?.about),
      ...same,
    };
    this.story = new Story(this.random, about);
    this.facts = factsFor(this.random, this.person, about, this.today);
    this.gaps = [];
  }

  get today(): CalendarDate {
    return copenhagenDate(this.at);
  }
  /** The facts as the GP first gives them. */
  get draft(): Facts {
    return without(this.facts, this.gaps);
  }
  get unitNow(): string {
    return this.unit ?? this.view.route.centre!;
  }
  saw(view: PathwayView, at: Instant): void {
    this.view = view;
    this.lastAt = at;
    if (kindOf(view.unit) === 'clinic' || kindOf(view.unit) === 'centre') this.unit = view.unit!;
  }

  /** The next step is some days later, on a working day. */
  wait(from: number, to = from): void {
    this.ahead += this.random.int(from, to);
  }
  /** The next step is on a day or the next working day, but not sooner than otherwise. */
  waitUntil(day: CalendarDate): void {
    this.ahead = Math.max(this.ahead, daysBetween(this.today, day));
  }
  /** The next step is an hour or less after a time. */
  goTo(time: Instant): void {
    this.exactly = later(time, this.random.int(15, 55));
  }
  /** A free time on a working day, some days ahead. */
  slot(from: number, to: number): Instant {
    return timeOn(
      openDay(addDays(this.today, this.ahead + this.random.int(from, to))),
      8 * 60 + 30 + 15 * this.random.int(0, 22),
    );
  }
  /** One of several texts. */
  say(texts: readonly string[]): string {
    return this.random.pick(texts);
  }

  /** Somebody of the unit that the role belongs to does something, a few minutes after what was before unless there was something to wait for. */
  by(role: Role, said: Said, { unit = this.seat(role), refused }: { unit?: string; refused?: ProblemType } = {}): Step {
    this.at = this.next();
    return {
      at: this.at,
      actor: staff(unit, role, this.number),
      event: typeof said === 'function' ? said(this.at) : said,
      ...(refused ? { refused } : {}),
    };
  }

  /** The transport notes something, a few minutes later. */
  bySystem(event: Wire): Step {
    this.at = this.next();
    return { at: this.at, actor: transport, event };
  }

  private seat(role: Role): string {
    if (role === 'gp' || role === 'gpStaff') return this.view.ownGp ?? this.person.practice;
    if (role === 'cvi') return this.view.route.cvi!;
    return role === 'triager' ? this.view.route.centre! : this.unitNow;
  }

  private next(): Instant {
    const { exactly, ahead } = this;
    this.exactly = undefined;
    this.ahead = 0;
    if (exactly !== undefined && exactly > this.at) return exactly;
    if (ahead > 0) return timeOn(openDay(addDays(this.today, ahead)), this.random.int(opens + 5, closes - 50));
    const soon = later(this.at, this.random.int(2, 14));
    return copenhagenTime(soon).minutes <= closes
      ? soon
      : timeOn(openDay(addDays(this.today, 1)), opens + this.random.int(5, 60));
  }
}
