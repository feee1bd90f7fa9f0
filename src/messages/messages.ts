/** What a unit has sent and been sent, and the receiver's answer, which closes the loop. */
import { Injectable } from '@nestjs/common';
import { possibleEvents } from '../../machines/engine/explain.js';
import type { Wire } from '../../machines/pathway/events.js';
import type { Actor } from '../../machines/pathway/roles.js';
import { Sql, unnamed } from '../database/sql.js';
import type { DeliveryState } from '../pathways/deliveries.js';
import { Door, type Loaded } from '../pathways/door.js';
import { noted } from '../pathways/noting.js';
import { Problem } from '../http/problem.js';
import { idOf, placeIn, type Place } from './store.js';

type Row = {
  pathway_id: string;
  seq: number;
  number: number;
  letter: string;
  sender: string;
  recipient: string | null;
  receiver: string | null;
  subject: string;
  body: string;
  created_at: Date;
  state: DeliveryState;
  attempts: number;
  next_at: Date | null;
  trouble: string | null;
  taken_at: Date | null;
  changed_at: Date | null;
};
const columns =
  'm.pathway_id, m.seq, m.number, m.letter, m.sender, m.recipient, m.receiver, m.subject, m.created_at, m.state, m.attempts, m.next_at, m.trouble, m.taken_at, m.changed_at';
const one = unnamed(
  `select ${columns}, m.body from message m where m.pathway_id = $1 and m.seq = $2 and m.number = $3`,
);

export type Filter = {
  direction: 'sent' | 'received';
  state?: DeliveryState | 'open' | undefined;
  limit: number;
  before?: { at: Date; place: Place } | undefined;
};
export type Acknowledgment = { outcome: 'accepted' } | { outcome: 'rejected'; reason: string };

export const shown = (row: Omit<Row, 'body'>) => ({
  id: idOf({ pathway: row.pathway_id, seq: row.seq, number: row.number }),
  pathway: row.pathway_id,
  messageId: `${row.seq}.${row.number}`,
  letter: row.letter,
  subject: row.subject,
  from: row.sender,
  to: row.receiver ?? row.recipient,
  writtenAt: row.created_at.toISOString(),
  state: row.state,
  changedAt: row.changed_at?.toISOString() ?? null,
  takenAt: row.taken_at?.toISOString() ?? null,
  attempts: row.attempts,
  nextAt: row.state === 'queued' ? (row.next_at?.toISOString() ?? null) : null,
  trouble: row.trouble,
});

const notFound = () =>
  new Problem('not-found', {
    da: 'Der er ingen besked med dette id til eller fra din enhed.',
    en: 'There is no message with this id to or from your unit.',
  });
const seesAll = ({ roles }: Actor) => roles.includes('auditor') || roles.includes('system');

@Injectable()
export class Messages {
  constructor(
    private readonly sql: Sql,
    private readonly door: Door,
  ) {}

  /** The newest first. `open`: not known to have arrived. */
  async list({ direction, state, limit, before }: Filter, { unit }: Actor) {
    const where = [`m.${direction === 'sent' ? 'sender' : 'receiver'} = $1`];
    const values: unknown[] = [unit];
    const given = (value: unknown) => `$${values.push(value)}`;
    if (state === 'open') where.push(`m.state <> 'settled'`);
    else if (state) where.push(`m.state = ${given(state)}`);
    if (before)
      where.push(
        `(m.created_at, m.pathway_id, m.seq, m.number) < (${given(before.at)}, ${given(before.place.pathway)}, ${given(before.place.seq)}, ${given(before.place.number)})`,
      );
    const rows = await this.sql.rows<Row>(
      unnamed(
        `select ${columns} from message m where ${where.join(' and ')} order by m.created_at desc, m.pathway_id desc, m.seq desc, m.number desc limit ${given(limit)}`,
      ),
      values,
    );
    return rows.map(shown);
  }

  /** For the unit that sent it, the one that it is addressed to, and the auditor. */
  async read(id: string, actor: Actor) {
    const row = await this.rowOf(id);
    if (!seesAll(actor) && ![row.sender, row.receiver ?? row.recipient].includes(actor.unit)) throw notFound();
    return { ...shown(row), body: row.body };
  }

  /**
   * The receiver's answer, by whoever it is addressed to now. What has arrived already stays so, however often it is said; what was refused can still be accepted.
   * Throws not-found for every other unit.
   */
  async acknowledge(
    id: string,
    answer: Acknowledgment,
    actor: Actor,
  ): Promise<{ id: string; state: DeliveryState; pathway: string }> {
    const row = await this.rowOf(id);
    if (row.receiver !== actor.unit) throw notFound();
    const messageId = `${row.seq}.${row.number}`;
    // In the log it is the system of that unit which says so.
    await noted(this.door, row.pathway_id, { sub: actor.sub, unit: actor.unit, roles: ['system'] }, (loaded) =>
      answeredBy(loaded, messageId, answer),
    );
    return { id, pathway: row.pathway_id, state: (await this.rowOf(id)).state };
  }

  /** How much waits for whom, without a patient: for those who keep the connections working. */
  async waiting(): Promise<{ receiver: string | null; state: DeliveryState; count: number; oldest: string }[]> {
    const rows = await this.sql.rows<{ receiver: string | null; state: DeliveryState; count: number; oldest: Date }>(
      unnamed(
        `select receiver, state, count(*)::int as count, min(created_at) as oldest from message where state <> 'settled' group by 1, 2 order by 1 nulls first, 2`,
      ),
      [],
    );
    return rows.map((row) => ({ ...row, oldest: row.oldest.toISOString() }));
  }

  private async rowOf(id: string): Promise<Row> {
    const place = placeIn(id);
    const row = place && (await this.sql.row<Row>(one, [place.pathway, place.seq, place.number]));
    if (!row) throw notFound();
    return row;
  }
}

/** The event that says so, by what the message is to the pathway as it stands. Nothing where it is settled, or said already. */
function answeredBy(
  { stored: { context }, snapshot }: Loaded,
  messageId: string,
  answer: Acknowledgment,
): Wire | undefined {
  const entry = Object.hasOwn(context.undelivered, messageId) ? context.undelivered[messageId] : undefined;
  if (!entry) return undefined;
  if (answer.outcome === 'rejected')
    return entry.failed?.because === 'rejected'
      ? undefined
      : { type: 'message.failed', messageId, because: 'rejected', text: answer.reason };
  if (entry.letter === 'note') return { type: 'note.delivered', noteId: entry.about! };
  const isLetter = context.letter?.messages.includes(messageId) ?? false;
  return isLetter && possibleEvents(snapshot).includes('letter.delivered')
    ? { type: 'letter.delivered', messageId }
    : { type: 'message.delivered', messageId };
}
