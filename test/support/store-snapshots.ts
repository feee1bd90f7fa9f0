/**
 * Stores one snapshot of each state under test/machines/snapshots/v<machine version>/, the one that remembers most. Run once for a
 * version that is released, from the root of the project; what is there already is never written again.
 */
import { existsSync, mkdirSync, writeFileSync } from 'node:fs';

import { advance, begin } from '../../machines/engine/advance.js';
import { earliestDue } from '../../machines/pathway/clocks.js';
import { explain } from '../../machines/engine/explain.js';
import { machineVersion } from '../../machines/pathway/pathway.js';
import { restore, stateName, type Stored } from '../../machines/engine/snapshot.js';
import { asSent, drawing, drawOpening, laterBy, propose, seeded } from './random-walk.js';

const WALKS = 400;
const STEPS = 60;
const richest = new Map<string, string>();
const remember = (stored: Stored) => {
  const state = stateName(stored.value);
  const text = JSON.stringify(stored);
  if (text.length > (richest.get(state)?.length ?? 0)) richest.set(state, text);
};

for (let seed = 1; seed <= WALKS; seed += 1) {
  const draw = drawing(seeded(seed));
  let at = '2026-03-02T08:00:00.000Z';
  let stored = begin(drawOpening(draw, at));
  let seq = 1;
  for (let step = 0; step < STEPS; step += 1) {
    at = laterBy(draw, at, earliestDue(stored.context.clocks));
    const snapshot = restore(stored);
    const proposal = propose(draw, snapshot, at, seq + 1);
    if (!proposal) continue;
    const event = asSent(proposal.event, at, seq + 1, { unit: proposal.actor.unit, role: proposal.actor.roles[0]! });
    const { sender, unanswered } = explain(snapshot, { type: event.type, actor: proposal.actor, at, event });
    const next = sender && unanswered.length === 0 ? advance(snapshot, event) : undefined;
    if (!next) continue;
    stored = next.stored;
    seq += 1;
    remember(stored);
  }
}

const folder = `test/machines/snapshots/v${machineVersion}`;
if (existsSync(folder)) throw new Error(`${folder} is there: snapshots of a released version are kept as they are`);
mkdirSync(folder, { recursive: true });
for (const [state, text] of richest) writeFileSync(`${folder}/${state}.json`, `${text}\n`);
process.stdout.write(`${richest.size} snapshots in ${folder}\n`);
