/** Reading what is past, and by number: what happened to a pathway, what a referral said when it was sent, and whose pathway a number is. */
import assert from 'node:assert/strict';
import { afterAll, beforeAll, describe, it } from '@jest/globals';
import { isSyntheticCpr } from '../../machines/calendar/identifiers.js';
import { completeFacts, opened, staffOf } from '../support/referral.js';
import { startServer, type Reply, type TestServer, type User } from '../support/server.js';

type Item = { id: string };
const auditor: User = { role: 'auditor', unit: 'REGION' };
const { gp, cvi, centre, clinic, practice } = staffOf('midt');

let server: TestServer;
beforeAll(async () => {
  server = await startServer();
});
afterAll(() => server.stop());

const listed = async (user: User, query: string): Promise<Item[]> => {
  const { status, body } = await server.get(`/v1/pathways?${query}`, user);
  assert.equal(status, 200, JSON.stringify(body));
  return body.items as Item[];
};
async function paged<T>(address: string, user: User): Promise<T[][]> {
  const pages: T[][] = [];
  for (let cursor: string | null = ''; cursor !== null;) {
    assert.ok(pages.length < 200, 'the pages end');
    const { status, body }: Reply = await server.get(
      `${address}${cursor === '' ? '' : `&cursor=${encodeURIComponent(cursor)}`}`,
      user,
    );
    assert.equal(status, 200, JSON.stringify(body));
    pages.push(body.items as T[]);
    cursor = body.nextCursor as string | null;
  }
  return pages;
}

describe('the log of a pathway', () => {
  type Entry = {
    seq?: number;
    refused?: string;
    version?: number;
    event: { type: string; text?: string };
    findings: { rule: string; remedy: string; quote: string | null; by: string[] }[];
    actor: { sub: string };
  };
  let id: string;
  beforeAll(async () => {
    ({ id } = await opened(server));
    for (let step = 0; step < 6; step++) {
      await server.sent(id, gp, { type: 'followUp.recorded', text: `Trin ${step}` });
      for (let attempt = 0; attempt < step; attempt++)
        assert.equal(
          (await server.send(id, gp, attempt % 2 ? { type: 'clinic.accepted' } : { type: 'referral.submitted' }))
            .status,
          attempt % 2 ? 403 : 422,
        );
    }
  });
  const address = (query: string) => `/v1/pathways/${id}/transitions?${query}`;
  const named = ({ seq, refused, version, event }: Entry) =>
    refused === undefined ? String(seq) : `${version} ${refused} ${event.type}`;

  it('tells every transition in order, by pages of any length', async () => {
    for (const limit of [1, 2, 3, 7, 8, 200]) {
      const pages = await paged<Entry>(address(`limit=${limit}`), gp);
      assert.deepEqual(
        pages.flat().map(({ seq }) => seq),
        [1, 2, 3, 4, 5, 6, 7],
      );
      assert.ok(pages.every(({ length }) => length <= limit));
    }
  });

  it('tells on request each refused attempt where it happened, after the version that it met, with the findings that were shown', async () => {
    const { items } = (await server.get(address('refused=true&limit=200'), gp)).body as { items: Entry[] };
    const expected = [1, 2, 3, 4, 5, 6, 7].flatMap((seq) => [
      String(seq),
      ...Array.from({ length: Math.max(0, seq - 2) }, (_, attempt) =>
        attempt % 2 ? `${seq} not-allowed clinic.accepted` : `${seq} rules-unmet referral.submitted`,
      ),
    ]);
    assert.deepEqual(items.map(named), expected);
    const refusal = items.find(({ refused }) => refused === 'rules-unmet')!;
    assert.deepEqual(
      refusal.findings
        .filter(({ remedy }) => remedy === 'supply')
        .map(({ rule }) => rule)
        .slice(0, 2),
      ['B1', 'B2'],
    );
    const b1 = refusal.findings.find(({ rule }) => rule === 'B1')!;
    assert.deepEqual(
      [b1.quote, b1.by, refusal.actor.sub],
      ['Pt skal før henvisning være diagnostisk afklaret', ['gp'], 'gp.GP_MIDT'],
    );
    for (const limit of [1, 2, 5, 6, items.length, 200]) {
      const pages = await paged<Entry>(address(`refused=true&limit=${limit}`), gp);
      assert.deepEqual(pages.flat(), items, `limit ${limit}`);
      assert.ok(
        pages.every(({ length }) => length <= limit),
        'a page is as long as was asked for',
      );
    }
  });

  it('leaves none out, however many were refused at one version', async () => {
    await server.source.query(
      `insert into refusal (pathway_id, id, version, event_type, recorded_at, leaf, payload, hash) select pathway_id, gen_random_uuid(), version, event_type, recorded_at, leaf, payload, hash from refusal, generate_series(1, 60) where pathway_id = $1`,
      [id],
    );
    const [{ n }] = (await server.source.query('select count(*)::int as n from refusal where pathway_id = $1', [
      id,
    ])) as [{ n: number }];
    assert.ok(n > 600);
    const entries = (await paged<Entry>(address('refused=true&limit=200'), gp)).flat();
    assert.equal(entries.filter(({ refused }) => refused !== undefined).length, n);
    assert.equal(entries.filter(({ refused }) => refused === undefined).length, 7);
  });

  it('goes on from its cursor with what was added meanwhile', async () => {
    const first = (await server.get(address('limit=7'), gp)).body as { nextCursor: string | null };
    assert.equal(first.nextCursor, null);
    const six = (await server.get(address('limit=6'), gp)).body as { nextCursor: string };
    await server.sent(id, gp, { type: 'followUp.recorded', text: 'Senere' });
    const { items } = (await server.get(address(`limit=6&cursor=${six.nextCursor}`), gp)).body as { items: Entry[] };
    assert.deepEqual(
      items.map(({ seq }) => seq),
      [7, 8],
    );
  });
});

