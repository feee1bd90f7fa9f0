/** Who is let in: a token of the issuer, for us, in its time, for somebody who works somewhere. And what each role may then do. */
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { createServer, type Server } from 'node:net';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, it } from '@jest/globals';
import { setTimeout as sleep } from 'node:timers/promises';
import {
  exportSPKI,
  generateKeyPair,
  importJWK,
  SignJWT,
  UnsecuredJWT,
  type JWK,
  type JWTHeaderParameters,
  type JWTPayload,
} from 'jose';
import type { CryptoKey } from 'jose';
import { demoIssuer, type DemoIssuer } from '../../demo/issuer.js';
import { localIssuer, Tokens } from '../../src/auth/tokens.js';
import { readConfig } from '../../src/config.js';
import { createLogger } from '../../src/logging.js';
import { staffOf, startWith, walkTo } from '../support/referral.js';
import type { Reply, TestServer, User } from '../support/server.js';

const keys = mkdtempSync(join(tmpdir(), 'smertevejen-keys-'));
const seconds = () => Math.floor(Date.now() / 1000);
let issuer: DemoIssuer;
let key: CryptoKey;
let server: TestServer;
let id: string;
beforeAll(async () => {
  issuer = await demoIssuer(keys);
  key = (await importJWK(
    JSON.parse(readFileSync(join(keys, 'demo-issuer.json'), 'utf8')) as JWK,
    'EdDSA',
  )) as CryptoKey;
  server = await startWith({ issuer, logger: createLogger('silent') });
  id = (await walkTo(server, 'painClinic.treatment')).id;
});
afterAll(async () => {
  await server.stop();
  rmSync(keys, { recursive: true, force: true });
});

type Forged = { claims?: JWTPayload; header?: Partial<JWTHeaderParameters>; by?: CryptoKey | Uint8Array };
const goodHeader = { alg: 'EdDSA', typ: 'at+jwt', kid: 'demo' };
const goodClaims = (): JWTPayload => ({
  iss: issuer.issuer,
  aud: 'smertevejen',
  sub: 'doktor.hemmelig',
  unit: 'GP_MIDT',
  roles: ['gp'],
  iat: seconds(),
  exp: seconds() + 600,
});
const stripped = <T extends object>(from: T): T =>
  Object.fromEntries(Object.entries(from).filter(([, value]) => value !== undefined)) as T;
const forged = ({ claims = {}, header = {}, by = key }: Forged = {}): Promise<string> =>
  new SignJWT(stripped({ ...goodClaims(), ...claims }))
    .setProtectedHeader(stripped({ ...goodHeader, ...header }) as JWTHeaderParameters)
    .sign(by);

const asked = (authorization: string | undefined, path = `/v1/pathways/${id}`): Promise<Reply> =>
  server.raw('GET', path, { headers: authorization === undefined ? {} : { authorization } });
function unauthenticated(reply: Reply, what: string, secret = ''): void {
  const told = `${what} → ${reply.status} ${JSON.stringify(reply.body)}`;
  assert.equal(reply.status, 401, told);
  assert.match(reply.headers.get('www-authenticate') ?? '', /^Bearer/, told);
  assert.match(reply.headers.get('content-type') ?? '', /^application\/problem\+json/, told);
  assert.equal(reply.body.type, '/problems/unauthenticated', told);
  assert.match(reply.body.detail, /^[A-Z].{15,}\.$/, told);
  assert.deepEqual(Object.keys(reply.body).sort(), ['detail', 'requestId', 'status', 'title', 'type'], told);
  for (const leak of ['hemmelig', 'Birthe', 'GP_MIDT', 'urn:', 'JWT', 'jose', ...(secret.length > 8 ? [secret] : [])])
    assert.ok(!JSON.stringify(reply.body).includes(leak), `${leak} leaks: ${told}`);
}

