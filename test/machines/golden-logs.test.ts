/**
 * What has happened to a patient goes on to mean what it meant: recorded pathways are folded again, step by step, and every
 * snapshot and every letter must have the hash that was recorded. A new log may be added; a recorded one is not changed.
 */
import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { describe, it } from '@jest/globals';

import { currentChart } from '../../machines/engine/chart.js';
import { eventTypes } from '../../machines/pathway/events.js';
import { eventsIn, linesOf, openingIn, parseLog, structureOf } from '../support/golden.js';

const folder = `test/machines/logs/v${currentChart.version}`;
const read = (name: string) => readFileSync(`${folder}/${name}`, 'utf8');
const names = readdirSync(folder).filter((name) => name.endsWith('.ndjson'));

describe('the recorded pathways of version 1', () => {
  for (const name of names)
    it(`${name} leads to the same snapshots and the same letters as when it was recorded`, () => {
      const recorded = parseLog(read(name));
      const now = linesOf(openingIn(recorded), eventsIn(recorded));
      const changed = recorded.findIndex(({ sha256 }, index) => now[index]!.sha256 !== sha256);
      const line = recorded[changed];
      assert.equal(changed, -1, `line ${changed + 1} means something else: ${line && JSON.stringify(line)}`);
    });

  it('are some thirty, and together they go through every event', () => {
    assert.ok(names.length >= 25, `there are ${names.length}`);
    const types = new Set(names.flatMap((name) => eventsIn(parseLog(read(name))).map(({ type }) => type)));
    assert.deepEqual(
      eventTypes.filter((type) => !types.has(type)),
      [],
    );
    assert.ok(types.has('correction.told'));
  });

  it('were recorded with the states, arrows, rules, letters and clocks that the machine has', () => {
    assert.deepEqual(structureOf(currentChart.machine), read('structure.txt').trimEnd().split('\n'));
  });
});
