/** The acceptance cases (acceptance.md): synthetic patients, referred on Monday 2026-03-02 under rule set 2014-09. */
import assert from 'node:assert/strict';
import { describe, it } from '@jest/globals';

import { cprDate, gln, normaliseCpr } from '../../machines/calendar/identifiers.js';
import { offers } from '../../machines/pathway/fields.js';
import { unitOf } from '../../machines/pathway/routes.js';
import { suggestionFor } from '../../machines/pathway/suggestion.js';
import { mergeFacts, type FactsPatch } from '../../machines/pathway/facts.js';
import {
  assessmentFacts,
  attachedIn,
  begin,
  completeFacts,
  complexFacts,
  discharged,
  handoverFrom,
  inVisitation,
  waitingFor,
  type Beginning,
  type Walk,
} from '../support/walk.js';

const born = (cpr: string) => cprDate(normaliseCpr(cpr))!;
const changed = (patch: FactsPatch, facts = completeFacts) => mergeFacts(facts, patch);
const excepted = (rule: string) => ({ rule, reason: 'Drøftet med visiterende læge den 2. marts 2026' });
const informed = { patientInformedBy: 'unit' } as const;

describe('A1, Anders: simple, from Nord, wants a clinic', () => {
  const patient: Beginning = { area: 'nord', birthDate: born('120375-9995') };

  it('goes by CVI Midt to HeH with no findings, and waits at HiH once the clinic has accepted', () => {
    const walk = begin(patient).send('referral.submitted', {}, { unit: 'GP_NORD', role: 'gp' });
    assert.deepEqual(
      walk.findings.filter(({ status }) => status !== 'met'),
      [],
    );
    assert.equal(walk.state, 'referral.sent');
    assert.equal(walk.context.cvi, 'CVI_MIDT');
    assert.equal(gln.parse(unitOf(walk.context.cvi)?.gln), '5790000203628');
    assert.deepEqual(walk.told, ['referral → CVI_MIDT']);
    assert.deepEqual([walk.unit, walk.nextMove], ['GP_NORD', 'CVI_MIDT']);
    walk
      .send('referral.received', {}, { unit: 'CVI_MIDT', role: 'cvi' })
      .send('referral.forwarded', { centre: 'TSC_HEH' }, { unit: 'CVI_MIDT', role: 'cvi' });
    assert.deepEqual([walk.state, walk.unit], ['visitation.assessing', 'TSC_HEH']);
    assert.equal(suggestionFor(walk.context.facts), 'simple');
    walk.send(
      'triage.decided',
      { decision: 'painClinic', target: 'SK_HIH', ...informed },
      { unit: 'TSC_HEH', role: 'triager' },
    );
    assert.deepEqual(
      walk.findings.filter(({ status }) => status !== 'met'),
      [],
    );
    assert.deepEqual([walk.state, walk.unit], ['painClinic.intake', 'SK_HIH']);
    assert.deepEqual(walk.told, ['triageAnswer → GP_NORD', 'triagedOn → SK_HIH']);
    walk.send('clinic.accepted', {}, { unit: 'SK_HIH', role: 'secretary' });
    assert.equal(walk.state, 'painClinic.waiting');
    assert.equal(walk.prescriber, 'gp');
  });

  it('may be triaged to HiH only, which is meant where no clinic is named', () => {
    for (const target of ['SK_HVH', 'SK_BBH', 'SK_GLOH', 'TSC_HEH', 'GP_NORD', 'NO_SUCH']) {
      assert.deepEqual(
        inVisitation(patient).refused('triage.decided', { decision: 'painClinic', target, ...informed }).rules,
        ['V3'],
        target,
      );
    }
    assert.equal(inVisitation(patient).send('triage.decided', { decision: 'painClinic', ...informed }).unit, 'SK_HIH');
  });

  it("is forwarded to no other centre than the route's", () => {
    const walk = begin(patient).send('referral.submitted', {}).send('referral.received', {});
    assert.deepEqual(walk.refused('referral.forwarded', { centre: 'TSC_RH' }).rules, ['V1']);
  });
});

