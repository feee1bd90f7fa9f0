/** Who may do what in the database: by grant and by trigger; and that the application does not serve when it could change its own log. */
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, it } from '@jest/globals';
import type { DataSource } from 'typeorm';
import { createDataSource, isOfThisVersion, migrate } from '../../src/data-source.js';
import { dumpRights } from '../../src/database/dump.js';
import { duties, roleOf } from '../../src/database/duties.js';
import { administrating, freshDatabase, type TestDatabase } from '../support/database.js';
import { startServer, type TestServer, type User } from '../support/server.js';
import { completeFacts } from '../support/walk.js';

const logTables = [
  'transition',
  'refusal',
  'access',
  'referral_version',
  'movement',
  'log_leaf',
  'log_node',
  'checkpoint',
] as const;
const changes = (table: string) => [
  `update ${table} set ${{ checkpoint: 'note = note', movement: 'stage = stage', referral_version: 'facts = facts' }[table] ?? 'hash = hash'}`,
  `delete from ${table}`,
  `truncate ${table} cascade`,
];
const code = (error: unknown): string => (error as { code?: string }).code ?? String(error);

describe('the log', () => {
  let server: TestServer;
  beforeAll(async () => {
    server = await startServer();
    // Something in each table that is changed row by row.
    const gp: User = { role: 'gp', unit: 'GP_NORD' };
    const { id } = (
      await server.open({ patient: { name: 'Ada Test', birthDate: '1960-08-29' }, planningArea: 'nord' }, gp)
    ).body as { id: string };
    await server.sent(id, gp, { type: 'referral.updated', facts: completeFacts });
    assert.equal((await server.send(id, gp, { type: 'clinic.accepted' })).status, 403);
    await server.sent(id, gp, { type: 'referral.submitted' });
  });
  afterAll(() => server.stop());

  for (const duty of duties) {
    it(`is not changed by whoever is ${duty}`, async () => {
      const [{ url }] = (await server.source.query('select current_database() as url')) as [{ url: string }];
      const address = new URL(process.env['TEST_CLUSTER_URL']!);
      address.pathname = `/${url}`;
      const source = await createDataSource(address.href, duty, 1).initialize();
      try {
        for (const table of logTables) {
          for (const change of changes(table)) {
            const error = await source.query(change).then(
              () => undefined,
              (thrown: unknown) => thrown,
            );
            assert.equal(code(error), '42501', `${duty}: ${change}`);
            // The owner has every right: it is the trigger that refuses him.
            if (duty === 'migrating') assert.match((error as Error).message, /only grows/);
            else assert.match((error as Error).message, /permission denied/);
          }
        }
      } finally {
        await source.destroy();
      }
    });
  }

  it('is refused to a superuser too, unless he says that no trigger is to fire', async () => {
    await assert.rejects(server.source.query('update transition set leaf = leaf'), /only grows/);
    await assert.rejects(server.source.query('delete from log_leaf'), /only grows/);
  });

  it('gives no serving role a right that rights.txt does not name', async () => {
    const rights = await dumpRights(server.source);
    const of = (duty: (typeof duties)[number]) =>
      rights
        .split(roleOf(duty))[1]!
        .split('\nsmertevejen')[0]!
        .trim()
        .split('\n')
        .map((line) => line.trim().split(/ {2,}/) as [string, string]);
    const may = new Map(of('serving'));
    for (const table of logTables) assert.doesNotMatch(may.get(table) ?? '', /UPDATE|DELETE|TRUNCATE/, table);
    assert.deepEqual(
      [may.get('pathway'), may.get('patient_key'), may.get('assignment')],
      ['SELECT INSERT UPDATE', 'SELECT INSERT', 'SELECT INSERT'],
    );
    assert.equal(
      may.get('message'),
      'SELECT INSERT UPDATE (state, receiver, attempts, next_at, claimed_until, trouble, taken_at, changed_at)',
      'what was written to whom is never changed',
    );
    assert.deepEqual(
      of('reporting').filter(([name]) =>
        [
          'patient',
          'patient_key',
          'pathway',
          'transition',
          'message',
          'access',
          'refusal',
          'referral_version',
        ].includes(name),
      ),
      [],
    );
    assert.deepEqual(
      of('sequencing').map(([name, verbs]) => `${name} ${verbs}`),
      [
        'checkpoint SELECT INSERT',
        'log_head SELECT UPDATE',
        'log_leaf SELECT INSERT',
        'log_node SELECT INSERT',
        'log_pending SELECT DELETE',
      ],
    );
  });
});

