/** What is stored is read back whole or not at all, and a pathway goes back to where it was, never to where it was in another episode. */
import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { describe, it } from '@jest/globals';

import fc from 'fast-check';

import { advance } from '../../machines/engine/advance.js';
import { contextSchema } from '../../machines/pathway/context.js';
import { possibleEvents } from '../../machines/engine/explain.js';
import { machineVersion } from '../../machines/pathway/pathway.js';
import {
  faultOf,
  legalValues,
  restore,
  stateName,
  toStored,
  whereOf,
  type Stored,
} from '../../machines/engine/snapshot.js';
import { stageNames, stateLabels } from '../../machines/pathway/stages.js';
import {
  attachedIn,
  begin,
  complexFacts,
  discharged,
  inControlPhase,
  letterOut,
  waitingFor,
  type Walk,
} from '../support/walk.js';

const VERSIONS = 'test/machines/snapshots';
type Json = { [key: string]: Json } | Json[] | string | number | boolean | null;

/** In the centre, some way on: diagnosed, optimising, the team at work. */
const underWay = (): Walk =>
  attachedIn('painCentre')
    .send('diagnosis.recorded', { mechanism: 'neuropathic', text: 'Postherpetisk' })
    .send('medication.planned', { text: 'Optrapning' })
    .send('team.planned', { disciplines: ['psychologist'], goals: ['mental'] });
const paused = (): Walk => underWay().send('treatment.paused', { reason: 'Ferie' });
const dead = (walk: Walk): Walk =>
  walk.send('patient.died', { date: walk.now.slice(0, 10) }, { unit: walk.unit!, role: 'physician' });
const alive = (walk: Walk): Walk =>
  walk.send(
    'patient.deathRevoked',
    { reason: 'Forkert patient' },
    { unit: walk.context.death!.by.unit, role: 'physician' },
  );
const treatment = (diagnosis: string, medication: string, multidisciplinary: string) => ({
  open: { painCentre: { treatment: { diagnosis, medication, multidisciplinary } } },
});
const active = treatment('diagnosed', 'optimising', 'active');
const altered = (
  stored: Stored,
  change: (copy: {
    value: Json;
    context: { [key: string]: Json };
    historyValue: Record<string, { id: string }[]>;
  }) => void,
): unknown => {
  const copy = JSON.parse(JSON.stringify(stored)) as Parameters<typeof change>[0];
  change(copy);
  return copy;
};
const refuses = (stored: Stored, change: Parameters<typeof altered>[1], because: RegExp) =>
  assert.match(faultOf(altered(stored, change)) ?? 'no fault', because);
const MEMORY = 'pathway.open.painCentre.treatment.memory';
const PLACE = 'pathway.open.painCentre.treatment';

