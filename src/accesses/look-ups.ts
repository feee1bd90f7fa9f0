/**
 * Who looked at whom. A handler that shows patients says with @LookUp (or @Command) which pathways its answer shows; one row is written before the answer leaves,
 * refused attempts too, and what cannot be written down is not shown. What was searched for stands in the payload alone, which no leaf tells.
 */
import {
  applyDecorators,
  Inject,
  Injectable,
  SetMetadata,
  UseInterceptors,
  type CallHandler,
  type ExecutionContext,
  type NestInterceptor,
} from '@nestjs/common';
import { PATH_METADATA } from '@nestjs/common/constants.js';
import { Reflector } from '@nestjs/core';
import type { FastifyReply, FastifyRequest } from 'fastify';
import type { Logger } from 'pino';
import { lastValueFrom, of as emitted, type Observable } from 'rxjs';
import { z } from 'zod';
import { maskCpr, maskCprIn } from '../../machines/calendar/identifiers.js';
import { roleNames, type Actor, type Role } from '../../machines/pathway/roles.js';
import { Clock } from '../database/clock.js';
import { Sql, statement } from '../database/sql.js';
import { Ids } from '../database/ids.js';
import { LOGGER } from '../logging.js';
import { Problem, type ProblemType } from '../http/problem.js';
import { readAccess, sealAccess, type AccessEntry } from '../pathways/log.js';

/** Managers and administrators see numbers, no patients, and send nothing; auditors see all, and change nothing (pathway.md, "Roles"). */
export const withPatients: readonly Role[] = roleNames.filter((role) => role !== 'manager' && role !== 'admin');

/** A request as it came, before any schema has read it: nothing of it may be relied on. */
export type Asked = {
  params: Readonly<Record<string, string>>;
  query: Readonly<Record<string, unknown>>;
  body: unknown;
};
type Criterion = Record<string, unknown>;
/** The one in the address; the id of a message begins with its pathway's. */
const pathwayIn = ({ params }: Asked): string | undefined => params['id']?.split('.', 1)[0];
export type Showing<A> = {
  /** The pathways that an answer shows; undefined when it shows none that is not written down elsewhere. Unless said otherwise, the one in the address (`:id`), also when it has not changed (304). */
  of?: (answer: A, asked: Asked, reply: FastifyReply) => readonly string[] | undefined;
  /** What was searched for; for the payload alone. CPR numbers in it are masked, whatever it says. */
  criterion?: (asked: Asked) => Criterion | undefined;
  /** Whoever has none of these is refused before anything is read: all but managers and administrators, unless said otherwise. */
  roles?: readonly Role[];
};
type Decision = Required<Showing<unknown>> & {
  action: (asked: Asked) => string;
  refusal: (type: ProblemType, asked: Asked) => 'written' | 'writtenIfAboutSomebody' | 'passedOver';
};

/** They tell of the request alone, or that nothing could be looked for. */
const showNothing: readonly ProblemType[] = ['precondition-required', 'idempotency-conflict', 'busy'];
const LOOK_UP = 'lookUp';
const decide = (decision: Decision): MethodDecorator =>
  applyDecorators(SetMetadata(LOOK_UP, decision), UseInterceptors(LookUpInterceptor));

/** This handler shows patients. `action` is what an auditor reads. */
export function LookUp<A = unknown>(
  action: string,
  { of = (_answer, asked) => [pathwayIn(asked)!], criterion = () => undefined, roles = withPatients }: Showing<A> = {},
): MethodDecorator {
  return decide({
    action: () => action,
    of: of as Decision['of'],
    criterion,
    roles,
    refusal: (type) => (type === 'invalid' || showNothing.includes(type) ? 'passedOver' : 'written'),
  });
}

const isDry = ({ query }: Asked) => query['dryRun'] === 'true';
/**
 * This handler writes, and what it wrote stands in the log of transitions. A look-up is what it shows besides: a dry run (`rehearsal`), an answer that is given again for
 * its key, and every refusal but those that it records itself (`recorded`). An invalid request too when it is about somebody: the answer compares it with what is known of him.
 */
export function Command<A extends { id: string }>(
  action: string,
  {
    recorded = [],
    criterion = () => undefined,
    roles = withPatients,
  }: { recorded?: readonly ProblemType[] } & Pick<Showing<A>, 'criterion' | 'roles'> = {},
): MethodDecorator {
  return decide({
    action: (asked) => (isDry(asked) ? 'rehearsal' : action),
    criterion,
    roles,
    of: (answer, asked, reply) =>
      isDry(asked) ? [asked.params['id']!] : reply.hasHeader('idempotency-replayed') ? [(answer as A).id] : undefined,
    refusal: (type, asked) =>
      showNothing.includes(type) || (!isDry(asked) && recorded.includes(type))
        ? 'passedOver'
        : type === 'invalid'
          ? 'writtenIfAboutSomebody'
          : 'written',
  });
}

