/**
 * Sends what is owed, to each receiver in a lane of its own: one that is slow or down holds up nobody else. At least once, under the same message id; in each pathway in the
 * order in which it was written. What cannot be delivered becomes a work item of its sender, through the one door, and nobody tries again until a person says so.
 */
import type { OnModuleInit } from '@nestjs/common';
import type { Logger } from 'pino';
import type { Failure } from '../../machines/pathway/fields.js';
import type { Clock } from '../database/clock.js';
import type { Jobs } from '../database/jobs.js';
import type { Sql } from '../database/sql.js';
import type { Door } from '../pathways/door.js';
import { noted } from '../pathways/noting.js';
import { bundleOf } from './bundle.js';
import { post, type Outcome } from './post.js';
import type { Receivers } from './receivers.js';
import { claimed, putOff, receiversWaiting, taken, type Claimed } from './store.js';

const second = 1_000;
const minute = 60 * second;
const hour = 60 * minute;
export const policy = {
  /** A message waits no longer than this before it is looked at. */
  roundEvery: 2 * second,
  /** So many at once to one receiver. */
  width: 4,
  /** Longer than an attempt can take: whoever holds a message this long was killed. */
  lease: 30 * second,
  /** From attempt to attempt twice as long, up to this; a fifth more or less, so that not all come at once. */
  firstPause: 5 * second,
  longestPause: 15 * minute,
  /** A receiver that says no to a message so often means it. */
  refusals: 5,
  /** A receiver that has not answered for so long is a person's to ask. */
  givenUpAfter: 72 * hour,
  /** Taken by the receiver's system, and no answer: once more, since it may have been lost behind its door. */
  sentAgainAfter: 6 * hour,
} as const;

export const pauseAfter = (attempts: number): number =>
  Math.min(policy.firstPause * 2 ** Math.min(attempts - 1, 20), policy.longestPause);
const spread = (ms: number): number => Math.round(ms * (0.8 + 0.4 * Math.random()));

const actor = { sub: 'outbox', unit: 'SYSTEM', roles: ['system' as const] };
type Lane = { failures: number; closedUntil: number };
export type Sent = { taken: number; putOff: number; failed: number };

export class Outbox implements OnModuleInit {
  private readonly lanes = new Map<string, Lane>();
  constructor(
    private readonly sql: Sql,
    private readonly door: Door,
    private readonly clock: Clock,
    private readonly receivers: Receivers,
    private readonly jobs: Jobs,
    private readonly logger: Logger,
  ) {}

  onModuleInit(): void {
    this.jobs.work('deliver', async (signal) => {
      const sent = await this.round(signal);
      if (sent.taken + sent.failed > 0) this.logger.info(sent, 'messages sent');
      return policy.roundEvery / second;
    });
  }

  /** Sends whatever is due, until nothing more is or every lane that has something is closed. `stopping` ends it after the attempts that are under way. */
  async round(stopping?: AbortSignal): Promise<Sent> {
    const sent: Sent = { taken: 0, putOff: 0, failed: 0 };
    const waiting = await receiversWaiting(this.sql, this.clock.now());
    await Promise.all(waiting.map((unit) => this.drain(unit, sent, stopping)));
    return sent;
  }

  private async drain(unit: string, sent: Sent, stopping?: AbortSignal): Promise<void> {
    const lane = this.lanes.get(unit) ?? { failures: 0, closedUntil: 0 };
    this.lanes.set(unit, lane);
    while (!stopping?.aborted && lane.closedUntil <= this.clock.now().getTime()) {
      const now = this.clock.now();
      // After a failure one goes ahead; when it arrives, the others follow.
      const messages = await claimed(this.sql, {
        receiver: unit,
        now,
        until: new Date(now.getTime() + policy.lease),
        limit: lane.failures > 0 ? 1 : policy.width,
      });
      if (messages.length === 0) return;
      for (const key of await Promise.all(messages.map((message) => this.guarded(message, lane)))) sent[key] += 1;
    }
  }

