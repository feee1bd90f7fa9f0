import { Controller, Get, Query } from '@nestjs/common';
import { ApiOperation, ApiTags } from '@nestjs/swagger';
import type { z } from 'zod';
import { roleNames, type Actor } from '../../machines/pathway/roles.js';
import { CurrentActor } from '../auth/current-actor.js';
import { answers, refuses } from '../http/openapi-decorators.js';
import { filtersIn, LookUp } from '../accesses/look-ups.js';
import { Coming, comingQuery, comingView } from './coming.js';
import { Flow, flowQuery, flowView } from './flow.js';
import { LateChanges, lateChangesQuery, lateChangesView } from './late-changes.js';
import { StageCounts, stageCountsQuery, stageCountsView } from './stage-counts.js';

type Late = z.infer<typeof lateChangesView>;
/** An auditor is shown which pathways; everybody else numbers, and looks at nobody. */
const shownIn = (changes: Late['changes']): string[] | undefined => {
  const ids = changes.flatMap(({ because = [] }) => because.map(({ pathwayId }) => pathwayId));
  return ids.length === 0 ? undefined : ids;
};

@ApiTags('overview')
@Controller('v1/overview')
export class OverviewController {
  constructor(
    private readonly counts: StageCounts,
    private readonly flows: Flow,
    private readonly late: LateChanges,
    private readonly coming: Coming,
  ) {}

  @Get('stages')
  @ApiOperation({
    summary:
      'How many are in each stage, and how many of them are overdue: now, or as it was on asOf, as known on knownAt',
  })
  @answers(stageCountsView)
  @refuses('invalid', 'unauthenticated')
  stages(@Query({ schema: stageCountsQuery }) query: z.infer<typeof stageCountsQuery>) {
    return this.counts.count(query);
  }

  @Get('flow')
  @ApiOperation({
    summary:
      'What came to each stage and what left it, after from and until to, or in a month (YYYY-MM, Danish time), as known on knownAt: opening + in − out = closing',
    description:
      'opening is the count of /v1/overview/stages as of from, closing that as of to: what happened at from is not in the period, what happened at to is. ' +
      'A period is at most a year; a month that has not ended is answered until now.',
  })
  @answers(flowView)
  @refuses('invalid', 'unauthenticated')
  flow(@Query({ schema: flowQuery }) query: z.infer<typeof flowQuery>) {
    return this.flows.of(query);
  }

  @Get('deadlines')
  @ApiOperation({
    summary:
      'Who is about to be late, in numbers: open pathways by the last day of their earliest deadline, unless something happens',
  })
  @answers(comingView)
  @refuses('invalid', 'unauthenticated')
  deadlines(@Query({ schema: comingQuery }) query: z.infer<typeof comingQuery>) {
    return this.coming.of(query);
  }

  @Get('late-changes')
  @LookUp<Late>('lateChanges', { roles: roleNames, of: ({ changes }) => shownIn(changes), criterion: filtersIn })
  @ApiOperation({
    summary:
      'What a closed month said, what it says as known on knownAt, and what was recorded in between, by day and stage',
    description:
      'A month is closed some days after its end: closedAt. As closed + changes = as known, for each stage and number. An auditor also reads the transitions behind each change.',
  })
  @answers(lateChangesView)
  @refuses('invalid', 'unauthenticated')
  lateChanges(
    @Query({ schema: lateChangesQuery }) query: z.infer<typeof lateChangesQuery>,
    @CurrentActor() actor: Actor,
  ) {
    return this.late.of(query, actor.roles.includes('auditor'));
  }
}
