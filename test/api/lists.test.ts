/** Reading many: who waits longest for whom, what happened to a pathway, what a referral said when it was sent, and whose pathway a number is. */
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import fc from 'fast-check';
import { contentItems } from '../../machines/events.js';
import { planningAreas } from '../../machines/fields.js';
import { isSyntheticCpr } from '../../machines/identifiers.js';
import { units } from '../../machines/routes.js';
import { stageNames } from '../../machines/stages.js';
import { completeFacts, opened, staffOf, walkTo } from '../support/referral.js';
import { startServer, type Reply, type TestServer, type User } from '../support/server.js';

type Item = { id: string; version: number; patient: { name: string; birthDate: string; cprMasked: string | null }; stage: string; state: string; unit: string | null; nextMove: string | null; planningArea: string; stageSince: string; daysInStage: number; dueAt: string | null; overdue: boolean; missing: string[] };
const auditor: User = { role: 'auditor', unit: 'REGION' };
const { gp, cvi, centre, clinic, practice } = staffOf('midt');
const hour = 3_600_000;

let server: TestServer;
before(async () => { server = await startServer(); });
after(() => server.stop());

const later = (hours: number) => server.clock.set(new Date(server.clock.now().getTime() + hours * hour));
const listed = async (user: User, query = 'limit=200'): Promise<Item[]> => {
  const { status, body } = await server.get(`/v1/pathways?${query}`, user);
  assert.equal(status, 200, JSON.stringify(body));
  return body.items as Item[];
};
async function paged<T>(address: string, user: User, between: (page: number) => Promise<void> = async () => undefined): Promise<T[][]> {
  const pages: T[][] = [];
  for (let cursor: string | null = '', page = 0; cursor !== null; page++) {
    assert.ok(page < 200, 'the pages end');
    const { status, body }: Reply = await server.get(`${address}${cursor === '' ? '' : `&cursor=${encodeURIComponent(cursor)}`}`, user);
    assert.equal(status, 200, JSON.stringify(body));
    pages.push(body.items as T[]);
    cursor = body.nextCursor as string | null;
    if (cursor !== null) await between(page);
  }
  return pages;
}