/** On a controller: a handler that has not said what it shows is found when the application is loaded. */
export function ShowsPatients(): ClassDecorator {
  return ({ prototype, name }) => {
    for (const [key, { value }] of Object.entries(Object.getOwnPropertyDescriptors(prototype as object))) {
      if (
        typeof value === 'function' &&
        key !== 'constructor' &&
        Reflect.hasMetadata(PATH_METADATA, value) &&
        !Reflect.hasMetadata(LOOK_UP, value)
      ) {
        throw new Error(`${name}.${key} does not say whom it shows: give it @LookUp or @Command`);
      }
    }
  };
}

/** Criteria of more than one handler: filters of a list (where in it does not matter), and a number, of which only the birth date is kept. */
export function filtersIn({ query: { limit: _limit, cursor: _cursor, ...filters } }: Asked): Criterion | undefined {
  return Object.keys(filters).length === 0 ? undefined : filters;
}
export const numberIn = (cpr: unknown): Criterion | undefined =>
  cpr === undefined ? undefined : { cpr: maskCpr(String(cpr)) };

const note = statement('note_access', 'select note_access($1, $2, $3, $4, $5, $6, $7)');
const existing = statement('existing_pathways', 'select id from pathway where id = any($1::uuid[])');
export const accessesOf = statement(
  'accesses_of',
  /* sql */ `
  select leaf, payload, hash from access where pathways @> array[$1::uuid] and ($2::timestamptz is null or (recorded_at, id) < ($2, $3::uuid))
  order by recorded_at desc, id desc limit $4`,
);

const isUuid = (text: string) => z.uuid().safeParse(text).success;
const roleOf = ({ roles }: Actor): Role | null => roles.find((role) => withPatients.includes(role)) ?? roles[0] ?? null;
const textsMasked = (criterion: Criterion): Criterion =>
  JSON.parse(
    JSON.stringify(criterion, (_key, value: unknown) => (typeof value === 'string' ? maskCprIn(value) : value)),
  ) as Criterion;

export type Seen = Pick<AccessEntry, 'action' | 'outcome' | 'requestId'> & {
  pathways: readonly string[];
  criterion: Criterion | null | undefined;
};
type MaybeErased = Omit<AccessEntry, 'requestId' | 'criterion' | 'actor'> &
  Partial<Pick<AccessEntry, 'requestId' | 'criterion'>> & {
    actor: Omit<AccessEntry['actor'], 'sub'> & { sub?: string };
  };

@Injectable()
export class LookUps {
  constructor(
    private readonly sql: Sql,
    private readonly clock: Clock,
    private readonly ids: Ids,
    @Inject(LOGGER) private readonly logger: Logger,
  ) {}

  /** Writes down that somebody looked. Throws busy when that is not possible, and then nothing may be shown. */
  async note(seen: Seen, actor: Actor): Promise<void> {
    await this.alongside(seen, actor, (row) => this.sql.rows(note, row));
  }

  /** The same in the statement of whoever writes something else besides: all of it is written, or nothing. */
  async alongside<T>(
    { action, outcome, requestId, pathways, criterion }: Seen,
    actor: Actor,
    write: (
      row: readonly [
        id: string,
        at: Date,
        pathways: string[],
        leaf: string,
        payload: string,
        salt: Buffer,
        hash: Buffer,
      ],
    ) => Promise<T>,
  ): Promise<T> {
    const now = this.clock.now();
    const entry: AccessEntry = {
      id: this.ids.next(now),
      action,
      pathways: [...new Set(pathways.map((id) => id.toLowerCase()))],
      outcome,
      actor: { sub: actor.sub, role: roleOf(actor), unit: actor.unit },
      recordedAt: now.toISOString(),
      requestId,
      criterion: criterion ? textsMasked(criterion) : null,
    };
    const salt = this.ids.key();
    const { leaf, payload, hash } = sealAccess(entry, salt);
    return this.orBusy(requestId, write([entry.id, now, entry.pathways, leaf, payload, salt, hash]));
  }

  /** Of ids that somebody asked for: those that there are, whoever may see them, and as a criterion those that there are not. Throws busy. */
  async sorted(
    asked: readonly string[],
    requestId: string,
  ): Promise<{ pathways: string[]; unknown: string | undefined }> {
    const ids = asked.filter(isUuid);
    const pathways =
      ids.length === 0
        ? []
        : (await this.orBusy(requestId, this.sql.rows<{ id: string }>(existing, [ids]))).map(({ id }) => id);
    return { pathways, unknown: asked.find((id) => !pathways.includes(id.toLowerCase())) };
  }

