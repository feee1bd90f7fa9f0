/** The document says what is there, is there for whoever reads it, and the answers are what it says. */
import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, it } from '@jest/globals';
import { z } from 'zod';
import { events, eventTypes } from '../../machines/pathway/events.js';
import { roleNames } from '../../machines/pathway/roles.js';
import * as wire from '../../src/pathways/wire.js';
import * as worklistWire from '../../src/worklists/wire.js';
import { problems } from '../../src/http/problem.js';
import { completeFacts, opened, staffOf, walkTo } from '../support/referral.js';
import { startServer, type Reply, type TestServer, type User } from '../support/server.js';

type Schema = Record<string, unknown>;
type Media = Record<string, { schema: Schema }>;
type Operation = {
  operationId: string;
  summary: string;
  tags: string[];
  security?: unknown[];
  parameters: { in: string; name: string; required?: boolean; schema: Schema }[];
  requestBody?: { content: Media };
  responses: Record<string, { description: string; content?: Media }>;
};
type Document = {
  openapi: string;
  info: { title: string; version: string };
  paths: Record<string, Record<string, Operation>>;
  components: { schemas: Record<string, Schema>; securitySchemes: object };
  security: object[];
  tags: unknown[];
};

const { gp, cvi, centre, clinic } = staffOf('midt');
const auditor: User = { role: 'auditor', unit: 'REGION' };
let server: TestServer;
let document: Document;
let operations: (Operation & { path: string; method: string })[];
beforeAll(async () => {
  server = await startServer();
  document = (await server.raw('GET', '/v1/openapi.json')).body as Document;
  operations = Object.entries(document.paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, operation]) => ({ ...operation, path, method })),
  );
});
afterAll(() => server.stop());

function* within(value: unknown, at = '#'): Generator<[at: string, node: Schema]> {
  if (typeof value !== 'object' || value === null) return;
  if (!Array.isArray(value)) yield [at, value as Schema];
  for (const [key, inner] of Object.entries(value)) yield* within(inner, `${at}/${key}`);
}
/** The schemas of the document: not what only looks like one (a property that is called `type`). */
function* schemasIn(schema: Schema, at: string): Generator<[at: string, schema: Schema]> {
  yield [at, schema];
  for (const key of ['properties', 'patternProperties', '$defs'])
    for (const [name, inner] of Object.entries((schema[key] ?? {}) as Record<string, Schema>))
      yield* schemasIn(inner, `${at}/${key}/${name}`);
  for (const key of ['anyOf', 'oneOf', 'allOf', 'prefixItems'])
    for (const [index, inner] of ((schema[key] ?? []) as Schema[]).entries())
      yield* schemasIn(inner, `${at}/${key}/${index}`);
  for (const key of ['items', 'additionalProperties', 'propertyNames', 'not'])
    if (typeof schema[key] === 'object' && schema[key] !== null)
      yield* schemasIn(schema[key] as Schema, `${at}/${key}`);
}
const allSchemas = () => [
  ...Object.entries(document.components.schemas).flatMap(([name, schema]) => [...schemasIn(schema, name)]),
  ...operations.flatMap(({ operationId, parameters, requestBody, responses }) => [
    ...parameters.flatMap(({ name, schema }) => [...schemasIn(schema, `${operationId}/${name}`)]),
    ...[requestBody, ...Object.values(responses)]
      .flatMap((body) => Object.values(body?.content ?? {}))
      .flatMap(({ schema }) => [...schemasIn(schema, operationId)]),
  ]),
];

