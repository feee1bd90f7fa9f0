-- Tables are singular. Every table of a pathway has the pathway's id in its key, so that the whole can be distributed
-- by it.

create table patient (
  id uuid primary key,
  person_number text,
  person_number_kind text check (person_number_kind in ('cpr', 'xEcpr', 'dEcpr')),
  birth_date date not null,
  name text not null,
  -- what is neither a letter nor a digit only separates words: the parser of text search would take some for addresses
  -- and paths
  words tsvector not null
    generated always as (to_tsvector('simple', regexp_replace(name, '[^[:alnum:]]+', ' ', 'g'))) stored,
  created_at timestamptz not null,
  constraint one_patient_a_number unique (person_number)
);

-- without its key a commitment can be neither opened nor guessed: to destroy the key is to erase, and no proof breaks
create table patient_key (
  patient_id uuid primary key references patient (id),
  key bytea not null
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
  -- every unit with something to do, and those of them that do not hold the pathway: mostly none
  desks text[] not null default '{}',
  elsewhere text[] not null generated always as (array_remove(desks, unit)) stored,
  -- what is to be done beside the next step, each as its name and as "<unit> <name>"
  tasks text[] not null default '{}',
  -- who sees to it at the unit
  assignee text,
  stage_since timestamptz not null,
  -- the earliest deadline, and whose it is
  due_at timestamptz,
  due_clock text,
  -- the earliest deadline that nobody has been told of
  sweep_at timestamptz,
  last_at timestamptz not null,
  missing text[] not null,
  machine_version integer not null,
  rule_set text not null,
  -- text, not jsonb: what is replayed is compared byte by byte
  snapshot text not null,
  head_hash bytea not null
);

-- the log is the truth. leaf: the canonical bytes that hash is made of; it holds no name, number or free text.
-- payload: what the leaf commits to, under the patient's key
create table transition (
  pathway_id uuid not null references pathway (id),
  seq integer not null check (seq >= 1),
  event_type text not null,
  occurred_at timestamptz not null,
  recorded_at timestamptz not null,
  leaf text not null,
  payload text,
  hash bytea not null,
  primary key (pathway_id, seq)
);

create table refusal (
  pathway_id uuid not null references pathway (id),
  id uuid not null,
  version integer not null,
  event_type text not null,
  recorded_at timestamptz not null,
  leaf text not null,
  payload text,
  hash bytea not null,
  primary key (pathway_id, id)
);

-- who looked at whom; salt is the key of this commitment
create table access (
  id uuid primary key,
  recorded_at timestamptz not null,
  pathways uuid[] not null,
  leaf text not null,
  payload text,
  salt bytea not null,
  hash bytea not null
);

-- a correction freezes the referral anew, or takes a version back (facts null); what was sent stays
create table referral_version (
  pathway_id uuid not null references pathway (id),
  version integer not null,
  seq integer not null,
  frozen_at timestamptz not null,
  facts text,
  primary key (pathway_id, version, seq)
);

-- what is written stays; what became of it changes with the memory of the pathway (context.undelivered), in the same
-- commit:
--   queued   to be sent to receiver, from next_at on
--   held     nobody to send it to, or from an import: a person says what becomes of it
--   taken    the receiver's system has it, no answer yet
--   failed   nobody tries again until a person says so
--   settled  it has arrived, or is no longer owed
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
  state text not null default 'settled' check (state in ('queued', 'held', 'taken', 'failed', 'settled')),
  receiver text,
  attempts integer not null default 0,
  next_at timestamptz,
  claimed_until timestamptz,
  trouble text,
  taken_at timestamptz,
  changed_at timestamptz,
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

-- how many wait where, as a ledger of ones: what came, what went, and when each became overdue. occurred_at of an
-- overdue one is its deadline and may lie ahead; sums over occurred_at <= D and recorded_at <= K are the counts as they
-- were on D, as known on K
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

-- the ledger folded by day and by month of occurrence, for what was recorded before movement_folded.through; made by
-- fold_movements alone
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
insert into movement_folded (one, through) values (true, '-infinity');

-- who saw to it, where, and when
create table assignment (
  pathway_id uuid not null references pathway (id),
  id uuid not null,
  unit text not null,
  assignee text,
  assigned_by text not null,
  assigned_at timestamptz not null,
  primary key (pathway_id, id)
);

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
insert into log_head (one, size) values (true, 0);

create table checkpoint (
  size bigint primary key,
  note text not null,
  signed_at timestamptz not null
);
