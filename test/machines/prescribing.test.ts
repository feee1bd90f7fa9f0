/** Who prescribes, on any date: one for each class, without gap or overlap, with the transition that made it so (S5). */
import assert from 'node:assert/strict';
import { describe, it } from '@jest/globals';
import { justBefore } from '../../machines/calendar/calendar.js';

import { begin as opened, advance } from '../../machines/engine/advance.js';
import { earliestDue } from '../../machines/pathway/clocks.js';
import type { Opening } from '../../machines/pathway/context.js';
import { retrace, type Step, type Trace } from '../../machines/engine/corrections.js';
import type { PathwayEvent } from '../../machines/pathway/events.js';
import { explain } from '../../machines/engine/explain.js';
import { drugClasses, type DrugClass } from '../../machines/pathway/fields.js';
import { ledgerOf, prescriberOn, prescribersWithin, type Prescribing } from '../../machines/pathway/prescribing.js';
import { restore, type Stored } from '../../machines/engine/snapshot.js';
import { asSent, drawing, drawOpening, laterBy, propose, seeded } from '../support/random-walk.js';
import { attachedIn, begin, discharged, inControlPhase, visit, waitingFor, type Walk } from '../support/walk.js';

const stepOf = (event: PathwayEvent): Step => ({ seq: event.sent.seq, event, saidBy: event.sent.seq });
function trailOf(opening: Opening, events: readonly PathwayEvent[]): Trace[] {
  const { trail, obstacle, lapsed } = retrace(opening, events.map(stepOf));
  assert.deepEqual([obstacle, lapsed], [undefined, []]);
  return trail;
}
/** A walk as its log would tell it. */
function walked({ beginning: { birthDate, area, gp, at }, journal }: Walk): Trace[] {
  const opening: Opening = {
    patient: { identified: true, ...(birthDate === undefined ? {} : { birthDate }) },
    planningArea: area,
    ownGp: gp,
    at,
    ruleSet: '2014-09',
  };
  return trailOf(
    opening,
    journal
      .filter(({ then }) => then)
      .map(
        ({ event, actor, at: sentAt, then }) =>
          ({
            ...event,
            sent: { at: sentAt, seq: then!.version, by: { unit: actor.unit, role: actor.roles[0]! } },
          }) as unknown as PathwayEvent,
      ),
  );
}
const of = (ledger: readonly Prescribing[], drugClass: DrugClass) =>
  ledger.filter((interval) => interval.drugClass === drugClass);
const holders = (ledger: readonly Prescribing[], drugClass: DrugClass): string[] =>
  of(ledger, drugClass).map(({ by, practice }) => practice ?? by);
/** Giving back before the discharge is an exception from S5. */
const agreed = { acknowledged: [{ rule: 'S5', reason: 'Aftalt med egen læge og patienten' }] };
/** The instant of the last step of its type. */
const at = (trail: readonly Trace[], type: string): string => trail.findLast((step) => step.type === type)!.at;

/** Each class has one prescriber at every instant from the opening on: the one that the memory of the pathway named then. */
function keepsItsPromise(trail: readonly Trace[]): void {
  const ledger = ledgerOf(trail);
  for (const drugClass of drugClasses) {
    const intervals = of(ledger, drugClass);
    assert.equal(intervals[0]!.from, trail[0]!.at, 'the first begins with the opening');
    intervals.forEach(({ from, until, by, practice }, index) => {
      assert.equal(
        until,
        intervals[index + 1]?.from ?? null,
        'each begins where the one before it ends, and the last one has no end',
      );
      assert.ok(until === null || from < until, 'an interval is empty');
      assert.ok(by === 'gp' || practice === null, 'a unit has no practice');
    });
    assert.equal(
      prescriberOn(ledger, drugClass, justBefore(trail[0]!.at)),
      undefined,
      'nobody is named before the opening',
    );
  }
  trail.forEach((step, index) => {
    if (trail[index + 1]?.at === step.at) return;
    const next = trail[index + 1];
    for (const instant of [step.at, ...(next ? [justBefore(next.at)] : [])]) agrees(ledger, step, instant);
  });
}
function agrees(ledger: readonly Prescribing[], { stored: { context }, to: { stage } }: Trace, instant: string): void {
  for (const drugClass of drugClasses) {
    const holding = ledger.filter(
      (interval) =>
        interval.drugClass === drugClass &&
        interval.from <= instant &&
        (interval.until === null || instant < interval.until),
    );
    assert.equal(holding.length, 1, `${holding.length} prescribe ${drugClass} at ${instant}`);
    const [{ by, practice, from, seq }] = holding as [Prescribing];
    assert.deepEqual(prescriberOn(ledger, drugClass, instant), holding[0]);
    const remembered = context.prescribing[drugClass];
    assert.deepEqual([by, practice], [remembered.by, remembered.by === 'gp' ? context.ownGp : null]);
    // A new own GP begins later than the GP, whoever it is, does.
    if (by === 'gp') assert.ok(from >= remembered.since && seq >= remembered.seq);
    else assert.deepEqual([from, seq], [remembered.since, remembered.seq]);
    if (stage === 'generalPractice' || stage === 'dischargedToGp' || (stage === 'closed' && !context.death))
      assert.equal(by, 'gp', `a unit prescribes in ${stage}`);
  }
}

