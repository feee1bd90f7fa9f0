/**
 * Stories that end between two desks unless the machine takes care (acceptance.md, "Stories to walk as well"). After every step
 * the walk itself checks that somebody is responsible, that a clock runs and that each class has one prescriber.
 */
import assert from 'node:assert/strict';
import { describe, it } from '@jest/globals';

import { addDays, copenhagenDate } from '../../machines/calendar/calendar.js';
import {
  assessmentFacts,
  attachedIn,
  begin,
  completeFacts,
  complexFacts,
  discharged,
  handoverFrom,
  inControlPhase,
  inVisitation,
  letterOf,
  letterOut,
  visit,
  waitingFor,
  type Walk,
} from '../support/walk.js';

const informed = { patientInformedBy: 'unit' } as const;
/** How a story ends: where, at whose desk, whose move is next, who prescribes. */
const ends = (walk: Walk, state: string, unit: string, prescriber: string, nextMove = unit) =>
  assert.deepEqual(
    { state: walk.state, unit: walk.unit, prescriber: walk.prescriber, nextMove: walk.nextMove },
    { state, unit, prescriber, nextMove },
  );
const awaiting = () =>
  inVisitation({ area: 'nord' }).send('information.requested', { items: ['H3a'], question: 'Er der taget EKG?' });

describe('the practice closes while information is awaited', () => {
  it('with no new GP the centre answers for itself, and nothing waits for a practice that is gone', () => {
    const walk = awaiting();
    ends(walk, 'visitation.awaitingInformation', 'TSC_HEH', 'gp', 'GP_NORD');
    walk.send('gp.changed', { none: true, reason: 'Praksis er lukket' }, { unit: 'TSC_HEH', role: 'secretary' });
    ends(walk, 'visitation.awaitingInformation', 'TSC_HEH', 'gp');
    assert.ok(walk.running.includes('requestedInformation'));
    assert.ok(
      Object.values(walk.context.undelivered).every(({ to }) => to !== 'GP_NORD'),
      'nothing is on its way to the closed practice',
    );
    assert.equal(
      walk.refused('information.supplied', { text: 'EKG normalt' }, { unit: 'GP_NORD', role: 'gp' }).kind,
      'not-allowed',
    );
    walk.send(
      'information.recorded',
      { source: 'hospital', facts: { content: { ecg: 'Normalt' } } },
      { unit: 'TSC_HEH', role: 'secretary' },
    );
    ends(walk, 'visitation.assessing', 'TSC_HEH', 'gp');
    assert.equal(walk.context.referralVersion, 2);
  });

  it('the physicians of the unit that answers do what the GP would, but for receiving their own letter', () => {
    const walk = awaiting().send('gp.changed', { none: true, reason: 'Praksis er lukket' });
    walk.send(
      'information.unobtainable',
      { items: ['H3a'], text: 'Praksis er lukket' },
      { unit: 'TSC_HEH', role: 'physician' },
    );
    ends(walk, 'visitation.assessing', 'TSC_HEH', 'gp');
  });

  it('a new practice has the request, the open new pain and the undelivered messages at once', () => {
    const walk = awaiting();
    const request = `${walk.seq}.1`;
    walk.send('gp.changed', { gp: 'GP_SYD', reason: 'Praksis overtaget' }, { unit: 'GP_SYD', role: 'gp' });
    ends(walk, 'visitation.awaitingInformation', 'TSC_HEH', 'gp', 'GP_SYD');
    assert.equal(walk.context.undelivered[request]?.to, 'GP_SYD');
    assert.ok(walk.told.includes('newGp → GP_SYD'), walk.told.join());
    const welcome = walk.messages.findLast(({ letter }) => letter === 'newGp')!.body;
    assert.match(welcome, /– EKG/);
    assert.match(welcome, /Er der taget EKG\?/);
    assert.match(welcome, /Recepter på analgetika udstedes af egen læge/);
    assert.equal(
      walk.refused('information.supplied', { text: 'EKG normalt' }, { unit: 'GP_NORD' }).kind,
      'not-allowed',
    );
    walk.send('information.supplied', { text: 'EKG normalt' }, { unit: 'GP_SYD', role: 'gp' });
    ends(walk, 'visitation.assessing', 'TSC_HEH', 'gp');
  });

  it('in general practice, and where no unit has treated, the old practice answers until there is a new one', () => {
    for (const walk of [begin({ area: 'nord' }), begin({ area: 'nord' }).send('referral.submitted', {})]) {
      walk.send('gp.changed', { none: true, reason: 'Praksis er lukket' }, { role: 'system' });
      assert.equal(walk.unit, 'GP_NORD');
    }
    const twice = begin({ area: 'nord' })
      .send('gp.changed', { gp: 'GP_SYD', reason: 'Flyttet' }, { unit: 'GP_SYD' })
      .send('gp.changed', { none: true, reason: 'Lukket' }, { role: 'system' });
    assert.equal(twice.unit, 'GP_SYD', 'the last one');
    const walk = discharged('painClinic').send(
      'gp.changed',
      { none: true, reason: 'Praksis er lukket' },
      { role: 'system' },
    );
    ends(walk, 'dischargedToGp', 'SK_HIH', 'gp');
  });

  it('while the patient is attached, the letter waits or goes to a named doctor by hand; until then the unit prescribes', () => {
    const walk = letterOut('painClinic').send(
      'gp.changed',
      { none: true, reason: 'Praksis er lukket' },
      { unit: 'SK_HIH', role: 'secretary' },
    );
    ends(walk, 'controlPhase.letterSent', 'SK_HIH', 'SK_HIH');
    assert.equal(walk.context.undelivered[walk.context.letter!.messages[0]!]?.to, null);
    assert.equal(
      walk.refused('letter.receivedByGp', { how: 'Selv' }, { unit: 'SK_HIH', role: 'physician' }).kind,
      'not-possible',
      'the unit does not receive its own letter',
    );
    walk.send(
      'letter.deliveredManually',
      { channel: 'Sikker post', recipient: 'Læge N. N.', confirmedBy: 'N. N.', reason: 'Ingen egen læge' },
      { unit: 'SK_HIH', role: 'secretary' },
    );
    ends(walk, 'dischargedToGp', 'SK_HIH', 'gp');
  });

  it('nobody but a GP reads the letter, and in a new episode the unit that last treated still answers', () => {
    const walk = discharged('painClinic').send(
      'gp.changed',
      { none: true, reason: 'Praksis er lukket' },
      { role: 'system' },
    );
    assert.equal(
      walk.refused('letter.acknowledged', { agrees: true }, { unit: 'SK_HIH', role: 'physician' }).kind,
      'not-possible',
    );
    assert.ok(walk.running.includes('letterRead'));
    walk.send(
      'reReferral.started',
      { reason: 'newPainProblem', text: 'Ny smerte' },
      { unit: 'SK_HIH', role: 'physician' },
    );
    ends(walk, 'generalPractice', 'SK_HIH', 'gp');
    walk.send('referral.updated', { facts: completeFacts });
    assert.deepEqual(walk.refused('referral.submitted', {}).rules, ['P2'], 'he is referred by a GP of his own');
    walk
      .send('gp.changed', { gp: 'GP_SYD', reason: 'Ny læge' }, { unit: 'GP_SYD', role: 'gp' })
      .send('referral.submitted', {});
    ends(walk, 'referral.sent', 'GP_SYD', 'gp', 'CVI_MIDT');
  });

  it('in control phase and treatment the new GP learns which letter and notes there are', () => {
    const walk = discharged('painClinic');
    const letter = walk.context.letter!.seq;
    walk.send('gp.changed', { gp: 'GP_SYD', reason: 'Flyttet' }, { unit: 'GP_SYD', role: 'gp' });
    const welcome = walk.messages.findLast(({ letter: name }) => name === 'newGp')!;
    assert.match(welcome.body, new RegExp(`[Ee]pikrise.*${letter}\\.1`));
    ends(walk, 'dischargedToGp', 'GP_SYD', 'gp');
    const noted = attachedIn('painClinic').send('note.signed', { text: 'Notat' });
    const note = noted.seq;
    noted.send('gp.changed', { gp: 'GP_SYD', reason: 'Flyttet' }, { unit: 'GP_SYD', role: 'gp' });
    assert.match(
      noted.messages.findLast(({ letter: name }) => name === 'newGp')!.body,
      new RegExp(`[Ll]ægenotater.*\\b${note}\\b`),
    );
  });
});

