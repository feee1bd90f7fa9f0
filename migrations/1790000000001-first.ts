import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Plain SQL. Tables are singular; every table of a pathway has the pathway's id in its key, so that the whole can be distributed by it. */
export class First1790000000001 implements MigrationInterface {
  name = 'First1790000000001';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(tables);
    await runner.query(refusals);
    await runner.query(commit);
    await runner.query(fold);
  }

  async down(): Promise<void> {
    throw new Error('the first migration is not taken back: a log of care is never dropped');
  }
}

const tables = /* sql */ `
create table patient (
  id uuid primary key,
  person_number text,
  person_number_kind text check (person_number_kind in ('cpr', 'xEcpr', 'dEcpr')),
  birth_date date not null,
  name text not null,
  created_at timestamptz not null,
  constraint one_patient_a_number unique (person_number)
);

create table pathway (
  id uuid primary key,
  patient_id uuid not null references patient (id),
  version integer not null check (version >= 1),
  stage text not null,
  state text not null,
  unit text,
  next_move text,
  planning_area text not null,
  units text[] not null,
  stage_since timestamptz not null,
  due_at timestamptz,
  last_at timestamptz not null,
  missing text[] not null,
  machine_version integer not null,
  rule_set text not null,
  -- text, not jsonb: what is replayed is compared byte by byte
  snapshot text not null,
  head_hash bytea not null
);
create unique index one_open_pathway on pathway (patient_id) where stage <> 'closed';
create index pathway_by_patient on pathway (patient_id);
-- the worklist: earliest deadline first, then longest wait
create index worklist on pathway (unit, (coalesce(due_at, 'infinity')), stage_since, id);
create index pathway_of_unit on pathway using gin (units);
create index pathway_due on pathway (due_at) where due_at is not null;

-- the log is the truth: entry holds the canonical bytes that hash is made of
create table transition (
  pathway_id uuid not null references pathway (id),
  seq integer not null check (seq >= 1),
  event_type text not null,
  occurred_at timestamptz not null,
  recorded_at timestamptz not null,
  entry text not null,
  hash bytea not null,
  primary key (pathway_id, seq)
);

create table refusal (
  pathway_id uuid not null references pathway (id),
  id uuid not null,
  version integer not null,
  event_type text not null,
  recorded_at timestamptz not null,
  entry text not null,
  primary key (pathway_id, id)
);

create table referral_version (
  pathway_id uuid not null references pathway (id),
  version integer not null,
  seq integer not null,
  frozen_at timestamptz not null,
  facts text not null,
  primary key (pathway_id, version)
);

create table message (
  pathway_id uuid not null references pathway (id),
  seq integer not null,
  number smallint not null,
  letter text not null,
  sender text not null,
  recipient text,
  subject text not null,
  body text not null,
  created_at timestamptz not null,
  primary key (pathway_id, seq, number)
);

-- one transition a key: the answer is folded from the log again, so it is the same however often it is asked for
create table idempotency (
  actor text not null,
  key uuid not null,
  pathway_id uuid not null,
  seq integer not null,
  request_hash bytea not null,
  created_at timestamptz not null,
  constraint one_use_of_a_key primary key (actor, key)
);

-- how many wait where, as a ledger of ones: what came, what went, and when each became overdue. occurred_at of an overdue one is its
-- deadline and may lie ahead; sums over occurred_at <= D and recorded_at <= K are the counts as they were on D, as known on K
create table movement (
  pathway_id uuid not null,
  seq integer not null,
  occurred_at timestamptz not null,
  recorded_at timestamptz not null,
  stage text not null,
  unit text,
  planning_area text not null,
  present smallint not null,
  overdue smallint not null
);
create index movement_recorded on movement (recorded_at) include (occurred_at, stage, unit, planning_area, present, overdue);
create index movement_occurred on movement (occurred_at) include (recorded_at, stage, unit, planning_area, present, overdue);

-- the ledger folded by day and by month of occurrence, for what was recorded before folded_through; made by fold_movements alone
create table movement_fold (
  grain text not null check (grain in ('day', 'month')),
  period date not null,
  stage text not null,
  unit text not null,
  planning_area text not null,
  present integer not null,
  overdue integer not null,
  primary key (grain, period, stage, unit, planning_area) include (present, overdue)
);
create table movement_folded (
  one boolean primary key default true check (one),
  through timestamptz not null
);
insert into movement_folded values (true, '-infinity');
`;

const refusals = /* sql */ `
create function refuse_change() returns trigger language plpgsql as $$
begin
  raise exception 'the log only grows: % of % is refused', lower(tg_op), tg_table_name using errcode = '42501';
end $$;
create trigger only_grows before update or delete or truncate on transition for each statement execute function refuse_change();
create trigger only_grows before update or delete or truncate on refusal for each statement execute function refuse_change();
create trigger only_grows before update or delete or truncate on referral_version for each statement execute function refuse_change();
create trigger only_grows before update or delete or truncate on movement for each statement execute function refuse_change();
`;

