import type { MigrationInterface, QueryRunner } from 'typeorm';

/**
 * The log can be proven: what is hashed (leaf) apart from what is told (payload), one Merkle log over everything, look-ups, corrections,
 * and a role for each duty that may do no more than its own. The roles themselves are made beforehand: they belong to the cluster.
 */
export class Proof1790000000002 implements MigrationInterface {
  name = 'Proof1790000000002';

  async up(runner: QueryRunner): Promise<void> {
    for (const part of [leaves, merkle, onlyGrows, erasure, commit, open, note, sequence, views, rights])
      await runner.query(part);
  }

  async down(): Promise<void> {
    throw new Error('a log that can be proven is not turned into one that cannot');
  }
}

const leaves = /* sql */ `
-- leaf: the canonical bytes that hash is made of; no name, number or free text. payload: what they commit to, under the patient's key.
alter table transition rename column entry to leaf;
alter table transition add column payload text;
alter table refusal rename column entry to leaf;
alter table refusal add column payload text, add column hash bytea not null;

-- without its key a commitment can be neither opened nor guessed: to destroy the key is to erase, and no proof breaks
create table patient_key (
  patient_id uuid primary key references patient (id),
  key bytea not null
);

-- who looked at whom; salt is the key of this one's commitment
create table access (
  id uuid primary key,
  recorded_at timestamptz not null,
  pathways uuid[] not null,
  leaf text not null,
  payload text,
  salt bytea not null,
  hash bytea not null
);
create index access_of_pathway on access using gin (pathways);

-- a correction freezes the referral anew, or takes a version back (facts null); what was sent stays
alter table referral_version drop constraint referral_version_pkey, add primary key (pathway_id, version, seq), alter column facts drop not null;
`;

const merkle = /* sql */ `
-- written in the commit itself; emptied by the sequencer, in the order of ids that are there: a gap may still fill
create table log_pending (
  id bigint generated always as identity primary key,
  kind text not null check (kind in ('transition', 'refusal', 'access')),
  entry_id uuid not null,
  seq integer not null,
  hash bytea not null,
  since timestamptz not null default clock_timestamp()
);
-- one leaf an entry: a transition by its pathway and seq, the others by their id and 0
create table log_leaf (
  idx bigint primary key check (idx >= 0),
  kind text not null,
  entry_id uuid not null,
  seq integer not null,
  hash bytea not null,
  constraint one_leaf_an_entry unique (kind, entry_id, seq)
);
-- roots of whole subtrees of 256, 65536, ... leaves, so that a proof reads few hashes
create table log_node (
  level smallint not null,
  idx bigint not null,
  hash bytea not null,
  primary key (level, idx)
);
create table log_head (
  one boolean primary key default true check (one),
  size bigint not null
);
insert into log_head values (true, 0);
create table checkpoint (
  size bigint primary key,
  note text not null,
  signed_at timestamptz not null
);
`;

const onlyGrows = /* sql */ `
create trigger only_grows before update or delete or truncate on access for each statement execute function refuse_change();
create trigger only_grows before update or delete or truncate on log_leaf for each statement execute function refuse_change();
create trigger only_grows before update or delete or truncate on log_node for each statement execute function refuse_change();
create trigger only_grows before update or delete or truncate on checkpoint for each statement execute function refuse_change();
`;

