import { Module, type DynamicModule, type Provider } from '@nestjs/common';
import { APP_FILTER, APP_GUARD, APP_PIPE } from '@nestjs/core';
import { TypeOrmModule } from '@nestjs/typeorm';
import type { DataSource } from 'typeorm';
import type { Logger } from 'pino';
import { Audit } from './audit/audit.js';
import { AuditController } from './audit/audit.controller.js';
import { ExportsController } from './audit/export/exports.controller.js';
import { Keep } from './audit/tree/keep.js';
import { openSigner } from './audit/tree/keys.js';
import { logName } from './audit/tree/note.js';
import { Sequencer } from './audit/tree/sequencer.js';
import { AuthGuard } from './auth/auth.guard.js';
import { Tokens, type Issuer } from './auth/tokens.js';
import { Clock } from './database/clock.js';
import { Jobs } from './database/jobs.js';
import { Sql } from './database/sql.js';
import { Sweeper } from './deadlines/sweeper.js';
import { DeadlinesController } from './deadlines/deadlines.controller.js';
import { HealthController } from './health/health.controller.js';
import { Ids, RandomIds } from './database/ids.js';
import { LOGGER } from './logging.js';
import { Coming } from './overview/coming.js';
import { Fold } from './overview/fold.js';
import { Flow } from './overview/flow.js';
import { LateChanges } from './overview/late-changes.js';
import { Messages } from './messages/messages.js';
import { MessagesController } from './messages/messages.controller.js';
import { Outbox } from './messages/outbox.js';
import type { Receivers } from './messages/receivers.js';
import { OverviewController } from './overview/overview.controller.js';
import { StageCounts } from './overview/stage-counts.js';
import { AdviceController } from './prescribing/advice.controller.js';
import { AccessesController } from './accesses/accesses.controller.js';
import { CorrectionsController } from './pathways/corrections.controller.js';
import { Corrections } from './pathways/corrections.js';
import { Door } from './pathways/door.js';
import { Lists } from './pathways/lists.js';
import { LookUps } from './accesses/look-ups.js';
import { Openings } from './pathways/openings.js';
import { PathwaysController } from './pathways/pathways.controller.js';
import { PrescribingController } from './prescribing/prescribing.controller.js';
import { ProblemFilter } from './http/problem.filter.js';
import { RegistryController } from './registry/registry.controller.js';
import { SchemaPipe } from './http/schema.pipe.js';
import { Assignments } from './worklists/assignments.js';
import { ViewsController } from './worklists/views.controller.js';
import { Views } from './worklists/views.js';
import { Forecast } from './worklists/forecast.js';
import { ForecastController } from './worklists/forecast.controller.js';
import { WorklistsController } from './worklists/worklists.controller.js';
import { Worklists } from './worklists/worklists.js';

/** `audit`: where checkpoints are kept outside the database, and a source for the sequencer where this process is to be it. `receivers`: whom messages are sent to; without them none is. `jobs`: whether this process makes rounds (database/jobs.ts). */
export type Parts = {
  source: DataSource;
  clock: Clock;
  logger: Logger;
  issuer: Issuer;
  audience: string;
  audit?: { dir: string; sequencing?: DataSource };
  receivers?: Receivers;
  jobs?: boolean;
};

const sequencers = ({ clock, logger, audit }: Parts): Provider[] =>
  audit?.sequencing
    ? [
        {
          provide: Sequencer,
          useValue: new Sequencer(
            new Sql(audit.sequencing),
            new Keep(audit.dir),
            openSigner(audit.dir, logName),
            clock,
            logger,
          ),
        },
      ]
    : [];

const outboxes = ({ clock, logger, receivers }: Parts): Provider[] =>
  receivers
    ? [
        {
          provide: Outbox,
          useFactory: (sql: Sql, door: Door, jobs: Jobs) => new Outbox(sql, door, clock, receivers, jobs, logger),
          inject: [Sql, Door, Jobs],
        },
      ]
    : [];

@Module({})
export class AppModule {
  static with(parts: Parts): DynamicModule {
    const { source, clock, logger, issuer, audience } = parts;
    const shared: Provider[] = [
      { provide: Clock, useValue: clock },
      { provide: Ids, useClass: RandomIds },
      { provide: LOGGER, useValue: logger },
      { provide: Tokens, useValue: new Tokens(issuer, audience) },
      { provide: APP_PIPE, useClass: SchemaPipe },
      { provide: APP_FILTER, useClass: ProblemFilter },
      { provide: APP_GUARD, useClass: AuthGuard },
    ];
    return {
      module: AppModule,
      global: true,
      imports: [
        TypeOrmModule.forRootAsync({
          useFactory: () => ({ type: 'postgres' }),
          dataSourceFactory: () => Promise.resolve(source),
        }),
      ],
      controllers: [
        PathwaysController,
        AccessesController,
        CorrectionsController,
        OverviewController,
        RegistryController,
        AuditController,
        ExportsController,
        HealthController,
        PrescribingController,
        AdviceController,
        DeadlinesController,
        MessagesController,
        WorklistsController,
        ViewsController,
        ForecastController,
      ],
      providers: [
        ...shared,
        Sql,
        Door,
        Openings,
        Corrections,
        Lists,
        LookUps,
        StageCounts,
        Flow,
        LateChanges,
        Coming,
        Fold,
        Messages,
        { provide: Jobs, useValue: new Jobs(source, logger, parts.jobs ?? false) },
        Sweeper,
        { provide: Audit, useFactory: (sql: Sql) => new Audit(sql, clock, parts.audit?.dir), inject: [Sql] },
        ...sequencers(parts),
        ...outboxes(parts),
        Worklists,
        Assignments,
        Views,
        Forecast,
      ],
    };
  }
}