describe('the worklist', () => {
  const names = ['Ærø Ågesen', "Nina O'Test", 'Per 100% Test', 'Under_Streg', 'Citat "Test"', 'Skrå\\Test', 'Anders Test'];
  before(async () => {
    const states = ['generalPractice', 'referral.sent', 'referral.atCvi', 'visitation.assessing', 'painClinic.intake', 'painClinic.waiting', 'painClinic.treatment', 'controlPhase.followUp', 'controlPhase.letterSent', 'dischargedToGp'];
    const areas = ['midt', 'nord', 'byen', 'syd'] as const;
    for (let index = 0; index < 26; index++) {
      const withoutEcg = index % 5 === 1 && states[index % states.length] === 'referral.sent';
      const { id } = await walkTo(server, withoutEcg ? 'generalPractice' : states[index % states.length]!, { area: areas[index % 4]!, patient: { name: names[index] ?? `Patient ${index}`, birthDate: '1968-07-05' } });
      if (withoutEcg) await server.sent(id, staffOf(areas[index % 4]!).gp, { type: 'referral.updated', facts: { ...completeFacts, content: { ...completeFacts.content, ecg: null, allergy: null } } });
      later(index % 7 === 0 ? 0 : 5);
    }
    await server.sent((await opened(server, { patient: { name: 'Lukket Test', birthDate: '1970-05-05' } })).id, gp, { type: 'pathway.closed', reason: 'declined', text: 'Ønsker det ikke' });
  });

  it('begins with the earliest deadline, among equals with the longest wait, and ends with what has no deadline', async () => {
    const items = await listed(auditor);
    assert.equal(items.length, 26);
    const place = ({ dueAt, stageSince, id }: Item) => [dueAt ?? '9999', stageSince, id].join(' ');
    assert.deepEqual(items.map(place), items.map(place).sort());
    assert.ok(items.at(-1)!.dueAt === null && items[0]!.dueAt !== null);
    const sameDue = items.filter(({ dueAt }, index) => dueAt !== null && dueAt === items[index + 1]?.dueAt);
    assert.ok(sameDue.length > 0, 'some wait for the same deadline');
  });

  it('says of each pathway what the pathway says itself', async () => {
    for (const item of await listed(auditor)) {
      const { body: view } = await server.get(`/v1/pathways/${item.id}`, auditor);
      const { items: log } = (await server.get(`/v1/pathways/${item.id}/transitions?limit=200`, auditor)).body as { items: { to: { stage: string }; occurredAt: string }[] };
      const since = log[log.findLastIndex(({ to }) => to.stage !== item.stage) + 1]!.occurredAt;
      assert.deepEqual(
        { ...item, state: undefined, missing: undefined },
        { id: view.id, version: view.version, patient: view.patient, stage: view.stage, state: undefined, unit: view.unit, nextMove: view.nextMove, planningArea: view.planningArea, stageSince: since, daysInStage: item.daysInStage, dueAt: view.dueAt, overdue: view.dueAt !== null && view.dueAt <= server.clock.now().toISOString(), missing: undefined },
      );
    }
  });

  it('is narrowed by each filter and by any of them together', async () => {
    const all = await listed(auditor);
    assert.ok(all.some(({ overdue }) => overdue) && all.some(({ overdue }) => !overdue));
    type Filter = Partial<{ stage: string; unit: string; planningArea: string; overdue: boolean; missing: string; q: string }>;
    const any: fc.Arbitrary<Filter> = fc.record({
      stage: fc.constantFrom<string>(...stageNames.filter((stage) => stage !== 'closed')), unit: fc.constantFrom(...units.map(({ code }) => code)), planningArea: fc.constantFrom<string>(...planningAreas), overdue: fc.boolean(), missing: fc.constantFrom<string>(...contentItems), q: fc.constantFrom('test', 'PATIENT', '1', 'o'),
    }, { requiredKeys: [] });
    const keys = ['stage', 'unit', 'planningArea', 'overdue', 'missing', 'q'] as const;
    const fitting: fc.Arbitrary<Filter> = fc.tuple(fc.constantFrom(...all), fc.subarray([...keys])).map(([item, chosen]) => {
      const whole: Filter = { stage: item.stage, unit: item.unit!, planningArea: item.planningArea, overdue: item.overdue, ...(item.missing[0] ? { missing: item.missing[0] } : {}), q: item.patient.name.slice(1, 4) };
      return Object.fromEntries(Object.entries(whole).filter(([key]) => (chosen as string[]).includes(key)));
    });
    let found = 0;
    await fc.assert(fc.asyncProperty(fc.oneof(any, { weight: 2, arbitrary: fitting }), async (filter) => {
      const expected = all.filter((item) => (filter.stage === undefined || item.stage === filter.stage) && (filter.unit === undefined || item.unit === filter.unit) && (filter.planningArea === undefined || item.planningArea === filter.planningArea)
        && (filter.overdue === undefined || item.overdue === filter.overdue) && (filter.missing === undefined || item.missing.includes(filter.missing)) && (filter.q === undefined || item.patient.name.toLowerCase().includes(filter.q.trim().toLowerCase())));
      const items = await listed(auditor, new URLSearchParams({ limit: '200', ...Object.fromEntries(Object.entries(filter).map(([key, value]) => [key, String(value)])) }).toString());
      assert.deepEqual(items, expected);
      found += items.length;
    }), { numRuns: 80 });
    assert.ok(found > 80, 'the filters leave something');
  });

  it('finds who lacks an ECG (H3a), and only them', async () => {
    const items = await listed(auditor, 'missing=H3a&stage=generalPractice&limit=200');
    const withEcg = await listed(auditor, 'missing=H1&stage=generalPractice&limit=200');
    const only = items.filter(({ id }) => !withEcg.some((other) => other.id === id));
    assert.ok(only.length > 0);
    for (const { missing } of only) assert.deepEqual(missing, ['H3a', 'H6']);
    assert.deepEqual(await listed(auditor, 'missing=H3a&stage=painClinic'), []);
  });

  it('finds a name as it is written: percent signs, underscores and quotes are letters, and case does not count', async () => {
    const finds = { '%': ['Per 100% Test'], _: ['Under_Streg'], "O'T": ["Nina O'Test"], '"test"': ['Citat "Test"'], '\\': ['Skrå\\Test'], 'ÆRØ å': ['Ærø Ågesen'], 'ærø': ['Ærø Ågesen'], '100%': ['Per 100% Test'], '10_%': [], 'anders  test': [], ' anders test ': ['Anders Test'] };
    for (const [q, expected] of Object.entries(finds)) assert.deepEqual((await listed(auditor, `q=${encodeURIComponent(q)}`)).map(({ patient }) => patient.name), expected, q);
  });

  it('leaves out what is closed, unless it is asked for', async () => {
    assert.deepEqual((await listed(auditor, 'q=lukket')), []);
    const closed = await listed(auditor, 'stage=closed');
    assert.deepEqual(closed.map(({ patient, unit, nextMove, dueAt, overdue }) => [patient.name, unit, nextMove, dueAt, overdue]), [['Lukket Test', null, null, null, false]]);
  });

  it('shows each unit the pathways that it has or had, and no others', async () => {
    const all = await listed(auditor);
    let sum = 0;
    for (const { code, kind } of units) {
      const items = await listed({ role: kind === 'practice' ? 'gp' : 'secretary', unit: code });
      sum += items.length;
      for (const { id } of all) {
        const { status } = await server.get(`/v1/pathways/${id}`, { role: 'secretary', unit: code });
        assert.equal(status, items.some((item) => item.id === id) ? 200 : 404, `${code} ${id}`);
      }
      assert.deepEqual(items, all.filter(({ id }) => items.some((item) => item.id === id)), 'in the same order');
    }
    assert.ok(sum > all.length, 'a unit that had a pathway still sees it');
    for (const { unit, nextMove, id } of all) for (const code of [unit, nextMove]) assert.ok((await listed({ role: 'secretary', unit: code! })).some((item) => item.id === id), `${code} sees what lies on its desk`);
  });

  it('shows the CVI a referral that was sent and not yet received', async () => {
    const { id } = await walkTo(server, 'referral.sent');
    const found = (await listed(cvi)).find((item) => item.id === id)!;
    assert.deepEqual([found.state, found.unit, found.nextMove], ['referral.sent', gp.unit, cvi.unit]);
  });

  it('calls a pathway overdue from the very instant of its deadline', async () => {
    const { id, dueAt } = await walkTo(server, 'referral.sent');
    const late = async () => [(await listed(gp, 'overdue=true&limit=200')).some((item) => item.id === id), (await listed(gp, 'overdue=false&limit=200')).some((item) => item.id === id), (await listed(gp)).find((item) => item.id === id)!.overdue];
    server.clock.set(new Date(Date.parse(dueAt!) - 1));
    assert.deepEqual(await late(), [false, true, false]);
    server.clock.set(dueAt!);
    assert.deepEqual(await late(), [true, false, true]);
  });

  it('comes page by page without gap or duplicate, however long a page is', async () => {
    const all = await listed(auditor);
    for (const limit of [1, 2, 7, all.length - 1, all.length, all.length + 1, 200]) {
      const pages = await paged<Item>(`/v1/pathways?limit=${limit}`, auditor);
      assert.deepEqual(pages.flat(), all, `limit ${limit}`);
      assert.ok(pages.slice(0, -1).every(({ length }) => length === limit) && pages.at(-1)!.length <= limit && (pages.at(-1)!.length > 0));
    }
    assert.deepEqual((await paged<Item>('/v1/pathways?limit=3&planningArea=nord', auditor)).flat(), all.filter(({ planningArea }) => planningArea === 'nord'));
  });

  it('comes page by page with everything that stays as it is, each once, while others come, move and go', async () => {
    const before_ = await listed(auditor);
    const touched = new Set<string>();
    const pages = await paged<Item>('/v1/pathways?limit=3', auditor, async (page) => {
      later(1);
      const draft = before_.filter(({ stage, id, planningArea }) => stage === 'generalPractice' && planningArea === 'midt' && !touched.has(id))[0];
      if (draft && page % 2 === 0) {
        touched.add(draft.id);
        await server.sent(draft.id, gp, { type: 'referral.updated', facts: completeFacts });
        await server.sent(draft.id, gp, page % 4 === 0 ? { type: 'referral.submitted' } : { type: 'pathway.closed', reason: 'declined', text: 'Nej tak' });
      } else touched.add((await walkTo(server, page % 3 === 0 ? 'generalPractice' : 'referral.atCvi', { patient: { name: 'Nyt Test', birthDate: '1980-01-02' } })).id);
    });
    const seen = pages.flat().map(({ id }) => id);
    assert.ok(touched.size > 5);
    const unchanged = before_.map(({ id }) => id).filter((id) => !touched.has(id));
    assert.deepEqual(seen.filter((id) => !touched.has(id)), unchanged);
  });
});