describe("the patient moves from Nord to Byen in HeH's queue", () => {
  const queued = () => waitingFor('painCentre', { area: 'nord' });

  it('and stays: HeH keeps him, and his wait', () => {
    const walk = queued();
    const wait = walk.clock('firstVisit');
    walk.send('patient.moved', { planningArea: 'byen', wish: 'stay' }, { unit: 'GP_NORD', role: 'gp' });
    ends(walk, 'painCentre.waiting', 'TSC_HEH', 'gp');
    assert.deepEqual(walk.clock('firstVisit'), wait);
    assert.equal(walk.context.planningArea, 'byen');
    assert.deepEqual(walk.told, ['outcomeToUnit → TSC_HEH'], 'the sender is not told what he said');
  });

  it('and wishes to move: RH decides anew, with all versions and the same wait', () => {
    const walk = queued();
    const started = walk.clock('firstVisit')?.startedAt;
    walk.send('patient.moved', { planningArea: 'byen', wish: 'move' }, { unit: 'TSC_HEH', role: 'secretary' });
    ends(walk, 'visitation.assessing', 'TSC_RH', 'gp');
    assert.deepEqual(
      [walk.clock('firstVisit')?.startedAt, walk.context.referralVersion, walk.context.cvi],
      [started, 1, 'CVI_BYEN'],
    );
    assert.deepEqual(
      walk.told.sort(),
      ['outcomeToGp → GP_NORD', 'outcomeToUnit → TSC_RH'],
      'the GP waits, RH gets him',
    );
    assert.ok(walk.running.includes('decision'));
    walk.send('triage.decided', { decision: 'painCentre', ...informed }, { unit: 'TSC_RH', role: 'triager' });
    ends(walk, 'painCentre.waiting', 'TSC_RH', 'gp');
  });

  it('before anybody has accepted him the route is computed anew, whatever he wishes', () => {
    const walk = inVisitation({ area: 'nord' }).send(
      'patient.moved',
      { planningArea: 'syd', wish: 'stay' },
      { role: 'gp' },
    );
    ends(walk, 'visitation.assessing', 'TSC_RH', 'gp');
    assert.deepEqual(walk.told.sort(), ['outcomeToUnit → TSC_HEH', 'outcomeToUnit → TSC_RH']);
    const within = inVisitation({ area: 'nord' }).send('patient.moved', { planningArea: 'midt', wish: 'move' });
    ends(within, 'visitation.assessing', 'TSC_HEH', 'gp');
    const outside = inVisitation({ area: 'nord' }).send('patient.moved', { outsideRegion: true, wish: 'stay' });
    ends(outside, 'generalPractice', 'GP_NORD', 'gp');
    const island = waitingFor('painClinic').send('patient.moved', { planningArea: 'bornholm', wish: 'stay' });
    ends(island, 'generalPractice', 'GP_MIDT', 'gp');
  });

  it('while the referral is at the CVI: the new CVI gets it, the old one, the GP and the new one are told', () => {
    const walk = begin({ area: 'nord' }).send('referral.submitted', {}).send('referral.received', {});
    walk.send('patient.moved', { planningArea: 'byen', wish: 'stay' }, { unit: 'CVI_MIDT', role: 'cvi' });
    ends(walk, 'referral.sent', 'GP_NORD', 'gp', 'CVI_BYEN');
    assert.deepEqual(walk.told.sort(), ['outcomeToGp → GP_NORD', 'outcomeToUnit → CVI_BYEN', 'referral → CVI_BYEN']);
    const bySender = begin({ area: 'nord' })
      .send('referral.submitted', {})
      .send('referral.received', {})
      .send('patient.moved', { planningArea: 'midt', wish: 'stay' }, { role: 'gp' });
    assert.deepEqual([bySender.state, bySender.told], ['referral.atCvi', ['outcomeToUnit → CVI_MIDT']]);
    const gone = begin({ area: 'nord' })
      .send('referral.submitted', {})
      .send('patient.moved', { outsideRegion: true, wish: 'move' });
    ends(gone, 'generalPractice', 'GP_NORD', 'gp');
    assert.deepEqual(gone.told, ['outcomeToUnit → CVI_MIDT']);
  });

  it('a centre that he chose stays his choice, wherever he lives', () => {
    const walk = begin({ area: 'nord' }).send('referral.submitted', {
      chosenCentre: { centre: 'TSC_RH', reason: 'freeChoice', text: 'Patientens ønske' },
    });
    assert.deepEqual([walk.context.cvi, walk.told], ['CVI_BYEN', ['referral → CVI_BYEN']]);
    walk.send('referral.received', {}).send('patient.moved', { planningArea: 'midt', wish: 'move' });
    assert.deepEqual([walk.state, walk.context.centre], ['referral.atCvi', 'TSC_RH']);
  });

  it('in general practice and after the discharge only the area changes', () => {
    const draft = begin({ area: 'nord' }).send('patient.moved', { planningArea: 'byen', wish: 'move' });
    assert.deepEqual([draft.state, draft.context.planningArea, draft.told], ['generalPractice', 'byen', []]);
    const done = discharged('painClinic').send('patient.moved', { outsideRegion: true, wish: 'move' });
    assert.deepEqual([done.state, done.context.planningArea, done.told], ['dischargedToGp', 'outsideRegion', []]);
    const letter = letterOut('painClinic').send(
      'patient.moved',
      { planningArea: 'byen', wish: 'stay' },
      { role: 'gp' },
    );
    assert.deepEqual([letter.state, letter.told], ['controlPhase.letterSent', ['outcomeToUnit → SK_HIH']]);
  });
});

describe('the patient moves to Jutland while attached, on methadone', () => {
  const onMethadone = () =>
    attachedIn('painCentre').send('medication.adjusted', { drugClass: 'analgesic', change: 'Metadon 20 mg × 2' });

  it('stays when he wishes to, and the unit goes on prescribing', () => {
    const walk = onMethadone().send('patient.moved', { outsideRegion: true, wish: 'stay' });
    ends(walk, 'painCentre.treatment', 'TSC_HEH', 'TSC_HEH');
  });

  it('otherwise goes to the control phase: the letter is owed, and until a doctor has it the unit prescribes', () => {
    const walk = onMethadone().send(
      'patient.moved',
      { outsideRegion: true, wish: 'move' },
      { unit: 'TSC_HEH', role: 'secretary' },
    );
    ends(walk, 'controlPhase.followUp', 'TSC_HEH', 'TSC_HEH');
    assert.ok(walk.running.includes('letter'));
    assert.match(walk.lastMessage.body, /Ny bopæl: uden for regionen/);
    assert.match(walk.lastMessage.body, /Tværfagligt Smertecenter, HeH har det næste skridt/, 'who has the next move');
    walk
      .send('gp.changed', { none: true, reason: 'Ny læge i Jylland er ikke kendt' }, { role: 'secretary' })
      .send('medicationRecord.confirmed', { at: walk.now });
    assert.deepEqual(
      walk.refused('letter.signed', { ...letterOf(walk), handover: [] }).rules,
      ['handoverComplete'],
      'nobody leaves on methadone without a line for it',
    );
    walk.send('letter.signed', letterOf(walk));
    ends(walk, 'controlPhase.letterSent', 'TSC_HEH', 'TSC_HEH');
    assert.ok(walk.running.includes(`delivery:${walk.seq}.1`));
    walk.send('letter.deliveredManually', {
      channel: 'Sikker mail',
      recipient: 'Læge N. N., Aarhus',
      confirmedBy: 'N. N.',
      reason: 'Ny læge',
    });
    ends(walk, 'dischargedToGp', 'TSC_HEH', 'gp');
  });

  it("within the region he goes to the other centre's visitation, still attached, still on the old unit's prescriptions", () => {
    const walk = onMethadone().send('patient.moved', { planningArea: 'byen', wish: 'move' });
    ends(walk, 'visitation.assessing', 'TSC_RH', 'TSC_HEH');
    assert.equal(walk.attached, true);
    assert.equal(walk.refused('referral.withdrawn', { reason: 'Fortrudt' }, { role: 'gp' }).kind, 'not-possible');
    const rejected = onMethadone()
      .send('patient.moved', { planningArea: 'byen', wish: 'move' })
      .send(
        'triage.decided',
        { decision: 'rejected', reason: 'Behandlingen er afsluttet', adviceToGp: 'Fortsæt', ...informed },
        { unit: 'TSC_RH', role: 'triager' },
      );
    ends(rejected, 'controlPhase.followUp', 'TSC_HEH', 'TSC_HEH');
    assert.ok(rejected.told.includes('handedOver → TSC_HEH'), `HeH has him again and is told: ${rejected.told.join()}`);
    visit(
      walk.send('triage.decided', {
        decision: 'painCentre',
        ...informed,
        acknowledged: [{ rule: 'O2', reason: 'Fortsat behandling' }],
      }),
    );
    ends(walk, 'painCentre.treatment', 'TSC_RH', 'TSC_RH');
  });

  it('rejected there, a clinic has him again with its own centre: resumed, and transferred from there', () => {
    const walk = attachedIn('painClinic')
      .send('diagnosis.recorded', { mechanism: 'mixed', text: 'Blandet' })
      .send('patient.moved', { planningArea: 'byen', wish: 'move' })
      .send(
        'triage.decided',
        { decision: 'rejected', reason: 'Behandles færdig i HiH', adviceToGp: 'Fortsæt', ...informed },
        { unit: 'TSC_RH', role: 'triager' },
      );
    ends(walk, 'controlPhase.followUp', 'SK_HIH', 'SK_HIH');
    assert.deepEqual([walk.context.clinic, walk.context.centre], ['SK_HIH', 'TSC_HEH']);
    walk.send('treatment.resumed', { reason: 'Ikke færdig' });
    assert.deepEqual(walk.shownState, {
      painClinic: { treatment: { diagnosis: 'diagnosed', medication: 'baseline' } },
    });
    assert.equal(
      walk.refused('unit.transferred', { to: 'TSC_HEH', reason: 'Kompleks' }, { unit: 'TSC_RH', role: 'triager' }).kind,
      'not-allowed',
    );
    ends(
      walk.send('unit.transferred', { to: 'TSC_HEH', reason: 'Kompleks' }, { unit: 'TSC_HEH', role: 'triager' }),
      'painCentre.waiting',
      'TSC_HEH',
      'SK_HIH',
    );
  });

  it('accepted there for an assessment only, the old unit prescribes on, and the letter hands over its classes too', () => {
    const walk = attachedIn('painCentre', { facts: complexFacts }).send('patient.moved', {
      planningArea: 'byen',
      wish: 'move',
    });
    walk.send('information.supplied', { facts: assessmentFacts }, { role: 'gp' }).send('information.seen', {});
    walk.send('triage.decided', { decision: 'medicationAssessment', ...informed });
    visit(walk);
    ends(walk, 'medicationAssessment.assessment', 'TSC_RH', 'TSC_HEH');
    walk
      .send('assessment.endedEarly', { reason: 'Patienten flytter igen', text: 'Kun smerteanalyse' })
      .send('medicationRecord.confirmed', { at: walk.now });
    assert.deepEqual(walk.refused('letter.signed', { ...letterOf(walk), handover: [] }).rules, ['handoverComplete']);
    walk.send('letter.signed', letterOf(walk));
    assert.match(walk.lastMessage.body, /analgetika: egen læge udsteder fra/);
  });
});

