/** Which pathway breaches when, unless what happens: the worklist with the same filters and in the same order, each with its next deadline. Local indicators, no official statistics. */
import { Injectable } from '@nestjs/common';
import { z } from 'zod';
import { copenhagenDate, daysBetween, lastDayOf } from '../../machines/calendar/calendar.js';
import type { Chart } from '../../machines/engine/chart.js';
import { clocks, daysOf, firstDue, listOf, type ClockName } from '../../machines/pathway/clocks.js';
import type { Clock as Running, Context } from '../../machines/pathway/context.js';
import { events } from '../../machines/pathway/events.js';
import { possibleEvents } from '../../machines/engine/explain.js';
import { unitCode } from '../../machines/pathway/fields.js';
import type { Actor } from '../../machines/pathway/roles.js';
import type { Snapshot } from '../../machines/engine/snapshot.js';
import { waysOff } from '../../machines/pathway/tasks.js';
import { Clock } from '../database/clock.js';
import { Sql, statement } from '../database/sql.js';
import { Door } from '../pathways/door.js';
import { Trusted } from '../pathways/trusted.js';
import type { Filters } from './filters.js';
import { worklist, type WorkItem } from './wire.js';
import { Worklists } from './worklists.js';

const label = z.object({ da: z.string(), en: z.string() });
const date = z.string().meta({ format: 'date' });
const { id, version, patient, stage, state, unit, nextMove, assignee } = worklist.shape.items.element.shape;
const breach = z.object({
  clock: z.string(),
  label,
  dueAt: z.string().meta({ format: 'date-time', description: 'late from this instant on' }),
  lastDay: date.meta({ description: 'the last day in time, in Denmark' }),
  daysLeft: z.int(),
  late: z.boolean(),
  onTheListOf: z.array(unitCode()),
  unless: z
    .array(z.object({ event: z.string(), label }))
    .meta({ description: 'what stops it, or brings the patient nearer to what does, of what is possible now' }),
});
export const forecastView = z
  .object({
    items: z.array(
      z.object({
        id,
        version,
        patient,
        stage,
        state,
        unit,
        nextMove,
        assignee,
        breach: breach.nullable().meta({ description: 'null where nothing runs, or what is stored cannot be read' }),
        standing: z.array(breach.omit({ late: true })).meta({
          description: 'what stands still, as it would be if it went on today: each day of waiting puts it off by one',
        }),
      }),
    ),
    nextCursor: z.string().nullable(),
    today: date,
    local: z.literal(true).meta({ description: 'local indicators, not official statistics' }),
  })
  .meta({ id: 'Forecast', title: 'Which pathway breaches when, unless what happens' });
type Item = z.infer<typeof forecastView>['items'][number];

const snapshots = statement(
  'forecast_snapshots',
  'select id, snapshot, machine_version from pathway where id = any($1::uuid[])',
);
type Row = { id: string; snapshot: string; machine_version: number };

@Injectable()
export class Forecast {
  private readonly trusted = new Trusted();
  constructor(
    private readonly worklists: Worklists,
    private readonly sql: Sql,
    private readonly clock: Clock,
    private readonly door: Door,
  ) {}

  async page(
    query: Filters & { limit: number; cursor?: string | undefined },
    actor: Actor,
  ): Promise<z.infer<typeof forecastView>> {
    const now = this.clock.now().toISOString();
    const { items, nextCursor } = await this.worklists.page(query, actor);
    const rows = new Map(
      (await this.sql.rows<Row>(snapshots, [items.map((item) => item.id)])).map((row) => [row.id, row]),
    );
    return {
      items: items.map((item) => ({ ...named(item), ...this.coming(rows.get(item.id), now) })),
      nextCursor,
      today: copenhagenDate(now),
      local: true,
    };
  }

  /** One that cannot be read stands on the list all the same. */
  private coming(row: Row | undefined, now: string): Pick<Item, 'breach' | 'standing'> {
    const chart = this.door.versions.charts.find((one) => one.version === row?.machine_version);
    const stored = row && chart && this.trusted.read(row.id, row.snapshot, chart);
    if (!stored || 'fault' in stored) return { breach: null, standing: [] };
    return comingOf(stored.context, (chart as Chart).restore(stored), now);
  }
}

const named = (item: WorkItem) => ({
  id: item.id,
  version: item.version,
  patient: item.patient,
  stage: item.stage,
  state: item.state,
  unit: item.unit,
  nextMove: item.nextMove,
  assignee: item.assignee,
});

function comingOf(context: Context, snapshot: Snapshot, now: string): Pick<Item, 'breach' | 'standing'> {
  const possible = new Set<string>(possibleEvents(snapshot));
  const told = (running: Running) => {
    const { label: name } = clocks[running.clock.split(':')[0] as ClockName];
    const { dueAt } = daysOf(context, running, now);
    const lastDay = lastDayOf(dueAt);
    return {
      clock: running.clock,
      label: name,
      dueAt,
      lastDay,
      daysLeft: daysBetween(copenhagenDate(now), lastDay),
      onTheListOf: listOf(running.clock, context),
      unless: waysOff(running.clock, context)
        .filter((event) => possible.has(event))
        .map((event) => ({ event, label: events[event].label })),
    };
  };
  const first = firstDue(context.clocks);
  return {
    breach: first ? { ...told(first), late: first.dueAt <= now } : null,
    standing: context.clocks.filter(({ pausedSince }) => pausedSince !== undefined).map(told),
  };
}
