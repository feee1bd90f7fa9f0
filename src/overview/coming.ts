/** Who is about to be late, in numbers: how many pathways' next deadline runs out on which day, unless something happens. Local indicators, no official statistics. */
import { Injectable } from '@nestjs/common';
import { z } from 'zod';
import { addDays, copenhagenDate, endOfDay, lastDayOf } from '../../machines/calendar/calendar.js';
import { clocks, type ClockName } from '../../machines/pathway/clocks.js';
import { unitCode } from '../../machines/pathway/fields.js';
import { stageNames } from '../../machines/pathway/stages.js';
import { Clock } from '../database/clock.js';
import { Sql, statement } from '../database/sql.js';
import { grouped } from '../grouped.js';

export const comingQuery = z.strictObject({
  days: z.coerce.number().int().min(1, 'is less than 1').max(366, 'is more than 366').default(30),
  unit: unitCode().optional(),
  stage: z.enum(stageNames).optional(),
});
const label = z.object({ da: z.string(), en: z.string() });
const ofClock = z.array(z.object({ clock: z.string(), label, count: z.int() }));
export const comingView = z
  .object({
    at: z.string().meta({ format: 'date-time' }),
    days: z.array(
      z.object({
        lastDay: z.string().meta({ format: 'date', description: 'the last day in time; late from the next one on' }),
        count: z.int(),
        clocks: ofClock,
      }),
    ),
    late: z.object({ count: z.int(), clocks: ofClock }),
    later: z.int().meta({ description: 'due after the days that are listed' }),
    withoutDeadline: z.int().meta({ description: 'nothing runs: a draft, or every clock stands still' }),
    total: z.int().meta({ description: 'open pathways; the sum of all' }),
    local: z.literal(true).meta({ description: 'local indicators, not official statistics' }),
  })
  .meta({ id: 'ComingDeadlines' });

/** Each open pathway once, by its earliest deadline. What is due long after the days that are asked for is one number. */
const coming = statement(
  'coming',
  /* sql */ `
  select case when due_at <= $2 then due_at end as due, due_at is not null as runs, split_part(due_clock, ':', 1) as clock, count(*)::int as count
  from pathway where stage <> 'closed' and ($1::text is null or unit = $1) and ($3::text is null or stage = $3) group by 1, 2, 3`,
);
type Row = { due: Date | null; runs: boolean; clock: ClockName | ''; count: number };

const sum = (rows: readonly Row[]): number => rows.reduce((total, { count }) => total + count, 0);
const byClock = (rows: readonly Row[]) =>
  [...grouped(rows, ({ clock }) => clock)]
    .flatMap(([clock, same]) => (clock ? [{ clock, label: clocks[clock].label, count: sum(same) }] : []))
    .sort((a, b) => b.count - a.count);

@Injectable()
export class Coming {
  constructor(
    private readonly sql: Sql,
    private readonly clock: Clock,
  ) {}

  async of({ days, unit, stage }: z.infer<typeof comingQuery>): Promise<z.infer<typeof comingView>> {
    const now = this.clock.now();
    const until = endOfDay(addDays(copenhagenDate(now.toISOString()), days - 1));
    const rows = await this.sql.rows<Row>(coming, [unit ?? null, until, stage ?? null]);
    const late = rows.filter(({ due }) => due !== null && due <= now);
    const ahead = rows.filter((row): row is Row & { due: Date } => row.due !== null && row.due > now);
    const dayOf = ({ due }: { due: Date }) => lastDayOf(due.toISOString());
    return {
      at: now.toISOString(),
      days: [...grouped(ahead, dayOf)]
        .map(([lastDay, same]) => ({ lastDay, count: sum(same), clocks: byClock(same) }))
        .sort((a, b) => (a.lastDay < b.lastDay ? -1 : 1)),
      late: { count: sum(late), clocks: byClock(late) },
      later: sum(rows.filter(({ due, runs }) => due === null && runs)),
      withoutDeadline: sum(rows.filter(({ runs }) => !runs)),
      total: sum(rows),
      local: true,
    };
  }
}