describe('clinic → centre transfer, then two no-shows there', () => {
  const transferred = () =>
    attachedIn('painClinic')
      .send('transfer.requested', { reason: 'Kompleks tilstand' }, { unit: 'SK_HIH', role: 'physician' })
      .send('unit.transferred', { to: 'TSC_HEH', reason: 'Kompleks tilstand' }, { unit: 'TSC_HEH', role: 'triager' });
  const missing = (walk: Walk) => {
    const at = walk.inDays(7);
    return walk.send('appointment.booked', { at, place: 'HeH' }).send('appointment.missed', { late: false }, { at });
  };

  it('the clinic prescribes until the visit at the centre, and gets the patient back when he never comes', () => {
    const walk = transferred();
    ends(walk, 'painCentre.waiting', 'TSC_HEH', 'SK_HIH');
    assert.deepEqual([walk.attached, walk.context.transferRequest], [true, undefined]);
    assert.ok(walk.running.includes('nextStep'));
    missing(walk);
    assert.deepEqual(walk.refused('course.endedForNoShow', { text: 'Udeblevet én gang' }).rules, ['missedTwice']);
    missing(walk).send('course.endedForNoShow', { text: 'Udeblevet to gange' }, { unit: 'TSC_HEH', role: 'physician' });
    ends(walk, 'controlPhase.followUp', 'SK_HIH', 'SK_HIH');
    assert.deepEqual(walk.told.sort(), ['outcomeToGp → GP_MIDT', 'outcomeToUnit → SK_HIH']);
    assert.ok(walk.running.includes('letter'));
    walk
      .deliverAll()
      .send('medicationRecord.confirmed', { at: walk.now }, { unit: 'SK_HIH', role: 'physician' })
      .send('letter.signed', letterOf(walk), { unit: 'SK_HIH', role: 'physician' });
    ends(walk, 'controlPhase.letterSent', 'SK_HIH', 'SK_HIH');
  });

  it("a time at the centre is no control of the clinic's", () => {
    const walk = missing(missing(transferred()));
    walk
      .send('appointment.booked', { at: walk.inDays(90), place: 'HeH' })
      .send('course.endedForNoShow', { text: 'Udeblevet to gange' });
    assert.deepEqual(walk.context.appointments, []);
  });

  it('whoever still prescribes is told too, and a time at the one unit is none at the other', () => {
    const walk = attachedIn('painClinic')
      .send('appointment.booked', { at: '2026-05-01T09:00:00+02:00', place: 'HiH' })
      .send('unit.transferred', { to: 'TSC_HEH', reason: 'Kompleks' });
    assert.deepEqual(walk.context.appointments, []);
    walk.send('patient.died', { date: '2026-03-09' }, { unit: 'GP_MIDT', role: 'gp' });
    assert.deepEqual(walk.told, ['outcomeToUnit → TSC_HEH', 'outcomeToUnit → SK_HIH']);
    assert.equal(
      walk.refused('letter.amended', { text: '–', reason: '–' }, { unit: 'SK_HIH', role: 'physician' }).kind,
      'not-possible',
      'there is no letter yet',
    );
    assert.deepEqual(
      discharged('painClinic').send('patient.died', { date: '2026-03-09' }, { unit: 'GP_MIDT', role: 'gp' }).told,
      ['outcomeToUnit → SK_HIH'],
      'who wrote the letter',
    );
  });

  it('misses are counted since the last attended visit, across the transfer', () => {
    const walk = missing(attachedIn('painClinic')).send('unit.transferred', { to: 'TSC_HEH', reason: 'Kompleks' });
    assert.equal(missing(walk).context.missed, 2);
    assert.equal(visit(walk).context.missed, 0);
    ends(walk, 'painCentre.treatment', 'TSC_HEH', 'TSC_HEH');
  });

  it('the receiving unit and the GP are told of a transfer', () => {
    assert.deepEqual(
      attachedIn('painCentre').send('unit.transferred', { to: 'SK_HIH', reason: 'Simpel' }).told.sort(),
      ['handedOver → SK_HIH', 'unitTransferred → GP_MIDT'],
    );
    assert.deepEqual(transferred().told, ['unitTransferred → GP_MIDT'], 'the centre itself has decided');
    const other = attachedIn('painClinic').send('unit.transferred', { to: 'TSC_RH', reason: 'Tilhørsforhold' });
    ends(other, 'visitation.assessing', 'TSC_RH', 'SK_HIH');
    assert.deepEqual(other.told.sort(), ['handedOver → TSC_RH', 'unitTransferred → GP_MIDT']);
    assert.ok(other.running.includes('decision'));
  });

  it('a declined request stays a request no longer, and the course goes on', () => {
    const walk = attachedIn('painClinic').send('transfer.requested', { reason: 'Kompleks' });
    assert.ok(walk.running.includes('transfer'));
    walk.send('transfer.declined', { reason: 'Afventer medicin' }, { unit: 'TSC_HEH', role: 'triager' });
    assert.equal(walk.clock('transfer'), undefined);
    assert.deepEqual(walk.refused('transfer.declined', { reason: 'Igen' }).rules, ['transferAsked']);
    ends(walk, 'painClinic.treatment', 'SK_HIH', 'SK_HIH');
  });

  it('back at the first unit, treatment begins anew with its own diagnosis', () => {
    const walk = attachedIn('painClinic')
      .send('diagnosis.recorded', { mechanism: 'mixed', text: 'Blandet' })
      .send('unit.transferred', { to: 'TSC_HEH', reason: 'Kompleks' });
    visit(walk);
    assert.deepEqual(walk.shownState, {
      painCentre: { treatment: { diagnosis: 'undiagnosed', medication: 'baseline', multidisciplinary: 'notStarted' } },
    });
    assert.equal(walk.context.diagnoses.length, 1, 'what was found stays readable');
  });

  it('declined while he waits at the other unit, treatment is resumed at the first, where it was', () => {
    const walk = attachedIn('painClinic')
      .send('diagnosis.recorded', { mechanism: 'mixed', text: 'Blandet' })
      .send('unit.transferred', { to: 'TSC_HEH', reason: 'Kompleks' });
    walk.send(
      'patient.declined',
      { scope: 'course', text: 'Vil ikke til HeH' },
      { unit: 'TSC_HEH', role: 'secretary' },
    );
    ends(walk, 'controlPhase.followUp', 'SK_HIH', 'SK_HIH');
    assert.ok(walk.told.includes('outcomeToUnit → SK_HIH'));
    walk.send(
      'treatment.resumed',
      { reason: 'Vil gerne fortsætte i klinikken' },
      { unit: 'SK_HIH', role: 'physician' },
    );
    assert.deepEqual(walk.shownState, {
      painClinic: { treatment: { diagnosis: 'diagnosed', medication: 'baseline' } },
    });
    ends(walk, 'painClinic.treatment', 'SK_HIH', 'SK_HIH');
  });
});

