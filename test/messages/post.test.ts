/** One attempt to deliver a message, against receivers that misbehave; and the list of whom it may contact at all. */
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { request } from 'node:https';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, it } from '@jest/globals';
import { post, type Outcome } from '../../src/messages/post.js';
import { Receivers, type Receiver } from '../../src/messages/receivers.js';
import { startReceiver, type Behaviour, type TestReceiver } from '../support/receiver.js';

const id = '0199a6f2-0000-7000-8000-000000000001.14.1';
const cpr = '1203759995';
const bundle = JSON.stringify({
  resourceType: 'Bundle',
  identifier: { value: id },
  entry: [{ resource: { resourceType: 'Patient', identifier: [{ value: cpr }] } }],
});
const to = (url: string, token?: string): Receiver => ({
  unit: 'GP_NORD',
  url: new URL(url),
  ...(token === undefined ? {} : { token }),
});

describe('a message that is posted', () => {
  let receiver: TestReceiver;
  beforeEach(async () => {
    receiver = await startReceiver();
  });
  afterEach(() => receiver.stop());
  const send = (timeoutMs?: number, now?: () => Date): Promise<Outcome> =>
    post(
      to(receiver.url),
      bundle,
      { id },
      { ...(timeoutMs === undefined ? {} : { timeoutMs }), ...(now === undefined ? {} : { now }) },
    );
  const answered = (behaviour: Behaviour, headers?: Record<string, string>, now?: () => Date): Promise<Outcome> => {
    receiver.behave(behaviour, headers);
    return send(undefined, now);
  };

  it('is FHIR JSON, with its own id and the token, and the CPR number is in its body alone', async () => {
    assert.deepEqual(await post(to(receiver.url, 'a.token'), bundle, { id }), { kind: 'taken' });
    const [got] = receiver.received;
    assert.equal(got!.bundle, bundle);
    assert.equal(got!.id, id);
    assert.equal(got!.headers['content-type'], 'application/fhir+json');
    assert.equal(got!.headers.authorization, 'Bearer a.token');
    assert.equal(got!.path, '/messages');
    assert.doesNotMatch(JSON.stringify([got!.path, got!.headers]), new RegExp(`${cpr}|${cpr.slice(0, 6)}`));
  });
  it('has no authorization header where no token is listed', async () => {
    await send();
    assert.equal(receiver.received[0]!.headers.authorization, undefined);
  });
  it('is taken by 200, 201, 202 and 204, with JSON or with nothing', async () => {
    for (const behaviour of ['ok', 'empty', 200, 201, 202, 204] as const)
      assert.deepEqual(await answered(behaviour), { kind: 'taken' }, `${behaviour}`);
    assert.deepEqual(await answered(200, { 'content-type': 'application/json; charset=utf-8' }), { kind: 'taken' });
  });
  it('has one effect, however often it is sent', async () => {
    for (const behaviour of ['lost', 'cutAfter200', 500, 'ok'] as const) await answered(behaviour);
    assert.equal(receiver.received.length, 4);
    assert.deepEqual([...receiver.effects], [[id, 1]]);
  });

  for (const behaviour of ['html', 'garbage', 203, 206, 'endless'] as const) {
    it(`is not taken by an answer that is no acceptance (${behaviour})`, async () => {
      const outcome = await answered(behaviour);
      assert.equal(outcome.kind, 'unreachable');
      assert.match('why' in outcome ? outcome.why : '', /^answered 20[036].*which is no acceptance$/);
    });
  }
  it('is not taken by a page that is called JSON, nor by JSON that is called a page', async () => {
    assert.equal((await answered('html', { 'content-type': 'application/json' })).kind, 'unreachable');
    assert.equal((await answered('ok', { 'content-type': 'text/html' })).kind, 'unreachable');
  });
  for (const status of [400, 401, 403, 404, 409, 410, 413, 415, 422]) {
    it(`is refused by ${status}`, async () =>
      assert.deepEqual(await answered(status), { kind: 'refused', status, why: `answered ${status}` }));
  }
  for (const status of [408, 425, 429, 500, 502, 503, 504, 599]) {
    it(`did not reach anybody by ${status}, and is not tried before Retry-After`, async () => {
      assert.deepEqual(await answered(status), { kind: 'unreachable', why: `answered ${status}` });
      assert.deepEqual(await answered(status, { 'retry-after': '120' }), {
        kind: 'unreachable',
        why: `answered ${status}`,
        retryAfterMs: 120_000,
      });
    });
  }
  it('reads Retry-After as seconds or a date, at most a day, and nothing else', async () => {
    const now = () => new Date('2026-03-02T10:00:00Z');
    const told = {
      '0': 0,
      '7': 7_000,
      '86401': 86_400_000,
      '99999999999999999999': 86_400_000,
      'Mon, 02 Mar 2026 10:01:30 GMT': 90_000,
      'Mon, 02 Mar 2026 09:00:00 GMT': 0,
      'Mon, 09 Mar 2026 10:00:00 GMT': 86_400_000,
    };
    for (const [value, retryAfterMs] of Object.entries(told))
      assert.deepEqual(
        await answered(503, { 'retry-after': value }, now),
        { kind: 'unreachable', why: 'answered 503', retryAfterMs },
        value,
      );
    for (const value of ['', '-1', '1.5', 'soon', 'Mon, 99 Mar 2026 10:00:00 GMT', '2026-03-03'])
      assert.deepEqual(
        await answered(503, { 'retry-after': value }, now),
        { kind: 'unreachable', why: 'answered 503' },
        value,
      );
  });

  it('is refused by a redirect, and nothing is sent to its target', async () => {
    const target = await startReceiver();
    try {
      for (const status of [301, 302, 303, 307, 308])
        assert.deepEqual(await answered(status, { location: target.url }), {
          kind: 'refused',
          status,
          why: 'redirects are not followed',
        });
      assert.deepEqual(await answered('redirect'), { kind: 'refused', status: 307, why: 'redirects are not followed' });
      assert.deepEqual(target.received, []);
      assert.deepEqual(
        receiver.received.map(({ path }) => path),
        Array(6).fill('/messages'),
      );
    } finally {
      await target.stop();
    }
  });
  for (const [behaviour, why] of [
    ['reset', /^the connection was cut$/],
    ['lost', /^the connection was cut$/],
    ['cutAfter200', /^the connection was cut$/],
    ['noise', /^the answer is no HTTP \(HPE_\w+\)$/],
  ] as const) {
    it(`did not reach anybody when the connection fails (${behaviour})`, async () => {
      const outcome = await answered(behaviour);
      assert.equal(outcome.kind, 'unreachable');
      assert.match('why' in outcome ? outcome.why : '', why);
    });
  }
  for (const behaviour of ['slow', 'hang', 'drip'] as const) {
    it(`ends within its time, the answer's body and all (${behaviour})`, async () => {
      receiver.behave(behaviour);
      const began = performance.now();
      assert.deepEqual(await send(200), { kind: 'unreachable', why: 'no whole answer within 0.2 s' });
      assert.ok(performance.now() - began < 5_000);
    });
  }
  it('did not reach anybody where nobody listens', async () => {
    const { url } = receiver;
    await receiver.stop();
    assert.deepEqual(await post(to(url), bundle, { id }), { kind: 'unreachable', why: 'the connection was refused' });
    receiver = await startReceiver();
  });
  it('leaves neither address nor patient nor answer in what is logged', async () => {
    for (const behaviour of [
      400,
      500,
      'redirect',
      'html',
      'garbage',
      'reset',
      'cutAfter200',
      'noise',
      'endless',
    ] as const) {
      const outcome = await answered(behaviour, behaviour === 'html' ? { 'x-patient': cpr } : {});
      assert.doesNotMatch(
        JSON.stringify(outcome),
        /127|localhost|messages|OperationOutcome|network<|doctype|1203|mail/,
        `${behaviour}`,
      );
    }
  });
});

