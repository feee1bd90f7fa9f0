import { Body, Controller, Delete, Get, HttpCode, Param, Post, Put, Query } from '@nestjs/common';
import { ApiNoContentResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import { z } from 'zod';
import type { Actor } from '../../machines/pathway/roles.js';
import { CurrentActor } from '../auth/current-actor.js';
import { answers, creates, refuses, unreadableBody } from '../http/openapi-decorators.js';
import { mayHaveViews, Views } from './views.js';
import { savedView, savedViews, viewRequest, type ViewRequest } from './wire.js';

const viewId = z.uuid({ error: 'is no id of a view: it is a UUID' });
const viewsQuery = z.strictObject({
  counts: z.enum(['true', 'false'], { error: 'is neither true nor false' }).optional(),
});

/** Filters and numbers: no patient is shown here, and none can be named. */
@ApiTags('worklists')
@Controller('v1/views')
export class ViewsController {
  constructor(private readonly views: Views) {}

  @Get()
  @ApiOperation({
    summary:
      "Saved filters of the worklist: one's own, and those shared in one's unit; with counts=true how many each shows",
  })
  @answers(savedViews)
  @refuses('invalid', 'unauthenticated', 'not-allowed')
  async list(@Query({ schema: viewsQuery }) query: z.infer<typeof viewsQuery>, @CurrentActor() actor: Actor) {
    mayHaveViews(actor);
    return this.views.list(actor, query.counts === 'true');
  }

  @Post()
  @HttpCode(201)
  @ApiOperation({
    summary: 'Save filters under a name',
    description:
      "The filters of GET /v1/pathways but q: a patient's name is searched for, never saved. `me` is whoever reads the view.",
  })
  @creates(savedView)
  @refuses(...unreadableBody, 'invalid', 'unauthenticated', 'not-allowed')
  async add(@Body({ schema: viewRequest }) request: ViewRequest, @CurrentActor() actor: Actor) {
    mayHaveViews(actor);
    return this.views.add(request, actor);
  }

  @Put(':id')
  @ApiOperation({ summary: "Save a view of one's own anew, as a whole" })
  @answers(savedView)
  @refuses(...unreadableBody, 'invalid', 'unauthenticated', 'not-allowed', 'not-found')
  async change(
    @Param('id', { schema: viewId }) id: string,
    @Body({ schema: viewRequest }) request: ViewRequest,
    @CurrentActor() actor: Actor,
  ) {
    mayHaveViews(actor);
    return this.views.change(id, request, actor);
  }

  @Delete(':id')
  @HttpCode(204)
  @ApiOperation({ summary: "Delete a view of one's own" })
  @ApiNoContentResponse({ description: 'Gone' })
  @refuses('invalid', 'unauthenticated', 'not-allowed', 'not-found')
  async remove(@Param('id', { schema: viewId }) id: string, @CurrentActor() actor: Actor): Promise<void> {
    mayHaveViews(actor);
    await this.views.remove(id, actor);
  }
}