describe('the assessment proves complex', () => {
  it('goes on at the centre, or at one of its clinics; the GP prescribes until the visit there', () => {
    const walk = attachedIn('medicationAssessment').send('unit.transferred', {
      to: 'TSC_HEH',
      reason: 'Kompleks tilstand',
    });
    ends(walk, 'painCentre.waiting', 'TSC_HEH', 'gp');
    ends(visit(walk), 'painCentre.treatment', 'TSC_HEH', 'TSC_HEH');
    const clinic = attachedIn('medicationAssessment').send('unit.transferred', {
      to: 'SK_HIH',
      reason: 'Behandling i klinik',
    });
    ends(clinic, 'painClinic.intake', 'SK_HIH', 'gp');
    assert.ok(clinic.told.includes('handedOver → SK_HIH'));
  });

  it('goes to no other centre and to none of its clinics, and nothing changes', () => {
    const walk = attachedIn('medicationAssessment');
    for (const to of ['TSC_RH', 'SK_HVH', 'GP_MIDT'])
      assert.deepEqual(
        [
          to,
          ...walk.refused('unit.transferred', { to, reason: 'Flyttes' }, { unit: 'TSC_HEH', role: 'triager' }).rules,
        ],
        [to, 'transferTarget'],
      );
    assert.equal(walk.context.centre, 'TSC_HEH');
  });

  it('ended early, its letter says what is missing and why', () => {
    const walk = attachedIn('medicationAssessment').send('assessment.partRecorded', {
      part: 'painAnalysis',
      text: 'Neuropatisk',
    });
    assert.deepEqual(walk.refused('assessment.completed', {}).rules, ['O3.2']);
    walk
      .send('assessment.endedEarly', { reason: 'Patienten udebliver', text: 'Ingen kontakt siden april' })
      .send('medicationRecord.confirmed', { at: walk.now })
      .send('letter.signed', letterOf(walk));
    const { body } = walk.lastMessage;
    assert.match(body, /Smerteanalyse: Neuropatisk/);
    assert.match(body, /Forslag til fortsat behandling: mangler/);
    assert.match(body, /Patienten udebliver/);
    assert.match(body, /Ingen kontakt siden april/);
  });

  it('has no treatment to resume, and a class is taken over by its physician only by saying so', () => {
    const walk = attachedIn('medicationAssessment').send('prescribing.takenOver', {
      classes: ['analgesic'],
      reason: 'Omlægning',
    });
    assert.equal(walk.prescriber, 'TSC_HEH, gp, gp');
    assert.deepEqual(walk.told, ['prescribing → GP_MIDT']);
    walk.send('assessment.endedEarly', { reason: 'Afbrudt', text: 'Afbrudt' });
    assert.equal(
      walk.refused('treatment.resumed', { reason: 'Fortsæt' }, { unit: 'TSC_HEH', role: 'physician' }).kind,
      'not-possible',
    );
    walk.deliverAll().send('medicationRecord.confirmed', { at: walk.now });
    assert.deepEqual(
      walk.refused('letter.signed', { ...letterOf(walk), handover: [] }).findings.map(({ value }) => value),
      ['analgesic'],
    );
  });
});

describe('the letter is signed and the patient is worse before it is acknowledged', () => {
  it('the treatment goes on where it was, the letter is recalled, and the GP is told who prescribes', () => {
    const walk = letterOut('painClinic');
    const letter = walk.context.letter!.messages[0]!;
    assert.deepEqual(walk.refused('treatment.resumed', {}).rules, ['resumeReason']);
    walk.send('treatment.resumed', { reason: 'Væsentlig forværring' }, { unit: 'SK_HIH', role: 'physician' });
    ends(walk, 'painClinic.treatment', 'SK_HIH', 'SK_HIH');
    assert.deepEqual(walk.shownState, {
      painClinic: { treatment: { diagnosis: 'diagnosed', medication: 'optimised' } },
    });
    assert.deepEqual(walk.told, ['treatmentResumed → GP_MIDT']);
    assert.match(walk.lastMessage.body, /fortsat tilknyttet/);
    assert.match(walk.lastMessage.body, /Recepter på analgetika udstedes af Smerteklinikken, HiH/);
    assert.equal(
      walk.refused('letter.delivered', { messageId: letter }).kind,
      'not-possible',
      'what arrives late discharges nobody',
    );
    assert.equal(walk.context.letter, undefined);
    assert.equal(walk.context.undelivered[letter], undefined);
    walk.deliverAll().send('treatment.completed', { reason: 'completed', text: 'Færdig' });
    ends(walk, 'controlPhase.followUp', 'SK_HIH', 'SK_HIH');
  });

  it('after a change of medication FMK is to be confirmed anew', () => {
    const walk = letterOut('painClinic')
      .send('treatment.resumed', { reason: 'Forværring' })
      .send('medication.adjusted', { drugClass: 'other', change: 'Duloxetin 90 mg' });
    walk
      .send('treatment.completed', {
        reason: 'other',
        text: 'Afsluttes',
        acknowledged: [{ rule: 'S1', reason: 'Flytter' }],
      })
      .deliverAll();
    assert.deepEqual(walk.refused('letter.signed', letterOf(walk)).rules, ['D3']);
    walk.send('letter.signed', {
      ...letterOf(walk),
      overrides: [{ rule: 'D3', reason: 'FMK er nede, ajourføres i morgen' }],
    });
    assert.doesNotMatch(
      walk.lastMessage.body,
      /bekræftet ajourført/,
      'an earlier confirmation is not passed off as one',
    );
  });
});

describe('FMK', () => {
  it('was confirmed before the last change of medication: that is no confirmation', () => {
    const walk = attachedIn('painClinic');
    const before = walk.now;
    walk
      .send('diagnosis.recorded', { mechanism: 'mixed', text: 'Blandet' })
      .send('medication.adjusted', { drugClass: 'analgesic', change: 'Morfin halveret' })
      .send('medication.optimised', { summary: '–' });
    walk
      .send('treatment.completed', { reason: 'completed', text: 'Færdig' })
      .deliverAll()
      .send('medicationRecord.confirmed', { at: before });
    assert.deepEqual(walk.refused('letter.signed', letterOf(walk)).rules, ['D3']);
    walk.send('medicationRecord.confirmed', { at: walk.now });
    assert.equal(walk.send('letter.signed', letterOf(walk)).state, 'controlPhase.letterSent');
  });
});

describe('the letter is never acknowledged', () => {
  it("stays the unit's, which still prescribes, until it has been taken to the GP by hand", () => {
    const walk = letterOut('painCentre', { facts: complexFacts }).wait(30).sweep();
    assert.ok(
      walk.clocks.some(({ clock, missedAt }) => clock.startsWith('delivery:') && missedAt),
      'somebody has noticed',
    );
    ends(walk, 'controlPhase.letterSent', 'TSC_HEH', 'TSC_HEH');
    const [letter] = walk.context.letter!.messages;
    assert.deepEqual(
      walk.refused('message.delivered', { messageId: letter! }).rules,
      ['message'],
      'a letter arrives as a letter, or its clock would stop and nobody be discharged',
    );
    walk.send('letter.resent', {}, { role: 'secretary' });
    ends(walk, 'controlPhase.letterSent', 'TSC_HEH', 'TSC_HEH');
    assert.equal(walk.refused('letter.delivered', { messageId: '999.1' }).rules[0], 'letterMessage');
    walk.send('letter.deliveredManually', {
      channel: 'Telefon og post',
      recipient: 'Testlægehuset Midt',
      confirmedBy: 'Sekretær N. N.',
      reason: 'Ingen kvittering',
    });
    ends(walk, 'dischargedToGp', 'GP_MIDT', 'gp');
  });

  it('the GP may say that he has it, and then refer again', () => {
    const walk = letterOut('painClinic').send(
      'letter.receivedByGp',
      { how: 'Patienten havde den med' },
      { unit: 'GP_MIDT', role: 'gp' },
    );
    ends(walk, 'dischargedToGp', 'GP_MIDT', 'gp');
    assert.equal(walk.send('reReferral.started', { reason: 'newPainProblem', text: 'Ny smerte' }).context.episode, 2);
  });

  it('delivered and never read, it is noticed, and the follow-up clock runs on', () => {
    const walk = discharged('painClinic').wait(20).sweep();
    assert.ok(walk.clock('letterRead')?.missedAt);
    ends(walk, 'dischargedToGp', 'GP_MIDT', 'gp');
    walk.wait(90).sweep();
    assert.ok(walk.clock('followUp')?.missedAt);
    walk.send('followUp.recorded', { text: 'Set i dag', nextAt: copenhagenDate(walk.inDays(30)) });
    assert.equal(walk.clock('followUp')?.missedAt, undefined);
    ends(walk, 'dischargedToGp', 'GP_MIDT', 'gp');
  });

  it('a GP who does not agree leaves a question with the unit; the discharge stands', () => {
    const walk = discharged('painClinic');
    assert.equal(walk.refused('letter.acknowledged', { agrees: false }).kind, 'invalid');
    walk.send('letter.acknowledged', { agrees: false, text: 'Hvem følger op på leverprøver?' });
    assert.equal(walk.context.letter?.disagreement?.text, 'Hvem følger op på leverprøver?');
    ends(walk, 'dischargedToGp', 'GP_MIDT', 'gp');
    walk.send(
      'letter.amended',
      { text: 'Egen læge om tre måneder', reason: 'Spørgsmål fra egen læge' },
      { unit: 'SK_HIH', role: 'physician' },
    );
    assert.deepEqual(walk.told, ['letterAmended → GP_MIDT']);
    assert.equal(
      walk.refused('letter.amended', { text: '–', reason: '–' }, { unit: 'TSC_HEH', role: 'physician' }).kind,
      'not-allowed',
      'only the unit that signed amends',
    );
    ends(walk, 'dischargedToGp', 'GP_MIDT', 'gp');
  });
});