describe('what is stored', () => {
  it('is refused when it is no snapshot at all', () => {
    for (const value of [null, undefined, 7, 'x', true, [], {}, [[]], { value: 'closed' }])
      assert.match(faultOf(value) ?? 'no fault', /malformed/, JSON.stringify(value));
  });

  it('is refused in a state that the machine does not have', () => {
    const { stored } = underWay();
    for (const value of [
      'open',
      'generalPractice',
      {},
      { open: {} },
      { open: 'nowhere' },
      { open: 'visitation' },
      { open: { painCentre: 'treatment' } },
      { open: 'generalPractice', closed: {} },
    ] as Json[]) {
      refuses(
        stored,
        (copy) => {
          copy.value = value;
        },
        /not a state of this machine/,
      );
    }
    for (const value of [null, 7, [], true] as Json[])
      refuses(
        stored,
        (copy) => {
          copy.value = value;
        },
        /malformed|not a state/,
      );
  });

  it('is refused with a region too few, or too many', () => {
    const { stored } = underWay();
    refuses(
      stored,
      (copy) => {
        copy.value = { open: { painCentre: { treatment: { diagnosis: 'diagnosed', medication: 'optimising' } } } };
      },
      /not a state/,
    );
    refuses(
      stored,
      (copy) => {
        copy.value = {
          open: { painCentre: { treatment: { ...active.open.painCentre.treatment, physiotherapy: 'active' } } },
        };
      },
      /not a state/,
    );
    refuses(
      stored,
      (copy) => {
        copy.value = { open: { painClinic: { treatment: active.open.painCentre.treatment } } };
      },
      /not a state/,
    );
    refuses(
      stored,
      (copy) => {
        copy.value = { open: { painCentre: { treatment: { ...active.open.painCentre.treatment, diagnosis: {} } } } };
      },
      /not a state/,
    );
  });

  it("is refused with a history that the machine does not have, or that is another's, or not whole", () => {
    const { stored } = paused();
    assert.deepEqual(Object.keys(stored.historyValue), [MEMORY]);
    const whole = stored.historyValue[MEMORY]!;
    const foreign = (history: Record<string, { id: string }[]>) =>
      refuses(
        stored,
        (copy) => {
          copy.historyValue = history;
        },
        /history does not belong/,
      );
    foreign({ [MEMORY]: whole, 'pathway.open.nowhere.memory': whole });
    foreign({ [MEMORY]: whole, 'pathway.open.painClinic.treatment.memory': whole });
    foreign({ [MEMORY]: [{ id: 'pathway.open.generalPractice' }] });
    foreign({ [MEMORY]: whole.slice(1) });
    foreign({ [MEMORY]: [...whole, { id: `${PLACE}.diagnosis.undiagnosed` }] });
    foreign({
      [MEMORY]: [
        { id: `${PLACE}.diagnosis.undiagnosed` },
        { id: `${PLACE}.diagnosis.diagnosed` },
        { id: `${PLACE}.medication.baseline` },
      ],
    });
    foreign({ [MEMORY]: [whole[0]!, whole[0]!, whole[0]!] });
    foreign({ [MEMORY]: [{ id: PLACE }] });
    foreign({ [MEMORY]: [{ id: 'x' }, { id: 'y' }, { id: 'z' }] });
    refuses(
      stored,
      (copy) => {
        copy.historyValue = { [MEMORY]: [] };
      },
      /malformed/,
    );
  });

  it('is refused without the history that it will go back by: XState would begin anew and say nothing', () => {
    for (const { stored } of [
      paused(),
      inControlPhase('painCentre'),
      dead(underWay()),
      dead(begin().send('referral.submitted', {})),
    ])
      refuses(
        stored,
        (copy) => {
          copy.historyValue = {};
        },
        /history is missing/,
      );
    refuses(
      dead(paused()).stored,
      (copy) => {
        delete copy.historyValue[MEMORY];
      },
      /history is missing/,
    );
  });

  it('is refused with an empty memory, an unknown field, or without one that it needs', () => {
    const { stored } = paused();
    refuses(
      stored,
      (copy) => {
        copy.context = {};
      },
      /malformed at context/,
    );
    refuses(
      stored,
      (copy) => {
        copy.context['unheardOf'] = 1;
      },
      /malformed at context/,
    );
    assert.match(faultOf({ ...stored, status: 'active' }) ?? '', /malformed/);
    const needed = Object.entries(contextSchema.shape)
      .filter(([, schema]) => !schema.safeParse(undefined).success)
      .map(([name]) => name);
    assert.ok(needed.length > 20);
    for (const name of needed)
      refuses(
        stored,
        (copy) => {
          delete copy.context[name];
        },
        /malformed at context/,
      );
  });

  it('is refused under a rule set that this version does not know', () => {
    refuses(
      paused().stored,
      (copy) => {
        copy.context['ruleSet'] = '2031-01';
      },
      /rule set 2031-01 is not known/,
    );
  });

  it('is refused with a time that is written otherwise than it is compared', () => {
    for (const at of [
      '2026-03-02T08:00:00+01:00',
      '2026-03-02T08:00:00Z',
      '2026-02-31T08:00:00.000Z',
      '2026-03-02T25:00:00.000Z',
      '2026-03-02',
      '',
    ]) {
      refuses(
        paused().stored,
        (copy) => {
          copy.context['lastAt'] = at;
        },
        /malformed at context.lastAt/,
      );
    }
  });

  const rich = [
    begin(),
    waitingFor('painClinic'),
    paused(),
    letterOut('painCentre'),
    dead(attachedIn('painClinic')),
    discharged('medicationAssessment'),
  ].map(({ stored }) => stored);
  /** Every place in a snapshot, as a path. */
  const paths = (value: Json, path: string[] = []): string[][] => [
    ...(path.length > 0 ? [path] : []),
    ...(value !== null && typeof value === 'object'
      ? Object.entries(value).flatMap(([key, inner]) => paths(inner, [...path, key]))
      : []),
  ];
  const at = (value: Json, path: readonly string[]): Json =>
    path.reduce<Json>((inner, key) => (inner as { [key: string]: Json })[key]!, value);
  const ofAnotherKind = (value: Json): Json => (typeof value === 'number' || typeof value === 'boolean' ? 'x' : 7);

  it('is refused with any one field of another kind', () => {
    fc.assert(
      fc.property(fc.constantFrom(...rich), fc.nat(), (stored, pick) => {
        const all = paths(stored as unknown as Json);
        const path = all[pick % all.length]!;
        const copy = JSON.parse(JSON.stringify(stored)) as Json;
        const holder = at(copy, path.slice(0, -1)) as { [key: string]: Json };
        const key = path.at(-1)!;
        holder[key] = ofAnotherKind(holder[key]!);
        assert.ok(faultOf(copy) !== undefined, `${path.join('.')} may be ${JSON.stringify(holder[key])}`);
      }),
      { seed: 2014, numRuns: 400 },
    );
  });

  it('is refused with any object that has one field more', () => {
    fc.assert(
      fc.property(fc.constantFrom(...rich), fc.nat(), (stored, pick) => {
        const isRecord = (path: readonly string[]) =>
          ['context.notes', 'context.undelivered', 'historyValue'].includes(path.join('.'));
        const objects = paths(stored as unknown as Json).filter((path) => {
          const inner = at(stored as unknown as Json, path);
          return inner !== null && typeof inner === 'object' && !Array.isArray(inner) && !isRecord(path);
        });
        const path = objects[pick % objects.length]!;
        const copy = JSON.parse(JSON.stringify(stored)) as Json;
        (at(copy, path) as { [key: string]: Json })['surplus'] = 'x';
        assert.ok(faultOf(copy) !== undefined, `${path.join('.')} may have a surplus field`);
      }),
      { seed: 2014, numRuns: 150 },
    );
  });

  it('is restored as it was, and the same is possible', () => {
    for (const stored of rich) {
      assert.equal(faultOf(stored), undefined);
      assert.deepEqual(toStored(restore(JSON.parse(JSON.stringify(stored)) as Stored)), stored);
    }
  });
});

