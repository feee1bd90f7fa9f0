/** Who looked at a patient: the question of patients and supervisors, answered to an auditor, who is written down here like everybody else. */
import { Controller, Get, Param, Query } from '@nestjs/common';
import { ApiOperation, ApiTags } from '@nestjs/swagger';
import { z } from 'zod';
import { roleNames } from '../../machines/pathway/roles.js';
import { answers, refuses } from '../http/openapi-decorators.js';
import { pathwayId } from '../pathways/headers.js';
import { LookUp, LookUps, ShowsPatients } from './look-ups.js';

const accessesQuery = z.strictObject({
  limit: z.coerce.number().int().min(1, 'is less than 1').max(200, 'is more than 200').default(50),
  cursor: z
    .string()
    .regex(/^\d{1,14}\.[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/, 'is no cursor: use nextCursor of the page before')
    .optional(),
});
const access = z
  .object({
    id: z.uuid(),
    action: z.string().meta({
      description:
        'read, worklist, search, log, referral, actions, accesses …; rehearsal: a dry run; opening, event …: an attempt that was refused, or the same answer again',
    }),
    outcome: z.string().meta({ description: '"answered", or the type of the problem' }),
    actor: z.object({ sub: z.string().nullable(), role: z.enum(roleNames).nullable(), unit: z.string() }),
    recordedAt: z.string().meta({ format: 'date-time' }),
    requestId: z.string().nullable(),
    criterion: z.record(z.string(), z.any()).nullable().meta({ description: 'what was searched for' }),
    others: z.int().meta({ description: 'how many other pathways were shown with this one' }),
    hash: z.string(),
  })
  .meta({ id: 'Access', title: 'Somebody looked at a pathway, or tried to' });
const accessesView = z.object({ items: z.array(access), nextCursor: z.string().nullable() }).meta({ id: 'Accesses' });

const cursorOf = ({ recordedAt, id }: { recordedAt: string; id: string }): string => `${Date.parse(recordedAt)}.${id}`;
function readCursor(cursor: string | undefined): { at: Date; id: string } | undefined {
  if (cursor === undefined) return undefined;
  const [at, id] = cursor.split('.');
  return { at: new Date(Number(at)), id: id! };
}

@ApiTags('pathways')
@Controller('v1')
@ShowsPatients()
export class AccessesController {
  constructor(private readonly lookUps: LookUps) {}

  @Get('pathways/:id/accesses')
  @LookUp('accesses', { roles: ['auditor'] })
  @ApiOperation({ summary: 'Who looked at this pathway, and who was refused: the newest first; for auditors' })
  @answers(accessesView)
  @refuses('invalid', 'unauthenticated', 'not-allowed', 'not-found')
  async list(
    @Param('id', { schema: pathwayId }) pathway: string,
    @Query({ schema: accessesQuery }) { limit, cursor }: z.infer<typeof accessesQuery>,
  ): Promise<z.infer<typeof accessesView>> {
    const found = await this.lookUps.of(pathway, limit + 1, readCursor(cursor));
    const items = found.slice(0, limit);
    return { items, nextCursor: found.length > limit ? cursorOf(items.at(-1)!) : null };
  }
}