describe('a referral', () => {
  it('keeps every version as it was sent (A11): the first can still be read when the second has come', async () => {
    const { ecg: _e, allergy: _a, toldToPatient: _t, ...content } = completeFacts.content!;
    const facts = { ...completeFacts, content };
    const { id } = await opened(server, { patient: { name: 'Pia Test', cpr: '190578-9996' } });
    await server.sent(id, gp, { type: 'referral.updated', facts });
    const refused = await server.send(id, gp, { type: 'referral.submitted' });
    assert.deepEqual(
      [
        refused.status,
        refused.body.findings.map(({ rule, severity }: { rule: string; severity: string }) => `${rule} ${severity}`),
      ],
      [422, ['H3a warn', 'H6 warn', 'H7 warn']],
    );
    await server.sent(id, gp, {
      type: 'referral.submitted',
      acknowledged: [{ rule: 'H3a' }, { rule: 'H6' }, { rule: 'H7' }],
    });
    await server.sent(id, cvi, { type: 'referral.received' });
    await server.sent(id, cvi, { type: 'referral.forwarded', centre: 'TSC_HEH' });
    const asked = await server.sent(id, centre('triager'), {
      type: 'information.requested',
      items: ['H3a', 'H6', 'H7'],
    });
    assert.deepEqual(
      [asked.state, asked.unit, asked.nextMove],
      ['visitation.awaitingInformation', 'TSC_HEH', 'GP_MIDT'],
    );
    assert.ok(asked.deadlines.find(({ clock }) => clock === 'firstVisit')!.pausedSince, "the wait's clock stands");
    assert.deepEqual(
      (await listed(centre('triager'), 'missing=H3a')).map((item) => item.id),
      [id],
    );

    const supplied = await server.sent(id, gp, {
      type: 'information.supplied',
      facts: { content: { ecg: 'Sinusrytme', allergy: { none: true }, toldToPatient: 'Henvist' } },
    });
    assert.deepEqual([supplied.state, supplied.referral.version], ['visitation.assessing', 2]);
    assert.deepEqual(await listed(centre('triager'), 'missing=H3a'), []);
    for (const user of [gp, cvi, centre('triager'), auditor]) {
      const [first, second, third] = [
        await server.get(`/v1/pathways/${id}/referrals/1`, user),
        await server.get(`/v1/pathways/${id}/referrals/2`, user),
        await server.get(`/v1/pathways/${id}/referrals/3`, user),
      ];
      assert.deepEqual([first.status, first.body.version, first.body.facts], [200, 1, facts]);
      assert.deepEqual(
        [second.status, second.body.facts.content.ecg, second.body.facts.content.allergy],
        [200, 'Sinusrytme', { none: true }],
      );
      assert.deepEqual([third.status, third.body.type], [404, '/problems/not-found']);
    }
    assert.equal((await server.get(`/v1/pathways/${id}/referrals/1`, { role: 'gp', unit: 'GP_SYD' })).status, 404);
    await assert.rejects(server.source.query('update referral_version set facts = $1', ['{}']), /only grows/);
  });
});