describe('A2, Birthe: complex, from Midt', () => {
  const patient: Beginning = { area: 'midt', birthDate: born('050768-9996'), facts: complexFacts };

  it('is suggested as complex and waits at HeH', () => {
    const walk = inVisitation(patient);
    assert.deepEqual(
      [walk.context.cvi, walk.context.centre, suggestionFor(walk.context.facts)],
      ['CVI_MIDT', 'TSC_HEH', 'complex'],
    );
    walk.send('triage.decided', { decision: 'painCentre', ...informed });
    assert.deepEqual([walk.state, walk.unit], ['painCentre.waiting', 'TSC_HEH']);
    assert.deepEqual(
      walk.findings.filter(({ status }) => status !== 'met'),
      [],
    );
  });

  it('does not go to HvH, which is no clinic of HeH: V3, integrity, whatever reason is given', () => {
    const walk = inVisitation(patient);
    const refusal = walk.refused('triage.decided', {
      decision: 'painClinic',
      target: 'SK_HVH',
      ...informed,
      overrides: [excepted('V3')],
      acknowledged: [{ rule: 'O1', reason: 'Ønsker klinik' }, { rule: 'V3' }],
    });
    assert.deepEqual(refusal.rules, ['V3']);
    assert.deepEqual(
      refusal.findings.map(({ severity, remedy, lines }) => [severity, remedy, lines]),
      [['integrity', 'none', '129-131']],
    );
    assert.equal(walk.state, 'visitation.assessing');
  });

  it('goes to HiH against the suggestion with a reason, and to no clinic without one', () => {
    const decision = { decision: 'painClinic', target: 'SK_HIH', ...informed } as const;
    const walk = inVisitation(patient);
    assert.deepEqual(walk.refused('triage.decided', decision).rules, ['O1']);
    assert.deepEqual(walk.refused('triage.decided', { ...decision, acknowledged: [{ rule: 'O1' }] }).rules, ['O1']);
    assert.equal(
      walk.send('triage.decided', {
        ...decision,
        acknowledged: [{ rule: 'O1', reason: 'Patienten magter ikke et tværfagligt forløb' }],
      }).unit,
      'SK_HIH',
    );
  });
});

describe('A3, Casper: simple, from Byen', () => {
  const patient: Beginning = { area: 'byen', birthDate: born('241182-9995') };

  it('goes by CVI Byen to RH, whose triager chooses among HvH, BBH and GloH', () => {
    const walk = inVisitation(patient);
    assert.equal(gln.parse(unitOf(walk.context.cvi)?.gln), '5790000188604');
    assert.deepEqual([walk.unit, suggestionFor(walk.context.facts)], ['TSC_RH', 'simple']);
    assert.deepEqual(walk.refused('triage.decided', { decision: 'painClinic', ...informed }).rules, ['V4']);
    assert.deepEqual(walk.refused('triage.decided', { decision: 'painClinic', target: 'SK_HIH', ...informed }).rules, [
      'V4',
    ]);
    for (const target of ['SK_HVH', 'SK_BBH', 'SK_GLOH']) {
      assert.deepEqual(
        [target, inVisitation(patient).send('triage.decided', { decision: 'painClinic', target, ...informed }).unit],
        [target, target],
      );
    }
  });
});

