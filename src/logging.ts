/** One log, by pino: what was done and how it ended, by route and request id. No address with its query, no body, no name, no CPR. */
import type { LoggerService } from '@nestjs/common';
import { pino, type Logger } from 'pino';
import { maskCprIn } from '../machines/calendar/identifiers.js';

export const LOGGER = Symbol('logger');
export const createLogger = (level: string): Logger => pino({ level, base: null });

/** Nest's own messages through the same log. */
export class NestLogger implements LoggerService {
  constructor(private readonly logger: Logger) {}
  log(message: unknown): void {
    this.logger.debug(said(message));
  }
  error(message: unknown): void {
    this.logger.error(said(message));
  }
  warn(message: unknown): void {
    this.logger.warn(said(message));
  }
}
const said = (message: unknown): string => maskCprIn(message instanceof Error ? message.message : String(message));
