/** What a worklist calls the next step of the course is one: from every open state, and by the unit whose move it is. */
import assert from 'node:assert/strict';
import { describe, it } from '@jest/globals';
import { senderUnits } from '../../machines/pathway/desks.js';
import { placeOf, possibleEvents } from '../../machines/engine/explain.js';
import { legalValues, restore, stateName, whereOf } from '../../machines/engine/snapshot.js';
import { nextSteps } from '../../machines/pathway/stages.js';
import { explore } from '../support/explore.js';

describe('the next step of the course', () => {
  it('is there for every open state, and for no other', () => {
    const open = new Set(legalValues.map((value) => stateName(value as never)).filter((state) => state !== 'closed'));
    assert.deepEqual(Object.keys(nextSteps).sort(), [...open].sort());
  });

  it('is taken by the chart wherever a pathway gets to, and somebody sits where it is sent from whose move it is', () => {
    const seen = new Set<string>();
    for (const { stored } of [...explore().found.values()].flat()) {
      const state = stateName(stored.value);
      const next = nextSteps[state];
      if (!next) continue;
      seen.add(state);
      const snapshot = restore(stored);
      assert.ok(possibleEvents(snapshot).includes(next), `${next} is possible in ${state}`);
      assert.ok(
        senderUnits(next, placeOf(snapshot)).includes(whereOf(stored.value, stored.context).nextMove!),
        `${next} is for the unit whose move it is in ${state}`,
      );
    }
    assert.deepEqual([...seen].sort(), Object.keys(nextSteps).sort());
  });
});
