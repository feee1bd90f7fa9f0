create function note_access(
  p_id uuid, p_recorded_at timestamptz, p_pathways uuid[], p_leaf text, p_payload text, p_salt bytea, p_hash bytea
) returns void language plpgsql as $$
begin
  insert into access (id, recorded_at, pathways, leaf, payload, salt, hash)
    values (p_id, p_recorded_at, p_pathways, p_leaf, p_payload, p_salt, p_hash);
  insert into log_pending (kind, entry_id, seq, hash) values ('access', p_id, 0, p_hash);
end $$;
