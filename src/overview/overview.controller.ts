import { Controller, Get, Query } from '@nestjs/common';
import { ApiOperation, ApiTags } from '@nestjs/swagger';
import type { z } from 'zod';
import { answers, refuses } from '../openapi-decorators.js';
import { StageCounts, stageCountsQuery, stageCountsView } from './stage-counts.js';

@ApiTags('overview')
@Controller('v1/overview')
export class OverviewController {
  constructor(private readonly counts: StageCounts) {}

  @Get('stages')
  @ApiOperation({ summary: 'How many are in each stage, and how many of them are overdue: now, or as it was on asOf, as known on knownAt' })
  @answers(stageCountsView) @refuses('invalid', 'unauthenticated')
  stages(@Query({ schema: stageCountsQuery }) query: z.infer<typeof stageCountsQuery>) {
    return this.counts.count(query);
  }
}
