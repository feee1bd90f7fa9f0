/** Every letter as its receiver reads it: in Danish, from the facts, with what is missing said. */
import assert from 'node:assert/strict';
import { describe, it } from '@jest/globals';
import { z } from 'zod';

import { advance, begin as opened } from '../../machines/engine/advance.js';
import { earliestDue } from '../../machines/pathway/clocks.js';
import { events, eventTypes, type PathwayEvent } from '../../machines/pathway/events.js';
import { explain } from '../../machines/engine/explain.js';
import {
  compose,
  letters,
  medcomOf,
  type Composed,
  type LetterName,
  type Occasion,
} from '../../machines/pathway/letters.js';
import { inWords, onDay } from '../../machines/pathway/letter-words.js';
import { restore, whereOf } from '../../machines/engine/snapshot.js';
import { asSent, drawing, drawOpening, laterBy, propose, seeded } from '../support/random-walk.js';
import {
  attachedIn,
  begin,
  completeFacts,
  complexFacts,
  discharged,
  inControlPhase,
  inVisitation,
  letterOf,
  letterOut,
  waitingFor,
  type Walk,
} from '../support/walk.js';

const names = Object.keys(letters) as LetterName[];

/** Each sentence stands in the text, in that order. */
function reads(body: string, ...sentences: (string | RegExp)[]): void {
  let from = 0;
  for (const sentence of sentences) {
    const rest = body.slice(from);
    const at = typeof sentence === 'string' ? rest.indexOf(sentence) : rest.search(sentence);
    assert.notEqual(
      at,
      -1,
      `"${String(sentence)}" does not stand after "${body.slice(0, from).slice(-60)}" in:\n${body}`,
    );
    from += at;
  }
}
const lacks = (body: string, ...words: (string | RegExp)[]): void => {
  for (const word of words)
    assert.ok(
      typeof word === 'string' ? !body.includes(word) : !word.test(body),
      `"${String(word)}" stands in:\n${body}`,
    );
};
const letterOn = (walk: Walk, name: LetterName): Composed => {
  const found = walk.messages.findLast(({ letter }) => letter === name);
  return found ?? assert.fail(`no ${name} is sent`);
};
const bodyOf = (walk: Walk, name: LetterName): string => letterOn(walk, name).body;

/** The letter that an event would bring, whoever the chart tells of it: asked of the letter alone. */
function brought(name: LetterName, walk: Walk, act: () => void): Composed {
  const before = walk.stored;
  act();
  const { event: wire, actor } = walk.journal.at(-1)!;
  const event = {
    ...(events[wire.type].schema.parse(wire) as object),
    sent: { at: walk.now, seq: walk.seq, by: { unit: actor.unit, role: actor.roles[0]! } },
  } as unknown as PathwayEvent;
  const occasion: Occasion = {
    before: before.context,
    after: walk.context,
    event,
    from: whereOf(before.value, before.context),
    to: walk.where,
  };
  const [addressee] = letters[name].to(occasion);
  return compose({ letter: name, from: actor.unit, to: null, ...addressee }, occasion);
}

describe('days', () => {
  it('are written as Danes write them, as far as they are known', () => {
    assert.deepEqual(['2026-03-02', '2024-12-31', '2024-03', '2019'].map(inWords), [
      '2. marts 2026',
      '31. december 2024',
      'marts 2024',
      '2019',
    ]);
    assert.equal(onDay('2026-06-30T22:30:00.000Z'), '1. juli 2026', 'the day is the day in Denmark');
  });
});