/** The commit: one statement, autocommitted, guarded by the version. Nothing is written when somebody else was first. */
const commit = /* sql */ `
create function record_movements(
  p_id uuid, p_seq integer, p_at timestamptz, p_recorded_at timestamptz,
  was pathway, now_stage text, now_unit text, now_area text, now_due timestamptz
) returns void language plpgsql as $$
begin
  if (select p_recorded_at < through from movement_folded) then
    raise exception 'the clock is behind what has been counted' using errcode = '55P03';
  end if;
  if was.id is not null and (was.stage, was.unit, was.planning_area) is distinct from (now_stage, now_unit, now_area) then
    insert into movement values
      (p_id, p_seq, p_at, p_recorded_at, was.stage, was.unit, was.planning_area, -1, 0),
      (p_id, p_seq, p_at, p_recorded_at, now_stage, now_unit, now_area, 1, 0);
  elsif was.id is null then
    insert into movement values (p_id, p_seq, p_at, p_recorded_at, now_stage, now_unit, now_area, 1, 0);
  end if;
  -- it was believed to be overdue from its deadline on; from this transition on that belief is another
  if was.id is null or (was.stage, was.unit, was.planning_area, was.due_at) is distinct from (now_stage, now_unit, now_area, now_due) then
    if was.due_at is not null then
      insert into movement values (p_id, p_seq, greatest(was.due_at, p_at), p_recorded_at, was.stage, was.unit, was.planning_area, 0, -1);
    end if;
    if now_due is not null then
      insert into movement values (p_id, p_seq, greatest(now_due, p_at), p_recorded_at, now_stage, now_unit, now_area, 0, 1);
    end if;
  end if;
end $$;

create function commit_transition(
  p_id uuid, p_expected integer, p_event_type text, p_at timestamptz, p_recorded_at timestamptz, p_entry text, p_hash bytea,
  p_stage text, p_state text, p_unit text, p_next_move text, p_area text, p_units text[], p_due timestamptz, p_missing text[],
  p_machine_version integer, p_rule_set text, p_snapshot text,
  p_actor text, p_key uuid, p_request_hash bytea, p_messages jsonb, p_facts text, p_facts_version integer
) returns boolean language plpgsql as $$
declare was pathway;
begin
  select * into was from pathway where id = p_id and version = p_expected for update;
  if not found then return false; end if;
  update pathway set version = p_expected + 1, stage = p_stage, state = p_state, unit = p_unit, next_move = p_next_move, planning_area = p_area, units = p_units,
    stage_since = case when stage = p_stage then stage_since else p_at end, due_at = p_due, last_at = p_at, missing = p_missing,
    machine_version = p_machine_version, rule_set = p_rule_set, snapshot = p_snapshot, head_hash = p_hash
    where id = p_id;
  insert into transition values (p_id, p_expected + 1, p_event_type, p_at, p_recorded_at, p_entry, p_hash);
  if p_key is not null then
    insert into idempotency values (p_actor, p_key, p_id, p_expected + 1, p_request_hash, p_recorded_at);
  end if;
  if p_messages is not null then
    insert into message select p_id, p_expected + 1, m.number, m.letter, m."from", m."to", m.subject, m.body, p_recorded_at
      from jsonb_to_recordset(p_messages) as m(number smallint, letter text, "from" text, "to" text, subject text, body text);
  end if;
  if p_facts is not null then
    insert into referral_version values (p_id, p_facts_version, p_expected + 1, p_at, p_facts);
  end if;
  perform record_movements(p_id, p_expected + 1, p_at, p_recorded_at, was, p_stage, p_unit, p_area, p_due);
  return true;
end $$;

-- a new pathway, with its patient when that one is new: the patient of a number is found or made, never changed
create function open_pathway(
  p_id uuid, p_patient uuid, p_number text, p_number_kind text, p_birth_date date, p_name text, p_at timestamptz, p_recorded_at timestamptz, p_entry text, p_hash bytea,
  p_stage text, p_state text, p_unit text, p_area text, p_units text[], p_missing text[], p_machine_version integer, p_rule_set text, p_snapshot text,
  p_actor text, p_key uuid, p_request_hash bytea
) returns uuid language plpgsql as $$
declare known uuid; nobody pathway;
begin
  if p_number is not null then select id into known from patient where person_number = p_number; end if;
  if known is null then
    insert into patient values (p_patient, p_number, p_number_kind, p_birth_date, p_name, p_recorded_at);
    known := p_patient;
  end if;
  insert into pathway values (p_id, known, 1, p_stage, p_state, p_unit, p_unit, p_area, p_units, p_at, null, p_at, p_missing, p_machine_version, p_rule_set, p_snapshot, p_hash);
  insert into transition values (p_id, 1, 'pathway.opened', p_at, p_recorded_at, p_entry, p_hash);
  if p_key is not null then
    insert into idempotency values (p_actor, p_key, p_id, 1, p_request_hash, p_recorded_at);
  end if;
  perform record_movements(p_id, 1, p_at, p_recorded_at, nobody, p_stage, p_unit, p_area, null);
  return known;
end $$;
`;

/** Folding adds whole recorded spans once, some at a time; a row that arrives later with an older recorded_at is refused by record_movements. True while there is more. */
const fold = /* sql */ `
create function fold_movements(p_through timestamptz) returns boolean language plpgsql set timezone = 'UTC' as $$
declare since timestamptz; until timestamptz;
begin
  select through into since from movement_folded for update;
  if p_through <= since then return false; end if;
  select greatest(m.recorded_at, since + interval '1 microsecond') into until
    from movement m where m.recorded_at >= since order by m.recorded_at offset 50000 limit 1;
  until := least(until, p_through);
  insert into movement_fold
    select g.grain, date_trunc(g.grain, m.occurred_at)::date, m.stage, coalesce(m.unit, ''), m.planning_area, sum(m.present), sum(m.overdue)
    from movement m cross join (values ('day'), ('month')) as g(grain)
    where m.recorded_at >= since and m.recorded_at < until
    group by 1, 2, 3, 4, 5
  on conflict (grain, period, stage, unit, planning_area) do update set present = movement_fold.present + excluded.present, overdue = movement_fold.overdue + excluded.overdue;
  update movement_folded set through = until;
  return until < p_through;
end $$;
`;
