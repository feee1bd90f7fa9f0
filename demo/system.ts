/** What the system does beside the people: messages arrive some minutes after they are queued, and passed deadlines are noted. */
import type { Instant } from '../machines/calendar/calendar.js';
import type { Wire } from '../machines/pathway/events.js';
import type { LetterName } from '../machines/pathway/letters.js';
import type { PathwayView } from '../src/pathways/wire.js';
import { later } from './office-hours.js';
import type { Random } from './random.js';

/** Something to be sent at a time, if it is still called for then. */
export type Errand = { at: Instant; event: Wire; stillWanted: (view: PathwayView) => boolean };

const resent: Partial<Record<Wire['type'], readonly string[]>> = {
  'referral.resent': ['referral'],
  'note.resent': ['note'],
  'letter.resent': ['dischargeLetter', 'letterAmended'],
};
const isLetter = (name: string): boolean => name === 'dischargeLetter' || name === 'letterAmended';
const seqOf = (messageId: string): number => Number(messageId.split('.')[0]);

export class Transport {
  private readonly underWay = new Set<string>();
  constructor(
    private readonly random: Random,
    private readonly lost: Set<LetterName>,
  ) {}

  /** What is to be delivered, now that an event has been taken. Nothing is delivered to nobody; a lost message waits to be sent again. */
  errands(view: PathwayView, at: Instant, event: Wire | undefined): Errand[] {
    for (const { messageId, letter } of view.undelivered)
      if (
        event &&
        (resent[event.type]?.includes(letter) || (event.type === 'message.resent' && event.messageId === messageId))
      )
        this.underWay.delete(messageId);
    const queued = view.undelivered.filter(({ messageId, to }) => to !== null && !this.underWay.has(messageId));
    return queued.flatMap(({ messageId, letter }) => {
      this.underWay.add(messageId);
      if (this.lost.delete(letter as LetterName)) return [];
      return this.delivery(messageId, letter, at, event?.type === 'note.corrected' ? event.noteId : seqOf(messageId));
    });
  }

  private delivery(messageId: string, letter: string, at: Instant, noteId: number): Errand[] {
    // A receiving system may be down for a day or two; the delivery is late then, and noted. Discharge letters are late only where a journey says so.
    const arrives = later(
      at,
      !isLetter(letter) && this.random.chance(0.004) ? this.random.int(2_200, 4_000) : this.random.int(4, 22),
    );
    const waits = (view: PathwayView) => view.undelivered.some((entry) => entry.messageId === messageId);
    if (letter !== 'note')
      return [
        {
          at: arrives,
          event: isLetter(letter) ? { type: 'letter.delivered', messageId } : { type: 'message.delivered', messageId },
          stillWanted: waits,
        },
      ];
    const status = (view: PathwayView) => view.notes.find((note) => note.noteId === noteId)?.status;
    return [
      {
        at: later(at, this.random.int(1, 3)),
        event: { type: 'note.sent', noteId },
        stillWanted: (view) => status(view) === 'queued',
      },
      {
        at: arrives,
        event: { type: 'note.delivered', noteId },
        stillWanted: (view) => ['queued', 'sent'].includes(status(view) ?? '') && waits(view),
      },
    ];
  }
}

/** A deadline is late from `dueAt` on; the first that has not been noted is noted two minutes later, if nothing has happened meanwhile. */
export function sweep(view: PathwayView, at: Instant): Errand | undefined {
  const open = view.deadlines.filter(({ pausedSince, missedAt }) => pausedSince === null && missedAt === null);
  const first = open.reduce<(typeof open)[number] | undefined>(
    (least, one) => (least === undefined || one.dueAt < least.dueAt ? one : least),
    undefined,
  );
  if (first === undefined) return undefined;
  const noticed = later(first.dueAt, 2);
  return {
    at: noticed > at ? noticed : later(at, 1),
    event: { type: 'deadline.passed', clock: first.clock },
    stillWanted: ({ version }) => version === view.version,
  };
}