/** The log still only grows: what is told of a patient can be blanked once his key is gone, and nothing else. Leaves, chains, tree and counts stay. */
const erasure = /* sql */ `
create function refuse_change_but_erasure() returns trigger language plpgsql as $$
declare told text := tg_argv[0];
begin
  if to_jsonb(new) ->> told is null and to_jsonb(new) - told = to_jsonb(old) - told
    and not exists (select from pathway p join patient_key k on k.patient_id = p.patient_id where p.id = old.pathway_id) then return new; end if;
  raise exception 'the log only grows: % of % is refused', lower(tg_op), tg_table_name using errcode = '42501';
end $$;
drop trigger only_grows on transition;
drop trigger only_grows on refusal;
drop trigger only_grows on referral_version;
create trigger only_grows before delete or truncate on transition for each statement execute function refuse_change();
create trigger only_grows before delete or truncate on refusal for each statement execute function refuse_change();
create trigger only_grows before delete or truncate on referral_version for each statement execute function refuse_change();
create trigger only_erased before update on transition for each row execute function refuse_change_but_erasure('payload');
create trigger only_erased before update on refusal for each row execute function refuse_change_but_erasure('payload');
create trigger only_erased before update on referral_version for each row execute function refuse_change_but_erasure('facts');

-- by the owner alone: nobody else may delete a key
create function erase_patient(p_patient uuid) returns uuid[] language plpgsql as $$
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
  update message set subject = '', body = '' where pathway_id = any(ids);
  update pathway set snapshot = '', missing = '{}' where patient_id = p_patient;
  update patient set person_number = null, person_number_kind = null, birth_date = '1900-01-01', name = '' where id = p_patient;
  return ids;
end $$;
`;

/** As before, with the leaf and what it commits to; and a correction, which brings what it makes of the past with it. */
const commit = /* sql */ `
drop function commit_transition;
create function commit_transition(
  p_id uuid, p_expected integer, p_event_type text, p_at timestamptz, p_recorded_at timestamptz, p_leaf text, p_payload text, p_hash bytea,
  p_stage text, p_state text, p_unit text, p_next_move text, p_area text, p_units text[], p_due timestamptz, p_missing text[],
  p_machine_version integer, p_rule_set text, p_snapshot text,
  p_actor text, p_key uuid, p_request_hash bytea, p_messages jsonb, p_facts text, p_facts_version integer, p_corrected jsonb
) returns boolean language plpgsql as $$
declare was pathway;
begin
  select * into was from pathway where id = p_id and version = p_expected for update;
  if not found then return false; end if;
  update pathway set version = p_expected + 1, stage = p_stage, state = p_state, unit = p_unit, next_move = p_next_move, planning_area = p_area, units = p_units,
    stage_since = case when p_corrected is not null then (p_corrected ->> 'stageSince')::timestamptz when stage = p_stage then stage_since else p_at end,
    due_at = p_due, last_at = coalesce((p_corrected ->> 'lastAt')::timestamptz, p_at), missing = p_missing,
    machine_version = p_machine_version, rule_set = p_rule_set, snapshot = p_snapshot, head_hash = p_hash
    where id = p_id;
  insert into transition values (p_id, p_expected + 1, p_event_type, p_at, p_recorded_at, p_leaf, p_hash, p_payload);
  insert into log_pending (kind, entry_id, seq, hash) values ('transition', p_id, p_expected + 1, p_hash);
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
  if p_corrected is null then
    perform record_movements(p_id, p_expected + 1, p_at, p_recorded_at, was, p_stage, p_unit, p_area, p_due);
  else
    perform record_correction(p_id, p_expected + 1, p_recorded_at, p_corrected -> 'movements');
    insert into referral_version select p_id, f.version, p_expected + 1, f."frozenAt", f.facts
      from jsonb_to_recordset(p_corrected -> 'referrals') as f(version integer, "frozenAt" timestamptz, facts text);
  end if;
  return true;
end $$;

-- the ledger after it sums to what the corrected past says, and before it to what was believed: only the differences are written
create function record_correction(p_id uuid, p_seq integer, p_recorded_at timestamptz, p_movements jsonb) returns void language plpgsql as $$
begin
  if (select p_recorded_at < through from movement_folded) then
    raise exception 'the clock is behind what has been counted' using errcode = '55P03';
  end if;
  insert into movement
    select p_id, p_seq, d.occurred_at, p_recorded_at, d.stage, d.unit, d.planning_area, sum(d.present), sum(d.overdue)
    from (
      select m.at as occurred_at, m.stage, m.unit, m.area as planning_area, m.present, m.overdue
        from jsonb_to_recordset(p_movements) as m(at timestamptz, stage text, unit text, area text, present smallint, overdue smallint)
      union all
      select occurred_at, stage, unit, planning_area, -present, -overdue from movement where pathway_id = p_id
    ) as d
    group by d.occurred_at, d.stage, d.unit, d.planning_area having sum(d.present) <> 0 or sum(d.overdue) <> 0;
end $$;
create index movement_of_pathway on movement (pathway_id);
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
  insert into pathway values (p_id, known, 1, p_stage, p_state, p_unit, p_unit, p_area, p_units, p_at, null, p_at, p_missing, p_machine_version, p_rule_set, p_snapshot, p_hash);
  insert into transition values (p_id, 1, 'pathway.opened', p_at, p_recorded_at, p_leaf, p_hash, p_payload);
  insert into log_pending (kind, entry_id, seq, hash) values ('transition', p_id, 1, p_hash);
  if p_key is not null then
    insert into idempotency values (p_actor, p_key, p_id, 1, p_request_hash, p_recorded_at);
  end if;
  perform record_movements(p_id, 1, p_at, p_recorded_at, nobody, p_stage, p_unit, p_area, null);
  return known;
end $$;
`;

