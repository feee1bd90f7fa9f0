import { Body, Controller, Get, Headers, Param, Put, Query, Req, Res, StreamableFile } from '@nestjs/common';
import { ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { z } from 'zod';
import type { Actor } from '../../machines/pathway/roles.js';
import { CurrentActor } from '../auth/current-actor.js';
import { csvMedia } from '../http/csv.js';
import { answers, refuses, unreadableBody } from '../http/openapi-decorators.js';
import { pathwayId } from '../pathways/headers.js';
import { Command, filtersIn, LookUp, LookUps, ShowsPatients, type Asked } from '../accesses/look-ups.js';
import { assigning, Assignments } from './assignments.js';
import { filtersQuery, worklistQuery, type Filters } from './filters.js';
import { sheetOf } from './sheet.js';
import { assigneeRequest, assignment, assignments, worklist, worklistCounts } from './wire.js';
import { mostLines, Worklists } from './worklists.js';

type Listed = { items: readonly { id: string }[] };
const historyQuery = z.strictObject({
  limit: z.coerce.number().int().min(1, 'is less than 1').max(200, 'is more than 200').default(50),
  cursor: z.uuid({ error: 'is no cursor: use nextCursor of the page before' }).optional(),
});
const assigneeAsked = ({ body }: Asked) => {
  const { assignee } = (body ?? {}) as { assignee?: unknown };
  return typeof assignee === 'string' ? { assignee: assignee.slice(0, 200) } : undefined;
};
const names =
  'A name (q) is found by the beginnings of its words, as they are written: letters with accents and Danish letters are letters of their own.';

@ApiTags('worklists')
@Controller('v1')
@ShowsPatients()
export class WorklistsController {
  constructor(
    private readonly worklists: Worklists,
    private readonly assignments: Assignments,
    private readonly lookUps: LookUps,
  ) {}

  @Get('pathways')
  @LookUp<Listed>('worklist', { of: ({ items }) => items.map(({ id }) => id), criterion: filtersIn })
  @ApiOperation({
    summary: 'The worklist: earliest deadline first, then longest wait',
    description: `What the reader's unit has or had. ${names}`,
  })
  @answers(worklist)
  @refuses('invalid', 'unauthenticated', 'not-allowed')
  async list(@Query({ schema: worklistQuery }) query: z.infer<typeof worklistQuery>, @CurrentActor() actor: Actor) {
    return this.worklists.page(query, actor);
  }

  @Get('pathways/counts')
  @LookUp('worklistCounts', { of: () => [], criterion: filtersIn })
  @ApiOperation({
    summary:
      'How many the worklist holds with the same filters, over all its pages: in all, overdue, seen to by nobody, in each stage',
  })
  @answers(worklistCounts)
  @refuses('invalid', 'unauthenticated', 'not-allowed')
  async counts(@Query({ schema: filtersQuery }) filters: Filters, @CurrentActor() actor: Actor) {
    return this.worklists.counts(filters, actor);
  }

  @Get('pathways.csv')
  @LookUp('worklistFile', { of: () => undefined, criterion: filtersIn })
  @ApiOperation({
    summary: 'The worklist with the same filters as a sheet: every line of it, in the same order',
    description: `CSV (RFC 4180) in UTF-8 with a BOM and semicolons, as a Danish Excel opens it; in Danish unless Accept-Language begins with en. At most ${mostLines} lines: more is refused. A cell that a spreadsheet would take for a formula begins with an apostrophe.`,
  })
  @ApiOkResponse({ description: 'OK', content: { 'text/csv': { schema: { type: 'string' } } } })
  @refuses('invalid', 'unauthenticated', 'not-allowed')
  async csv(
    @Query({ schema: filtersQuery }) filters: Filters,
    @CurrentActor() actor: Actor,
    @Headers('accept-language') accepted: string | undefined,
    @Req() request: FastifyRequest,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<StreamableFile> {
    const items = await this.worklists.whole(filters, actor);
    const { query } = request;
    await this.lookUps.note(
      {
        action: 'worklistFile',
        outcome: 'answered',
        requestId: request.id,
        pathways: items.map(({ id }) => id),
        criterion: filtersIn({ query: query as Asked['query'], params: {}, body: undefined }),
      },
      actor,
    );
    const language = /^\s*en\b/i.test(accepted ?? '') ? 'en' : 'da';
    void reply.header('content-language', language);
    return new StreamableFile(Buffer.from(sheetOf(items, language)), {
      type: csvMedia,
      disposition: `attachment; filename="${language === 'da' ? 'arbejdsliste' : 'worklist'}.csv"`,
    });
  }

  @Put('pathways/:id/assignee')
  @Command('assignment', { roles: assigning, criterion: assigneeAsked })
  @ApiOperation({
    summary: "Say who sees to a pathway at the unit that holds it: a colleague's sub, me, or null for nobody",
    description:
      'By a clinician or a secretary of that unit (of a practice its staff, of a CVI whoever works there). No event of the pathway: its version stays. It lapses when the pathway leaves the unit.',
  })
  @answers(assignment)
  @refuses(
    ...unreadableBody,
    'invalid',
    'unauthenticated',
    'not-allowed',
    'not-found',
    'event-not-possible',
    'quarantined',
  )
  async assign(
    @Param('id', { schema: pathwayId }) pathway: string,
    @Body({ schema: assigneeRequest }) { assignee }: z.infer<typeof assigneeRequest>,
    @CurrentActor() actor: Actor,
    @Req() request: FastifyRequest,
  ) {
    return this.assignments.assign(pathway, assignee, actor, request.id);
  }

  @Get('pathways/:id/assignments')
  @LookUp('assignments')
  @ApiOperation({ summary: 'Who was to see to a pathway, at which unit, by whom and from when; the newest first' })
  @answers(assignments)
  @refuses('invalid', 'unauthenticated', 'not-allowed', 'not-found', 'quarantined')
  async history(
    @Param('id', { schema: pathwayId }) pathway: string,
    @Query({ schema: historyQuery }) query: z.infer<typeof historyQuery>,
    @CurrentActor() actor: Actor,
  ) {
    return this.assignments.of(pathway, query, actor);
  }
}
