import type { MigrationInterface, QueryRunner } from 'typeorm';

/**
 * Nobody waits unseen, nothing sent is lost: what is to be delivered and what has become of it, when a pathway is to be looked at again, at whose desks something
 * lies, who sees to it, and views of the worklist that somebody has saved.
 */
export class Delivery1790000000004 implements MigrationInterface {
  name = 'Delivery1790000000004';

  async up(runner: QueryRunner): Promise<void> {
    for (const part of [columns, commit, open, assign, erasure, rights]) await runner.query(part);
  }

  async down(): Promise<void> {
    throw new Error('what has been delivered, and who was responsible, is not forgotten');
  }
}

const columns = /* sql */ `
-- the earliest deadline that nobody has been told of; whose deadline due_at is; every unit with something to do; its tasks beside the next step, each as its name and as "<unit> <name>"; who sees to it there
alter table pathway add column sweep_at timestamptz, add column due_clock text, add column desks text[] not null default '{}', add column tasks text[] not null default '{}', add column assignee text;
create index pathway_to_sweep on pathway (sweep_at) where sweep_at is not null;
create index pathway_at_desk on pathway using gin (desks);

-- what is written stays; what became of it changes with the memory of the pathway (context.undelivered), in the same commit:
--   queued   to be sent to receiver, from next_at on        held     nobody to send it to, or from an import: a person says what becomes of it
--   taken    the receiver's system has it, no answer yet    failed   nobody tries again until a person says so
--   settled  it has arrived, or is no longer owed
alter table message
  add column state text not null default 'settled' check (state in ('queued', 'held', 'taken', 'failed', 'settled')),
  add column receiver text, add column attempts integer not null default 0, add column next_at timestamptz, add column claimed_until timestamptz, add column trouble text,
  add column taken_at timestamptz, add column changed_at timestamptz;
create index message_to_send on message (receiver, next_at) where state in ('queued', 'taken');
create index message_stuck on message (sender, changed_at) where state in ('failed', 'held');
create index message_received on message (receiver, created_at desc);

-- who saw to it, where, and when; only grows
create table assignment (
  pathway_id uuid not null references pathway (id),
  id uuid not null,
  unit text not null,
  assignee text,
  assigned_by text not null,
  assigned_at timestamptz not null,
  primary key (pathway_id, id)
);
create trigger only_grows before update or delete or truncate on assignment for each statement execute function refuse_change();

create table saved_view (
  id uuid primary key,
  unit text not null,
  owner text not null,
  name text not null,
  shared boolean not null,
  filters jsonb not null,
  created_at timestamptz not null,
  changed_at timestamptz not null,
  constraint one_view_a_name unique (unit, owner, name)
);
`;

/** As before, and what becomes of messages: new ones as they are to be delivered, earlier ones as the memory has them now. */
const commit = /* sql */ `
drop function commit_transition;
create function commit_transition(
  p_id uuid, p_expected integer, p_event_type text, p_at timestamptz, p_recorded_at timestamptz, p_leaf text, p_payload text, p_hash bytea,
  p_stage text, p_state text, p_unit text, p_next_move text, p_area text, p_units text[], p_due timestamptz, p_due_clock text, p_sweep timestamptz, p_desks text[], p_tasks text[], p_missing text[],
  p_machine_version integer, p_rule_set text, p_snapshot text,
  p_actor text, p_key uuid, p_request_hash bytea, p_messages jsonb, p_deliveries jsonb, p_facts text, p_facts_version integer, p_corrected jsonb
) returns boolean language plpgsql as $$
declare was pathway;
begin
  select * into was from pathway where id = p_id and version = p_expected for update;
  if not found then return false; end if;
  update pathway set version = p_expected + 1, stage = p_stage, state = p_state, unit = p_unit, next_move = p_next_move, planning_area = p_area, units = p_units,
    stage_since = case when p_corrected is not null then (p_corrected ->> 'stageSince')::timestamptz when stage = p_stage then stage_since else p_at end,
    due_at = p_due, due_clock = p_due_clock, sweep_at = p_sweep, desks = p_desks, tasks = p_tasks, last_at = coalesce((p_corrected ->> 'lastAt')::timestamptz, p_at), missing = p_missing,
    machine_version = p_machine_version, rule_set = p_rule_set, snapshot = p_snapshot, head_hash = p_hash,
    -- who saw to it saw to it there
    assignee = case when unit is not distinct from p_unit and p_stage <> 'closed' then assignee end
    where id = p_id;
  insert into transition values (p_id, p_expected + 1, p_event_type, p_at, p_recorded_at, p_leaf, p_hash, p_payload);
  insert into log_pending (kind, entry_id, seq, hash) values ('transition', p_id, p_expected + 1, p_hash);
  if p_key is not null then
    insert into idempotency values (p_actor, p_key, p_id, p_expected + 1, p_request_hash, p_recorded_at);
  end if;
  if p_messages is not null then
    insert into message (pathway_id, seq, number, letter, sender, recipient, subject, body, created_at, state, receiver, next_at, changed_at)
      select p_id, p_expected + 1, m.number, m.letter, m."from", m."to", m.subject, m.body, p_recorded_at, m.state, m."to", case m.state when 'queued' then p_recorded_at end, p_recorded_at
      from jsonb_to_recordset(p_messages) as m(number smallint, letter text, "from" text, "to" text, subject text, body text, state text);
  end if;
  if p_deliveries is not null then
    update message m set state = d.state, receiver = coalesce(d."to", m.receiver), attempts = case d.state when 'queued' then 0 else m.attempts end, next_at = case d.state when 'queued' then p_recorded_at end,
        claimed_until = null, trouble = case d.state when 'settled' then m.trouble else d.trouble end, changed_at = p_recorded_at
      from jsonb_to_recordset(p_deliveries) as d(seq integer, number smallint, state text, "to" text, trouble text)
      where m.pathway_id = p_id and m.seq = d.seq and m.number = d.number;
  end if;
  if p_facts is not null then
    insert into referral_version values (p_id, p_facts_version, p_expected + 1, p_at, p_facts);
  end if;
  if p_corrected is null then
    perform record_movements(p_id, p_expected + 1, p_at, p_recorded_at, was, p_stage, p_unit, p_area, p_due);
  else
    perform record_correction(p_id, p_expected + 1, p_recorded_at, p_corrected -> 'movements');
    insert into referral_version select p_id, f.version, p_expected + 1, f."frozenAt", f.facts
      from jsonb_to_recordset(p_corrected -> 'referrals') as f(version integer, "frozenAt" timestamptz, facts text);
  end if;
  return true;
end $$;
`;

