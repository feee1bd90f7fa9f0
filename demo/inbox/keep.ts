/**
 * What the inboxes were sent and what they answered, one JSON line after another in inbox.jsonl. A line counts once it is on the disk, and only then is anything said of it;
 * the last one may be cut off, by a kill or a full disk: it was never spoken of, and is taken away.
 */
import { constants, mkdirSync } from 'node:fs';
import { open, type FileHandle } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import { ClusterInUse, takeOwnership } from '../../src/postgres/embedded-lock.js';
import { readLetter, type Letter } from './letter.js';

export const modes = ['itself', 'person', 'outOfOrder'] as const;
export type Mode = (typeof modes)[number];
const answer = z.discriminatedUnion('outcome', [
  z.object({ outcome: z.literal('accepted') }),
  z.object({ outcome: z.literal('rejected'), reason: z.string() }),
]);
export type Answer = z.infer<typeof answer>;

const about = { unit: z.string(), id: z.string(), at: z.string() };
const line = z.discriminatedUnion('is', [
  z.object({ is: z.literal('received'), ...about, bundle: z.looseObject({}) }),
  z.object({ is: z.literal('again'), ...about }),
  z.object({ is: z.literal('answered'), ...about, by: z.enum(['itself', 'person']), answer }),
  z.object({ is: z.literal('told'), ...about, status: z.int() }),
  z.object({ is: z.literal('mode'), unit: z.string(), at: z.string(), mode: z.enum(modes) }),
]);
type Line = z.infer<typeof line>;

/** Times are ISO 8601. `told`: what the tracker said to the answer, by its HTTP status; nothing while it has not heard it. `place`: bytes of inbox.jsonl. */
export type Message = {
  unit: string;
  id: string;
  receivedAt: string;
  times: number;
  lastAt: string;
  summary: Pick<Letter, 'writtenAt' | 'from' | 'subject'> & { patient: Pick<Letter['patient'], 'name' | 'birthDate'> };
  answer?: Answer & { by: 'itself' | 'person'; at: string };
  told?: { status: number; at: string };
  place: { at: number; length: number };
};
/** answering: decided, and the tracker has not heard it; notTaken: it has, and will not have the answer. */
export type State = 'unanswered' | 'answering' | 'accepted' | 'rejected' | 'notTaken';
export function stateOf({ answer: given, told }: Message): State {
  if (!given) return 'unanswered';
  if (!told) return 'answering';
  return told.status < 300 ? given.outcome : 'notTaken';
}
/** The sender knows of no answer. */
export const isOpen = (message: Message): boolean => ['unanswered', 'answering'].includes(stateOf(message));
/** By a person, whatever the mode: what was refused can still be accepted. */
export const mayBeAnswered = (message: Message): boolean => !['answering', 'accepted'].includes(stateOf(message));

export class Keep {
  private readonly units = new Map<string, Map<string, Message>>();
  private readonly modes = new Map<string, Mode>();
  /** So many bytes are whole lines; where one was begun and not ended, there are more. */
  private length = 0;
  private torn = false;
  private last: Promise<unknown> = Promise.resolve();
  private constructor(
    private readonly file: string,
    private readonly handle: FileHandle,
    private readonly giveBack: () => void,
  ) {}

  /** Rejects with an Error that names the file and the remedy: another process has it, or a line that is not the last cannot be read. */
  static async open(dir: string): Promise<Keep> {
    mkdirSync(dir, { recursive: true, mode: 0o700 });
    const giveBack = owned(dir);
    let handle: FileHandle | undefined;
    try {
      const file = join(dir, 'inbox.jsonl');
      handle = await open(file, constants.O_RDWR | constants.O_CREAT, 0o600);
      const keep = new Keep(file, handle, giveBack);
      await keep.load();
      return keep;
    } catch (error) {
      await handle?.close();
      giveBack();
      throw error;
    }
  }

  modeOf(unit: string): Mode {
    return this.modes.get(unit) ?? 'itself';
  }
  /** In the order in which they came. */
  messages(unit: string): Message[] {
    return [...(this.units.get(unit)?.values() ?? [])];
  }
  message(unit: string, id: string): Message | undefined {
    return this.units.get(unit)?.get(id);
  }
  all(): Message[] {
    return [...this.units.keys()].flatMap((unit) => this.messages(unit));
  }

