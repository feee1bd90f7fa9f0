/** The systems of the demo's units: they take a message once, answer it once, show it as it is, and forget nothing. */
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { appendFileSync, mkdtempSync, readFileSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { createServer, request as httpRequest } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Writable } from 'node:stream';
import { afterEach, beforeEach, describe, it } from '@jest/globals';
import { setTimeout as pause } from 'node:timers/promises';
import fc from 'fast-check';
import { pino } from 'pino';
import { letters, type LetterName } from '../../machines/pathway/letters.js';
import { units } from '../../machines/pathway/routes.js';
import { Keep } from '../../demo/inbox/keep.js';
import { readLetter } from '../../demo/inbox/letter.js';
import { inboxActor, startInbox, type Inbox } from '../../demo/inbox/server.js';
import { bundleOf, type Outgoing } from '../../src/messages/bundle.js';
import { Outbox } from '../../src/messages/outbox.js';
import { post } from '../../src/messages/post.js';
import { Receivers } from '../../src/messages/receivers.js';
import { walkTo } from '../support/referral.js';
import { startServer } from '../support/server.js';

const pathway = '0199a6f2-0000-7000-8000-000000000001';
const idOf = (number: number) => `${pathway}.14.${number}`;
const outgoing = (number: number, more: Partial<Outgoing> = {}): Outgoing => ({
  id: idOf(number),
  pathway,
  letter: 'note',
  from: 'TSC_HEH',
  to: 'GP_NORD',
  subject: `Kontinuationsnotat ${number}`,
  body: 'Første linje.\nAnden linje.',
  writtenAt: '2026-03-02T10:00:00.000Z',
  patient: {
    id: '0199a6f2-0000-7000-8000-000000000002',
    name: 'Birthe Test Prøve',
    birthDate: '1968-07-05',
    number: '1203759995',
    numberKind: 'cpr',
  },
  ...more,
});
const message = (number: number, more: Partial<Outgoing> = {}) => bundleOf(outgoing(number, more));