describe('the referral', () => {
  const sent = (facts: typeof completeFacts | object) => {
    const walk = begin({ facts });
    return bodyOf(
      walk.send('referral.submitted', {
        acknowledged: [
          'B3',
          'G1',
          'G3',
          'H1',
          'H1a',
          'H1b',
          'H1c',
          'H1d',
          'H1e',
          'H2',
          'H3',
          'H3a',
          'H4',
          'H5',
          'H6',
          'H7',
          'H8',
        ].map((rule) => ({ rule, reason: 'Fremsendes senere' })),
      }),
      'referral',
    );
  };

  it('says the wish, the pain, the inclusion answers and every item by its Danish name', () => {
    const body = sent(completeFacts);
    reads(
      body,
      'Bopæl: planområde Midt',
      'Ønsket tilbud: monofaglig smerteklinik',
      'Smertens begyndelse: 1. marts 2024',
      'Smertemekanisme: neuropatisk',
      'Diagnostisk afklaret: ja',
      'Færdigbehandlet i relevante specialer: ja',
      'Relevant medicinsk smertebehandling er forsøgt: ja',
      'Kan behandles ambulant: ja',
      'Smerten er non-malign: ja',
      'Forhold, der taler imod henvisning: ingen',
      'Psykologiske og sociale problemer: ingen',
      'Dominerer i forhold til den somatiske andel: nej',
      'Anamnese: Smerter i lænd',
      'Psykologiske forhold: ingen kendte',
      'EKG: Sinusrytme',
      '– gabapentin; effekt: nogen; bivirkninger: svimmelhed',
      'Allergi: ingen kendte',
      'Sagt til patienten: Henvises',
      'Tolk: nej; transport: nej',
    );
    lacks(body, 'Begrundede fravigelser', 'Valgt smertecenter');
  });

  it('says what is not known, what speaks against it, and why a warning was passed', () => {
    const { onset, clarified, priorTreatmentCompleted, nonMalignant, outpatient, exclusions } = completeFacts;
    const body = sent({
      onset,
      clarified,
      priorTreatmentCompleted,
      nonMalignant,
      outpatient,
      exclusions,
      medicationTried: false,
      content: {
        ecg: { notRelevant: 'ung og hjerterask' },
        practical: { interpreter: true, transport: true },
        medicationsTried: [],
      },
    });
    reads(
      body,
      'Ønsket tilbud: ikke oplyst',
      'Smertemekanisme: ikke oplyst',
      'Relevant medicinsk smertebehandling er forsøgt: nej',
      'Psykologiske og sociale problemer: ikke oplyst',
      'Anamnese: ikke oplyst',
      'EKG: ikke relevant: ung og hjerterask',
      'Forsøgt medicin med effekt og bivirkninger: ikke oplyst',
      'Tolk: ja, sprog ikke oplyst; transport: ja',
      'Begrundede fravigelser',
      'Relevant medicinsk smertebehandling er forsøgt (ikke opfyldt): Fremsendes senere',
    );
    lacks(body, 'EKG, eller hvorfor');
  });

  it('names the exclusions that were answered yes, with the exception taken on, and the centre that was chosen', () => {
    const walk = begin({ facts: { ...completeFacts, exclusions: { ...completeFacts.exclusions, headache: true } } });
    walk.send('referral.submitted', {
      chosenCentre: { centre: 'TSC_RH', reason: 'freeChoice', text: 'Bor tæt på' },
      overrides: [
        { rule: 'X3', reason: 'Hovedpinen er ikke den smerte, der henvises for' },
        { rule: 'X2', reason: 'Denne regel er opfyldt, så den nævnes ikke' },
      ],
    });
    const body = bodyOf(walk, 'referral');
    reads(
      body,
      'Valgt smertecenter: Tværfagligt Smertecenter, RH',
      'Begrundelse for valget: frit sygehusvalg. Bor tæt på',
      'Forhold, der taler imod henvisning\n– Hovedpine eller migræne: ja',
      'Begrundede fravigelser',
      '(ikke opfyldt): Hovedpinen er ikke den smerte',
    );
    lacks(body, 'nævnes ikke', 'Aktiv kræftsygdom');
  });

  it('withdrawn or returned, says why in words and which times are to be cancelled', () => {
    const walk = waitingFor('painCentre');
    const at = walk.inDays(10);
    walk
      .send('appointment.booked', { at, place: 'Ambulatorium 4' })
      .send('referral.withdrawn', { reason: 'Patienten har det bedre' });
    reads(
      bodyOf(walk, 'referralWithdrawn'),
      'Henvisningen er trukket tilbage.',
      'Begrundelse: Patienten har det bedre',
      'Tider, som bortfalder og skal aflyses\n– torsdag den 12. marts 2026 kl. 08.',
      'Ambulatorium 4',
      'hos egen læge, som lægger en plan senest',
    );
    const returned = begin()
      .send('referral.submitted', {})
      .send('referral.received', {})
      .send('referral.returnedToSender', { reason: 'outsideRegion', text: 'Bor i Roskilde' });
    reads(
      bodyOf(returned, 'referralReturned'),
      'returneret af Central Visitation (CVI)',
      'Begrundelse: patienten bor uden for regionen. Bor i Roskilde',
      'Egen læge (Testlægehuset Midt) har det næste skridt.',
    );
  });
});

