/**
 * npm run -s machine -- --to <version> [--from <version>] [--move --as <who>]: what a move to another version of the machine would do to each pathway, by replay: who changes state or stage, who has had
 * something happen to him that the other version would not have taken, and why. With --move those that nothing stands in the way of are moved, each by an entry of its log. Exit code 0; 12 when some stay.
 */
import 'reflect-metadata';
import { parseArgs } from 'node:util';
import { SingleBar } from 'cli-progress';
import { known } from '../../machines/engine/fold.js';
import { machineVersion } from '../../machines/pathway/pathway.js';
import { noTally, tally, type Tally } from '../../machines/engine/rehearsal.js';
import { moveBetween } from '../../machines/engine/versions.js';
import { SystemClock } from '../database/clock.js';
import { readConfig } from '../config.js';
import { Door } from '../pathways/door.js';
import { howMany, mayMove, moveAll, rehearseAll } from '../pathways/machine-moves.js';
import { withDatabase } from './database.js';

const usage = 'npm run -s machine -- --to <version> [--from <version>] [--move --as <who>]';

function said({ pathways, changes, moves, illegal, differ, faults }: Tally): string {
  const counted = (what: string, of: Record<string, number>) =>
    Object.entries(of).map(([name, number]) => `  ${what} ${name}: ${number}`);
  return [
    `${pathways} pathways: ${
      Object.entries(changes)
        .filter(([, number]) => number > 0)
        .map(([change, number]) => `${change} changes for ${number}`)
        .join(', ') || 'none'
    }`,
    ...counted('moves', moves),
    ...counted('illegal by', illegal),
    ...counted('cannot be moved:', faults),
    ...(differ > 0 ? [`  differ from what their own log leads to: ${differ}`] : []),
  ].join('\n');
}

try {
  const { values } = parseArgs({
    options: {
      to: { type: 'string' },
      from: { type: 'string' },
      move: { type: 'boolean', default: false },
      as: { type: 'string' },
    },
  });
  const [to, from] = [Number(values.to), Number(values.from ?? machineVersion)];
  if (values.to === undefined || !Number.isInteger(to) || !Number.isInteger(from))
    throw new Error(`--to is needed, a version of the machine\n${usage}`);
  if (values.move && values.as === undefined)
    throw new Error(`--as is needed to move: it stands in the log who did\n${usage}`);
  const move = moveBetween(from, to, known);
  await withDatabase(readConfig(process.env, { demo: true }), async (sql) => {
    const clock = new SystemClock();
    const bar = process.stderr.isTTY
      ? new SingleBar({ format: 'pathways [{bar}] {value}/{total} {eta_formatted}' })
      : undefined;
    bar?.start(await howMany(sql, move), 0);
    let counted = noTally;
    let left = 0;
    for await (const one of values.move
      ? moveAll(sql, new Door(sql, clock), clock, { from, to }, values.as!)
      : rehearseAll(sql, move)) {
      if ('rehearsal' in one) counted = tally(counted, one.rehearsal);
      if (!mayMove(one)) {
        left += 1;
        const why =
          'fault' in one
            ? one.fault
            : (one.rehearsal.fault ??
              (one.rehearsal.illegal
                ? `seq ${one.rehearsal.illegal.seq} ${one.rehearsal.illegal.event}: ${one.rehearsal.illegal.rules.map(({ rule, text }) => `${rule} (${text.en})`).join(', ') || 'not possible there'}`
                : 'it differs from what its log leads to'));
        console.log(`${one.pathway} stays: ${why}`);
      }
      bar?.increment();
    }
    bar?.stop();
    console.log(`${said(counted)}\n${values.move ? 'moved' : 'could move'}: ${counted.pathways - left}, stay: ${left}`);
    process.exitCode = left === 0 ? 0 : 12;
  });
} catch (error) {
  console.error(error instanceof Error ? error.message : error);
  process.exitCode = 1;
}
