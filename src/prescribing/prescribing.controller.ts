import { Controller, Get, Param, Query } from '@nestjs/common';
import { ApiOperation, ApiTags } from '@nestjs/swagger';
import type { Actor } from '../../machines/pathway/roles.js';
import { CurrentActor } from '../auth/current-actor.js';
import { Clock } from '../database/clock.js';
import { answers, refuses } from '../http/openapi-decorators.js';
import { Door } from '../pathways/door.js';
import { pathwayId } from '../pathways/headers.js';
import { filtersIn, LookUp, ShowsPatients } from '../accesses/look-ups.js';
import { prescribingOf, prescribingQuery, prescribingView, type PrescribingQuery } from './prescribing.js';

@ApiTags('pathways')
@Controller('v1')
@ShowsPatients()
export class PrescribingController {
  constructor(
    private readonly door: Door,
    private readonly clock: Clock,
  ) {}

  @Get('pathways/:id/prescribing')
  @LookUp('prescribing', { criterion: filtersIn })
  @ApiOperation({
    summary: 'Who issues prescriptions of each drug class: always, on a day, or at an instant; as known on knownAt',
    description:
      'Intervals from the log, each with the transition that began it: one after the other from the opening on, without gap or overlap. `on` is a day in Denmark: on the day of a change it names both.',
  })
  @answers(prescribingView)
  @refuses('invalid', 'unauthenticated', 'not-allowed', 'not-found', 'quarantined')
  async list(
    @Param('id', { schema: pathwayId }) pathway: string,
    @Query({ schema: prescribingQuery }) query: PrescribingQuery,
    @CurrentActor() actor: Actor,
  ) {
    const { row } = await this.door.read(pathway, actor);
    return {
      items: prescribingOf(
        await this.door.entries(row.id, row.version),
        query,
        this.clock.now().toISOString(),
        this.door.versions,
      ),
    };
  }
}
