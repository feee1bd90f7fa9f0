/**
 * Statements, each prepared once a connection by its name. There is no client-side timeout: it loses acknowledged writes; the server's own
 * `statement_timeout`, `lock_timeout` and `idle_in_transaction_session_timeout` stand in the connection's options.
 */
import { Injectable } from '@nestjs/common';
import { DataSource } from 'typeorm';
import type { Pool, QueryResultRow } from 'pg';

/** One statement: a name for the server's plan, and the SQL that is reviewed as it stands. */
export type Statement = { name?: string; text: string };
export const statement = (name: string, text: string): Statement => ({ name, text });
/** Planned anew each time, for the values that it is given: for few and large ones. */
export const unnamed = (text: string): Statement => ({ text });

@Injectable()
export class Sql {
  private readonly pool: Pool;
  constructor(source: DataSource) {
    this.pool = (source.driver as unknown as { master: Pool }).master;
  }
  async rows<Row extends QueryResultRow>(of: Statement, values: readonly unknown[]): Promise<Row[]> {
    return (await this.pool.query<Row>({ ...of, values: [...values] })).rows;
  }
  async row<Row extends QueryResultRow>(of: Statement, values: readonly unknown[]): Promise<Row | undefined> {
    return (await this.rows<Row>(of, values))[0];
  }
}
