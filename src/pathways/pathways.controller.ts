import { Body, Controller, Get, Headers, HttpCode, Param, Post, Query, Res } from '@nestjs/common';
import { ApiHeader, ApiOperation, ApiQuery, ApiTags } from '@nestjs/swagger';
import type { FastifyReply } from 'fastify';
import { z } from 'zod';
import { isEventType, type Wire } from '../../machines/pathway/events.js';
import { instant } from '../../machines/pathway/fields.js';
import type { Actor } from '../../machines/pathway/roles.js';
import { whereOf } from '../../machines/engine/snapshot.js';
import { CurrentActor } from '../auth/current-actor.js';
import { answers, creates, refuses, unreadableBody } from '../http/openapi-decorators.js';
import { Door } from './door.js';
import { answered, dryRunQuery, keyHeader, keyIn, matchHeader, pathwayId, versionIn } from './headers.js';
import { Lists, logQuery } from './lists.js';
import { Command, filtersIn, LookUp, numberIn, ShowsPatients, type Asked } from '../accesses/look-ups.js';
import { Openings } from './openings.js';
import { viewOf } from './view.js';
import {
  actions,
  anyEvent,
  dryRun,
  openingRequest,
  pathwayView,
  patientSearch,
  patientsFound,
  referralVersionView,
  transitions,
  type OpeningRequest,
} from './wire.js';

const pastQuery = z.strictObject({ asOf: instant().optional(), knownAt: instant().optional() });
const referralNumber = z.string().regex(/^[1-9]\d{0,5}$/, 'is no version of a referral: they count from 1');
type Found = { items: readonly { pathways: readonly { id: string }[] }[] };
const eventAsked = ({ body }: Asked) => {
  const type = (body as { type?: unknown } | null | undefined)?.type;
  return typeof type === 'string' && isEventType(type) ? { event: type } : undefined;
};

@ApiTags('pathways')
@Controller('v1')
@ShowsPatients()
export class PathwaysController {
  constructor(
    private readonly door: Door,
    private readonly openings: Openings,
    private readonly lists: Lists,
  ) {}

  @Post('pathways')
  @Command('opening', {
    criterion: ({ body }) =>
      numberIn((body as { patient?: { cpr?: unknown } | null } | null | undefined)?.patient?.cpr),
  })
  @HttpCode(201)
  @ApiOperation({
    summary: 'Open a pathway for a patient, in general practice',
    description: 'By a GP. A patient has at most one open pathway.',
  })
  @ApiHeader(keyHeader)
  @creates(pathwayView)
  @refuses(...unreadableBody, 'invalid', 'unauthenticated', 'not-allowed', 'already-open', 'idempotency-conflict')
  async open(
    @Body({ schema: openingRequest }) request: OpeningRequest,
    @CurrentActor() actor: Actor,
    @Headers('idempotency-key') key: string | undefined,
    @Res({ passthrough: true }) reply: FastifyReply,
  ) {
    const answer = await this.openings.open(request, actor, keyIn(key));
    void reply.header('location', `/v1/pathways/${answer.view.id}`);
    return answered(reply, answer);
  }

  @Get('pathways/:id')
  @LookUp('read', { criterion: filtersIn })
  @ApiOperation({ summary: 'A pathway: now, or as it was on asOf, as known on knownAt' })
  @answers(pathwayView)
  @refuses('invalid', 'unauthenticated', 'not-allowed', 'not-found', 'quarantined')
  async get(
    @Param('id', { schema: pathwayId }) pathway: string,
    @Query({ schema: pastQuery }) times: z.infer<typeof pastQuery>,
    @CurrentActor() actor: Actor,
    @Headers('if-none-match') known: string | undefined,
    @Res({ passthrough: true }) reply: FastifyReply,
  ) {
    if (times.asOf !== undefined || times.knownAt !== undefined) return this.door.past(pathway, actor, times);
    const { row, stored } = await this.door.read(pathway, actor);
    const tag = `"${row.version}"`;
    void reply.header('etag', tag);
    if (known === tag) {
      void reply.status(304);
      return undefined;
    }
    return viewOf(row.id, row.version, row, stored);
  }

  @Get('pathways/:id/actions')
  @LookUp('actions')
  @ApiOperation({
    summary: 'Every event, for this user: is it possible, may I, what stands in the way and who has the remedy',
  })
  @answers(actions)
  @refuses('unauthenticated', 'not-allowed', 'not-found', 'quarantined')
  async actions(
    @Param('id', { schema: pathwayId }) pathway: string,
    @CurrentActor() actor: Actor,
    @Res({ passthrough: true }) reply: FastifyReply,
  ) {
    const answer = await this.door.actions(pathway, actor);
    void reply.header('etag', `"${answer.version}"`);
    return answer;
  }

