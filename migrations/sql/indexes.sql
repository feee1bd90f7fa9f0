create unique index one_open_pathway on pathway (patient_id) where stage <> 'closed';
create index pathway_by_patient on pathway (patient_id);
create index patient_words on patient using gin (words);

-- Worklists at a million pathways. A unit's own list is read off one index in its order: earliest deadline, then the
-- longest wait. What stands behind the id decides, without a look at the table, what is passed over; due_at stands there
-- for counts: an expression alone is never read from an index.
create index worklist on pathway
  (unit, (coalesce(due_at, 'infinity')), stage_since, id, stage, planning_area, (split_part(due_clock, ':', 1)),
    assignee)
  include (due_at) where stage <> 'closed';
-- for lists of no unit and no desk
create index pathway_in_order on pathway
  ((coalesce(due_at, 'infinity')), stage_since, id, stage, planning_area, (split_part(due_clock, ':', 1)))
  where stage <> 'closed';
create index pathway_closed on pathway ((coalesce(due_at, 'infinity')), stage_since, id) where stage = 'closed';
create index pathway_of_unit on pathway using gin (units);
-- what lies at another desk than its unit's, and what stands on a list beside the next step, is little
create index pathway_elsewhere on pathway using gin (elsewhere) where elsewhere <> '{}';
create index pathway_with_task on pathway using gin (tasks) where tasks <> '{}';
create index pathway_to_sweep on pathway (sweep_at) where sweep_at is not null;

create unique index refusal_by_id on refusal (id);
create index access_of_pathway on access using gin (pathways);

create index message_to_send on message (receiver, next_at) where state in ('queued', 'taken');
create index message_stuck on message (sender, changed_at) where state in ('failed', 'held');
create index message_received on message (receiver, created_at desc);

create index movement_of_pathway on movement (pathway_id);
create index movement_recorded on movement (recorded_at)
  include (occurred_at, stage, unit, planning_area, present, overdue);
-- with the pathway: arrivals and departures are netted by it
create index movement_flow on movement (occurred_at)
  include (pathway_id, recorded_at, stage, unit, planning_area, present, overdue);
-- what was recorded long after it happened is little; a month is closed at the earliest three days after its end
-- (src/overview/periods.ts)
create index movement_late on movement (recorded_at)
  include (occurred_at, pathway_id, seq, stage, unit, planning_area, present, overdue)
  where recorded_at - occurred_at > interval '3 days';
