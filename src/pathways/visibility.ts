/**
 * Who may see a pathway: the system and the auditor all of them, everybody else those that their unit has or had (pathway.md, "Roles"). Every handler asks
 * this before it reads anything else of a pathway: whether it can be read safely, whether its patient has been erased and at which version it is are
 * already answers.
 */
import type { Actor } from '../../machines/pathway/roles.js';
import type { Wire } from '../../machines/pathway/events.js';
import { Problem } from '../http/problem.js';

/** The unit whose pathways somebody sees; null where they see all. */
export const unitSeen = ({ roles, unit }: Actor): string | null =>
  roles.includes('auditor') || roles.includes('system') ? null : unit;

/** A new GP takes the patient over: nobody else could name the pathway to them. */
const registersThemselves = (actor: Actor, sent: Partial<Wire> | undefined): boolean =>
  sent?.type === 'gp.changed' && sent.gp === actor.unit && actor.roles.includes('gp');

/** `units`: the column of the pathway's row. `sent`: the event that they send, where they send one. */
export function sees(actor: Actor, { units }: { units: readonly string[] }, sent?: Partial<Wire>): boolean {
  const unit = unitSeen(actor);
  return unit === null || units.includes(unit) || registersThemselves(actor, sent);
}

/** The row, for somebody who may see it. Throws not-found otherwise, as for an id that does not exist. */
export function seen<Row extends { units: readonly string[] }>(
  row: Row | undefined,
  actor: Actor,
  sent?: Partial<Wire>,
): Row {
  if (!row || !sees(actor, row, sent))
    throw new Problem('not-found', {
      da: 'Der er intet forløb med dette id, som din enhed har eller har haft.',
      en: 'There is no pathway with this id that your unit has or had.',
    });
  return row;
}
