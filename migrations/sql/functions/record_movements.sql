create function record_movements(
  p_id uuid, p_seq integer, p_at timestamptz, p_recorded_at timestamptz,
  was pathway, now_stage text, now_unit text, now_area text, now_due timestamptz
) returns void language plpgsql as $$
begin
  if (select p_recorded_at < through from movement_folded) then
    raise exception 'the clock is behind what has been counted' using errcode = '55P03';
  end if;
  if was.id is not null and (was.stage, was.unit, was.planning_area) is distinct from (now_stage, now_unit, now_area)
  then
    insert into movement (pathway_id, seq, occurred_at, recorded_at, stage, unit, planning_area, present, overdue)
    values
      (p_id, p_seq, p_at, p_recorded_at, was.stage, was.unit, was.planning_area, -1, 0),
      (p_id, p_seq, p_at, p_recorded_at, now_stage, now_unit, now_area, 1, 0);
  elsif was.id is null then
    insert into movement (pathway_id, seq, occurred_at, recorded_at, stage, unit, planning_area, present, overdue)
      values (p_id, p_seq, p_at, p_recorded_at, now_stage, now_unit, now_area, 1, 0);
  end if;
  -- it was believed to be overdue from its deadline on; from this transition on that belief is another
  if was.id is null
    or (was.stage, was.unit, was.planning_area, was.due_at) is distinct from (now_stage, now_unit, now_area, now_due)
  then
    if was.due_at is not null then
      insert into movement (pathway_id, seq, occurred_at, recorded_at, stage, unit, planning_area, present, overdue)
        values (p_id, p_seq, greatest(was.due_at, p_at), p_recorded_at, was.stage, was.unit, was.planning_area, 0, -1);
    end if;
    if now_due is not null then
      insert into movement (pathway_id, seq, occurred_at, recorded_at, stage, unit, planning_area, present, overdue)
        values (p_id, p_seq, greatest(now_due, p_at), p_recorded_at, now_stage, now_unit, now_area, 0, 1);
    end if;
  end if;
end $$;