describe('the patient dies while the letter is out', () => {
  it('closes the pathway; clocks stop, appointments are cancelled, and professionals still deliver what they owe', () => {
    const walk = letterOut('painClinic');
    const [letter] = walk.context.letter!.messages;
    walk.send('patient.died', { date: copenhagenDate(walk.now) }, { unit: 'GP_MIDT', role: 'gp' });
    assert.deepEqual(
      [walk.state, walk.unit, walk.clocks, walk.context.appointments, walk.context.closure?.reason],
      ['closed', null, [], [], 'died'],
    );
    assert.deepEqual(walk.told, ['outcomeToUnit → SK_HIH']);
    walk.send('note.signed', { text: 'Konklusion' }, { unit: 'SK_HIH', role: 'physician' });
    const noteId = walk.seq;
    walk
      .send('note.sent', { noteId })
      .send('note.delivered', { noteId })
      .send('letter.delivered', { messageId: letter! });
    assert.deepEqual([walk.state, walk.context.undelivered[letter!]], ['closed', undefined]);
    assert.equal(
      walk.refused('appointment.booked', { at: walk.now, place: 'HiH' }, { unit: 'SK_HIH', role: 'secretary' }).kind,
      'not-allowed',
    );
    walk.send(
      'advice.logged',
      { unit: 'TSC_HEH', counterpart: 'Egen læge', topic: 'Dødsfald', advice: 'Samtale' },
      { unit: 'TSC_HEH', role: 'physician' },
    );
  });

  it('a letter still owed is signed without a handover', () => {
    const walk = attachedIn('painCentre', { facts: complexFacts }).send(
      'patient.died',
      { date: '2026-03-09' },
      { unit: 'TSC_HEH', role: 'nurse' },
    );
    assert.deepEqual(walk.told, ['outcomeToGp → GP_MIDT']);
    walk.send(
      'letter.signed',
      { forwardPlan: 'Forløbet er afsluttet ved død', followUpRecommended: false, handover: [] },
      { unit: 'TSC_HEH', role: 'physician' },
    );
    assert.deepEqual([walk.state, walk.told], ['closed', ['dischargeLetter → GP_MIDT']]);
    walk.send('letter.deliveredManually', {
      channel: 'Post',
      recipient: 'GP_MIDT',
      confirmedBy: 'N. N.',
      reason: 'System nede',
    });
    assert.deepEqual(walk.context.undelivered[`${walk.seq - 1}.1`], undefined);
  });

  it('may be told by any clinician who has or had the pathway, and by nobody else', () => {
    const walk = attachedIn('painClinic');
    for (const unit of ['GP_MIDT', 'CVI_MIDT', 'TSC_HEH', 'SK_HIH']) {
      const role = unit.startsWith('GP') ? 'gp' : unit.startsWith('CVI') ? 'secretary' : 'physician';
      assert.ok(walk.explained('patient.died', { date: '2026-03-09' }, { unit, role }).sender, unit);
    }
    assert.equal(
      walk.refused('patient.died', { date: '2026-03-09' }, { unit: 'TSC_RH', role: 'physician' }).kind,
      'not-allowed',
    );
  });
});

describe('death is recorded on the wrong patient', () => {
  const places: [string, () => Walk][] = [
    ['in general practice', () => begin()],
    ['while information is awaited', awaiting],
    ['in the queue', () => waitingFor('painClinic')],
    [
      'in treatment',
      () =>
        attachedIn('painCentre', { facts: complexFacts })
          .send('diagnosis.recorded', { mechanism: 'mixed', text: 'Blandet' })
          .send('team.planned', { disciplines: ['psykolog'], goals: ['mental'] }),
    ],
    ['in a pause', () => attachedIn('painClinic').send('treatment.paused', { reason: 'Indlagt' })],
    ['in the control phase', () => inControlPhase('painClinic')],
    ['while the letter is out', () => letterOut('painClinic')],
    ['after the discharge', () => discharged('medicationAssessment')],
  ];
  for (const [place, walkTo] of places) {
    it(`${place}: revoked by the unit that recorded it, everything is exactly as before, and those who were told are told`, () => {
      const walk = walkTo();
      const before = {
        shown: walk.shownState,
        unit: walk.unit,
        prescribing: walk.context.prescribing,
        clocks: walk.clocks
          .map(({ clock }) => clock)
          .filter((name) => !name.startsWith('delivery'))
          .sort(),
      };
      walk.send(
        'patient.died',
        { date: '2026-03-02' },
        { unit: 'GP_MIDT', role: 'gp', ...(walk.context.ownGp === 'GP_NORD' ? { unit: 'GP_NORD' } : {}) },
      );
      const told = walk.told;
      assert.equal(walk.stage, 'closed');
      assert.equal(
        walk.refused('patient.deathRevoked', { reason: 'Forkert patient' }, { unit: 'TSC_RH', role: 'physician' }).kind,
        'not-allowed',
      );
      walk.send('patient.deathRevoked', { reason: 'Forkert patient' });
      const after = {
        shown: walk.shownState,
        unit: walk.unit,
        prescribing: walk.context.prescribing,
        clocks: walk.clocks
          .map(({ clock }) => clock)
          .filter((name) => !name.startsWith('delivery'))
          .sort(),
      };
      assert.deepEqual(after, before);
      assert.deepEqual(walk.told, told, 'whoever was told of the death is told that it was none');
      assert.deepEqual([walk.context.death, walk.context.closure], [undefined, undefined]);
    });
  }

  it('a pause that was interrupted so is still resumed where it was', () => {
    const walk = attachedIn('painClinic')
      .send('diagnosis.recorded', { mechanism: 'mixed', text: 'Blandet' })
      .send('medication.planned', { text: 'Plan' })
      .send('treatment.paused', { reason: 'Indlagt' });
    walk
      .send('patient.died', { date: '2026-03-09' })
      .send('patient.deathRevoked', { reason: 'Forkert patient' })
      .send('treatment.resumed', {});
    assert.deepEqual(walk.shownState, {
      painClinic: { treatment: { diagnosis: 'diagnosed', medication: 'optimising' } },
    });
  });
});

describe('a patient without CPR, for whom FMK is not possible', () => {
  it('is judged by the birth date, and the letter carries the medication as text', () => {
    const walk = inControlPhase('painClinic', { birthDate: '1999-05-05' }).deliverAll();
    assert.deepEqual(
      walk
        .refused('letter.signed', letterOf(walk))
        .findings.map(({ rule, severity, remedy }) => [rule, severity, remedy]),
      [['D3', 'block', 'override']],
    );
    walk
      .send('medicationRecord.unavailable', { reason: 'noFmkIdentity', medicationStatus: 'Duloxetin 60 mg dagligt' })
      .send('letter.signed', letterOf(walk));
    assert.match(walk.lastMessage.body, /Medicinstatus: Duloxetin 60 mg dagligt/);
    ends(walk, 'controlPhase.letterSent', 'SK_HIH', 'SK_HIH');
  });

  it('with a replacement number the age comes from the birth date that is given: 18 warns, 17 blocks, none is asked for', () => {
    const c1 = (birthDate: string | undefined) =>
      begin({ birthDate })
        .explained('referral.submitted', {})
        .findings.find(({ rule }) => rule === 'C1');
    assert.deepEqual(
      [c1('2008-03-02')?.severity, c1('2008-03-03')?.severity, c1('1960-01-01')?.status],
      ['warn', 'block', 'met'],
    );
    assert.deepEqual([c1(undefined)?.status, c1(undefined)?.remedy], ['unknown', 'supply']);
  });
});

describe('urgent new pain is told to the physiotherapist', () => {
  it('is recorded only with the name of who was reached by telephone, and is due the same day', () => {
    const walk = attachedIn('painCentre', { facts: complexFacts });
    const said = { text: 'Nytilkommet inkontinens og rideområdeanæstesi', urgent: true } as const;
    const physiotherapist = { unit: 'TSC_HEH', role: 'physiotherapist' } as const;
    assert.deepEqual(
      walk
        .refused('newPain.identified', said, physiotherapist)
        .findings.map(({ rule, severity, remedy }) => [rule, severity, remedy]),
      [['urgentReached', 'integrity', 'none']],
    );
    walk.send('newPain.identified', { ...said, contact: { who: 'gp', at: walk.now } }, physiotherapist);
    const entry = walk.seq;
    assert.equal(
      copenhagenDate(walk.clock(`newPain:${entry}`)!.dueAt),
      addDays(copenhagenDate(walk.now), 1),
      'late from midnight on',
    );
    assert.match(walk.lastMessage.body, /Akut/);
    ends(walk, 'painCentre.treatment', 'TSC_HEH', 'TSC_HEH');
    walk.wait(1).sweep();
    assert.ok(walk.clock(`newPain:${entry}`)?.missedAt);
    walk
      .send('newPain.acknowledged', { entry, plan: 'Indlagt i går' })
      .send('newPain.resolved', { entry, outcome: 'treated', text: 'Opereret' });
    assert.equal(walk.clock(`newPain:${entry}`), undefined);
  });

  it("that became chronic is taken into the course by the unit's physician, while the patient is attached", () => {
    const walk = attachedIn('painClinic').send('newPain.identified', { text: 'Nakkesmerter', urgent: false });
    const entry = walk.seq;
    walk.send('newPain.resolved', { entry, outcome: 'becameChronic', text: 'Kronisk' });
    walk.send(
      'newPain.includedInCourse',
      { entry, reason: 'Behandles sammen med rygsmerterne' },
      { unit: 'SK_HIH', role: 'physician' },
    );
    assert.equal(walk.context.newPain[0]?.outcome, 'includedInCourse');
    assert.deepEqual(walk.refused('newPain.includedInCourse', { entry, reason: 'Igen' }).rules, ['openPain']);
    const treated = attachedIn('painClinic').send('newPain.identified', { text: 'Nakkesmerter', urgent: false });
    const other = treated.seq;
    treated.send('newPain.resolved', { entry: other, outcome: 'treated', text: 'Væk' });
    assert.deepEqual(treated.refused('newPain.includedInCourse', { entry: other, reason: 'Alligevel' }).rules, [
      'openPain',
    ]);
  });

  it('outlives the discharge: the pathway is closed over it only with a reason (S4)', () => {
    const walk = inControlPhase('painClinic').send('newPain.identified', { text: 'Nakkesmerter', urgent: false });
    const entry = walk.seq;
    walk
      .deliverAll()
      .send('medicationRecord.confirmed', { at: walk.now })
      .send('letter.signed', letterOf(walk))
      .send('letter.receivedByGp', { how: 'EDI' });
    assert.ok(walk.running.includes(`newPain:${entry}`));
    assert.deepEqual(
      walk.refused('pathway.closed', { reason: 'completed', text: 'Færdig', acknowledged: [{ rule: 'S4' }] }).rules,
      ['S4'],
    );
    assert.equal(
      walk.refused('newPain.includedInCourse', { entry, reason: 'Nej' }, { unit: 'SK_HIH', role: 'physician' }).kind,
      'not-allowed',
    );
    walk
      .send('newPain.resolved', { entry, outcome: 'selfLimiting', text: 'Væk' })
      .send('pathway.closed', { reason: 'completed', text: 'Færdig' });
    assert.equal(walk.state, 'closed');
  });
});