  /** One that cannot be dealt with holds up no other. */
  private async guarded(message: Claimed, lane: Lane): Promise<keyof Sent> {
    try {
      return await this.deliver(message, lane);
    } catch (error) {
      const { name, code } = error as Error & { code?: string };
      this.logger.warn(
        { message: message.outgoing.id, fault: { name, code } },
        'a message was not dealt with; it is tried again',
      );
      await putOff(this.sql, message, this.after(pauseAfter(message.attempts)), 'could not be dealt with here');
      return 'putOff';
    }
  }

  private async deliver(message: Claimed, lane: Lane): Promise<keyof Sent> {
    const { outgoing } = message;
    const receiver = this.receivers.for(outgoing.to);
    if (!receiver)
      return this.give(
        message,
        'undeliverable',
        'Modtageren har ingen elektronisk adresse her: aflevér beskeden på anden måde.',
      );
    let text: string;
    try {
      text = JSON.stringify(bundleOf(outgoing));
    } catch {
      return this.give(
        message,
        'undeliverable',
        'Beskeden kan ikke skrives i det format, som sendes: aflevér den på anden måde.',
      );
    }
    const outcome = await post(receiver, text, { id: outgoing.id });
    if (outcome.kind === 'unreachable') return this.unreachable(message, lane, outcome);
    lane.failures = 0;
    if (outcome.kind === 'taken') return this.taken(message);
    if (message.attempts >= policy.refusals)
      return this.give(message, 'rejected', `Modtagerens system tager ikke imod beskeden (${outcome.status}).`);
    await putOff(this.sql, message, this.after(pauseAfter(message.attempts)), outcome.why);
    return 'putOff';
  }

  private async unreachable(
    message: Claimed,
    lane: Lane,
    { why, retryAfterMs }: Outcome & { kind: 'unreachable' },
  ): Promise<keyof Sent> {
    lane.failures += 1;
    lane.closedUntil = Math.max(
      lane.closedUntil,
      this.clock.now().getTime() + Math.max(spread(pauseAfter(lane.failures)), retryAfterMs ?? 0),
    );
    if (this.clock.now().getTime() - message.queuedAt.getTime() >= policy.givenUpAfter)
      return this.give(message, 'undeliverable', 'Modtagerens system har ikke svaret i tre døgn.');
    await putOff(this.sql, message, new Date(lane.closedUntil), why);
    return 'putOff';
  }

  private async taken(message: Claimed): Promise<keyof Sent> {
    // Said before it is marked: killed between the two, it is sent once more, and is said already.
    if (message.outgoing.letter === 'note') await this.noteSent(message);
    await taken(this.sql, message, this.clock.now(), message.takenBefore ? null : this.after(policy.sentAgainAfter));
    return 'taken';
  }

  private noteSent({ pathway, seq, number }: Claimed) {
    return noted(this.door, pathway, actor, ({ stored: { context } }) => {
      const noteId = context.undelivered[`${seq}.${number}`]?.about;
      return noteId !== undefined && context.notes[noteId] === 'queued' ? { type: 'note.sent', noteId } : undefined;
    });
  }

  private async give(message: Claimed, because: Failure, text: string): Promise<keyof Sent> {
    const { pathway, seq, number, outgoing } = message;
    const messageId = `${seq}.${number}`;
    const answer = await noted(
      this.door,
      pathway,
      actor,
      ({
        stored: {
          context: { undelivered },
        },
      }) =>
        Object.hasOwn(undelivered, messageId) && !undelivered[messageId]!.failed
          ? { type: 'message.failed', messageId, because, text }
          : undefined,
    );
    this.logger.warn(
      { message: outgoing.id, receiver: outgoing.to, because },
      "a message could not be delivered: it stands on its sender's list",
    );
    return answer ? 'failed' : 'putOff';
  }

  private after(ms: number): Date {
    return new Date(this.clock.now().getTime() + spread(ms));
  }
}
