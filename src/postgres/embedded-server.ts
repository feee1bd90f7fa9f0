import { spawn } from 'node:child_process';
import { closeSync, openSync, readFileSync, renameSync, rmSync, statSync } from 'node:fs';
import { createServer, type AddressInfo } from 'node:net';
import { join } from 'node:path';

import pg from 'pg';

import { asServer } from './embedded-data.js';
import type { Home } from './embedded-home.js';
import { birth, errorCode, isPostmaster, pidTaken, sleep } from './embedded-process.js';

export type Server = { pid: number; born: string; url: string };
export type Place = {
  home: Home;
  password: string;
  postgres: string;
  settings: Readonly<Record<string, string>>;
  log: (line: string) => void;
};

const ANSWER_MS = 5_000;
/** Recovery after a crash replays up to max_wal_size: seconds, on a slow disk a minute. */
const RECOVERY_MS = 120_000;
/** For what a killed postmaster holds until the kernel has cleared it away. */
const RELEASE_MS = 10_000;
const PORTS = 5;

const dataOf = (home: Home): string => join(home.path, 'data');
const logOf = (home: Home): string => join(home.path, 'postgres.log');

/**
 * The server that an earlier, killed process left behind, if it answers; it keeps the settings it was started with. One that does
 * not answer is ended.
 */
async function adopt({ home, password, log }: Place): Promise<Server | undefined> {
  const uid = home.user?.uid ?? process.getuid?.();
  for (const begun = Date.now(); ;) {
    const left = readPostmasterFile(home);
    if (!left) return undefined;
    const { pid } = left;
    const born = birth(pid);
    if (!born || !isPostmaster(pid, dataOf(home), uid)) {
      // PostgreSQL judges a left file itself, and looks for shared memory still in use; but it takes any process that has the pid, a zombie
      // or a stranger, for the server.
      if (pidTaken(pid)) rmSync(join(dataOf(home), 'postmaster.pid'), { force: true });
      return undefined;
    }
    const server = { pid, born, url: urlOf(password, left.port) };
    if (left.ready && (await answers(server.url))) {
      log(`adopted the embedded database that an earlier process left running (process ${pid})`);
      return server;
    }
    if (Date.now() - begun > (left.ready ? ANSWER_MS : RECOVERY_MS)) await endServer(server);
    else await sleep(100);
  }
}

/**
 * The orphan, or a new server on a free port. Tries again while the port or something of a killed server is held, and looks for an orphan
 * each time: one that was killed while it started may show only now.
 */
export async function startServer(place: Place): Promise<Server> {
  const { home } = place;
  let begun = 0;
  for (let ports = 1; ;) {
    const orphan = await adopt(place);
    if (orphan) return orphan;
    if (!begun) keepEarlierLog(home);
    begun ||= Date.now();
    const result = await launch(place);
    if (typeof result === 'object') return result;
    const portTaken = result.includes('Address already in use');
    const held = /lock file .* already exists|shared memory block/.test(result);
    if (portTaken ? ports++ >= PORTS : !held || Date.now() - begun > RELEASE_MS) {
      const hint = held
        ? '\nA process of an earlier server is still at work on these data. It ends with its query: try again later, or end it.'
        : '';
      throw new Error(`The embedded database in ${home.path} did not start. The end of its log:\n${result}${hint}`);
    }
    await sleep(portTaken ? 0 : 250);
  }
}

/** The address of a server that is up, for somebody who joins it and does not own it. */
export async function urlIfUp(home: Home, password: string): Promise<string | undefined> {
  const file = readPostmasterFile(home);
  if (!file?.ready || !isPostmaster(file.pid, dataOf(home), home.user?.uid ?? process.getuid?.())) return undefined;
  const url = urlOf(password, file.port);
  return (await answers(url)) ? url : undefined;
}

/** Fast shutdown; if that takes too long, harder. Nothing that was committed is lost in any of the three. */
export async function endServer({ pid, born }: Server): Promise<void> {
  for (const [signal, patience] of [
    ['SIGINT', 15_000],
    ['SIGQUIT', 6_000],
    ['SIGKILL', 5_000],
  ] as const) {
    try {
      if (birth(pid) === born) process.kill(pid, signal);
    } catch (error) {
      if (errorCode(error) !== 'ESRCH') throw error;
    }
    for (const end = Date.now() + patience; Date.now() < end; await sleep(20)) {
      if (birth(pid) !== born) return;
    }
  }
  throw new Error(`The embedded database's process ${pid} does not end, not even by SIGKILL.`);
}