describe('a pathway that was left and comes back', () => {
  it('resumes a paused treatment exactly where it was', () => {
    const walk = paused();
    assert.equal(walk.state, 'painCentre.paused');
    walk
      .send('note.signed', { text: 'Ringet op' })
      .send('newPain.identified', { text: 'Knæ', urgent: false })
      .send('treatment.resumed', {});
    assert.deepEqual(walk.stored.value, active);
    walk
      .send('team.completed', { outcomes: 'Bedre', acceptance: 'God' })
      .send('treatment.paused', { reason: 'Ferie' })
      .send('treatment.resumed', {});
    assert.deepEqual(
      walk.stored.value,
      treatment('diagnosed', 'optimising', 'completed'),
      'and a second time where it was then',
    );
  });

  it('resumes from the control phase, and from a letter that is out, where the treatment was', () => {
    const walk = inControlPhase('painCentre').send('treatment.resumed', { reason: 'Forværring' });
    assert.deepEqual(walk.stored.value, treatment('diagnosed', 'optimised', 'notStarted'));
    const recalled = letterOut('painClinic').send('treatment.resumed', { reason: 'Forværring' });
    assert.deepEqual(recalled.stored.value, {
      open: { painClinic: { treatment: { diagnosis: 'diagnosed', medication: 'optimised' } } },
    });
  });

  it("is, after a death that was somebody else's, in exactly the state before, whatever the state", () => {
    const states = [
      begin,
      () => begin().send('referral.submitted', {}),
      () => waitingFor('painCentre'),
      underWay,
      paused,
      () => inControlPhase('painClinic'),
      () => letterOut('medicationAssessment'),
      () => discharged('painCentre'),
    ];
    for (const make of states) {
      const walk = make();
      const { value, historyValue } = walk.stored;
      dead(walk.deliverAll());
      assert.equal(walk.state, 'closed');
      alive(walk);
      assert.deepEqual(walk.stored.value, value);
      assert.deepEqual({ ...walk.stored.historyValue, ...historyValue }, walk.stored.historyValue);
    }
  });

  it('resumes a treatment that was paused when the death was recorded', () => {
    const walk = alive(dead(paused()));
    assert.equal(walk.state, 'painCentre.paused');
    assert.deepEqual(walk.send('treatment.resumed', {}).stored.value, active);
    assert.deepEqual(alive(dead(walk)).stored.value, active, 'a second death finds the state of its own');
  });

  it('goes back to the unit that treated when the patient declines the one that he was transferred to', () => {
    const walk = underWay()
      .send('unit.transferred', { to: 'SK_HIH', reason: 'Tættere på' })
      .send('patient.declined', { scope: 'course', text: 'Vil ikke derhen' });
    assert.equal(walk.state, 'controlPhase.followUp');
    assert.equal(walk.unit, 'TSC_HEH');
    assert.deepEqual(walk.send('treatment.resumed', { reason: 'Vil gerne alligevel' }).stored.value, active);
  });
});

