-- what reports may read: no patient, no text
create view reported_pathway as
  select id, stage, state, unit, next_move, planning_area, units, stage_since, due_at, missing, machine_version,
    rule_set, version
  from pathway;

create view reported_transition as
  select pathway_id, seq, event_type, occurred_at, recorded_at from transition;
