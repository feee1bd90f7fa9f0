/** A course that has begun: accepted, seen for the first time, the next visit booked. */
import type { Course, Journey } from '../course.js';
import { decided } from './deciding.js';
import { referred } from './referring.js';
import { firstVisit } from './treating.js';
import { accepted, booked, firstBooked } from './visiting.js';

export function* begunInClinic(c: Course): Journey {
  yield* referred(c);
  yield* decided(c, 'painClinic');
  yield* accepted(c);
  yield* firstBooked(c);
  yield* firstVisit(c);
  yield* booked(c, 18, 25);
}
export function* begunInCentre(c: Course): Journey {
  yield* referred(c);
  yield* decided(c, 'painCentre');
  yield* firstBooked(c);
  yield* firstVisit(c);
  yield* booked(c, 18, 25);
}
