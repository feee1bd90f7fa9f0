/** Who waits longest for whom, and who sees to it: the worklist, its numbers, its sheet, and who is assigned. */
import assert from 'node:assert/strict';
import { afterAll, beforeAll, describe, it } from '@jest/globals';
import { justBefore } from '../../machines/calendar/calendar.js';
import fc from 'fast-check';
import { clocks } from '../../machines/pathway/clocks.js';
import { contentItems } from '../../machines/pathway/events.js';
import { planningAreas } from '../../machines/pathway/fields.js';
import { rolesOf } from '../../machines/pathway/desks.js';
import { units } from '../../machines/pathway/routes.js';
import { nextSteps, stageNames, stages } from '../../machines/pathway/stages.js';
import { taskNames } from '../../machines/pathway/tasks.js';
import { readAccess } from '../../src/pathways/log.js';
import type { WorkItem, WorklistCounts } from '../../src/worklists/wire.js';
import { completeFacts, opened, staffOf, walkTo } from '../support/referral.js';
import { startServer, type Reply, type TestServer, type User } from '../support/server.js';

const auditor: User = { role: 'auditor', unit: 'REGION' };
const { gp, cvi, centre, clinic, practice } = staffOf('midt');
const system: User = { role: 'system', unit: 'SYSTEM' };
const hour = 3_600_000;

let server: TestServer;
beforeAll(async () => {
  server = await startServer();
});
afterAll(() => server.stop());

const later = (hours: number) => server.clock.set(new Date(server.clock.now().getTime() + hours * hour));
const listed = async (user: User, query = 'limit=200'): Promise<WorkItem[]> => {
  const { status, body } = await server.get(`/v1/pathways?${query}`, user);
  assert.equal(status, 200, JSON.stringify(body));
  return body.items as WorkItem[];
};
const counted = async (user: User, query = ''): Promise<WorklistCounts> => {
  const { status, body } = await server.get(`/v1/pathways/counts?${query}`, user);
  assert.equal(status, 200, JSON.stringify(body));
  return body as WorklistCounts;
};
async function paged<T>(
  address: string,
  user: User,
  between: (page: number) => Promise<void> = async () => undefined,
): Promise<T[][]> {
  const pages: T[][] = [];
  for (let cursor: string | null = '', page = 0; cursor !== null; page++) {
    assert.ok(page < 200, 'the pages end');
    const { status, body }: Reply = await server.get(
      `${address}${cursor === '' ? '' : `&cursor=${encodeURIComponent(cursor)}`}`,
      user,
    );
    assert.equal(status, 200, JSON.stringify(body));
    pages.push(body.items as T[]);
    cursor = body.nextCursor as string | null;
    if (cursor !== null) await between(page);
  }
  return pages;
}
/** RFC 4180 with semicolons, read by hand. */
function cellsOf(sheet: string): string[][] {
  const rows: string[][] = [[]];
  for (const [, quoted, plain, end] of sheet.matchAll(/(?:"((?:[^"]|"")*)"|([^";\r\n]*))(;|\r\n|$)/g)) {
    rows.at(-1)!.push(quoted?.replaceAll('""', '"') ?? plain!);
    if (end === '\r\n') rows.push([]);
    if (end === '') break;
  }
  return rows.slice(0, -1);
}
const sheet = async (user: User, query = '', headers: Record<string, string> = {}) => {
  const reply = await server.get(`/v1/pathways.csv?${query}`, user, headers);
  assert.equal(reply.status, 200, JSON.stringify(reply.body));
  const bytes = String(reply.body);
  return { reply, rows: cellsOf(bytes.replace(/^\ufeff/, '')) };
};
const assign = (id: string, user: User, assignee: unknown): Promise<Reply> =>
  server.raw('PUT', `/v1/pathways/${id}/assignee`, { user, body: JSON.stringify({ assignee }) });