/** A random pathway in which several things may happen at one instant. */
function randomTrail(seed: number): Trace[] {
  const draw = drawing(seeded(seed));
  let now = '2026-03-02T08:00:00.000Z';
  const opening = drawOpening(draw, now);
  let stored: Stored = opened(opening);
  const events: PathwayEvent[] = [];
  for (let step = 0; step < 70; step += 1) {
    if (draw.chance(0.7)) now = laterBy(draw, now, earliestDue(stored.context.clocks));
    const snapshot = restore(stored);
    const proposal = propose(draw, snapshot, now, events.length + 2);
    if (!proposal) continue;
    const event = asSent(proposal.event, now, events.length + 2, {
      unit: proposal.actor.unit,
      role: proposal.actor.roles[0]!,
    });
    const { sender, possible, unanswered } = explain(snapshot, {
      type: event.type,
      actor: proposal.actor,
      at: now,
      event,
    });
    const next = sender && possible && unanswered.length === 0 ? advance(snapshot, event) : undefined;
    if (!next) continue;
    stored = next.stored;
    events.push(event);
  }
  return trailOf(opening, events);
}

describe('who prescribes', () => {
  it('is the own GP from the opening on, the unit from the first visit on, and the GP again from the discharge on', () => {
    const trail = walked(discharged('painClinic'));
    const ledger = ledgerOf(trail);
    const opening = trail[0]!;
    const [visited, back] = [
      trail.find(({ type }) => type === 'visit.attended')!,
      trail.findLast(({ type }) => type === 'letter.delivered')!,
    ];
    assert.deepEqual(
      ledger,
      drugClasses.flatMap((drugClass) => [
        { drugClass, by: 'gp', practice: 'GP_MIDT', from: opening.at, until: visited.at, seq: 1 },
        { drugClass, by: 'SK_HIH', practice: null, from: visited.at, until: back.at, seq: visited.seq },
        { drugClass, by: 'gp', practice: 'GP_MIDT', from: back.at, until: null, seq: back.seq },
      ]),
    );
  });

  it('goes on during a transfer, until the visit at the unit that takes the patient over', () => {
    const walk = attachedIn('painClinic').send(
      'unit.transferred',
      { to: 'TSC_HEH', reason: 'Har brug for det tværfaglige tilbud' },
      { unit: 'TSC_HEH' },
    );
    assert.deepEqual(holders(ledgerOf(walked(walk)), 'analgesic'), ['GP_MIDT', 'SK_HIH']);
    const trail = walked(visit(walk));
    assert.deepEqual(holders(ledgerOf(trail), 'analgesic'), ['GP_MIDT', 'SK_HIH', 'TSC_HEH']);
    assert.equal(ledgerOf(trail)[2]!.from, at(trail, 'visit.attended'));
    keepsItsPromise(trail);
  });

  it('is told for each class by itself: in a medication assessment the unit takes over and gives back what it names', () => {
    const walk = attachedIn('medicationAssessment');
    assert.deepEqual(
      holders(ledgerOf(walked(walk)), 'analgesic'),
      ['GP_MIDT'],
      'a visit for an assessment changes no prescriber (Q10)',
    );
    walk.send('prescribing.takenOver', { classes: ['analgesic', 'hypnotic'], reason: 'Omlægges af enheden' });
    walk.send(
      'prescribing.handedBack',
      { classes: ['hypnotic'], reason: 'Omlagt', agreedWith: 'egen læge', ...agreed },
      { role: 'physician' },
    );
    const trail = walked(walk);
    const ledger = ledgerOf(trail);
    assert.deepEqual(
      drugClasses.map((name) => holders(ledger, name)),
      [['GP_MIDT', 'TSC_HEH'], ['GP_MIDT'], ['GP_MIDT', 'TSC_HEH', 'GP_MIDT']],
    );
    assert.equal(of(ledger, 'hypnotic')[1]!.until, at(trail, 'prescribing.handedBack'));
  });

  it('changes with the own GP while the GP prescribes, and not while a unit does', () => {
    const walk = begin().send('gp.changed', { gp: 'GP_NORD', reason: 'Flyttet' }, { role: 'gp' });
    const trail = walked(walk);
    assert.deepEqual(ledgerOf(trail).slice(0, 2), [
      {
        drugClass: 'analgesic',
        by: 'gp',
        practice: 'GP_MIDT',
        from: trail[0]!.at,
        until: at(trail, 'gp.changed'),
        seq: 1,
      },
      {
        drugClass: 'analgesic',
        by: 'gp',
        practice: 'GP_NORD',
        from: at(trail, 'gp.changed'),
        until: null,
        seq: trail.at(-1)!.seq,
      },
    ]);
    const attached = attachedIn('painClinic').send('gp.changed', { gp: 'GP_NORD', reason: 'Flyttet' }, { role: 'gp' });
    assert.deepEqual(holders(ledgerOf(walked(attached)), 'sedative'), ['GP_MIDT', 'SK_HIH']);
  });

  it('names no practice while there is no own GP', () => {
    const ledger = ledgerOf(
      walked(waitingFor('painClinic').send('gp.changed', { none: true, reason: 'Lægen er ophørt' }, { role: 'gp' })),
    );
    assert.deepEqual(
      of(ledger, 'analgesic').map(({ by, practice }) => [by, practice]),
      [
        ['gp', 'GP_MIDT'],
        ['gp', null],
      ],
    );
  });

  it("stays the unit after a death, which may be somebody else's", () => {
    const walk = inControlPhase('painClinic');
    const ledger = ledgerOf(
      walked(walk.send('patient.died', { date: walk.now.slice(0, 10) }, { unit: 'SK_HIH', role: 'physician' })),
    );
    assert.deepEqual(of(ledger, 'analgesic').at(-1), {
      drugClass: 'analgesic',
      by: 'SK_HIH',
      practice: null,
      from: of(ledger, 'analgesic')[1]!.from,
      until: null,
      seq: of(ledger, 'analgesic')[1]!.seq,
    });
  });

  it('is, of steps at one instant, what the later one says: nobody prescribes for no time at all', () => {
    const walk = attachedIn('medicationAssessment');
    const now = walk.inDays(1);
    walk.send('prescribing.takenOver', { classes: ['analgesic'], reason: 'Omlægges af enheden' }, { at: now });
    walk.send(
      'prescribing.handedBack',
      { classes: ['analgesic'], reason: 'Fortrudt', agreedWith: 'egen læge', ...agreed },
      { at: now, role: 'physician' },
    );
    const trail = walked(walk);
    const analgesic = of(ledgerOf(trail), 'analgesic');
    assert.deepEqual(
      analgesic.map(({ by, from, until, seq }) => [by, from, until, seq]),
      [
        ['gp', trail[0]!.at, now, 1],
        ['gp', now, null, trail.at(-1)!.seq],
      ],
    );
    keepsItsPromise(trail);
  });

  it('at the instant of a change is whoever begins, and within a time everybody who prescribes in it', () => {
    const trail = walked(attachedIn('painClinic'));
    const ledger = ledgerOf(trail);
    const change = at(trail, 'visit.attended');
    const before = justBefore(change);
    const after = new Date(Date.parse(change) + 1).toISOString();
    assert.deepEqual(
      [before, change].map((instant) => prescriberOn(ledger, 'hypnotic', instant)?.by),
      ['gp', 'SK_HIH'],
    );
    const within = (from: string, until: string) =>
      of(prescribersWithin(ledger, { from, until }), 'hypnotic').map(({ by }) => by);
    assert.deepEqual(
      [within(before, change), within(before, after), within(change, after)],
      [['gp'], ['gp', 'SK_HIH'], ['SK_HIH']],
    );
    assert.deepEqual(prescribersWithin(ledger, { from: '2020-01-01T00:00:00.000Z', until: trail[0]!.at }), []);
  });
});

