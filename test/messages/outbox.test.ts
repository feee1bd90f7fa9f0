/** What is owed is sent, whatever becomes of the receivers: once for each message id, in the order of the pathway, and what cannot be delivered is somebody's to see to. */
import assert from 'node:assert/strict';
import { afterAll, afterEach, beforeAll, beforeEach, describe, it } from '@jest/globals';
import { Outbox, policy } from '../../src/messages/outbox.js';
import { Receivers } from '../../src/messages/receivers.js';
import type { PathwayView } from '../../src/pathways/wire.js';
import { walkTo } from '../support/referral.js';
import { startReceiver, type TestReceiver } from '../support/receiver.js';
import { startServer, type TestServer, type User } from '../support/server.js';

const gp: User = { role: 'gp', unit: 'GP_MIDT' };
const cvi: User = { role: 'cvi', unit: 'CVI_MIDT' };
const physician: User = { role: 'physician', unit: 'TSC_HEH' };
const secretary: User = { role: 'secretary', unit: 'TSC_HEH' };
const minute = 60_000;

let server: TestServer;
let outbox: Outbox;
let [practice, centre, office]: TestReceiver[] = [];
beforeAll(async () => {
  [practice, centre, office] = await Promise.all([startReceiver(), startReceiver(), startReceiver()]);
  const receivers = Receivers.of({
    GP_MIDT: { url: practice!.url },
    TSC_HEH: { url: centre!.url },
    CVI_MIDT: { url: office!.url },
  });
  server = await startServer({ receivers });
  outbox = server.app.get(Outbox);
});
afterAll(async () => {
  await server.stop();
  await Promise.all([practice!, centre!, office!].map((receiver) => receiver.stop()));
});
beforeEach(() => {
  for (const receiver of [practice!, centre!, office!]) {
    receiver.behave('ok');
    receiver.received.length = 0;
    receiver.effects.clear();
  }
});
// What a test leaves behind is not the next one's.
afterEach(async () => {
  await answered();
  later(60 * minute);
  await outbox.round();
});

const later = (ms: number) => server.clock.set(new Date(server.clock.now().getTime() + ms));
/** Everything so far has been answered, so that it is not sent again. */
const answered = () => server.source.query(`update message set state = 'settled' where state <> 'settled'`);
/** With whatever led there delivered. */
const attached = async (): Promise<PathwayView> => {
  const view = await walkTo(server, 'painCentre.treatment', { course: 'painCentre' });
  await outbox.round();
  await answered();
  practice!.received.length = 0;
  practice!.effects.clear();
  return view;
};
const withNote = async () => {
  const { id } = await attached();
  const view = await server.sent(id, physician, { type: 'note.signed', text: 'Første konsultation' });
  return { id, noteId: view.version, message: `${id}.${view.version}.1` };
};
const read = async (id: string) => (await server.get(`/v1/pathways/${id}`, gp)).body as PathwayView;
const acknowledge = (message: string, user: User, answer: object = { outcome: 'accepted' }) =>
  server.post(`/v1/messages/${message}/acknowledgments`, user, answer);
const rowOf = async (message: string, user: User = physician) =>
  (await server.get(`/v1/messages/${message}`, user)).body;
const ids = (receiver: TestReceiver) => receiver.received.map(({ id }) => id);

