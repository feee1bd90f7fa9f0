/** What is to be delivered, as the table of messages has it (migrations/sql/tables.sql). Only what became of a message changes here; who is owed what is the memory of the pathway. */
import type { LetterName } from '../../machines/pathway/letters.js';
import { statement, type Sql } from '../database/sql.js';
import type { DeliveryState } from '../pathways/deliveries.js';
import type { Outgoing } from './bundle.js';

/** A message is named by its pathway and its place there: it keeps its name however often it is sent. */
export const idOf = ({ pathway, seq, number }: Place): string => `${pathway}.${seq}.${number}`;
export type Place = { pathway: string; seq: number; number: number };
export function placeIn(id: string): Place | undefined {
  const [pathway, seq, number] = id.split('.');
  return pathway && seq && number ? { pathway, seq: Number(seq), number: Number(number) } : undefined;
}

type Row = {
  pathway_id: string;
  seq: number;
  number: number;
  letter: LetterName | 'correction';
  sender: string;
  receiver: string;
  subject: string;
  body: string;
  created_at: Date;
  changed_at: Date;
  state: DeliveryState;
  attempts: number;
  taken_at: Date | null;
  patient_id: string;
  name: string;
  birth_date: string;
  person_number: string | null;
  person_number_kind: Outgoing['patient']['numberKind'];
};
export type Claimed = Place & { outgoing: Outgoing; attempts: number; queuedAt: Date; takenBefore: boolean };

/**
 * Those to one receiver whose time has come, the oldest first, for as long as the lease: who is killed meanwhile has them sent again. In each pathway the order is kept:
 * nothing overtakes what the receiver's system has not taken yet.
 */
const claim = statement(
  'claim_messages',
  /* sql */ `
  with due as (
    select c.pathway_id, c.seq, c.number from message c
    where c.receiver = $1 and c.state in ('queued', 'taken') and c.next_at <= $2 and (c.claimed_until is null or c.claimed_until <= $2)
      and not exists (select from message e where e.pathway_id = c.pathway_id and e.receiver = c.receiver and e.state = 'queued' and (e.seq, e.number) < (c.seq, c.number))
    order by c.next_at, c.pathway_id, c.seq, c.number limit $4 for update skip locked
  ), mine as (
    update message m set claimed_until = $3, attempts = m.attempts + 1 from due d
    where m.pathway_id = d.pathway_id and m.seq = d.seq and m.number = d.number returning m.*
  )
  select m.pathway_id, m.seq, m.number, m.letter, m.sender, m.receiver, m.subject, m.body, m.created_at, m.changed_at, m.state, m.attempts, m.taken_at,
    t.id as patient_id, t.name, t.birth_date::text as birth_date, t.person_number, t.person_number_kind
  from mine m join pathway p on p.id = m.pathway_id join patient t on t.id = p.patient_id order by m.created_at, m.seq, m.number`,
);
export async function claimed(
  sql: Sql,
  { receiver, now, until, limit }: { receiver: string; now: Date; until: Date; limit: number },
): Promise<Claimed[]> {
  return (await sql.rows<Row>(claim, [receiver, now, until, limit])).map((row) => {
    const place = { pathway: row.pathway_id, seq: row.seq, number: row.number };
    return {
      ...place,
      attempts: row.attempts,
      queuedAt: row.changed_at,
      takenBefore: row.taken_at !== null,
      outgoing: {
        id: idOf(place),
        pathway: row.pathway_id,
        letter: row.letter,
        from: row.sender,
        to: row.receiver,
        subject: row.subject,
        body: row.body,
        writtenAt: row.created_at.toISOString(),
        patient: {
          id: row.patient_id,
          name: row.name,
          birthDate: row.birth_date,
          number: row.person_number,
          numberKind: row.person_number_kind,
        },
      },
    };
  });
}

/** Receivers that something is to be sent to by now. */
const waiting = statement(
  'waiting_receivers',
  `select distinct receiver from message where state in ('queued', 'taken') and next_at <= $1 and receiver is not null`,
);
export const receiversWaiting = async (sql: Sql, now: Date): Promise<string[]> =>
  (await sql.rows<{ receiver: string }>(waiting, [now])).map(({ receiver }) => receiver);

/** The receiver's system has it. An answer may have come before this was known, and then stands. */
const take = statement(
  'message_taken',
  /* sql */ `
  update message set state = 'taken', taken_at = coalesce(taken_at, $4), next_at = $5, claimed_until = null, trouble = null where pathway_id = $1 and seq = $2 and number = $3 and state in ('queued', 'taken')`,
);
export const taken = async (
  sql: Sql,
  { pathway, seq, number }: Place,
  now: Date,
  again: Date | null,
): Promise<void> => {
  await sql.rows(take, [pathway, seq, number, now, again]);
};

const put = statement(
  'message_put_off',
  /* sql */ `
  update message set next_at = $4, claimed_until = null, trouble = $5 where pathway_id = $1 and seq = $2 and number = $3 and state in ('queued', 'taken')`,
);
export const putOff = async (
  sql: Sql,
  { pathway, seq, number }: Place,
  until: Date,
  trouble: string,
): Promise<void> => {
  await sql.rows(put, [pathway, seq, number, until, trouble]);
};
