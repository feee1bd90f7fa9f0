import { Body, Controller, Get, Headers, HttpCode, Injectable, Param, Post, Query, Res, UseGuards, type CanActivate, type ExecutionContext } from '@nestjs/common';
import { ApiHeader, ApiOperation, ApiQuery, ApiTags } from '@nestjs/swagger';
import type { FastifyReply } from 'fastify';
import { z } from 'zod';
import type { Wire } from '../../machines/events.js';
import { roleNames, type Actor, type Role } from '../../machines/roles.js';
import { whereOf } from '../../machines/snapshot.js';
import { CurrentActor, type WithActor } from '../auth/current-actor.js';
import { answers, creates, refuses, unreadableBody } from '../openapi-decorators.js';
import { invalid, Problem } from '../problem.js';
import { Door, type Answer } from './door.js';
import { Lists, logQuery, worklistQuery } from './lists.js';
import { Openings } from './openings.js';
import { viewOf } from './view.js';
import { actions, anyEvent, dryRun, openingRequest, pathwayView, patientSearch, patientsFound, referralVersionView, transitions, worklist, type OpeningRequest } from './wire.js';

const id = z.uuid({ error: 'is no pathway id: it is a UUID' });
const referralNumber = z.string().regex(/^[1-9]\d{0,5}$/, 'is no version of a referral: they count from 1');
const eventQuery = z.strictObject({ dryRun: z.enum(['true', 'false'], { error: 'is neither true nor false' }).optional() });
const keyHeader = { name: 'Idempotency-Key', required: true, description: 'a UUID, new for each request; the same to repeat it', schema: { type: 'string' as const, format: 'uuid' } };
const matchHeader = { name: 'If-Match', required: true, description: 'the version that was read, as its ETag: "7"', schema: { type: 'string' as const } };