describe('the patient declines', () => {
  it('medication, but wants psychology: the course goes on, and S1 is answered', () => {
    const walk = attachedIn('painCentre', { facts: complexFacts }).send(
      'patient.declined',
      { scope: 'medication', text: 'Ønsker ingen medicin' },
      { unit: 'TSC_HEH', role: 'nurse' },
    );
    ends(walk, 'painCentre.treatment', 'TSC_HEH', 'TSC_HEH');
    assert.deepEqual(walk.told, ['outcomeToGp → GP_MIDT']);
    assert.match(walk.lastMessage.body, /Det gælder: medicinsk behandling\nBegrundelse: Ønsker ingen medicin/);
    walk
      .send('diagnosis.recorded', { mechanism: 'mixed', text: 'Blandet' })
      .send('team.planned', { disciplines: ['psykolog'], goals: ['mental'] });
    assert.deepEqual(walk.refused('treatment.completed', { reason: 'completed', text: 'Færdig' }).rules, ['S2']);
    walk
      .send('team.completed', { outcomes: 'Bedre', acceptance: 'God' })
      .send('treatment.completed', { reason: 'completed', text: 'Færdig' });
    ends(walk, 'controlPhase.followUp', 'TSC_HEH', 'TSC_HEH');
  });

  it('the team, which answers S2', () => {
    const walk = attachedIn('painCentre', { facts: complexFacts }).send('team.planned', {
      disciplines: ['psykolog'],
      goals: ['mental'],
    });
    walk.send('patient.declined', { scope: 'team', text: 'Orker ikke' }, { unit: 'GP_MIDT', role: 'gp' });
    assert.deepEqual(walk.told, ['outcomeToUnit → TSC_HEH']);
    assert.deepEqual(walk.refused('treatment.completed', { reason: 'completed', text: 'Færdig' }).rules, ['S1']);
  });

  it('the whole course: before the first visit it goes back to the GP, afterwards the letter is owed', () => {
    for (const [walkTo, holder] of [
      [() => begin().send('referral.submitted', {}).send('referral.received', {}), 'CVI_MIDT'],
      [inVisitation, 'TSC_HEH'],
      [() => waitingFor('painClinic'), 'SK_HIH'],
    ] as const) {
      const walk = walkTo().send(
        'patient.declined',
        { scope: 'course', text: 'Vil ikke' },
        { unit: 'GP_MIDT', role: 'gp' },
      );
      ends(walk, 'generalPractice', 'GP_MIDT', 'gp');
      assert.deepEqual([walk.told, walk.running.includes('gpPlan')], [[`outcomeToUnit → ${holder}`], true]);
    }
    const walk = attachedIn('painClinic').send(
      'patient.declined',
      { scope: 'course', text: 'Vil ikke' },
      { unit: 'SK_HIH', role: 'secretary' },
    );
    ends(walk, 'controlPhase.followUp', 'SK_HIH', 'SK_HIH');
    for (const over of [() => begin(), () => letterOut('painClinic'), () => discharged('painClinic')]) {
      assert.equal(
        over().refused('patient.declined', { scope: 'course', text: 'Vil ikke' }, { unit: 'GP_MIDT', role: 'gp' }).kind,
        'not-possible',
      );
    }
  });

  it('the CVI may hear of it too', () => {
    const walk = begin()
      .send('referral.submitted', {})
      .send('referral.received', {})
      .send('patient.declined', { scope: 'course', text: 'Ringede' }, { unit: 'CVI_MIDT', role: 'cvi' });
    assert.deepEqual([walk.state, walk.told], ['generalPractice', ['outcomeToGp → GP_MIDT']]);
  });
});

describe('closed as completed, and the same pain two months later', () => {
  it('is a pathway of its own: a closed one begins no episode', () => {
    const walk = discharged('painClinic').send('pathway.closed', { reason: 'completed', text: 'Velbehandlet' });
    assert.deepEqual([walk.state, walk.unit, walk.prescriber, walk.clocks], ['closed', null, 'gp', []]);
    walk.wait(60);
    assert.equal(
      walk.refused('reReferral.started', { reason: 'other', text: 'Samme smerte' }, { unit: 'GP_MIDT', role: 'gp' })
        .kind,
      'not-possible',
    );
    walk.send(
      'advice.logged',
      { unit: 'TSC_HEH', counterpart: 'Egen læge', topic: 'Tilbagefald', advice: 'Genhenvis' },
      { unit: 'GP_MIDT', role: 'gp' },
    );
    walk.send(
      'letter.amended',
      { text: 'Tilføjelse', reason: 'Efter spørgsmål' },
      { unit: 'SK_HIH', role: 'physician' },
    );
    assert.deepEqual([walk.state, walk.told], ['closed', ['letterAmended → GP_MIDT']]);
    const again = begin({ at: walk.now }).send('referral.submitted', {});
    ends(again, 'referral.sent', 'GP_MIDT', 'gp', 'CVI_MIDT');
  });

  it("closes over an open new pain only with a reason, also from a second episode's practice", () => {
    const walk = inControlPhase('painClinic').send('newPain.identified', { text: 'Nakkesmerter', urgent: false });
    walk
      .deliverAll()
      .send('medicationRecord.confirmed', { at: walk.now })
      .send('letter.signed', letterOf(walk))
      .send('letter.receivedByGp', { how: 'EDI' });
    walk.send('reReferral.started', { reason: 'newPainProblem', text: 'Nakke' });
    assert.deepEqual(
      walk.refused('pathway.closed', { reason: 'managedInGeneralPractice', text: 'Behandles her' }).rules,
      ['S4'],
    );
    walk.send('pathway.closed', {
      reason: 'managedInGeneralPractice',
      text: 'Behandles her',
      acknowledged: [{ rule: 'S4', reason: 'Følges i almen praksis' }],
    });
    assert.equal(walk.state, 'closed');
  });

  it('closes with the reasons of its stage only', () => {
    assert.deepEqual(begin().refused('pathway.closed', { reason: 'completed', text: '–' }).rules, [
      'closureFromPractice',
    ]);
    assert.deepEqual(discharged('painClinic').refused('pathway.closed', { reason: 'duplicate', text: '–' }).rules, [
      'closureAfterDischarge',
    ]);
    assert.equal(
      begin().send('pathway.closed', { reason: 'managedInGeneralPractice', text: 'Behandles her' }).context.closure
        ?.reason,
      'managedInGeneralPractice',
    );
  });
});

