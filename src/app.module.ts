import { Module, type DynamicModule, type Provider } from '@nestjs/common';
import { APP_FILTER, APP_GUARD, APP_PIPE } from '@nestjs/core';
import { TypeOrmModule } from '@nestjs/typeorm';
import type { DataSource } from 'typeorm';
import type { Logger } from 'pino';
import { AuthGuard } from './auth/auth.guard.js';
import { Tokens, type Issuer } from './auth/tokens.js';
import { Clock } from './clock.js';
import { Sql } from './database/sql.js';
import { HealthController } from './health/health.controller.js';
import { Ids, RandomIds } from './ids.js';
import { LOGGER } from './logging.js';
import { Fold } from './overview/fold.js';
import { OverviewController } from './overview/overview.controller.js';
import { StageCounts } from './overview/stage-counts.js';
import { Door } from './pathways/door.js';
import { Lists } from './pathways/lists.js';
import { Openings } from './pathways/openings.js';
import { PathwaysController } from './pathways/pathways.controller.js';
import { ProblemFilter } from './problem.filter.js';
import { RegistryController } from './registry/registry.controller.js';
import { SchemaPipe } from './schema.pipe.js';

export type Parts = { source: DataSource; clock: Clock; logger: Logger; issuer: Issuer; audience: string };

@Module({})
export class AppModule {
  static with({ source, clock, logger, issuer, audience }: Parts): DynamicModule {
    const shared: Provider[] = [
      { provide: Clock, useValue: clock }, { provide: Ids, useClass: RandomIds }, { provide: LOGGER, useValue: logger }, { provide: Tokens, useValue: new Tokens(issuer, audience) },
      { provide: APP_PIPE, useClass: SchemaPipe }, { provide: APP_FILTER, useClass: ProblemFilter }, { provide: APP_GUARD, useClass: AuthGuard },
    ];
    return {
      module: AppModule, global: true,
      imports: [TypeOrmModule.forRootAsync({ useFactory: () => ({ type: 'postgres' }), dataSourceFactory: () => Promise.resolve(source) })],
      controllers: [PathwaysController, OverviewController, RegistryController, HealthController],
      providers: [...shared, Sql, Door, Openings, Lists, StageCounts, Fold],
    };
  }
}