describe('outside the demo the application', () => {
  let database: TestDatabase;
  let owner: DataSource;
  let issuer: ReturnType<typeof createServer>;
  let dir: string;
  const users = ['serves', 'sequences', 'migrates'] as const;
  const name = (user: string) => `test_${user}_${process.pid}`;
  const as = (user: string): string => {
    const url = new URL(database.url);
    url.username = name(user);
    url.password = 'a-test-only';
    return url.href;
  };

  beforeAll(async () => {
    database = await freshDatabase();
    owner = await administrating(database.url);
    dir = mkdtempSync(join(tmpdir(), 'smertevejen-duties-'));
    for (const user of users)
      await owner.query(
        `create role ${name(user)} login password 'a-test-only' in role ${roleOf({ serves: 'serving', sequences: 'sequencing', migrates: 'migrating' }[user] as 'serving')}`,
      );
    issuer = createServer((_, response) => {
      response.setHeader('content-type', 'application/json').end('{"keys":[]}');
    }).listen(0, '127.0.0.1');
    await once(issuer, 'listening');
  });
  afterAll(async () => {
    issuer.close();
    for (const user of users) await owner.query(`drop role ${name(user)}`);
    await owner.destroy();
    await database.drop();
    rmSync(dir, { recursive: true, force: true });
  });

  /** Its last words, or `ready`. */
  async function started(environment: Record<string, string>): Promise<{ said: string; code: number | null }> {
    const port = (issuer.address() as { port: number }).port;
    const child = spawn(process.execPath, [join(import.meta.dirname, '..', '..', 'src', 'main.js')], {
      env: {
        PATH: process.env['PATH'],
        PORT: '0',
        DATA_DIR: dir,
        ISSUER: 'https://issuer.example',
        JWKS_URL: `http://127.0.0.1:${port}/jwks`,
        ...environment,
      },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    let said = '';
    for (const stream of [child.stdout, child.stderr])
      stream.on('data', (piece: Buffer) => {
        said += piece.toString();
        if (said.includes('"ready"')) child.kill('SIGTERM');
      });
    const [exit] = (await once(child, 'exit')) as [number | null];
    return { said, code: exit };
  }

  it('does not start as a superuser', async () => {
    const { said, code: exit } = await started({ DATABASE_URL: database.url });
    assert.equal(exit, 1);
    assert.match(
      said,
      /user postgres is a superuser, so this application could change its own log, and does not start\. Make a user that may only serve/,
    );
    assert.ok(!said.includes(new URL(database.url).password), 'the password is told');
  });

  it('does not start as the owner of the tables', async () => {
    await owner.query(`grant ${roleOf('serving')} to ${name('migrates')}`);
    const { said, code: exit } = await started({ DATABASE_URL: as('migrates') });
    assert.equal(exit, 1);
    assert.match(said, /owns the tables/);
  });

  it('starts with a user for each duty, and sequences', async () => {
    const { said, code: exit } = await started({
      DATABASE_URL: as('serves'),
      SEQUENCER_DATABASE_URL: as('sequences'),
      MIGRATION_DATABASE_URL: as('migrates'),
    });
    assert.match(said, /"ready"/, said);
    assert.equal(exit, 0);
  });

  it('says what is missing when the tables are not those of this version', async () => {
    await owner.query('alter table migration rename to migration_away');
    try {
      const { said, code: exit } = await started({ DATABASE_URL: as('serves') });
      assert.equal(exit, 1);
      assert.match(said, /lacks Baseline\d{13}.*set MIGRATION_DATABASE_URL/);
    } finally {
      await owner.query('alter table migration_away rename to migration');
    }
  });
});

describe('a database of another version', () => {
  it('is neither migrated nor served: the remedy is said, and nothing is changed', async () => {
    const earlier = await startServer();
    try {
      await earlier.open(
        { patient: { name: 'Birthe Test', birthDate: '1968-07-05' }, planningArea: 'midt' },
        { role: 'gp', unit: 'GP_MIDT' },
      );
      const [{ database: of }] = (await earlier.source.query('select current_database() as database')) as [
        { database: string },
      ];
      await earlier.source.query(`update migration set name = 'First1790000000001'`);
      const url = Object.assign(new URL(process.env['TEST_CLUSTER_URL']!), { pathname: `/${of}` }).href;
      const before = await earlier.source.query('select name from migration order by name');
      const refused =
        /made by another version of this program \(First1790000000001\).*: run that version, or give this one an empty database/;
      await assert.rejects(migrate(url), refused);
      await assert.rejects(isOfThisVersion(earlier.source), refused);
      assert.deepEqual(await earlier.source.query('select name from migration order by name'), before);
    } finally {
      await earlier.stop();
    }
  });
});