describe('a referral that does not lead on', () => {
  it("rejected, it is the GP's again with reason and advice, and the pathway stays open", () => {
    const walk = inVisitation();
    assert.deepEqual(
      walk.refused('triage.decided', { decision: 'rejected', reason: 'Ikke afklaret', ...informed }).rules,
      ['rejectionExplained'],
    );
    walk.send('triage.decided', {
      decision: 'rejected',
      reason: 'Ikke afklaret',
      adviceToGp: 'MR af lænd først',
      patientInformedBy: 'gp',
    });
    ends(walk, 'generalPractice', 'GP_MIDT', 'gp');
    assert.deepEqual(walk.told, ['triageAnswer → GP_MIDT']);
    for (const words of [/Ikke afklaret/, /MR af lænd først/, /underrettes af egen læge/])
      assert.match(walk.lastMessage.body, words);
    assert.deepEqual(
      walk.running.filter((clock) => !clock.startsWith('delivery')),
      ['gpPlan'],
    );
    walk.send('referral.submitted', {});
    assert.deepEqual([walk.state, walk.context.referralVersion, walk.context.triage], ['referral.sent', 2, undefined]);
  });

  it("returned, nothing of the unit's is left standing", () => {
    const walk = waitingFor('painClinic')
      .send('appointment.booked', { at: '2026-04-01T09:00:00+02:00', place: 'HiH' })
      .send('information.supplied', { text: 'Ny telefon' }, { role: 'gp' })
      .send('appointment.missed', { late: true });
    walk
      .send('appointment.booked', { at: '2026-04-08T09:00:00+02:00', place: 'HiH' })
      .send('appointment.cancelled', { by: 'patient', reason: 'Rejse' })
      .send('patient.declined', { scope: 'course', text: 'Vil ikke' });
    const { unseen, appointments, missed, clinic, patientCausedSince, requested } = walk.context;
    assert.deepEqual(
      { unseen, appointments, missed, clinic, patientCausedSince, requested },
      {
        unseen: [],
        appointments: [],
        missed: 0,
        clinic: undefined,
        patientCausedSince: undefined,
        requested: undefined,
      },
    );
  });

  it('withdrawn, whoever holds it is told: the CVI that it was sent to, the centre, the clinic', () => {
    const cases: [() => Walk, string][] = [
      [() => begin().send('referral.submitted', {}), 'CVI_MIDT'],
      [() => begin().send('referral.submitted', {}).send('referral.received', {}), 'CVI_MIDT'],
      [inVisitation, 'TSC_HEH'],
      [awaiting, 'TSC_HEH'],
      [() => waitingFor('painClinic'), 'SK_HIH'],
      [() => waitingFor('painCentre'), 'TSC_HEH'],
    ];
    for (const [walkTo, holder] of cases) {
      const walk = walkTo().send('referral.withdrawn', { reason: 'Patienten er blevet bedre' });
      assert.deepEqual([walk.state, walk.told], ['generalPractice', [`referralWithdrawn → ${holder}`]]);
    }
    assert.equal(
      attachedIn('painClinic').refused('referral.withdrawn', { reason: 'For sent' }, { unit: 'GP_MIDT', role: 'gp' })
        .kind,
      'not-possible',
    );
  });

  it('withdrawn in a second episode while it is still at the CVI, the CVI is told and not the centre of the first', () => {
    const walk = discharged('painClinic')
      .send('reReferral.started', { reason: 'newPainProblem', text: 'Ny' })
      .send('referral.updated', { facts: completeFacts })
      .send('referral.submitted', {})
      .send('referral.received', {});
    assert.deepEqual(walk.send('referral.withdrawn', { reason: 'Bedre' }).told, ['referralWithdrawn → CVI_MIDT']);
  });

  it('readdressed, it is on its way again: the new CVI gets it, the GP is responsible again and told', () => {
    const walk = begin({ area: 'nord' })
      .send('referral.submitted', {})
      .send('referral.received', {})
      .send('referral.readdressed', { planningArea: 'byen', reason: 'Bor i Byen' });
    ends(walk, 'referral.sent', 'GP_NORD', 'gp', 'CVI_BYEN');
    assert.deepEqual(walk.told.sort(), ['outcomeToGp → GP_NORD', 'referral → CVI_BYEN']);
    assert.ok(walk.running.includes('receipt'));
    const same = begin({ area: 'nord' })
      .send('referral.submitted', {})
      .send('referral.received', {})
      .send('referral.readdressed', { planningArea: 'midt', reason: 'Bor i Midt' });
    assert.deepEqual([same.state, same.context.planningArea], ['referral.atCvi', 'midt']);
    const nowhere = begin({ area: 'nord' }).send('referral.submitted', {}).send('referral.received', {});
    for (const planningArea of ['bornholm', 'outsideRegion'] as const)
      assert.deepEqual(nowhere.refused('referral.readdressed', { planningArea, reason: '–' }).rules, ['V1']);
  });

  it("returned by the CVI, which never decides clinically, it is the GP's again and he is told", () => {
    const walk = begin().send('referral.submitted', {}).send('referral.received', {});
    assert.equal(
      walk.refused(
        'triage.decided',
        { decision: 'rejected', reason: '–', adviceToGp: '–', ...informed },
        { unit: 'CVI_MIDT', role: 'cvi' },
      ).kind,
      'not-allowed',
    );
    walk.send('referral.returnedToSender', { reason: 'unreadable', text: 'Siderne mangler' });
    ends(walk, 'generalPractice', 'GP_MIDT', 'gp');
    assert.deepEqual(walk.told, ['referralReturned → GP_MIDT']);
    assert.ok(walk.running.includes('gpPlan'));
  });

  it('moved to the other centre, it is decided there anew; that centre and the GP are told', () => {
    const walk = inVisitation();
    assert.deepEqual(
      walk.refused('referral.movedToCentre', { centre: 'TSC_HEH', reason: 'capacity', text: '–' }).rules,
      ['otherCentre'],
    );
    walk.send('referral.movedToCentre', { centre: 'TSC_RH', reason: 'capacity', text: 'Ventetid' });
    ends(walk, 'visitation.assessing', 'TSC_RH', 'gp');
    assert.deepEqual(walk.told.sort(), ['handedOver → TSC_RH', 'outcomeToGp → GP_MIDT']);
    assert.equal(
      walk.refused('triage.decided', { decision: 'painCentre', ...informed }, { unit: 'TSC_HEH', role: 'triager' })
        .kind,
      'not-allowed',
    );
    assert.equal(
      walk.send(
        'triage.decided',
        { decision: 'painClinic', target: 'SK_BBH', ...informed },
        { unit: 'TSC_RH', role: 'triager' },
      ).unit,
      'SK_BBH',
    );
  });

  it('returned by a clinic before the first visit, its centre decides again and is told; attached, it cannot be', () => {
    const walk = waitingFor('painClinic').send(
      'clinic.returned',
      { reason: 'Kompleks' },
      { unit: 'SK_HIH', role: 'physician' },
    );
    ends(walk, 'visitation.assessing', 'TSC_HEH', 'gp');
    assert.deepEqual(walk.told, ['handedOver → TSC_HEH']);
    assert.equal(walk.context.triage, undefined);
    const attached = attachedIn('painCentre').send('unit.transferred', { to: 'SK_HIH', reason: 'Simpel' });
    assert.equal(attached.refused('clinic.returned', { reason: 'Nej' }).kind, 'not-possible');
    const reopened = waitingFor('painCentre').send('triage.reopened', { reason: 'Nye oplysninger' });
    ends(reopened, 'visitation.assessing', 'TSC_HEH', 'gp');
  });

  it('entered in error, before any care: closed, and the others are told', () => {
    const walk = waitingFor('painClinic').send(
      'pathway.enteredInError',
      { reason: 'Forkert patient' },
      { unit: 'SK_HIH', role: 'secretary' },
    );
    assert.deepEqual(
      [walk.state, walk.context.closure?.reason, walk.told],
      ['closed', 'enteredInError', ['outcomeToGp → GP_MIDT']],
    );
    for (const after of [
      () => attachedIn('painClinic'),
      () => discharged('painClinic'),
      () => discharged('painClinic').send('reReferral.started', { reason: 'newPainProblem', text: 'Ny' }),
    ]) {
      assert.equal(after().refused('pathway.enteredInError', { reason: 'Forkert' }).kind, 'not-possible');
    }
  });
});

describe('information that is asked for', () => {
  it('is reminded of with a message, asked for anew, or done without', () => {
    const walk = awaiting().wait(15).sweep();
    assert.ok(walk.clock('requestedInformation')?.missedAt);
    walk.send('information.reminded', {}, { role: 'secretary' });
    assert.deepEqual([walk.state, walk.told], ['visitation.awaitingInformation', ['informationRequest → GP_NORD']]);
    assert.match(walk.lastMessage.body, /^Rykker[^]*\n– EKG\n/);
    walk.send('information.requested', { items: ['H3a', 'H6'] }, { role: 'triager' });
    assert.match(walk.lastMessage.body, /– EKG\n– Allergi/);
    assert.equal(walk.clock('requestedInformation')?.missedAt, undefined, 'the GP has his days anew');
    assert.deepEqual(walk.refused('information.requested', { items: [] }).rules, ['askedForSomething']);
    const moved = awaiting().send('referral.movedToCentre', { centre: 'TSC_RH', reason: 'freeChoice', text: 'Ønske' });
    assert.deepEqual([moved.state, moved.unit, moved.context.requested], ['visitation.assessing', 'TSC_RH', undefined]);
    walk.send('triage.decided', { decision: 'painClinic', ...informed }, { role: 'triager' });
    ends(walk, 'painClinic.intake', 'SK_HIH', 'gp');
    assert.deepEqual([walk.context.requested, walk.clock('requestedInformation')], [undefined, undefined]);
  });

  it('is judged with the answers as they stand now: an unknown one is supplied, not overridden', () => {
    const walk = awaiting().send(
      'information.supplied',
      { facts: { clarified: null, exclusions: { activeCancer: true } } },
      { unit: 'GP_NORD', role: 'gp' },
    );
    const exception = (rule: string) => ({ rule, reason: 'Vurderet af visiterende læge' });
    const refusal = walk.refused('triage.decided', {
      decision: 'painClinic',
      ...informed,
      overrides: [exception('B1'), exception('X2')],
    });
    assert.deepEqual(
      refusal.findings.map(({ rule, status, remedy }) => [rule, status, remedy]),
      [['B1', 'unknown', 'supply']],
    );
    walk
      .send('information.requested', { items: [], question: 'Er han afklaret?' })
      .send('information.recorded', { source: 'phone', facts: { clarified: true } }, { role: 'secretary' });
    assert.deepEqual(walk.refused('triage.decided', { decision: 'painClinic', ...informed }).rules, ['X2']);
    assert.equal(
      walk.send('triage.decided', { decision: 'painClinic', ...informed, overrides: [exception('X2')] }).state,
      'painClinic.intake',
    );
    assert.equal(walk.context.referralVersion, 3);
  });
});

