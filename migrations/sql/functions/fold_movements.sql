-- Folding adds whole recorded spans once, some at a time; a row that arrives later with an older recorded_at is refused
-- by record_movements. True while there is more.
create function fold_movements(p_through timestamptz) returns boolean language plpgsql set timezone = 'UTC' as $$
declare
  since timestamptz;
  until timestamptz;
begin
  select through into since from movement_folded for update;
  if p_through <= since then
    return false;
  end if;
  select greatest(m.recorded_at, since + interval '1 microsecond') into until
    from movement m where m.recorded_at >= since order by m.recorded_at offset 50000 limit 1;
  until := least(until, p_through);
  insert into movement_fold (grain, period, stage, unit, planning_area, present, overdue)
    select g.grain, date_trunc(g.grain, m.occurred_at)::date, m.stage, coalesce(m.unit, ''), m.planning_area,
      sum(m.present), sum(m.overdue)
    from movement m cross join (values ('day'), ('month')) as g(grain)
    where m.recorded_at >= since and m.recorded_at < until
    group by 1, 2, 3, 4, 5
    on conflict (grain, period, stage, unit, planning_area) do update
      set present = movement_fold.present + excluded.present, overdue = movement_fold.overdue + excluded.overdue;
  update movement_folded set through = until;
  return until < p_through;
end $$;