describe('the ledger of a random pathway', () => {
  const walks = Number(process.env['LEDGER_WALKS'] ?? 24);
  it(`has one prescriber of each class at every instant, as the memory has it, over ${walks} pathways`, () => {
    const seen = { toUnit: 0, toGp: 0, practice: 0, together: 0 };
    for (let seed = 1; seed <= walks; seed += 1) {
      const trail = randomTrail(seed);
      try {
        keepsItsPromise(trail);
        // What is not known yet changes nothing of what was: each beginning of the log has its ledger too.
        for (const length of [1, Math.ceil(trail.length / 3), Math.ceil(trail.length / 2)])
          keepsItsPromise(trail.slice(0, length));
      } catch (error) {
        throw new Error(`seed ${seed}`, { cause: error });
      }
      const intervals = of(ledgerOf(trail), 'analgesic');
      intervals.slice(1).forEach(({ by }, index) => {
        seen[by !== 'gp' ? 'toUnit' : intervals[index]!.by === 'gp' ? 'practice' : 'toGp'] += 1;
      });
      seen.together += trail.filter((step, index) => trail[index + 1]?.at === step.at).length;
    }
    assert.ok(
      seen.toUnit >= walks / 2 && seen.toGp >= walks / 3 && seen.practice >= walks / 3 && seen.together > walks,
      JSON.stringify(seen),
    );
  });
});