describe('a token', () => {
  it('opens the door when everything about it is right', async () => {
    for (const [what, token] of Object.entries({
      'as it is': await forged(),
      'for others too': await forged({ claims: { aud: ['smertevejen', 'another'] } }),
      'two roles': await forged({ claims: { roles: ['gpStaff', 'gp'] } }),
    })) {
      assert.equal((await asked(`Bearer ${token}`)).status, 200, what);
      assert.equal((await asked(`bearer ${token}`)).status, 200, 'the scheme in small letters');
    }
  });

  it('is asked for by every operation but the health checks', async () => {
    const { paths } = (await server.raw('GET', '/v1/openapi.json')).body as {
      paths: Record<string, Record<string, unknown>>;
    };
    for (const [path, methods] of Object.entries(paths)) {
      for (const method of Object.keys(methods)) {
        const reply = await server.raw(
          method.toUpperCase(),
          path.replace('{id}', id).replace('{version}', '1'),
          method === 'post' ? { body: '{}' } : {},
        );
        if (path.includes('health')) assert.equal(reply.status, 200, path);
        else unauthenticated(reply, `${method} ${path}`);
      }
    }
  });

  it('is refused when it is missing or no token', async () => {
    const good = await forged();
    const [head, payload, signature] = good.split('.') as [string, string, string];
    const headers = {
      nothing: undefined,
      'an empty header': '',
      'the scheme alone': 'Bearer',
      'the scheme and a blank': 'Bearer ',
      'another scheme': `Basic ${good}`,
      'no scheme': good,
      'the scheme twice': `Bearer Bearer ${good}`,
      'two tokens': `Bearer ${good} ${good}`,
      'two by comma': `Bearer ${good}, Bearer ${good}`,
      'a word': 'Bearer abc',
      'three words': 'Bearer a.b.c',
      'no signature': `Bearer ${head}.${payload}.`,
      'two parts': `Bearer ${head}.${payload}`,
      'four parts': `Bearer ${good}.${signature}`,
      'a byte less': `Bearer ${good.slice(0, -2)}`,
      'the signature of nothing': `Bearer ${head}.${payload}.${'A'.repeat(86)}`,
      'parts exchanged': `Bearer ${payload}.${head}.${signature}`,
      'a long one': `Bearer ${'a'.repeat(14_000)}`,
      'letters that are none': `Bearer ${good.slice(0, -3)}\u00e6\u00f8`,
      null: 'Bearer null',
      'a quoted one': `Bearer "${good}"`,
    };
    for (const [what, header] of Object.entries(headers)) unauthenticated(await asked(header), what, header);
    unauthenticated(
      await server.raw('GET', `/v1/pathways/${id}`, {
        headers: { cookie: `token=${good}`, 'x-authorization': `Bearer ${good}` },
      }),
      'elsewhere',
    );
    assert.equal(
      (await server.raw('GET', `/v1/pathways/${id}?access_token=${good}`)).status,
      400,
      'never in an address',
    );
  });

  it('is refused when its time, issuer, audience or type is another', async () => {
    const wrong: Record<string, Forged> = {
      expired: { claims: { exp: seconds() - 60 } },
      'expired long ago': { claims: { iat: 1, exp: 2 } },
      'not yet valid': { claims: { nbf: seconds() + 600 } },
      'no end': { claims: { exp: undefined } },
      'no beginning': { claims: { iat: undefined } },
      'another issuer': { claims: { iss: 'https://elsewhere.example' } },
      'no issuer': { claims: { iss: undefined } },
      'another audience': { claims: { aud: 'another' } },
      'other audiences': { claims: { aud: ['another', 'smertevejen.example'] } },
      'no audience': { claims: { aud: undefined } },
      'an ID token': { header: { typ: 'JWT' } },
      'no type': { header: { typ: undefined } },
      'another type': { header: { typ: 'dpop+jwt' } },
    };
    for (const [what, forgery] of Object.entries(wrong))
      unauthenticated(await asked(`Bearer ${await forged(forgery)}`), what);
    for (const claims of [{ exp: String(seconds() + 600) }, { exp: 'tomorrow' }, { nbf: 'x' }])
      unauthenticated(await asked(`Bearer ${await forged({ claims: claims as never })}`), JSON.stringify(claims));
  });

  it('is refused when it names nobody who works here', async () => {
    const wrong: Record<string, JWTPayload> = {
      'an unknown role': { roles: ['superuser'] },
      'a known and an unknown one': { roles: ['gp', 'superuser'] },
      'no role': { roles: [] },
      'no roles at all': { roles: undefined },
      'a text for roles': { roles: 'gp' },
      'a role of a prototype': { roles: ['toString'] },
      'an unknown unit': { unit: 'GP_MARS' },
      'no unit': { unit: undefined },
      'an empty one': { unit: '' },
      'two units': { unit: ['GP_MIDT', 'GP_SYD'] },
      'in small letters': { unit: 'gp_midt' },
      'a unit with NUL': { unit: 'GP_MIDT\0' },
      nobody: { sub: undefined },
      'an empty sub': { sub: '' },
      'a sub that no table holds': { sub: 'a\0b' },
      'half a character': { sub: 'a\ud800' },
      'a line of its own': { sub: 'a\nb' },
      'a long name': { sub: 'x'.repeat(201) },
      'a manager and a physician of nowhere': { roles: ['manager', 'physician'], unit: 'REGION' },
      'a manager at NUL': { roles: ['manager'], unit: '\0' },
    };
    for (const [what, claims] of Object.entries(wrong))
      unauthenticated(await asked(`Bearer ${await forged({ claims })}`), what);
  });

  it('is refused when another hand signed it, or none', async () => {
    const { privateKey: other, publicKey } = await generateKeyPair('EdDSA', { extractable: true });
    const ours = issuer.jwks.keys[0]!;
    const spki = await exportSPKI((await importJWK(ours, 'EdDSA')) as CryptoKey);
    const good = await forged();
    const [head, payload, signature] = good.split('.') as [string, string, string];
    const rewritten = (part: string, change: object) =>
      Buffer.from(
        JSON.stringify({ ...(JSON.parse(Buffer.from(part, 'base64url').toString()) as object), ...change }),
      ).toString('base64url');
    const secretOf = (text: string) => new TextEncoder().encode(text);
    const hs256 = { alg: 'HS256' };
    const forgeries: Record<string, string> = {
      'another key with our kid': await forged({ by: other }),
      'another kid': await forged({ by: other, header: { kid: '../../dev/null' } }),
      'a key that it brings itself': await forged({
        by: other,
        header: {
          jwk: { kty: 'OKP', crv: 'Ed25519', x: Buffer.from(publicKey.algorithm.name).toString('base64url') },
        } as never,
      }),
      'our public key as a secret': await forged({ header: hs256, by: Buffer.from(ours.x!, 'base64url') }),
      'its text as a secret': await forged({ header: hs256, by: secretOf(spki) }),
      'its JWK as a secret': await forged({ header: hs256, by: secretOf(JSON.stringify(ours)) }),
      'HS512, too': await forged({
        header: { alg: 'HS512' },
        by: Buffer.concat([Buffer.from(ours.x!, 'base64url'), Buffer.alloc(32)]),
      }),
      'alg none': new UnsecuredJWT(goodClaims()).encode(),
      'alg none with our header': `${Buffer.from(JSON.stringify({ ...goodHeader, alg: 'none' })).toString('base64url')}.${payload}.`,
      'alg NONE with a signature': `${Buffer.from(JSON.stringify({ ...goodHeader, alg: 'NONE' })).toString('base64url')}.${payload}.${signature}`,
      'another role written in': `${head}.${rewritten(payload, { roles: ['auditor'] })}.${signature}`,
      'a longer life written in': `${head}.${rewritten(payload, { exp: seconds() + 999_999 })}.${signature}`,
      'another header': `${rewritten(head, { typ: 'at+jwt', alg: 'EdDSA', x: 1 })}.${payload}.${signature}`,
      'a crit that nobody knows': `${rewritten(head, { crit: ['x'], x: 1 })}.${payload}.${signature}`,
    };
    for (const [what, token] of Object.entries(forgeries)) unauthenticated(await asked(`Bearer ${token}`), what, token);
    assert.equal((await asked(`Bearer ${good}`)).status, 200, 'and the true one is let in');
  });

  it('that was let in before is refused once it has expired', async () => {
    const exp = seconds() + 1;
    const token = await forged({ claims: { exp } });
    assert.equal((await asked(`Bearer ${token}`)).status, 200);
    assert.equal((await asked(`Bearer ${token}`)).status, 200, 'it is remembered');
    await sleep((exp + 6) * 1000 - Date.now());
    const reply = await asked(`Bearer ${token}`);
    unauthenticated(reply, 'after its end');
    assert.match(reply.body.detail, /expired/);
  }, 20_000);

  it('is remembered until it expires and no longer, and only as it was', async () => {
    let lookedUp = 0;
    const { issuer: name, keys: known } = localIssuer(issuer);
    const tokens = new Tokens(
      {
        issuer: name,
        keys: (...asked_) => {
          lookedUp += 1;
          return known(...asked_);
        },
      },
      'smertevejen',
    );
    const exp = seconds() + 600;
    const token = await forged({ claims: { exp } });
    for (let time = 0; time < 3; time++) assert.equal((await tokens.actorOf(token)).sub, 'doktor.hemmelig');
    assert.equal(lookedUp, 1);
    await tokens.actorOf(token, exp * 1000 - 1);
    assert.equal(lookedUp, 1);
    await tokens.actorOf(token, exp * 1000);
    assert.equal(lookedUp, 2, 'at its end it is verified anew');
    await assert.rejects(tokens.actorOf(`${token.slice(0, -4)}AAAA`));
    assert.equal(lookedUp, 3);
  });
});

