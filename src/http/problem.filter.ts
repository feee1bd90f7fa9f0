import { Catch, HttpException, Inject, type ArgumentsHost, type ExceptionFilter } from '@nestjs/common';
import type { FastifyReply, FastifyRequest } from 'fastify';
import type { Logger } from 'pino';
import { isBusy } from '../database/faults.js';
import { bodyOf, invalid, Problem, problemMedia } from './problem.js';
import { LOGGER } from '../logging.js';

type FastifyError = Error & { code?: string; statusCode?: number };

/** What Fastify and Nest refuse before a controller is asked. */
function fromFramework(error: FastifyError): Problem | undefined {
  const status = error instanceof HttpException ? error.getStatus() : error.statusCode;
  if (error.code === 'FST_ERR_CTP_BODY_TOO_LARGE' || status === 413)
    return new Problem('too-large', {
      da: 'Indholdet er større end 256 KiB: send mindre.',
      en: 'The body is larger than 256 KiB: send less.',
    });
  if (error.code === 'FST_ERR_CTP_INVALID_MEDIA_TYPE' || status === 415)
    return new Problem('unsupported-media', {
      da: 'Send JSON med Content-Type: application/json.',
      en: 'Send JSON with Content-Type: application/json.',
    });
  if (status === 404)
    return new Problem('not-found', {
      da: 'Der er intet på denne adresse: se /docs.',
      en: 'There is nothing at this address: see /docs.',
    });
  if (status !== undefined && status >= 400 && status < 500)
    return invalid([{ pointer: '', message: 'is not well-formed: send one JSON object in UTF-8' }]);
  return undefined;
}

function problemOf(error: unknown): Problem {
  if (error instanceof Problem) return error;
  if (isBusy(error))
    return new Problem('busy', {
      da: 'Databasen svarede ikke i tide. Intet er halvt skrevet: send samme forespørgsel med samme Idempotency-Key igen.',
      en: 'The database did not answer in time. Nothing is half-written: send the same request with the same Idempotency-Key again.',
    });
  return (
    (error instanceof Error ? fromFramework(error) : undefined) ??
    new Problem('internal', {
      da: 'Noget gik galt hos os. Intet er halvt skrevet; requestId fører til loggen.',
      en: 'Something went wrong on our side. Nothing is half-written; the request id leads to the log.',
    })
  );
}

export const wantsDanish = (request: FastifyRequest): boolean =>
  /^\s*da\b/i.test(request.headers['accept-language'] ?? '');

@Catch()
export class ProblemFilter implements ExceptionFilter {
  constructor(@Inject(LOGGER) private readonly logger: Logger) {}

  catch(error: unknown, host: ArgumentsHost): void {
    const http = host.switchToHttp();
    const request = http.getRequest<FastifyRequest>();
    const reply = http.getResponse<FastifyReply>();
    const problem = problemOf(error);
    if (problem.type === 'internal') this.logger.error({ requestId: request.id, fault: describe(error) }, 'a fault');
    if (problem.type === 'busy') void reply.header('retry-after', '1');
    if (problem.type === 'unauthenticated') void reply.header('www-authenticate', 'Bearer');
    const language = wantsDanish(request) ? 'da' : 'en';
    void reply
      .status(problem.status)
      .header('content-type', problemMedia)
      .header('content-language', language)
      .send(bodyOf(problem, request.id, language));
  }
}

/** Name, code and place of a fault, never its message's values: a database's detail quotes rows. */
function describe(error: unknown): object {
  if (!(error instanceof Error)) return { name: typeof error };
  const { code, constraint } = error as { code?: string; constraint?: string };
  const stack = error.stack
    ?.split('\n')
    .filter((line) => line.trimStart().startsWith('at '))
    .slice(0, 12);
  return { name: error.name, code, constraint, ...(code === undefined ? { message: error.message } : {}), stack };
}
