/* A process to kill: starts the cluster of argv[2], tells its story in lines of JSON, and stops when its standard input ends; with "leave" it just exits. */
import { startCluster } from '../../src/postgres/embedded.js';

const [dir = '', mode = ''] = process.argv.slice(2);
const say = (line: Record<string, unknown>): boolean => process.stdout.write(`${JSON.stringify(line)}\n`);

try {
  const cluster = await startCluster({ dir, settings: { fsync: 'off' }, log: (log) => say({ log }) });
  say({ url: cluster.url });
  if (mode !== 'leave') {
    for await (const chunk of process.stdin) void chunk;
    await cluster.stop();
    say({ stopped: true });
  }
} catch (error) {
  say({ error: (error as Error).name, message: (error as Error).message });
}