describe('visitation', () => {
  const asked = () =>
    inVisitation().send(
      'information.requested',
      { items: ['H3a', 'H6'], question: 'Er der taget EKG?' },
      { role: 'triager' },
    );

  it('asks for items by their names, by a day, and says that the wait stands still', () => {
    reads(
      bodyOf(asked(), 'informationRequest'),
      'Tværfagligt Smertecenter, HeH har brug for',
      '– EKG\n– Allergi',
      'Spørgsmål: Er der taget EKG?',
      'Senest mandag den 16. marts 2026.',
      'Imens står ventetiden til første fremmøde og fristen for visitationsbeslutningen stille, til oplysningerne er modtaget.',
    );
  });

  it('reminds of it as a reminder, of a day that is past as past', () => {
    const walk = asked().wait(20).send('information.reminded', {}, { role: 'secretary' });
    reads(bodyOf(walk, 'informationRequest'), /^Rykker: /, 'Fristen var mandag den 16. marts 2026.');
    assert.match(letterOn(walk, 'informationRequest').subject, /^Rykker/);
  });

  it('answers in words: accepted, by which unit, who tells the patient, who goes on', () => {
    const walk = inVisitation().send('triage.decided', {
      decision: 'painClinic',
      target: 'SK_HIH',
      reason: 'Simpel tilstand',
      patientInformedBy: 'unit',
    });
    reads(
      bodyOf(walk, 'triageAnswer'),
      'Beslutning: monofaglig smerteklinik',
      'Enhed: Smerteklinikken, HiH',
      'Begrundelse: Simpel tilstand',
      'Råd til egen læge: ingen',
      'Patienten underrettes af Tværfagligt Smertecenter, HeH.',
      'Patienten venter på første fremmøde hos Smerteklinikken, HiH (monofaglig smerteklinik).',
      'Smerteklinikken, HiH har det næste skridt.',
      'Recepter på sovemedicin udstedes af egen læge siden 2. marts 2026.',
      'Fra første fremmøde udstedes de af Smerteklinikken, HiH.',
    );
    reads(
      bodyOf(walk, 'triagedOn'),
      'har viderevisiteret patienten til Smerteklinikken, HiH',
      'Egen læge: Testlægehuset Midt',
      'Modtagelse i klinikken: senest torsdag den 5. marts 2026',
      'Første fremmøde: senest',
      'Henvisningen (version 1)',
      'Anamnese: Smerter i lænd',
    );
  });

  it('answers a rejection with the advice, and that the pathway stays open with the GP, who makes a plan', () => {
    const walk = inVisitation().send('triage.decided', {
      decision: 'rejected',
      reason: 'Ikke afklaret',
      adviceToGp: 'MR af lænd',
      patientInformedBy: 'gp',
    });
    reads(
      bodyOf(walk, 'triageAnswer'),
      'Beslutning: afvist',
      'Begrundelse: Ikke afklaret',
      'Råd til egen læge: MR af lænd',
      'Patienten underrettes af egen læge.',
      'Forløbet er fortsat åbent og ligger hos egen læge, som lægger en plan senest mandag den 16. marts 2026.',
      'Egen læge (Testlægehuset Midt) har det næste skridt.',
    );
  });

  it('moved to the other centre, says whence and why', () => {
    const walk = inVisitation().send('referral.movedToCentre', {
      centre: 'TSC_RH',
      reason: 'capacity',
      text: 'Aftalt med patienten',
    });
    reads(
      bodyOf(walk, 'handedOver'),
      'HeH har givet patienten videre til Tværfagligt Smertecenter, RH.',
      'Begrundelse: kapacitet. Aftalt med patienten',
      'Patienten visiteres af Tværfagligt Smertecenter, RH.',
      'Visitationsbeslutning: senest',
    );
    reads(
      bodyOf(walk, 'outcomeToGp'),
      'flyttet til det andet smertecenter',
      'Fra Tværfagligt Smertecenter, HeH til Tværfagligt Smertecenter, RH',
    );
    assert.equal(letterOn(walk, 'outcomeToGp').subject, 'Henvisning flyttet til andet smertecenter');
  });
});

