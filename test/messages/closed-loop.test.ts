/** A discharge waits for the letter's receiver, the letter for the notes; a correction is told like everything else. With real receivers. */
import assert from 'node:assert/strict';
import { afterAll, beforeAll, describe, it } from '@jest/globals';
import { Outbox } from '../../src/messages/outbox.js';
import { Receivers } from '../../src/messages/receivers.js';
import { checkAll } from '../../src/pathways/check.js';
import type { PathwayView } from '../../src/pathways/wire.js';
import { walkTo } from '../support/referral.js';
import { startReceiver, type TestReceiver } from '../support/receiver.js';
import { startServer, type TestServer, type User } from '../support/server.js';

const gp: User = { role: 'gp', unit: 'GP_MIDT' };
const physician: User = { role: 'physician', unit: 'TSC_HEH' };
const secretary: User = { role: 'secretary', unit: 'TSC_HEH' };

let server: TestServer;
let outbox: Outbox;
let practice: TestReceiver;
beforeAll(async () => {
  practice = await startReceiver();
  server = await startServer({
    receivers: Receivers.of({
      GP_MIDT: { url: practice.url },
      TSC_HEH: { url: practice.url },
      CVI_MIDT: { url: practice.url },
    }),
  });
  outbox = server.app.get(Outbox);
});
afterAll(async () => {
  await server.stop();
  await practice.stop();
});

const later = (minutes: number) => server.clock.set(new Date(server.clock.now().getTime() + minutes * 60_000));
const read = async (id: string, user: User = physician) =>
  (await server.get(`/v1/pathways/${id}`, user)).body as PathwayView;
const acknowledge = (message: string, user: User = gp, answer: object = { outcome: 'accepted' }) =>
  server.post(`/v1/messages/${message}/acknowledgments`, user, answer);
const inFollowUp = async () => {
  const { id } = await walkTo(server, 'controlPhase.followUp', { course: 'painCentre' });
  await outbox.round();
  await server.sent(id, physician, { type: 'medicationRecord.confirmed', at: server.clock.now().toISOString() });
  return id;
};
const letter = (view: PathwayView) => ({
  type: 'letter.signed',
  forwardPlan: 'Fortsæt duloxetin',
  followUpRecommended: true,
  followUpText: 'Kontrol om tre måneder',
  handover: Object.entries(view.prescribing).map(([drugClass, { by }]) =>
    by === 'gp'
      ? { drugClass, nothingPrescribed: true }
      : { drugClass, gpPrescribesFrom: '2026-12-01', plan: 'Uændret' },
  ),
});
const signed = async (id: string) => {
  const view = await server.sent(id, physician, letter(await read(id)));
  assert.equal(view.state, 'controlPhase.letterSent');
  return `${id}.${view.version}.1`;
};