  @Post('pathways/:id/events')
  @Command('event', { recorded: ['not-allowed', 'event-not-possible', 'rules-unmet'], criterion: eventAsked })
  @HttpCode(200)
  @ApiOperation({
    summary: 'Send an event',
    description: 'Answers the pathway after it, or why it is not possible. With ?dryRun=true nothing is written.',
  })
  @ApiHeader(matchHeader)
  @ApiHeader({ ...keyHeader, required: false, description: `${keyHeader.description}; not needed for a dry run` })
  @ApiQuery({ name: 'dryRun', required: false, schema: { type: 'boolean' } })
  @answers(z.union([pathwayView, dryRun]))
  @refuses(
    ...unreadableBody,
    'invalid',
    'unauthenticated',
    'not-allowed',
    'not-found',
    'event-not-possible',
    'stale-version',
    'rules-unmet',
    'precondition-required',
    'idempotency-conflict',
    'quarantined',
    'busy',
  )
  async send(
    @Param('id', { schema: pathwayId }) pathway: string,
    @Query({ schema: dryRunQuery }) query: z.infer<typeof dryRunQuery>,
    @Body({ schema: anyEvent }) event: unknown,
    @CurrentActor() actor: Actor,
    @Headers('if-match') match: string | undefined,
    @Headers('idempotency-key') key: string | undefined,
    @Res({ passthrough: true }) reply: FastifyReply,
  ) {
    const attempt = { pathway, event: event as Wire, actor, version: versionIn(match) };
    if (query.dryRun === 'true') return this.rehearsed(attempt);
    return answered(reply, await this.door.send({ ...attempt, key: keyIn(key) }));
  }

  private async rehearsed(attempt: Parameters<Door['rehearse']>[0]) {
    const { loaded, explanation, next } = await this.door.rehearse(attempt);
    const place = ({ value, context }: typeof loaded.stored) => {
      const { stage, state, unit } = whereOf(value, context);
      return { stage, state, unit };
    };
    return {
      dryRun: true,
      version: loaded.row.version,
      from: place(loaded.stored),
      to: place(next.stored),
      findings: explanation.findings.filter(({ status }) => status !== 'met'),
      messages: next.messages.map(({ letter, to, subject }) => ({ letter, to, subject })),
      deadlines: viewOf(loaded.row.id, loaded.row.version + 1, loaded.row, next.stored).deadlines,
    };
  }

  @Get('pathways/:id/referrals/:version')
  @LookUp('referral', { criterion: ({ params }) => ({ version: params['version'] }) })
  @ApiOperation({ summary: 'A frozen version of the referral' })
  @answers(referralVersionView)
  @refuses('unauthenticated', 'not-allowed', 'not-found')
  async referral(
    @Param('id', { schema: pathwayId }) pathway: string,
    @Param('version', { schema: referralNumber }) version: string,
    @CurrentActor() actor: Actor,
  ) {
    return this.lists.referral(pathway, Number(version), actor);
  }

  @Get('pathways/:id/transitions')
  @LookUp('log', { criterion: filtersIn })
  @ApiOperation({
    summary: 'The log of a pathway: who did what, under which rule; with refused=true the refused attempts too',
  })
  @answers(transitions)
  @refuses('invalid', 'unauthenticated', 'not-allowed', 'not-found')
  async log(
    @Param('id', { schema: pathwayId }) pathway: string,
    @Query({ schema: logQuery }) query: z.infer<typeof logQuery>,
    @CurrentActor() actor: Actor,
  ) {
    return this.lists.log(pathway, query, actor);
  }

  @Post('patient-searches')
  @LookUp<Found>('search', {
    of: ({ items }) => items.flatMap(({ pathways }) => pathways.map(({ id }) => id)),
    criterion: ({ body }) => numberIn((body as { cpr?: unknown } | null | undefined)?.cpr),
  })
  @HttpCode(200)
  @ApiOperation({ summary: 'Find a patient by CPR or replacement number; a number never stands in an address' })
  @answers(patientsFound)
  @refuses(...unreadableBody, 'invalid', 'unauthenticated', 'not-allowed')
  async search(@Body({ schema: patientSearch }) { cpr }: { cpr: string }, @CurrentActor() actor: Actor) {
    return this.lists.search(cpr, actor);
  }
}
