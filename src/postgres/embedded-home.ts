import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import {
  accessSync,
  chmodSync,
  constants,
  lstatSync,
  mkdirSync,
  readFileSync,
  realpathSync,
  statSync,
  type Stats,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, dirname, isAbsolute, join, resolve } from 'node:path';

import { errorCode } from './embedded-process.js';

/** The user that runs the server when we are root, which PostgreSQL refuses to be. */
export type ServerUser = { uid: number; gid: number; name: string };

/**
 * Where a cluster lives: `<path>/data` is PostgreSQL's; owner.json, password and postgres.log beside it are ours.
 * `user` is undefined when the server runs as the present user.
 */
export type Home = { path: string; user: ServerUser | undefined };

const myUid = (): number | undefined => process.getuid?.();

/** The directory asked for; or, where it cannot be used, one that is always the same for it, which is said by log(). */
export function findHome(dir: string, log: (line: string) => void): Home {
  const user = myUid() === 0 ? serverUser() : undefined;
  const wanted = realpathOf(resolve(dir));
  const why = obstacle(wanted, user);
  const path = why ? join(privateDirectory(user), `${basename(wanted)}-${shortHash(wanted)}`) : wanted;
  if (why) {
    const again = obstacle(path, user);
    if (again)
      throw new Error(
        `The embedded database cannot live in ${wanted} (it ${why}), nor in ${path} (it ${again}). ${REMEDY}`,
      );
    log(`${wanted} ${why}; the embedded database is in ${path}`);
  }
  return { path: realpathSync(path), user: user && ownerOfData(path, user) };
}

export const REMEDY = 'Set DATABASE_URL to a PostgreSQL of your own.';

/**
 * A directory that is this user's alone, for what cannot lie where it should: data, and copies of the binaries.
 * /var/tmp comes last, because some systems clear old files from it.
 */
export function privateDirectory(user: ServerUser | undefined): string {
  const uid = myUid();
  const state = [
    process.env['XDG_STATE_HOME'],
    uid === 0 ? '/var/lib' : join(process.env['HOME'] ?? '', '.local', 'state'),
  ];
  const places = [
    ...state
      .filter((path): path is string => path !== undefined && isAbsolute(path))
      .map((path) => join(path, 'smertevejen')),
    join(process.platform === 'win32' ? tmpdir() : '/var/tmp', `smertevejen-${uid}`),
  ];
  const tried: string[] = [];
  for (const place of places) {
    // Anybody may have put something of this name into /var/tmp, so: no link, ours, and closed to others' writing.
    const why = obstacle(place, user) ?? (isSafe(lstatSync(place)) ? undefined : 'is not safely ours');
    if (!why) return place;
    tried.push(`${place} ${why}`);
  }
  throw new Error(`No directory is fit for the embedded database: ${tried.join('; ')}. ${REMEDY}`);
}

const isSafe = (found: Stats): boolean =>
  myUid() === undefined || (found.isDirectory() && found.uid === myUid() && (found.mode & 0o022) === 0);

/** Makes the directory if need be. Answers what keeps it from being a home ("it …"), or undefined. */
function obstacle(dir: string, user: ServerUser | undefined): string | undefined {
  try {
    mkdirSync(dirname(dir), { recursive: true }); // without a mode: mkdir would give it to every parent that it makes
    mkdirSync(dir);
    chmodSync(dir, user ? 0o711 : 0o700); // whatever the umask: the server's user has to pass through
  } catch (error) {
    const code = errorCode(error) ?? '';
    if (['EACCES', 'EPERM', 'EROFS', 'ENOENT'].includes(code)) return 'cannot be made by this user';
    if (code !== 'EEXIST') throw error;
  }
  return myUid() === undefined ? undefined : unfit(dir, user);
}

function unfit(dir: string, user: ServerUser | undefined): string | undefined {
  const found = statSync(dir);
  if (!found.isDirectory()) throw new Error(`${dir} is not a directory. ${REMEDY}`);
  // root's is allowed to others if they may write in it: a mounted volume is often so.
  if (found.uid !== myUid() && found.uid !== 0) return 'belongs to another user';
  if (found.mode & 0o002) return 'is writable by everyone';
  try {
    accessSync(dir, constants.R_OK | constants.W_OK | constants.X_OK);
  } catch {
    return 'is not writable by this user';
  }
  if (user)
    return mayEnter(user, dir)
      ? undefined
      : `lies where user ${user.name}, who has to run the server for root, cannot go`;
  const data = statSync(join(dir, 'data'), { throwIfNoEntry: false });
  return data && data.uid !== myUid() ? 'holds the data of another user' : undefined;
}

/** Asked of the system and not computed from modes: ACLs, mounts and security modules have a say. */
const mayEnter = (user: ServerUser, dir: string): boolean =>
  spawnSync('test', ['-x', dir], { uid: user.uid, gid: user.gid, cwd: '/' }).status === 0;

/** From /etc/passwd, because initdb insists on a user with an entry, and `id` is missing in small images. */
function serverUser(): ServerUser {
  const entries = readFileSync('/etc/passwd', 'utf8')
    .split('\n')
    .map((line) => line.split(':'));
  for (const name of ['postgres', 'nobody']) {
    const [, , uid, gid] = entries.find((entry) => entry[0] === name) ?? [];
    if (uid && gid) return { uid: Number(uid) >>> 0, gid: Number(gid) >>> 0, name }; // macOS gives nobody the number -2
  }
  throw new Error(
    `Running as root, and there is neither a user "postgres" nor "nobody" to run the database server. ${REMEDY}`,
  );
}

/** Data keep their user, also when a user "postgres" is added to the system later. */
function ownerOfData(path: string, otherwise: ServerUser): ServerUser {
  const data = statSync(join(path, 'data'), { throwIfNoEntry: false });
  return data && data.uid !== otherwise.uid
    ? { uid: data.uid, gid: data.gid, name: `with uid ${data.uid}` }
    : otherwise;
}

function realpathOf(path: string): string {
  try {
    return realpathSync(path);
  } catch {
    return path; // not there yet, or not to be seen
  }
}

const shortHash = (text: string): string => createHash('sha256').update(text).digest('hex').slice(0, 12);
