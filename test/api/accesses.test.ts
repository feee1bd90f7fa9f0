/** Whoever looked at a patient is written down before he sees anything, whoever was refused too; and an auditor can ask who it was. */
import assert from 'node:assert/strict';
import { randomBytes, randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, it } from '@jest/globals';
import { Controller, Get } from '@nestjs/common';
import pg from 'pg';
import { maskCprIn } from '../../machines/calendar/identifiers.js';
import { commitmentOf, hashOfLeaf, readAccess, type AccessEntry } from '../../src/pathways/log.js';
import { accessesOf, LookUp, LookUps, ShowsPatients } from '../../src/accesses/look-ups.js';
import { opened, staffOf, walkTo } from '../support/referral.js';
import { startServer, type Reply, type TestServer, type User } from '../support/server.js';

type Row = {
  id: string;
  recorded_at: Date;
  pathways: string[];
  leaf: string;
  payload: string;
  salt: Buffer;
  hash: Buffer;
  pending: number;
};
type Access = Omit<AccessEntry, 'pathways'> & { others: number; hash: string };
const auditor: User = { role: 'auditor', unit: 'REGION' };
const { gp, clinic, centre, practice } = staffOf('midt');
const stranger = staffOf('syd').gp;
const manager: User = { role: 'manager', unit: 'SK_HIH' };
const anders = { name: 'Anders Test', cpr: '120375-9995' };
const note = { type: 'followUp.recorded', text: 'Ringet' };

let server: TestServer;
let referred: string;
let opening: string;
beforeAll(async () => {
  server = await startServer();
  ({ id: referred } = await walkTo(server, 'visitation.assessing', {
    patient: { name: 'Birthe Test', cpr: '050768-9996' },
  }));
  ({ id: opening } = await opened(server, { patient: anders }));
});
afterAll(() => server.stop());

const rows = async (): Promise<Row[]> =>
  server.source.query(
    `select a.*, (select count(*)::int from log_pending p where p.kind = 'access' and p.entry_id = a.id and p.seq = 0 and p.hash = a.hash) as pending from access a order by a.recorded_at, a.id`,
  ) as Promise<Row[]>;
/** What was written while something was asked for. Each row is checked: its hash, its commitment, its place in the queue of the tree, and what it may not hold. */
async function written<T>(work: () => Promise<T>): Promise<[T, AccessEntry[]]> {
  const known = new Set((await rows()).map(({ id }) => id));
  const result = await work();
  return [result, (await rows()).filter(({ id }) => !known.has(id)).map(soundEntry)];
}
function soundEntry(row: Row): AccessEntry {
  const leaf = JSON.parse(row.leaf) as Record<string, unknown>;
  const entry = readAccess(row);
  assert.deepEqual(row.hash, hashOfLeaf(row.leaf));
  assert.equal(leaf['commitment'], commitmentOf(row.payload, row.salt));
  assert.deepEqual([row.salt.length, row.pending], [32, 1]);
  assert.deepEqual(Object.keys(leaf).sort(), [
    'action',
    'commitment',
    'id',
    'kind',
    'outcome',
    'pathways',
    'recordedAt',
    'role',
    'unit',
    'v',
  ]);
  assert.ok(!row.leaf.includes(`"${entry.actor.sub}"`) && !/Test|criterion|requestId/.test(row.leaf), row.leaf);
  assert.equal(maskCprIn(row.leaf + row.payload), row.leaf + row.payload, 'no CPR, whole');
  assert.deepEqual([entry.id, entry.pathways, entry.recordedAt], [row.id, row.pathways, row.recorded_at.toISOString()]);
  return entry;
}
const told = ({ action, outcome, pathways, criterion }: AccessEntry) => ({ action, outcome, pathways, criterion });
/** One request, one row: what it says. */
async function onlyRow(work: () => Promise<Reply>, status: number): Promise<ReturnType<typeof told>> {
  const [reply, entries] = await written(work);
  assert.equal(reply.status, status, JSON.stringify(reply.body));
  assert.equal(entries.length, 1);
  assert.equal(entries[0]!.requestId, reply.headers.get('x-request-id'));
  return told(entries[0]!);
}
async function none(work: () => Promise<Reply>, status: number): Promise<Reply> {
  const [reply, entries] = await written(work);
  assert.deepEqual([reply.status, entries.length], [status, 0], JSON.stringify([reply.body, entries]));
  return reply;
}
const dry = (id: string, user: User, body: object, to = 'events') =>
  server.post(`/v1/pathways/${id}/${to}?dryRun=true`, user, body, { 'if-match': '"1"' });

