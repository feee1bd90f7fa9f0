/**
 * npm run -s erase -- --patient <id> --as <who> --reason "…": destroys the patient's key and blanks what was told of him. The leaves stay, so every proof, chain, count and checkpoint holds; what they commit to can
 * neither be read nor guessed any more. It stands in the log of look-ups who did it and why. Runs as the owner of the tables (MIGRATION_DATABASE_URL, or the demo's own). Exit code 0, 1 when it was not done.
 */
import 'reflect-metadata';
import { parseArgs } from 'node:util';
import pg from 'pg';
import { z } from 'zod';
import { readConfig } from '../config.js';
import { roleOf } from '../database/duties.js';
import { RandomIds } from '../database/ids.js';
import { sealAccess } from '../pathways/log.js';
import { withDatabase } from './database.js';

const usage = 'npm run -s erase -- --patient <id> --as <who> --reason "…"';

export async function erase(
  url: string,
  { patient, sub, reason }: { patient: string; sub: string; reason: string },
): Promise<string[]> {
  const client = new pg.Client({ connectionString: url, options: `-c role=${roleOf('migrating')} -c timezone=UTC` });
  await client.connect();
  try {
    await client.query('begin');
    const { ids } = (await client.query<{ ids: string[] | null }>('select erase_patient($1) as ids', [patient]))
      .rows[0]!;
    if (ids === null)
      throw new Error(
        'There is no patient with this id whose data could be erased: it is patient.id of GET /v1/pathways/{id}.',
      );
    const [now, made] = [new Date(), new RandomIds()];
    const salt = made.key();
    const entry = {
      id: made.next(now),
      action: 'erasure',
      pathways: ids,
      outcome: 'answered',
      actor: { sub, role: 'system' as const, unit: 'SYSTEM' },
      recordedAt: now.toISOString(),
      requestId: 'cli',
      criterion: { reason },
    };
    const { leaf, payload, hash } = sealAccess(entry, salt);
    await client.query('select note_access($1, $2, $3, $4, $5, $6, $7)', [
      entry.id,
      now,
      ids,
      leaf,
      payload,
      salt,
      hash,
    ]);
    await client.query('commit');
    return ids;
  } catch (error) {
    if ((error as { code?: string }).code === '55000')
      throw new Error(
        'The patient has an open pathway, which would stay on a list without a name: close it first (pathway.enteredInError, pathway.closed).',
        { cause: error },
      );
    throw error;
  } finally {
    // Without a commit the connection's end takes everything back.
    await client.end();
  }
}

if (process.argv[1] === import.meta.filename) {
  try {
    const {
      values: { patient, as: sub, reason },
    } = parseArgs({ options: { patient: { type: 'string' }, as: { type: 'string' }, reason: { type: 'string' } } });
    if (!z.uuid().safeParse(patient).success || !sub || !reason || reason.length < 10)
      throw new Error(`--patient (an id), --as and --reason (10 characters or more) are needed\n${usage}`);
    const config = readConfig(process.env, { demo: true });
    const ids = await withDatabase(config, (_, url) =>
      erase(config.migrationUrl ?? url, { patient: patient!, sub, reason }),
    );
    console.log(
      `erased: ${ids.length === 1 ? 'one pathway tells' : `${ids.length} pathways tell`} nothing of the patient any more; npm run -s verify shows that the log still holds`,
    );
  } catch (error) {
    console.error(error instanceof Error ? error.message : error);
    process.exitCode = 1;
  }
}
