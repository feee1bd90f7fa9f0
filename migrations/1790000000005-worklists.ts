import type { MigrationInterface, QueryRunner } from 'typeorm';

/**
 * Worklists at a million pathways. A unit's own list is read off one index in its order, which also holds what the list is mostly narrowed by; what lies at other
 * desks than the holder's, and what stands on a list beside the next step, is little, and has an index each. What is closed is in none of them, or in one.
 */
export class Worklists1790000000005 implements MigrationInterface {
  name = 'Worklists1790000000005';

  async up(runner: QueryRunner): Promise<void> {
    for (const part of [desks, order, names]) await runner.query(part);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(back);
  }
}

const desks = /* sql */ `
-- beside the desk of who holds it: mostly none
alter table pathway add column elsewhere text[] not null generated always as (array_remove(desks, unit)) stored;
create index pathway_elsewhere on pathway using gin (elsewhere) where elsewhere <> '{}';
create index pathway_with_task on pathway using gin (tasks) where tasks <> '{}';
drop index pathway_at_desk;
`;

const order = /* sql */ `
-- earliest deadline, then longest wait. What stands behind the id decides, without a look at the table, what is passed over; due_at stands there for counts: an
-- expression alone is never read from an index
drop index worklist;
create index worklist on pathway (unit, (coalesce(due_at, 'infinity')), stage_since, id, stage, planning_area, (split_part(due_clock, ':', 1)), assignee) include (due_at) where stage <> 'closed';
-- for lists of no unit and no desk
create index pathway_in_order on pathway ((coalesce(due_at, 'infinity')), stage_since, id, stage, planning_area, (split_part(due_clock, ':', 1))) where stage <> 'closed';
create index pathway_closed on pathway ((coalesce(due_at, 'infinity')), stage_since, id) where stage = 'closed';
drop index pathway_due;
`;

const names = /* sql */ `
-- what is no letter and no digit only separates words: the parser of text search would take some for addresses and paths
alter table patient add column words tsvector not null generated always as (to_tsvector('simple', regexp_replace(name, '[^[:alnum:]]+', ' ', 'g'))) stored;
create index patient_words on patient using gin (words);
`;

const back = /* sql */ `
alter table patient drop column words;
drop index worklist;
drop index pathway_in_order;
drop index pathway_closed;
drop index pathway_with_task;
alter table pathway drop column elsewhere;
create index worklist on pathway (unit, (coalesce(due_at, 'infinity')), stage_since, id);
create index pathway_at_desk on pathway using gin (desks);
create index pathway_due on pathway (due_at) where due_at is not null;
`;
