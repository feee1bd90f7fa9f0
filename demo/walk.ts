/** All patients on their way at once, in the order of time: each step is sent, and what it leads to is asked for. */
import type { Instant } from '../machines/calendar/calendar.js';
import type { Wire } from '../machines/pathway/events.js';
import type { Actor } from '../machines/pathway/roles.js';
import type { PathwayView } from '../src/pathways/wire.js';
import { Problem } from '../src/http/problem.js';
import type { Course, Journey, Step } from './course.js';
import { Heap } from './heap.js';
import { later } from './office-hours.js';
import { deadlines, transport } from './staff.js';
import { sweep, type Errand, type Transport } from './system.js';

export type Traveller = {
  number: number;
  name: string;
  course: Course;
  journey: Journey;
  transport: Transport;
  steps: number;
};
/** Where a step goes: to the door, or, while it is being gone over again, to the log. Throws a Problem for a refusal. */
export type Taker = {
  open(traveller: Traveller, at: Instant): Promise<PathwayView>;
  send(traveller: Traveller, step: Step): Promise<PathwayView>;
};
export type Stopped = { traveller: Traveller; step: Step | undefined; because: string };

type Work = { at: Instant; order: number; does: () => Promise<void> };
/** What is still to be done with one patient, in the order of time, then of asking. */
class Agenda {
  private readonly works = new Heap<Work>((a, b) => (a.at !== b.at ? a.at < b.at : a.order < b.order));
  private asked = 0;
  constructor(readonly patient: number) {}
  get at(): Instant {
    return this.works.first?.at ?? never;
  }
  add(at: Instant, does: () => Promise<void>): void {
    this.works.add({ at, order: this.asked++, does });
  }
  take(): Work {
    return this.works.take()!;
  }
}
const never: Instant = '9999';
/**
 * So many patients at once, within an hour of the day that is being walked: while the database writes for one, another is judged. Nobody has two steps
 * under way, and each step bears its own time, so that every log is the same each time.
 */
export const atOnce = 4;
const minutesApart = 60;

export class Walk {
  /** Journeys that ended where they were not meant to. */
  readonly stopped: Stopped[] = [];
  events = 0;
  patients = 0;
  private readonly agendas = new Map<Traveller, Agenda>();

  constructor(private readonly taker: Taker) {}

  sets(traveller: Traveller): void {
    this.add(traveller, traveller.course.at, () => this.opens(traveller, this.taker));
  }

  /** Everything before a time, whoever is first going first; `seen` is called after each step. What is under way when one fails is waited for. */
  async run(until: Instant, seen: (at: Instant) => void): Promise<void> {
    const waiting = new Heap<Agenda>((a, b) => (a.at !== b.at ? a.at < b.at : a.patient < b.patient));
    for (const agenda of this.agendas.values()) waiting.add(agenda);
    const underWay = new Map<Agenda, Instant>();
    const mayStart = ({ at }: Agenda): boolean =>
      at < until &&
      underWay.size < atOnce &&
      [...underWay.values()].every((other) => at <= other || at <= later(other, minutesApart));
    let failure: { error: unknown } | undefined;
    await new Promise<void>((resolve) => {
      const goOn = (): void => {
        while (!failure && waiting.first && mayStart(waiting.first)) begin(waiting.take()!);
        if (underWay.size === 0) resolve();
      };
      const begin = (agenda: Agenda): void => {
        const { at, does } = agenda.take();
        underWay.set(agenda, at);
        does()
          .then(() => seen(at))
          .catch((error: unknown) => {
            failure ??= { error };
          })
          .finally(() => {
            underWay.delete(agenda);
            waiting.add(agenda);
            goOn();
          });
      };
      goOn();
    });
    if (failure) throw (failure as { error: unknown }).error;
  }

  private add(traveller: Traveller, at: Instant, does: () => Promise<void>): void {
    const agenda = this.agendas.get(traveller) ?? new Agenda(traveller.number);
    this.agendas.set(traveller, agenda);
    agenda.add(at, does);
  }

  async opens(traveller: Traveller, taker: Taker): Promise<void> {
    const { course } = traveller;
    this.taken(traveller, await taker.open(traveller, course.at), course.at, undefined);
    this.patients += 1;
    this.goesOn(traveller);
  }

  private goesOn(traveller: Traveller): void {
    try {
      const { value: step, done } = traveller.journey.next();
      if (!done) this.add(traveller, step.at, () => this.sends(traveller, step));
    } catch (error) {
      this.stopped.push({ traveller, step: undefined, because: String(error) });
    }
  }

  private async sends(traveller: Traveller, step: Step): Promise<void> {
    try {
      const view = await this.taker.send(traveller, inOrder(step, traveller.course));
      this.taken(traveller, view, step.at, step.event);
      if (step.refused) {
        this.stopped.push({ traveller, step, because: `it was to be refused: ${step.refused}` });
        return;
      }
    } catch (error) {
      if (!(error instanceof Problem)) throw error;
      if (error.type !== step.refused) {
        this.stopped.push({ traveller, step, because: reasonsOf(error) });
        return;
      }
    }
    this.goesOn(traveller);
  }

  private taken(traveller: Traveller, view: PathwayView, at: Instant, event: Wire | undefined): void {
    traveller.course.saw(view, at);
    this.events += 1;
    for (const errand of traveller.transport.errands(view, at, event)) this.runs(traveller, errand, transport);
    const late = sweep(view, at);
    if (late) this.runs(traveller, late, deadlines);
  }

  /** The system's own steps: left out when they are no longer called for. */
  private runs(traveller: Traveller, { at, event, stillWanted }: Errand, actor: Actor): void {
    this.add(traveller, at, async () => {
      if (!stillWanted(traveller.course.view)) return;
      try {
        this.taken(traveller, await this.taker.send(traveller, { at, actor, event }), at, event);
      } catch (error) {
        if (!(error instanceof Problem)) throw error;
        this.stopped.push({ traveller, step: { at, actor, event }, because: reasonsOf(error) });
      }
    });
  }
}

/** What is told of later happened when it did, unless something else has been recorded since. */
function inOrder(step: Step, { lastAt }: Course): Step {
  const { occurredAt, ...event } = step.event;
  return occurredAt === undefined || occurredAt > lastAt ? step : { ...step, event };
}

const reasonsOf = ({ type, message: detail, extra }: Problem): string =>
  [
    type,
    ...((extra['unanswered'] as string[] | undefined) ?? []),
    ...((extra['errors'] as { pointer: string; message: string }[] | undefined) ?? []).map(
      ({ pointer, message }) => `${pointer} ${message}`,
    ),
    detail,
  ].join('; ');