describe('the log of a pathway', () => {
  type Entry = { seq?: number; refused?: string; version?: number; event: { type: string; text?: string }; findings: { rule: string; remedy: string; quote: string | null; by: string[] }[]; actor: { sub: string } };
  let id: string;
  before(async () => {
    ({ id } = await opened(server));
    for (let step = 0; step < 6; step++) {
      await server.sent(id, gp, { type: 'followUp.recorded', text: `Trin ${step}` });
      for (let attempt = 0; attempt < step; attempt++) assert.equal((await server.send(id, gp, attempt % 2 ? { type: 'clinic.accepted' } : { type: 'referral.submitted' })).status, attempt % 2 ? 403 : 422);
    }
  });
  const address = (query: string) => `/v1/pathways/${id}/transitions?${query}`;
  const named = ({ seq, refused, version, event }: Entry) => (refused === undefined ? String(seq) : `${version} ${refused} ${event.type}`);

  it('tells every transition in order, by pages of any length', async () => {
    for (const limit of [1, 2, 3, 7, 8, 200]) {
      const pages = await paged<Entry>(address(`limit=${limit}`), gp);
      assert.deepEqual(pages.flat().map(({ seq }) => seq), [1, 2, 3, 4, 5, 6, 7]);
      assert.ok(pages.every(({ length }) => length <= limit));
    }
  });

  it('tells on request each refused attempt where it happened, after the version that it met, with the findings that were shown', async () => {
    const { items } = (await server.get(address('refused=true&limit=200'), gp)).body as { items: Entry[] };
    const expected = [1, 2, 3, 4, 5, 6, 7].flatMap((seq) => [String(seq), ...Array.from({ length: Math.max(0, seq - 2) }, (_, attempt) => (attempt % 2 ? `${seq} not-allowed clinic.accepted` : `${seq} rules-unmet referral.submitted`))]);
    assert.deepEqual(items.map(named), expected);
    const refusal = items.find(({ refused }) => refused === 'rules-unmet')!;
    assert.deepEqual(refusal.findings.filter(({ remedy }) => remedy === 'supply').map(({ rule }) => rule).slice(0, 2), ['B1', 'B2']);
    const b1 = refusal.findings.find(({ rule }) => rule === 'B1')!;
    assert.deepEqual([b1.quote, b1.by, refusal.actor.sub], ['Pt skal før henvisning være diagnostisk afklaret', ['gp'], 'gp.GP_MIDT']);
    for (const limit of [1, 2, 5, 6, items.length, 200]) {
      const pages = await paged<Entry>(address(`refused=true&limit=${limit}`), gp);
      assert.deepEqual(pages.flat(), items, `limit ${limit}`);
      assert.ok(pages.every(({ length }) => length <= limit), 'a page is as long as was asked for');
    }
  });

  it('leaves none out, however many were refused at one version', async () => {
    await server.source.query(`insert into refusal select pathway_id, gen_random_uuid(), version, event_type, recorded_at, leaf, payload, hash from refusal, generate_series(1, 60) where pathway_id = $1`, [id]);
    const [{ n }] = await server.source.query('select count(*)::int as n from refusal where pathway_id = $1', [id]) as [{ n: number }];
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
    assert.deepEqual(items.map(({ seq }) => seq), [7, 8]);
  });
});

