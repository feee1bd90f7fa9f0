import { Controller, Get, Query } from '@nestjs/common';
import { ApiOperation, ApiTags } from '@nestjs/swagger';
import type { z } from 'zod';
import type { Actor } from '../../machines/pathway/roles.js';
import { CurrentActor } from '../auth/current-actor.js';
import { answers, refuses } from '../http/openapi-decorators.js';
import { filtersIn, LookUp, ShowsPatients } from '../accesses/look-ups.js';
import { worklistQuery } from './filters.js';
import { Forecast, forecastView } from './forecast.js';

@ApiTags('worklists')
@Controller('v1')
@ShowsPatients()
export class ForecastController {
  constructor(private readonly forecast: Forecast) {}

  @Get('forecast')
  @LookUp<z.infer<typeof forecastView>>('forecast', {
    of: ({ items }) => items.map(({ id }) => id),
    criterion: filtersIn,
  })
  @ApiOperation({
    summary: 'Which pathway breaches on which day, unless what happens: the filters and the order of the worklist',
  })
  @answers(forecastView)
  @refuses('invalid', 'unauthenticated', 'not-allowed')
  async page(
    @Query({ schema: worklistQuery }) query: z.infer<typeof worklistQuery>,
    @CurrentActor() actor: Actor,
  ): Promise<z.infer<typeof forecastView>> {
    return this.forecast.page(query, actor);
  }
}