const open = /* sql */ `
drop function open_pathway;
-- a new pathway, with its patient when that one is new: the patient of a number is found or made, never changed
create function open_pathway(
  p_id uuid, p_patient uuid, p_patient_key bytea, p_number text, p_number_kind text, p_birth_date date, p_name text, p_at timestamptz, p_recorded_at timestamptz, p_leaf text, p_payload text, p_hash bytea,
  p_stage text, p_state text, p_unit text, p_area text, p_units text[], p_missing text[], p_machine_version integer, p_rule_set text, p_snapshot text,
  p_actor text, p_key uuid, p_request_hash bytea
) returns uuid language plpgsql as $$
declare known uuid; nobody pathway;
begin
  if p_number is not null then select id into known from patient where person_number = p_number; end if;
  if known is null then
    insert into patient values (p_patient, p_number, p_number_kind, p_birth_date, p_name, p_recorded_at);
    insert into patient_key values (p_patient, p_patient_key);
    known := p_patient;
  elsif not exists (select from patient_key k where k.patient_id = known and k.key = p_patient_key) then
    raise exception 'the patient has come to be known meanwhile' using errcode = '40001';
  end if;
  insert into pathway (id, patient_id, version, stage, state, unit, next_move, planning_area, units, desks, stage_since, last_at, missing, machine_version, rule_set, snapshot, head_hash)
    values (p_id, known, 1, p_stage, p_state, p_unit, p_unit, p_area, p_units, array_remove(array[p_unit], null), p_at, p_at, p_missing, p_machine_version, p_rule_set, p_snapshot, p_hash);
  insert into transition values (p_id, 1, 'pathway.opened', p_at, p_recorded_at, p_leaf, p_hash, p_payload);
  insert into log_pending (kind, entry_id, seq, hash) values ('transition', p_id, 1, p_hash);
  if p_key is not null then
    insert into idempotency values (p_actor, p_key, p_id, 1, p_request_hash, p_recorded_at);
  end if;
  perform record_movements(p_id, 1, p_at, p_recorded_at, nobody, p_stage, p_unit, p_area, null);
  return known;
end $$;
`;

const assign = /* sql */ `
-- no event of the chart: it moves nobody. False when the pathway has left the unit meanwhile. What is written of it in the log of accesses goes with it.
create function assign_pathway(
  p_id uuid, p_unit text, p_assignee text, p_by text, p_assignment uuid, p_at timestamptz,
  p_access uuid, p_leaf text, p_payload text, p_salt bytea, p_hash bytea
) returns boolean language plpgsql as $$
begin
  update pathway set assignee = p_assignee where id = p_id and unit = p_unit and stage <> 'closed';
  if not found then return false; end if;
  insert into assignment values (p_id, p_assignment, p_unit, p_assignee, p_by, p_at);
  perform note_access(p_access, p_at, array[p_id], p_leaf, p_payload, p_salt, p_hash);
  return true;
end $$;
`;

const erasure = /* sql */ `
create or replace function erase_patient(p_patient uuid) returns uuid[] language plpgsql as $$
declare ids uuid[];
begin
  if exists (select from pathway where patient_id = p_patient and stage <> 'closed') then
    raise exception 'the patient has an open pathway' using errcode = '55000';
  end if;
  delete from patient_key where patient_id = p_patient;
  if not found then return null; end if;
  select coalesce(array_agg(id), '{}') into ids from pathway where patient_id = p_patient;
  update transition set payload = null where pathway_id = any(ids);
  update refusal set payload = null where pathway_id = any(ids);
  update referral_version set facts = null where pathway_id = any(ids);
  update message set subject = '', body = '', state = 'settled', next_at = null, trouble = null where pathway_id = any(ids);
  update pathway set snapshot = '', missing = '{}', desks = '{}', tasks = '{}', assignee = null where patient_id = p_patient;
  update patient set person_number = null, person_number_kind = null, birth_date = '1900-01-01', name = '' where id = p_patient;
  return ids;
end $$;
`;

const rights = /* sql */ `
grant select, insert on assignment to smertevejen_serving;
grant select, insert, update, delete on saved_view to smertevejen_serving;
-- what was written to whom is never changed
grant update (state, receiver, attempts, next_at, claimed_until, trouble, taken_at, changed_at) on message to smertevejen_serving;
`;
