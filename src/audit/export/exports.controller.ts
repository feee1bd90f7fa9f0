import { Controller, Get, Param, Query, Res, StreamableFile } from '@nestjs/common';
import { ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import type { FastifyReply } from 'fastify';
import { Readable } from 'node:stream';
import { z } from 'zod';
import type { Actor } from '../../../machines/pathway/roles.js';
import { CurrentActor } from '../../auth/current-actor.js';
import { Clock } from '../../database/clock.js';
import { Sql } from '../../database/sql.js';
import { answers, refuses } from '../../http/openapi-decorators.js';
import { LookUp, LookUps } from '../../accesses/look-ups.js';
import { Problem } from '../../http/problem.js';
import { exported, fileOf, formatNames, noteExport, spanOf, wanted, type Wanted } from './exports.js';
import { formats, type FormatName } from './formats/formats.js';
import { manifest, type Manifest } from './formats/manifest.js';

const formatName = z.enum(formatNames, { error: 'is no format here: csv, ndjson or xes' });
/** Names the size that was exported, so that the manifest of the same bytes can be asked for. */
const sizeHeader = 'log-size';
/** Once there is something to send: a log that cannot be read is answered as such, and not as a file. */
async function begun(chunks: AsyncIterable<string>): Promise<AsyncIterable<string>> {
  const rest = chunks[Symbol.asyncIterator]();
  const first = await rest.next();
  return (async function* whole() {
    if (!first.done) yield first.value;
    yield* { [Symbol.asyncIterator]: () => rest };
  })();
}
const media = (name: FormatName): string => formats[name].media.split(';')[0]!;

@ApiTags('audit')
@Controller('v1/audit/exports')
export class ExportsController {
  constructor(
    private readonly sql: Sql,
    private readonly clock: Clock,
    private readonly lookUps: LookUps,
  ) {}

  @Get(':format')
  @LookUp('export', {
    roles: ['auditor'],
    of: () => undefined,
    criterion: ({ params, query }) => ({ format: params['format'], ...query }),
  })
  @ApiOperation({
    summary: 'The log of transitions as CSV, NDJSON or XES, without names of patients; for auditors',
    description: `Up to a size of the log (upTo; its present one unless given, named in the header ${sizeHeader}), and recorded at or after from and before to. The same upTo gives the same bytes.`,
  })
  @ApiOkResponse({
    description: 'OK',
    headers: { [sizeHeader]: { description: 'the size of the log that was exported', schema: { type: 'integer' } } },
    content: Object.fromEntries(formatNames.map((name) => [media(name), { schema: { type: 'string' } }])),
  })
  @refuses('invalid', 'unauthenticated', 'not-allowed')
  async file(
    @Param('format', { schema: formatName }) name: FormatName,
    @Query({ schema: wanted }) query: Wanted,
    @CurrentActor() actor: Actor,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<StreamableFile> {
    const span = await spanOf(this.sql, query);
    await noteExport(this.sql, this.lookUps, actor, span, {
      requestId: reply.request.id,
      criterion: { format: name, ...query },
    });
    const chunks = await begun((await exported(this.sql, name, span)).chunks);
    void reply.header(sizeHeader, String(span.upTo));
    return new StreamableFile(Readable.from(chunks), {
      type: formats[name].media,
      disposition: `attachment; filename="${fileOf(name)}"`,
    });
  }

  @Get(':format/manifest')
  @ApiOperation({
    summary:
      'The manifest of the same export: how many entries and bytes, their SHA-256, and the checkpoint that covers them; for auditors',
    description: 'Written anew from the log, so it takes as long as the export itself.',
  })
  @answers(manifest)
  @refuses('invalid', 'unauthenticated', 'not-allowed')
  async manifest(
    @Param('format', { schema: formatName }) name: FormatName,
    @Query({ schema: wanted }) query: Wanted,
    @CurrentActor() actor: Actor,
  ): Promise<Manifest> {
    if (!actor.roles.includes('auditor'))
      throw new Problem(
        'not-allowed',
        { da: 'Dette er for andre roller: roles fortæller hvilke.', en: 'This is for other roles: roles tells which.' },
        { roles: ['auditor'] },
      );
    const made = await exported(this.sql, name, await spanOf(this.sql, query));
    for await (const _chunk of made.chunks);
    return made.manifest(this.clock.now());
  }
}