describe('the OpenAPI document', () => {
  it('is of version 3.1, with a title, an address for each path, and a token for all but the health checks', () => {
    assert.match(document.openapi, /^3\.1\.\d+$/);
    assert.ok(document.info.title && document.info.version);
    assert.deepEqual(document.security, [{ bearer: [] }]);
    assert.deepEqual(Object.keys(document.components.securitySchemes), ['bearer']);
    for (const { path, security } of operations) {
      assert.match(path, /^\/(v1\/|health\/)[a-z.{}/-]+$/, path);
      assert.deepEqual(security, path.includes('/health/') || path.startsWith('/health') ? [] : undefined, path);
    }
  });

  it('names every operation of the contract, and each once', () => {
    const contract = [
      'post /v1/pathways',
      'get /v1/pathways',
      'get /v1/pathways/counts',
      'get /v1/pathways.csv',
      'put /v1/pathways/{id}/assignee',
      'get /v1/pathways/{id}/assignments',
      'get /v1/views',
      'post /v1/views',
      'put /v1/views/{id}',
      'delete /v1/views/{id}',
      'get /v1/pathways/{id}',
      'get /v1/pathways/{id}/actions',
      'post /v1/pathways/{id}/events',
      'get /v1/pathways/{id}/referrals/{version}',
      'get /v1/pathways/{id}/transitions',
      'post /v1/patient-searches',
      'get /v1/overview/stages',
      'get /v1/overview/flow',
      'get /v1/overview/late-changes',
      'get /v1/overview/deadlines',
      'post /v1/pathways/{id}/corrections',
      'get /v1/pathways/{id}/accesses',
      'get /v1/units',
      'get /v1/routes',
      'get /v1/advice-line',
      'get /v1/pathways/{id}/deadlines',
      'get /v1/pathways/{id}/prescribing',
      'get /v1/pathways/{id}/advice',
      'get /v1/forecast',
      'get /v1/messages',
      'get /v1/messages/{id}',
      'post /v1/messages/{id}/acknowledgments',
      'get /v1/messages/waiting',
      'get /health/live',
      'get /health/ready',
    ];
    const there = new Set(operations.map(({ method, path }) => `${method} ${path}`));
    for (const operation of contract) assert.ok(there.has(operation), operation);
    const ids = operations.map(({ operationId }) => operationId);
    assert.equal(new Set(ids).size, ids.length);
    for (const { operationId, summary, tags } of operations) {
      assert.match(operationId, /^[a-z]+_[a-zA-Z_0-9]+$/);
      assert.ok(summary.length > 5 && tags.length > 0, operationId);
    }
  });

  it('has an answer for every operation, each with its words, and problems as problems', () => {
    for (const { operationId, responses, requestBody, path } of operations) {
      assert.ok(
        Object.keys(responses).some((status) => status.startsWith('2')),
        operationId,
      );
      for (const [status, { description, content }] of Object.entries(responses)) {
        assert.match(status, /^[2345]\d\d$/);
        assert.ok(description.length > 1, operationId);
        assert.deepEqual(
          Object.keys(content ?? {}),
          Number(status) >= 400
            ? ['application/problem+json']
            : operationId === 'exports_file'
              ? ['text/csv', 'application/x-ndjson', 'application/xml']
              : operationId === 'worklists_csv'
                ? ['text/csv']
                : status === '204'
                  ? []
                  : ['application/json'],
          `${operationId} ${status}`,
        );
        if (Number(status) >= 400)
          assert.deepEqual(content!['application/problem+json'], { schema: { $ref: '#/components/schemas/Problem' } });
      }
      const expected = [
        '400',
        '500',
        '503',
        ...(path.includes('health') ? [] : ['401']),
        ...(requestBody ? ['413', '415'] : []),
      ];
      for (const status of expected) assert.ok(responses[status], `${operationId} may answer ${status}`);
    }
    const told = new Set(
      operations.flatMap(({ responses }) =>
        Object.values(responses).flatMap(({ description }) =>
          description.split(' · ').map((part) => part.split(':')[0]!),
        ),
      ),
    );
    for (const type of Object.keys(problems)) assert.ok(told.has(type), `${type} is answered by some operation`);
  });

  it('names the parameters of a path, and no others', () => {
    for (const { path, parameters, operationId } of operations) {
      const inPath = [...path.matchAll(/\{(\w+)\}/g)].map(([, name]) => name).sort();
      assert.deepEqual(
        parameters
          .filter((parameter) => parameter.in === 'path')
          .map(({ name }) => name)
          .sort(),
        inPath,
        operationId,
      );
      const names = parameters.map(({ in: place, name }) => `${place} ${name.toLowerCase()}`);
      assert.equal(new Set(names).size, names.length, operationId);
      for (const { in: place, required } of parameters) if (place === 'path') assert.equal(required, true, operationId);
    }
  });

  it('leads nowhere that does not exist', () => {
    let references = 0;
    for (const [at, { $ref }] of within(document)) {
      if (typeof $ref !== 'string') continue;
      references += 1;
      assert.ok(
        $ref.startsWith('#/components/schemas/') &&
          document.components.schemas[$ref.slice('#/components/schemas/'.length)],
        `${at} → ${$ref}`,
      );
    }
    assert.ok(references > 200);
    const reached = new Set<string>();
    const follow = (value: unknown): void => {
      for (const [, { $ref }] of within(value)) {
        const name = String($ref).split('/').at(-1)!;
        if (typeof $ref === 'string' && !reached.has(name)) {
          reached.add(name);
          follow(document.components.schemas[name]);
        }
      }
    };
    follow(document.paths);
    assert.deepEqual(
      Object.keys(document.components.schemas).filter((name) => !reached.has(name)),
      [],
      'a component that nothing leads to',
    );
  });

  it('is made of JSON Schema 2020-12 and nothing older', () => {
    const types = ['string', 'number', 'integer', 'boolean', 'object', 'array', 'null'];
    const keywords = new Set([
      '$ref',
      'type',
      'enum',
      'const',
      'properties',
      'required',
      'additionalProperties',
      'propertyNames',
      'items',
      'prefixItems',
      'anyOf',
      'oneOf',
      'allOf',
      'not',
      'minimum',
      'maximum',
      'exclusiveMinimum',
      'exclusiveMaximum',
      'minLength',
      'maxLength',
      'minItems',
      'maxItems',
      'pattern',
      'format',
      'default',
      'description',
      'title',
      'discriminator',
      'readOnly',
      'examples',
    ]);
    for (const [at, schema] of allSchemas()) {
      for (const key of Object.keys(schema)) assert.ok(keywords.has(key), `${key} at ${at}`);
      for (const type of [schema['type'] ?? []].flat())
        assert.ok(types.includes(type as string), `${String(type)} at ${at}`);
      if (schema['enum']) assert.ok((schema['enum'] as unknown[]).length > 0, at);
      if (schema['pattern'] !== undefined) assert.doesNotThrow(() => new RegExp(schema['pattern'] as string, 'u'), at);
      for (const name of (schema['required'] ?? []) as string[])
        assert.ok(
          Object.hasOwn((schema['properties'] ?? {}) as object, name),
          `${name} is required at ${at} and not described`,
        );
      if (schema['$ref'] !== undefined) assert.equal(Object.keys(schema).length, 1, at);
    }
    for (const name of Object.keys(document.components.schemas)) assert.match(name, /^[a-zA-Z0-9._-]+$/);
  });

  it('has patterns that mean the same to every client, whether or not it compiles them for Unicode', () => {
    const patterns = [
      ...new Set(allSchemas().flatMap(([, { pattern }]) => (typeof pattern === 'string' ? [pattern] : []))),
    ];
    assert.ok(patterns.length > 5);
    for (const pattern of patterns) {
      for (const text of [
        'Cs',
        'spørgsmål',
        '\u{1F600}',
        'a\u{1F600}b',
        '{p}',
        'a\0',
        '\ud800',
        '\udc00a',
        '2026-03-02',
        '2026-03-02T08:00:00Z',
        'TSC_RH',
        '',
      ]) {
        assert.equal(
          new RegExp(pattern, 'u').test(text),
          new RegExp(pattern).test(text),
          `${pattern} of ${JSON.stringify(text)}`,
        );
      }
    }
  });

  it('describes every event, flat, with its type and both titles, and takes no field that is not described', () => {
    const listed = (document.components.schemas['Event']!['oneOf'] as { $ref: string }[]).map(({ $ref }) =>
      $ref.split('/').at(-1),
    );
    assert.deepEqual(listed, eventTypes);
    for (const type of eventTypes) {
      const schema = document.components.schemas[type] as {
        type: string;
        title: string;
        additionalProperties: unknown;
        required: string[];
        properties: Record<string, Schema>;
      };
      assert.ok(schema, type);
      assert.deepEqual(
        [schema.type, schema.additionalProperties, schema.title],
        ['object', false, `${events[type].label.en} / ${events[type].label.da}`],
        type,
      );
      assert.ok(
        schema.required.includes('type') &&
          ['occurredAt', 'overrides', 'acknowledged'].every(
            (field) => schema.properties[field] && !schema.required.includes(field),
          ),
        type,
      );
      assert.deepEqual(
        (schema.properties['type'] as { enum?: unknown[]; const?: unknown }).enum ?? [
          (schema.properties['type'] as { const?: unknown }).const,
        ],
        [type],
      );
    }
  });

  it('is where an action says that the schema of its event is', async () => {
    const { id } = await opened(server);
    const { actions } = (await server.get(`/v1/pathways/${id}/actions`, gp)).body as {
      actions: { event: string; schema: string }[];
    };
    assert.deepEqual(
      actions.map(({ event }) => event),
      eventTypes,
    );
    for (const { event, schema } of actions) assert.equal(schema, `/v1/openapi.json#/components/schemas/${event}`);
  });
});

