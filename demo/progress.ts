/** How far the demo has got: a bar on a terminal, a few plain lines elsewhere. */
import { SingleBar } from 'cli-progress';
import { copenhagenDate, daysBetween, type Instant } from '../machines/calendar/calendar.js';

type Out = NodeJS.WriteStream | NodeJS.WritableStream;
export type Progress = { seen(at: Instant, patients: number, events: number): void; end(line: string): void };

export function progressOn(out: Out, first: Instant, until: Instant): Progress {
  const days = daysBetween(copenhagenDate(first), copenhagenDate(until));
  const dayOf = (at: Instant) => daysBetween(copenhagenDate(first), copenhagenDate(at));
  return 'isTTY' in out && out.isTTY ? bar(out, days, dayOf) : lines(out, days, dayOf);
}

function bar(out: Out, days: number, dayOf: (at: Instant) => number): Progress {
  const shown = new SingleBar({
    format: 'Demo data [{bar}] {date}  {patients} patients, {events} events',
    stream: out,
    hideCursor: true,
    clearOnComplete: true,
  });
  shown.start(days, 0, { date: '', patients: 0, events: 0 });
  return {
    seen: (at, patients, events) => shown.update(dayOf(at), { date: copenhagenDate(at), patients, events }),
    end: (line) => {
      shown.stop();
      out.write(`${line}\n`);
    },
  };
}

function lines(out: Out, days: number, dayOf: (at: Instant) => number): Progress {
  let quarter = 0;
  out.write('Demo data: synthetic patients walk through the past year.\n');
  return {
    seen: (at, patients, events) => {
      const now = Math.floor((4 * dayOf(at)) / Math.max(1, days));
      if (now <= quarter || now > 3) return;
      quarter = now;
      out.write(`  ${copenhagenDate(at)}: ${patients} patients, ${events} events\n`);
    },
    end: (line) => {
      out.write(`${line}\n`);
    },
  };
}
