/** Which unit sits at a desk of a pathway, and whether somebody may send an event from there. */
import type { Context } from './context.js';
import { events, eventTypes, type EventType, type PathwayEvent, type Wire } from './events.js';
import { answeringGp } from './context.js';
import { centreOf } from './routes.js';
import { roleNames, type Actor, type Desk, type Role, type Sender } from './roles.js';

/** Everything but the payload that decides who may: the memory, and at which unit the pathway lies. */
export type Place = { context: Context; unit: string | null };
/** What of an event decides who may send it: the new GP, the message. */
export type Asked = { gp?: string | undefined; messageId?: string | undefined };
export const askedIn = (event: PathwayEvent | Wire | undefined): Asked => ({
  ...(event?.type === 'gp.changed' ? { gp: event.gp } : {}),
  ...(event && 'messageId' in event ? { messageId: event.messageId } : {}),
});

const desks: Record<Desk, (place: Place, asked: Asked) => readonly (string | null | undefined)[]> = {
  holder: ({ unit }) => [unit],
  ownGp: ({ context, unit }) => [answeringGp(context, unit)],
  cvi: ({ context }) => [context.cvi],
  centre: ({ context, unit }) => [centreOf(unit ?? undefined) ?? context.centre],
  treated: ({ context }) => [context.treated?.unit],
  any: ({ context }) => context.units,
  // A death that the system recorded has nobody who could take it back but those who know the patient.
  recorder: ({ context }) => (context.death?.by.role === 'system' ? context.units : [context.death?.by.unit]),
  newGp: (_, { gp }) => [gp],
  sender: ({ context: { undelivered, units } }, { messageId }) => {
    if (messageId !== undefined && Object.hasOwn(undelivered, messageId)) return [undelivered[messageId]?.from];
    // Who asks for a message that has arrived, or never was, is told so, and not that he is somebody else.
    const senders = Object.values(undelivered).map(({ from }) => from);
    return senders.length > 0 ? senders : units;
  },
  system: () => [],
};

/** While there is no own GP, the physicians and secretaries of the unit that answers do what he and his staff would (pathway.md, `gp.changed`). */
const standIns: Partial<Record<Role, Role>> = { gp: 'physician', gpStaff: 'secretary' };
const takenBy = (desk: Desk, roles: readonly Role[], context: Context): readonly Role[] =>
  desk === 'ownGp' && context.ownGp === null ? [...roles, ...roles.flatMap((role) => standIns[role] ?? [])] : roles;

function sittingAt(desk: Desk, actor: Actor, place: Place, asked: Asked): boolean {
  return desk === 'system' || desks[desk](place, asked).includes(actor.unit);
}

/** The role in which somebody may send an event here, or undefined. One with several roles acts in the first that may. */
export function mayI(type: EventType, actor: Actor, place: Place, asked: Asked = {}): Sender | undefined {
  const allowed = new Set<Role>();
  for (const [desk, roles] of Object.entries(events[type].by) as [Desk, readonly Role[]][]) {
    if (sittingAt(desk, actor, place, asked)) for (const role of takenBy(desk, roles, place.context)) allowed.add(role);
  }
  const role = roleNames.find((name) => allowed.has(name) && actor.roles.includes(name));
  return role && { unit: actor.unit, role };
}

/** All roles that may ever send an event, whatever their desk. */
export const rolesOf = (type: EventType): readonly Role[] => everybody.get(type)!;
const everybody = new Map(
  eventTypes.map((type) => {
    const named = new Set(Object.values(events[type].by).flat());
    return [type, roleNames.filter((role) => named.has(role))];
  }),
);

/** Does anybody sit at a desk from which the event may be sent? "Somebody may act" is a promise about units, not about staff rosters. */
export const senderUnits = (type: EventType, place: Place, asked: Asked = {}): string[] =>
  (Object.keys(events[type].by) as Desk[])
    .flatMap((desk) => desks[desk](place, asked))
    .filter((unit) => unit !== null && unit !== undefined);