function versionIn(header: string | undefined): number {
  if (header === undefined || header.trim() === '') throw new Problem('precondition-required', { da: 'Send If-Match med ETag for den version, du besluttede ud fra, fx If-Match: "7".', en: 'Send If-Match with the ETag of the version that you decided on, e.g. If-Match: "7".' });
  const version = /^\s*("?)(\d{1,9})\1\s*$/.exec(header)?.[2];
  if (version === undefined) throw invalid([{ pointer: '/headers/if-match', message: 'is no version: send the ETag of the pathway, e.g. "7"' }]);
  return Number(version);
}
function keyIn(header: string | undefined): string {
  const key = z.uuid().safeParse(header?.trim());
  if (!key.success) throw invalid([{ pointer: '/headers/idempotency-key', message: header === undefined ? 'is missing: send a new UUID for each request, and the same to repeat it' : 'is no UUID: send a new one for each request, and the same to repeat it' }]);
  return key.data.toLowerCase();
}
function answered(reply: FastifyReply, { view, replayed }: Answer) {
  void reply.header('etag', `"${view.version}"`);
  if (replayed) void reply.header('idempotency-replayed', 'true');
  return view;
}

/** Managers and administrators see numbers, no patients, and send nothing; auditors see all, and change nothing (pathway.md, "Roles"). */
const withPatients: readonly Role[] = roleNames.filter((role) => role !== 'manager' && role !== 'admin');
@Injectable()
class PatientsGuard implements CanActivate {
  canActivate(context: ExecutionContext): boolean {
    const { actor } = context.switchToHttp().getRequest<WithActor>();
    if (actor?.roles.some((role) => withPatients.includes(role))) return true;
    throw new Problem('not-allowed', { da: 'Denne rolle ser tal og ingen patienter.', en: 'This role sees numbers and no patients.' }, { roles: withPatients });
  }
}

@ApiTags('pathways')
@Controller('v1')
@UseGuards(PatientsGuard)
export class PathwaysController {
  constructor(private readonly door: Door, private readonly openings: Openings, private readonly lists: Lists) {}

  @Post('pathways')
  @HttpCode(201)
  @ApiOperation({ summary: 'Open a pathway for a patient, in general practice', description: 'By a GP. A patient has at most one open pathway.' })
  @ApiHeader(keyHeader)
  @creates(pathwayView) @refuses(...unreadableBody, 'invalid', 'unauthenticated', 'not-allowed', 'already-open', 'idempotency-conflict')
  async open(@Body({ schema: openingRequest }) request: OpeningRequest, @CurrentActor() actor: Actor, @Headers('idempotency-key') key: string | undefined, @Res({ passthrough: true }) reply: FastifyReply) {
    const answer = await this.openings.open(request, actor, keyIn(key));
    void reply.header('location', `/v1/pathways/${answer.view.id}`);
    return answered(reply, answer);
  }

  @Get('pathways')
  @ApiOperation({ summary: 'The worklist: earliest deadline first, then longest wait' })
  @answers(worklist) @refuses('invalid', 'unauthenticated', 'not-allowed')
  async list(@Query({ schema: worklistQuery }) query: z.infer<typeof worklistQuery>, @CurrentActor() actor: Actor) {
    return this.lists.worklist(query, actor);
  }

  @Get('pathways/:id')
  @ApiOperation({ summary: 'A pathway' })
  @answers(pathwayView) @refuses('unauthenticated', 'not-allowed', 'not-found', 'quarantined')
  async get(@Param('id', { schema: id }) pathway: string, @CurrentActor() actor: Actor, @Headers('if-none-match') known: string | undefined, @Res({ passthrough: true }) reply: FastifyReply) {
    const { row, stored } = await this.door.read(pathway, actor);
    const tag = `"${row.version}"`;
    void reply.header('etag', tag);
    if (known === tag) { void reply.status(304); return undefined; }
    return viewOf(row.id, row.version, row, stored);
  }

  @Get('pathways/:id/actions')
  @ApiOperation({ summary: 'Every event, for this user: is it possible, may I, what stands in the way and who has the remedy' })
  @answers(actions) @refuses('unauthenticated', 'not-allowed', 'not-found', 'quarantined')
  async actions(@Param('id', { schema: id }) pathway: string, @CurrentActor() actor: Actor, @Res({ passthrough: true }) reply: FastifyReply) {
    const answer = await this.door.actions(pathway, actor);
    void reply.header('etag', `"${answer.version}"`);
    return answer;
  }

  @Post('pathways/:id/events')
  @HttpCode(200)
  @ApiOperation({ summary: 'Send an event', description: 'Answers the pathway after it, or why it is not possible. With ?dryRun=true nothing is written.' })
  @ApiHeader(matchHeader) @ApiHeader({ ...keyHeader, required: false, description: `${keyHeader.description}; not needed for a dry run` })
  @ApiQuery({ name: 'dryRun', required: false, schema: { type: 'boolean' } })
  @answers(z.union([pathwayView, dryRun])) @refuses(...unreadableBody, 'invalid', 'unauthenticated', 'not-allowed', 'not-found', 'event-not-possible', 'stale-version', 'rules-unmet', 'precondition-required', 'idempotency-conflict', 'quarantined', 'busy')
  async send(
    @Param('id', { schema: id }) pathway: string, @Query({ schema: eventQuery }) query: z.infer<typeof eventQuery>, @Body({ schema: anyEvent }) event: unknown, @CurrentActor() actor: Actor,
    @Headers('if-match') match: string | undefined, @Headers('idempotency-key') key: string | undefined, @Res({ passthrough: true }) reply: FastifyReply,
  ) {
    const attempt = { pathway, event: event as Wire, actor, version: versionIn(match) };
    if (query.dryRun === 'true') return this.rehearsed(attempt);
    return answered(reply, await this.door.send({ ...attempt, key: keyIn(key) }));
  }

  private async rehearsed(attempt: Parameters<Door['rehearse']>[0]) {
    const { loaded, explanation, next } = await this.door.rehearse(attempt);
    const place = ({ value, context }: typeof loaded.stored) => { const { stage, state, unit } = whereOf(value, context); return { stage, state, unit }; };
    return {
      dryRun: true, version: loaded.row.version, from: place(loaded.stored), to: place(next.stored), findings: explanation.findings.filter(({ status }) => status !== 'met'),
      messages: next.messages.map(({ letter, to, subject }) => ({ letter, to, subject })), deadlines: viewOf(loaded.row.id, loaded.row.version + 1, loaded.row, next.stored).deadlines,
    };
  }

  @Get('pathways/:id/referrals/:version')
  @ApiOperation({ summary: 'A frozen version of the referral' })
  @answers(referralVersionView) @refuses('unauthenticated', 'not-allowed', 'not-found')
  async referral(@Param('id', { schema: id }) pathway: string, @Param('version', { schema: referralNumber }) version: string, @CurrentActor() actor: Actor) {
    return this.lists.referral(pathway, Number(version), actor);
  }

  @Get('pathways/:id/transitions')
  @ApiOperation({ summary: 'The log of a pathway: who did what, under which rule; with refused=true the refused attempts too' })
  @answers(transitions) @refuses('invalid', 'unauthenticated', 'not-allowed', 'not-found')
  async log(@Param('id', { schema: id }) pathway: string, @Query({ schema: logQuery }) query: z.infer<typeof logQuery>, @CurrentActor() actor: Actor) {
    return this.lists.log(pathway, query, actor);
  }

  @Post('patient-searches')
  @HttpCode(200)
  @ApiOperation({ summary: 'Find a patient by CPR or replacement number; a number never stands in an address' })
  @answers(patientsFound) @refuses(...unreadableBody, 'invalid', 'unauthenticated', 'not-allowed')
  async search(@Body({ schema: patientSearch }) { cpr }: { cpr: string }, @CurrentActor() actor: Actor) {
    return this.lists.search(cpr, actor);
  }
}
