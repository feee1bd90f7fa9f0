-- a new pathway, with its patient when that one is new: the patient of a number is found or made, never changed
create function open_pathway(
  p_id uuid, p_patient uuid, p_patient_key bytea, p_number text, p_number_kind text, p_birth_date date, p_name text,
  p_at timestamptz, p_recorded_at timestamptz, p_leaf text, p_payload text, p_hash bytea,
  p_stage text, p_state text, p_unit text, p_area text, p_units text[], p_missing text[],
  p_machine_version integer, p_rule_set text, p_snapshot text,
  p_actor text, p_key uuid, p_request_hash bytea
) returns uuid language plpgsql as $$
declare
  known uuid;
  nobody pathway;
begin
  if p_number is not null then
    select id into known from patient where person_number = p_number;
  end if;
  if known is null then
    insert into patient (id, person_number, person_number_kind, birth_date, name, created_at)
      values (p_patient, p_number, p_number_kind, p_birth_date, p_name, p_recorded_at);
    insert into patient_key (patient_id, key) values (p_patient, p_patient_key);
    known := p_patient;
  elsif not exists (select from patient_key k where k.patient_id = known and k.key = p_patient_key) then
    raise exception 'the patient has come to be known meanwhile' using errcode = '40001';
  end if;
  insert into pathway (
    id, patient_id, version, stage, state, unit, next_move, planning_area, units, desks, stage_since, last_at, missing,
    machine_version, rule_set, snapshot, head_hash
  ) values (
    p_id, known, 1, p_stage, p_state, p_unit, p_unit, p_area, p_units, array_remove(array[p_unit], null), p_at, p_at,
    p_missing, p_machine_version, p_rule_set, p_snapshot, p_hash
  );
  insert into transition (pathway_id, seq, event_type, occurred_at, recorded_at, leaf, payload, hash)
    values (p_id, 1, 'pathway.opened', p_at, p_recorded_at, p_leaf, p_payload, p_hash);
  insert into log_pending (kind, entry_id, seq, hash) values ('transition', p_id, 1, p_hash);
  if p_key is not null then
    insert into idempotency (actor, key, pathway_id, seq, request_hash, created_at)
      values (p_actor, p_key, p_id, 1, p_request_hash, p_recorded_at);
  end if;
  perform record_movements(p_id, 1, p_at, p_recorded_at, nobody, p_stage, p_unit, p_area, null);
  return known;
end $$;
