import { Controller, Get, HttpCode, Post, Query } from '@nestjs/common';
import { ApiOperation, ApiTags } from '@nestjs/swagger';
import { z } from 'zod';
import type { Actor, Role } from '../../machines/pathway/roles.js';
import { CurrentActor } from '../auth/current-actor.js';
import { answers, refuses } from '../http/openapi-decorators.js';
import { filtersIn, LookUp } from '../accesses/look-ups.js';
import { invalid, Problem } from '../http/problem.js';
import { Audit, type Asked, type Proof } from './audit.js';
import { outcomes } from './verify/verify.js';

const whole = (what: string) =>
  z
    .string()
    .regex(/^\d{1,15}$/, `is no ${what}: give a whole number`)
    .transform(Number);
const proofQuery = z.strictObject({
  pathway: z.uuid({ error: 'is no pathway id: it is a UUID' }).optional(),
  seq: whole('seq').optional(),
  index: whole('index').optional(),
  size: whole('size').optional(),
});
const consistencyQuery = z.strictObject({ from: whole('size'), to: whole('size').optional() });
const checkpointsQuery = z.strictObject({
  limit: z.coerce.number().int().min(1, 'is less than 1').max(200, 'is more than 200').default(50),
  cursor: z
    .string()
    .regex(/^\d{1,15}$/, 'is no cursor: use nextCursor of the page before')
    .transform(Number)
    .optional(),
});

const note = z
  .string()
  .meta({ description: "a C2SP tlog-checkpoint: log, size, root, and the signature of the log's key" });
const hashes = z.array(z.string().regex(/^[0-9a-f]{64}$/));
const checkpointView = z
  .object({ size: z.int(), note, signedAt: z.string().meta({ format: 'date-time' }) })
  .meta({ id: 'Checkpoint' });
const checkpointsView = z
  .object({ items: z.array(checkpointView), nextCursor: z.string().nullable() })
  .meta({ id: 'Checkpoints' });
const stateView = z
  .object({
    size: z.int().meta({ description: 'entries in the tree' }),
    pending: z.int().meta({ description: 'entries that wait for their place in it' }),
    pendingSeconds: z.number().meta({ description: 'how long the oldest of them has been waiting' }),
    checkpoint: checkpointView.nullable(),
  })
  .meta({ id: 'LogState' });
const proofView = z
  .object({
    index: z.int(),
    size: z.int(),
    leaf: z.string().meta({ description: 'the bytes that are hashed' }),
    leafHash: z.string().meta({ description: 'SHA-256 of a byte 0 and the leaf' }),
    proof: hashes.meta({ description: 'RFC 6962 2.1.1, beginning beside the leaf' }),
    checkpoint: note,
    pathways: z.array(z.string()).meta({ description: 'whom the entry is about' }),
  })
  .meta({ id: 'InclusionProof' });
const consistencyView = z
  .object({
    from: z.int(),
    to: z.int(),
    proof: hashes.meta({ description: 'RFC 6962 2.1.2' }),
    fromCheckpoint: note,
    toCheckpoint: note,
  })
  .meta({ id: 'ConsistencyProof' });
const where = z
  .object({
    index: z.int().optional(),
    first: z.int().optional(),
    last: z.int().optional(),
    kind: z.string().optional(),
    pathway: z.string().optional(),
    seq: z.int().optional(),
    id: z.string().optional(),
    checkpoint: z.int().optional(),
    node: z.object({ level: z.int(), idx: z.int() }).optional(),
    file: z.string().optional(),
  })
  .meta({
    description:
      'a place of the tree (index), or the places first to last, one of which it is; the entry there; or a checkpoint or node',
  });
const reportView = z
  .object({
    outcome: z.enum(outcomes),
    reasons: z.array(z.string()).meta({ description: 'why it is incomplete' }),
    faults: z.array(z.object({ what: z.string(), where })),
    more: z.int().meta({ description: 'faults beyond those listed' }),
    entries: z.int(),
    pathways: z.int(),
    checkpoints: z.int(),
    size: z.int(),
    root: z.string(),
    covered: z.int().meta({ description: 'the size of the last checkpoint that agrees' }),
    erased: z.int(),
    pending: z.int(),
    seconds: z.number(),
    perSecond: z.number(),
  })
  .meta({ id: 'Verification' });