describe('an appointment', () => {
  const times = { booked: '2026-03-12T09:30:00+01:00', moved: '2026-04-01T13:00:00+02:00' };
  const booked = (more: { informationLetterSentAt?: string } = {}) => {
    const walk = waitingFor('painCentre', {
      facts: {
        ...complexFacts,
        content: { ...complexFacts.content, practical: { interpreter: true, language: 'tyrkisk', transport: false } },
      },
    });
    const sent = brought('appointment', walk, () =>
      walk.send('appointment.booked', {
        at: times.booked,
        place: 'Ambulatorium 4',
        acknowledged: [{ rule: 'H8.arranged' }],
        ...more,
      }),
    );
    return { walk, sent };
  };

  it('booked, says when and where, interpreter and transport, and when the information letter was sent', () => {
    const { sent } = booked({ informationLetterSentAt: '2026-03-02T09:00:00+01:00' });
    assert.deepEqual([sent.subject, sent.to], ['Patienten har fået en tid', 'GP_MIDT']);
    reads(
      sent.body,
      'Patienten har fået en tid torsdag den 12. marts 2026 kl. 09.30.',
      'Sted: Ambulatorium 4',
      'Enhed: Tværfagligt Smertecenter, HeH',
      'Tolk: ja, tyrkisk; transport: nej',
      'Oplysningsbrev: sendt 2. marts 2026',
      'har det næste skridt.',
    );
    reads(booked().sent.body, 'Oplysningsbrev: ikke noteret sendt');
  });

  it('moved, says from when to when, by whom and why; what the patient wishes does not count in the wait', () => {
    const moved = (by: 'patient' | 'unit') => {
      const { walk } = booked();
      return brought('appointment', walk, () =>
        walk.send('appointment.moved', { at: times.moved, by, reason: 'Ferie' }),
      );
    };
    assert.equal(moved('unit').subject, 'Patientens tid er flyttet');
    reads(
      moved('patient').body,
      'Patientens tid torsdag den 12. marts 2026 kl. 09.30 er flyttet til onsdag den 1. april 2026 kl. 13.00.',
      'Flyttet af: patienten',
      'Begrundelse: Ferie',
      'Sted: Ambulatorium 4',
      'tæller ikke med i ventetiden',
    );
    reads(moved('unit').body, 'Flyttet af: enheden');
    lacks(moved('unit').body, 'tæller ikke med');
  });

  it('cancelled, says by whom and why, and what now', () => {
    const cancelled = (by: 'patient' | 'unit') => {
      const { walk } = booked();
      return brought('appointment', walk, () => walk.send('appointment.cancelled', { by, reason: 'Sygdom' }));
    };
    assert.equal(cancelled('unit').subject, 'Patientens tid er aflyst');
    reads(
      cancelled('patient').body,
      'kl. 09.30, Ambulatorium 4 er aflyst.',
      'Aflyst af: patienten',
      'Begrundelse: Sygdom',
      'Patienten har ingen ny tid: Tværfagligt Smertecenter, HeH booker en.',
      'Ventetiden til første fremmøde står stille',
    );
    lacks(cancelled('unit').body, 'står stille');
  });

  it('is not told to a GP who booked it himself', () => {
    const walk = begin();
    const where = { ...walk.where };
    const event = {
      type: 'appointment.booked',
      at: walk.inDays(1),
      place: 'Praksis',
      sent: { at: walk.now, seq: 9, by: { unit: 'GP_MIDT', role: 'gp' } },
    } as PathwayEvent;
    assert.deepEqual(
      letters.appointment.to({ before: walk.context, after: walk.context, event, from: where, to: where }),
      [],
    );
  });
});

