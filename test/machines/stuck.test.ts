/** Every letter that there is, failing in every state that a pathway gets to, whichever of its units has sent it: it stands on that unit's list, and the unit has a way to see to it. */
import assert from 'node:assert/strict';
import { describe, it } from '@jest/globals';
import { advance } from '../../machines/engine/advance.js';
import type { Context } from '../../machines/pathway/context.js';
import { mayI, rolesOf } from '../../machines/pathway/desks.js';
import { placeOf, possibleEvents } from '../../machines/engine/explain.js';
import { letters } from '../../machines/pathway/letters.js';
import { restore, stateName, whereOf, type Stored } from '../../machines/engine/snapshot.js';
import { desksOf, tasksOf } from '../../machines/pathway/tasks.js';
import { explore, statesOf } from '../support/explore.js';
import { asSent } from '../support/random-walk.js';

const names = [...Object.keys(letters), 'correction'];
type Owed = Context['undelivered'][string];

/** As if the unit had sent it: the letter that a discharge waits for, and a note, as what they are; null where this pathway has none. */
function owing(
  { context, ...stored }: Stored,
  letter: string,
  from: string,
): { stored: Stored; messageId: string } | null {
  const noteId = Object.keys(context.notes)[0];
  const signed = context.letter?.messages.at(-1);
  if (
    (letter === 'note' && noteId === undefined) ||
    (['dischargeLetter', 'letterAmended'].includes(letter) && signed === undefined)
  )
    return null;
  const messageId = letter === 'dischargeLetter' || letter === 'letterAmended' ? signed! : '999.1';
  const entry: Owed = {
    letter,
    to: context.ownGp,
    from: messageId === signed ? context.letter!.unit : from,
    at: context.lastAt,
    ...(letter === 'note' ? { about: Number(noteId) } : {}),
  };
  return { messageId, stored: { ...stored, context: { ...context, undelivered: { [messageId]: entry } } } };
}

function seenTo(given: Stored, messageId: string, at: string): void {
  const failed = advance(
    restore(given),
    asSent({ type: 'message.failed', messageId, because: 'rejected', text: 'Ukendt' }, at, 1_000, {
      unit: 'SYSTEM',
      role: 'system',
    }),
  )!.stored;
  const snapshot = restore(failed);
  const place = whereOf(failed.value, failed.context);
  const task = tasksOf(failed.context, place).find(
    ({ about, what }) => about === messageId && what === 'messageFailed',
  );
  assert.ok(task, "it is nobody's task");
  assert.equal(task.unit, given.context.undelivered[messageId]!.from);
  assert.ok(desksOf(failed.context, place).includes(task.unit), 'it is on no list');
  const possible = possibleEvents(snapshot);
  const ways = task.ways.filter(
    (way) =>
      possible.includes(way) &&
      mayI(
        way,
        { sub: '', unit: task.unit, roles: rolesOf(way) },
        placeOf(snapshot),
        way.startsWith('message.') ? { messageId } : {},
      ),
  );
  assert.ok(ways.includes('message.resent'), 'it cannot be sent again');
}

describe('a message that fails', () => {
  it("is somebody's to see to, whatever it says, wherever the pathway is and whoever has sent it", () => {
    const { found } = explore();
    let tried = 0;
    for (const { stored, at } of [...found.values()].flat()) {
      for (const letter of names) {
        for (const from of stored.context.units) {
          const given = owing(stored, letter, from);
          if (!given) continue;
          try {
            seenTo(given.stored, given.messageId, at);
          } catch (error) {
            throw new Error(`${letter} of ${from} in ${stateName(stored.value)}: ${(error as Error).message}`, {
              cause: error,
            });
          }
          tried += 1;
        }
      }
    }
    assert.equal(statesOf(found).size, 18, 'every state is among them');
    assert.ok(tried > 5_000, `${tried} were tried`);
  });
});