describe('the worklist', () => {
  const names = [
    'Ærø Ågesen',
    "Nina O'Test",
    'Per 100% Test',
    'Under_Streg',
    'Citat "Test"',
    'Skrå\\Test',
    'Anders Test',
  ];
  beforeAll(async () => {
    const states = [
      'generalPractice',
      'referral.sent',
      'referral.atCvi',
      'visitation.assessing',
      'painClinic.intake',
      'painClinic.waiting',
      'painClinic.treatment',
      'controlPhase.followUp',
      'controlPhase.letterSent',
      'dischargedToGp',
    ];
    const areas = ['midt', 'nord', 'byen', 'syd'] as const;
    for (let index = 0; index < 26; index++) {
      const withoutEcg = index % 5 === 1 && states[index % states.length] === 'referral.sent';
      const { id } = await walkTo(server, withoutEcg ? 'generalPractice' : states[index % states.length]!, {
        area: areas[index % 4]!,
        patient: { name: names[index] ?? `Patient ${index}`, birthDate: '1968-07-05' },
      });
      if (withoutEcg)
        await server.sent(id, staffOf(areas[index % 4]!).gp, {
          type: 'referral.updated',
          facts: { ...completeFacts, content: { ...completeFacts.content, ecg: null, allergy: null } },
        });
      later(index % 7 === 0 ? 0 : 5);
    }
    await server.sent((await opened(server, { patient: { name: 'Lukket Test', birthDate: '1970-05-05' } })).id, gp, {
      type: 'pathway.closed',
      reason: 'declined',
      text: 'Ønsker det ikke',
    });
  });

  it('begins with the earliest deadline, among equals with the longest wait, and ends with what has no deadline', async () => {
    const items = await listed(auditor);
    assert.equal(items.length, 26);
    const place = ({ dueAt, stageSince, id }: WorkItem) => [dueAt ?? '9999', stageSince, id].join(' ');
    assert.deepEqual(items.map(place), items.map(place).sort());
    assert.ok(items.at(-1)!.dueAt === null && items[0]!.dueAt !== null);
    const sameDue = items.filter(({ dueAt }, index) => dueAt !== null && dueAt === items[index + 1]?.dueAt);
    assert.ok(sameDue.length > 0, 'some wait for the same deadline');
  });

  it('finds who lacks an ECG (H3a), and only them', async () => {
    const items = await listed(auditor, 'missing=H3a&stage=generalPractice&limit=200');
    const withEcg = await listed(auditor, 'missing=H1&stage=generalPractice&limit=200');
    const only = items.filter(({ id }) => !withEcg.some((other) => other.id === id));
    assert.ok(only.length > 0);
    for (const { missing } of only) assert.deepEqual(missing, ['H3a', 'H6']);
    assert.deepEqual(await listed(auditor, 'missing=H3a&stage=painClinic'), []);
  });

  it('leaves out what is closed, unless it is asked for', async () => {
    assert.deepEqual(await listed(auditor, 'q=lukket'), []);
    const closed = await listed(auditor, 'stage=closed');
    assert.deepEqual(
      closed.map(({ patient, unit, nextMove, dueAt, overdue }) => [patient.name, unit, nextMove, dueAt, overdue]),
      [['Lukket Test', null, null, null, false]],
    );
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
      assert.deepEqual(
        items,
        all.filter(({ id }) => items.some((item) => item.id === id)),
        'in the same order',
      );
    }
    assert.ok(sum > all.length, 'a unit that had a pathway still sees it');
    for (const { unit, nextMove, id } of all)
      for (const code of [unit, nextMove])
        assert.ok(
          (await listed({ role: 'secretary', unit: code! })).some((item) => item.id === id),
          `${code} sees what lies on its desk`,
        );
  });

  it('shows the CVI a referral that was sent and not yet received', async () => {
    const { id } = await walkTo(server, 'referral.sent');
    const found = (await listed(cvi)).find((item) => item.id === id)!;
    assert.deepEqual([found.state, found.unit, found.nextMove], ['referral.sent', gp.unit, cvi.unit]);
  });

  it('calls a pathway overdue from the very instant of its deadline', async () => {
    const { id, dueAt } = await walkTo(server, 'referral.sent');
    const late = async () => [
      (await listed(gp, 'overdue=true&limit=200')).some((item) => item.id === id),
      (await listed(gp, 'overdue=false&limit=200')).some((item) => item.id === id),
      (await listed(gp)).find((item) => item.id === id)!.overdue,
    ];
    server.clock.set(new Date(justBefore(dueAt!)));
    assert.deepEqual(await late(), [false, true, false]);
    server.clock.set(dueAt!);
    assert.deepEqual(await late(), [true, false, true]);
  });

  it('comes page by page without gap or duplicate, however long a page is', async () => {
    const all = await listed(auditor);
    for (const limit of [1, 2, 7, all.length - 1, all.length, all.length + 1, 200]) {
      const pages = await paged<WorkItem>(`/v1/pathways?limit=${limit}`, auditor);
      assert.deepEqual(pages.flat(), all, `limit ${limit}`);
      assert.ok(
        pages.slice(0, -1).every(({ length }) => length === limit) &&
          pages.at(-1)!.length <= limit &&
          pages.at(-1)!.length > 0,
      );
    }
    assert.deepEqual(
      (await paged<WorkItem>('/v1/pathways?limit=3&planningArea=nord', auditor)).flat(),
      all.filter(({ planningArea }) => planningArea === 'nord'),
    );
  });

  it('comes page by page with everything that stays as it is, each once, while others come, move and go', async () => {
    const before_ = await listed(auditor);
    const touched = new Set<string>();
    const pages = await paged<WorkItem>('/v1/pathways?limit=3', auditor, async (page) => {
      later(1);
      const draft = before_.filter(
        ({ stage, id, planningArea }) => stage === 'generalPractice' && planningArea === 'midt' && !touched.has(id),
      )[0];
      if (draft && page % 2 === 0) {
        touched.add(draft.id);
        await server.sent(draft.id, gp, { type: 'referral.updated', facts: completeFacts });
        await server.sent(
          draft.id,
          gp,
          page % 4 === 0
            ? { type: 'referral.submitted' }
            : { type: 'pathway.closed', reason: 'declined', text: 'Nej tak' },
        );
      } else
        touched.add(
          (
            await walkTo(server, page % 3 === 0 ? 'generalPractice' : 'referral.atCvi', {
              patient: { name: 'Nyt Test', birthDate: '1980-01-02' },
            })
          ).id,
        );
    });
    const seen = pages.flat().map(({ id }) => id);
    assert.ok(touched.size > 5);
    const unchanged = before_.map(({ id }) => id).filter((id) => !touched.has(id));
    assert.deepEqual(
      seen.filter((id) => !touched.has(id)),
      unchanged,
    );
  });

  it('says of each pathway what the pathway says itself, and what follows from it', async () => {
    for (const item of await listed(auditor)) {
      const { body: view } = await server.get(`/v1/pathways/${item.id}`, auditor);
      const { items: log } = (await server.get(`/v1/pathways/${item.id}/transitions?limit=200`, auditor)).body as {
        items: { to: { stage: string }; occurredAt: string }[];
      };
      const deadline = (view.deadlines as { clock: string; dueAt: string; pausedSince: string | null }[]).find(
        ({ dueAt, pausedSince }) => dueAt === view.dueAt && pausedSince === null,
      );
      const { state, missing: _missing, daysInStage: _days, daysLeft: _left, tasks, ...said } = item;
      const event = nextSteps[state]!;
      assert.deepEqual(said, {
        id: view.id,
        version: view.version,
        patient: view.patient,
        stage: view.stage,
        unit: view.unit,
        nextMove: view.nextMove,
        planningArea: view.planningArea,
        stageSince: log[log.findLastIndex(({ to }) => to.stage !== item.stage) + 1]!.occurredAt,
        dueAt: view.dueAt,
        overdue: view.dueAt !== null && view.dueAt <= server.clock.now().toISOString(),
        dueClock: deadline
          ? { clock: deadline.clock, label: clocks[deadline.clock.split(':')[0] as keyof typeof clocks].label }
          : null,
        responsible: { unit: view.unit, label: units.find(({ code }) => code === view.unit)!.name },
        assignee: null,
        next: { event, label: said.next!.label, unit: view.nextMove, roles: rolesOf(event) },
      });
      assert.deepEqual(tasks, [], 'nothing stands on the list of an auditor');
    }
  });

  it('counts the days in Denmark to the last day in time: 0 on that day, -1 from the midnight after it', async () => {
    const { id, dueAt } = await walkTo(server, 'referral.sent');
    const left = async (at: Date) => {
      server.clock.set(at);
      return (await listed(gp)).find((item) => item.id === id)!.daysLeft;
    };
    const due = Date.parse(dueAt!);
    const back = server.clock.now();
    assert.deepEqual(
      [
        await left(new Date(due - 24 * hour - 1)),
        await left(new Date(due - 24 * hour)),
        await left(new Date(due - 1)),
        await left(new Date(due)),
        await left(new Date(due + 24 * hour)),
      ],
      [1, 0, 0, -1, -2],
    );
    server.clock.set(back);
  });

  it('finds a name by the beginnings of its words, as it is written: punctuation only separates words, and case does not count', async () => {
    const finds = {
      ær: ['Ærø Ågesen'],
      'ÆRØ å': ['Ærø Ågesen'],
      'ågesen ærø': ['Ærø Ågesen'],
      ae: [],
      "o't": ["Nina O'Test"],
      'nina test': ["Nina O'Test"],
      '"citat"': ['Citat "Test"'],
      '100%': ['Per 100% Test'],
      per_1: ['Per 100% Test'],
      under_s: ['Under_Streg'],
      streg: ['Under_Streg'],
      'skrå\\t': ['Skrå\\Test'],
      'anders  te': ['Anders Test'],
      ' te anders ': ['Anders Test'],
      nders: [],
      'anders & !test': ['Anders Test'],
      'a:* | b': [],
    };
    for (const [q, expected] of Object.entries(finds))
      assert.deepEqual(
        (await listed(auditor, `q=${encodeURIComponent(q)}`)).map(({ patient }) => patient.name),
        expected,
        q,
      );
    for (const q of ['%', '_ _', '&', "'"]) {
      const { status, body } = await server.get(`/v1/pathways?q=${encodeURIComponent(q)}`, gp);
      assert.deepEqual(
        [status, body.errors],
        [400, [{ pointer: '/q', message: 'has no word to look for: write the beginning of a name' }]],
        q,
      );
    }
  });

  it('refuses a filter that it does not know, or a value that no filter has', async () => {
    const wrong = [
      'stage=lukket',
      'unit=gp',
      'desk=1',
      'nextMove=x',
      'planningArea=jylland',
      'overdue=1',
      'overdue=',
      'missing=H9',
      'task=nothing',
      'clock=receipts',
      'clock=delivery:14.1',
      'assignee=',
      'dueBefore=2026-03-02',
      'dueBefore=i+morgen',
      'limit=0',
      'limit=201',
      'limit=x',
      'cursor=x',
      'cursor=WyJ4Il0',
      'q=',
      `q=${'a'.repeat(101)}`,
      'responsible=GP_MIDT',
      'stage=referral&stage=visitation',
    ];
    for (const query of wrong) {
      const { status, body } = await server.get(`/v1/pathways?${query}`, gp);
      assert.deepEqual([status, body.type], [400, '/problems/invalid'], query);
      assert.ok(
        (body.errors as { message: string }[]).every(({ message }) => message.length > 5),
        query,
      );
    }
    for (const path of ['/v1/pathways/counts', '/v1/pathways.csv'])
      for (const query of ['limit=5', 'cursor=x', 'overdue=1', 'x=1'])
        assert.equal((await server.get(`${path}?${query}`, gp)).status, 400, `${path} ${query}`);
  });

  it('goes on without its tasks for what cannot be read, and for nobody else', async () => {
    const [{ id: broken }, { id: whole }] = [
      await walkTo(server, 'referral.sent', { patient: { name: 'Vera Kvas', birthDate: '1970-05-05' } }),
      await walkTo(server, 'referral.sent', { patient: { name: 'Viggo Kvas', birthDate: '1970-05-05' } }),
    ];
    for (const harm of ['{}', '', 'no JSON', '{"value":"closed"}']) {
      await server.source.query('update pathway set snapshot = $2 where id = $1', [broken, harm]);
      const items = await listed(gp, 'q=kvas');
      assert.deepEqual(
        items.map(({ id, tasks, next }) => [id, tasks, next?.event]).sort(),
        [
          [broken, null, 'referral.received'],
          [whole, [], 'referral.received'],
        ].sort(),
        harm,
      );
      assert.equal((await sheet(gp, 'q=kvas')).rows.length, 3);
    }
    await server.source.query('update pathway set machine_version = 99 where id = $1', [whole]);
    assert.equal((await listed(gp, 'q=viggo'))[0]!.tasks, null);
    await server.source
      .query('delete from movement where pathway_id = any($1)', [[broken, whole]])
      .catch(() => undefined);
    await server.source.query(
      `update pathway set stage = 'closed', unit = null, next_move = null, desks = '{}', tasks = '{}', due_at = null where id = any($1)`,
      [[broken, whole]],
    );
  });
});

