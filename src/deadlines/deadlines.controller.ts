/** The deadlines of a pathway, day by day: which counts, which does not, and why. Local indicators, no official statistics. */
import { Controller, Get, Inject, Param } from '@nestjs/common';
import { ApiOperation, ApiTags } from '@nestjs/swagger';
import { z } from 'zod';
import { copenhagenDate, daysBetween, lastDayOf } from '../../machines/calendar/calendar.js';
import { clocks, daysOf, listOf, type ClockName } from '../../machines/pathway/clocks.js';
import { events } from '../../machines/pathway/events.js';
import { unitCode } from '../../machines/pathway/fields.js';
import type { Actor } from '../../machines/pathway/roles.js';
import { waysOff } from '../../machines/pathway/tasks.js';
import { CurrentActor } from '../auth/current-actor.js';
import { Clock } from '../database/clock.js';
import { answers, refuses } from '../http/openapi-decorators.js';
import { Door } from '../pathways/door.js';
import { pathwayId } from '../pathways/headers.js';
import { LookUp, ShowsPatients } from '../accesses/look-ups.js';

const label = z.object({ da: z.string(), en: z.string() });
const at = z.string().meta({ format: 'date-time' });
const date = z.string().meta({ format: 'date' });
const deadline = z
  .object({
    clock: z.string(),
    label,
    startedAt: at,
    dueAt: at.meta({
      description: 'late from this instant on; of one that stands still, as it would be if it went on today',
    }),
    lastDay: date.meta({ description: 'the last day in time, in Denmark' }),
    daysLeft: z.int().meta({ description: 'whole days to the last day in time; negative when it has passed' }),
    late: z.boolean(),
    missedAt: at.nullable().meta({ description: 'when it was noted that it had passed' }),
    pausedSince: at.nullable(),
    onTheListOf: z.array(unitCode()),
    unless: z
      .array(z.object({ event: z.string(), label }))
      .meta({ description: 'what stops it, or brings the patient nearer to what does' }),
    length: z
      .union([z.object({ days: z.int() }), z.object({ workingDays: z.int() })])
      .nullable()
      .meta({ description: 'null where somebody has set the day, or the message has failed' }),
    calendar: unitCode().nullable().meta({ description: 'the unit whose closed days do not count' }),
    counted: z.int(),
    days: z.array(
      z.object({
        date,
        number: z
          .int()
          .nullable()
          .meta({ description: 'the how-manieth day of the length; null when it does not count' }),
        because: label.nullable(),
      }),
    ),
    local: z.literal(true).meta({ description: 'a local indicator, not an official statistic' }),
  })
  .meta({ id: 'Deadline' });
const deadlines = z
  .object({ id: z.uuid(), version: z.int(), today: date, ruleSet: z.string(), items: z.array(deadline) })
  .meta({ id: 'Deadlines' });

@ApiTags('pathways')
@Controller('v1')
@ShowsPatients()
export class DeadlinesController {
  constructor(
    private readonly door: Door,
    @Inject(Clock) private readonly clock: Clock,
  ) {}

  @Get('pathways/:id/deadlines')
  @LookUp('deadlines')
  @ApiOperation({
    summary: 'Every running deadline of a pathway, with each of its days: counted, or why not; the earliest first',
  })
  @answers(deadlines)
  @refuses('unauthenticated', 'not-allowed', 'not-found', 'quarantined')
  async deadlines(
    @Param('id', { schema: pathwayId }) pathway: string,
    @CurrentActor() actor: Actor,
  ): Promise<z.infer<typeof deadlines>> {
    const {
      row,
      stored: { context },
    } = await this.door.read(pathway, actor);
    const now = this.clock.now().toISOString();
    const today = copenhagenDate(now);
    const items = context.clocks.map((running): z.infer<typeof deadline> => {
      const { clock, startedAt, pausedSince, missedAt } = running;
      const { length, calendar, dueAt, days } = daysOf(context, running, now);
      const { label: name } = clocks[clock.split(':')[0] as ClockName];
      const lastDay = lastDayOf(dueAt);
      return {
        clock,
        label: name,
        startedAt,
        dueAt,
        lastDay,
        daysLeft: daysBetween(today, lastDay),
        late: pausedSince === undefined && dueAt <= now,
        missedAt: missedAt ?? null,
        pausedSince: pausedSince ?? null,
        onTheListOf: listOf(clock, context),
        unless: waysOff(clock, context).map((event) => ({ event, label: events[event].label })),
        length,
        calendar,
        counted: days.filter(({ number }) => number !== null).length,
        days,
        local: true,
      };
    });
    return {
      id: pathway,
      version: row.version,
      today,
      ruleSet: context.ruleSet,
      items: items.sort((a, b) => (a.dueAt < b.dueAt ? -1 : a.dueAt > b.dueAt ? 1 : 0)),
    };
  }
}