describe('a referral', () => {
  it('keeps every version as it was sent (A11): the first can still be read when the second has come', async () => {
    const { ecg: _e, allergy: _a, toldToPatient: _t, ...content } = completeFacts.content!;
    const facts = { ...completeFacts, content };
    const { id } = await opened(server, { patient: { name: 'Pia Test', cpr: '190578-9996' } });
    await server.sent(id, gp, { type: 'referral.updated', facts });
    const refused = await server.send(id, gp, { type: 'referral.submitted' });
    assert.deepEqual([refused.status, refused.body.findings.map(({ rule, severity }: { rule: string; severity: string }) => `${rule} ${severity}`)], [422, ['H3a warn', 'H6 warn', 'H7 warn']]);
    await server.sent(id, gp, { type: 'referral.submitted', acknowledged: [{ rule: 'H3a' }, { rule: 'H6' }, { rule: 'H7' }] });
    await server.sent(id, cvi, { type: 'referral.received' });
    await server.sent(id, cvi, { type: 'referral.forwarded', centre: 'TSC_HEH' });
    const asked = await server.sent(id, centre('triager'), { type: 'information.requested', items: ['H3a', 'H6', 'H7'] });
    assert.deepEqual([asked.state, asked.unit, asked.nextMove], ['visitation.awaitingInformation', 'TSC_HEH', 'GP_MIDT']);
    assert.ok(asked.deadlines.find(({ clock }) => clock === 'firstVisit')!.pausedSince, 'the wait\'s clock stands');
    assert.deepEqual((await listed(centre('triager'), 'missing=H3a')).map((item) => item.id), [id]);

    const supplied = await server.sent(id, gp, { type: 'information.supplied', facts: { content: { ecg: 'Sinusrytme', allergy: { none: true }, toldToPatient: 'Henvist' } } });
    assert.deepEqual([supplied.state, supplied.referral.version], ['visitation.assessing', 2]);
    assert.deepEqual(await listed(centre('triager'), 'missing=H3a'), []);
    for (const user of [gp, cvi, centre('triager'), auditor]) {
      const [first, second, third] = [await server.get(`/v1/pathways/${id}/referrals/1`, user), await server.get(`/v1/pathways/${id}/referrals/2`, user), await server.get(`/v1/pathways/${id}/referrals/3`, user)];
      assert.deepEqual([first.status, first.body.version, first.body.facts], [200, 1, facts]);
      assert.deepEqual([second.status, second.body.facts.content.ecg, second.body.facts.content.allergy], [200, 'Sinusrytme', { none: true }]);
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
    assert.equal((await server.get(`/v1/pathways/${id}`, { role: 'gp', unit: 'GP_SYD' }, { 'if-none-match': '"2"' })).status, 404, 'a tag opens no door');
  });
});

describe('a patient', () => {
  const anders = { name: 'Anders Test', cpr: '120375-9995' };
  const found = async (user: User, cpr: string) => (await server.post('/v1/patient-searches', user, { cpr })).body.items as { patient: { name: string; cprMasked: string; birthDate: string }; pathways: { id: string; stage: string }[] }[];

  it('has one open pathway: a second is refused with the id of the first, whoever asks and however the number is written', async () => {
    const { id } = await opened(server, { patient: anders });
    for (const [cpr, user] of [['120375-9995', gp], ['1203759995', gp], ['120375-9995', staffOf('syd').gp]] as const) {
      const reply = await server.open({ patient: { name: 'Andreas Test', cpr }, planningArea: 'midt' }, user);
      assert.deepEqual([reply.status, reply.body.type, reply.body.pathway], [409, '/problems/already-open', id]);
    }
  });

  it('is found by number, masked, by the units that have or had a pathway, and by the auditor', async () => {
    const [hit] = await found(gp, '1203759995');
    assert.deepEqual([hit!.patient.name, hit!.patient.cprMasked, hit!.patient.birthDate, hit!.pathways.length], ['Anders Test', '120375-****', '1975-03-12', 1]);
    assert.equal((await found(auditor, '120375-9995')).length, 1);
    for (const stranger of [staffOf('syd').gp, clinic('secretary'), cvi]) assert.deepEqual(await found(stranger, '120375-9995'), []);
    assert.deepEqual(await found(gp, '241182-9995'), []);
  });

  it('has another pathway once the first is closed, and is the same patient then, by the same name', async () => {
    const first = (await found(gp, anders.cpr))[0]!.pathways[0]!;
    await server.sent(first.id, gp, { type: 'pathway.closed', reason: 'managedInGeneralPractice', text: 'Klares hos os' });
    const key = '0198c0de-0000-7000-8000-000000000001';
    const again = await server.open({ patient: { name: 'Andreas Ny-Test', cpr: anders.cpr }, planningArea: 'midt' }, gp, key);
    assert.equal(again.status, 201, JSON.stringify(again.body));
    assert.equal(again.headers.get('location'), `/v1/pathways/${again.body.id}`);
    assert.deepEqual((await server.get(`/v1/pathways/${again.body.id}`, gp)).body, again.body, 'the answer is what is stored');
    const repeated = await server.open({ patient: { name: 'Andreas Ny-Test', cpr: anders.cpr }, planningArea: 'midt' }, gp, key);
    assert.deepEqual([repeated.status, repeated.body, repeated.headers.get('idempotency-replayed')], [201, again.body, 'true']);
    const [hit] = await found(gp, anders.cpr);
    assert.deepEqual([hit!.patient.name, hit!.pathways.map(({ stage }) => stage).sort()], ['Anders Test', ['closed', 'generalPractice']]);
  });

  it('is known by a birth date that agrees with the number, or by none given', async () => {
    const wrong = await server.open({ patient: { name: 'Casper Test', cpr: '241182-9995', birthDate: '1982-11-25' }, planningArea: 'byen' }, gp);
    assert.deepEqual([wrong.status, wrong.body.errors], [400, [{ pointer: '/patient/birthDate', message: 'is not the birth date that the CPR number tells: check both' }]]);
    const right = await server.open({ patient: { name: 'Casper Test', cpr: '241182-9995', birthDate: '1982-11-24' }, planningArea: 'byen' }, gp);
    assert.deepEqual([right.status, right.body.patient.birthDate], [201, '1982-11-24']);
    const neither = await server.open({ patient: { name: 'Nina Test' }, planningArea: 'byen' }, gp);
    assert.deepEqual([neither.status, neither.body.errors[0].pointer], [400, '/patient']);
  });

  it('without a CPR has a replacement number and a birth date beside it; age comes from the birth date', async () => {
    const without = await server.open({ patient: { name: 'Uden Cpr-Test', cpr: '050768-1AB2' }, planningArea: 'midt' }, gp);
    assert.deepEqual([without.status, without.body.errors.map(({ pointer }: { pointer: string }) => pointer)], [400, ['/patient/birthDate']]);
    const { id, patient } = await opened(server, { patient: { name: 'Uden Cpr-Test', cpr: '050768-1AB2', birthDate: '2010-01-31' } });
    assert.deepEqual([patient.birthDate, patient.cprMasked], ['2010-01-31', '050768-****']);
    await server.sent(id, gp, { type: 'referral.updated', facts: completeFacts });
    const minor = await server.send(id, gp, { type: 'referral.submitted' });
    assert.deepEqual(minor.body.findings.map(({ rule, severity }: { rule: string; severity: string }) => `${rule} ${severity}`), ['C1 block']);
    assert.equal((await found(gp, '0507681ab2'))[0]!.pathways[0]!.id, id);
    await server.sent(id, gp, { type: 'pathway.closed', reason: 'declined', text: 'Nej tak' });
    const other = await server.open({ patient: { name: 'Uden Cpr-Test', cpr: '050768-1AB2', birthDate: '2011-01-31' }, planningArea: 'midt' }, gp);
    assert.deepEqual([other.status, other.body.errors[0].pointer], [400, '/patient/birthDate'], 'a number has one birth date');
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
    for (const user of [practice('gpStaff'), cvi, centre('triager'), clinic('physician'), { role: 'gp', unit: 'TSC_HEH' } satisfies User]) {
      const reply = await server.open({ patient, planningArea: 'midt' }, user);
      assert.deepEqual([reply.status, reply.body.roles], [403, ['gp']]);
    }
    const other = await server.open({ patient, planningArea: 'midt', ownGp: 'GP_SYD' }, gp);
    assert.deepEqual([other.status, other.body.ownGp, other.headers.get('etag')], [201, 'GP_SYD', '"1"']);
    for (const ownGp of ['TSC_HEH', 'GP_MARS']) assert.equal((await server.open({ patient, planningArea: 'midt', ownGp }, gp)).body.errors[0].pointer, '/ownGp');
  });
});
