/** The one source of "now", so that the demo can walk through a past year and a test can stand still. */
export abstract class Clock {
  abstract now(): Date;
}
export class SystemClock extends Clock {
  now(): Date { return new Date(); }
}
/** A clock that is set by hand. */
export class SetClock extends Clock {
  private time: number;
  constructor(start: Date | string) { super(); this.time = new Date(start).getTime(); }
  now(): Date { return new Date(this.time); }
  set(time: Date | string): void { this.time = new Date(time).getTime(); }
}