describe('the documentation at /docs', () => {
  /** What a page or a stylesheet would load. */
  const loads = (text: string): string[] =>
    [
      ...text.matchAll(/<(?:script|img|link|iframe|source)[^>]*?(?:src|href)=["']([^"']+)["']/gi),
      ...text.matchAll(/@import\s+(?:url\()?["']?([^"')]+)/gi),
      ...text.matchAll(/\burl\(\s*["']?([^"')]+)/gi),
    ].map(([, address]) => address!);
  const elsewhere = /^(https?:)?\/\//i;

  it('is open without a token, and all that it loads comes from this server', async () => {
    const page = await server.raw('GET', '/docs');
    assert.deepEqual([page.status, /^text\/html/.test(page.headers.get('content-type') ?? '')], [200, true]);
    const assets = loads(page.body as string);
    assert.ok(
      assets.filter((asset) => asset.endsWith('.js')).length >= 2 && assets.some((asset) => asset.endsWith('.css')),
    );
    for (const asset of assets) {
      assert.doesNotMatch(asset, elsewhere);
      const reply = await server.raw('GET', new URL(asset, `${server.url}/docs`).pathname);
      assert.equal(reply.status, 200, asset);
      if (asset.endsWith('.css'))
        for (const address of loads(reply.body as string))
          assert.doesNotMatch(address, elsewhere, `${asset} loads ${address}`);
    }
  });

  it('begins with the document of this server and asks no other for anything, a validator say', async () => {
    const init = (await server.raw('GET', '/docs/swagger-ui-init.js')).body as string;
    const settings = init.replace(/"swaggerDoc": \{[\s\S]*\n  \},\n  "customOptions"/, '"customOptions"');
    assert.ok(settings.length < 3_000 && init.includes('"swaggerDoc"'), 'the document is in the page');
    assert.doesNotMatch(settings, /https?:\/\//);
  });

  it('may load nothing from elsewhere even if it wished: the browser is told so', async () => {
    for (const path of ['/docs', '/docs/swagger-ui-bundle.js', '/v1/openapi.json', '/nonsense', '/v1/units', '/%zz']) {
      const policy = (await server.raw('GET', path)).headers.get('content-security-policy') ?? '';
      assert.match(policy, /^default-src 'self';/, path);
      assert.doesNotMatch(policy, /https?:|\*|unsafe-eval/, path);
    }
  });
});

describe('a live answer', () => {
  /** The document's own schema, with what it refers to. */
  const schemaOf = (schema: Schema): z.ZodType =>
    z.fromJSONSchema(
      JSON.parse(
        JSON.stringify({ ...schema, $defs: document.components.schemas }).replaceAll(
          '#/components/schemas/',
          '#/$defs/',
        ),
      ) as never,
    );
  const seen = new Set<string>();
  /** An answer is what the document says for its operation and status, and nothing beside it. */
  function asDocumented(operationId: string, { status, headers, body }: Reply): void {
    const { responses } = operations.find((operation) => operation.operationId === operationId)!;
    const documented = responses[String(status)];
    assert.ok(documented, `${operationId} answers ${status}, which the document does not say: ${JSON.stringify(body)}`);
    const media = (headers.get('content-type') ?? '').split(';')[0]!;
    assert.ok(documented.content![media], `${operationId} answers ${media}`);
    const parsed = schemaOf(documented.content![media]!.schema).safeParse(body);
    assert.ok(parsed.success, `${operationId} ${status}: ${parsed.success ? '' : JSON.stringify(parsed.error.issues)}`);
    seen.add(`${operationId} ${status}`);
  }
  /** The code's schema, and no field of the answer that it does not know. */
  const inShape = (schema: z.ZodType, body: unknown): void => assert.deepEqual(schema.parse(body), body);

  it('of a pathway is what the document and the code say, in every stage', async () => {
    for (const course of ['painClinic', 'painCentre'] as const) {
      for (const state of [
        'generalPractice',
        'referral.sent',
        'referral.atCvi',
        'visitation.assessing',
        ...(course === 'painClinic' ? ['painClinic.intake'] : []),
        `${course}.waiting`,
        `${course}.treatment`,
        'controlPhase.followUp',
        'controlPhase.letterSent',
        'dischargedToGp',
      ]) {
        const { id } = await walkTo(server, state, { course });
        for (const user of [gp, auditor]) {
          const view = await server.get(`/v1/pathways/${id}`, user);
          assert.equal(view.body.stage, state.split('.')[0]);
          asDocumented('pathways_get', view);
          inShape(wire.pathwayView, view.body);
        }
        const actions = await server.get(`/v1/pathways/${id}/actions`, gp);
        asDocumented('pathways_actions', actions);
        inShape(wire.actions, actions.body);
        const log = await server.get(`/v1/pathways/${id}/transitions?limit=200&refused=true`, gp);
        asDocumented('pathways_log', log);
        inShape(wire.transitions, log.body);
      }
    }
  });

  it('of a list, a referral, a search and a number is what they say, too', async () => {
    const { id } = await walkTo(server, 'visitation.assessing', { patient: { name: 'Pia Test', cpr: '190578-9996' } });
    for (const [operation, schema, reply] of [
      ['worklists_list', worklistWire.worklist, await server.get('/v1/pathways?limit=5', auditor)],
      ['pathways_referral', wire.referralVersionView, await server.get(`/v1/pathways/${id}/referrals/1`, gp)],
      ['pathways_search', wire.patientsFound, await server.post('/v1/patient-searches', gp, { cpr: '190578-9996' })],
    ] as const) {
      assert.equal(reply.status, 200);
      asDocumented(operation, reply);
      inShape(schema, reply.body);
    }
    const put = (path: string, user: User, body: object) =>
      server.raw('PUT', path, { user, body: JSON.stringify(body) });
    const view = await server.post('/v1/views', gp, { name: 'Egne', filters: { assignee: 'me', overdue: true } });
    for (const [operation, schema, reply] of [
      ['worklists_list', worklistWire.worklist, await server.get('/v1/pathways?limit=5', centre('triager'))],
      ['worklists_counts', worklistWire.worklistCounts, await server.get('/v1/pathways/counts?overdue=false', gp)],
      [
        'worklists_assign',
        worklistWire.assignment,
        await put(`/v1/pathways/${id}/assignee`, centre('triager'), { assignee: 'me' }),
      ],
      ['worklists_history', worklistWire.assignments, await server.get(`/v1/pathways/${id}/assignments`, gp)],
      ['views_add', worklistWire.savedView, view],
      ['views_list', worklistWire.savedViews, await server.get('/v1/views?counts=true', gp)],
      [
        'views_change',
        worklistWire.savedView,
        await put(`/v1/views/${view.body.id}`, gp, { name: 'Egne sene', filters: {} }),
      ],
    ] as const) {
      asDocumented(operation, reply);
      inShape(schema, reply.body);
    }
    asDocumented('worklists_csv', await server.get('/v1/pathways.csv', gp));
    for (const reply of [
      await put(`/v1/pathways/${id}/assignee`, gp, { assignee: 'me' }),
      await put(`/v1/pathways/${id}/assignee`, centre('triager'), {}),
      await put(`/v1/pathways/${randomUUID()}/assignee`, gp, { assignee: null }),
    ])
      asDocumented('worklists_assign', reply);
    for (const reply of [
      await put(`/v1/views/${randomUUID()}`, gp, { name: 'x', filters: {} }),
      await put('/v1/views/x', gp, { name: 'x', filters: {} }),
      await put(`/v1/views/${view.body.id}`, { role: 'manager', unit: gp.unit }, { name: 'x', filters: {} }),
    ])
      asDocumented('views_change', reply);
    assert.deepEqual((await server.raw('DELETE', `/v1/views/${view.body.id}`, { user: gp })).status, 204);
    asDocumented('overview_stages', await server.get('/v1/overview/stages', gp));
    asDocumented('overview_stages', await server.get('/v1/overview/stages?by=planningArea', gp));
    asDocumented('registry_units', await server.get('/v1/units', gp));
    for (const area of ['nord', 'bornholm'])
      asDocumented('registry_route', await server.get(`/v1/routes?planningArea=${area}`, gp));
    for (const unit of ['TSC_RH', 'SK_HIH'])
      asDocumented('registry_adviceLine', await server.get(`/v1/advice-line?unit=${unit}`, gp));
    asDocumented('registry_adviceLine', await server.get('/v1/advice-line', gp));
    asDocumented('prescribing_list', await server.get(`/v1/pathways/${id}/prescribing`, gp));
    asDocumented('advice_list', await server.get(`/v1/pathways/${id}/advice`, gp));
    asDocumented('deadlines_deadlines', await server.get(`/v1/pathways/${id}/deadlines`, gp));
    asDocumented('forecast_page', await server.get('/v1/forecast', gp));
    const messages = await server.get('/v1/messages', gp);
    asDocumented('messages_list', messages);
    asDocumented('messages_read', await server.get(`/v1/messages/${messages.body.items[0].id}`, gp));
    asDocumented(
      'messages_acknowledge',
      await server.post(`/v1/messages/${messages.body.items[0].id}/acknowledgments`, cvi, { outcome: 'accepted' }),
    );
    asDocumented('messages_waiting', await server.get('/v1/messages/waiting', auditor));
    for (const check of ['live', 'ready']) asDocumented(`health_${check}`, await server.raw('GET', `/health/${check}`));
  });

  it('to what is sent is what they say, taken, rehearsed or refused', async () => {
    const first = await server.open({ patient: { name: 'Lone Test', cpr: '090971-9996' }, planningArea: 'midt' }, gp);
    asDocumented('pathways_open', first);
    inShape(wire.pathwayView, first.body);
    const id = first.body.id as string;
    asDocumented(
      'pathways_open',
      await server.open({ patient: { name: 'Lone Test', cpr: '090971-9996' }, planningArea: 'midt' }, gp),
    );
    const key = randomUUID();
    const update = {
      type: 'referral.updated',
      facts: { ...completeFacts, clarified: false, exclusions: { ...completeFacts.exclusions, activeCancer: true } },
    };
    const replies = [
      await server.send(id, gp, update, { version: 1, key }),
      await server.send(id, gp, update, { version: 1, key }),
      await server.send(id, gp, { type: 'referral.updated', facts: {} }, { version: 1, key }),
      await server.send(id, gp, update, { version: 1 }),
      await server.send(id, gp, update, { version: null }),
      await server.send(id, gp, { type: 'referral.submitted' }),
      await server.send(id, gp, { type: 'letter.acknowledged', agrees: true }),
      await server.send(id, { role: 'gpStaff', unit: gp.unit }, { type: 'referral.submitted' }),
      await server.send(id, cvi, { type: 'referral.received' }, { version: 1 }),
      await server.send(id, gp, { type: 'followUp.recorded', text: 'x', nextAt: '2026-05-01' }, { dryRun: true }),
      await server.send(id, gp, { type: 'followUp.recorded' }),
      await server.raw('POST', `/v1/pathways/${id}/events`, {
        user: gp,
        body: 'x',
        headers: { 'content-type': 'text/plain' },
      }),
      await server.raw('POST', `/v1/pathways/${id}/events`, { body: '{}' }),
      await server.raw('POST', `/v1/pathways/${id}/events`, { user: gp, body: 'x'.repeat(300_000) }),
    ];
    assert.deepEqual(
      replies.map(({ status }) => status),
      [200, 200, 422, 412, 428, 422, 409, 403, 404, 200, 400, 415, 401, 413],
    );
    for (const reply of replies) asDocumented('pathways_send', reply);
    inShape(wire.dryRun, replies[9]!.body);
    for (const reply of replies.filter(({ status }) => status >= 400)) inShape(wire.problem, reply.body);
    const notAllowed = replies[7]!.body as { roles: string[] };
    assert.ok(notAllowed.roles.every((role) => (roleNames as string[]).includes(role)));
    inShape(wire.transitions, (await server.get(`/v1/pathways/${id}/transitions?refused=true`, gp)).body);

    const { id: treated } = await walkTo(server, 'painClinic.treatment');
    await server.sent(treated, clinic('physician'), {
      type: 'newPain.identified',
      text: 'Knæ',
      urgent: true,
      contact: { who: 'gp', at: server.clock.now().toISOString() },
    });
    await server.sent(treated, clinic('secretary'), {
      type: 'appointment.booked',
      at: '2026-03-20T09:00:00Z',
      place: 'Stue 1',
      informationLetterSentAt: '2026-03-01T09:00:00Z',
    });
    await server.sent(treated, clinic('physician'), { type: 'note.signed', text: 'Notat' });
    await server.sent(treated, clinic('physician'), { type: 'patient.died', date: '2026-03-01' });
    const dead = await server.get(`/v1/pathways/${treated}`, centre('secretary'));
    asDocumented('pathways_get', dead);
    inShape(wire.pathwayView, dead.body);
    for (const reply of [
      await server.get(`/v1/pathways/${treated}`, { role: 'manager', unit: 'SK_HIH' }),
      await server.get('/v1/pathways/x', gp),
      await server.get(`/v1/pathways/${randomUUID()}`, gp),
      await server.raw('GET', `/v1/pathways/${treated}`),
      await server.get(`/v1/pathways/${treated}?x=1`, gp),
    ])
      asDocumented('pathways_get', reply);
    assert.ok(seen.size > 25, 'many answers were seen');
  });
});
