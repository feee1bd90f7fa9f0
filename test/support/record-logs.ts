/**
 * Records golden logs under test/machines/logs/v<machine version>/: of many pathways walked at random, those that together go through
 * every event, state and arrow that any of them went through. Run from the root of the project, after a build:
 * `node dist/test/support/record-logs.js`. A file that is there is kept; with `--anew` all are made anew.
 */
import { existsSync, mkdirSync, readdirSync, rmSync, writeFileSync } from 'node:fs';

import { meant, type Judged } from '../../machines/engine/arrow.js';
import { currentChart } from '../../machines/engine/chart.js';
import { explain } from '../../machines/engine/explain.js';
import type { Snapshot, Stored } from '../../machines/engine/snapshot.js';
import { earliestDue } from '../../machines/pathway/clocks.js';
import type { Opening } from '../../machines/pathway/context.js';
import type { PathwayEvent, Told } from '../../machines/pathway/events.js';
import { explore } from './explore.js';
import { arrowName, arrowsOf, linesOf, structureOf, type Recorded } from './golden.js';
import { asSent, drawing, drawOpening, laterBy, propose, seeded } from './random-walk.js';

const WALKS = 3_000;
const STEPS = 45;
const LOGS = 48;

type Walked = { opening: Opening; events: Recorded[]; seen: Set<string> };

/** The arrows that an event takes: of each active state the first that is meant. */
function taken(snapshot: Snapshot, event: PathwayEvent): string[] {
  return snapshot._nodes.flatMap((node) => {
    const index = (node.transitions.get(event.type) ?? []).findIndex(
      ({ guard }) => meant((guard as unknown as { params: Judged }).params.when, snapshot.context, event) === true,
    );
    return index < 0 ? [] : [arrowName(node, event.type, index)];
  });
}
const statesOf = ({ value }: Stored): string[] => {
  const open = (value as { open?: object }).open ?? value;
  return [`state ${JSON.stringify(open)}`];
};

const { begin, restore, advance } = currentChart;
function walked(seed: number): Walked {
  const draw = drawing(seeded(seed));
  let at = '2026-03-02T08:00:00.000Z';
  const opening = drawOpening(draw, at);
  let stored = begin(opening);
  const events: PathwayEvent[] = [];
  const seen = new Set<string>();
  for (let step = 0; step < STEPS; step += 1) {
    at = laterBy(draw, at, earliestDue(stored.context.clocks));
    const snapshot = restore(stored);
    const seq = events.length + 2;
    const proposal = propose(draw, snapshot, at, seq);
    if (!proposal) continue;
    const event = asSent(proposal.event, at, seq, { unit: proposal.actor.unit, role: proposal.actor.roles[0]! });
    const { sender, unanswered } = explain(snapshot, { type: event.type, actor: proposal.actor, at, event });
    const next = sender && unanswered.length === 0 ? advance(snapshot, event) : undefined;
    if (!next) continue;
    for (const thing of [...taken(snapshot, event), ...statesOf(next.stored), ...told(next.messages)]) seen.add(thing);
    stored = next.stored;
    events.push(event);
  }
  return { opening, events, seen };
}
const told = (messages: readonly { letter: string }[]) => messages.map(({ letter }) => `letter ${letter}`);

/** The way to a configuration that is seldom reached at random, retraced for what it goes through. */
function retraced(opening: Opening, events: readonly PathwayEvent[]): Walked {
  const seen = new Set<string>();
  let stored = begin(opening);
  for (const event of events) {
    const snapshot = restore(stored);
    const next = advance(snapshot, event)!;
    for (const thing of [...taken(snapshot, event), ...statesOf(next.stored), ...told(next.messages)]) seen.add(thing);
    stored = next.stored;
  }
  return { opening, events: [...events], seen };
}

/** The walks that go through most that is new, one after the other. */
function chosen(walks: readonly Walked[]): Walked[] {
  const covered = new Set<string>();
  const kept: Walked[] = [];
  const fresh = ({ seen }: Walked) => [...seen].filter((thing) => !covered.has(thing)).length;
  while (kept.length < LOGS) {
    const best = walks.reduce((most, walk) => (fresh(walk) > fresh(most) ? walk : most));
    if (fresh(best) === 0) break;
    for (const thing of best.seen) covered.add(thing);
    kept.push(best);
  }
  const missing = arrowsOf(currentChart.machine).filter((name) => !covered.has(name));
  process.stdout.write(`${kept.length} logs; arrows without one: ${missing.length}\n${missing.join('\n')}\n`);
  return kept;
}

/** A letter of correction, as a correction leaves one behind. */
function corrected({ opening, events, seen }: Walked): Walked {
  const last = events.at(-1)!.sent;
  const seq = last.seq + 1;
  const letter: Told = {
    type: 'correction.told',
    letters: [{ message: `${seq}.1`, to: opening.ownGp }],
    instead: [],
    sent: { at: last.at, seq, by: { unit: opening.ownGp, role: 'system' } },
  };
  return { opening, events: [...events, letter], seen };
}

const folder = `test/machines/logs/v${currentChart.version}`;
const anew = process.argv.includes('--anew');
mkdirSync(folder, { recursive: true });
if (anew) for (const name of readdirSync(folder)) if (/\.(ndjson|txt)$/.test(name)) rmSync(`${folder}/${name}`);
function write(name: string, lines: readonly string[]): void {
  if (existsSync(`${folder}/${name}`))
    throw new Error(`${folder}/${name} is there: what a log meant it goes on to mean`);
  writeFileSync(`${folder}/${name}`, `${lines.join('\n')}\n`);
}

const found = explore();
const rare = [...found.found.values()]
  .flat()
  .filter(({ events }) => events.length > 0)
  .map(({ events }) => retraced(found.opening, events));
const logs = chosen([...Array.from({ length: WALKS }, (_, seed) => walked(seed + 1)), ...rare]);
for (const [index, walk] of [...logs.slice(0, -1), corrected(logs.at(-1)!)].entries()) {
  const lines = linesOf(walk.opening, walk.events).map((line) => JSON.stringify(line));
  write(`${String(index + 1).padStart(2, '0')}.ndjson`, lines);
}
write('structure.txt', structureOf(currentChart.machine));