describe('A4, Dorthe: assessment of her medication, from Syd', () => {
  const patient: Beginning = { area: 'syd', birthDate: born('170959-9996'), facts: assessmentFacts };

  it('stays at the centre, not a clinic (Q9), and the GP still prescribes after the visit', () => {
    const walk = inVisitation(patient);
    assert.deepEqual([walk.unit, suggestionFor(walk.context.facts)], ['TSC_RH', 'medicationAssessment']);
    walk.send('triage.decided', { decision: 'medicationAssessment', ...informed });
    assert.deepEqual(
      [walk.state, walk.unit, walk.findings.filter(({ status }) => status !== 'met')],
      ['medicationAssessment.waiting', 'TSC_RH', []],
    );
    walk
      .send('appointment.booked', { at: walk.inDays(10), place: 'RH' })
      .send('visit.attended', { at: walk.inDays(10) }, { at: walk.inDays(10) });
    assert.deepEqual([walk.state, walk.attached, walk.prescriber], ['medicationAssessment.assessment', true, 'gp']);
    assert.deepEqual(walk.told, ['attached → GP_SYD']);
    assert.match(walk.lastMessage.body, /Recepter på analgetika udstedes af egen læge/);
  });

  it('is blocked by O3.4 while the referral does not state the purpose; the GP may take that on, the triager anew', () => {
    const facts = changed({ medicationAssessmentStatement: false }, assessmentFacts);
    const draft = begin({ ...patient, facts });
    assert.deepEqual(
      draft.refused('referral.submitted', {}).findings.map(({ rule, severity, remedy }) => [rule, severity, remedy]),
      [['O3.4', 'block', 'override']],
    );
    draft
      .send('referral.submitted', { overrides: [excepted('O3.4')] })
      .send('referral.received', {})
      .send('referral.forwarded', { centre: 'TSC_RH' });
    assert.equal(suggestionFor(draft.context.facts), 'simple');
    assert.deepEqual(draft.refused('triage.decided', { decision: 'medicationAssessment', ...informed }).rules, [
      'O3.4',
    ]);
    assert.equal(
      draft.send('triage.decided', { decision: 'medicationAssessment', ...informed, overrides: [excepted('O3.4')] })
        .state,
      'medicationAssessment.waiting',
    );
  });
});

describe('A5 and A6: the limits of age and duration', () => {
  it('A5, Frederik turns 18 on the day: C1 is unmet with a warning that the GP and the triager acknowledge', () => {
    const walk = begin({ birthDate: born('020308-9995') });
    assert.deepEqual(
      walk
        .refused('referral.submitted', {})
        .findings.map(({ rule, severity, status, value, quote }) => [rule, severity, status, value, quote]),
      [['C1', 'warn', 'unmet', 18, 'Voksne (>18 år)']],
    );
    walk
      .send('referral.submitted', { acknowledged: [{ rule: 'C1' }] })
      .send('referral.received', {})
      .send('referral.forwarded', { centre: 'TSC_HEH' });
    assert.deepEqual(walk.refused('triage.decided', { decision: 'painClinic', ...informed }).rules, ['C1']);
    assert.equal(
      walk.send('triage.decided', { decision: 'painClinic', ...informed, acknowledged: [{ rule: 'C1' }] }).state,
      'painClinic.intake',
    );
  });

  it('A5, a day earlier he is 17 and C1 blocks', () => {
    const walk = begin({ birthDate: born('020308-9995'), at: '2026-03-01T08:00:00+01:00' });
    const refusal = walk.refused('referral.submitted', { acknowledged: [{ rule: 'C1' }] });
    assert.deepEqual(
      refusal.findings.map(({ rule, severity, value }) => [rule, severity, value]),
      [['C1', 'block', 17]],
    );
    assert.equal(walk.send('referral.submitted', { overrides: [excepted('C1')] }).state, 'referral.sent');
  });

  it('A6, Hans has had pain for exactly six months and is 18: two warnings', () => {
    const walk = begin({ birthDate: born('140607-9995'), facts: changed({ onset: '2025-09-02' }) });
    assert.deepEqual(
      walk.refused('referral.submitted', {}).findings.map(({ rule, severity, value }) => [rule, severity, value]),
      [
        ['C1', 'warn', 18],
        ['C2', 'warn', '2025-09-02'],
      ],
    );
    walk.send('referral.submitted', { acknowledged: [{ rule: 'C1' }, { rule: 'C2' }] });
    assert.equal(walk.state, 'referral.sent');
  });
});