describe('a message', () => {
  it('is sent to the unit that it is for, as a FHIR message that says what the letter says', async () => {
    const { id, message } = await withNote();
    assert.deepEqual(await outbox.round(), { taken: 1, putOff: 0, failed: 0 });
    assert.deepEqual(ids(practice!), [message]);
    const bundle = JSON.parse(practice!.received[0]!.bundle);
    assert.equal(bundle.resourceType, 'Bundle');
    assert.match(JSON.stringify(bundle), /Første konsultation/);
    assert.equal((await rowOf(message)).state, 'taken');
    assert.deepEqual(
      (await read(id)).notes.map(({ status }) => status),
      ['sent'],
      'the transport took it',
    );
  });

  it('is not sent again, and no longer owed, once the receiver has answered', async () => {
    const { id, message } = await withNote();
    await outbox.round();
    const reply = await acknowledge(message, { role: 'gpStaff', unit: 'GP_MIDT', sub: 'inbox' });
    assert.deepEqual([reply.status, reply.body], [200, { id: message, pathway: id, state: 'settled' }]);
    const { notes, undelivered } = await read(id);
    assert.deepEqual([notes.at(-1)!.status, undelivered.filter(({ letter }) => letter === 'note')], ['delivered', []]);
    const log = (
      await server.get(`/v1/pathways/${id}/transitions?limit=200`, { role: 'auditor', unit: 'TSC_HEH' })
    ).body.items.at(-1);
    assert.deepEqual(
      [log.event.type, log.actor],
      ['note.delivered', { sub: 'inbox', role: 'system', unit: 'GP_MIDT' }],
      'the log says who answered',
    );
    later(24 * 60 * minute);
    assert.equal((await outbox.round()).taken, 0);
    assert.equal((await acknowledge(message, gp)).status, 200, 'it may be said again');
  });

  it('is answered only by the unit that it is addressed to', async () => {
    const { message } = await withNote();
    for (const stranger of [{ ...gp, unit: 'GP_SYD' }, physician, { role: 'auditor' as const, unit: 'GP_MIDT' }]) {
      const { status } = await acknowledge(message, stranger);
      assert.equal(status, stranger.role === 'auditor' ? 403 : 404, stranger.role as string);
    }
    assert.equal((await acknowledge(message.replace(/\.1$/, '.9'), gp)).status, 404, 'nor is one that there is not');
    const wrong = await acknowledge(message, gp, { outcome: 'maybe' });
    assert.deepEqual(
      [wrong.status, wrong.body.errors],
      [400, [{ pointer: '/outcome', message: 'is neither accepted nor rejected' }]],
    );
    assert.equal((await acknowledge(message, gp, { outcome: 'rejected' })).status, 400, 'a no has its reason');
  });

  it("that is refused by its receiver stands on its sender's list, who sends it again or hands it over", async () => {
    const { id, message, noteId } = await withNote();
    await outbox.round();
    const reply = await acknowledge(message, gp, { outcome: 'rejected', reason: 'Patienten er ikke tilmeldt her' });
    assert.equal(reply.body.state, 'failed');
    const { tasks, undelivered } = await read(id);
    assert.deepEqual(
      tasks.map(({ unit, what, about, ways }) => ({ unit, what, about, ways })),
      [
        {
          unit: 'TSC_HEH',
          what: 'messageFailed',
          about: `${noteId}.1`,
          ways: ['message.resent', 'note.deliveredManually'],
        },
      ],
    );
    assert.equal(
      undelivered.find(({ messageId }) => messageId === `${noteId}.1`)?.failed?.text,
      'Patienten er ikke tilmeldt her',
    );
    assert.deepEqual(
      (await server.get('/v1/messages?state=failed', secretary)).body.items.map((item: { id: string }) => item.id),
      [message],
    );
    later(24 * 60 * minute);
    assert.equal((await outbox.round()).taken, 0, 'nobody tries again by himself');
    await server.sent(id, secretary, { type: 'message.resent', messageId: `${noteId}.1` });
    assert.equal((await outbox.round()).taken, 1);
    assert.deepEqual(ids(practice!), [message, message], 'under the same id');
    assert.equal(practice!.effects.get(message), 1, 'and so with one effect');
    await acknowledge(message, gp);
    assert.deepEqual((await read(id)).tasks, []);
  });

  it("to a unit without an address is its sender's to hand over, and holds up nothing", async () => {
    const { id } = await attached();
    const area = await server.sent(
      id,
      { role: 'secretary', unit: 'TSC_HEH' },
      { type: 'gp.changed', gp: 'GP_SYD', reason: 'Flyttet' },
    );
    await outbox.round();
    const { tasks } = await server.get(`/v1/pathways/${id}`, physician).then(({ body }) => body as PathwayView);
    assert.ok(
      tasks.length > 0 &&
        tasks.every(({ what, unit }) => what === 'messageFailed' && ['TSC_HEH', 'CVI_MIDT', 'GP_MIDT'].includes(unit)),
      JSON.stringify(tasks),
    );
    const about = tasks.find(({ unit }) => unit === 'TSC_HEH')!.about!;
    await server.sent(id, secretary, {
      type: 'message.deliveredManually',
      messageId: about,
      channel: 'Digital Post',
      recipient: 'Testlægehuset Syd',
      reason: 'Ingen elektronisk adresse',
    });
    assert.ok(
      !(await server.get(`/v1/pathways/${id}`, physician)).body.tasks.some(
        (task: { about: string }) => task.about === about,
      ),
    );
    assert.ok(area.version > 0);
  });

  it('goes to the new GP when the patient changes practice before it has arrived', async () => {
    const { id, message } = await withNote();
    practice!.behave(500);
    await outbox.round();
    await server.sent(id, secretary, { type: 'gp.changed', gp: 'GP_SYD', reason: 'Flyttet' });
    assert.equal((await rowOf(message)).to, 'GP_SYD');
    assert.equal((await acknowledge(message, gp)).status, 404, "it is no longer the old one's to answer");
  });

  it('that came in with history from elsewhere is sent by nobody until a person says so', async () => {
    const { id, message, noteId } = await withNote();
    await server.source.query(`update message set state = 'held' where pathway_id = $1 and seq = $2`, [id, noteId]);
    later(60 * minute);
    assert.equal((await outbox.round()).taken, 0);
    await server.sent(id, secretary, { type: 'note.resent', noteId });
    assert.equal((await outbox.round()).taken, 1);
    assert.deepEqual(ids(practice!), [message]);
  });
});