const note = /* sql */ `
create function note_refusal(p_pathway uuid, p_id uuid, p_version integer, p_event_type text, p_recorded_at timestamptz, p_leaf text, p_payload text, p_hash bytea) returns void language plpgsql as $$
begin
  insert into refusal values (p_pathway, p_id, p_version, p_event_type, p_recorded_at, p_leaf, p_payload, p_hash);
  insert into log_pending (kind, entry_id, seq, hash) values ('refusal', p_id, 0, p_hash);
end $$;
create unique index refusal_by_id on refusal (id);

create function note_access(p_id uuid, p_recorded_at timestamptz, p_pathways uuid[], p_leaf text, p_payload text, p_salt bytea, p_hash bytea) returns void language plpgsql as $$
begin
  insert into access values (p_id, p_recorded_at, p_pathways, p_leaf, p_payload, p_salt, p_hash);
  insert into log_pending (kind, entry_id, seq, hash) values ('access', p_id, 0, p_hash);
end $$;
`;

/** Moved from pending to the tree in one statement, guarded by the size: a second sequencer is refused, and never forks. */
const sequence = /* sql */ `
create function append_leaves(p_size bigint, p_pending bigint[], p_levels smallint[], p_places bigint[], p_nodes bytea[]) returns boolean language plpgsql as $$
declare moved bigint;
begin
  update log_head set size = p_size + cardinality(p_pending) where size = p_size;
  if not found then return false; end if;
  with taken as (
    delete from log_pending where id = any(p_pending) returning id, kind, entry_id, seq, hash
  ), made as (
    insert into log_leaf select p_size + given.place - 1, taken.kind, taken.entry_id, taken.seq, taken.hash
      from unnest(p_pending) with ordinality as given(id, place) join taken on taken.id = given.id returning 1
  ) select count(*) into moved from made;
  if moved <> cardinality(p_pending) then
    raise exception 'of % pending entries % are there', cardinality(p_pending), moved using errcode = '40001';
  end if;
  insert into log_node select * from unnest(p_levels, p_places, p_nodes);
  return true;
end $$;
`;

const views = /* sql */ `
-- what reports may read: no patient, no text
create view reported_pathway as
  select id, stage, state, unit, next_move, planning_area, units, stage_since, due_at, missing, machine_version, rule_set, version from pathway;
create view reported_transition as
  select pathway_id, seq, event_type, occurred_at, recorded_at from transition;
`;

const rights = /* sql */ `
grant select on all tables in schema public to smertevejen_serving;
grant insert on patient, patient_key, pathway, transition, refusal, access, referral_version, message, idempotency, movement, movement_fold, log_pending to smertevejen_serving;
grant update on pathway, movement_fold, movement_folded to smertevejen_serving;

grant select, delete on log_pending to smertevejen_sequencing;
grant select, insert on log_leaf, log_node, checkpoint to smertevejen_sequencing;
grant select, update on log_head to smertevejen_sequencing;

grant select on movement, movement_fold, movement_folded, reported_pathway, reported_transition to smertevejen_reporting;
`;
