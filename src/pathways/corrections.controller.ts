import { Body, Controller, Headers, HttpCode, Param, Post, Query, Res } from '@nestjs/common';
import { ApiHeader, ApiOperation, ApiQuery, ApiTags } from '@nestjs/swagger';
import type { FastifyReply } from 'fastify';
import { z } from 'zod';
import { correctionRequest, type CorrectionRequest } from '../../machines/engine/corrections.js';
import type { Actor } from '../../machines/pathway/roles.js';
import { CurrentActor } from '../auth/current-actor.js';
import { answers, refuses, unreadableBody } from '../http/openapi-decorators.js';
import { Corrections } from './corrections.js';
import { answered, dryRunQuery, keyHeader, keyIn, matchHeader, pathwayId, versionIn } from './headers.js';
import { Command, ShowsPatients } from '../accesses/look-ups.js';
import { correctionPreview, pathwayView } from './wire.js';

@ApiTags('pathways')
@Controller('v1')
@ShowsPatients()
export class CorrectionsController {
  constructor(private readonly corrections: Corrections) {}

  @Post('pathways/:id/corrections')
  @Command('correction', { recorded: ['not-allowed', 'correction-not-possible'] })
  @HttpCode(200)
  @ApiOperation({
    summary: 'Put the log right: void a step, amend it, or insert one that was forgotten',
    description:
      'The original stays legible. Every later step is judged again; what stands in the way is named. With ?dryRun=true nothing is written: the answer tells which steps, deadlines and counts change, and who is told.',
  })
  @ApiHeader(matchHeader)
  @ApiHeader({ ...keyHeader, required: false, description: `${keyHeader.description}; not needed for a dry run` })
  @ApiQuery({ name: 'dryRun', required: false, schema: { type: 'boolean' } })
  @answers(z.union([pathwayView, correctionPreview]))
  @refuses(
    ...unreadableBody,
    'invalid',
    'unauthenticated',
    'not-allowed',
    'not-found',
    'already-open',
    'correction-not-possible',
    'stale-version',
    'precondition-required',
    'idempotency-conflict',
    'quarantined',
    'busy',
  )
  async correct(
    @Param('id', { schema: pathwayId }) pathway: string,
    @Query({ schema: dryRunQuery }) query: z.infer<typeof dryRunQuery>,
    @Body({ schema: correctionRequest }) request: CorrectionRequest,
    @CurrentActor() actor: Actor,
    @Headers('if-match') match: string | undefined,
    @Headers('idempotency-key') key: string | undefined,
    @Res({ passthrough: true }) reply: FastifyReply,
  ) {
    const attempt = { pathway, request, actor, version: versionIn(match) };
    if (query.dryRun === 'true') return this.corrections.preview(attempt);
    return answered(reply, await this.corrections.correct({ ...attempt, key: keyIn(key) }));
  }
}