describe('the course', () => {
  it('tells who prescribes what since when, class by class, and who goes on', () => {
    const walk = attachedIn('painCentre');
    reads(
      bodyOf(walk, 'attached'),
      'er tilknyttet Tværfagligt Smertecenter, HeH siden 9. marts 2026.',
      'Forløb: tværfagligt smertecenter',
      'Recepter på analgetika udstedes af Tværfagligt Smertecenter, HeH siden 9. marts 2026.',
      'Recepter på beroligende medicin udstedes af',
      'Recepter på sovemedicin udstedes af',
      'har det næste skridt.',
    );
    walk.send('prescribing.handedBack', {
      classes: ['hypnotic'],
      reason: 'Trappet ud',
      agreedWith: 'Dr. Holm',
      acknowledged: [{ rule: 'S5', reason: 'Aftalt' }],
    });
    reads(
      bodyOf(walk, 'prescribing'),
      'har givet receptudstedelsen tilbage til egen læge.',
      'Det gælder: sovemedicin',
      'Begrundelse: Trappet ud',
      'Aftalt med: Dr. Holm',
      'Recepter på sovemedicin udstedes af egen læge siden',
    );
    reads(
      bodyOf(attachedIn('medicationAssessment'), 'attached'),
      'Forløb: enkeltstående lægelig medicinvurdering',
      'Recepter på analgetika udstedes af egen læge',
    );
  });

  it('paused and resumed, it goes on: until when, and which letter no longer holds', () => {
    const paused = attachedIn('painClinic').send('treatment.paused', { reason: 'Indlagt', until: '2026-04-10' });
    reads(
      bodyOf(paused, 'treatmentPaused'),
      'Begrundelse: Indlagt',
      'Pausen varer til: 10. april 2026',
      'Pausen vurderes senest fredag den 10. april 2026.',
      'Patienten er fortsat tilknyttet.',
    );
    reads(
      bodyOf(attachedIn('painClinic').send('treatment.paused', { reason: 'Indlagt' }), 'treatmentPaused'),
      'Pausen varer til: ikke fastsat',
      'Pausen vurderes senest',
    );
    const resumed = letterOut('painClinic').send(
      'treatment.resumed',
      { reason: 'Forværring' },
      { unit: 'SK_HIH', role: 'physician' },
    );
    reads(
      bodyOf(resumed, 'treatmentResumed'),
      'genoptaget',
      'Begrundelse: Forværring',
      'fortsat tilknyttet',
      'Epikrisen af 9. marts 2026 gælder ikke længere.',
      'Recepter på analgetika udstedes af Smerteklinikken, HiH',
    );
  });

  it('transferred, it says whence and where to, and that prescribing changes with the visit', () => {
    const walk = attachedIn('painClinic').send('unit.transferred', { to: 'TSC_HEH', reason: 'Kompleks tilstand' });
    reads(
      bodyOf(walk, 'unitTransferred'),
      'overflyttet fra Smerteklinikken, HiH til Tværfagligt Smertecenter, HeH.',
      'Begrundelse: Kompleks tilstand',
      'fortsat tilknyttet',
      'venter på første fremmøde hos Tværfagligt',
      'udstedes af Smerteklinikken, HiH',
      'Recepterne udstedes uændret, til patienten er mødt hos Tværfagligt Smertecenter, HeH.',
    );
  });

  it('of urgent new pain it says who was reached and when, and what is expected of the GP', () => {
    const walk = attachedIn('painCentre');
    walk.send('newPain.identified', {
      text: 'Rideområdeanæstesi',
      urgent: true,
      mechanism: 'neuropathic',
      contact: { who: 'onCall', at: walk.now },
    });
    reads(
      bodyOf(walk, 'newPain'),
      'Akut ny smertetilstand.',
      /Kontaktet pr\. telefon: lægevagten, mandag den 9\. marts 2026 kl\. \d\d\.\d\d/,
      'Beskrivelse: Rideområdeanæstesi',
      'Smertemekanisme: neuropatisk',
      'Meldt af: Tværfagligt Smertecenter, HeH',
      'Egen læge har udredning og behandling og bedes kvittere med en plan senest mandag den 9. marts 2026.',
      'Smerteforløbet hos Tværfagligt Smertecenter, HeH fortsætter imens.',
    );
    assert.match(letterOn(walk, 'newPain').subject, /^Akut/);
    walk.send('newPain.identified', { text: 'Knæsmerter', urgent: false });
    reads(bodyOf(walk, 'newPain'), 'ikke akut', 'Smertemekanisme: ikke oplyst');
    lacks(bodyOf(walk, 'newPain'), 'Kontaktet');
  });

  it('a corrected note says why, and where its earlier text can be read', () => {
    const walk = attachedIn('painClinic').send('note.signed', { text: 'Øget dosis' });
    assert.equal(bodyOf(walk, 'note'), 'Øget dosis');
    walk.send('note.corrected', { noteId: walk.seq, text: 'Nedsat dosis', reason: 'Forveksling' });
    reads(
      bodyOf(walk, 'note'),
      'Rettet lægenotat',
      'Den tidligere tekst kan fortsat læses hos Smerteklinikken, HiH.',
      'Begrundelse for rettelsen: Forveksling',
      'Nedsat dosis',
    );
  });

  it('declined, moved, ended for no-shows or by a death: what happened, and what now', () => {
    const declined = attachedIn('painClinic').send('patient.declined', { scope: 'course', text: 'Orker ikke' });
    reads(
      bodyOf(declined, 'outcomeToGp'),
      'Patienten har takket nej.',
      'Det gælder: hele forløbet',
      'Begrundelse: Orker ikke',
      'kontrolfasen hos Smerteklinikken, HiH, som skriver epikrise',
      'har det næste skridt.',
      'Recepter på analgetika',
    );
    const moved = inVisitation().send('patient.moved', { planningArea: 'syd', wish: 'move' });
    reads(
      bodyOf(moved, 'outcomeToUnit'),
      'Ny bopæl: planområde Syd',
      'Patientens ønske: at forløbet flytter med',
      'Patienten visiteres af Tværfagligt Smertecenter, RH.',
    );
    const dead = attachedIn('painClinic');
    dead
      .send('appointment.booked', { at: dead.inDays(5), place: 'Ambulatoriet' })
      .send('patient.died', { date: '2026-03-09' });
    reads(
      bodyOf(dead, 'outcomeToGp'),
      'Patienten er død.',
      'Dødsdato: 9. marts 2026',
      'Der sendes ikke mere til patienten.',
      'Lægenotater og epikrise, som mangler, sendes fortsat',
      'Tider, som bortfalder og skal aflyses',
      'Forløbet er lukket.',
    );
    lacks(bodyOf(dead, 'outcomeToGp'), 'har det næste skridt');
    reads(
      bodyOf(dead.send('patient.deathRevoked', { reason: 'Forkert patient' }), 'outcomeToGp'),
      'en fejl',
      'Begrundelse: Forkert patient',
      'Tider, som blev aflyst ved meddelelsen, skal bookes igen.',
    );
    const missed = waitingFor('painClinic');
    for (const days of [3, 6]) {
      const at = missed.inDays(days);
      missed.send('appointment.booked', { at, place: 'A' }).wait(days).send('appointment.missed', { late: false });
    }
    reads(
      bodyOf(missed.send('course.endedForNoShow', { text: 'Brev er sendt' }), 'outcomeToGp'),
      'udeblivelser',
      'Udeblivelser siden sidste fremmøde: 2',
      'Begrundelse: Brev er sendt',
    );
  });
});