describe('the discharge letter', () => {
  it("is not signed while a note has not been sent, and is once the receiver's system has taken it", async () => {
    const id = await inFollowUp();
    practice.behave(500);
    await server.sent(id, physician, { type: 'note.signed', text: 'Afsluttende samtale' });
    await outbox.round();
    const refused = await server.send(id, physician, letter(await read(id)));
    assert.deepEqual([refused.status, refused.body.unanswered], [422, ['S6']]);
    practice.behave('ok');
    later(2);
    await outbox.round();
    await signed(id);
  });

  it('may be signed all the same with a reason, which stands in the log', async () => {
    const id = await inFollowUp();
    practice.behave(500);
    await server.sent(id, physician, { type: 'note.signed', text: 'Afsluttende samtale' });
    const reason = 'Praksissens system er nede; notatet er læst op i telefonen.';
    const view = await server.sent(id, physician, { ...letter(await read(id)), overrides: [{ rule: 'S6', reason }] });
    assert.equal(view.state, 'controlPhase.letterSent');
    const { items } = (await server.get(`/v1/pathways/${id}/transitions?limit=200`, physician)).body;
    assert.deepEqual(items.at(-1).overrides, [{ rule: 'S6', reason }]);
    practice.behave('ok');
  });

  it("that is only sent discharges nobody: the patient stays the unit's until the GP's system has answered", async () => {
    const id = await inFollowUp();
    const message = await signed(id);
    later(2);
    await outbox.round();
    assert.ok(practice.received.some((received) => received.id === message));
    const waiting = await read(id);
    assert.deepEqual([waiting.state, waiting.attached, waiting.unit], ['controlPhase.letterSent', true, 'TSC_HEH']);
    const { items } = (await server.get(`/v1/pathways/${id}/deadlines`, physician)).body as {
      items: { clock: string; unless: { event: string }[] }[];
    };
    assert.deepEqual(
      items.find(({ clock }) => clock === `delivery:${message.slice(37)}`)?.unless.map(({ event }) => event),
      ['message.resent', 'letter.deliveredManually'],
      'as the letter that it is',
    );
    assert.equal((await acknowledge(message)).body.state, 'settled');
    const discharged = await read(id);
    assert.deepEqual(
      [discharged.stage, discharged.attached, discharged.unit, discharged.prescribing['analgesic']!.by],
      ['dischargedToGp', false, 'GP_MIDT', 'gp'],
    );
  });

  it("that the GP's system will not have discharges nobody, and the unit sees to it", async () => {
    const id = await inFollowUp();
    const message = await signed(id);
    await acknowledge(message, gp, { outcome: 'rejected', reason: 'Dokumenttypen modtages ikke' });
    const { state, tasks, dueAt } = await read(id);
    assert.equal(state, 'controlPhase.letterSent');
    assert.deepEqual(
      tasks.map(({ unit, what, ways }) => ({ unit, what, ways })),
      [{ unit: 'TSC_HEH', what: 'messageFailed', ways: ['message.resent', 'letter.deliveredManually'] }],
    );
    assert.ok(
      dueAt !== null && dueAt <= server.clock.now().toISOString(),
      'it is late at once, so it is first on the list',
    );
    const by = await server.sent(id, secretary, {
      type: 'letter.deliveredManually',
      channel: 'rekommanderet brev',
      recipient: 'lægehuset',
      confirmedBy: 'lægesekretær',
      reason: 'Deres system tager ikke imod epikrisen',
    });
    assert.equal(by.stage, 'dischargedToGp');
    assert.equal((await server.get(`/v1/messages/${message}`, physician)).body.state, 'settled');
  });

  it('that is recalled is not sent any more', async () => {
    const id = await inFollowUp();
    practice.behave(500);
    const message = await signed(id);
    await outbox.round();
    await server.sent(id, physician, { type: 'treatment.resumed', reason: 'Forværring' });
    practice.behave('ok');
    practice.received.length = 0;
    later(60);
    await outbox.round();
    assert.ok(!practice.received.some((received) => received.id === message));
    assert.ok(practice.received.length > 0, 'but the GP is told that the treatment goes on');
  });

  it("that the GP does not agree with is a question on the unit's list until the letter is amended, which he reads anew", async () => {
    const id = await inFollowUp();
    await acknowledge(await signed(id));
    await server.sent(id, gp, { type: 'letter.acknowledged', agrees: false, text: 'Hvem kontrollerer leverprøver?' });
    const asked = await read(id);
    assert.deepEqual(
      asked.tasks.map(({ unit, what, ways }) => ({ unit, what, ways })),
      [{ unit: 'TSC_HEH', what: 'letterQuestioned', ways: ['letter.amended'] }],
    );
    assert.equal(asked.unit, 'GP_MIDT', 'the discharge stands');
    const amended = await server.sent(id, physician, {
      type: 'letter.amended',
      text: 'Egen læge kontrollerer leverprøver',
      reason: 'Spørgsmål fra egen læge',
    });
    assert.deepEqual(amended.tasks, []);
    assert.ok(
      amended.deadlines.some(({ clock }) => clock === 'letterRead'),
      'he has it to read again',
    );
    assert.equal(
      (await acknowledge(`${id}.${amended.version}.1`)).body.state,
      'settled',
      'an amended letter arrives without discharging anybody again',
    );
    await server.sent(id, gp, { type: 'letter.acknowledged', agrees: true });
  });
});

describe('a correction', () => {
  it('is told by a letter that is delivered like every other, and waited for', async () => {
    const { id } = await walkTo(server, 'painCentre.waiting', { course: 'painCentre' });
    later(2);
    await outbox.round();
    practice.received.length = 0;
    const { items } = (await server.get(`/v1/pathways/${id}/transitions?limit=200`, physician)).body as {
      items: { seq: number; event: { type: string } }[];
    };
    const decided = items.find(({ event }) => event.type === 'triage.decided')!;
    const { version } = await read(id);
    const reply = await server.post(
      `/v1/pathways/${id}/corrections`,
      { role: 'triager', unit: 'TSC_HEH' },
      {
        kind: 'amend',
        seq: decided.seq,
        event: { ...decided.event, reason: 'En anden begrundelse' },
        reason: 'Begrundelsen var en anden patients',
      },
      { 'if-match': `"${version}"`, 'idempotency-key': crypto.randomUUID() },
    );
    assert.equal(reply.status, 200, JSON.stringify(reply.body));
    const [owed] = (reply.body as PathwayView).undelivered.filter((entry) => entry.letter === 'correction');
    assert.deepEqual([owed?.to, owed?.from], ['GP_MIDT', 'TSC_HEH']);
    assert.ok(
      (reply.body as PathwayView).deadlines.some(({ clock }) => clock === `delivery:${owed!.messageId}`),
      'somebody is told when it does not arrive',
    );
    assert.ok(
      !(reply.body as PathwayView).undelivered.some(({ messageId }) => messageId === `${decided.seq}.1`),
      'the words that it puts right are not sent any more',
    );
    await outbox.round();
    const message = `${id}.${owed!.messageId}`;
    assert.deepEqual(
      practice.received.map((received) => received.id),
      [message],
    );
    assert.match(practice.received[0]!.bundle, /En anden begrundelse/);
    assert.equal((await acknowledge(message)).body.state, 'settled');
    assert.ok(!(await read(id)).undelivered.some((entry) => entry.letter === 'correction'));
  });

  it('and everything above leaves logs that fold to what is stored', async () => {
    const { faults } = await checkAll(server.sql, () => undefined);
    assert.deepEqual(faults, []);
  });
});