describe('every operation', () => {
  /** Each operation that shows patients: somebody to whom it shows one, or who is refused, and what is written of that. */
  const looks: Record<
    string,
    { ask: (user?: User) => Promise<Reply>; as?: User; action: string; outcome?: string; of?: () => string[] }
  > = {
    pathways_open: {
      ask: (user = gp) => server.open({ patient: anders, planningArea: 'midt' }, user),
      action: 'opening',
      outcome: 'already-open',
      of: () => [opening],
    },
    worklists_list: {
      ask: (user = gp) => server.get('/v1/pathways?stage=generalPractice', user),
      action: 'worklist',
      of: () => [opening],
    },
    worklists_counts: {
      ask: (user = gp) => server.get('/v1/pathways/counts?q=anders', user),
      action: 'worklistCounts',
    },
    worklists_csv: {
      ask: (user = gp) => server.get('/v1/pathways.csv?stage=generalPractice', user),
      action: 'worklistFile',
      of: () => [opening],
    },
    worklists_assign: {
      ask: (user = gp) => server.raw('PUT', `/v1/pathways/${opening}/assignee`, { user, body: '{"assignee":"me"}' }),
      action: 'assignment',
      of: () => [opening],
    },
    worklists_history: {
      ask: (user = gp) => server.get(`/v1/pathways/${opening}/assignments`, user),
      action: 'assignments',
      of: () => [opening],
    },
    pathways_get: {
      ask: (user = gp) => server.get(`/v1/pathways/${opening}`, user),
      action: 'read',
      of: () => [opening],
    },
    pathways_actions: {
      ask: (user = gp) => server.get(`/v1/pathways/${opening}/actions`, user),
      action: 'actions',
      of: () => [opening],
    },
    pathways_send: { ask: (user = gp) => dry(opening, user, note), action: 'rehearsal', of: () => [opening] },
    pathways_referral: {
      ask: (user = gp) => server.get(`/v1/pathways/${referred}/referrals/1`, user),
      action: 'referral',
      of: () => [referred],
    },
    pathways_log: {
      ask: (user = gp) => server.get(`/v1/pathways/${opening}/transitions`, user),
      action: 'log',
      of: () => [opening],
    },
    pathways_search: {
      ask: (user = gp) => server.post('/v1/patient-searches', user, { cpr: anders.cpr }),
      action: 'search',
      of: () => [opening],
    },
    accesses_list: {
      ask: (user = auditor) => server.get(`/v1/pathways/${opening}/accesses`, user),
      as: auditor,
      action: 'accesses',
      of: () => [opening],
    },
    exports_file: { ask: (user = auditor) => server.get('/v1/audit/exports/csv', user), as: auditor, action: 'export' },
    audit_proof: {
      ask: (user = auditor) => server.get(`/v1/audit/proofs?pathway=${opening}&seq=1`, user),
      as: auditor,
      action: 'proof',
      outcome: 'not-found',
      of: () => [opening],
    },
    prescribing_list: {
      ask: (user = gp) => server.get(`/v1/pathways/${opening}/prescribing`, user),
      action: 'prescribing',
      of: () => [opening],
    },
    advice_list: {
      ask: (user = gp) => server.get(`/v1/pathways/${opening}/advice`, user),
      action: 'advice',
      of: () => [opening],
    },
    deadlines_deadlines: {
      ask: (user = gp) => server.get(`/v1/pathways/${opening}/deadlines`, user),
      action: 'deadlines',
      of: () => [opening],
    },
    forecast_page: {
      ask: (user = gp) => server.get('/v1/forecast?stage=generalPractice', user),
      action: 'forecast',
      of: () => [opening],
    },
    messages_list: { ask: (user = gp) => server.get('/v1/messages', user), action: 'messages', of: () => [referred] },
    messages_read: {
      ask: (user = gp) => server.get(`/v1/messages/${referred}.9.1`, user),
      action: 'message',
      outcome: 'not-found',
      of: () => [referred],
    },
    messages_acknowledge: {
      ask: (user = gp) => server.post(`/v1/messages/${referred}.9.1/acknowledgments`, user, { outcome: 'accepted' }),
      action: 'acknowledgment',
      outcome: 'not-found',
      of: () => [referred],
    },
    corrections_correct: {
      ask: (user = gp) =>
        dry(opening, user, { kind: 'void', seq: 7, reason: 'Et trin, som ikke er der' }, 'corrections'),
      action: 'rehearsal',
      outcome: 'invalid',
      of: () => [opening],
    },
  };
  /** Numbers, names of units, health, the log as a whole: no patient. Of late changes and of faults of the log, auditors read which pathways they are of, and nothing else of them. */
  const noPatients: Record<string, string> = {
    exports_manifest: '/v1/audit/exports/csv/manifest',
    audit_state: '/v1/audit/state',
    audit_checkpoints: '/v1/audit/checkpoints',
    audit_consistency: '/v1/audit/consistency?from=1',
    audit_verify: 'POST /v1/audit/verifications',
    overview_stages: '/v1/overview/stages',
    overview_flow: '/v1/overview/flow?month=2026-01',
    overview_deadlines: '/v1/overview/deadlines',
    overview_lateChanges: '/v1/overview/late-changes?month=2026-01',
    registry_units: '/v1/units',
    registry_route: '/v1/routes?planningArea=midt',
    registry_adviceLine: '/v1/advice-line?unit=TSC_HEH',
    messages_waiting: '/v1/messages/waiting',
    health_live: '/v1/health/live',
    health_live_1: '/health/live',
    health_ready: '/v1/health/ready',
    health_ready_1: '/health/ready',
    views_list: '/v1/views?counts=true',
    views_add: 'POST /v1/views {"name":"Ny","filters":{}}',
    views_change: 'PUT /v1/views/0198c0de-0000-7000-8000-00000000dead {"name":"Ny","filters":{}}',
    views_remove: 'DELETE /v1/views/0198c0de-0000-7000-8000-00000000dead',
  };

  it('has said whether it shows patients: a new one is put on one of two lists', async () => {
    const { paths } = (await server.raw('GET', '/v1/openapi.json')).body as {
      paths: Record<string, Record<string, { operationId: string }>>;
    };
    const there = Object.values(paths).flatMap((methods) =>
      Object.values(methods).map(({ operationId }) => operationId),
    );
    assert.deepEqual(there.sort(), [...Object.keys(looks), ...Object.keys(noPatients)].sort());
  });

  it('that shows patients is written down once, with whom it shows', async () => {
    for (const [name, { ask, as = gp, action, outcome = 'answered', of = () => [] }] of Object.entries(looks)) {
      const [reply, entries] = await written(ask);
      assert.equal(entries.length, 1, name);
      const { requestId, actor, criterion: _criterion, id: _id, recordedAt, ...rest } = entries[0]!;
      assert.deepEqual(rest, { action, outcome, pathways: of() }, name);
      assert.deepEqual(
        [requestId, actor, recordedAt],
        [
          reply.headers.get('x-request-id'),
          { sub: `${String(as.role)}.${as.unit}`, role: as.role, unit: as.unit },
          server.clock.now().toISOString(),
        ],
      );
    }
  });

  it('that shows patients refuses whoever may see none, and writes that down, by the role and before anything else is read', async () => {
    for (const user of [manager, { role: ['admin', 'manager'], unit: 'REGION' } satisfies User]) {
      for (const [name, { ask, action }] of Object.entries(looks)) {
        const [reply, entries] = await written(() => ask(user));
        assert.deepEqual([reply.status, reply.body.type], [403, '/problems/not-allowed'], name);
        assert.deepEqual(
          entries.map((entry) => [entry.action, entry.outcome, entry.actor.role]),
          [[action, 'not-allowed', [user.role].flat()[0]]],
          name,
        );
      }
    }
    const hostile = await onlyRow(
      () => server.raw('POST', '/v1/patient-searches', { user: manager, body: '{"cpr":{"a":["120375-9995"]}}' }),
      403,
    );
    assert.deepEqual(hostile.criterion, { cpr: '******-****' });
    for (const body of ['{}', '{"patient":null}', '{"patient":["120375-9995"]}', '{"patient":{"cpr":{"120375":9995}}}'])
      await onlyRow(() => server.raw('POST', '/v1/pathways', { user: manager, body }), 403);
  });

  it('needs a token first: whoever has none is nobody who could be written down', async () => {
    await none(() => server.raw('GET', `/v1/pathways/${opening}`), 401);
  });

  it('that shows no patient writes nothing', async () => {
    for (const [name, address] of Object.entries(noPatients)) {
      const [, method = 'GET', path, sent] = /^(?:([A-Z]+) )?(\S+)(?: (.+))?$/.exec(address)!;
      const [{ status, body }, entries] = await written(() =>
        server.raw(method, path!, { user: auditor, ...(sent === undefined ? {} : { body: sent }) }),
      );
      assert.ok(
        status === 200 ||
          (status === 201 && name === 'views_add') ||
          (status === 404 && ['views_change', 'views_remove'].includes(name)) ||
          (status === 400 && name === 'audit_consistency'),
        `${name} ${JSON.stringify(body)}`,
      );
      assert.deepEqual(entries, [], name);
    }
  });

  it('cannot be added to a controller that shows patients without saying so', () => {
    const adding = (decided: MethodDecorator[]) => () => {
      class NewController {
        look() {
          return {};
        }
      }
      const method = Object.getOwnPropertyDescriptor(NewController.prototype, 'look')!;
      for (const decorate of [Get('look'), ...decided]) decorate(NewController.prototype, 'look', method);
      for (const decorate of [ShowsPatients(), Controller()]) decorate(NewController);
    };
    assert.throws(adding([]), /NewController\.look does not say whom it shows/);
    assert.doesNotThrow(adding([LookUp('look')]));
  });
});