describe('the discharge letter', () => {
  it('is marked first when follow-up is recommended, then diagnosis, plan, FMK and a line a class', () => {
    const walk = inControlPhase('painClinic')
      .deliverAll()
      .send('newPain.identified', { text: 'Skuldersmerter', urgent: false })
      .send('medicationRecord.confirmed', { at: '2026-03-09T10:00:00+01:00' });
    walk.send('letter.signed', {
      ...letterOf(walk),
      handover: [
        { drugClass: 'analgesic', gpPrescribesFrom: '2026-03-16', suppliedUntil: '2026-03-31', plan: 'Uændret' },
        { drugClass: 'sedative', nothingPrescribed: true },
        { drugClass: 'hypnotic', gpPrescribesFrom: '2026-03-16', plan: 'Trappes ud' },
      ],
    });
    const { body, subject } = letterOn(walk, 'dischargeLetter');
    reads(
      body,
      /^OPFØLGNING HOS EGEN LÆGE ANBEFALES\nAnbefaling: Om tre måneder/,
      'Smertediagnose: Neuropatiske smerter',
      'Smertemekanisme: neuropatisk',
      'Fremadrettet plan: Fortsæt uændret',
      'Medicinstatus: se FMK, bekræftet ajourført 9. marts 2026',
      'Recepter på analgetika: egen læge udsteder fra 16. marts 2026; udleveret til: 31. marts 2026; plan: Uændret',
      'Recepter på beroligende medicin: intet ordineret',
      'Recepter på sovemedicin: egen læge udsteder fra 16. marts 2026; udleveret til: ikke oplyst; plan: Trappes ud',
      'Uafklaret ny smertetilstand (9. marts 2026): Skuldersmerter',
    );
    assert.equal(subject, 'Epikrise: opfølgning hos egen læge anbefales');
    walk
      .send('letter.delivered', { messageId: walk.context.letter!.messages[0]! })
      .send('letter.amended', { text: 'Dosis er 60 mg', reason: 'Skrivefejl' });
    reads(
      bodyOf(walk, 'letterAmended'),
      /^OPFØLGNING HOS EGEN LÆGE ANBEFALES/,
      'Rettelse til epikrisen af 9. marts 2026',
      'kan fortsat læses hos Smerteklinikken, HiH',
      'Begrundelse for rettelsen: Skrivefejl',
      'Rettet tekst: Dosis er 60 mg',
    );
  });

  it('is not marked otherwise, and says that FMK is not confirmed, with the reason, or gives the status as text', () => {
    const signed = (walk: Walk, more: object) =>
      bodyOf(
        walk.send('letter.signed', {
          ...letterOf(walk),
          followUpText: undefined,
          acknowledged: [{ rule: 'followUpForHandover', reason: 'Aftalt' }],
          ...more,
        }),
        'dischargeLetter',
      );
    const body = signed(inControlPhase('painClinic').deliverAll(), {
      followUpRecommended: false,
      overrides: [{ rule: 'D3', reason: 'FMK er nede, ajourføres i morgen' }],
    });
    reads(
      body,
      /^Opfølgning hos egen læge: anbefales ikke/,
      'Det er ikke bekræftet, at FMK er ajour.\nBegrundelse: FMK er nede',
      'Begrundede fravigelser',
      '(ikke opfyldt): Aftalt',
    );
    lacks(body, 'OPFØLGNING', /bekræftet ajourført/);
    const byText = signed(
      inControlPhase('painClinic')
        .deliverAll()
        .send('medicationRecord.unavailable', { reason: 'fmkDown', medicationStatus: 'Duloxetin 60 mg' }),
      { followUpRecommended: true },
    );
    reads(byText, 'Anbefaling: ikke uddybet', 'Medicinstatus: Duloxetin 60 mg', 'fordi FMK var ude af drift');
  });

  it('of a medication assessment has its three parts, what is missing and why', () => {
    const walk = attachedIn('medicationAssessment')
      .send('assessment.partRecorded', { part: 'painAnalysis', text: 'Neuropatisk' })
      .send('assessment.endedEarly', { reason: 'Udebliver', text: 'Ingen kontakt' })
      .deliverAll();
    walk.send('medicationRecord.confirmed', { at: walk.now }).send('letter.signed', letterOf(walk));
    reads(
      bodyOf(walk, 'dischargeLetter'),
      'Smertediagnose: ikke stillet',
      'Smertemekanisme ved henvisningen: neuropatisk',
      'Smerteanalyse: Neuropatisk',
      'Vurdering af den aktuelle behandling: mangler',
      'Forslag til fortsat behandling: mangler',
      'Medicinvurderingen er afbrudt: Udebliver: Ingen kontakt',
      'Recepter på analgetika: egen læge udsteder som hidtil, siden 2. marts 2026',
    );
  });
});

