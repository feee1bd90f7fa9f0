/** The statements of the door. Two a transition: load, commit. */
import { statement } from '../database/sql.js';

export type LoadedRow = {
  id: string;
  version: number;
  snapshot: string;
  machine_version: number;
  rule_set: string;
  head_hash: Buffer;
  stage: string;
  units: string[];
  commit_key: Buffer | null;
  patient_id: string;
  name: string;
  birth_date: string;
  person_number: string | null;
  used_by: string | null;
  used_seq: number | null;
  used_hash: Buffer | null;
};

/** The pathway with its patient, and whether the key has been used by this actor, for whichever pathway: one round trip. */
export const load = statement(
  'load',
  /* sql */ `
  select p.id, p.version, p.snapshot, p.machine_version, p.rule_set, p.head_hash, p.stage, p.units, p.patient_id,
    t.name, t.birth_date::text as birth_date, t.person_number, k.key as commit_key, i.pathway_id as used_by, i.seq as used_seq, i.request_hash as used_hash
  from pathway p join patient t on t.id = p.patient_id left join patient_key k on k.patient_id = p.patient_id left join idempotency i on i.actor = $2 and i.key = $3
  where p.id = $1`,
);

export const keyUsed = statement(
  'key_used',
  'select pathway_id, seq, request_hash from idempotency where actor = $1 and key = $2',
);

export const commit = statement(
  'commit',
  /* sql */ `
  select commit_transition($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20, $21, $22, $23, $24, $25, $26, $27, $28, $29, $30, $31) as committed`,
);

export const open = statement(
  'open',
  /* sql */ `
  select open_pathway($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20, $21, $22, $23, $24) as patient_id`,
);

export const openOf = statement(
  'open_of',
  /* sql */ `
  select p.id from pathway p join patient t on t.id = p.patient_id where t.person_number = $1 and p.stage <> 'closed'`,
);
export const patientOf = statement(
  'patient_of',
  'select t.birth_date::text as birth_date, t.name, k.key from patient t left join patient_key k on k.patient_id = t.id where t.person_number = $1',
);

export const refuse = statement('refuse', 'select note_refusal($1, $2, $3, $4, $5, $6, $7, $8)');

export const entriesUpTo = statement(
  'entries_up_to',
  'select leaf, payload from transition where pathway_id = $1 and seq <= $2 order by seq',
);
/** A refused attempt stands after the transition whose version it met, and attempts in the order in which they came: their ids sort by time. */
export type LogRow = { place: number; attempt: string | null; leaf: string; payload: string | null; hash: Buffer };
export const logSince = statement(
  'log_since',
  /* sql */ `
  select * from (
    select seq as place, null::uuid as attempt, leaf, payload, hash from transition where pathway_id = $1 and seq > $2
    union all
    select version, id, leaf, payload, hash from refusal where $4 and pathway_id = $1 and (version > $2 or version = $2 and ($3::uuid is null or id > $3))
  ) as log order by place, attempt nulls first limit $5`,
);
/** As it was last frozen: a correction freezes it anew, or takes it back. */
export const referralVersion = statement(
  'referral_version',
  'select version, seq, frozen_at, facts from referral_version where pathway_id = $1 and version = $2 order by seq desc limit 1',
);
export const correctionsOf = statement(
  'corrections_of',
  `select leaf, payload from transition where pathway_id = $1 and event_type = 'log.corrected' order by seq`,
);