describe('a pathway that was read', () => {
  it('is not sent again while it is unchanged: 304 for its ETag, and the whole once it has changed', async () => {
    const { id } = await opened(server);
    const first = await server.get(`/v1/pathways/${id}`, gp);
    const tag = first.headers.get('etag')!;
    assert.equal(tag, '"1"');
    const same = await server.get(`/v1/pathways/${id}`, gp, { 'if-none-match': tag });
    assert.deepEqual([same.status, same.body, same.headers.get('etag')], [304, '', tag]);
    assert.equal((await server.get(`/v1/pathways/${id}`, gp, { 'if-none-match': '"2"' })).status, 200);
    await server.sent(id, gp, { type: 'followUp.recorded', text: 'Ringet' });
    const changed = await server.get(`/v1/pathways/${id}`, gp, { 'if-none-match': tag });
    assert.deepEqual([changed.status, changed.headers.get('etag'), changed.body.version], [200, '"2"', 2]);
    assert.equal(
      (await server.get(`/v1/pathways/${id}`, { role: 'gp', unit: 'GP_SYD' }, { 'if-none-match': '"2"' })).status,
      404,
      'a tag opens no door',
    );
  });
});

describe('a patient', () => {
  const anders = { name: 'Anders Test', cpr: '120375-9995' };
  const found = async (user: User, cpr: string) =>
    (await server.post('/v1/patient-searches', user, { cpr })).body.items as {
      patient: { name: string; cprMasked: string; birthDate: string };
      pathways: { id: string; stage: string }[];
    }[];

  it('has one open pathway: a second is refused with the id of the first, whoever asks and however the number is written', async () => {
    const { id } = await opened(server, { patient: anders });
    for (const [cpr, user] of [
      ['120375-9995', gp],
      ['1203759995', gp],
      ['120375-9995', staffOf('syd').gp],
    ] as const) {
      const reply = await server.open({ patient: { name: 'Andreas Test', cpr }, planningArea: 'midt' }, user);
      assert.deepEqual([reply.status, reply.body.type, reply.body.pathway], [409, '/problems/already-open', id]);
    }
  });

  it('is found by number, masked, by the units that have or had a pathway, and by the auditor', async () => {
    const [hit] = await found(gp, '1203759995');
    assert.deepEqual(
      [hit!.patient.name, hit!.patient.cprMasked, hit!.patient.birthDate, hit!.pathways.length],
      ['Anders Test', '120375-****', '1975-03-12', 1],
    );
    assert.equal((await found(auditor, '120375-9995')).length, 1);
    for (const stranger of [staffOf('syd').gp, clinic('secretary'), cvi])
      assert.deepEqual(await found(stranger, '120375-9995'), []);
    assert.deepEqual(await found(gp, '241182-9995'), []);
  });

  it('has another pathway once the first is closed, and is the same patient then, by the same name', async () => {
    const first = (await found(gp, anders.cpr))[0]!.pathways[0]!;
    await server.sent(first.id, gp, {
      type: 'pathway.closed',
      reason: 'managedInGeneralPractice',
      text: 'Klares hos os',
    });
    const key = '0198c0de-0000-7000-8000-000000000001';
    const again = await server.open(
      { patient: { name: 'Andreas Ny-Test', cpr: anders.cpr }, planningArea: 'midt' },
      gp,
      key,
    );
    assert.equal(again.status, 201, JSON.stringify(again.body));
    assert.equal(again.headers.get('location'), `/v1/pathways/${again.body.id}`);
    assert.deepEqual(
      (await server.get(`/v1/pathways/${again.body.id}`, gp)).body,
      again.body,
      'the answer is what is stored',
    );
    const repeated = await server.open(
      { patient: { name: 'Andreas Ny-Test', cpr: anders.cpr }, planningArea: 'midt' },
      gp,
      key,
    );
    assert.deepEqual(
      [repeated.status, repeated.body, repeated.headers.get('idempotency-replayed')],
      [201, again.body, 'true'],
    );
    const [hit] = await found(gp, anders.cpr);
    assert.deepEqual(
      [hit!.patient.name, hit!.pathways.map(({ stage }) => stage).sort()],
      ['Anders Test', ['closed', 'generalPractice']],
    );
  });

  it('is known by a birth date that agrees with the number, or by none given', async () => {
    const wrong = await server.open(
      { patient: { name: 'Casper Test', cpr: '241182-9995', birthDate: '1982-11-25' }, planningArea: 'byen' },
      gp,
    );
    assert.deepEqual(
      [wrong.status, wrong.body.errors],
      [
        400,
        [{ pointer: '/patient/birthDate', message: 'is not the birth date that the CPR number tells: check both' }],
      ],
    );
    const right = await server.open(
      { patient: { name: 'Casper Test', cpr: '241182-9995', birthDate: '1982-11-24' }, planningArea: 'byen' },
      gp,
    );
    assert.deepEqual([right.status, right.body.patient.birthDate], [201, '1982-11-24']);
    const neither = await server.open({ patient: { name: 'Nina Test' }, planningArea: 'byen' }, gp);
    assert.deepEqual([neither.status, neither.body.errors[0].pointer], [400, '/patient']);
  });

  it('without a CPR has a replacement number and a birth date beside it; age comes from the birth date', async () => {
    const without = await server.open(
      { patient: { name: 'Uden Cpr-Test', cpr: '050768-1AB2' }, planningArea: 'midt' },
      gp,
    );
    assert.deepEqual(
      [without.status, without.body.errors.map(({ pointer }: { pointer: string }) => pointer)],
      [400, ['/patient/birthDate']],
    );
    const { id, patient } = await opened(server, {
      patient: { name: 'Uden Cpr-Test', cpr: '050768-1AB2', birthDate: '2010-01-31' },
    });
    assert.deepEqual([patient.birthDate, patient.cprMasked], ['2010-01-31', '050768-****']);
    await server.sent(id, gp, { type: 'referral.updated', facts: completeFacts });
    const minor = await server.send(id, gp, { type: 'referral.submitted' });
    assert.deepEqual(
      minor.body.findings.map(({ rule, severity }: { rule: string; severity: string }) => `${rule} ${severity}`),
      ['C1 block'],
    );
    assert.equal((await found(gp, '0507681ab2'))[0]!.pathways[0]!.id, id);
    await server.sent(id, gp, { type: 'pathway.closed', reason: 'declined', text: 'Nej tak' });
    const other = await server.open(
      { patient: { name: 'Uden Cpr-Test', cpr: '050768-1AB2', birthDate: '2011-01-31' }, planningArea: 'midt' },
      gp,
    );
    assert.deepEqual(
      [other.status, other.body.errors[0].pointer],
      [400, '/patient/birthDate'],
      'a number has one birth date',
    );
  });

  it('may have a CPR number that fails modulus 11, but none with 31 February', async () => {
    assert.ok(isSyntheticCpr('170959-9996'), 'it fails modulus 11');
    const reply = await server.open({ patient: { name: 'Dorthe Test', cpr: '170959-9996' }, planningArea: 'syd' }, gp);
    assert.deepEqual([reply.status, reply.body.patient.birthDate], [201, '1959-09-17']);
    for (const cpr of ['310259-9996', '290201-0000', '000159-9996', '320159-9996', '011359-9996']) {
      const refused = await server.open({ patient: { name: 'Dorthe Test', cpr }, planningArea: 'syd' }, gp);
      assert.deepEqual([refused.status, refused.body.errors[0].pointer], [400, '/patient/cpr'], cpr);
    }
  });

  it('is opened by a GP, for his own practice or another that exists', async () => {
    const patient = { name: 'Hans Test', birthDate: '1970-05-05' };
    for (const user of [
      practice('gpStaff'),
      cvi,
      centre('triager'),
      clinic('physician'),
      { role: 'gp', unit: 'TSC_HEH' } satisfies User,
    ]) {
      const reply = await server.open({ patient, planningArea: 'midt' }, user);
      assert.deepEqual([reply.status, reply.body.roles], [403, ['gp']]);
    }
    const other = await server.open({ patient, planningArea: 'midt', ownGp: 'GP_SYD' }, gp);
    assert.deepEqual([other.status, other.body.ownGp, other.headers.get('etag')], [201, 'GP_SYD', '"1"']);
    for (const ownGp of ['TSC_HEH', 'GP_MARS'])
      assert.equal((await server.open({ patient, planningArea: 'midt', ownGp }, gp)).body.errors[0].pointer, '/ownGp');
  });
});
