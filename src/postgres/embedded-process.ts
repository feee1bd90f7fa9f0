import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync, statSync } from 'node:fs';

export const sleep = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

export const errorCode = (error: unknown): string | undefined =>
  error instanceof Error ? (error as NodeJS.ErrnoException).code : undefined;

const hasProc = existsSync('/proc/self/stat');
/** Start times in /proc count from boot, so the boot belongs to them. */
const boot = hasProc ? readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim() : '';

/** Codes by which /proc says: ended, or another user's and thus never one of ours. */
const NOT_OURS = ['ENOENT', 'ESRCH', 'EACCES', 'EPERM'];

/**
 * When a living process was born: together with the pid it names one process for ever, whereas a pid alone is given out again.
 * `undefined` for a process that has ended. A zombie counts as ended: it holds nothing any more, and under a PID 1 that
 * does not reap (`docker run` without `--init`) it would stay for good.
 */
export function birth(pid: number): string | undefined {
  if (!Number.isSafeInteger(pid) || pid <= 0) return undefined;
  if (!hasProc) return birthByPs(pid);
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    const [state = '', ...rest] = stat.slice(stat.lastIndexOf(')') + 2).split(' '); // the name before it may hold spaces and brackets
    return 'ZX'.includes(state) ? undefined : `${boot}/${rest[18]}`;
  } catch (error) {
    if (NOT_OURS.includes(errorCode(error) ?? '')) return undefined;
    throw error; // never take a process for dead because a file could not be opened: its lock would be stolen
  }
}

function birthByPs(pid: number): string | undefined {
  try {
    const line = execFileSync('ps', ['-o', 'state=,lstart=', '-p', String(pid)], {
      encoding: 'utf8',
      env: { ...process.env, LC_ALL: 'C' },
    });
    return line.trim().startsWith('Z') ? undefined : line.trim().replace(/^\S+\s+/, '');
  } catch (error) {
    if (errorCode(error) !== 'ENOENT') return undefined;
  }
  return pidTaken(pid) ? 'unknown' : undefined; // no ps either
}

/** Does any process have this pid, be it a zombie? It is what PostgreSQL asks when it finds a postmaster.pid. */
export function pidTaken(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch (error) {
    return errorCode(error) === 'EPERM';
  }
}

/**
 * Is this process the postmaster of that data directory? The command line is asked and not the working directory, because
 * root in a container may not read another user's /proc/<pid>/cwd. The user is asked too: the pid comes from a file that the
 * server's user can write, and must not lead root to signal anything else.
 */
export function isPostmaster(pid: number, data: string, uid: number | undefined): boolean {
  if (!birth(pid)) return false;
  try {
    if (!hasProc)
      return execFileSync('ps', ['-o', 'args=', '-p', String(pid)], { encoding: 'utf8' }).includes(` -D ${data} `);
    const command = readFileSync(`/proc/${pid}/cmdline`, 'utf8').split('\0');
    return command[1] === '-D' && command[2] === data && statSync(`/proc/${pid}`).uid === uid;
  } catch {
    return false; // ended meanwhile
  }
}