describe('a filter', () => {
  type Row = {
    id: string;
    units: string[];
    desks: string[];
    tasks: string[];
    unit: string | null;
    next_move: string | null;
    stage: string;
    due_at: Date | null;
    due_clock: string | null;
    planning_area: string;
    missing: string[];
    assignee: string | null;
    name: string;
    stage_since: Date;
  };
  type Filter = Partial<{
    stage: string;
    unit: string;
    desk: string;
    nextMove: string;
    planningArea: string;
    overdue: boolean;
    missing: string;
    task: string;
    assignee: string;
    dueBefore: string;
    clock: string;
    q: string;
  }>;
  const people = ['a.jensen', 'b.hansen'];
  let rows: Row[];
  beforeAll(async () => {
    const areas = ['midt', 'nord', 'byen', 'syd'] as const;
    const states = [
      'generalPractice',
      'referral.sent',
      'referral.atCvi',
      'visitation.assessing',
      'painClinic.waiting',
      'painClinic.treatment',
      'controlPhase.followUp',
      'dischargedToGp',
    ];
    for (let index = 0; index < 24; index++) {
      const { id, unit } = await walkTo(server, states[index % 8]!, {
        area: areas[index % 4]!,
        patient: { name: `Filter ${['Ærlig', 'Bo', 'Åse'][index % 3]} Nr${index}`, birthDate: '1968-07-05' },
      });
      if (index % 3 !== 0)
        await server.source.query('update pathway set assignee = $2 where id = $1', [id, people[index % 2]]);
      // What the machine puts there is another test's question: here somebody has it.
      if (index % 4 === 1)
        await server.source.query(
          'update pathway set desks = desks || $2, units = units || $2, tasks = $3 where id = $1',
          [
            id,
            index % 8 === 1 ? ['TSC_HEH'] : [],
            [`${unit} deadlineMissed`, 'deadlineMissed', ...(index % 8 === 1 ? ['TSC_HEH newPain', 'newPain'] : [])],
          ],
        );
      later(7);
    }
    for (let index = 0; index < 3; index++) {
      const { id } = await opened(server, { patient: { name: `Filter Lukket ${index}`, birthDate: '1970-05-05' } });
      await server.sent(id, gp, { type: 'pathway.closed', reason: 'declined', text: 'Nej tak' });
      if (index === 0)
        await server.source.query(
          `update pathway set desks = '{GP_MIDT}', tasks = '{GP_MIDT messageFailed,messageFailed}' where id = $1`,
          [id],
        );
    }
    rows = (await server.source.query(
      'select p.*, t.name from pathway p join patient t on t.id = p.patient_id',
    )) as Row[];
  });

  const readers: User[] = [
    auditor,
    { ...system, sub: people[0]! },
    { role: 'gp', unit: 'GP_MIDT', sub: people[0]! },
    { role: 'cvi', unit: 'CVI_MIDT' },
    { role: 'secretary', unit: 'TSC_HEH', sub: people[1]! },
    { role: 'physician', unit: 'SK_HVH', sub: people[1]! },
    { role: 'gp', unit: 'GP_SYD' },
  ];
  const subOf = ({ role, unit, sub = `${String(role)}.${unit}` }: User) => sub;
  const wordsOf = (text: string) => text.toLowerCase().match(/[\p{L}\p{N}]+/gu) ?? [];
  /** As the words of the contract say it, one row at a time. */
  function fits(row: Row, filter: Filter, reader: User, now: Date): boolean {
    const { stage, unit, desk, nextMove, planningArea, overdue, missing, task, assignee, dueBefore, clock, q } = filter;
    const all = ['auditor', 'system'].includes(String(reader.role));
    const due = row.due_at ?? new Date('9999-01-01');
    return (
      (all || row.units.includes(reader.unit)) &&
      (stage ? row.stage === stage : row.stage !== 'closed' || (desk ?? task) !== undefined) &&
      (!unit || row.unit === unit) &&
      (!nextMove || row.next_move === nextMove) &&
      (!desk || row.desks.includes(desk)) &&
      (!task || row.tasks.includes(desk ? `${desk} ${task}` : task)) &&
      (!planningArea || row.planning_area === planningArea) &&
      (overdue === undefined || due <= now === overdue) &&
      (!missing || row.missing.includes(missing)) &&
      (!assignee ||
        (assignee === 'none'
          ? row.assignee === null
          : row.assignee === (assignee === 'me' ? subOf(reader) : assignee))) &&
      (!dueBefore || due < new Date(dueBefore)) &&
      (!clock || row.due_clock?.split(':')[0] === clock) &&
      (!q || wordsOf(q).every((word) => wordsOf(row.name).some((own) => own.startsWith(word))))
    );
  }
  const place = ({ due_at: due, stage_since: since, id }: Row) =>
    [due?.toISOString() ?? '9999', since.toISOString(), id].join(' ');
  const codes = units.map(({ code }) => code);
  const anything: fc.Arbitrary<Filter> = fc.record(
    {
      stage: fc.constantFrom<string>(...stageNames),
      unit: fc.constantFrom(...codes),
      desk: fc.constantFrom(...codes),
      nextMove: fc.constantFrom(...codes),
      planningArea: fc.constantFrom<string>(...planningAreas),
      overdue: fc.boolean(),
      missing: fc.constantFrom<string>(...contentItems),
      task: fc.constantFrom<string>(...taskNames),
      assignee: fc.constantFrom('me', 'none', ...people, 'unit TSC_HEH'),
      dueBefore: fc
        .integer({ min: -30, max: 90 })
        .map((days) => new Date(server.clock.now().getTime() + days * 24 * hour).toISOString()),
      clock: fc.constantFrom(...Object.keys(clocks)),
      q: fc.constantFrom('filter', 'ærl', 'Åse NR1', 'å b'),
    },
    { requiredKeys: [] },
  );
  /** Of a row that there is, so that something is found. */
  const fitting = (): fc.Arbitrary<Filter> =>
    fc
      .tuple(
        fc.constantFrom(...rows),
        fc.subarray(
          [
            'stage',
            'unit',
            'desk',
            'nextMove',
            'planningArea',
            'overdue',
            'missing',
            'task',
            'assignee',
            'dueBefore',
            'clock',
            'q',
          ] as const,
          { maxLength: 4 },
        ),
      )
      .map(([row, chosen]) => {
        const whole: Filter = {
          stage: row.stage,
          planningArea: row.planning_area,
          overdue: row.due_at !== null && row.due_at <= server.clock.now(),
          assignee: row.assignee ?? 'none',
          q: row.name.slice(0, 9),
          ...(row.unit ? { unit: row.unit, desk: row.unit } : {}),
          ...(row.next_move ? { nextMove: row.next_move } : {}),
          ...(row.missing[0] ? { missing: row.missing[0] } : {}),
          ...(row.tasks.find((task) => !task.includes(' '))
            ? { task: row.tasks.find((task) => !task.includes(' '))! }
            : {}),
          ...(row.due_at
            ? { dueBefore: new Date(row.due_at.getTime() + 1).toISOString(), clock: row.due_clock!.split(':')[0]! }
            : {}),
        };
        return Object.fromEntries(Object.entries(whole).filter(([key]) => (chosen as readonly string[]).includes(key)));
      });
  const written = (filter: Filter) =>
    new URLSearchParams(
      Object.fromEntries(Object.entries(filter).map(([key, value]) => [key, String(value)])),
    ).toString();

  it('leaves the same in the list, in its numbers and in its sheet, for whoever reads it', async () => {
    let found = 0;
    await fc.assert(
      fc.asyncProperty(
        fc.oneof(anything, { weight: 4, arbitrary: fitting() }),
        fc.constantFrom(...readers),
        fc.integer({ min: 1, max: 30 }),
        async (filter, reader, limit) => {
          const now = server.clock.now();
          const expected = rows
            .filter((row) => fits(row, filter, reader, now))
            .sort((a, b) => (place(a) < place(b) ? -1 : 1));
          const pages = await paged<WorkItem>(`/v1/pathways?limit=${limit}&${written(filter)}`, reader);
          assert.deepEqual(
            pages.flat().map(({ id }) => id),
            expected.map(({ id }) => id),
          );
          const { total, overdue, unassigned, byStage } = await counted(reader, written(filter));
          assert.deepEqual(
            { total, overdue, unassigned },
            {
              total: expected.length,
              overdue: expected.filter(({ due_at: due }) => due !== null && due <= now).length,
              unassigned: expected.filter(({ assignee }) => assignee === null).length,
            },
          );
          assert.deepEqual(
            byStage,
            stageNames
              .filter((stage) => expected.some((row) => row.stage === stage))
              .map((stage) => ({
                stage,
                label: stages[stage],
                count: expected.filter((row) => row.stage === stage).length,
              })),
          );
          assert.equal(
            byStage.reduce((sum, { count }) => sum + count, 0),
            total,
          );
          assert.deepEqual(
            (await sheet(reader, written(filter))).rows.slice(1).map(([id]) => id),
            expected.map(({ id }) => id),
          );
          found += expected.length;
        },
      ),
      { numRuns: 150 },
    );
    assert.ok(found > 200, `the filters leave something: ${found}`);
  });

  it('of a deadline is exact: dueBefore leaves out the instant itself, overdue takes it in', async () => {
    const row = rows.find(({ due_at: due, stage }) => due !== null && stage === 'referral')!;
    const [at, back] = [row.due_at!.toISOString(), server.clock.now()];
    const has = async (query: string) => (await listed(auditor, `limit=200&${query}`)).some(({ id }) => id === row.id);
    server.clock.set(at);
    assert.deepEqual(
      [
        await has(`dueBefore=${at}`),
        await has(`dueBefore=${new Date(row.due_at!.getTime() + 1).toISOString()}`),
        await has('overdue=true'),
      ],
      [false, true, true],
    );
    server.clock.set(back);
  });
});