describe('what was shown', () => {
  it('of a worklist is everybody on the page, and nobody else, with what was searched for', async () => {
    for (const name of ['Ida Søgt', 'Ib Søgt', 'Per Søgt'])
      await opened(server, { patient: { name, birthDate: '1970-05-05' } });
    const seen: string[] = [];
    for (let cursor = ''; cursor !== 'end';) {
      const [{ body }, [entry, ...more]] = await written(() =>
        server.get(`/v1/pathways?q=s%C3%B8gt&limit=2${cursor}`, gp),
      );
      assert.deepEqual(
        [told(entry!), more],
        [
          {
            action: 'worklist',
            outcome: 'answered',
            pathways: (body.items as { id: string }[]).map(({ id }) => id),
            criterion: { q: 'søgt' },
          },
          [],
        ],
      );
      seen.push(...entry!.pathways);
      cursor = body.nextCursor === null ? 'end' : `&cursor=${encodeURIComponent(body.nextCursor as string)}`;
    }
    assert.equal(new Set(seen).size, 3);
    assert.deepEqual(await onlyRow(() => server.get('/v1/pathways?q=ingen&overdue=true', gp), 200), {
      action: 'worklist',
      outcome: 'answered',
      pathways: [],
      criterion: { q: 'ingen', overdue: 'true' },
    });
    assert.equal((await onlyRow(() => server.get('/v1/pathways', gp), 200)).criterion, null);
  });

  it('by a search is whom it found; the number is masked, however it was written, and was sought even if nobody was found', async () => {
    const search = (user: User, cpr: string) => onlyRow(() => server.post('/v1/patient-searches', user, { cpr }), 200);
    for (const cpr of ['120375-9995', '1203759995'])
      assert.deepEqual(await search(gp, cpr), {
        action: 'search',
        outcome: 'answered',
        pathways: [opening],
        criterion: { cpr: '120375-****' },
      });
    assert.deepEqual(await search(stranger, anders.cpr), {
      action: 'search',
      outcome: 'answered',
      pathways: [],
      criterion: { cpr: '120375-****' },
    });
    assert.deepEqual((await search(gp, '050768-1AB2')).criterion, { cpr: '050768-****' });
  });

  it('holds no CPR, whole, whatever a handler names as what was searched for', async () => {
    const [, [entry]] = await written(() =>
      server.app.get(LookUps).note(
        {
          action: 'search',
          outcome: 'answered',
          requestId: 'r',
          pathways: [opening],
          criterion: { text: 'Anders 120375-9995', ids: [opening, { cpr: '1203759995' }], limit: 50 },
        },
        { sub: 'a', unit: gp.unit, roles: ['gp'] },
      ),
    );
    assert.deepEqual(entry!.criterion, {
      text: 'Anders 120375-****',
      ids: [opening, { cpr: '120375-****' }],
      limit: 50,
    });
  });

  it('is shown again by 304: its reader knows that nothing has changed', async () => {
    assert.deepEqual(await onlyRow(() => server.get(`/v1/pathways/${opening}`, gp, { 'if-none-match': '"1"' }), 304), {
      action: 'read',
      outcome: 'answered',
      pathways: [opening],
      criterion: null,
    });
    assert.deepEqual(
      (await onlyRow(() => server.get(`/v1/pathways/${opening.toUpperCase()}`, gp, { 'if-none-match': '"1"' }), 304))
        .pathways,
      [opening],
    );
  });

  it('with an event that is taken or refused by rule stands in the log of the pathway, and nowhere twice', async () => {
    const { id } = await opened(server);
    const [key, another] = [randomUUID(), randomUUID()];
    await none(() => server.send(id, gp, note, { version: 1, key }), 200);
    assert.deepEqual(
      await onlyRow(() => server.send(id, gp, note, { version: 1, key }), 200),
      { action: 'event', outcome: 'answered', pathways: [id], criterion: { event: 'followUp.recorded' } },
      'the same answer again is shown and not sent',
    );
    const refused: [User, { type: string }, number][] = [
      [gp, { type: 'referral.submitted' }, 422],
      [gp, { type: 'referral.forwarded', centre: 'TSC_HEH' } as never, 403],
      [practice('gpStaff'), { type: 'referral.submitted' }, 403],
    ];
    for (const [user, event, status] of refused) await none(() => server.send(id, user, event, { version: 2 }), status);
    assert.equal(
      (
        (await server.source.query('select count(*)::int as n from refusal where pathway_id = $1', [id])) as [
          { n: number },
        ]
      )[0].n,
      refused.length,
    );
    const opening_ = { patient: { name: 'Hans Test', birthDate: '1970-05-05' }, planningArea: 'midt' };
    const made = await none(() => server.open(opening_, gp, another), 201);
    assert.deepEqual(await onlyRow(() => server.open(opening_, gp, another), 201), {
      action: 'opening',
      outcome: 'answered',
      pathways: [made.body.id as string],
      criterion: null,
    });
  });

  it('in a dry run is written down, and its refusals too, which the log of the pathway does not have', async () => {
    const version = { 'if-match': '"1"' };
    assert.deepEqual(await onlyRow(() => dry(opening, gp, note), 200), {
      action: 'rehearsal',
      outcome: 'answered',
      pathways: [opening],
      criterion: { event: 'followUp.recorded' },
    });
    for (const [event, status, outcome] of [
      [{ type: 'referral.submitted' }, 422, 'rules-unmet'],
      [{ type: 'patient.died', date: '1900-01-01' }, 400, 'invalid'],
    ] as const) {
      assert.deepEqual(
        await onlyRow(() => server.post(`/v1/pathways/${opening}/events?dryRun=true`, gp, event, version), status),
        { action: 'rehearsal', outcome, pathways: [opening], criterion: { event: event.type } },
        'the answer tells something of the patient',
      );
    }
    await none(
      () => server.post(`/v1/pathways/${randomUUID()}/events?dryRun=true`, gp, { type: 'nonsense' }, version),
      400,
    );
  });
});

