import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Indexes that flow and late changes read: nothing else of the ledger, however long it is. */
export class Flow1790000000003 implements MigrationInterface {
  name = 'Flow1790000000003';

  async up(runner: Pick<QueryRunner, 'query'>): Promise<void> {
    await runner.query(indexes);
  }

  async down(runner: Pick<QueryRunner, 'query'>): Promise<void> {
    await runner.query(before);
  }
}

const indexes = /* sql */ `
-- as movement_occurred, which it replaces, and with the pathway: arrivals and departures are netted by it
create index if not exists movement_flow on movement (occurred_at) include (pathway_id, recorded_at, stage, unit, planning_area, present, overdue);
drop index if exists movement_occurred;
-- what was recorded long after it happened is little; a month is closed at the earliest three days after its end (src/overview/periods.ts)
create index if not exists movement_late on movement (recorded_at) include (occurred_at, pathway_id, seq, stage, unit, planning_area, present, overdue)
  where recorded_at - occurred_at > interval '3 days';
`;

const before = /* sql */ `
create index movement_occurred on movement (occurred_at) include (recorded_at, stage, unit, planning_area, present, overdue);
drop index movement_flow;
drop index movement_late;
`;
