create function note_refusal(
  p_pathway uuid, p_id uuid, p_version integer, p_event_type text, p_recorded_at timestamptz,
  p_leaf text, p_payload text, p_hash bytea
) returns void language plpgsql as $$
begin
  insert into refusal (pathway_id, id, version, event_type, recorded_at, leaf, payload, hash)
    values (p_pathway, p_id, p_version, p_event_type, p_recorded_at, p_leaf, p_payload, p_hash);
  insert into log_pending (kind, entry_id, seq, hash) values ('refusal', p_id, 0, p_hash);
end $$;