const watching: readonly Role[] = ['auditor', 'admin', 'manager'];
const verifying: readonly Role[] = ['auditor', 'admin'];
function allow({ roles }: Actor, allowed: readonly Role[]): void {
  if (!roles.some((role) => allowed.includes(role)))
    throw new Problem(
      'not-allowed',
      { da: 'Dette er for andre roller: roles fortæller hvilke.', en: 'This is for other roles: roles tells which.' },
      { roles: allowed },
    );
}

/** Either a pathway and a seq, or an index. */
function askedBy({ pathway, seq, index }: z.infer<typeof proofQuery>): Asked {
  const wrong = (field: string, message: string) => invalid([{ pointer: `/${field}`, message }]);
  if (index !== undefined) {
    if (pathway !== undefined || seq !== undefined)
      throw wrong('index', 'names an entry already: leave pathway and seq out, or index');
    return { index };
  }
  if (pathway === undefined) throw wrong('index', 'is missing: give it, or a pathway and a seq');
  if (seq === undefined) throw wrong('seq', 'is missing: give the seq of an entry of the pathway');
  return { pathway, seq };
}

@ApiTags('audit')
@Controller('v1/audit')
export class AuditController {
  constructor(private readonly audit: Audit) {}

  @Post('verifications')
  @HttpCode(200)
  @ApiOperation({
    summary:
      'Work the whole log out anew and say what is not as it was written; one at a time, for auditors and administrators',
    description: 'The same as npm run verify. 503 while another is under way.',
  })
  @answers(reportView)
  @refuses('unauthenticated', 'not-allowed')
  async verify(@CurrentActor() actor: Actor) {
    allow(actor, verifying);
    return this.audit.verify();
  }

  @Get('state')
  @ApiOperation({
    summary:
      'How long the log is, what waits for its place in it, and its last checkpoint; for auditors, administrators and managers',
  })
  @answers(stateView)
  @refuses('unauthenticated', 'not-allowed')
  async state(@CurrentActor() actor: Actor) {
    allow(actor, watching);
    return this.audit.state();
  }

  @Get('checkpoints')
  @ApiOperation({ summary: 'The checkpoints, the newest first; for auditors, administrators and managers' })
  @answers(checkpointsView)
  @refuses('invalid', 'unauthenticated', 'not-allowed')
  async checkpoints(
    @Query({ schema: checkpointsQuery }) { limit, cursor }: z.infer<typeof checkpointsQuery>,
    @CurrentActor() actor: Actor,
  ) {
    allow(actor, watching);
    return this.audit.checkpoints(limit, cursor);
  }

  @Get('proofs')
  @LookUp<Proof>('proof', { roles: ['auditor'], of: ({ pathways }) => pathways, criterion: filtersIn })
  @ApiOperation({
    summary: 'An entry as it is hashed, with the proof that it stands in the log that a checkpoint signs; for auditors',
  })
  @answers(proofView)
  @refuses('invalid', 'unauthenticated', 'not-allowed', 'not-found')
  async proof(@Query({ schema: proofQuery }) query: z.infer<typeof proofQuery>): Promise<Proof> {
    return this.audit.proof(askedBy(query), query.size);
  }

  @Get('consistency')
  @ApiOperation({
    summary:
      'That the log of one checkpoint is the beginning of that of another (the last one, unless said otherwise); for auditors, administrators and managers',
  })
  @answers(consistencyView)
  @refuses('invalid', 'unauthenticated', 'not-allowed', 'not-found')
  async consistency(
    @Query({ schema: consistencyQuery }) { from, to }: z.infer<typeof consistencyQuery>,
    @CurrentActor() actor: Actor,
  ) {
    allow(actor, watching);
    return this.audit.consistency(from, to);
  }
}
