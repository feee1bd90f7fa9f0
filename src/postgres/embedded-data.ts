import { execFile } from 'node:child_process';
import { randomBytes, randomUUID } from 'node:crypto';
import {
  chownSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';

import type { Binaries } from './embedded-binaries.js';
import { REMEDY, type Home, type ServerUser } from './embedded-home.js';
import { errorCode } from './embedded-process.js';

/** How to run a program of PostgreSQL: as its user, and with neither our secrets nor somebody's PG* variables in its environment. */
export const asServer = (
  user: ServerUser | undefined,
): { uid?: number; gid?: number; cwd: string; env: NodeJS.ProcessEnv; windowsHide: true } => ({
  ...(user && { uid: user.uid, gid: user.gid }),
  cwd: '/',
  env: { PATH: process.env['PATH'], SystemRoot: process.env['SystemRoot'], LC_ALL: 'C', TZ: 'UTC' },
  windowsHide: true,
});

const INITIAL = 'data.init.';
const passwordFile = (home: Home): string => join(home.path, 'password');

/** The password of a cluster that is there already. */
export const knownPassword = (home: Home): string | undefined => readIfThere(passwordFile(home)) || undefined;

/** Makes the data directory if there is none, and answers the password of the role "postgres". */
export async function prepareData(home: Home, { initdb, major }: Binaries, sync: boolean): Promise<string> {
  const data = join(home.path, 'data');
  for (const name of readdirSync(home.path).filter((entry) => entry.startsWith(INITIAL)))
    clearAway(join(home.path, name));
  if (!existsSync(data)) return initialise(home, initdb, sync);

  const version = readIfThere(join(data, 'PG_VERSION'));
  if (!version)
    throw new Error(
      `${data} is not a PostgreSQL data directory; it was left as it is. Move it away, or choose another directory.`,
    );
  if (version !== major) {
    throw new Error(
      `${data} was written by PostgreSQL ${version}, and the bundled one is ${major}. ` +
        `Dump it with the release of this software that wrote it, and restore the dump into a new directory.`,
    );
  }
  const password = readIfThere(passwordFile(home));
  if (!password) {
    throw new Error(
      `${passwordFile(home)} is missing: the password of the database beside it. Put it back, or move ${home.path} away to begin anew.`,
    );
  }
  return password;
}

/** In a directory of another name, renamed when complete: an interrupted initdb is never taken for a cluster, nor disturbed by the next if it still runs. */
async function initialise(home: Home, initdb: string, sync: boolean): Promise<string> {
  const password = randomBytes(24).toString('base64url');
  rmSync(passwordFile(home), { force: true });
  writeFileSync(passwordFile(home), password, { flag: 'wx', mode: 0o600, flush: true });

  const work = join(home.path, `${INITIAL}${randomUUID()}`);
  const [cluster, secret] = [join(work, 'cluster'), join(work, 'password')];
  mkdirSync(work, { mode: 0o700 });
  try {
    writeFileSync(secret, password, { flag: 'wx', mode: 0o600 });
    if (home.user) for (const path of [secret, work]) chownSync(path, home.user.uid, home.user.gid);
    await run(
      initdb,
      [
        '--pgdata',
        cluster,
        '--username=postgres',
        '--auth=scram-sha-256',
        '--pwfile',
        secret,
        '--encoding=UTF8',
        // The built-in C.UTF-8 sorts and folds case (Å, å) the same on every system and after every upgrade of its libc.
        '--locale=C',
        '--locale-provider=builtin',
        '--builtin-locale=C.UTF-8',
        '--no-instructions',
        ...(sync ? [] : ['--no-sync']),
      ],
      home.user,
    );
    renameSync(cluster, join(home.path, 'data'));
  } finally {
    clearAway(work);
  }
  return password;
}

async function run(file: string, args: string[], user: ServerUser | undefined): Promise<void> {
  try {
    await promisify(execFile)(file, args, asServer(user));
  } catch (cause) {
    const { stderr = '', message } = cause as Error & { stderr?: string };
    throw new Error(`A new embedded database could not be made: ${stderr.trim() || message}\n${REMEDY}`, { cause });
  }
}

/** Best effort: an initdb whose node was killed may still be writing here. The next start clears the rest. */
function clearAway(work: string): void {
  try {
    rmSync(work, { recursive: true, force: true });
  } catch (error) {
    if (!['ENOTEMPTY', 'EBUSY'].includes(errorCode(error) ?? '')) throw error;
  }
}

function readIfThere(file: string): string {
  try {
    return readFileSync(file, 'utf8').trim();
  } catch (error) {
    if (errorCode(error) === 'ENOENT') return '';
    throw error;
  }
}