describe('A7, Jens: not clarified, not treated to the end', () => {
  const patient: Beginning = {
    birthDate: born('290860-9995'),
    facts: changed({ clarified: false, priorTreatmentCompleted: false }),
  };

  it('is refused with both Danish phrases, and nothing has changed', () => {
    const walk = begin(patient);
    const before = JSON.stringify(walk.stored);
    const refusal = walk.refused('referral.submitted', { acknowledged: [{ rule: 'B1' }, { rule: 'B2' }] });
    assert.equal(refusal.kind, 'rules-unmet');
    assert.deepEqual(
      refusal.findings.map(({ rule, quote, lines, status }) => [rule, quote, lines, status]),
      [
        ['B1', 'Pt skal før henvisning være diagnostisk afklaret', '28', 'unmet'],
        ['B2', 'færdigbehandlet i de relevante specialer', '28', 'unmet'],
      ],
    );
    assert.equal(JSON.stringify(walk.stored), before);
    assert.equal(walk.state, 'generalPractice');
  });

  it('goes through when the GP takes both exceptions on, not when only one', () => {
    const walk = begin(patient);
    assert.deepEqual(walk.refused('referral.submitted', { overrides: [excepted('B1')] }).rules, ['B2']);
    assert.equal(
      walk.refused('referral.submitted', { overrides: [{ rule: 'B1', reason: 'for kort' }, excepted('B2')] }).kind,
      'invalid',
    );
    assert.equal(
      walk.send('referral.submitted', { overrides: [excepted('B1'), excepted('B2')] }).state,
      'referral.sent',
    );
    assert.equal(walk.finding('B1')?.status, 'unmet', 'the exception stays visible as a finding');
  });
});

describe('A8, Karl: no drugs tried', () => {
  const facts = changed({ medicationTried: false, trigger: { psychosocial: true, insufficientEffect: false } });

  it('gets warnings only', () => {
    const walk = begin({
      birthDate: born('171190-9995'),
      facts: changed({ content: { medicationsTried: null } }, facts),
    });
    assert.deepEqual(
      walk.refused('referral.submitted', {}).findings.map(({ rule, severity }) => [rule, severity]),
      [
        ['B3', 'warn'],
        ['H4', 'warn'],
      ],
    );
    assert.equal(
      walk.send('referral.submitted', { acknowledged: [{ rule: 'B3' }, { rule: 'H4' }] }).state,
      'referral.sent',
    );
  });

  it('"none" is an answer to H4, an empty list is not', () => {
    const said = (medicationsTried: { none: true } | []) =>
      begin({ facts: changed({ content: { medicationsTried } }, facts) });
    assert.deepEqual(said({ none: true }).refused('referral.submitted', {}).rules, ['B3']);
    assert.deepEqual(said([]).refused('referral.submitted', {}).rules, ['B3', 'H4']);
    assert.equal(
      said({ none: true }).send('referral.submitted', { acknowledged: [{ rule: 'B3' }, { rule: 'H4' }] }).state,
      'referral.sent',
    );
  });
});

describe('A9 and A10: exclusions are asked in their qualified form', () => {
  it('A9, Lone has active breast cancer: X2 blocks', () => {
    const walk = begin({ birthDate: born('090971-9996'), facts: changed({ exclusions: { activeCancer: true } }) });
    assert.deepEqual(
      walk.refused('referral.submitted', {}).findings.map(({ rule, severity, lines }) => [rule, severity, lines]),
      [['X2', 'block', '60-62']],
    );
  });

  it('A9, cancer treated eight years ago gives no finding', () => {
    const walk = begin({
      birthDate: born('090971-9996'),
      facts: changed({
        exclusions: { activeCancer: false },
        content: { comorbidity: 'Brystkræft, behandlet 2018, ikke aktiv' },
      }),
    }).send('referral.submitted', {});
    assert.deepEqual(
      walk.findings.filter(({ status }) => status !== 'met'),
      [],
    );
  });

  it("A10, Nina's stable bipolar disorder excludes nothing; severe and unstable it blocks", () => {
    const nina = (unstable: boolean) =>
      begin({
        birthDate: born('210447-9996'),
        facts: changed({
          exclusions: { severeUnstablePsychiatricDisorder: unstable },
          content: { comorbidity: 'Bipolar lidelse' },
        }),
      });
    assert.equal(nina(false).send('referral.submitted', {}).state, 'referral.sent');
    assert.deepEqual(nina(true).refused('referral.submitted', {}).rules, ['X5']);
  });
});