describe('what was refused', () => {
  const unknown = '0198c0de-0000-7000-8000-00000000dead';

  it('of a pathway that is there is found with it, though the answer was that there is none', async () => {
    for (const path of ['', '/actions', '/transitions', '/referrals/1']) {
      const {
        action: _action,
        criterion: _criterion,
        ...refused
      } = await onlyRow(() => server.get(`/v1/pathways/${opening}${path}`, stranger), 404);
      assert.deepEqual(refused, { outcome: 'not-found', pathways: [opening] });
    }
    assert.deepEqual(await onlyRow(() => server.send(opening, stranger, note, { version: 1 }), 404), {
      action: 'event',
      outcome: 'not-found',
      pathways: [opening],
      criterion: { event: 'followUp.recorded' },
    });
    assert.deepEqual(await onlyRow(() => server.get(`/v1/pathways/${opening}/referrals/9`, gp), 404), {
      action: 'referral',
      outcome: 'not-found',
      pathways: [opening],
      criterion: { version: '9' },
    });
    assert.equal((await onlyRow(() => server.send(opening, gp, note, { version: 7 }), 412)).outcome, 'stale-version');
  });

  it('of a pathway that is not there says what was asked for', async () => {
    assert.deepEqual(await onlyRow(() => server.get(`/v1/pathways/${unknown}`, gp), 404), {
      action: 'read',
      outcome: 'not-found',
      pathways: [],
      criterion: { pathway: unknown },
    });
    assert.deepEqual(await onlyRow(() => server.get('/v1/pathways/hvem-er-det', manager), 403), {
      action: 'read',
      outcome: 'not-allowed',
      pathways: [],
      criterion: { pathway: 'hvem-er-det' },
    });
    assert.deepEqual((await onlyRow(() => server.get(`/v1/pathways/${unknown}/accesses`, auditor), 404)).criterion, {
      pathway: unknown,
    });
  });

  it('because what is stored cannot be read is written down too', async () => {
    const { id } = await opened(server);
    await server.source.query(`update pathway set snapshot = '{}' where id = $1`, [id]);
    assert.deepEqual(await onlyRow(() => server.get(`/v1/pathways/${id}`, gp), 409), {
      action: 'read',
      outcome: 'quarantined',
      pathways: [id],
      criterion: null,
    });
  });

  it('to a patient who has a pathway already tells whose it is, and is written down with it', async () => {
    assert.deepEqual(await onlyRow(() => server.open({ patient: anders, planningArea: 'syd' }, stranger), 409), {
      action: 'opening',
      outcome: 'already-open',
      pathways: [opening],
      criterion: { cpr: '120375-****' },
    });
    assert.deepEqual(
      await onlyRow(() => server.open({ patient: anders, planningArea: 'midt' }, centre('triager')), 403),
      { action: 'opening', outcome: 'not-allowed', pathways: [], criterion: { cpr: '120375-****' } },
    );
  });

  it('because it is no request is not written down: it showed nothing', async () => {
    for (const address of [
      '/v1/pathways/x',
      '/v1/pathways?limit=0',
      `/v1/pathways/${opening}/transitions?cursor=x`,
      `/v1/pathways/${opening}?x=1`,
    ])
      await none(() => server.get(address, gp), 400);
    await none(() => server.post('/v1/patient-searches', gp, { cpr: '310259-9996' }), 400);
    await none(() => server.send(opening, gp, note, { version: null }), 428);
  });
});

