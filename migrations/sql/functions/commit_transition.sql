-- The commit: one statement, autocommitted, guarded by the version. False, and nothing is written, when somebody else
-- was first. A correction brings what it makes of the past with it (p_corrected).
create function commit_transition(
  p_id uuid, p_expected integer, p_event_type text, p_at timestamptz, p_recorded_at timestamptz,
  p_leaf text, p_payload text, p_hash bytea,
  p_stage text, p_state text, p_unit text, p_next_move text, p_area text, p_units text[],
  p_due timestamptz, p_due_clock text, p_sweep timestamptz, p_desks text[], p_tasks text[], p_missing text[],
  p_machine_version integer, p_rule_set text, p_snapshot text,
  p_actor text, p_key uuid, p_request_hash bytea,
  p_messages jsonb, p_deliveries jsonb, p_facts text, p_facts_version integer, p_corrected jsonb
) returns boolean language plpgsql as $$
declare
  was pathway;
begin
  select * into was from pathway where id = p_id and version = p_expected for update;
  if not found then
    return false;
  end if;
  update pathway set
    version = p_expected + 1, stage = p_stage, state = p_state, unit = p_unit, next_move = p_next_move,
    planning_area = p_area, units = p_units, desks = p_desks, tasks = p_tasks,
    -- who saw to it saw to it there
    assignee = case when unit is not distinct from p_unit and p_stage <> 'closed' then assignee end,
    stage_since = case
      when p_corrected is not null then (p_corrected ->> 'stageSince')::timestamptz
      when stage = p_stage then stage_since
      else p_at
    end,
    due_at = p_due, due_clock = p_due_clock, sweep_at = p_sweep,
    last_at = coalesce((p_corrected ->> 'lastAt')::timestamptz, p_at), missing = p_missing,
    machine_version = p_machine_version, rule_set = p_rule_set, snapshot = p_snapshot, head_hash = p_hash
    where id = p_id;
  insert into transition (pathway_id, seq, event_type, occurred_at, recorded_at, leaf, payload, hash)
    values (p_id, p_expected + 1, p_event_type, p_at, p_recorded_at, p_leaf, p_payload, p_hash);
  insert into log_pending (kind, entry_id, seq, hash) values ('transition', p_id, p_expected + 1, p_hash);
  if p_key is not null then
    insert into idempotency (actor, key, pathway_id, seq, request_hash, created_at)
      values (p_actor, p_key, p_id, p_expected + 1, p_request_hash, p_recorded_at);
  end if;
  -- new messages as they are to be delivered, earlier ones as the memory has them now
  if p_messages is not null then
    insert into message (
      pathway_id, seq, number, letter, sender, recipient, subject, body, created_at, state, receiver, next_at,
      changed_at
    )
      select p_id, p_expected + 1, m.number, m.letter, m."from", m."to", m.subject, m.body, p_recorded_at, m.state,
        m."to", case m.state when 'queued' then p_recorded_at end, p_recorded_at
      from jsonb_to_recordset(p_messages)
        as m(number smallint, letter text, "from" text, "to" text, subject text, body text, state text);
  end if;
  if p_deliveries is not null then
    update message m set
      state = d.state, receiver = coalesce(d."to", m.receiver),
      attempts = case d.state when 'queued' then 0 else m.attempts end,
      next_at = case d.state when 'queued' then p_recorded_at end, claimed_until = null,
      trouble = case d.state when 'settled' then m.trouble else d.trouble end, changed_at = p_recorded_at
      from jsonb_to_recordset(p_deliveries) as d(seq integer, number smallint, state text, "to" text, trouble text)
      where m.pathway_id = p_id and m.seq = d.seq and m.number = d.number;
  end if;
  if p_facts is not null then
    insert into referral_version (pathway_id, version, seq, frozen_at, facts)
      values (p_id, p_facts_version, p_expected + 1, p_at, p_facts);
  end if;
  if p_corrected is null then
    perform record_movements(p_id, p_expected + 1, p_at, p_recorded_at, was, p_stage, p_unit, p_area, p_due);
  else
    perform record_correction(p_id, p_expected + 1, p_recorded_at, p_corrected -> 'movements');
    insert into referral_version (pathway_id, version, seq, frozen_at, facts)
      select p_id, f.version, p_expected + 1, f."frozenAt", f.facts
      from jsonb_to_recordset(p_corrected -> 'referrals') as f(version integer, "frozenAt" timestamptz, facts text);
  end if;
  return true;
end $$;