/** One attempt: the server, or what it wrote before it gave up. */
async function launch({ home, password, postgres, settings }: Place): Promise<Server | string> {
  const log = openSync(logOf(home), 'a', 0o600); // a file: a pipe would fill up, or break, once node is gone
  const before = statSync(logOf(home)).size;
  const port = await freePort();
  // A group of its own (detached), or Ctrl-C in a terminal would end it before the application has closed its pools.
  const child = spawn(postgres, argumentsFor(home, port, settings), {
    ...asServer(home.user),
    detached: true,
    stdio: ['ignore', log, log],
  });
  closeSync(log);
  child.unref();
  let ended = ''; // only noted: this may be long after, when the log is gone and nobody would catch an error
  child.once('error', (error) => {
    ended = error.message;
  });
  child.once('exit', (code, signal) => {
    ended = `ended with ${signal ?? `exit code ${code}`}`;
  });
  const { pid = 0 } = child;
  const server = { pid, born: birth(pid) ?? '', url: urlOf(password, port) };
  try {
    for (const end = Date.now() + RECOVERY_MS; Date.now() < end; await sleep(20)) {
      if (ended) return logSince(home, before) || ended;
      const file = readPostmasterFile(home);
      // Not before it says so: on a port that it did not get, somebody else would be given the password.
      if (file?.pid === pid && file.ready && (await answers(server.url))) return server;
    }
    throw new Error(
      `The embedded database in ${home.path} is not ready after ${RECOVERY_MS / 1000} s. The end of its log:\n${logSince(home, before)}`,
    );
  } catch (error) {
    await endServer(server);
    throw error;
  }
}

function argumentsFor(home: Home, port: number, settings: Place['settings']): string[] {
  const all = {
    timezone: 'UTC',
    log_timezone: 'UTC',
    log_error_verbosity: 'terse', // the details quote values, and those are of patients
    ...settings,
    listen_addresses: '127.0.0.1',
    unix_socket_directories: '',
    port: String(port),
    logging_collector: 'off',
  };
  return ['-D', dataOf(home), ...Object.entries(all).flatMap(([key, value]) => ['-c', `${key}=${value}`])];
}

const urlOf = (password: string, port: number): string => `postgres://postgres:${password}@127.0.0.1:${port}/postgres`;

function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const probe = createServer()
      .once('error', reject)
      .listen(0, '127.0.0.1', () => {
        const { port } = probe.address() as AddressInfo;
        probe.close(() => resolve(port));
      });
  });
}

/** postmaster.pid: pid, directory, start, port, socket directory, address, shared memory, state, a line each. */
function readPostmasterFile(home: Home): { pid: number; port: number; ready: boolean } | undefined {
  try {
    const lines = readFileSync(join(dataOf(home), 'postmaster.pid'), 'utf8').split('\n');
    return { pid: Number(lines[0]), port: Number(lines[3]), ready: lines[7]?.trim() === 'ready' };
  } catch (error) {
    if (errorCode(error) === 'ENOENT') return undefined;
    throw error;
  }
}

async function answers(url: string): Promise<boolean> {
  const client = new pg.Client({ connectionString: url, connectionTimeoutMillis: 2_000, ssl: false });
  client.on('error', () => undefined); // it may go away while we part
  try {
    await client.connect();
    await client.end();
    return true;
  } catch (error) {
    if (errorCode(error) !== '28P01') return false;
    throw new Error(
      'The embedded database does not accept the password that lies beside it: the file "password" is of another one.',
      { cause: error },
    );
  }
}

function keepEarlierLog(home: Home): void {
  try {
    renameSync(logOf(home), `${logOf(home)}.1`);
  } catch (error) {
    if (errorCode(error) !== 'ENOENT') throw error;
  }
}

function logSince(home: Home, before: number): string {
  return readFileSync(logOf(home)).subarray(before).toString('utf8').trim().split('\n').slice(-15).join('\n');
}