describe('a look-up that cannot be written down', () => {
  it('shows nothing: 503, for answers and refusals alike, and is answered again as soon as it can', async () => {
    const asking = () => [
      server.get('/v1/pathways', gp),
      server.get(`/v1/pathways/${opening}`, gp),
      server.get(`/v1/pathways/${opening}`, gp, { 'if-none-match': '"1"' }),
      server.get(`/v1/pathways/${opening}/actions`, gp),
      dry(opening, gp, note),
      server.get(`/v1/pathways/${referred}/referrals/1`, gp),
      server.get(`/v1/pathways/${opening}/transitions`, gp),
      server.post('/v1/patient-searches', gp, { cpr: anders.cpr }),
      server.get(`/v1/pathways/${opening}`, stranger),
      server.get(`/v1/pathways/${randomUUID()}`, gp),
      server.get(`/v1/pathways/${opening}`, manager),
      server.open({ patient: anders, planningArea: 'midt' }, gp),
    ];
    const { id } = await opened(server);
    const expected = (await Promise.all(asking())).map(({ status }) => status);
    for (const [harm, heal] of [
      ['alter table access rename to away', 'alter table away rename to access'],
      ['alter table log_pending rename to away', 'alter table away rename to log_pending'],
      ['revoke insert on access from smertevejen_serving', 'grant insert on access to smertevejen_serving'],
    ] as const) {
      await server.source.query(harm);
      try {
        for (const reply of await Promise.all(asking())) {
          assert.deepEqual([reply.status, reply.body.type], [503, '/problems/busy'], JSON.stringify(reply.body));
          assert.deepEqual([reply.headers.get('etag'), reply.headers.get('retry-after')], [null, '1']);
          assert.deepEqual(Object.keys(reply.body as object).sort(), [
            'detail',
            'requestId',
            'status',
            'title',
            'type',
          ]);
          assert.ok(
            !new RegExp(`Anders|Birthe|120375|${opening}|${referred}|relation`).test(
              JSON.stringify([reply.body, [...reply.headers]]),
            ),
          );
        }
        assert.ok((await server.get(`/v1/pathways/${opening}/accesses`, auditor)).status >= 500);
        assert.equal((await server.get('/v1/units', gp)).status, 200);
        if (!harm.includes('log_pending'))
          assert.equal(
            (await server.send(id, gp, note, { version: harm.includes('rename') ? 1 : 2 })).status,
            200,
            'work goes on',
          );
      } finally {
        await server.source.query(heal);
      }
    }
    assert.deepEqual(
      (await Promise.all(asking())).map(({ status }) => status),
      expected,
    );
  });
});