describe('a task', () => {
  it('stands in the item for the unit on whose list it is, with what takes it off, and is found by its name, there and anywhere', async () => {
    const { id, dueAt } = await walkTo(server, 'visitation.assessing', {
      patient: { name: 'Opgave Test', birthDate: '1970-05-05' },
    });
    const triager = centre('triager');
    server.clock.set(new Date(Date.parse(dueAt!) + 1));
    await server.sent(id, system, { type: 'deadline.passed', clock: 'decision' });
    const [item] = await listed(triager, 'q=opgave');
    assert.deepEqual(
      item!.tasks!.map(({ unit, what, about, ways }) => [unit, what, about, ways.includes('triage.decided')]),
      [[triager.unit, 'deadlineMissed', 'decision', true]],
    );
    assert.deepEqual((await listed(gp, 'q=opgave'))[0]!.tasks, [], 'not on the list of the practice');
    for (const query of [`desk=${triager.unit}&task=deadlineMissed`, 'task=deadlineMissed'])
      assert.deepEqual(
        (await listed(triager, `q=opgave&${query}`)).map((one) => one.id),
        [id],
        query,
      );
    assert.deepEqual(await listed(triager, 'q=opgave&desk=GP_MIDT&task=deadlineMissed'), []);
    assert.deepEqual(await listed(triager, 'q=opgave&task=newPain'), []);
  });
});