describe('a start', () => {
  const url = 'https://idp.example/keys';
  it('is refused outside the demo when no issuer is configured, or half of one', () => {
    for (const env of [
      {},
      { ISSUER: 'https://idp.example' },
      { JWKS_URL: url },
      { ISSUER: '', JWKS_URL: '' },
      { ISSUER: 'https://idp.example', JWKS_URL: '' },
    ])
      assert.throws(() => readConfig(env, { demo: false }), /ISSUER and JWKS_URL/);
    for (const env of [{ ISSUER: 'https://idp.example' }, { JWKS_URL: url }])
      assert.throws(
        () => readConfig(env, { demo: true }),
        /ISSUER and JWKS_URL/,
        'a demo with half an issuer would trust its own',
      );
    assert.equal(readConfig({}, { demo: true }).issuer, undefined);
    assert.deepEqual(readConfig({ ISSUER: 'https://idp.example', JWKS_URL: url }, { demo: false }).issuer, {
      issuer: 'https://idp.example',
      jwksUrl: url,
    });
  });

  it('is refused with the name of each variable that is wrong, and not with its value', () => {
    const wrong = {
      PORT: 'http',
      DATABASE_URL: 'mysql://u:hemmelig@x/y',
      POOL_SIZE: '0',
      LOG_LEVEL: 'all',
      ISSUER: 'idp',
      SEED: 'x',
    };
    assert.throws(
      () => readConfig(wrong, { demo: true }),
      (error: Error) =>
        Object.keys(wrong).every((name) => error.message.includes(name)) && !error.message.includes('hemmelig'),
    );
  });

  it('without --demo and without an issuer ends at once, says why in one sentence and touches nothing', async () => {
    const cwd = mkdtempSync(join(tmpdir(), 'smertevejen-start-'));
    let connections = 0;
    const database: Server = createServer((socket) => {
      connections += 1;
      socket.destroy();
    });
    await new Promise<void>((resolve) => database.listen(0, '127.0.0.1', resolve));
    const { port } = database.address() as { port: number };
    try {
      const env = { PATH: process.env['PATH'], DATABASE_URL: `postgres://u:hemmelig@127.0.0.1:${port}/x`, PORT: '0' };
      const child = spawn(process.execPath, [join(import.meta.dirname, '..', '..', 'src', 'main.js')], {
        cwd,
        env,
        stdio: ['ignore', 'pipe', 'pipe'],
      });
      let [out, err] = ['', ''];
      child.stdout.on('data', (data) => {
        out += String(data);
      });
      child.stderr.on('data', (data) => {
        err += String(data);
      });
      const code = await new Promise((resolve) => child.once('close', resolve));
      assert.deepEqual([code, out], [1, '']);
      assert.match(err, /^No token issuer is configured: [^\n]+\.\n$/);
      assert.deepEqual([[...readdirSync(cwd)], connections], [[], 0]);
    } finally {
      database.close();
      rmSync(cwd, { recursive: true, force: true });
    }
  }, 60_000);
});

