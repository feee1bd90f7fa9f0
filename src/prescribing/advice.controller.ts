import { Controller, Get, Param } from '@nestjs/common';
import { ApiOperation, ApiTags } from '@nestjs/swagger';
import type { Actor } from '../../machines/pathway/roles.js';
import { CurrentActor } from '../auth/current-actor.js';
import { answers, refuses } from '../http/openapi-decorators.js';
import { adviceIn, adviceView } from './advice.js';
import { Door } from '../pathways/door.js';
import { pathwayId } from '../pathways/headers.js';
import { LookUp, ShowsPatients } from '../accesses/look-ups.js';

@ApiTags('pathways')
@Controller('v1')
@ShowsPatients()
export class AdviceController {
  constructor(private readonly door: Door) {}

  @Get('pathways/:id/advice')
  @LookUp('advice')
  @ApiOperation({
    summary:
      'The professional advice that was given about a patient, before, during and after the course; what was taken back is marked',
  })
  @answers(adviceView)
  @refuses('unauthenticated', 'not-allowed', 'not-found', 'quarantined')
  async list(@Param('id', { schema: pathwayId }) pathway: string, @CurrentActor() actor: Actor) {
    const { row } = await this.door.read(pathway, actor);
    return { items: adviceIn(await this.door.entries(row.id, row.version)) };
  }
}
