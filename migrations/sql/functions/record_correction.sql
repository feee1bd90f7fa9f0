-- the ledger after it sums to what the corrected past says, and before it to what was believed: only the differences
-- are written
create function record_correction(
  p_id uuid, p_seq integer, p_recorded_at timestamptz, p_movements jsonb
) returns void language plpgsql as $$
begin
  if (select p_recorded_at < through from movement_folded) then
    raise exception 'the clock is behind what has been counted' using errcode = '55P03';
  end if;
  insert into movement (pathway_id, seq, occurred_at, recorded_at, stage, unit, planning_area, present, overdue)
    select p_id, p_seq, d.occurred_at, p_recorded_at, d.stage, d.unit, d.planning_area, sum(d.present), sum(d.overdue)
    from (
      select m.at as occurred_at, m.stage, m.unit, m.area as planning_area, m.present, m.overdue
        from jsonb_to_recordset(p_movements)
          as m(at timestamptz, stage text, unit text, area text, present smallint, overdue smallint)
      union all
      select occurred_at, stage, unit, planning_area, -present, -overdue from movement where pathway_id = p_id
    ) as d
    group by d.occurred_at, d.stage, d.unit, d.planning_area
    having sum(d.present) <> 0 or sum(d.overdue) <> 0;
end $$;
