/** Times and visits: booked, moved, missed, attended; and the note that follows. */
import type { Wire } from '../../machines/pathway/events.js';
import type { Course, Journey } from '../course.js';
import * as said from '../texts/between.js';

/** Who needs an interpreter or transport gets it, and it is said (H8). */
const arranged = (c: Course): Pick<Wire<'appointment.booked'>, 'acknowledged'> => {
  const { interpreter, transport } = c.view.referral.facts.content?.practical ?? {};
  return interpreter || transport
    ? {
        acknowledged: [
          { rule: 'H8.arranged', reason: interpreter ? 'Tolk er bestilt.' : 'Siddende befordring er bestilt.' },
        ],
      }
    : {};
};

export function* booked(c: Course, from: number, to: number, { first = false } = {}): Journey {
  const at = c.slot(from, to);
  const place = c.say(said.places[c.view.unit?.startsWith('SK') ? 'clinic' : 'centre']);
  yield c.by(c.random.chance(0.85) ? 'secretary' : 'nurse', (now) => ({
    type: 'appointment.booked',
    at,
    place,
    ...(first ? { informationLetterSentAt: now } : {}),
    ...arranged(c),
  }));
}
/** The first time, with the information letter: well within the thirty days. */
export function* firstBooked(c: Course): Journey {
  c.wait(0, 1);
  yield* booked(c, 9, 18, { first: true });
}

export function* attended(c: Course): Journey {
  if (c.view.appointments.length === 0) yield* booked(c, 4, 9);
  const { at } = c.view.appointments[0]!;
  c.goTo(at);
  // Now and then it is recorded as having happened when it did, and not when it was typed.
  yield c.by(c.random.chance(0.8) ? 'secretary' : 'nurse', {
    type: 'visit.attended',
    at,
    ...(c.random.chance(0.15) ? { occurredAt: at } : {}),
  });
}
export function* walkedIn(c: Course): Journey {
  c.wait(4, 9);
  yield c.by('nurse', (now) => ({ type: 'visit.attended', at: now, walkInReason: c.say(said.walkIns) }));
}
export function* noted(c: Course, text: string): Journey {
  yield c.by('physician', { type: 'note.signed', text });
}

export function* accepted(c: Course): Journey {
  c.wait(0, 2);
  yield c.by(c.random.chance(0.7) ? 'physician' : 'secretary', { type: 'clinic.accepted' });
}

export function* movedByPatient(c: Course): Journey {
  c.wait(2, 5);
  const at = c.slot(18, 24);
  yield c.by('secretary', { type: 'appointment.moved', at, by: 'patient', reason: c.say(said.patientMoves) });
}
export function* movedByUnit(c: Course): Journey {
  c.wait(2, 4);
  const at = c.slot(12, 17);
  yield c.by('secretary', { type: 'appointment.moved', at, by: 'unit', reason: c.say(said.unitMoves) });
}
export function* cancelledAndRebooked(c: Course): Journey {
  c.wait(2, 5);
  yield c.by('secretary', { type: 'appointment.cancelled', by: 'patient', reason: c.say(said.patientMoves) });
  c.wait(1, 3);
  yield* booked(c, 9, 16);
}
/** The time passes, and nobody comes. */
export function* missed(c: Course): Journey {
  c.goTo(c.view.appointments[0]!.at);
  yield c.by('secretary', { type: 'appointment.missed', late: false });
}
export function* missedAndRebooked(c: Course): Journey {
  yield* missed(c);
  c.wait(0, 2);
  yield* booked(c, 8, 15);
}
