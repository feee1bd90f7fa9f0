/** Tells the tracker what was answered: a little after the message came, again and again while nobody hears it, and beside the reception, which never waits for it. */
import type { Logger } from 'pino';
import { stateOf, type Keep, type Message } from './keep.js';

/** `url`: the tracker's address, empty before it listens. `tokenFor`: a bearer token that may answer for the unit. */
export type Acknowledge = { url: () => string; tokenFor: (unit: string) => Promise<string> };
/** Milliseconds. `answer`: from the reception to the answer, drawn between the two; `again`: after a first failure, then twice as long each time up to `longest`. */
export type Pauses = { answer: readonly [number, number]; again: number; longest: number };
export const ordinaryPauses: Pauses = { answer: [500, 2_000], again: 1_000, longest: 30_000 };

const width = 4;
const timeoutMs = 5_000;
/** The request was not looked at: too slow, too early, too many. */
const notNow: readonly number[] = [408, 425, 429];

export class Answering {
  private readonly timers = new Map<Message, NodeJS.Timeout>();
  private readonly busy = new Map<Message, Promise<void>>();
  private readonly failures = new Map<Message, number>();
  private readonly stopping = new AbortController();
  constructor(
    private readonly keep: Keep,
    private readonly acknowledge: Acknowledge,
    private readonly now: () => string,
    private readonly logger: Logger,
    private readonly pauses: Pauses,
  ) {}

  /** How often in vain; nothing once it was heard. */
  failuresOf(message: Message): number {
    return this.failures.get(message) ?? 0;
  }

  /** To be called whenever something may have to be said of the message: after `ms`, 0 before what was planned, and otherwise then. */
  consider(message: Message, ms = this.drawn()): void {
    if (
      this.stopping.signal.aborted ||
      this.busy.has(message) ||
      !this.isDue(message) ||
      (ms > 0 && this.timers.has(message))
    )
      return;
    clearTimeout(this.timers.get(message));
    this.timers.set(
      message,
      setTimeout(() => {
        this.timers.delete(message);
        if (this.busy.size >= width) return this.consider(message, 50);
        this.busy.set(message, this.attempt(message));
      }, ms),
    );
  }
  considerAll(messages: readonly Message[]): void {
    for (const message of messages) this.consider(message);
  }

  async stop(): Promise<void> {
    this.stopping.abort();
    for (const timer of this.timers.values()) clearTimeout(timer);
    await Promise.all(this.busy.values());
  }

  private isDue(message: Message): boolean {
    const mode = this.keep.modeOf(message.unit);
    const state = stateOf(message);
    return mode !== 'outOfOrder' && (state === 'answering' || (state === 'unanswered' && mode === 'itself'));
  }
  private drawn(): number {
    const [least, most] = this.pauses.answer;
    return least + Math.random() * (most - least);
  }
  private pauseAfter(failures: number): number {
    return (
      Math.min(this.pauses.again * 2 ** Math.min(failures - 1, 20), this.pauses.longest) * (0.8 + 0.4 * Math.random())
    );
  }

  private async attempt(message: Message): Promise<void> {
    // Marked as busy before anything happens.
    await Promise.resolve();
    const trouble = await this.told(message).catch(
      (error: unknown) => (error as { code?: string }).code ?? (error as Error).name,
    );
    this.busy.delete(message);
    if (this.stopping.signal.aborted) return;
    if (trouble === undefined) {
      this.failures.delete(message);
      // Sent again meanwhile, it may be asked about anew.
      return this.consider(message);
    }
    const failures = this.failuresOf(message) + 1;
    this.failures.set(message, failures);
    if (failures === 1)
      this.logger.warn(
        { unit: message.unit, message: message.id, trouble },
        "the demo's inbox could not answer a message; it is tried again",
      );
    this.consider(message, this.pauseAfter(failures));
  }

  /** Why it was not heard. */
  private async told(message: Message): Promise<string | number | undefined> {
    if (!this.isDue(message)) return undefined;
    await this.keep.answered(message, { outcome: 'accepted' }, 'itself', this.now());
    const status = await this.post(message);
    if (status >= 500 || status < 200 || notNow.includes(status)) return status;
    await this.keep.told(message, status, this.now());
    if (status >= 300)
      this.logger.warn(
        { unit: message.unit, message: message.id, status },
        "the demo's inbox answered a message, and the answer was not taken",
      );
    return undefined;
  }

  private async post({ unit, id, answer }: Message): Promise<number> {
    const { by: _by, at: _at, ...said } = answer!;
    const reply = await fetch(`${this.acknowledge.url()}/v1/messages/${id}/acknowledgments`, {
      method: 'POST',
      redirect: 'manual',
      body: JSON.stringify(said),
      headers: { 'content-type': 'application/json', authorization: `Bearer ${await this.acknowledge.tokenFor(unit)}` },
      signal: AbortSignal.any([AbortSignal.timeout(timeoutMs), this.stopping.signal]),
    });
    await reply.arrayBuffer();
    return reply.status;
  }
}
