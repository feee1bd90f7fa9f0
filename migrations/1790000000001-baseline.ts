import { createHash } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { MigrationInterface, QueryRunner } from 'typeorm';

/** The compiled migration lies in dist/migrations; its SQL stays where it is written and read. */
const sql = join(import.meta.dirname, '..', '..', 'migrations', 'sql');
const functions = readdirSync(join(sql, 'functions')).map((name) => join('functions', name));
const inOrder = ['tables.sql', 'indexes.sql', 'views.sql', ...functions.sort(), 'triggers.sql', 'rights.sql'];
const texts = inOrder.map((file) => readFileSync(join(sql, file), 'utf8'));
const digits = createHash('sha256').update(texts.join('\n')).digest().readUIntBE(0, 4) % 1e9;

/**
 * The whole schema. Until release 0.2.0 it may be made anew, and then has another name: a database that was made from another baseline is told apart, and
 * refused. From the release on its files stay as they are, and migrations are only added.
 */
export class Baseline implements MigrationInterface {
  name = `Baseline${1_790_000_000_000 + digits}`;

  async up(runner: QueryRunner): Promise<void> {
    for (const text of texts) await runner.query(text);
  }

  async down(): Promise<void> {
    throw new Error('the baseline is not taken back: a log of care is never dropped');
  }
}