describe('A11, Pia: an incomplete referral', () => {
  const facts = changed({ content: { ecg: null, allergy: null, toldToPatient: null } });
  const missing = ['H3a', 'H6', 'H7'] as const;
  const submitted = () =>
    begin({ birthDate: born('190578-9996'), facts }).send('referral.submitted', {
      acknowledged: missing.map((rule) => ({ rule })),
    });

  it('is submitted once the three warnings are acknowledged', () => {
    const draft = begin({ birthDate: born('190578-9996'), facts });
    assert.deepEqual(
      draft.refused('referral.submitted', {}).findings.map(({ rule, severity }) => [rule, severity]),
      missing.map((rule) => [rule, 'warn']),
    );
    assert.equal(submitted().state, 'referral.sent');
  });

  it('waits for information at the centre, whose clock stands still, until the GP has supplied it as version 2', () => {
    const walk = submitted().send('referral.received', {}).send('referral.forwarded', { centre: 'TSC_HEH' });
    walk.send('information.requested', { items: [...missing] }, { role: 'triager' });
    assert.deepEqual([walk.state, walk.unit, walk.nextMove], ['visitation.awaitingInformation', 'TSC_HEH', 'GP_MIDT']);
    assert.deepEqual(walk.told, ['informationRequest → GP_MIDT']);
    assert.match(walk.lastMessage.body, /– EKG\n– Allergi\n– Sagt til patienten/);
    assert.match(walk.lastMessage.body, /Senest mandag den 16\. marts 2026/, 'it says by when: 14 days');
    assert.ok(walk.clock('firstVisit')?.pausedSince, 'the wait stands still');
    assert.ok(walk.clock('decision')?.pausedSince);
    assert.equal(walk.context.referralVersion, 1);
    assert.equal(walk.context.facts.content?.ecg, undefined);
    walk.send(
      'information.supplied',
      { facts: { content: { ecg: 'Sinusrytme', allergy: { none: true }, toldToPatient: 'Henvises' } } },
      { unit: 'GP_MIDT', role: 'gp' },
    );
    assert.deepEqual([walk.state, walk.unit, walk.context.referralVersion], ['visitation.assessing', 'TSC_HEH', 2]);
    assert.equal(walk.clock('firstVisit')?.pausedSince, undefined);
    assert.equal(walk.clock('requestedInformation'), undefined);
  });
});

describe('A12, Viktor: new knee pain at RH', () => {
  it("is the GP's to work up while the course goes on, and a reason for a re-referral once it is chronic", () => {
    const walk = attachedIn('painCentre', { area: 'byen', birthDate: born('230188-9997') });
    walk.send(
      'newPain.identified',
      { text: 'Nye smerter i højre knæ', urgent: false },
      { unit: 'TSC_RH', role: 'physiotherapist' },
    );
    const entry = walk.seq;
    assert.deepEqual(walk.told, ['newPain → GP_BYEN']);
    assert.equal(walk.state, 'painCentre.treatment');
    assert.ok(walk.clock(`newPain:${entry}`));
    assert.deepEqual([walk.prescriber, walk.unit], ['TSC_RH', 'TSC_RH']);
    assert.equal(
      walk.refused('newPain.resolved', { entry, outcome: 'treated', text: '–' }, { unit: 'TSC_RH', role: 'physician' })
        .kind,
      'not-allowed',
    );
    walk.send('newPain.acknowledged', { entry, plan: 'Røntgen' }, { unit: 'GP_BYEN', role: 'gp' });
    walk
      .wait(213)
      .send('newPain.resolved', { entry, outcome: 'becameChronic', text: 'Artrose' }, { unit: 'GP_BYEN', role: 'gp' });
    assert.equal(walk.state, 'painCentre.treatment');
    walk.send('treatment.completed', {
      reason: 'completed',
      text: 'Færdig',
      acknowledged: [{ rule: 'S1', reason: 'Afsluttes til egen læge efter aftale' }],
    });
    walk
      .deliverAll()
      .send('medicationRecord.confirmed', { at: walk.now })
      .send('letter.signed', {
        forwardPlan: 'Uændret',
        followUpRecommended: true,
        handover: handoverFrom('2026-11-01'),
      });
    walk
      .send('letter.delivered', { messageId: walk.context.letter!.messages[0]! })
      .send('reReferral.started', { reason: 'newPainProblem', text: 'Kronisk knæsmerte' });
    assert.equal(walk.finding('D4')?.status, 'met');
    assert.deepEqual([walk.state, walk.context.episode], ['generalPractice', 2]);
  });
});