/** The tracker as far as the inbox knows it. */
async function startTracker() {
  const heard: { id: string; answer: unknown; token: string; at: number }[] = [];
  let status = 200;
  const server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request
      .on('data', (chunk: Buffer) => chunks.push(chunk))
      .on('end', () => {
        const id =
          /^\/v1\/messages\/(.+)\/acknowledgments$/.exec(request.url ?? '')?.[1] ?? `no address: ${request.url}`;
        heard.push({
          id,
          answer: JSON.parse(Buffer.concat(chunks).toString('utf8')),
          token: request.headers.authorization ?? '',
          at: Date.now(),
        });
        response.writeHead(status, { 'content-type': 'application/json' }).end('{}');
      });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    heard,
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    answers: (next: number) => {
      status = next;
    },
    stop: async () => {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
}

let dir: string;
let tracker: Awaited<ReturnType<typeof startTracker>>;
let inbox: Inbox;
let log: string;
let trackerUrl: string;
const quick = { answer: [5, 10], again: 20, longest: 40 } as const;
const logger = pino(
  { level: 'debug' },
  new Writable({
    write(chunk, _encoding, done) {
      log += String(chunk);
      done();
    },
  }),
);
const starting = (pauses: { answer: readonly [number, number]; again: number; longest: number } = quick) =>
  startInbox({
    dir,
    port: 0,
    acknowledge: { url: () => trackerUrl, tokenFor: (unit) => Promise.resolve(`token-of-${unit}`) },
    logger,
    pauses,
  });
const again = async (pauses?: Parameters<typeof starting>[0]) => {
  await inbox.stop();
  inbox = await starting(pauses);
};

beforeEach(async () => {
  dir = mkdtempSync(join(tmpdir(), 'smertevejen-inbox-'));
  log = '';
  tracker = await startTracker();
  trackerUrl = tracker.url;
  inbox = await starting();
});
afterEach(async () => {
  await inbox.stop();
  await tracker.stop();
  rmSync(dir, { recursive: true, force: true });
});

const address = (path: string) => `${inbox.url.replace(/\/$/, '')}${path}`;
const fhir = 'application/fhir+json';
async function send(body: unknown, { unit = 'GP_NORD', type = fhir }: { unit?: string; type?: string } = {}) {
  const reply = await fetch(address(`/units/${unit}/messages`), {
    method: 'POST',
    body: typeof body === 'string' || body instanceof Uint8Array ? (body as string) : JSON.stringify(body),
    headers: { 'content-type': type },
  });
  return {
    status: reply.status,
    outcome: JSON.parse(await reply.text()) as {
      resourceType: string;
      issue: { severity: string; diagnostics: string; expression?: string[] }[];
    },
  };
}
async function shown(path: string) {
  const reply = await fetch(address(path));
  return { status: reply.status, headers: reply.headers, text: await reply.text() };
}
const form = (
  path: string,
  fields: Record<string, string>,
  headers: Record<string, string> = { origin: inbox.url.replace(/\/$/, '') },
) => fetch(address(path), { method: 'POST', body: new URLSearchParams(fields), redirect: 'manual', headers });
const mode = (to: string, unit = 'GP_NORD') => form(`/units/${unit}/mode`, { mode: to });
const answer = (number: number, fields: Record<string, string>) =>
  form(`/units/GP_NORD/messages/${idOf(number)}/answers`, fields);
const until = async (holds: () => boolean | Promise<boolean>, what: string) => {
  for (let tries = 0; tries < 300; tries += 1) {
    if (await holds()) return;
    await pause(10);
  }
  assert.fail(`waited in vain until ${what}`);
};
const heard = (count: number) => until(() => tracker.heard.length >= count, `${count} answers were heard`);
const state = async (number: number) =>
  (await shown(`/units/GP_NORD/messages/${idOf(number)}?lang=en`)).text
    .match(/<h1>[\s\S]*?<p>([\s\S]*?)<\/p>/)![1]!
    .replace(/<[^>]*>/g, '');
const settled = (number: number, pattern: RegExp) =>
  until(async () => pattern.test(await state(number)), `message ${number} is ${pattern}`);

describe('a message to the inbox', () => {
  it('is taken, kept and acknowledged in the name of the unit', async () => {
    const reply = await send(message(1));
    assert.deepEqual(
      [reply.status, reply.outcome.resourceType, reply.outcome.issue[0]!.severity],
      [202, 'OperationOutcome', 'information'],
    );
    await heard(1);
    const [{ at: _at, ...first }] = tracker.heard as [(typeof tracker.heard)[number]];
    assert.deepEqual(first, { id: idOf(1), answer: { outcome: 'accepted' }, token: 'Bearer token-of-GP_NORD' });
    await settled(1, /^accepted/);
  });
  it('is an acceptance to whoever sends it, and its address one that the tracker writes to', async () => {
    const receivers = Receivers.of(inbox.receivers);
    assert.deepEqual(receivers.units().sort(), units.map(({ code }) => code).sort());
    assert.deepEqual(await post(receivers.for('GP_NORD')!, JSON.stringify(message(1)), { id: idOf(1) }), {
      kind: 'taken',
    });
    assert.equal((await post(receivers.for('GP_SYD')!, JSON.stringify(message(1)), { id: idOf(1) })).kind, 'refused');
  });
  it('that comes again has one effect and is counted', async () => {
    await send(message(1));
    await heard(1);
    await settled(1, /^accepted/);
    const repeats = await Promise.all([1, 2, 3].map(() => send(message(1))));
    assert.deepEqual(
      repeats.map(({ status }) => status),
      [200, 200, 200],
    );
    await pause(100);
    assert.equal(tracker.heard.length, 1);
    const list = (await shown('/units/GP_NORD?lang=en')).text;
    assert.equal(list.match(/<li>/g)!.length, 1);
    assert.match(list, /received 4 times/);
  });
  it('that comes several times at once is one', async () => {
    const replies = await Promise.all(Array.from({ length: 20 }, (_, index) => send(message(1 + (index % 2)))));
    assert.ok(replies.every(({ status }) => status === 200 || status === 202));
    await settled(2, /^accepted/);
    await settled(1, /^accepted/);
    assert.match((await shown('/units/GP_NORD?lang=en')).text, /<p>2 messages, 0 unanswered<\/p>/);
    assert.deepEqual(tracker.heard.map(({ id }) => id).sort(), [idOf(1), idOf(2)]);
  });
  it('for another unit is refused, and it is said why', async () => {
    const { status, outcome } = await send(message(1), { unit: 'GP_SYD' });
    assert.deepEqual([status, outcome.issue[0]!.expression], [422, ['Bundle.entry[0].resource.destination']]);
    assert.match(outcome.issue[0]!.diagnostics, /is not GP_SYD/);
    assert.equal((await send(message(1), { unit: 'GP_NOWHERE' })).status, 404);
    assert.match((await shown('/units/GP_SYD?lang=en')).text, /has received no messages/);
  });
  it('that is no message is refused with the place where it is wrong', async () => {
    const whole = message(1);
    const without = (type: string) => ({
      ...whole,
      entry: whole.entry.filter(({ resource }) => resource.resourceType !== type),
    });
    const cases: [unknown, number, RegExp][] = [
      ['not JSON', 400, /^The body is not well-formed/],
      ['[]', 400, /no JSON object/],
      [Buffer.from([0x7b, 0xff, 0x7d]), 400, /UTF-8/],
      [{}, 422, /^Bundle\.resourceType is not "Bundle"/],
      [{ ...whole, type: 'batch' }, 422, /^Bundle\.type is not "message"/],
      [{ ...whole, identifier: undefined }, 422, /^Bundle\.identifier is missing/],
      [{ ...whole, identifier: { value: '../../1203759995' } }, 422, /^Bundle\.identifier\.value is no id/],
      [{ ...whole, entry: [] }, 422, /^Bundle\.entry is empty/],
      [without('MessageHeader'), 422, /^Bundle\.entry\[0\]\.resource is no MessageHeader/],
      [without('Communication'), 422, /focus\[0\] refers to no Communication/],
      [without('Patient'), 422, /^Communication\.subject refers to no Patient/],
      [{ ...whole, timestamp: 'yesterday' }, 422, /^Bundle\.timestamp is no time/],
    ];
    for (const [body, status, diagnostics] of cases) {
      const reply = await send(body);
      assert.deepEqual(
        [reply.status, reply.outcome.resourceType, reply.outcome.issue[0]!.severity],
        [status, 'OperationOutcome', 'error'],
        String(diagnostics),
      );
      assert.match(reply.outcome.issue[0]!.diagnostics, diagnostics);
      assert.doesNotMatch(JSON.stringify(reply.outcome), /1203759995|Birthe/);
    }
    assert.equal((await send(whole, { type: 'application/json' })).status, 415);
    const deleted = await fetch(address('/units/GP_NORD/messages'), { method: 'DELETE' });
    assert.deepEqual([deleted.status, deleted.headers.get('allow')], [405, 'GET, HEAD, POST']);
    assert.equal(readFileSync(join(dir, 'inbox.jsonl'), 'utf8'), '');
  });
  it('larger than 256 KiB is refused', async () => {
    const { status, outcome } = await send(message(1, { body: 'x'.repeat(300 * 1024) }));
    assert.deepEqual([status, outcome.issue[0]!.diagnostics], [413, 'The message is larger than 256 KiB: send less.']);
    assert.equal((await send(message(1, { body: 'x'.repeat(100 * 1024) }))).status, 202);
  });
  it('of any letter of ours is read as it was written', () => {
    const names: (LetterName | 'correction')[] = [...(Object.keys(letters) as LetterName[]), 'correction'];
    fc.assert(
      fc.property(
        fc.constantFrom(...names),
        fc.constantFrom(...units.map(({ code }) => code)),
        fc.string(),
        fc.string({ unit: 'grapheme' }),
        fc.string(),
        (letter, to, subject, body, name) => {
          const written = outgoing(1, { letter, to, subject, body, patient: { ...outgoing(1).patient, name } });
          const read = readLetter(JSON.parse(JSON.stringify(bundleOf(written))) as object, to);
          assert.ok('letter' in read, JSON.stringify(read));
          assert.deepEqual(read.letter, {
            id: written.id,
            writtenAt: written.writtenAt,
            from: { code: 'TSC_HEH', name: 'Tværfagligt Smertecenter, HeH' },
            subject,
            body,
            patient: { name, birthDate: '1968-07-05', number: { value: '1203759995', temporary: false } },
            form: read.letter.form,
          });
          assert.notEqual(read.letter.form.kind, 'other');
        },
      ),
    );
  });
  it('leaves nothing of its patient in the log', async () => {
    tracker.answers(404);
    await send(message(1));
    await settled(1, /^the answer was not taken/);
    tracker.answers(500);
    await send(message(2));
    await heard(3);
    assert.match(log, /could not answer/);
    assert.match(log, /was not taken/);
    assert.doesNotMatch(log, /Birthe|1968|1203759995|Kontinuationsnotat|linje/);
  });
});

describe('the acknowledgment', () => {
  it('comes a moment later, so that one can see that there is none yet', async () => {
    await again({ ...quick, answer: [150, 200] });
    await send(message(1));
    assert.match(await state(1), /^not answered yet/);
    assert.match((await shown('/?lang=en')).text, /1 message, 1 unanswered/);
    await settled(1, /^accepted/);
  });
  it('is tried again while the tracker refuses or is away, and said once it is heard', async () => {
    tracker.answers(503);
    await send(message(1));
    await heard(3);
    assert.match(await state(1), /^the answer is on its way \(\d+ attempts? in vain; it is tried again\)/);
    tracker.answers(200);
    await settled(1, /^accepted/);
    const count = tracker.heard.length;
    await pause(150);
    assert.equal(tracker.heard.length, count, 'and then no more');
  });
  it('waits for a tracker that does not listen yet, and holds up no reception', async () => {
    trackerUrl = '';
    assert.deepEqual(
      (await Promise.all(Array.from({ length: 10 }, (_, index) => send(message(index + 1))))).map(
        ({ status }) => status,
      ),
      Array(10).fill(202),
    );
    await pause(60);
    assert.equal(tracker.heard.length, 0);
    trackerUrl = tracker.url;
    await settled(10, /^accepted/);
    await until(() => tracker.heard.length === 10, 'all were answered');
    assert.equal(new Set(tracker.heard.map(({ id }) => id)).size, 10);
  });
  it('that the tracker will not have is shown, and can be given anew', async () => {
    tracker.answers(404);
    await send(message(1));
    await settled(1, /^the answer was not taken: the message is no longer addressed to this unit \(404\)/);
    await pause(100);
    assert.equal(tracker.heard.length, 1);
    tracker.answers(200);
    assert.equal((await answer(1, { outcome: 'accepted' })).status, 303);
    await settled(1, /^accepted/);
  });
  it('is given by somebody who may in that unit', () => {
    assert.deepEqual(['GP_NORD', 'CVI_MIDT', 'TSC_HEH', 'SK_HIH'].map(inboxActor), [
      { sub: 'inbox.GP_NORD', unit: 'GP_NORD', roles: ['gpStaff'] },
      { sub: 'inbox.CVI_MIDT', unit: 'CVI_MIDT', roles: ['cvi'] },
      { sub: 'inbox.TSC_HEH', unit: 'TSC_HEH', roles: ['secretary'] },
      { sub: 'inbox.SK_HIH', unit: 'SK_HIH', roles: ['secretary'] },
    ]);
  });
});

describe('a unit where a person answers', () => {
  beforeEach(async () => {
    assert.equal((await mode('person')).status, 303);
  });
  it('answers nothing until somebody accepts', async () => {
    await send(message(1));
    await pause(60);
    assert.equal(tracker.heard.length, 0);
    const reply = await answer(1, { outcome: 'accepted' });
    assert.deepEqual(
      [reply.status, reply.headers.get('location')],
      [303, `/units/GP_NORD/messages/${idOf(1)}?lang=da`],
    );
    await heard(1);
    assert.deepEqual(tracker.heard[0]!.answer, { outcome: 'accepted' });
    await settled(1, /^accepted/);
    assert.equal(
      (await answer(1, { outcome: 'rejected', reason: 'For sent' })).status,
      409,
      'what is accepted stays so',
    );
    assert.equal(tracker.heard.length, 1);
  });
  it('rejects with a reason, which the sender reads, and may accept after all', async () => {
    await send(message(1));
    const missing = await answer(1, { outcome: 'rejected', reason: '  ' });
    assert.equal(missing.status, 422);
    assert.match(await missing.text(), /role="alert">Skriv, hvorfor/);
    assert.equal((await answer(1, { outcome: 'rejected', reason: 'x'.repeat(1_001) })).status, 422);
    assert.equal((await answer(1, { outcome: 'rejected', reason: 'Patienten er <ikke> tilmeldt her' })).status, 303);
    await settled(1, /^rejected: Patienten er &lt;ikke&gt; tilmeldt her/);
    assert.deepEqual(
      tracker.heard.map((each) => each.answer),
      [{ outcome: 'rejected', reason: 'Patienten er <ikke> tilmeldt her' }],
    );
    await answer(1, { outcome: 'accepted' });
    await settled(1, /^accepted/);
  });
  it('is asked anew when what it refused is sent again', async () => {
    await send(message(1));
    await answer(1, { outcome: 'rejected', reason: 'Fejl' });
    await settled(1, /^rejected/);
    assert.equal((await send(message(1))).status, 200);
    assert.match(await state(1), /^not answered yet · received 2 times/);
    await answer(1, { outcome: 'accepted' });
    await settled(1, /^accepted/);
    assert.equal(tracker.heard.length, 2);
  });
  it('has what waits answered once it answers by itself again', async () => {
    await send(message(1));
    await mode('itself');
    await settled(1, /^accepted/);
  });
});

describe('a unit that is out of order', () => {
  it('takes nothing and answers nothing, and says how often it turned somebody away', async () => {
    await again({ ...quick, answer: [100, 120] });
    await send(message(1));
    await mode('outOfOrder');
    const { status, outcome } = await send(message(2));
    assert.deepEqual([status, outcome.issue[0]!.severity], [503, 'error']);
    assert.equal((await send(message(3, { to: 'GP_SYD' }), { unit: 'GP_SYD' })).status, 202, 'the others are as ever');
    await heard(1);
    await pause(150);
    assert.deepEqual(
      tracker.heard.map(({ id }) => id),
      [idOf(3)],
    );
    assert.match((await shown('/units/GP_NORD?lang=en')).text, /1 attempt to deliver turned away/);
    assert.equal((await answer(1, { outcome: 'accepted' })).status, 409);
    await mode('itself');
    await settled(1, /^accepted/);
    assert.equal((await send(message(2))).status, 202);
  });
  it('is so after a restart', async () => {
    await mode('outOfOrder');
    await again();
    assert.equal((await send(message(1))).status, 503);
    await mode('itself');
    await again();
    assert.equal((await send(message(1))).status, 202);
  });
});

describe('what was kept', () => {
  it('is there after a restart, and what was not acknowledged is acknowledged then', async () => {
    await send(message(1));
    await settled(1, /^accepted/);
    trackerUrl = '';
    await send(message(2));
    await again();
    trackerUrl = tracker.url;
    await settled(2, /^accepted/);
    assert.deepEqual(
      tracker.heard.map(({ id }) => id),
      [idOf(1), idOf(2)],
      'and nothing twice',
    );
    assert.equal((await send(message(1))).status, 200);
    assert.match(await state(1), /received 2 times/);
    assert.match((await shown(`/units/GP_NORD/messages/${idOf(2)}`)).text, /Første linje\.\nAnden linje\./);
  });
  it('is whole wherever its last line was cut off, and goes on from there', async () => {
    await mode('person');
    await send(message(1));
    await send(message(2, { body: 'x'.repeat(5_000) }));
    await inbox.stop();
    const file = join(dir, 'inbox.jsonl');
    const whole = readFileSync(file);
    const second = whole.indexOf(10, whole.indexOf(10) + 1) + 1;
    for (const length of [second + 1, Math.floor((second + whole.length) / 2), whole.length - 1]) {
      writeFileSync(file, whole.subarray(0, length));
      inbox = await starting();
      assert.match(
        (await shown('/units/GP_NORD?lang=en')).text,
        /<p>1 message, 1 unanswered<\/p>/,
        `cut off at ${length}`,
      );
      assert.equal((await send(message(2))).status, 202);
      await inbox.stop();
      assert.equal(
        readFileSync(file, 'utf8')
          .trimEnd()
          .split('\n')
          .map((line) => (JSON.parse(line) as { is: string }).is)
          .join(),
        'mode,received,received',
      );
    }
    inbox = await starting();
    assert.match((await shown('/units/GP_NORD?lang=en')).text, /2 messages/);
  });
  it('that cannot be read in its middle stops the start and says the remedy', async () => {
    await send(message(1));
    await inbox.stop();
    const file = join(dir, 'inbox.jsonl');
    const before = readFileSync(file);
    appendFileSync(file, 'something else\n{"is":"mode","unit":"GP_NORD","at":"","mode":"person"}\n');
    await assert.rejects(starting(), (error: Error) =>
      /Line \d+ of the demo's inbox .*inbox\.jsonl cannot be read\. Move the file away/.test(error.message),
    );
    truncateSync(file, before.length);
    inbox = await starting();
  });
  it('belongs to one process at a time', async () => {
    await assert.rejects(starting(), /is in use by process \d+\. Stop that process first/);
  });
  it('is all that was promised when the process is killed while it writes', async () => {
    await inbox.stop();
    const child = `import { startInbox } from ${JSON.stringify(new URL('../../demo/inbox/server.js', import.meta.url).href)};
      const logger = { error() {}, warn() {} };
      const { url } = await startInbox({ dir: process.argv[1], port: 0, acknowledge: { url: () => '', tokenFor: async () => '' }, logger });
      console.log(url);`;
    const promised = new Set<number>();
    for (let round = 0; round < 4; round += 1) {
      const started = spawn(process.execPath, ['--input-type=module', '-e', child, dir], {
        stdio: ['ignore', 'pipe', 'inherit'],
      });
      const url = String((await once(started.stdout, 'data'))[0]).trim();
      const numbers = Array.from({ length: 20 }, (_, index) => round * 20 + index + 1);
      const enough = promised.size + 2 + 4 * round;
      await Promise.all(
        numbers.map(async (number) => {
          const reply = await fetch(`${url}units/GP_NORD/messages`, {
            method: 'POST',
            body: JSON.stringify(message(number, { body: 'x'.repeat(60_000) })),
            headers: { 'content-type': fhir },
          }).catch(() => undefined);
          if (reply?.status === 202 && promised.add(number).size === enough) started.kill('SIGKILL');
        }),
      );
      if (started.exitCode === null && started.signalCode === null) await once(started, 'exit');
    }
    inbox = await starting();
    await inbox.stop();
    assert.ok(promised.size >= 32, 'in each round some were promised before the kill');
    const keep = await Keep.open(dir);
    const kept = keep.messages('GP_NORD').map(({ id }) => id);
    await keep.close();
    inbox = await starting();
    for (const number of promised) assert.ok(kept.includes(idOf(number)), `${number} of ${promised.size} was promised`);
    assert.equal(new Set(kept).size, kept.length);
  }, 60_000);
});

describe('the pages of the inbox', () => {
  const hostile = '<script>alert(1)</script> "\'&';
  it('escape whatever a message says', async () => {
    await send(
      message(1, {
        subject: hostile,
        body: `${hostile}\n</div><img src=x onerror=alert(1)>`,
        patient: { ...outgoing(1).patient, name: `<b>${hostile}` },
      }),
    );
    for (const path of [
      '/',
      '/units/GP_NORD',
      `/units/GP_NORD/messages/${idOf(1)}`,
      `/units/GP_NORD?lang="><script>`,
      '/<script>alert(1)</script>',
    ]) {
      const { text } = await shown(path);
      assert.doesNotMatch(text, /<script|<img|<b><|onerror=alert\(1\)>/i, path);
    }
    assert.match((await shown('/units/GP_NORD')).text, /&lt;script&gt;alert\(1\)&lt;\/script&gt; &quot;&#39;&amp;/);
  });
  it('show the letter as its reader sees it, with its line breaks, what it is, and as it came', async () => {
    await send(message(1, { letter: 'attached' }));
    await send(message(2, { letter: 'dischargeLetter', subject: 'Epikrise' }));
    const first = (await shown(`/units/GP_NORD/messages/${idOf(1)}?lang=en`)).text;
    for (const part of [
      'Multidisciplinary Pain Centre, HeH',
      'Testlægehuset Nord',
      'Birthe Test Prøve, born 1968-07-05',
      '2 Mar 2026, 11:00:00',
      'Første linje.\nAnden linje.',
      'MedCom CareCommunication 5.0: the letter has its shape; conformance is not certified',
      '<details><summary>',
      '&quot;resourceType&quot;: &quot;Bundle&quot;',
      '1203759995',
    ]) {
      assert.ok(first.includes(part), part);
    }
    const second = (await shown(`/units/GP_NORD/messages/${idOf(2)}`)).text;
    assert.match(
      second,
      /Udkast: MedCom har ingen FHIR-profil for dette brev; i dag sendes det som MedComs XDIS02 Ambulantepikrise/,
    );
    assert.match(second, /Tværfagligt Smertecenter, HeH/);
  });
  it('are in Danish, or in English where the address says so, and each leads to the other', async () => {
    await mode('person');
    await send(message(1));
    for (const path of ['/', '/units/GP_NORD', `/units/GP_NORD/messages/${idOf(1)}`, '/nothing']) {
      const danish = (await shown(path)).text;
      const english = (await shown(`${path}?lang=en`)).text;
      assert.match(danish, /^<!doctype html>\n<html lang="da">[\s\S]*In English<\/a>/, path);
      assert.match(english, /^<!doctype html>\n<html lang="en">[\s\S]*På dansk<\/a>/, path);
      assert.ok(
        !english.includes('?lang=da"') || english.match(/\?lang=da"/g)!.length === 1,
        'every other link stays in the language',
      );
    }
    assert.match((await shown('/?lang=xx')).text, /<html lang="da">/);
  });
  it('list the units with what is unanswered and how they answer, and the newest message first', async () => {
    await mode('person');
    for (let number = 1; number <= 52; number += 1) await send(message(number));
    const home = (await shown('/?lang=en')).text;
    assert.equal(home.match(/href="\/units\//g)!.length, units.length);
    assert.match(home, /Testlægehuset Nord[\s\S]*?52 messages, 52 unanswered[\s\S]*?a person answers/);
    const list = (await shown('/units/GP_NORD')).text;
    assert.deepEqual(
      [...list.matchAll(/Kontinuationsnotat (\d+)/g)].map(([, number]) => Number(number)),
      Array.from({ length: 50 }, (_, index) => 52 - index),
    );
    assert.deepEqual(
      [...(await shown('/units/GP_NORD?page=2')).text.matchAll(/Kontinuationsnotat (\d+)/g)].map(([, number]) =>
        Number(number),
      ),
      [2, 1],
    );
  });
  it('have their headings in order, a label for each field and no script', async () => {
    await mode('person');
    await send(message(1));
    for (const path of ['/', '/units/GP_NORD', `/units/GP_NORD/messages/${idOf(1)}`]) {
      const { text, headers } = await shown(path);
      const levels = [...text.matchAll(/<h(\d)/g)].map(([, level]) => Number(level));
      assert.equal(levels[0], 1, path);
      levels.reduce((before, level) => {
        assert.ok(level <= before + 1, `${path}: ${levels.join()}`);
        return level;
      });
      assert.equal(levels.filter((level) => level === 1).length, 1);
      for (const [, id] of text.matchAll(/<textarea id="(\w+)"/g))
        assert.ok(text.includes(`<label for="${id}">`), path);
      for (const [field] of text.matchAll(/.{7}<input[^>]*>/g)) assert.match(field, /^<label>/, path);
      assert.doesNotMatch(text, /<script|style=|\son\w+=/, path);
      assert.match(
        headers.get('content-security-policy')!,
        /^default-src 'none'; style-src 'self';.*frame-ancestors 'none'/,
      );
      assert.deepEqual(
        [
          headers.get('x-content-type-options'),
          headers.get('x-frame-options'),
          headers.get('cache-control'),
          headers.get('referrer-policy'),
        ],
        ['nosniff', 'DENY', 'no-store', 'same-origin'],
      );
    }
    const { text, headers } = await shown('/style.css');
    assert.match(headers.get('content-type')!, /^text\/css/);
    assert.match(text, /prefers-color-scheme: dark[\s\S]*focus-visible/);
  });
});

describe('whoever speaks to the inbox', () => {
  const raw = (headers: Record<string, string>, method = 'GET', path = '/') =>
    new Promise<number>((resolve, reject) => {
      httpRequest(address(path), { method, headers, agent: false }, (reply) => {
        reply.resume();
        resolve(reply.statusCode!);
      })
        .once('error', reject)
        .end();
    });
  it('does so by a name of this machine, and no name that was made to lead here', async () => {
    const { port } = new URL(inbox.url);
    for (const host of [`127.0.0.1:${port}`, `localhost:${port}`, `[::1]:${port}`])
      assert.equal(await raw({ host }), 200, host);
    for (const host of [
      'evil.example',
      `evil.example:${port}`,
      `127.0.0.1.evil.example:${port}`,
      'localhost@evil.example',
      '0.0.0.0',
    ])
      assert.ok([400, 421].includes(await raw({ host })), host);
    assert.equal(await raw({ host: 'evil.example' }, 'POST', '/units/GP_NORD/messages'), 421);
  });
  it('sends a form from a page of ours, and from no other', async () => {
    for (const origin of ['https://evil.example', 'null', `${inbox.url}`, inbox.url.replace(/\d+\/$/, '1')])
      assert.equal((await form('/units/GP_NORD/mode', { mode: 'outOfOrder' }, { origin })).status, 403, origin);
    assert.equal((await form('/units/GP_NORD/mode', { mode: 'outOfOrder' }, {})).status, 403);
    assert.equal((await send(message(1))).status, 202);
    assert.equal((await mode('asleep')).status, 400);
    assert.equal((await fetch(address('/units/GP_NORD/mode'))).status, 404, 'and what changes something is no link');
  });
  it('is on this machine: it listens on the loopback address alone', () => {
    assert.match(inbox.url, /^http:\/\/127\.0\.0\.1:\d+\/$/);
  });
  it('is told when the port is taken, and what to do', async () => {
    const other = mkdtempSync(join(tmpdir(), 'smertevejen-inbox-'));
    const acknowledge = { url: () => '', tokenFor: () => Promise.resolve('') };
    const start = () => startInbox({ dir: other, port: Number(new URL(inbox.url).port), acknowledge, logger });
    await assert.rejects(start(), /^Error: The port \d+ of the demo's inbox is taken: .*Set INBOX_PORT to another/);
    await inbox.stop();
    const second = await start();
    await second.stop();
    rmSync(other, { recursive: true });
    inbox = await starting();
  });
});

describe('from a centre to the inbox and back', () => {
  it('a note arrives, is shown and acknowledged, and the pathway says that it is delivered', async () => {
    await inbox.stop();
    let url = '';
    let tokenFor: (unit: string) => Promise<string> = () => Promise.reject(new Error('not yet'));
    inbox = await startInbox({
      dir,
      port: 0,
      acknowledge: { url: () => url, tokenFor: (unit) => tokenFor(unit) },
      logger,
      pauses: quick,
    });
    const server = await startServer({ receivers: Receivers.of(inbox.receivers) });
    try {
      tokenFor = (unit) => server.issuer.sign(inboxActor(unit));
      const { id } = await walkTo(server, 'painCentre.treatment', { course: 'painCentre' });
      const signed = await server.sent(
        id,
        { role: 'physician', unit: 'TSC_HEH' },
        { type: 'note.signed', text: 'Første konsultation\nSmerter i ryggen' },
      );
      const messageId = `${id}.${signed.version}.1`;
      await server.app.get(Outbox).round();
      const open = async () =>
        (await server.get('/v1/messages/waiting', { role: 'admin', unit: 'TSC_HEH' })).body.items as {
          receiver: string;
        }[];
      const receivers = new Set((await open()).map(({ receiver }) => receiver));
      assert.ok(receivers.has('GP_MIDT'), "nothing is answered while the tracker's address is not known");
      const { text } = await shown(`/units/GP_MIDT/messages/${messageId}`);
      assert.match(text, /Birthe Test[\s\S]*Første konsultation\nSmerter i ryggen/);
      assert.match(text, /ikke besvaret endnu|svaret er på vej/);
      url = server.url;
      const gp = { role: 'gp' as const, unit: 'GP_MIDT' };
      await until(async () => (await open()).length === 0, 'every unit has answered');
      const view = (await server.get(`/v1/pathways/${id}`, gp)).body;
      assert.deepEqual(
        [view.notes.map(({ status }: { status: string }) => status), view.undelivered],
        [['delivered'], []],
      );
      await until(
        async () =>
          /<span class="good">kvitteret<\/span>/.test((await shown(`/units/GP_MIDT/messages/${messageId}`)).text),
        'the inbox says so too',
      );
      for (const unit of receivers)
        await until(
          async () => /[1-9]\d* messages?, 0 unanswered/.test((await shown(`/units/${unit}?lang=en`)).text),
          `${unit} has nothing unanswered`,
        );
    } finally {
      await server.stop();
    }
  }, 60_000);
});