describe('the sheet of a worklist', () => {
  beforeAll(async () => {
    for (const name of ['=SUM(A1)', '+Plus; "Citat"', '@hjemme', '-Minus', 'Ark Ærø'])
      await opened(server, { area: 'syd', patient: { name, birthDate: '1970-05-05' } });
  });
  const reader = staffOf('syd').gp;

  it('is a file in UTF-8 with a BOM and semicolons, its header in Danish unless English is asked for', async () => {
    for (const [accepted, language, first, file] of [
      [undefined, 'da', ['Forløb', 'Navn', 'Fødselsdato'], 'arbejdsliste.csv'],
      ['da-DK', 'da', ['Forløb', 'Navn', 'Fødselsdato'], 'arbejdsliste.csv'],
      ['fr', 'da', ['Forløb', 'Navn', 'Fødselsdato'], 'arbejdsliste.csv'],
      ['en-GB,da;q=0.5', 'en', ['Pathway', 'Name', 'Birth date'], 'worklist.csv'],
    ] as const) {
      const headers = {
        authorization: `Bearer ${await server.token(reader)}`,
        ...(accepted ? { 'accept-language': accepted } : {}),
      };
      const response = await fetch(`${server.url}/v1/pathways.csv`, { headers });
      const bytes = Buffer.from(await response.arrayBuffer());
      assert.deepEqual(
        [
          response.status,
          response.headers.get('content-type'),
          response.headers.get('content-language'),
          response.headers.get('content-disposition'),
        ],
        [200, 'text/csv; charset=utf-8; header=present', language, `attachment; filename="${file}"`],
      );
      assert.deepEqual([...bytes.subarray(0, 3)], [0xef, 0xbb, 0xbf]);
      assert.deepEqual(bytes.toString('utf8').slice(1).split('\r\n')[0]!.split(';').slice(0, 3), first);
    }
  });

  it('has no cell that a spreadsheet works out, and each comes back as it was', async () => {
    const {
      rows: [, ...lines],
    } = await sheet(reader, 'stage=generalPractice');
    const names = lines.map((cells) => cells[1]!);
    for (const name of ["'=SUM(A1)", '\'+Plus; "Citat"', "'@hjemme", "'-Minus", 'Ark Ærø'])
      assert.ok(names.includes(name), name);
    for (const cell of lines.flat()) assert.doesNotMatch(cell, /^[=+\-@\t\r]/);
    assert.ok(lines.every((cells) => cells.length === 19));
  });

  it('is written down as a look-up at everybody in it', async () => {
    const {
      reply,
      rows: [, ...lines],
    } = await sheet(reader, 'stage=generalPractice&q=ark');
    const [row] = (await server.source.query(`select leaf, payload from access where payload like '%' || $1 || '%'`, [
      reply.headers.get('x-request-id'),
    ])) as [{ leaf: string; payload: string }];
    const { action, pathways, outcome, criterion } = readAccess(row);
    assert.deepEqual(
      { action, pathways, outcome, criterion },
      {
        action: 'worklistFile',
        pathways: lines.map(([id]) => id),
        outcome: 'answered',
        criterion: { stage: 'generalPractice', q: 'ark' },
      },
    );
    assert.equal(lines.length, 1);
  });
});