describe('a receiver with a certificate', () => {
  let receiver: TestReceiver;
  beforeAll(async () => {
    receiver = await startReceiver({ secure: true });
  });
  afterAll(() => receiver.stop());
  const untrusted = { kind: 'unreachable', why: 'its certificate is not trusted (DEPTH_ZERO_SELF_SIGNED_CERT)' };

  it('gets nothing while nobody vouches for it, though it would serve whoever trusts it', async () => {
    assert.deepEqual(await post(to(receiver.url), bundle, { id }), untrusted);
    assert.equal(receiver.received.length, 0);
    const asked = request(receiver.url, {
      method: 'POST',
      ca: receiver.certificate,
      headers: { 'idempotency-key': id },
    }).end(bundle);
    const [answer] = (await once(asked, 'response')) as [NodeJS.ReadableStream & { statusCode: number }];
    answer.resume();
    assert.equal(answer.statusCode, 200);
    assert.equal(receiver.received.splice(0).length, 1);
  });
  it('gets nothing even where the process is told to believe every certificate', async () => {
    const { emitWarning } = process;
    process.emitWarning = () => {};
    process.env['NODE_TLS_REJECT_UNAUTHORIZED'] = '0';
    try {
      assert.deepEqual(await post(to(receiver.url), bundle, { id }), {
        kind: 'unreachable',
        why: 'certificates are not verified here: unset NODE_TLS_REJECT_UNAUTHORIZED',
      });
    } finally {
      delete process.env['NODE_TLS_REJECT_UNAUTHORIZED'];
      process.emitWarning = emitWarning;
    }
    assert.equal(receiver.received.length, 0);
  });
  it('cannot be trusted by an option of the call', async () => {
    const options = { rejectUnauthorized: false, ca: receiver.certificate, insecure: true };
    assert.deepEqual(await post(to(receiver.url), bundle, { id }, options as object), untrusted);
    assert.equal(receiver.received.length, 0);
  });
  it('is not spoken to without encryption when its port has none', async () => {
    const plain = await startReceiver();
    const outcome = await post(to(plain.url.replace('http:', 'https:')), bundle, { id });
    assert.match(JSON.stringify(outcome), /^\{"kind":"unreachable","why":"TLS failed \(ERR_SSL_\w+\)"\}$/);
    assert.equal(plain.received.length, 0);
    await plain.stop();
  });
});

