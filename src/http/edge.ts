/** What is read, and what is refused before any handler is asked: what is no HTTP, no JSON, no address of ours, or says in an address what belongs in no address. */
import { FastifyAdapter, type NestFastifyApplication } from '@nestjs/platform-fastify';
import type { OpenAPIObject } from '@nestjs/swagger';
import type { FastifyReply, FastifyRequest } from 'fastify';
import type { Socket } from 'node:net';
import { v7 as uuid } from 'uuid';
import { containsCpr } from '../../machines/calendar/identifiers.js';
import { readBody } from './json-body.js';
import { parametersOf } from './openapi.js';
import { bodyOf, invalid, Problem, problemMedia } from './problem.js';

const bodyLimit = 256 * 1024;

/** Unlike every other, and cheap: this start's name and a number. */
const start = uuid();
let requests = 0;
const requestId = (): string => `${start}.${(requests += 1)}`;

/** On every answer, whoever gives it. */
export const guards = (requestId: string) => ({
  'cache-control': 'no-store',
  'x-content-type-options': 'nosniff',
  'referrer-policy': 'no-referrer',
  'x-frame-options': 'DENY',
  'x-request-id': requestId,
  'content-security-policy':
    "default-src 'self'; img-src 'self' data:; style-src 'self' 'unsafe-inline'; script-src 'self' 'unsafe-inline'; frame-ancestors 'none'",
});

const noAddress = () => invalid([{ pointer: '/url', message: 'is no address here: see /docs' }]);

/** What cannot be read as HTTP reaches no route and no filter. */
function refuseUnreadable(error: NodeJS.ErrnoException, socket: Socket): void {
  if (error.code === 'ECONNRESET' || !socket.writable) return void socket.destroy();
  const tooLarge = error.code === 'HPE_HEADER_OVERFLOW';
  const problem = tooLarge
    ? new Problem(
        'too-large',
        {
          da: 'Hovedfelterne er større end 16 KiB: send mindre.',
          en: 'The headers are larger than 16 KiB: send less.',
        },
        {},
        431,
      )
    : invalid([{ pointer: '', message: 'is no HTTP/1.1 request' }]);
  const body = bodyOf(problem, requestId());
  socket.end(
    `HTTP/1.1 ${tooLarge ? '431 Request Header Fields Too Large' : '400 Bad Request'}\r\nConnection: close\r\nContent-Type: ${problemMedia}\r\nContent-Length: ${Buffer.byteLength(body)}\r\n\r\n${body}`,
  );
}

export const adapter = (): FastifyAdapter =>
  new FastifyAdapter({
    bodyLimit,
    genReqId: requestId,
    requestTimeout: 30_000,
    forceCloseConnections: 'idle',
    routerOptions: { maxParamLength: 200 },
    clientErrorHandler: refuseUnreadable,
    frameworkErrors: (_error: unknown, request: FastifyRequest, reply: FastifyReply) => {
      void reply
        .headers(guards(request.id))
        .status(400)
        .header('content-type', problemMedia)
        .send(bodyOf(noAddress(), request.id));
    },
  });

/** JSON and nothing else, read strictly. */
export function readJson(app: NestFastifyApplication): void {
  const server = app.getHttpAdapter().getInstance();
  server.removeAllContentTypeParsers();
  server.addContentTypeParser('application/json', { parseAs: 'buffer', bodyLimit }, (request, bytes, done) => {
    if (request.headers['content-encoding'] !== undefined)
      return done(
        new Problem('unsupported-media', {
          da: 'Send indholdet, som det er, uden Content-Encoding.',
          en: 'Send the body as it is, without Content-Encoding.',
        }),
      );
    const read = readBody(bytes as Buffer);
    return 'errors' in read ? done(invalid(read.errors)) : done(null, read.value);
  });
}

/** However it is written: percent signs may hide digits, and more percent signs. What is hidden deeper than anybody writes is hidden on purpose. */
function saysCpr(url: string, levels = 4): boolean {
  if (containsCpr(url)) return true;
  const inner = url.replaceAll(/(?:%[0-9a-f]{2})+/gi, (hidden) =>
    Buffer.from(hidden.replaceAll('%', ''), 'hex').toString('utf8'),
  );
  return inner !== url && (levels === 0 || saysCpr(inner, levels - 1));
}

/** An address is kept by proxies, histories and logs: a CPR there is refused before anything else, and not repeated. */
export function refuseCprInAddress(app: NestFastifyApplication): void {
  app
    .getHttpAdapter()
    .getInstance()
    .addHook('onRequest', (request, _reply, done) => {
      done(
        saysCpr(request.url)
          ? invalid([{ pointer: '/url', message: 'holds a CPR number: search with POST /v1/patient-searches instead' }])
          : undefined,
      );
    });
}

/** What an operation does not name is refused and not ignored: ?dryRun=true would write where there is no dry run. */
export function refuseUnknownParameters(app: NestFastifyApplication, document: OpenAPIObject): void {
  const known = parametersOf(document);
  app
    .getHttpAdapter()
    .getInstance()
    .addHook('preValidation', (request, _reply, done) => {
      const names = known(request.method, request.routeOptions.url);
      const unknown = names && Object.keys(request.query as object).some((name) => !names.has(name));
      done(
        unknown
          ? invalid([
              {
                pointer: '/url',
                message:
                  names.size === 0
                    ? 'has parameters, and this operation takes none'
                    : `has a parameter that is not known here: the known ones are ${[...names].join(', ')}`,
              },
            ])
          : undefined,
      );
    });
}
