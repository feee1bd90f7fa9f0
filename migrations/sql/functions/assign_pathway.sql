-- not an event of the chart: it moves nobody. False when the pathway has left the unit meanwhile. What is written of it
-- in the log of accesses goes with it.
create function assign_pathway(
  p_id uuid, p_unit text, p_assignee text, p_by text, p_assignment uuid, p_at timestamptz,
  p_access uuid, p_leaf text, p_payload text, p_salt bytea, p_hash bytea
) returns boolean language plpgsql as $$
begin
  update pathway set assignee = p_assignee where id = p_id and unit = p_unit and stage <> 'closed';
  if not found then
    return false;
  end if;
  insert into assignment (pathway_id, id, unit, assignee, assigned_by, assigned_at)
    values (p_id, p_assignment, p_unit, p_assignee, p_by, p_at);
  perform note_access(p_access, p_at, array[p_id], p_leaf, p_payload, p_salt, p_hash);
  return true;
end $$;