describe('another own GP', () => {
  it('gets the last letter, the notes, who prescribes and what is open; the old one is told who he is', () => {
    const walk = inVisitation().send(
      'information.requested',
      { items: ['H3a'], question: 'Er der taget EKG?' },
      { role: 'triager' },
    );
    walk.send('gp.changed', { gp: 'GP_SYD', reason: 'Praksis overtaget' }, { unit: 'GP_SYD', role: 'gp' });
    reads(
      bodyOf(walk, 'newGp'),
      'Begrundelse for skiftet: Praksis overtaget',
      'Egen læge (Testlægehuset Syd) har det næste skridt.',
      'Recepter på analgetika udstedes af egen læge',
      'Der afventes supplerende oplysninger',
      '– EKG',
      'Senest mandag den 16. marts 2026.',
      'Seneste epikrise: ingen',
      'Lægenotater: ingen',
    );
    reads(bodyOf(walk, 'gpReplaced'), 'Egen læge er nu Testlægehuset Syd.', 'Begrundelse: Praksis overtaget');
    reads(bodyOf(walk, 'outcomeToUnit'), 'Patienten har skiftet egen læge.', 'Egen læge er nu Testlægehuset Syd.');
    const later = discharged('painClinic').send(
      'gp.changed',
      { gp: 'GP_SYD', reason: 'Flyttet' },
      { unit: 'GP_SYD', role: 'gp' },
    );
    reads(
      bodyOf(later, 'newGp'),
      'Forløbet er afsluttet til egen læge.',
      'Seneste epikrise: 9. marts 2026 fra Smerteklinikken, HiH (besked ',
      'Epikrisen anbefaler opfølgning hos egen læge.',
    );
  });
});

describe('the standard that a letter would go by', () => {
  it('is said of each, and what may be acute is never a CareCommunication', () => {
    for (const name of names) {
      const medcom = medcomOf(name);
      assert.ok(
        'care' in medcom ? medcom.care : medcom.draft === null || /^X(REF01|DIS02|DIS13)$/.test(medcom.draft),
        name,
      );
    }
    assert.deepEqual(medcomOf('newPain'), { draft: null });
    assert.deepEqual(
      names.filter((name) => {
        const medcom = medcomOf(name);
        return 'draft' in medcom && medcom.draft !== null;
      }),
      ['referral', 'appointment', 'note', 'dischargeLetter', 'letterAmended'],
    );
    assert.deepEqual(
      [medcomOf('triageAnswer'), medcomOf('prescribing')],
      [{ care: 'regarding-referral' }, { care: 'medicine' }],
    );
  });
});

// ---- whatever happens

/** Every word that the schemas of the events choose from; those that are Danish too are left out. */
function codeWords(): string[] {
  const found = new Set<string>();
  const look = (node: unknown): void => {
    if (node === null || typeof node !== 'object') return;
    for (const [key, value] of Object.entries(node)) {
      const chosen: unknown[] = key === 'enum' && Array.isArray(value) ? value : key === 'const' ? [value] : [];
      for (const word of chosen) if (typeof word === 'string') found.add(word);
      look(value);
    }
  };
  for (const type of eventTypes) look(z.toJSONSchema(events[type].schema, { io: 'input', unrepresentable: 'any' }));
  const danish = ['nord', 'midt', 'byen', 'syd', 'bornholm', 'hospital', 'social', 'mental', 'team', 'patient'];
  return [...found].filter((word) => !danish.includes(word) && !eventTypes.includes(word as never));
}
const words = codeWords();
const wordPattern = new RegExp(
  `(?<![\\p{L}\\d])(${words.map((word) => word.replace(/[.*+?^${}()|[\]\\]/g, '\\$&')).join('|')})(?![\\p{L}\\d])`,
  'u',
);