describe('a role', () => {
  const { gp, clinic } = staffOf('midt');
  const reading = () => [
    `/v1/pathways/${id}`,
    `/v1/pathways/${id}/actions`,
    `/v1/pathways/${id}/transitions`,
    `/v1/pathways/${id}/transitions?refused=true`,
    `/v1/pathways/${id}/referrals/1`,
    `/v1/pathways/${id}/prescribing`,
    `/v1/pathways/${id}/advice`,
    `/v1/pathways/${id}/deadlines`,
    '/v1/messages',
    '/v1/forecast',
    '/v1/pathways',
    '/v1/pathways/counts',
    '/v1/pathways.csv',
    `/v1/pathways/${id}/assignments`,
  ];
  const numbers = [
    '/v1/overview/stages',
    '/v1/overview/stages?by=unit',
    '/v1/overview/flow?month=2026-01',
    '/v1/overview/deadlines',
    '/v1/overview/late-changes?month=2026-01',
    '/v1/units',
    '/v1/routes?planningArea=nord',
    '/v1/advice-line',
    '/v1/advice-line?unit=TSC_RH',
  ];
  const note = { type: 'note.signed', text: 'Set i dag' };
  const sending = (user: User): Promise<Reply>[] => [
    server.send(id, user, note, { version: 1 }),
    server.send(id, user, note, { version: 8 }),
    server.send(id, user, note, { version: 8, dryRun: true }),
    server.send(id, user, { type: 'pathway.enteredInError', reason: 'Prøve' }, { version: 8 }),
    server.open({ patient: { name: 'Hans Test', birthDate: '1970-05-05' }, planningArea: 'midt' }, user),
  ];
  const size = async () =>
    (
      (await server.source.query(
        'select (select count(*) from transition)::int + (select count(*) from pathway)::int as n',
      )) as [{ n: number }]
    )[0].n;

  it('of a manager or an administrator sees numbers and no patient, wherever he works, and sends nothing', async () => {
    const before_ = await size();
    for (const user of [
      { role: 'manager', unit: 'SK_HIH' },
      { role: 'admin', unit: 'SK_HIH' },
      { role: ['manager', 'admin'], unit: 'GP_MIDT' },
      { role: 'manager', unit: 'REGION' },
    ] satisfies User[]) {
      for (const address of numbers) assert.equal((await server.get(address, user)).status, 200, address);
      const answers = await Promise.all([
        ...reading().map((address) => server.get(address, user)),
        server.post('/v1/patient-searches', user, { cpr: '050768-9996' }),
        ...sending(user),
      ]);
      for (const { status, body } of answers) {
        assert.deepEqual([status, body.type], [403, '/problems/not-allowed'], JSON.stringify(body));
        assert.ok(body.roles.includes('gp') && !body.roles.includes('manager'));
        assert.ok(!/Birthe|version|transitions|painClinic/.test(JSON.stringify(body)), JSON.stringify(body));
      }
    }
    assert.equal(await size(), before_);
  });

  it('of an auditor reads every pathway of every unit and sends nothing', async () => {
    const before_ = await size();
    for (const unit of ['REGION', 'SK_HIH']) {
      const auditor: User = { role: 'auditor', unit };
      for (const address of reading()) assert.equal((await server.get(address, auditor)).status, 200, address);
      assert.equal((await server.get('/v1/pathways', auditor)).body.items.length, 1);
      const { version, actions } = (await server.get(`/v1/pathways/${id}/actions`, auditor)).body as {
        version: number;
        actions: { event: string; mayI: boolean }[];
      };
      assert.deepEqual(
        actions.filter(({ mayI }) => mayI).map(({ event }) => event),
        [],
      );
      for (const [index, { status, body }] of (await Promise.all(sending(auditor))).entries())
        assert.ok(status === 403 || (index === 0 && status === 412), JSON.stringify(body));
      assert.equal((await server.send(id, auditor, note, { version })).status, 403);
    }
    assert.equal(await size(), before_);
  });

  it("of the system reads all and sends what the system sends, and no clinician's event", async () => {
    const system: User = { role: 'system', unit: 'SYSTEM' };
    for (const address of reading()) assert.equal((await server.get(address, system)).status, 200, address);
    const { actions } = (await server.get(`/v1/pathways/${id}/actions`, system)).body as {
      actions: { event: string; mayI: boolean }[];
    };
    assert.deepEqual(
      actions
        .filter(({ mayI }) => mayI)
        .map(({ event }) => event)
        .sort(),
      [
        'deadline.passed',
        'gp.changed',
        'letter.delivered',
        'message.delivered',
        'message.failed',
        'note.delivered',
        'note.sent',
        'patient.deathRevoked',
        'patient.died',
      ],
    );
    for (const event of [
      note,
      { type: 'treatment.completed', reason: 'completed', text: 'x' },
      { type: 'referral.updated', facts: {} },
    ])
      assert.equal((await server.send(id, system, event)).status, 403, event.type);
    const {
      body: { undelivered },
    } = await server.get(`/v1/pathways/${id}`, gp);
    const view = await server.sent(id, system, {
      type: 'message.delivered',
      messageId: (undelivered as { messageId: string }[])[0]!.messageId,
    });
    assert.equal(view.undelivered.length, undelivered.length - 1);
  });

  it('is one of several: a manager who is also a physician of the unit sees its patients', async () => {
    const user: User = { role: ['manager', 'physician'], unit: 'SK_HIH' };
    assert.equal((await server.get(`/v1/pathways/${id}`, user)).status, 200);
    assert.equal((await server.sent(id, user, note)).notes.length, 1);
    const { items } = (await server.get(`/v1/pathways/${id}/transitions?limit=200`, clinic('physician'))).body;
    assert.deepEqual(items.at(-1).actor, { sub: 'manager.SK_HIH', role: 'physician', unit: 'SK_HIH' });
  });

  it('counts at its own desk only: the right role of another unit finds nothing, another role of the unit is told who may', async () => {
    const elsewhere = await server.send(id, { role: 'physician', unit: 'SK_HVH' }, note, { version: 1 });
    assert.deepEqual([elsewhere.status, elsewhere.body.type], [404, '/problems/not-found']);
    const wrongRole = await server.send(id, clinic('secretary'), note);
    assert.deepEqual([wrongRole.status, wrongRole.body.roles], [403, ['physician']]);
    const gpSigns = await server.send(id, gp, note);
    assert.deepEqual([gpSigns.status, gpSigns.body.roles], [403, ['physician']]);
  });
});
