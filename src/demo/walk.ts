/** All patients on their way at once, in the order of time: each step is sent, and what it leads to is asked for. */
import type { Instant } from '../../machines/calendar.js';
import type { Wire } from '../../machines/events.js';
import type { Actor } from '../../machines/roles.js';
import type { PathwayView } from '../pathways/wire.js';
import { Problem } from '../problem.js';
import type { Course, Journey, Step } from './course.js';
import { Queue } from './queue.js';
import { deadlines, transport } from './staff.js';
import { sweep, type Errand, type Transport } from './system.js';

export type Traveller = { number: number; name: string; course: Course; journey: Journey; transport: Transport; steps: number };
/** Where a step goes: to the door, or, while it is being gone over again, to the log. Throws a Problem for a refusal. */
export type Taker = {
  open(traveller: Traveller, at: Instant): Promise<PathwayView>;
  send(traveller: Traveller, step: Step): Promise<PathwayView>;
};
export type Stopped = { traveller: Traveller; step: Step | undefined; because: string };

export class Walk {
  /** Journeys that ended where they were not meant to. */
  readonly stopped: Stopped[] = [];
  events = 0;
  patients = 0;
  private readonly queue = new Queue();

  constructor(private readonly taker: Taker) {}

  sets(traveller: Traveller): void {
    this.queue.add(traveller.course.at, traveller.number, () => this.opens(traveller, this.taker));
  }

  /** Everything before a time; `seen` is called after each step. */
  async run(until: Instant, seen: (at: Instant) => void): Promise<void> {
    for (let next = this.queue.take(until); next !== undefined; next = this.queue.take(until)) {
      await next.work();
      seen(next.at);
    }
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
      if (!done) this.queue.add(step.at, traveller.number, () => this.sends(traveller, step));
    } catch (error) {
      this.stopped.push({ traveller, step: undefined, because: String(error) });
    }
  }

  private async sends(traveller: Traveller, step: Step): Promise<void> {
    try {
      const view = await this.taker.send(traveller, inOrder(step, traveller.course));
      this.taken(traveller, view, step.at, step.event);
      if (step.refused) { this.stopped.push({ traveller, step, because: `it was to be refused: ${step.refused}` }); return; }
    } catch (error) {
      if (!(error instanceof Problem)) throw error;
      if (error.type !== step.refused) { this.stopped.push({ traveller, step, because: reasonsOf(error) }); return; }
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
    this.queue.add(at, traveller.number, async () => {
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

const reasonsOf = ({ type, detail, extra }: Problem): string =>
  [type, ...((extra['unanswered'] as string[] | undefined) ?? []), ...((extra['errors'] as { pointer: string; message: string }[] | undefined) ?? []).map(({ pointer, message }) => `${pointer} ${message}`), detail].join('; ');