describe('fifty at once', () => {
  it('leave fifty rows, each its own', async () => {
    const [replies, entries] = await written(() =>
      Promise.all(
        Array.from({ length: 50 }, (_, index) =>
          server.get(`/v1/pathways/${index % 2 ? opening : referred}`, index % 5 ? gp : stranger),
        ),
      ),
    );
    assert.deepEqual(
      entries.map(({ requestId }) => requestId).sort(),
      replies.map(({ headers }) => headers.get('x-request-id')).sort(),
    );
    assert.deepEqual(
      [
        entries.length,
        new Set(entries.map(({ id }) => id)).size,
        entries.filter(({ outcome }) => outcome === 'not-found').length,
      ],
      [50, 50, 10],
    );
  });
});

describe('who looked at this patient', () => {
  const asked = async (
    id: string,
    query = '',
    user = auditor,
  ): Promise<{ items: Access[]; nextCursor: string | null }> => {
    const { status, body } = await server.get(`/v1/pathways/${id}/accesses${query}`, user);
    assert.equal(status, 200, JSON.stringify(body));
    return body as { items: Access[]; nextCursor: string | null };
  };

  it('is answered with everybody, the newest first, with the role in which he saw it, and each page goes on where the last one ended', async () => {
    const [{ id }, { id: other }] = [
      await opened(server, { patient: { name: 'Nina Spurgt', birthDate: '1970-05-05' } }),
      await opened(server, { patient: { name: 'Niels Spurgt', birthDate: '1970-05-05' } }),
    ];
    const looking: (() => Promise<Reply>)[] = [
      () => server.get(`/v1/pathways/${id}`, gp),
      () => server.get('/v1/pathways?q=spurgt', gp),
      () => server.get(`/v1/pathways/${id}`, { role: ['manager', 'gpStaff'], unit: gp.unit, sub: 'b.hansen' }),
      () => server.get(`/v1/pathways/${id}/transitions?refused=true`, auditor),
      () => server.get(`/v1/pathways/${id}`, stranger),
      () => server.get(`/v1/pathways/${id}/accesses`, gp),
      () => server.get(`/v1/pathways/${id}/accesses`, manager),
    ];
    const ids: string[] = [];
    for (const look of looking) {
      ids.unshift((await look()).headers.get('x-request-id')!);
      server.clock.set(new Date(server.clock.now().getTime() + (ids.length % 2 ? 0 : 1_000)));
    }
    // What came in the same millisecond has an order, and not that of its coming.
    server.clock.set(new Date(server.clock.now().getTime() + 1_000));
    const first = await asked(id);
    assert.deepEqual(
      first.items.map(({ recordedAt }) => recordedAt),
      first.items
        .map(({ recordedAt }) => recordedAt)
        .sort()
        .reverse(),
    );
    const byRequest = new Map(first.items.map((item) => [item.requestId, item]));
    const brief = (requestId: string) => {
      const { action, outcome, actor, criterion, others } = byRequest.get(requestId)!;
      return [action, outcome, actor.sub, actor.role, criterion, others];
    };
    assert.deepEqual(ids.map(brief), [
      ['accesses', 'not-allowed', 'manager.SK_HIH', 'manager', null, 0],
      ['accesses', 'not-allowed', 'gp.GP_MIDT', 'gp', null, 0],
      ['read', 'not-found', 'gp.GP_SYD', 'gp', null, 0],
      ['log', 'answered', 'auditor.REGION', 'auditor', { refused: 'true' }, 0],
      ['read', 'answered', 'b.hansen', 'gpStaff', null, 0],
      ['worklist', 'answered', 'gp.GP_MIDT', 'gp', { q: 'spurgt' }, 1],
      ['read', 'answered', 'gp.GP_MIDT', 'gp', null, 0],
    ]);
    assert.equal(first.items.length, ids.length);
    const stored = new Map((await rows()).map((row) => [row.id, row]));
    for (const { id: access, hash } of first.items) assert.equal(hash, stored.get(access)!.hash.toString('hex'));

    server.clock.set(new Date(server.clock.now().getTime() + 1_000));
    const paged: string[] = [];
    for (let cursor: string | null = '', page = 0; cursor !== null; page += 1) {
      const { items, nextCursor }: { items: Access[]; nextCursor: string | null } = await asked(
        id,
        `?limit=2${cursor && `&cursor=${cursor}`}`,
      );
      paged.push(...items.map((item) => item.id));
      if (page === 0) assert.equal(items[0]!.action, 'accesses', 'the auditor sees that he has asked before');
      cursor = nextCursor;
      server.clock.set(new Date(server.clock.now().getTime() + 1));
    }
    assert.deepEqual(
      paged.slice(1),
      first.items.map((item) => item.id),
      'what comes meanwhile comes before the first page',
    );
    assert.deepEqual(
      (await asked(other)).items.map(({ action, others }) => [action, others]),
      [['worklist', 1]],
    );
  });

  it('is for auditors, of pathways that are there, and says what is wrong with a question', async () => {
    for (const user of [gp, clinic('physician'), manager, { role: 'system', unit: 'SYSTEM' } satisfies User]) {
      const { status, body } = await server.get(`/v1/pathways/${opening}/accesses`, user);
      assert.deepEqual([status, body.type, body.roles], [403, '/problems/not-allowed', ['auditor']]);
    }
    assert.equal((await server.get(`/v1/pathways/${randomUUID()}/accesses`, auditor)).status, 404);
    for (const query of [
      'limit=0',
      'limit=201',
      'cursor=x',
      'cursor=999999999999999.0198c0de-0000-7000-8000-00000000dead',
      'cursor=1',
    ])
      assert.equal((await server.get(`/v1/pathways/${opening}/accesses?${query}`, auditor)).status, 400, query);
    assert.deepEqual(
      (await asked(opening, '?cursor=99999999999999.0198c0de-0000-7000-8000-00000000dead&limit=1')).items.length,
      1,
    );
    const { id } = (
      await server.open({ patient: { name: 'Ingen Har-Set', birthDate: '1970-05-05' }, planningArea: 'midt' }, gp)
    ).body as { id: string };
    assert.deepEqual(await asked(id), { items: [], nextCursor: null });
  });

  it('still says that somebody looked, when what it told has been erased', async () => {
    const { id } = await opened(server);
    await server.get(`/v1/pathways/${id}`, gp);
    await server.source.query(
      'insert into access (id, recorded_at, pathways, leaf, payload, salt, hash) select $2, recorded_at, pathways, leaf, null, salt, hash from access where pathways @> array[$1::uuid]',
      [id, randomUUID()],
    );
    const { items } = await asked(id);
    assert.deepEqual(
      items.map(({ actor, requestId }) => `${actor.sub} ${actor.role} ${actor.unit} ${requestId === null}`).sort(),
      ['gp.GP_MIDT gp GP_MIDT false', 'null gp GP_MIDT true'],
    );
  });

  it('is found by an index among 300,000 look-ups, 10,000 of them at him', async () => {
    const { id } = await opened(server, { patient: { name: 'Ofte Set', birthDate: '1970-05-05' } });
    const [{ index }] = (await server.source.query(
      `select pg_get_indexdef('access_of_pathway'::regclass) as index`,
    )) as [{ index: string }];
    await server.source.query('drop index access_of_pathway');
    const leaf =
      '{"v":1,"kind":"access","action":"read","outcome":"answered","role":"nurse","unit":"SK_HIH","id":"0198c0de-0000-7000-8000-000000000001","recordedAt":"2026-01-01T00:00:00.000Z","pathways":["one"]}';
    const made = (group: string) => `('0198c0de-0000-7000-${group}-' || lpad(to_hex(n), 12, '0'))::uuid`;
    await server.source.query(
      `insert into access (id, recorded_at, pathways, leaf, payload, salt, hash) select ${made('8001')}, '2026-01-01'::timestamptz + n * interval '10 seconds', array[case when n % 30 = 0 then $1::uuid else ${made('8002')} end], $2, $3, $4, $4
      from generate_series(1, 300000) as n`,
      [id, leaf, '{"sub":"n","requestId":"r","criterion":null}', randomBytes(32)],
    );
    await server.source.query(index);
    await server.source.query('analyze access');
    const client = new pg.Client({ connectionString: (server.source.options as { url: string }).url });
    await client.connect();
    try {
      await client.query(`prepare asked(uuid, timestamptz, uuid, integer) as ${accessesOf.text}`);
      for (const mode of ['force_custom_plan', 'force_generic_plan']) {
        await client.query(`set plan_cache_mode = ${mode}`);
        for (const before of ['null, null', `'2026-01-20', '${id}'`]) {
          const plan = (
            await client.query<{ 'QUERY PLAN': string }>(`explain execute asked('${id}', ${before}, 51)`)
          ).rows
            .map((row) => row['QUERY PLAN'])
            .join('\n');
          assert.match(plan, /access_of_pathway/, mode);
          assert.doesNotMatch(plan, /Seq Scan/, mode);
        }
      }
    } finally {
      await client.end();
    }
    const began = performance.now();
    const { items, nextCursor } = await asked(id, '?limit=200');
    const took = performance.now() - began;
    assert.deepEqual([items.length, nextCursor !== null], [200, true]);
    assert.ok(took < 2_000, `${Math.round(took)} ms`);
  });
});