describe('a receiver that', () => {
  for (const behaviour of ['reset', 'lost', 'cutAfter200', 500, 503, 'html', 'garbage'] as const) {
    it(`answers with ${behaviour} gets the same message again, and it has one effect`, async () => {
      const { id, message } = await withNote();
      practice!.behave(behaviour);
      assert.deepEqual(await outbox.round(), { taken: 0, putOff: 1, failed: 0 });
      assert.equal((await read(id)).notes.at(-1)!.status, 'queued');
      assert.deepEqual(await outbox.round(), { taken: 0, putOff: 0, failed: 0 }, 'not at once');
      practice!.behave('ok');
      later(minute);
      assert.deepEqual(await outbox.round(), { taken: 1, putOff: 0, failed: 0 });
      assert.deepEqual([ids(practice!), practice!.effects.get(message)], [[message, message], 1]);
    });
  }

  it('asks to be left alone for a while is left alone for as long as it says', async () => {
    await withNote();
    practice!.behave(429, { 'retry-after': '600' });
    await outbox.round();
    practice!.behave('ok');
    later(9 * minute);
    assert.equal((await outbox.round()).taken, 0);
    later(2 * minute);
    assert.equal((await outbox.round()).taken, 1);
  });

  it('says no to a message means it after so many times, and no other message waits for that', async () => {
    const { id, message, noteId } = await withNote();
    practice!.behave((received) => (received === message ? 400 : 'ok'));
    for (let attempt = 1; attempt < policy.refusals; attempt += 1) {
      assert.equal((await outbox.round()).putOff, 1);
      later(policy.longestPause * 2);
    }
    assert.equal((await outbox.round()).failed, 1);
    assert.equal(
      (await read(id)).undelivered.find(({ messageId }) => messageId === `${noteId}.1`)?.failed?.because,
      'rejected',
    );
    await server.sent(id, physician, { type: 'note.signed', text: 'Anden konsultation' });
    assert.equal((await outbox.round()).taken, 1);
  });

  it('redirects is not followed', async () => {
    await withNote();
    practice!.behave('redirect');
    await outbox.round();
    assert.deepEqual(
      practice!.received.map(({ path }) => path),
      ['/messages'],
    );
  });

  it('does not answer holds up nobody else', async () => {
    const { id } = await attached();
    practice!.behave('hang');
    await server.sent(id, physician, { type: 'note.signed', text: 'Til en, der ikke svarer' });
    await walkTo(server, 'referral.sent');
    const begun = Date.now();
    const round = outbox.round();
    while (office!.received.length === 0 && Date.now() - begun < 4_000)
      await new Promise((resolve) => setTimeout(resolve, 10));
    assert.ok(office!.received.length > 0, 'the office has its referral while the practice is still being waited for');
    assert.deepEqual(await round, { taken: 1, putOff: 1, failed: 0 });
  });

  it('is down for a day loses nothing: each message arrives once, in the order of its pathway', async () => {
    const pathways = [await attached(), await attached(), await attached()];
    practice!.behave('reset');
    const written: string[] = [];
    for (let hour = 0; hour < 24; hour += 1) {
      const { id } = pathways[hour % 3]!;
      const view = await server.sent(id, physician, { type: 'note.signed', text: `Notat i time ${hour}` });
      written.push(`${id}.${view.version}.1`);
      later(60 * minute);
      await outbox.round();
    }
    assert.equal(practice!.effects.size, 0);
    assert.ok(
      practice!.received.length <= 24 * 2,
      `an hour's attempts go to one message in front: ${practice!.received.length}`,
    );
    practice!.behave('ok');
    practice!.received.length = 0;
    later(policy.longestPause * 2);
    while ((await outbox.round()).taken > 0);
    for (const { id } of pathways)
      assert.deepEqual(
        ids(practice!).filter((message) => message.startsWith(id)),
        written.filter((message) => message.startsWith(id)),
      );
    assert.deepEqual(
      [...practice!.effects.values()].filter((times) => times !== 1),
      [],
    );
    assert.equal(practice!.effects.size, 24);
  });

  it("is down for three days is a person's to ask", async () => {
    const { id } = await withNote();
    practice!.behave('reset');
    for (let spent = 0; spent <= policy.givenUpAfter + policy.longestPause; spent += 6 * 60 * minute) {
      await outbox.round();
      later(6 * 60 * minute);
    }
    assert.deepEqual(
      (await read(id)).tasks.map(({ what, unit }) => [what, unit]),
      [['messageFailed', 'TSC_HEH']],
    );
  });

  it('has taken a message and lost it behind its door gets it once more', async () => {
    const { message } = await withNote();
    await outbox.round();
    later(policy.sentAgainAfter * 2);
    assert.equal((await outbox.round()).taken, 1);
    later(policy.sentAgainAfter * 20);
    assert.equal((await outbox.round()).taken, 0, "and then it is the clock's");
    assert.deepEqual(ids(practice!), [message, message]);
  });
});

