/** Keeps the ledger of movements folded (migrations/sql/functions/fold_movements.sql), so that a count reads days and months and few single rows. */
import { Inject, Injectable, type OnApplicationBootstrap, type OnApplicationShutdown } from '@nestjs/common';
import type { Logger } from 'pino';
import { Clock } from '../database/clock.js';
import { Sql, statement } from '../database/sql.js';
import { LOGGER } from '../logging.js';

export const foldMovements = statement('fold_movements', 'select fold_movements($1) as more');
const everyMinutes = 15;
/** A transition that was recorded must be committed by now: the server ends a statement after ten seconds. */
const settledAfterMinutes = 10;

@Injectable()
export class Fold implements OnApplicationBootstrap, OnApplicationShutdown {
  private timer: NodeJS.Timeout | undefined;
  constructor(
    private readonly sql: Sql,
    private readonly clock: Clock,
    @Inject(LOGGER) private readonly logger: Logger,
  ) {}

  async onApplicationBootstrap(): Promise<void> {
    await this.fold();
    this.timer = setInterval(() => void this.fold(), everyMinutes * 60_000).unref();
  }
  onApplicationShutdown(): void {
    clearInterval(this.timer);
  }
  async fold(): Promise<void> {
    try {
      await foldAll(this.sql, new Date(this.clock.now().getTime() - settledAfterMinutes * 60_000));
    } catch (error) {
      this.logger.warn(
        { code: (error as { code?: string }).code },
        'the movements were not folded; counts stay right and become slower',
      );
    }
  }
}

/** Some at a time: none of the steps holds anybody up. */
export async function foldAll(sql: Pick<Sql, 'row'>, through: Date): Promise<void> {
  while ((await sql.row<{ more: boolean }>(foldMovements, [through]))!.more);
}