describe('A13, Xenia: referred again four months after the discharge', () => {
  const patient: Beginning = { birthDate: born('201262-9995') };

  it('needs a reason for the same pain (D4) and comes through as episode 2', () => {
    const walk = discharged('painClinic', patient).wait(120);
    assert.deepEqual(
      walk
        .refused('reReferral.started', { reason: 'other', text: 'Samme smerte' })
        .findings.map(({ rule, severity, reasoned }) => [rule, severity, reasoned]),
      [['D4', 'warn', true]],
    );
    assert.deepEqual(
      walk.refused('reReferral.started', { reason: 'other', text: 'Samme smerte', acknowledged: [{ rule: 'D4' }] })
        .rules,
      ['D4'],
    );
    assert.equal(walk.refused('reReferral.started', { reason: 'other' } as never).kind, 'invalid');
    walk.send('reReferral.started', {
      reason: 'other',
      text: 'Samme smerte',
      acknowledged: [{ rule: 'D4', reason: 'Patienten er væsentligt dårligere' }],
    });
    assert.deepEqual([walk.state, walk.context.episode, walk.prescriber], ['generalPractice', 2, 'gp']);
  });

  it('has no warning for a new pain problem, and one for every other reason', () => {
    assert.equal(
      discharged('painClinic', patient).send('reReferral.started', { reason: 'newPainProblem', text: 'Ny smerte' })
        .context.episode,
      2,
    );
    for (const reason of ['changedComplexity', 'newTreatmentOption', 'courseInterrupted', 'other'] as const) {
      assert.deepEqual(
        discharged('painClinic', patient).refused('reReferral.started', { reason, text: 'Begrundet' }).rules,
        ['D4'],
        reason,
      );
    }
  });

  it('is refused for a deceased patient', () => {
    const walk = discharged('painClinic', patient).send('patient.died', { date: '2026-03-09' });
    assert.equal(
      walk.refused('reReferral.started', { reason: 'newPainProblem', text: 'Ny smerte' }).kind,
      'not-possible',
    );
  });
});

