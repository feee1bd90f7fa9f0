import { Body, Controller, Get, HttpCode, Param, Post, Query } from '@nestjs/common';
import { ApiOperation, ApiTags } from '@nestjs/swagger';
import { z } from 'zod';
import { instant, text } from '../../machines/pathway/fields.js';
import type { Actor, Role } from '../../machines/pathway/roles.js';
import { CurrentActor } from '../auth/current-actor.js';
import { answers, refuses, unreadableBody } from '../http/openapi-decorators.js';
import { LookUp, ShowsPatients } from '../accesses/look-ups.js';
import { invalid } from '../http/problem.js';
import { Messages, type Filter } from './messages.js';
import { placeIn } from './store.js';

const messageId = z
  .string()
  .regex(
    /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}\.[1-9]\d{0,8}\.[1-9]\d?$/,
    "is no message id: it is the pathway's id and the message's place there, e.g. 0199….14.1",
  );
const state = z.enum(['queued', 'held', 'taken', 'failed', 'settled']);
const unit = z.string().nullable();
const at = z.string().meta({ format: 'date-time' });
const message = z
  .object({
    id: z.string(),
    pathway: z.uuid(),
    messageId: z.string().meta({ description: 'its place in the pathway, by which events name it' }),
    letter: z.string(),
    subject: z.string(),
    from: z.string(),
    to: unit,
    writtenAt: at,
    state: state.meta({
      description:
        "queued: to be sent; held: nobody to send it to, or imported; taken: the receiver's system has it, no answer yet; failed: nobody tries again until a person says so; settled: arrived, or no longer owed",
    }),
    changedAt: at.nullable(),
    takenAt: at.nullable(),
    attempts: z.int(),
    nextAt: at.nullable(),
    trouble: z.string().nullable().meta({ description: 'why it was not delivered the last time' }),
  })
  .meta({ id: 'Message' });
const whole = message.extend({ body: z.string() }).meta({ id: 'MessageWithBody' });
const list = z.object({ items: z.array(message), nextCursor: z.string().nullable() }).meta({ id: 'Messages' });
const waiting = z
  .object({ items: z.array(z.object({ receiver: unit, state, count: z.int(), oldest: at })) })
  .meta({ id: 'WaitingMessages', title: 'How much waits for whom' });
const acknowledged = z.object({ id: z.string(), pathway: z.uuid(), state }).meta({ id: 'Acknowledged' });

const query = z.strictObject({
  direction: z.enum(['sent', 'received'], { error: 'is neither sent nor received' }).default('sent'),
  state: z
    .enum([...state.options, 'open'], {
      error: `is no state: ${state.options.join(', ')}, or open for all but settled`,
    })
    .optional(),
  limit: z.coerce.number().int().min(1, 'is less than 1').max(200, 'is more than 200').default(50),
  cursor: z.string().max(200).optional(),
});
const acknowledgment = z
  .discriminatedUnion(
    'outcome',
    [
      z.strictObject({ outcome: z.literal('accepted') }),
      z.strictObject({ outcome: z.literal('rejected'), reason: text(1_000) }),
    ],
    {
      error: (issue) => (issue.code === 'invalid_union' ? 'is neither accepted nor rejected' : undefined),
    },
  )
  .meta({ id: 'Acknowledgment', title: "The receiver's answer: the message is ours to see to, or why it is not" });

const cursorParts = z.tuple([instant(), messageId]);
function readCursor(cursor: string | undefined): Filter['before'] {
  if (cursor === undefined) return undefined;
  try {
    const [written, id] = cursorParts.parse(JSON.parse(Buffer.from(cursor, 'base64url').toString('utf8')));
    return { at: new Date(written), place: placeIn(id)! };
  } catch {
    throw invalid([{ pointer: '/cursor', message: 'is no cursor: use nextCursor of the page before' }]);
  }
}
const writeCursor = ({ writtenAt, id }: { writtenAt: string; id: string }) =>
  Buffer.from(JSON.stringify([writtenAt, id])).toString('base64url');

/** Whoever may answer for a unit what it has been sent; a receiving system acts in one of them. */
const answering: readonly Role[] = [
  'gp',
  'gpStaff',
  'cvi',
  'triager',
  'physician',
  'nurse',
  'secretary',
  'physiotherapist',
  'psychologist',
  'socialWorker',
];
const ofItems = ({ items }: { items: readonly { pathway: string }[] }) => items.map(({ pathway }) => pathway);

@ApiTags('messages')
@Controller('v1/messages')
@ShowsPatients()
export class MessagesController {
  constructor(private readonly messages: Messages) {}

  @Get()
  @LookUp<z.infer<typeof list>>('messages', {
    of: ofItems,
    criterion: ({ query: { limit: _limit, cursor: _cursor, ...filters } }) => filters,
  })
  @ApiOperation({ summary: 'What your unit has sent, or was sent, and what became of it: the newest first' })
  @answers(list)
  @refuses('invalid', 'unauthenticated', 'not-allowed')
  async list(
    @Query({ schema: query }) { direction, state: of, limit, cursor }: z.infer<typeof query>,
    @CurrentActor() actor: Actor,
  ): Promise<z.infer<typeof list>> {
    const found = await this.messages.list(
      { direction, state: of, limit: limit + 1, before: readCursor(cursor) },
      actor,
    );
    const items = found.slice(0, limit);
    return { items, nextCursor: found.length > limit ? writeCursor(items.at(-1)!) : null };
  }

  @Get('waiting')
  @LookUp('waiting', { of: () => undefined, roles: ['manager', 'admin', 'auditor', 'system'] })
  @ApiOperation({ summary: 'How much waits for whom, in numbers: for those who keep the connections working' })
  @answers(waiting)
  @refuses('unauthenticated', 'not-allowed')
  async waiting(): Promise<z.infer<typeof waiting>> {
    return { items: await this.messages.waiting() };
  }

  @Get(':id')
  @LookUp('message')
  @ApiOperation({ summary: 'A message with its text, for the unit that sent it and the one that it is addressed to' })
  @answers(whole)
  @refuses('invalid', 'unauthenticated', 'not-allowed', 'not-found')
  async read(
    @Param('id', { schema: messageId }) id: string,
    @CurrentActor() actor: Actor,
  ): Promise<z.infer<typeof whole>> {
    return this.messages.read(id, actor);
  }

  @Post(':id/acknowledgments')
  @LookUp('acknowledgment', { roles: answering })
  @HttpCode(200)
  @ApiOperation({
    summary: "The receiver's answer to a message: accepted, or rejected and why",
    description:
      "By the unit that it is addressed to. May be repeated: what has arrived stays so. A rejected message stands on its sender's list.",
  })
  @answers(acknowledged)
  @refuses(...unreadableBody, 'invalid', 'unauthenticated', 'not-allowed', 'not-found', 'quarantined', 'busy')
  async acknowledge(
    @Param('id', { schema: messageId }) id: string,
    @Body({ schema: acknowledgment }) answer: z.infer<typeof acknowledgment>,
    @CurrentActor() actor: Actor,
  ): Promise<z.infer<typeof acknowledged>> {
    return this.messages.acknowledge(id, answer, actor);
  }
}
