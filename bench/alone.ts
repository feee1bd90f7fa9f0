/** What the machine costs without HTTP and database: parse, check, restore, judge, transition, serialise, over the walk of script.ts. */
import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { promisify } from 'node:util';
import { advance, begin } from '../machines/engine/advance.js';
import { explain } from '../machines/engine/explain.js';
import { faultOf, restore, type Stored } from '../machines/engine/snapshot.js';
import { events, type PathwayEvent } from '../machines/pathway/events.js';
import { actors, script } from './script.js';

function walk(): number {
  let stored = JSON.stringify(
    begin({
      patient: { identified: true, birthDate: '1970-05-05' },
      planningArea: 'byen',
      ownGp: 'GP_BYEN',
      at: '2026-03-02T08:00:00.000Z',
      ruleSet: '2014-09',
    }),
  );
  script.forEach(({ type, by, payload }, index) => {
    const parsed = JSON.parse(stored) as Stored;
    const fault = faultOf(parsed);
    if (fault !== undefined) throw new Error(fault);
    const snapshot = restore(parsed);
    const at = new Date(Date.UTC(2026, 2, 2, 8, index + 1)).toISOString();
    const event = {
      ...(events[type].schema.parse({ type, ...payload(at) }) as object),
      sent: { at, seq: index + 2, by: { unit: actors[by].unit, role: actors[by].roles[0] } },
    } as PathwayEvent;
    const { unanswered, possible, sender } = explain(snapshot, { type, actor: actors[by], at, event });
    if (!sender || !possible || unanswered.length > 0)
      throw new Error(`${type}: ${unanswered.map(({ rule }) => rule).join(' ')}`);
    stored = JSON.stringify(advance(snapshot, event)!.stored);
  });
  return script.length;
}

/** Transitions a second, after a second of warming up. */
export function alone(seconds: number): number {
  for (const end = performance.now() + 1000; performance.now() < end;) walk();
  let transitions = 0;
  const started = performance.now();
  while (performance.now() - started < seconds * 1000) transitions += walk();
  return transitions / ((performance.now() - started) / 1000);
}

/** Those of a build, in a process of its own. */
export async function aloneIn(built: string, seconds: number): Promise<number> {
  const file = pathToFileURL(join(built, 'bench/alone.js')).href;
  const program = `const { alone } = await import(${JSON.stringify(file)}); console.log(alone(${seconds}));`;
  const { stdout } = await promisify(execFile)(process.execPath, ['--input-type=module', '--eval', program]);
  return Number(stdout);
}