describe('what waits', () => {
  it('is shown in numbers to those who keep the connections working, and to nobody with a patient', async () => {
    const { message } = await withNote();
    const { body } = await server.get('/v1/messages/waiting', { role: 'admin', unit: 'TSC_HEH' });
    assert.ok(
      body.items.some(
        ({ receiver, state, count }: { receiver: string; state: string; count: number }) =>
          receiver === 'GP_MIDT' && state === 'queued' && count === 1,
      ),
      JSON.stringify(body),
    );
    assert.doesNotMatch(JSON.stringify(body), new RegExp(message.slice(0, 36)));
    assert.equal((await server.get('/v1/messages/waiting', gp)).status, 403);
    assert.equal((await server.get('/v1/messages', { role: 'manager', unit: 'TSC_HEH' })).status, 403);
  });

  it('and what was sent is listed for its sender and its receiver, the newest first, in pages', async () => {
    const { id, message } = await withNote();
    const sent = (await server.get('/v1/messages?limit=1', secretary)).body;
    assert.deepEqual(
      sent.items.map((item: { id: string }) => item.id),
      [message],
    );
    const next = (await server.get(`/v1/messages?limit=2&cursor=${sent.nextCursor}`, secretary)).body;
    assert.ok(next.items.every((item: { id: string; from: string }) => item.id !== message && item.from === 'TSC_HEH'));
    assert.ok(
      (await server.get('/v1/messages?direction=received', gp)).body.items.some(
        (item: { id: string; pathway: string }) => item.id === message && item.pathway === id,
      ),
    );
    assert.equal((await server.get(`/v1/messages/${message}`, cvi)).status, 404);
    assert.match((await server.get(`/v1/messages/${message}`, gp)).body.body, /Første konsultation/);
  });
});
