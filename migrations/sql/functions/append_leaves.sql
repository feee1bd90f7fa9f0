-- moved from pending to the tree in one statement, guarded by the size: a second sequencer is refused, and never forks
create function append_leaves(
  p_size bigint, p_pending bigint[], p_levels smallint[], p_places bigint[], p_nodes bytea[]
) returns boolean language plpgsql as $$
declare
  moved bigint;
begin
  update log_head set size = p_size + cardinality(p_pending) where size = p_size;
  if not found then
    return false;
  end if;
  with taken as (
    delete from log_pending where id = any(p_pending) returning id, kind, entry_id, seq, hash
  ), made as (
    insert into log_leaf (idx, kind, entry_id, seq, hash)
      select p_size + given.place - 1, taken.kind, taken.entry_id, taken.seq, taken.hash
      from unnest(p_pending) with ordinality as given(id, place) join taken on taken.id = given.id
      returning 1
  )
  select count(*) into moved from made;
  if moved <> cardinality(p_pending) then
    raise exception 'of % pending entries % are there', cardinality(p_pending), moved using errcode = '40001';
  end if;
  insert into log_node (level, idx, hash) select * from unnest(p_levels, p_places, p_nodes);
  return true;
end $$;
