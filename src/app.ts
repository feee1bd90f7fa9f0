/** The application as HTTP serves it; tests start it in the same way as `main`. */
import { NestFactory } from '@nestjs/core';
import { FastifyAdapter, type NestFastifyApplication } from '@nestjs/platform-fastify';
import { v7 as uuid } from 'uuid';
import { containsCpr } from '../machines/identifiers.js';
import { AppModule, type Parts } from './app.module.js';
import { NestLogger } from './logging.js';
import { openApiOf, serveDocs } from './openapi.js';
import { invalid, problems } from './problem.js';

const bodyLimit = 256 * 1024;

function adapter(): FastifyAdapter {
  return new FastifyAdapter({ bodyLimit, genReqId: () => uuid(), requestTimeout: 30_000, forceCloseConnections: 'idle', routerOptions: { maxParamLength: 200 } });
}

/** An address is kept by proxies, histories and logs: a CPR there is refused before anything else, and not repeated. */
function refuseCprInAddress(app: NestFastifyApplication): void {
  app.getHttpAdapter().getInstance().addHook('onRequest', (request, reply, done) => {
    if (!containsCpr(request.url)) return done();
    const refusal = invalid([{ pointer: '/url', message: 'holds a CPR number: search with POST /v1/patient-searches instead' }]);
    void reply.status(refusal.status).header('content-type', 'application/problem+json')
      .send(JSON.stringify({ type: `/problems/${refusal.type}`, title: problems.invalid.en, status: refusal.status, detail: refusal.detail, requestId: request.id, ...refusal.extra }));
  });
}

function guardEveryAnswer(app: NestFastifyApplication): void {
  app.getHttpAdapter().getInstance().addHook('onSend', (request, reply, _payload, done) => {
    void reply.headers({
      'cache-control': 'no-store', 'x-content-type-options': 'nosniff', 'referrer-policy': 'no-referrer', 'x-frame-options': 'DENY', 'x-request-id': request.id,
      'content-security-policy': "default-src 'self'; img-src 'self' data:; style-src 'self' 'unsafe-inline'; script-src 'self' 'unsafe-inline'; frame-ancestors 'none'",
    });
    done();
  });
}

function logRequests(app: NestFastifyApplication, { logger }: Parts): void {
  app.getHttpAdapter().getInstance().addHook('onResponse', (request, reply, done) => {
    // The route and not the address: an address can hold what somebody searched for.
    logger.debug({ requestId: request.id, method: request.method, route: request.routeOptions.url ?? 'none', status: reply.statusCode, ms: Math.round(reply.elapsedTime) }, 'answered');
    done();
  });
}

export async function createApp(parts: Parts): Promise<NestFastifyApplication> {
  const app = await NestFactory.create<NestFastifyApplication>(AppModule.with(parts), adapter(), { logger: new NestLogger(parts.logger), abortOnError: false });
  refuseCprInAddress(app);
  guardEveryAnswer(app);
  logRequests(app, parts);
  serveDocs(app, openApiOf(app));
  await app.init();
  return app;
}
