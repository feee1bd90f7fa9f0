/** The application as HTTP serves it; tests start it in the same way as `main`. */
import { NestFactory } from '@nestjs/core';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { AppModule, type Parts } from './app.module.js';
import { adapter, guards, readJson, refuseCprInAddress, refuseUnknownParameters } from './http/edge.js';
import { NestLogger } from './logging.js';
import { openApiOf, serveDocs } from './http/openapi.js';

function guardEveryAnswer(app: NestFastifyApplication): void {
  app
    .getHttpAdapter()
    .getInstance()
    .addHook('onSend', (request, reply, _payload, done) => {
      void reply.headers(guards(request.id));
      done();
    });
}

function logRequests(app: NestFastifyApplication, { logger }: Parts): void {
  app
    .getHttpAdapter()
    .getInstance()
    .addHook('onResponse', (request, reply, done) => {
      // The route and not the address: an address can hold what somebody searched for.
      logger.debug(
        {
          requestId: request.id,
          method: request.method,
          route: request.routeOptions.url ?? 'none',
          status: reply.statusCode,
          ms: Math.round(reply.elapsedTime),
        },
        'answered',
      );
      done();
    });
}

export async function createApp(parts: Parts): Promise<NestFastifyApplication> {
  const app = await NestFactory.create<NestFastifyApplication>(AppModule.with(parts), adapter(), {
    logger: new NestLogger(parts.logger),
    abortOnError: false,
    bodyParser: false,
  });
  const document = openApiOf(app);
  readJson(app);
  refuseCprInAddress(app);
  refuseUnknownParameters(app, document);
  guardEveryAnswer(app);
  logRequests(app, parts);
  serveDocs(app, document);
  await app.init();
  return app;
}
