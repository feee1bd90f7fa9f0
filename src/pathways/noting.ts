/** What the system notes by itself (a deadline that passed, a message that arrived), through the one door like everybody else, on the pathway as it is then. */
import type { Wire } from '../../machines/pathway/events.js';
import type { Actor } from '../../machines/pathway/roles.js';
import { Problem } from '../http/problem.js';
import type { Answer, Door, Loaded } from './door.js';

/** So often somebody may be faster before it is given up; whoever asked comes back later. */
const tries = 20;

/**
 * Decides on the pathway as it is, and sends; decides anew when somebody was faster. Undefined when nothing is to be noted (any more). Throws the door's Problem otherwise.
 * `key` makes it once, however often it is tried.
 */
export async function noted(
  door: Door,
  pathway: string,
  actor: Actor,
  decide: (loaded: Loaded) => Wire | undefined,
  key?: string,
): Promise<Answer | undefined> {
  for (let left = tries; ; left -= 1) {
    const loaded = await door.read(pathway, actor);
    const event = decide(loaded);
    if (!event) return undefined;
    try {
      return await door.send({ pathway, actor, event, version: loaded.row.version, key });
    } catch (error) {
      if (!(error instanceof Problem && error.type === 'stale-version') || left === 0) throw error;
    }
  }
}