const blemishes: readonly (readonly [string, RegExp])[] = [
  ['a value that is none', /undefined|null|NaN|\[object/],
  ['nothing after a colon', /:[ \t]*(\n|$)|: [.;,)]/],
  ['a rule id', /\b(H\d[a-e]?|[BCXDGSOVPQ]\d)\b/],
  ['a raw day', /\d{4}-\d\d/],
  ['a word of the code', wordPattern],
  ['a camel-cased word', /(?<!\p{L})\p{Ll}+\p{Lu}/u],
  ['a unit code', /\b[A-Z]{2,4}_[A-Z]+\b|SYSTEM/],
  ['a blank line too many', /\n\n\n|^\n|\n$/],
];
function spotless({ letter, subject, body }: Composed): void {
  for (const [what, pattern] of blemishes) {
    const found = pattern.exec(`${subject}\n${body}`);
    assert.equal(found, null, `${what} ("${found?.[0]}") stands in ${letter}:\n${subject}\n${body}`);
  }
  assert.ok(body.length > 0 && subject.length > 0);
}

/** One random walk: each letter that it brings, and the letter of each appointment. Returns which letters they were. */
function lettersOf(seed: number, seen: Set<LetterName>): void {
  const draw = drawing(seeded(seed));
  let at = '2026-03-02T08:00:00.000Z';
  let stored = opened(drawOpening(draw, at));
  for (let seq = 2, left = 90; left > 0; left -= 1) {
    at = laterBy(draw, at, earliestDue(stored.context.clocks));
    const snapshot = restore(stored);
    const proposal = propose(draw, snapshot, at, seq);
    if (!proposal) continue;
    const { sender } = explain(snapshot, { type: proposal.event.type, actor: proposal.actor, at });
    if (!sender) continue;
    const event = asSent(proposal.event, at, seq, sender);
    const next = advance(snapshot, event);
    if (!next) continue;
    const occasion: Occasion = {
      before: stored.context,
      after: next.stored.context,
      event,
      from: whereOf(stored.value, stored.context),
      to: whereOf(next.stored.value, next.stored.context),
    };
    const timed = ['appointment.booked', 'appointment.moved', 'appointment.cancelled'].includes(event.type)
      ? letters.appointment
          .to(occasion)
          .map(({ to }) => compose({ letter: 'appointment', to, from: sender.unit }, occasion))
      : [];
    for (const message of [...next.messages, ...timed]) {
      seen.add(message.letter);
      spotless(message);
      assert.ok(medcomOf(message.letter), `${message.letter} has no standard`);
      if (event.type === 'newPain.identified' && event.urgent)
        assert.ok(!('care' in medcomOf(message.letter)), 'what is acute goes as a CareCommunication');
    }
    if (next.messages.length > 0)
      assert.deepEqual(
        advance(snapshot, event)!.messages,
        next.messages,
        'the same event says something else the second time',
      );
    stored = next.stored;
    seq += 1;
  }
}

describe('a letter, whatever happens', () => {
  it('leaves nothing blank and has no code in it: every letter, over 60 random walks', () => {
    assert.ok(words.includes('noFurtherBenefit') && words.includes('outsideRegion') && words.length > 60, words.join());
    const seen = new Set<LetterName>();
    for (let seed = 1; seed <= 60; seed += 1) lettersOf(seed, seen);
    assert.deepEqual(
      names.filter((name) => !seen.has(name)),
      [],
      'a letter is never sent',
    );
  });

  it('the search for blemishes finds each', () => {
    const blemished = [
      'undefined',
      'Plan:\nx',
      'Punkter: H3a',
      '2026-03-02',
      'Grund: notSignificant',
      'ny: gp',
      'fra SK_HIH',
      'a\n\n\nb',
    ];
    for (const body of blemished)
      assert.throws(() => spotless({ letter: 'note', to: null, from: '', subject: 'Emne', body }), body);
    spotless({
      letter: 'note',
      to: null,
      from: '',
      subject: 'Emne',
      body: 'Tværfagligt Smertecenter, HeH: 2. marts 2026 kl. 09.30',
    });
  });
});