describe('information that comes in unasked', () => {
  it("stays in the state, makes a version, stands on the holder's list and shows what it changes", () => {
    const walk = attachedIn('painClinic').send(
      'information.supplied',
      { facts: { exclusions: { activeCancer: true }, clarified: false } },
      { unit: 'GP_MIDT', role: 'gp' },
    );
    ends(walk, 'painClinic.treatment', 'SK_HIH', 'SK_HIH');
    assert.deepEqual([walk.context.referralVersion, walk.context.unseen], [2, [walk.seq]]);
    const shown = walk.findings.filter(({ status, rule }) => status !== 'met' && rule !== 'staffSupplies');
    assert.deepEqual(
      shown.map(({ rule, severity, remedy }) => [rule, severity, remedy]),
      [
        ['B1', 'info', 'none'],
        ['X2', 'info', 'none'],
      ],
    );
    walk.send('information.seen', {}, { unit: 'SK_HIH', role: 'physician' });
    assert.deepEqual(walk.context.unseen, []);
    assert.equal(walk.refused('information.seen', {}).kind, 'not-possible');
  });

  it('may come from practice staff for H3, H3a and H8, and for nothing else', () => {
    const staff = { unit: 'GP_NORD', role: 'gpStaff' } as const;
    assert.deepEqual(
      awaiting().refused('information.supplied', { facts: { content: { allergy: { none: true } } } }, staff).rules,
      ['staffSupplies'],
    );
    assert.deepEqual(awaiting().refused('information.supplied', { facts: { clarified: true } }, staff).rules, [
      'staffSupplies',
    ]);
    const walk = awaiting().send(
      'information.supplied',
      { facts: { content: { ecg: 'Normalt', investigations: 'MR', practical: { interpreter: false } } } },
      staff,
    );
    assert.equal(walk.state, 'visitation.assessing');
  });
});

describe('appointments and prescriptions', () => {
  it('only a time ahead is moved or cancelled; one that has passed was missed or attended', () => {
    const walk = attachedIn('painClinic').send('appointment.booked', { at: '2026-03-20T09:00:00+01:00', place: 'HiH' });
    assert.deepEqual(
      walk.refused('appointment.cancelled', { by: 'unit', reason: 'Syg læge' }, { at: '2026-03-21T09:00:00+01:00' })
        .rules,
      ['appointmentStands'],
    );
    assert.deepEqual(
      walk.refused(
        'appointment.moved',
        { at: '2026-03-30T09:00:00+02:00', by: 'unit', reason: 'Syg læge' },
        { at: '2026-03-21T09:00:00+01:00' },
      ).rules,
      ['appointmentStands'],
    );
    walk
      .send('appointment.booked', { at: '2026-03-27T09:00:00+01:00', place: 'HiH' })
      .send('appointment.cancelled', { by: 'patient', reason: 'Rejse' }, { at: '2026-03-21T09:00:00+01:00' });
    assert.deepEqual(
      walk.context.appointments.map(({ at }) => at),
      ['2026-03-20T08:00:00.000Z'],
      'the next one ahead is meant',
    );
    walk.send('appointment.missed', { late: false });
    assert.deepEqual([walk.context.appointments, walk.context.missed], [[], 1]);
    ends(walk, 'painClinic.treatment', 'SK_HIH', 'SK_HIH');
  });

  it('a walk-in needs a reason, an appointment does not', () => {
    const walk = waitingFor('painClinic');
    assert.deepEqual(walk.refused('visit.attended', { at: walk.now }).rules, ['appointmentOrWalkIn']);
    assert.equal(
      walk.send('visit.attended', { at: walk.now, walkInReason: 'Mødte uden tid' }).state,
      'painClinic.treatment',
    );
  });

  it('an interpreter that is needed is acknowledged with the booking', () => {
    const facts = {
      ...completeFacts,
      content: { ...completeFacts.content, practical: { interpreter: true, language: 'arabisk', transport: false } },
    };
    const walk = waitingFor('painClinic', { facts });
    assert.deepEqual(walk.refused('appointment.booked', { at: walk.inDays(7), place: 'HiH' }).rules, ['H8.arranged']);
    assert.equal(
      walk.send('appointment.booked', { at: walk.inDays(7), place: 'HiH', acknowledged: [{ rule: 'H8.arranged' }] })
        .context.appointments.length,
      1,
    );
  });

  it('a note is corrected and resent by the unit that wrote it, also in a later episode; the correction is owed anew', () => {
    const walk = inControlPhase('painClinic').send('note.signed', { text: 'Notat' });
    const noteId = walk.seq;
    walk
      .deliverAll()
      .send('medicationRecord.confirmed', { at: walk.now })
      .send('letter.signed', letterOf(walk))
      .send('letter.receivedByGp', { how: 'EDI' })
      .send('reReferral.started', { reason: 'newPainProblem', text: 'Ny' });
    walk.send('note.corrected', { noteId, text: 'Rettet', reason: 'Tastefejl' }, { unit: 'SK_HIH', role: 'physician' });
    assert.deepEqual(
      [walk.told, walk.context.notes[noteId], walk.state],
      [['note → GP_MIDT'], 'queued', 'generalPractice'],
    );
    walk.send('note.resent', { noteId }, { unit: 'SK_HIH', role: 'secretary' });
    walk.send(
      'note.deliveredManually',
      { noteId, channel: 'Post', recipient: 'GP_MIDT', reason: 'System nede' },
      { unit: 'SK_HIH', role: 'secretary' },
    );
    assert.deepEqual(
      [walk.context.notes[noteId], Object.values(walk.context.undelivered).filter(({ letter }) => letter === 'note')],
      ['byHand', []],
    );
    assert.equal(
      walk.refused('note.signed', { text: 'Nyt notat' }, { unit: 'SK_HIH', role: 'physician' }).kind,
      'not-possible',
      'no longer attached',
    );
  });

  it('a class is handed back with a reason (S5) and may be taken over again; the GP is told each time', () => {
    const walk = attachedIn('painClinic');
    const back = { classes: ['hypnotic'], reason: 'Aftalt', agreedWith: 'Egen læge' } as const;
    assert.deepEqual(walk.refused('prescribing.handedBack', { ...back, classes: [...back.classes] }).rules, ['S5']);
    walk.send('prescribing.handedBack', {
      ...back,
      classes: [...back.classes],
      acknowledged: [{ rule: 'S5', reason: 'Egen læge ønsker det' }],
    });
    assert.deepEqual([walk.prescriber, walk.told], ['SK_HIH, SK_HIH, gp', ['prescribing → GP_MIDT']]);
    assert.deepEqual(walk.refused('prescribing.takenOver', { classes: ['analgesic'], reason: 'Igen' }).rules, [
      'notYetPrescribing',
    ]);
    walk.send('prescribing.takenOver', { classes: ['hypnotic'], reason: 'Ny plan' });
    assert.equal(walk.prescriber, 'SK_HIH');
  });

  it('the unit whose physician takes a class over has it, also while another unit treated last', () => {
    const walk = attachedIn('painClinic').send('unit.transferred', { to: 'TSC_HEH', reason: 'Kompleks' });
    walk.send(
      'prescribing.takenOver',
      { classes: ['analgesic'], reason: 'Omlægning før første besøg' },
      { unit: 'TSC_HEH', role: 'physician' },
    );
    assert.equal(walk.prescriber, 'TSC_HEH, SK_HIH, SK_HIH');
  });

  it('whoever may not is refused before anything is judged', () => {
    const walk = begin({ facts: {} });
    assert.equal(walk.refused('referral.submitted', {}, { unit: 'GP_MIDT', role: 'gpStaff' }).kind, 'not-allowed');
    assert.equal(walk.refused('referral.submitted', {}, { unit: 'GP_NORD', role: 'gp' }).kind, 'not-allowed');
    assert.equal(
      walk.refused('visit.attended', { at: walk.now }, { unit: 'TSC_HEH', role: 'nurse' }).kind,
      'not-allowed',
    );
    for (const role of ['manager', 'admin', 'auditor'] as const)
      assert.equal(walk.refused('referral.submitted', {}, { unit: 'GP_MIDT', role }).kind, 'not-allowed');
  });

  it('handover lines are asked for what the unit prescribes, each class once', () => {
    const walk = inControlPhase('painClinic').send('prescribing.handedBack', {
      classes: ['hypnotic'],
      reason: 'Aftalt',
      agreedWith: 'Egen læge',
      acknowledged: [{ rule: 'S5', reason: 'Aftalt' }],
    });
    walk.deliverAll().send('medicationRecord.confirmed', { at: walk.now });
    const lines = handoverFrom('2026-04-01');
    assert.deepEqual(
      walk.refused('letter.signed', { ...letterOf(walk), handover: [lines[0]!] }).findings.map(({ value }) => value),
      ['sedative'],
    );
    assert.deepEqual(
      walk.refused('letter.signed', { ...letterOf(walk), handover: [lines[0]!, lines[0]!, lines[1]!] }).rules,
      ['handoverComplete'],
    );
    assert.deepEqual(
      walk.refused('letter.signed', {
        ...letterOf(walk),
        followUpRecommended: false,
        acknowledged: [{ rule: 'followUpForHandover' }],
      }).rules,
      ['followUpForHandover'],
    );
    const nothing = (['analgesic', 'sedative'] as const).map((drugClass) => ({
      drugClass,
      nothingPrescribed: true as const,
    }));
    assert.equal(
      walk.send('letter.signed', { forwardPlan: 'Plan', followUpRecommended: false, handover: nothing }).state,
      'controlPhase.letterSent',
    );
  });
});
