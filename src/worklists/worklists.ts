/** Nobody waits unseen: who waits, for whom, until when, and who sees to it. Only what the reader's unit has or had. */
import { Injectable } from '@nestjs/common';
import { copenhagenDate, daysBetween, lastDayOf } from '../../machines/calendar/calendar.js';
import { clocks, type ClockName } from '../../machines/pathway/clocks.js';
import { rolesOf } from '../../machines/pathway/desks.js';
import { events } from '../../machines/pathway/events.js';
import type { Text } from '../../machines/pathway/fields.js';
import type { Actor } from '../../machines/pathway/roles.js';
import { unitName } from '../../machines/pathway/routes.js';
import { nextSteps, stageNames, stages, type StageName } from '../../machines/pathway/stages.js';
import { tasks, tasksOf } from '../../machines/pathway/tasks.js';
import { Clock } from '../database/clock.js';
import { Sql } from '../database/sql.js';
import { Door } from '../pathways/door.js';
import { patientView } from '../pathways/lists.js';
import { Trusted } from '../pathways/trusted.js';
import { Problem } from '../http/problem.js';
import type { Filters } from './filters.js';
import { countsOf, cursorAfter, pageOf, type Asked, type CountRow, type WorkRow } from './statements.js';
import type { WorkItem, WorklistCounts } from './wire.js';

/** A sheet that nobody reads to its end is no list of work, and every name on it is a look-up. */
export const mostLines = 10_000;

const clockOf = (name: string): { clock: string; label: Text } => ({
  clock: name,
  label: clocks[name.split(':')[0] as ClockName]?.label ?? { da: name, en: name },
});
const dayOf = (at: Date): string => copenhagenDate(at.toISOString());

function nextOf({ state, next_move }: WorkRow): WorkItem['next'] {
  const event = nextSteps[state];
  return event === undefined ? null : { event, label: events[event].label, unit: next_move, roles: rolesOf(event) };
}

@Injectable()
export class Worklists {
  private readonly trusted = new Trusted();
  constructor(
    private readonly sql: Sql,
    private readonly clock: Clock,
    private readonly door: Door,
  ) {}

  async page({ limit, cursor, ...filters }: Filters & { limit: number; cursor?: string | undefined }, actor: Actor) {
    const now = this.clock.now();
    const rows = await this.rows<WorkRow>(pageOf({ filters, actor, now, limit: limit + 1, cursor, desk: actor.unit }));
    const page = rows.slice(0, limit);
    const last = rows.length > limit ? page.at(-1) : undefined;
    return { items: page.map((row) => this.item(row, now, actor.unit)), nextCursor: last ? cursorAfter(last) : null };
  }

  async counts(filters: Filters, actor: Actor): Promise<WorklistCounts> {
    const rows = new Map(
      (await this.rows<CountRow>(countsOf({ filters, actor, now: this.clock.now() }))).map((row) => [row.stage, row]),
    );
    const sum = (of: 'count' | 'overdue' | 'unassigned') =>
      [...rows.values()].reduce((total, row) => total + row[of], 0);
    const byStage = stageNames.flatMap((stage) =>
      rows.has(stage) ? [{ stage, label: stages[stage], count: rows.get(stage)!.count }] : [],
    );
    return { total: sum('count'), overdue: sum('overdue'), unassigned: sum('unassigned'), byStage };
  }

  /** Every page in one, without tasks. Throws invalid where that is more than anybody reads. */
  async whole(filters: Filters, actor: Actor): Promise<WorkItem[]> {
    const now = this.clock.now();
    const rows = await this.rows<WorkRow>(pageOf({ filters, actor, now, limit: mostLines + 1 }));
    if (rows.length > mostLines) {
      throw new Problem(
        'invalid',
        {
          da: `Listen er på mere end ${mostLines} forløb: indsnævr den med et filter, og hent den igen.`,
          en: `This list is of more than ${mostLines} pathways: narrow it with a filter and fetch it again.`,
        },
        { errors: [{ pointer: '', message: `matches more than ${mostLines} pathways: narrow the filters` }] },
      );
    }
    return rows.map((row) => this.item(row, now, undefined));
  }

  private rows<Row extends object>({ statement, values }: Asked): Promise<Row[]> {
    return this.sql.rows<Row>(statement, values);
  }

  private item(row: WorkRow, now: Date, desk: string | undefined): WorkItem {
    const { due_at: due, due_clock: clock, stage_since: since, unit } = row;
    return {
      id: row.id,
      version: row.version,
      patient: patientView(row),
      stage: row.stage as StageName,
      state: row.state,
      unit,
      nextMove: row.next_move,
      planningArea: row.planning_area as WorkItem['planningArea'],
      stageSince: since.toISOString(),
      daysInStage: daysBetween(dayOf(since), dayOf(now)),
      dueAt: due?.toISOString() ?? null,
      overdue: due !== null && due <= now,
      missing: row.missing,
      dueClock: due === null || clock === null ? null : clockOf(clock),
      daysLeft: due === null ? null : daysBetween(dayOf(now), lastDayOf(due.toISOString())),
      responsible: unit === null ? null : { unit, label: unitName(unit) },
      assignee: row.assignee,
      next: nextOf(row),
      tasks: this.tasksAt(desk, row),
    };
  }

  /** From what is stored, checked as at the door. One that cannot be read stands on the list all the same: only its tasks are not known. */
  private tasksAt(desk: string | undefined, { id, snapshot, machine_version: version }: WorkRow): WorkItem['tasks'] {
    if (snapshot === null || desk === undefined) return [];
    const chart = this.door.versions.charts.find((one) => one.version === version);
    const stored = chart && this.trusted.read(id, snapshot, chart);
    if (!stored || 'fault' in stored) return null;
    return tasksOf(stored.context, chart.whereOf(stored.value, stored.context))
      .filter(({ unit }) => unit === desk)
      .map((task) => ({ ...task, label: tasks[task.what].label }));
  }
}