describe('the whole walk, A2', () => {
  /** Where the pathway is, who has it, who prescribes, what was sent and which clocks run. */
  const stands = (walk: Walk, state: string, unit: string, prescriber: string, told: string[], running: string[]) =>
    assert.deepEqual(
      {
        state: walk.state,
        unit: walk.unit,
        prescriber: walk.prescriber,
        told: walk.told,
        running: walk.running.filter((clock) => !clock.startsWith('delivery:')).sort(),
      },
      { state, unit, prescriber, told, running: [...running].sort() },
    );

  it('leads from the draft to the discharge and into a second episode, and nobody is lost on the way', () => {
    const walk = begin({ area: 'midt', birthDate: born('050768-9996'), facts: complexFacts });
    stands(walk, 'generalPractice', 'GP_MIDT', 'gp', [], []);
    walk.send('referral.submitted', { requestedOffer: 'painCentre' });
    stands(walk, 'referral.sent', 'GP_MIDT', 'gp', ['referral → CVI_MIDT'], ['receipt']);
    walk.send('referral.received', {});
    stands(walk, 'referral.atCvi', 'CVI_MIDT', 'gp', [], ['forwarding', 'informationLetter', 'firstVisit']);
    walk.send('referral.forwarded', { centre: 'TSC_HEH' });
    stands(walk, 'visitation.assessing', 'TSC_HEH', 'gp', [], ['decision', 'informationLetter', 'firstVisit']);
    walk.send('triage.decided', { decision: 'painCentre', reason: 'Kompleks tilstand', ...informed });
    stands(
      walk,
      'painCentre.waiting',
      'TSC_HEH',
      'gp',
      ['triageAnswer → GP_MIDT'],
      ['informationLetter', 'firstVisit'],
    );

    walk.send('appointment.booked', {
      at: '2026-03-10T09:00:00+01:00',
      place: 'HeH',
      informationLetterSentAt: walk.now,
    });
    stands(walk, 'painCentre.waiting', 'TSC_HEH', 'gp', ['appointment → GP_MIDT'], ['firstVisit']);
    walk.send('appointment.missed', { late: false }, { at: '2026-03-10T10:00:00+01:00' });
    stands(walk, 'painCentre.waiting', 'TSC_HEH', 'gp', [], ['firstVisit']);
    assert.equal(walk.context.missed, 1);
    assert.deepEqual(walk.refused('course.endedForNoShow', { text: 'Udeblevet' }).rules, ['missedTwice']);
    walk.send('appointment.booked', { at: '2026-03-17T09:00:00+01:00', place: 'HeH' });
    walk.send('appointment.moved', { at: '2026-03-19T09:00:00+01:00', by: 'patient', reason: 'Syg' });
    assert.deepEqual(
      walk.context.appointments.map(({ at }) => at),
      ['2026-03-19T08:00:00.000Z'],
    );
    walk.send('visit.attended', { at: '2026-03-19T09:00:00+01:00' }, { at: '2026-03-19T09:05:00+01:00' });
    stands(walk, 'painCentre.treatment', 'TSC_HEH', 'TSC_HEH', ['attached → GP_MIDT'], ['nextStep']);
    assert.deepEqual([walk.attached, walk.context.missed, walk.context.appointments], [true, 0, []]);
    assert.match(walk.lastMessage.body, /tilknyttet Tværfagligt Smertecenter, HeH siden 19\. marts 2026/);
    assert.match(walk.lastMessage.body, /Recepter på sovemedicin udstedes af Tværfagligt Smertecenter, HeH/);

    walk.send('note.signed', { text: 'Første samtale' });
    stands(walk, 'painCentre.treatment', 'TSC_HEH', 'TSC_HEH', ['note → GP_MIDT'], ['nextStep']);
    walk
      .send('diagnosis.recorded', { mechanism: 'mixed', text: 'Blandede smerter' })
      .send('medication.planned', { text: 'Nedtrapning af opioid' });
    walk
      .send('team.planned', { disciplines: ['psykolog', 'fysioterapeut'], goals: ['qualityOfLife', 'physical'] })
      .send('team.sessionHeld', { discipline: 'psykolog', summary: 'Accept' }, { role: 'psychologist' });
    const inTreatment = {
      painCentre: { treatment: { diagnosis: 'diagnosed', medication: 'optimising', multidisciplinary: 'active' } },
    };
    assert.deepEqual(walk.shownState, inTreatment);

    walk.send('treatment.paused', { reason: 'Indlagt', until: '2026-04-20' }, { at: '2026-04-01T10:00:00+02:00' });
    stands(walk, 'painCentre.paused', 'TSC_HEH', 'TSC_HEH', ['treatmentPaused → GP_MIDT'], ['pauseReview']);
    assert.equal(walk.clock('pauseReview')?.dueAt, '2026-04-20T22:00:00.000Z');
    walk.send('treatment.resumed', {}, { at: '2026-04-15T10:00:00+02:00' });
    stands(walk, 'painCentre.treatment', 'TSC_HEH', 'TSC_HEH', [], ['nextStep']);
    assert.deepEqual(walk.shownState, inTreatment, 'exactly where it was');

    walk.send(
      'newPain.identified',
      { text: 'Skuldersmerter', urgent: false, mechanism: 'nociceptive' },
      { role: 'nurse' },
    );
    const entry = walk.seq;
    stands(walk, 'painCentre.treatment', 'TSC_HEH', 'TSC_HEH', ['newPain → GP_MIDT'], ['nextStep', `newPain:${entry}`]);
    walk.send('newPain.acknowledged', { entry, plan: 'Ses i klinikken' });
    stands(walk, 'painCentre.treatment', 'TSC_HEH', 'TSC_HEH', [], ['nextStep']);
    walk
      .send('note.signed', { text: 'Andet notat' })
      .send('medication.adjusted', { drugClass: 'analgesic', change: 'Morfin udtrappet' })
      .send('medication.optimised', { summary: 'Duloxetin 60 mg' });
    walk
      .send('team.completed', { outcomes: 'Bedre funktion', acceptance: 'God' })
      .send('note.signed', { text: 'Tredje notat' });
    assert.equal(Object.keys(walk.context.notes).length, 3);

    walk.send(
      'treatment.completed',
      { reason: 'completed', text: 'Færdigbehandlet' },
      { at: '2026-06-01T10:00:00+02:00' },
    );
    stands(walk, 'controlPhase.followUp', 'TSC_HEH', 'TSC_HEH', [], ['letter']);
    assert.deepEqual(
      walk.findings.filter(({ status }) => status !== 'met'),
      [],
    );
    walk.send('control.held', { at: walk.now, text: 'Stabil' });
    const letter = {
      forwardPlan: 'Fortsæt duloxetin',
      followUpRecommended: true,
      followUpText: 'Om tre måneder',
      handover: handoverFrom('2026-06-15'),
    };
    assert.deepEqual(
      walk.refused('letter.signed', { ...letter, forwardPlan: '', handover: [] }).rules,
      ['D2', 'handoverComplete', 'D3', 'S6'],
      'every finding at once',
    );
    walk.deliverAll().send('medicationRecord.confirmed', { at: walk.now });
    stands(walk, 'controlPhase.followUp', 'TSC_HEH', 'TSC_HEH', [], ['letter']);
    walk.send('letter.drafted', { sections: { plan: 'Fortsæt duloxetin' } }, { role: 'secretary' });
    walk.send('letter.signed', letter);
    stands(walk, 'controlPhase.letterSent', 'TSC_HEH', 'TSC_HEH', ['dischargeLetter → GP_MIDT'], []);
    assert.deepEqual(
      walk.running,
      [`delivery:${walk.seq}.1`],
      'until the letter has arrived, its delivery is what is waited for',
    );
    assert.match(walk.lastMessage.body, /Uafklaret ny smertetilstand \(15\. april 2026\): Skuldersmerter/);
    assert.match(walk.lastMessage.body, /se FMK, bekræftet ajourført 1\. juni 2026/);
    assert.match(walk.lastMessage.body, /sovemedicin: egen læge udsteder fra 15\. juni 2026/);

    walk.send('letter.delivered', { messageId: walk.context.letter!.messages[0]! });
    stands(walk, 'dischargedToGp', 'GP_MIDT', 'gp', [], ['followUp', 'letterRead']);
    assert.deepEqual([walk.attached, walk.context.prescribing.hypnotic.seq], [false, walk.seq]);
    walk.send('letter.acknowledged', { agrees: true });
    stands(walk, 'dischargedToGp', 'GP_MIDT', 'gp', [], ['followUp']);
    walk.send('newPain.resolved', { entry, outcome: 'becameChronic', text: 'Kronisk' });

    walk.send(
      'reReferral.started',
      { reason: 'newPainProblem', text: 'Kronisk skuldersmerte' },
      { at: '2026-10-01T10:00:00+02:00' },
    );
    stands(walk, 'generalPractice', 'GP_MIDT', 'gp', [], ['gpPlan']);
    assert.equal(walk.context.episode, 2);
    assert.deepEqual(
      [
        walk.context.facts,
        walk.context.diagnoses,
        walk.context.assessment,
        walk.context.medicationRecord,
        walk.context.appointments,
      ],
      [{}, [], {}, undefined, []],
    );
    assert.deepEqual(
      [walk.context.newPain.length, Object.keys(walk.context.notes).length, walk.context.referralVersion],
      [1, 3, 1],
      'new pain, notes and versions stay',
    );
    const offered = walk.context.offeredFacts!;
    assert.equal(offered.content?.allergy && 'none' in (offered.content.allergy as object), true);
    for (const never of [
      'onset',
      'mechanism',
      'clarified',
      'priorTreatmentCompleted',
      'medicationTried',
      'exclusions',
    ] as const)
      assert.equal(offered[never], undefined, never);
    assert.equal(offered.content?.medicationsTried, undefined);

    assert.ok(walk.refused('referral.submitted', {}).rules.includes('B1'), 'nothing is answered yet');
    walk.send('referral.updated', { facts: { ...complexFacts, onset: '2025-12' } }).send('referral.submitted', {});
    stands(walk, 'referral.sent', 'GP_MIDT', 'gp', ['referral → CVI_MIDT'], ['receipt']);
    assert.equal(walk.context.referralVersion, 2);
  });

  it('has one way for each offer, and every way ends with the GP', () => {
    for (const offer of offers) {
      const walk = discharged(offer);
      assert.deepEqual([offer, walk.state, walk.unit, walk.prescriber], [offer, 'dischargedToGp', 'GP_MIDT', 'gp']);
      assert.equal(waitingFor(offer).prescriber, 'gp');
    }
  });
});