describe('a second episode', () => {
  /** In the centre again, waiting, after a whole course there. */
  const again = (): Walk => {
    const walk = underWay()
      .send('team.completed', { outcomes: 'Bedre', acceptance: 'God' })
      .send('medication.optimised', { summary: 'Færdig' })
      .send('treatment.completed', { reason: 'completed', text: 'Færdig' })
      .deliverAll();
    walk
      .send('medicationRecord.confirmed', { at: walk.now })
      .send('letter.signed', {
        forwardPlan: 'Fortsæt',
        followUpRecommended: true,
        handover: (['analgesic', 'sedative', 'hypnotic'] as const).map((drugClass) => ({
          drugClass,
          nothingPrescribed: true as const,
        })),
      })
      .send('letter.receivedByGp', { how: 'på papir' })
      .send('reReferral.started', { reason: 'newPainProblem', text: 'Knæ' })
      .send('referral.updated', { facts: complexFacts })
      .send('referral.submitted', {})
      .send('referral.received', {});
    return walk
      .send('referral.forwarded', { centre: 'TSC_HEH' })
      .send('triage.decided', { decision: 'painCentre', patientInformedBy: 'unit' });
  };

  it('begins its treatment at the beginning, and resumes its own', () => {
    const walk = again().send('visit.attended', { at: '2026-03-02T10:00:00.000Z', walkInReason: 'Akut tid' });
    const fresh = treatment('undiagnosed', 'baseline', 'notStarted');
    assert.deepEqual(walk.stored.value, fresh);
    assert.deepEqual(walk.context.progress, { diagnosed: false, optimised: false, team: 'notStarted' });
    walk.send('treatment.paused', { reason: 'Ferie' }).send('treatment.resumed', {});
    assert.deepEqual(walk.stored.value, fresh);
    walk
      .send('patient.declined', { scope: 'course', text: 'Vil ikke' })
      .send('treatment.resumed', { reason: 'Vil alligevel' });
    assert.deepEqual(walk.stored.value, fresh);
  });

  it('resumes nothing of the first when it has had no treatment itself', () => {
    const walk = again();
    const { historyValue } = walk.stored;
    assert.ok(historyValue[MEMORY], 'XState still remembers the first episode');
    assert.equal(walk.refused('treatment.resumed', { reason: 'Fortsæt' }).kind, 'not-possible');
    walk.send('patient.declined', { scope: 'course', text: 'Vil ikke' });
    assert.equal(walk.state, 'generalPractice');
    assert.ok(!possibleEvents(walk.snapshot).includes('treatment.resumed'));
  });

  it('resumes nothing of the first after an assessment of the medication', () => {
    const walk = again()
      .send('triage.reopened', { reason: 'Kun vurdering' })
      .send('triage.decided', {
        decision: 'medicationAssessment',
        patientInformedBy: 'unit',
        overrides: [{ rule: 'O3.4', reason: 'Aftalt mundtligt med den henvisende læge' }],
        acknowledged: [{ rule: 'O3', reason: 'Aftalt' }],
      });
    walk
      .send('visit.attended', { at: walk.now, walkInReason: 'Akut tid' })
      .send('assessment.endedEarly', { reason: 'Flytter', text: 'Delvis' });
    assert.equal(walk.state, 'controlPhase.followUp');
    assert.equal(walk.refused('treatment.resumed', { reason: 'Fortsæt' }).kind, 'not-possible');
  });
});

describe('the snapshots of released versions', () => {
  for (const version of readdirSync(VERSIONS)) {
    it(`of ${version} are read by today's machine, in the state that they were stored in`, () => {
      const files = [...readdirSync(`${VERSIONS}/${version}`)];
      if (version === `v${machineVersion}`) {
        const states = [
          ...Object.keys(stateLabels),
          ...stageNames.filter((stage) => legalValues.some((value) => stateName(value as Stored['value']) === stage)),
        ];
        assert.deepEqual(files.map((file) => file.replace(/\.json$/, '')).sort(), states.sort(), 'one for each state');
      }
      for (const file of files) {
        const stored = JSON.parse(readFileSync(`${VERSIONS}/${version}/${file}`, 'utf8')) as Stored;
        assert.equal(faultOf(stored), undefined, file);
        const snapshot = restore(stored);
        assert.equal(JSON.stringify(toStored(snapshot)), JSON.stringify(stored), file);
        assert.equal(`${stateName(stored.value)}.json`, file);
        assert.ok(possibleEvents(snapshot).length > 0, file);
        assert.ok(whereOf(stored.value, stored.context).stage);
        const by = { unit: 'TSC_HEH', role: 'physician' } as const;
        assert.equal(
          advance(snapshot, {
            type: 'advice.logged',
            unit: 'TSC_HEH',
            counterpart: 'egen læge',
            topic: 'Dosis',
            advice: 'Uændret',
            sent: { at: stored.context.lastAt, seq: 9_999, by },
          })?.stored.context.lastAt,
          stored.context.lastAt,
          file,
        );
      }
    });
  }
});