describe('who sees to a pathway', () => {
  const triager: User = { ...centre('triager'), sub: 'a.jensen' };
  let id: string;
  beforeAll(async () => {
    ({ id } = await walkTo(server, 'visitation.assessing', {
      patient: { name: 'Tildelt Test', birthDate: '1970-05-05' },
    }));
  });
  const accesses = async (requestId: string | null) =>
    (
      (await server.source.query(`select leaf, payload from access where payload like '%' || $1 || '%'`, [
        requestId,
      ])) as { leaf: string; payload: string }[]
    )
      .map(readAccess)
      .map(({ action, outcome, pathways, criterion }) => ({ action, outcome, pathways, criterion }));
  const assigneeOf = async () => (await listed(triager, 'q=tildelt'))[0]!.assignee;

  it('is said by a clinician or a secretary of the unit that holds it: a colleague, oneself, or nobody; with one entry in the log of accesses, and no new version', async () => {
    const {
      body: { version },
    } = await server.get(`/v1/pathways/${id}`, triager);
    for (const [user, asked, assignee] of [
      [triager, 'me', 'a.jensen'],
      [centre('secretary'), 'b.hansen', 'b.hansen'],
      [centre('nurse'), null, null],
      [triager, ' c.berg ', 'c.berg'],
    ] as const) {
      const reply = await assign(id, user, asked);
      assert.deepEqual(
        [reply.status, reply.body],
        [
          200,
          {
            assignee,
            unit: triager.unit,
            assignedBy: user.sub ?? `${String(user.role)}.${user.unit}`,
            assignedAt: server.clock.now().toISOString(),
          },
        ],
      );
      assert.equal(await assigneeOf(), assignee);
      assert.deepEqual(await accesses(reply.headers.get('x-request-id')), [
        { action: 'assignment', outcome: 'answered', pathways: [id], criterion: { assignee, unit: triager.unit } },
      ]);
    }
    assert.equal((await server.get(`/v1/pathways/${id}`, triager)).body.version, version);
    assert.deepEqual(
      (await listed({ ...triager, sub: 'c.berg' }, 'assignee=me')).map((item) => item.id),
      [id],
    );
    assert.ok(!(await listed(triager, 'assignee=none&limit=200')).some((item) => item.id === id));
  });

  it('is remembered, the newest first, page by page', async () => {
    const { items } = (await server.get(`/v1/pathways/${id}/assignments`, gp)).body as {
      items: { assignee: string | null; unit: string; assignedBy: string }[];
    };
    assert.deepEqual(items.map(({ assignee }) => assignee).sort(), [null, 'a.jensen', 'b.hansen', 'c.berg'].sort());
    assert.deepEqual((await paged<object>(`/v1/pathways/${id}/assignments?limit=1`, auditor)).flat(), items);
    for (const query of ['limit=0', 'limit=201', 'cursor=x', 'x=1'])
      assert.equal((await server.get(`/v1/pathways/${id}/assignments?${query}`, gp)).status, 400, query);
    assert.equal((await server.get(`/v1/pathways/${id}/assignments`, staffOf('syd').gp)).status, 404);
    await assert.rejects(server.source.query('delete from assignment'), /only grows/);
  });

  it('is refused: to strangers, from another desk, in another role, for no colleague', async () => {
    for (const [user, asked, status, type] of [
      [staffOf('syd').gp, 'me', 404, 'not-found'],
      [gp, 'me', 403, 'not-allowed'],
      [cvi, 'me', 403, 'not-allowed'],
      [auditor, 'me', 403, 'not-allowed'],
      [system, 'me', 403, 'not-allowed'],
      [{ role: 'manager', unit: triager.unit }, 'me', 403, 'not-allowed'],
      [{ role: 'admin', unit: triager.unit }, null, 403, 'not-allowed'],
      [triager, '', 400, 'invalid'],
      [triager, 'none', 400, 'invalid'],
      [triager, 7, 400, 'invalid'],
      [triager, undefined, 400, 'invalid'],
      [triager, 'x'.repeat(201), 400, 'invalid'],
      [triager, '120375-9995', 400, 'invalid'],
    ] as const) {
      const { status: answered, body, headers } = await assign(id, user as User, asked);
      assert.deepEqual([answered, body.type], [status, `/problems/${type}`], JSON.stringify(body));
      if (status === 403) assert.ok(body.roles.includes('secretary') && !body.roles.includes('manager'));
      if (status !== 400)
        assert.deepEqual(
          (await accesses(headers.get('x-request-id'))).map(({ action, outcome, pathways }) => [
            action,
            outcome,
            pathways,
          ]),
          [['assignment', type, [id]]],
        );
    }
    assert.equal(
      (
        await server.raw('PUT', `/v1/pathways/${id}/assignee`, {
          user: triager,
          body: '{"assignee":null,"unit":"TSC_RH"}',
        })
      ).status,
      400,
    );
    assert.equal((await assign('0198c0de-0000-7000-8000-00000000dead', triager, 'me')).status, 404);
    assert.equal((await server.get(`/v1/pathways/${id}`, gp)).status, 200, 'whoever is told that he may not, sees it');
    assert.equal(await assigneeOf(), 'c.berg');
  });

  it('lapses when the pathway leaves the unit, stays while it does not, and is no question once it is closed', async () => {
    await server.sent(id, triager, { type: 'information.requested', items: ['H3a'] });
    assert.equal(await assigneeOf(), 'c.berg', 'the centre still holds it');
    await server.sent(id, triager, {
      type: 'triage.decided',
      decision: 'painClinic',
      target: 'SK_HIH',
      patientInformedBy: 'unit',
    });
    assert.equal(await assigneeOf(), null);
    assert.equal((await assign(id, triager, 'me')).status, 403, 'the clinic holds it now');
    assert.equal((await assign(id, clinic('physician'), 'me')).status, 200);
    await server.sent(id, clinic('physician'), { type: 'patient.died', date: '2026-03-01' });
    const { status, body } = await assign(id, clinic('physician'), 'me');
    assert.deepEqual(
      [status, body.type, body.stage, body.possible],
      [409, '/problems/event-not-possible', 'closed', []],
    );
    assert.deepEqual(
      (await listed(auditor, 'stage=closed&q=tildelt')).map(({ assignee, next, responsible }) => [
        assignee,
        next,
        responsible,
      ]),
      [[null, null, null]],
    );
  });

  it('is refused when the pathway has left the unit between the look and the word', async () => {
    const { id: moving } = await walkTo(server, 'visitation.assessing', {
      patient: { name: 'Flyttet Test', birthDate: '1970-05-05' },
    });
    await server.source.query(
      `create function leave() returns trigger language plpgsql as $$ begin if new.assignee is distinct from old.assignee then return null; end if; return new; end $$`,
    );
    await server.source.query('create trigger leave before update on pathway for each row execute function leave()');
    const reply = await assign(moving, triager, 'me');
    await server.source.query('drop trigger leave on pathway');
    assert.deepEqual([reply.status, reply.body.type], [409, '/problems/event-not-possible']);
    assert.deepEqual(
      [
        (await server.get(`/v1/pathways/${moving}/assignments`, triager)).body.items,
        (await accesses(reply.headers.get('x-request-id'))).map(({ outcome }) => outcome),
      ],
      [[], ['event-not-possible']],
    );
  });

  it('is not said where it cannot be written down', async () => {
    const { id: unlogged } = await walkTo(server, 'visitation.assessing', {
      patient: { name: 'Uskreven Test', birthDate: '1970-05-05' },
    });
    await server.source.query('revoke insert on access from smertevejen_serving');
    const reply = await assign(unlogged, triager, 'me');
    await server.source.query('grant insert on access to smertevejen_serving');
    assert.deepEqual([reply.status, reply.body.type], [503, '/problems/busy']);
    assert.equal((await listed(triager, 'q=uskreven'))[0]!.assignee, null);
  });

  it("is a practice's own affair, too, and a referral office's", async () => {
    const { id: draft } = await opened(server);
    assert.equal((await assign(draft, practice('gpStaff'), 'me')).status, 200);
    const { id: atCvi } = await walkTo(server, 'referral.atCvi');
    assert.equal((await assign(atCvi, cvi, 'me')).status, 200);
  });
});
