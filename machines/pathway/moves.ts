/** Where a patient who moves house goes (pathway.md, `patient.moved`): by the stage, the attachment and the patient's wish. Never closed. */
import { copenhagenDate } from '../calendar/calendar.js';
import type { Context } from './context.js';
import type { PathwayEvent } from './events.js';
import { routeFor, routeOfCentre } from './routes.js';

type Move = PathwayEvent<'patient.moved'>;
export const newArea = (event: Move): Context['planningArea'] => event.planningArea ?? 'outsideRegion';

/** The new home's route; a centre that the patient chose stays his choice. */
export function newRoute(context: Context, event: Move) {
  const date = copenhagenDate(event.sent.at);
  return context.chosenCentre === undefined
    ? routeFor(newArea(event), date)
    : routeOfCentre(context.chosenCentre, date);
}

export type Destination = 'stays' | 'newCvi' | 'newCentre' | 'generalPractice' | 'controlPhase';

/** In referral and visitation, before anybody has accepted: the route is computed anew; without one the GP has the patient again. */
export function beforeAcceptance(context: Context, event: Move, to: 'newCvi' | 'newCentre'): Destination {
  const route = newRoute(context, event);
  if (!route) return 'generalPractice';
  return (to === 'newCvi' ? route.cvi === context.cvi : route.centre === context.centre) ? 'stays' : to;
}

/** Accepted or attached: stays, unless the patient wishes to move or, before the first visit, has left the region. */
export function afterAcceptance(context: Context, event: Move): Destination {
  const route = newRoute(context, event);
  const attached = context.attachedAt !== undefined;
  if (!route && !attached) return 'generalPractice';
  if (event.wish === 'stay' || route?.centre === context.centre) return 'stays';
  return route ? 'newCentre' : 'controlPhase';
}