describe('the list of receivers', () => {
  let folder: string;
  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), 'receivers-'));
  });
  afterAll(() => rmSync(folder, { recursive: true }));
  const written = (name: string, text: string): string => {
    writeFileSync(join(folder, name), text);
    return join(folder, name);
  };
  const refuses = (entries: unknown, message: RegExp) =>
    assert.throws(
      () => Receivers.of(entries, folder),
      (error) => (error instanceof Error && message.test(error.message)) || assert.fail(`${error}`),
    );

  it('gives a unit its address and token, and nobody else has one', () => {
    written('nord.token', 'abc.DEF-1~2+3/4==\n');
    const receivers = Receivers.read(
      written(
        'receivers.json',
        JSON.stringify({
          GP_NORD: { url: 'https://nord.example/fhir', tokenFile: 'nord.token' },
          TSC_HEH: { url: 'https://heh.example:8443/?unit=heh' },
        }),
      ),
    );
    assert.deepEqual(receivers.units(), ['GP_NORD', 'TSC_HEH']);
    assert.deepEqual(receivers.for('GP_NORD'), {
      unit: 'GP_NORD',
      url: new URL('https://nord.example/fhir'),
      token: 'abc.DEF-1~2+3/4==',
    });
    assert.deepEqual(receivers.for('TSC_HEH'), { unit: 'TSC_HEH', url: new URL('https://heh.example:8443/?unit=heh') });
    for (const unit of ['GP_SYD', '', '__proto__', 'constructor']) assert.equal(receivers.for(unit), undefined);
  });
  it('lets http through for loopback alone', () => {
    for (const host of ['127.0.0.1:8080', '[::1]:8080', 'localhost'])
      assert.equal(Receivers.of({ GP_NORD: { url: `http://${host}/` } }).units().length, 1);
    for (const host of [
      'nord.example',
      '127.0.0.2',
      '10.0.0.1',
      'localhost.example',
      '127.0.0.1.example',
      '[::2]',
      '0.0.0.0',
    ])
      refuses({ GP_NORD: { url: `http://${host}/` } }, /^Receiver GP_NORD: its url is not https/);
    for (const url of ['ftp://nord.example/', 'file:///etc/passwd', 'data:,x'])
      refuses({ GP_NORD: { url } }, /^Receiver GP_NORD: its url is not https/);
  });
  it('says which unit is wrong and what to do, and repeats no secret', () => {
    refuses({ GP_NORD: { url: 'nord.example' } }, /^Receiver GP_NORD: its url is none; write the whole address/);
    refuses(
      { GP_NORD: { url: 'https://us:pw@nord.example/' } },
      /^Receiver GP_NORD: its url holds a user name or a password; take it out and name a tokenFile\.$/,
    );
    refuses({ GP_NORD: { url: 'https://nord.example/#' } }, /^Receiver GP_NORD: its url holds a fragment/);
    refuses({ GP_NORD: { url: 'https://nord.example/#a' } }, /^Receiver GP_NORD: its url holds a fragment/);
    refuses({ GP_WEST: { url: 'https://west.example/' } }, /^Receiver GP_WEST: there is no such unit/);
    refuses(
      { GP_NORD: { url: 'https://nord.example/', tokenFile: 'none' } },
      /^Receiver GP_NORD: its token file .*none cannot be read \(ENOENT\); make it readable/,
    );
    written('two.token', 'secret one\r\nx-header: two');
    refuses(
      { GP_NORD: { url: 'https://nord.example/', tokenFile: 'two.token' } },
      /^Receiver GP_NORD: its token file (?!.*secret).* holds no bearer token/,
    );
    refuses({ GP_NORD: { url: 'https://nord.example/', verify: false } }, /GP_NORD: .*verify/);
    refuses({ GP_NORD: { uri: 'https://nord.example/' } }, /GP_NORD/);
    refuses([], /The list of receivers is not right/);
  });
  it('says which file cannot be read, and nothing of what stands in it', () => {
    assert.throws(
      () => Receivers.read(join(folder, 'missing.json')),
      /missing\.json cannot be read as JSON \(ENOENT\)/,
    );
    assert.throws(
      () => Receivers.read(written('broken.json', '{"GP_NORD": secret')),
      (error) =>
        error instanceof Error &&
        /broken\.json cannot be read as JSON \(not JSON\)/.test(error.message) &&
        !error.message.includes('secret'),
    );
  });
});