  /** Once for each id: afterwards it only counts. One that was refused, or whose answer was not taken, is asked about anew, since somebody has sent it again. */
  async receive(unit: string, id: string, at: string, bundle: object): Promise<Message> {
    await this.put(() =>
      this.message(unit, id)
        ? { is: 'again', unit, id, at }
        : { is: 'received', unit, id, at, bundle: bundle as Record<string, unknown> },
    );
    return this.message(unit, id)!;
  }
  /** False where somebody was quicker. */
  answered(message: Message, given: Answer, by: 'itself' | 'person', at: string): Promise<boolean> {
    const { unit, id } = message;
    return this.put(() =>
      (by === 'person' ? mayBeAnswered(message) : stateOf(message) === 'unanswered')
        ? { is: 'answered', unit, id, at, by, answer: given }
        : undefined,
    );
  }
  told({ unit, id }: Message, status: number, at: string): Promise<boolean> {
    return this.put(() => ({ is: 'told', unit, id, at, status }));
  }
  switched(unit: string, mode: Mode, at: string): Promise<boolean> {
    return this.put(() => (this.modeOf(unit) === mode ? undefined : { is: 'mode', unit, at, mode }));
  }

  async bundleOf({ place: { at, length } }: Message): Promise<object> {
    const { buffer } = await this.handle.read(Buffer.alloc(length), 0, length, at);
    return (JSON.parse(buffer.toString('utf8')) as { bundle: object }).bundle;
  }

  async close(): Promise<void> {
    await this.last;
    await this.handle.close();
    this.giveBack();
  }

  private async load(): Promise<void> {
    const bytes = await this.handle.readFile();
    for (let number = 1, end = bytes.indexOf(10); end >= 0; number += 1, end = bytes.indexOf(10, this.length)) {
      const length = end + 1 - this.length;
      try {
        this.apply(line.parse(JSON.parse(bytes.toString('utf8', this.length, end))), length);
      } catch {
        throw new Error(
          `Line ${number} of the demo's inbox ${this.file} cannot be read. Move the file away to begin with an empty inbox.`,
        );
      }
    }
    if (this.length === bytes.length) return;
    await this.handle.truncate(this.length);
    await this.handle.datasync();
  }

  /** One after another; what is to be written is decided when it is its turn. False where it is nothing. */
  private put(make: () => Line | undefined): Promise<boolean> {
    const mine = this.last.then(async () => {
      const made = make();
      if (made) await this.append(made);
      return made !== undefined;
    });
    this.last = mine.catch(() => undefined);
    return mine;
  }

  private async append(made: Line): Promise<void> {
    const bytes = Buffer.from(`${JSON.stringify(made)}\n`);
    if (this.torn) await this.handle.truncate(this.length);
    this.torn = true;
    for (let done = 0; done < bytes.length;)
      done += (await this.handle.write(bytes, done, bytes.length - done, this.length + done)).bytesWritten;
    await this.handle.datasync();
    this.torn = false;
    this.apply(made, bytes.length);
  }

  private apply(made: Line, length: number): void {
    const place = { at: this.length, length };
    if (made.is === 'received') this.add(made, place);
    else if (made.is === 'mode') this.modes.set(made.unit, made.mode);
    else this.change(this.message(made.unit, made.id)!, made);
    this.length += length;
  }
  private add({ unit, id, at, bundle }: Line & { is: 'received' }, place: Message['place']): void {
    const read = readLetter(bundle, unit);
    if (!('letter' in read)) throw new Error('no letter');
    const {
      writtenAt,
      from,
      subject,
      patient: { name, birthDate },
    } = read.letter;
    const inbox = this.units.get(unit) ?? new Map<string, Message>();
    this.units.set(
      unit,
      inbox.set(id, {
        unit,
        id,
        receivedAt: at,
        times: 1,
        lastAt: at,
        summary: { writtenAt, from, subject, patient: { name, birthDate } },
        place,
      }),
    );
  }
  private change(message: Message, made: Exclude<Line, { is: 'received' | 'mode' }>): void {
    if (made.is === 'again') {
      if (['rejected', 'notTaken'].includes(stateOf(message))) {
        delete message.answer;
        delete message.told;
      }
      Object.assign(message, { times: message.times + 1, lastAt: made.at });
    } else if (made.is === 'answered') {
      delete message.told;
      message.answer = { ...made.answer, by: made.by, at: made.at };
    } else {
      message.told = { status: made.status, at: made.at };
    }
  }
}

function owned(dir: string): () => void {
  try {
    return takeOwnership(dir);
  } catch (error) {
    if (!(error instanceof ClusterInUse)) throw error;
    throw new Error(
      `The demo's inbox in ${dir} is in use by process ${error.pid}. Stop that process first, or give this one a data directory of its own (DATA_DIR).`,
      { cause: error },
    );
  }
}