  /** Who looked at a pathway, the newest first. `before` is the last one of the page before. Throws not-found when there is no such pathway. */
  async of(pathway: string, limit: number, before: { at: Date; id: string } | undefined) {
    const rows = await this.sql.rows<{ leaf: string; payload: string | null; hash: Buffer }>(accessesOf, [
      pathway,
      before?.at ?? null,
      before?.id ?? null,
      limit,
    ]);
    if (rows.length === 0 && !(await this.sql.row(existing, [[pathway]])))
      throw new Problem('not-found', {
        da: 'Der er intet forløb med dette id.',
        en: 'There is no pathway with this id.',
      });
    return rows.map(({ leaf, payload, hash }) => {
      // What it told may have been erased: that somebody looked, in which role and where, stays.
      const { id, action, outcome, pathways, actor, recordedAt, requestId, criterion }: MaybeErased = readAccess({
        leaf,
        payload: payload ?? '{}',
      });
      return {
        id,
        action,
        outcome,
        actor: { ...actor, sub: actor.sub ?? null },
        recordedAt,
        requestId: requestId ?? null,
        criterion: criterion ?? null,
        others: pathways.length - 1,
        hash: hash.toString('hex'),
      };
    });
  }

  private async orBusy<T>(requestId: string, work: Promise<T>): Promise<T> {
    try {
      return await work;
    } catch (error) {
      const { name, code } = error as Error & { code?: string };
      this.logger.error({ requestId, fault: { name, code } }, 'a look-up could not be written');
      throw new Problem('busy', {
        da: 'Opslaget kan ikke skrives i adgangsloggen, og derfor vises intet: prøv igen om lidt.',
        en: 'This look-up cannot be written to the log of accesses, so nothing is shown: try again shortly.',
      });
    }
  }
}

type Request = FastifyRequest<{ Params: Record<string, string>; Querystring: Record<string, unknown> }> & {
  actor?: Actor;
};

/** Around the handler and the schemas of what it takes: a role is refused before either is asked. */
@Injectable()
class LookUpInterceptor implements NestInterceptor {
  constructor(
    private readonly lookUps: LookUps,
    private readonly reflector: Reflector,
  ) {}

  async intercept(context: ExecutionContext, next: CallHandler): Promise<Observable<unknown>> {
    const [request, reply] = [
      context.switchToHttp().getRequest<Request>(),
      context.switchToHttp().getResponse<FastifyReply>(),
    ];
    const decision = this.reflector.get<Decision>(LOOK_UP, context.getHandler());
    const { actor, params, query, body } = request;
    const asked: Asked = { params, query, body };
    const refusal = refusedByRole(actor!, decision.roles);
    if (refusal) throw await this.refused(refusal, decision, asked, request, 'written');
    let answer: unknown;
    try {
      answer = await lastValueFrom(next.handle());
    } catch (error) {
      throw error instanceof Problem
        ? await this.refused(error, decision, asked, request, decision.refusal(error.type, asked))
        : error;
    }
    const pathways = decision.of(answer, asked, reply);
    try {
      if (pathways)
        await this.lookUps.note(
          {
            action: decision.action(asked),
            pathways,
            outcome: 'answered',
            requestId: request.id,
            criterion: decision.criterion(asked),
          },
          actor!,
        );
    } catch (error) {
      // A version, an address: they are part of what is not shown.
      for (const name of Object.keys(reply.getHeaders())) reply.removeHeader(name);
      throw error;
    }
    return emitted(answer);
  }

  /** The refusal, once it is written down. */
  private async refused(
    problem: Problem,
    { action, criterion }: Decision,
    asked: Asked,
    { id: requestId, actor }: Request,
    when: ReturnType<Decision['refusal']>,
  ): Promise<Problem> {
    if (when === 'passedOver') return problem;
    const ids = [pathwayIn(asked), asked.query['pathway'], problem.extra['pathway']].filter(
      (id) => typeof id === 'string',
    );
    const { pathways, unknown } = await this.lookUps.sorted(ids, requestId);
    const said = criterion(asked);
    if (when === 'writtenIfAboutSomebody' && pathways.length === 0 && !said) return problem;
    await this.lookUps.note(
      {
        action: action(asked),
        outcome: problem.type,
        requestId,
        pathways,
        criterion: unknown === undefined ? said : { ...said, pathway: unknown },
      },
      actor!,
    );
    return problem;
  }
}

function refusedByRole(actor: Actor, allowed: readonly Role[]): Problem | undefined {
  if (actor.roles.some((role) => allowed.includes(role))) return undefined;
  return new Problem(
    'not-allowed',
    allowed === withPatients
      ? { da: 'Denne rolle ser tal og ingen patienter.', en: 'This role sees numbers and no patients.' }
      : { da: 'Dette er for andre roller: roles fortæller hvilke.', en: 'This is for other roles: roles tells which.' },
    { roles: allowed },
  );
}
