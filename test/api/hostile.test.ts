/**
 * What arrives from outside is refused with the field and the remedy, repeats nothing of what was sent, changes nothing, and leaves no trace of a
 * patient in the log. Every request here carries things that must not come back.
 */
import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, it } from '@jest/globals';
import fc from 'fast-check';
import { pino } from 'pino';
import { demoIssuer } from '../../demo/issuer.js';
import { checkAll } from '../../src/pathways/check.js';
import { completeFacts, staffOf, startWith, walkTo } from '../support/referral.js';
import type { Reply, TestServer, User } from '../support/server.js';

const now = '2026-03-02T08:00:00.000Z';
const { gp, clinic } = staffOf('midt');

// ---- what must never come back, nor stand in the log

const name = 'Kanarie Fuglsang';
const cpr = '050768-9996';
const said = 'kun mellem lægen og patienten';
const secrets = [name, 'Kanarie', cpr, cpr.replace('-', ''), said];

const lines: string[] = [];
const logger = pino(
  { level: 'trace', base: null },
  {
    write: (line: string) => {
      lines.push(line);
    },
  },
);
const keys = mkdtempSync(join(tmpdir(), 'smertevejen-keys-'));

let server: TestServer;
/** A pathway in general practice, and one in each state that a dated event needs. */
let id: string;
let inTreatment: { id: string; version: number };
let inControl: { id: string; version: number };
beforeAll(async () => {
  server = await startWith({ issuer: await demoIssuer(keys), logger, now });
  const patient = { name, cpr };
  const opening = await server.open({ patient, planningArea: 'midt' }, gp);
  assert.equal(opening.status, 201, JSON.stringify(opening.body));
  id = opening.body.id as string;
  inTreatment = await walkTo(server, 'painClinic.treatment', { patient: { name, birthDate: '1968-07-05' } });
  inControl = await walkTo(server, 'controlPhase.followUp', { patient: { name, birthDate: '1968-07-05' } });
});
afterAll(async () => {
  await server.stop();
  rmSync(keys, { recursive: true, force: true });
});

type Stock = Record<string, number>;
async function stock(): Promise<Stock> {
  const tables = ['transition', 'pathway', 'patient', 'message', 'idempotency', 'referral_version', 'movement'];
  const [row] = (await server.source.query(
    `select ${tables.map((table) => `(select count(*)::int from ${table}) as ${table}`).join(', ')}, (select sum(version)::int from pathway) as versions`,
  )) as [Stock];
  return row;
}
let stockBefore: Stock;
beforeEach(async () => {
  stockBefore = await stock();
});
/** Whatever came, nothing has changed and the next one is served. */
async function nothingHappened(): Promise<void> {
  assert.deepEqual(await stock(), stockBefore, 'something was written');
  assert.equal((await server.raw('GET', '/health/ready')).status, 200);
  assert.equal((await server.get(`/v1/pathways/${id}`, gp)).status, 200);
  assert.equal(({} as { polluted?: unknown }).polluted, undefined);
}

/** A refusal: a problem with a sentence, for a field with its pointer, and nothing of the request or of the server's insides in it. */
function refused({ status, headers, body }: Reply, expected: number | readonly number[] = 400, what = ''): void {
  const told = `${what} → ${status} ${JSON.stringify(body)}`;
  assert.ok([expected].flat().includes(status), told);
  assert.match(headers.get('content-type') ?? '', /^application\/problem\+json/, told);
  assert.match(body.type, /^\/problems\/[a-z-]+$/, told);
  assert.equal(body.status, status, told);
  assert.match(body.detail, /^[A-Z0-9].{15,}[.:]/s, told);
  if (body.type === '/problems/invalid') {
    assert.ok(body.errors.length > 0, told);
    for (const { pointer, message } of body.errors as { pointer: string; message: string }[]) {
      assert.match(pointer, /^(\/[^/]+)*$/, told);
      assert.match(message, /^\S+ \S+ .*\S/s, told);
    }
  }
  const text = JSON.stringify(body);
  for (const secret of secrets) assert.ok(!text.includes(secret), `it comes back: ${told}`);
  assert.doesNotMatch(
    text,
    /\b(select|insert|update) |node_modules|\.[jt]s:\d|postgres|ZodError|at Object|syntax error/i,
    told,
  );
}

// ---- the endpoints that write

const event = (type: string, payload: Record<string, unknown> = {}) => ({ type, ...payload });
const [overrides, acknowledged] = [[{ rule: 'B1', reason: `${said}, og det haster` }], [{ rule: 'H3a', reason: said }]];
/** Events that between them have every kind of field. */
const rich = {
  'referral.updated': event('referral.updated', {
    facts: { ...completeFacts, content: { ...completeFacts.content, history: said } },
    occurredAt: now,
  }),
  'followUp.recorded': event('followUp.recorded', { text: said, nextAt: '2026-04-01', overrides, acknowledged }),
  'newPain.identified': event('newPain.identified', {
    text: said,
    urgent: true,
    mechanism: 'mixed',
    contact: { who: 'gp', at: now },
  }),
  'letter.signed': event('letter.signed', {
    forwardPlan: said,
    followUpRecommended: true,
    followUpText: said,
    handover: [{ drugClass: 'analgesic', gpPrescribesFrom: '2026-03-05', suppliedUntil: '2026-03-20', plan: said }],
  }),
  'letter.drafted': event('letter.drafted', { sections: { anamnese: said } }),
  'appointment.moved': event('appointment.moved', {
    at: '2026-03-20T09:00:00Z',
    by: 'patient',
    reason: said,
    appointment: 3,
  }),
  'team.planned': event('team.planned', { disciplines: ['psykolog'], goals: ['physical'] }),
  'deadline.passed': event('deadline.passed', { clock: 'newPain:7' }),
};
type Endpoint = { path: () => string; user: User; headers: () => Record<string, string>; bodies: object[] };
const endpoints: Record<string, Endpoint> = {
  'POST /v1/pathways': {
    path: () => '/v1/pathways',
    user: gp,
    headers: () => ({ 'idempotency-key': randomUUID() }),
    bodies: [
      { patient: { cpr: '241182-9995', birthDate: '1982-11-24', name }, planningArea: 'midt', ownGp: 'GP_MIDT' },
    ],
  },
  'POST /v1/pathways/:id/events': {
    path: () => `/v1/pathways/${id}/events`,
    user: gp,
    headers: () => ({ 'idempotency-key': randomUUID(), 'if-match': '"1"' }),
    bodies: Object.values(rich),
  },
  'POST /v1/pathways/:id/events?dryRun=true': {
    path: () => `/v1/pathways/${id}/events?dryRun=true`,
    user: gp,
    headers: () => ({ 'if-match': '"1"' }),
    bodies: [rich['followUp.recorded']],
  },
  'POST /v1/patient-searches': { path: () => '/v1/patient-searches', user: gp, headers: () => ({}), bodies: [{ cpr }] },
};
const posted = (
  { path, user, headers }: Endpoint,
  body: string | Buffer | undefined,
  more: Record<string, string> = {},
): Promise<Reply> =>
  server.raw('POST', path(), { user, ...(body === undefined ? {} : { body }), headers: { ...headers(), ...more } });

// ---- ways to spoil a body

type Path = (string | number)[];
function* leaves(value: unknown, path: Path = []): Generator<{ path: Path; value: unknown }> {
  if (typeof value !== 'object' || value === null) yield { path, value };
  else
    for (const [key, inner] of Object.entries(value))
      yield* leaves(inner, [...path, Array.isArray(value) ? Number(key) : key]);
}
function* objects(value: unknown, path: Path = []): Generator<Path> {
  if (typeof value !== 'object' || value === null) return;
  if (!Array.isArray(value)) yield path;
  for (const [key, inner] of Object.entries(value))
    yield* objects(inner, [...path, Array.isArray(value) ? Number(key) : key]);
}
/** The body's text with the value at a path written as `raw`, whatever that is. */
function withRaw(body: object, [first, ...rest]: Path, raw: string): string {
  const entries = Object.entries(body).map(
    ([key, value]) =>
      [
        key,
        key === String(first) ? (rest.length === 0 ? raw : withRaw(value as object, rest, raw)) : JSON.stringify(value),
      ] as const,
  );
  return Array.isArray(body)
    ? `[${entries.map(([, value]) => value).join(',')}]`
    : `{${entries.map(([key, value]) => `${JSON.stringify(key)}:${value}`).join(',')}}`;
}
/** The body's text with `member` put first into the object at a path. */
function withMember(body: object, path: Path, member: string): string {
  const inner = path.reduce<unknown>((value, key) => (value as Record<string, unknown>)[key], body) as object;
  const written = JSON.stringify(inner);
  const grown = `{${member}${written === '{}' ? '' : ','}${written.slice(1)}`;
  return path.length === 0 ? grown : withRaw(body, path, grown);
}
const firstMember = (body: object, path: Path): [key: string, value: unknown] =>
  Object.entries(path.reduce<unknown>((value, key) => (value as Record<string, unknown>)[key], body) as object)[0]!;
const escapedKey = (key: string) => `"\\u${key.charCodeAt(0).toString(16).padStart(4, '0')}${key.slice(1)}"`;

/** Two bytes that UTF-8 does not have, within a text of the body. */
function withBytes(text: string): Buffer {
  const at = [name, said, '9996'].map((secret) => text.indexOf(secret)).find((index) => index >= 0)!;
  return Buffer.concat([Buffer.from(text.slice(0, at)), Buffer.from([0xff, 0xfe]), Buffer.from(text.slice(at))]);
}
const wholeBodies = (body: object): Record<string, string | Buffer> => {
  const text = JSON.stringify(body);
  return {
    'no JSON': `{${name}`,
    'half of it': text.slice(0, text.length / 2),
    'all but the last brace': text.slice(0, -1),
    'more than one': `${text}${text}`,
    'a comment in it': text.replace('{', '{/* */'),
    'single quotes': text.replaceAll('"', "'"),
    nothing: '',
    'a blank': ' ',
    null: 'null',
    'an array': `[${text}]`,
    'an empty array': '[]',
    'a text': JSON.stringify(name),
    'a number': '7',
    true: 'true',
    NaN: 'NaN',
    'arrays in arrays': `{"facts":${'['.repeat(20_000)}${']'.repeat(20_000)}}`,
    'objects in objects': `${'{"facts":'.repeat(20_000)}1${'}'.repeat(20_000)}`,
    'objects in objects by number': `${'{"1":'.repeat(20_000)}1${'}'.repeat(20_000)}`,
    'unclosed arrays': '['.repeat(100_000),
    'very many values': `{"facts":[${'0,'.repeat(100_000)}0]}`,
    'very many fields': `{${Array.from({ length: 15_000 }, (_, index) => `"f${index}":0`).join(',')}}`,
    'bytes that are no UTF-8': withBytes(text),
    'UTF-16': Buffer.from(text, 'utf16le'),
    'a NUL before it': `\0${text}`,
  };
};

describe('a request that is not what it should be', () => {
  afterEach(nothingHappened);

  for (const [endpoint, to] of Object.entries(endpoints)) {
    const { bodies } = to;
    it(`is refused as a whole when its body is no JSON object: ${endpoint}`, async () => {
      for (const [what, body] of Object.entries(wholeBodies(bodies[0]!))) refused(await posted(to, body), 400, what);
      refused(await posted(to, undefined), [400, 415], 'no body');
      refused(await posted(to, JSON.stringify({ ...bodies[0], text: 'x'.repeat(1_000_000) })), 413, 'a megabyte');
    });

    it(`is refused in any other format, and compressed: ${endpoint}`, async () => {
      const text = JSON.stringify(bodies[0]);
      for (const type of [
        'text/plain',
        'application/x-www-form-urlencoded',
        'multipart/form-data; boundary=x',
        'application/xml',
        'application/json5',
        '',
        'text/html; application/json',
      ])
        refused(await posted(to, text, { 'content-type': type }), 415, type);
      refused(await posted(to, text, { 'content-encoding': 'gzip' }), 415, 'gzip');
    });

    it(`is refused when a field stands twice, is of a prototype, or is not known: ${endpoint}`, async () => {
      for (const body of bodies) {
        for (const path of objects(body)) {
          const [key, value] = firstMember(body, path);
          const strange = [
            `${JSON.stringify(key)}:${JSON.stringify(value)}`,
            `${escapedKey(key)}:"${name}"`,
            '"__proto__":{"polluted":1}',
            '"constructor":{"prototype":{"polluted":1}}',
            '"constructor":"x"',
            '"prototype":1',
            '"\\u005f_proto__":null',
            `"${cpr}":1`,
            `"${name}":{"a":"${said}"}`,
            '"\\ud800":1',
            '"a\\u0000":1',
            '"toString":1',
            '"":1',
            ...(path.at(-1) === 'sections'
              ? []
              : [
                  '"version":9',
                  '"unit":"TSC_HEH"',
                  '"sent":{"at":"2026-03-02T08:00:00.000Z","seq":2,"by":{"unit":"GP_MIDT","role":"gp"}}',
                  '"recordedAt":"2020-01-01T00:00:00Z"',
                ]),
          ];
          for (const member of strange)
            refused(await posted(to, withMember(body, path, member)), 400, `${member} in ${path.join('.')}`);
        }
      }
    });

    it(`is refused when a text of it holds NUL or half a character: ${endpoint}`, async () => {
      for (const body of bodies) {
        for (const { path, value } of leaves(body)) {
          if (typeof value !== 'string') continue;
          for (const bad of [`"${name}\\u0000"`, `"${said}\\ud800"`, '"\\udc00\\ud800"'])
            refused(await posted(to, withRaw(body, path, bad)), 400, `${bad} at ${path.join('.')}`);
        }
      }
    });

    it(`is refused when a value is of another kind than its field: ${endpoint}`, async () => {
      for (const body of bodies) {
        for (const { path, value } of leaves(body)) {
          const wrong =
            typeof value === 'number'
              ? ['1e400', '-1e400', '-0', '0', '-1', '1.5', '9007199254740993', `"${String(value)}"`, 'true']
              : typeof value === 'boolean'
                ? ['"true"', '1', '"false"', '0']
                : ['5', 'true', '1e400'];
          for (const raw of [
            ...wrong,
            ...(path[0] === 'facts' ? [] : ['null']),
            '[]',
            '[[]]',
            `{"${name}":1}`,
            `["${cpr}"]`,
          ]) {
            if (path.at(-1) === 'medicationsTried') continue;
            refused(await posted(to, withRaw(body, path, raw)), 400, `${raw} at ${path.join('.')}`);
          }
        }
      }
    });
  }

  it('is refused when it asks for a type that no event has', async () => {
    for (const type of [
      'xstate.init',
      'xstate.stop',
      'xstate.done.state.pathway',
      'xstate.after.1000.x',
      'xstate.error.actor.x',
      'pathway.opened',
      '*',
      '',
      ' ',
      'toString',
      '__proto__',
      'constructor',
      'hasOwnProperty',
      'referral.updated ',
      'REFERRAL.UPDATED',
      'referral',
      `referral.updated\u0000`,
      name,
    ]) {
      const reply = await server.send(
        id,
        gp,
        { type, patient: { identified: true }, planningArea: 'midt', ownGp: 'GP_MIDT' },
        { version: 1 },
      );
      refused(reply, 400, type);
      assert.equal(reply.body.errors[0].pointer, '/type', type);
    }
    for (const type of [null, 5, ['referral.updated'], { type: 'referral.updated' }, true])
      refused(
        await posted(endpoints['POST /v1/pathways/:id/events']!, JSON.stringify({ type, text: said })),
        400,
        JSON.stringify(type),
      );
  });
});

describe('a date that cannot be', () => {
  afterEach(nothingHappened);
  const nowhere = {
    '31 February': '2026-02-31',
    'a day of no leap year': '2025-02-29',
    'the 13th month': '2026-13-01',
    'year 0': '0000-01-01',
    'year 1': '0001-01-01',
    'year 9999': '9999-12-31',
    'a year of five digits': '20026-03-02',
    'another order': '02-03-2026',
    'a word': 'yesterday',
  };
  const impossible = (kind: 'day' | 'time'): [string, string][] =>
    (Object.entries(nowhere) as [string, string][])
      .map(([what, value]): [string, string] => [what, kind === 'day' ? value : `${value}T10:00:00Z`])
      .concat(
        kind === 'time'
          ? [
              ['no offset', '2026-03-02T08:00:00'],
              ["24 o'clock", '2026-03-01T24:00:00Z'],
              ['a leap second', '2016-12-31T23:59:60Z'],
              ['a year that only its offset makes one too many', '2199-12-31T23:59:59-12:00'],
              ['a number', '1772438400000'],
              ['a day', '2026-03-02'],
            ]
          : [['a time', '2026-03-02T08:00:00Z']],
      );
  const tomorrow = (kind: 'day' | 'time') => (kind === 'day' ? '2026-03-03' : '2026-03-03T08:00:00Z');
  const beforeBirth = (kind: 'day' | 'time') => (kind === 'day' ? '1968-07-04' : '1968-07-04T08:00:00Z');

  type Dated = [
    pointer: string,
    kind: 'day' | 'time',
    on: () => { id: string; version: number },
    by: User,
    make: (date: string) => { type: string } & Record<string, unknown>,
  ];
  const treated = () => inTreatment;
  /** What has happened: neither in the future nor before the patient was born. */
  const happened: Dated[] = [
    [
      '/occurredAt',
      'time',
      () => ({ id, version: 1 }),
      gp,
      (occurredAt) => ({ type: 'followUp.recorded', text: said, occurredAt }),
    ],
    ['/at', 'time', treated, clinic('nurse'), (at) => ({ type: 'visit.attended', at, walkInReason: said })],
    ['/at', 'time', () => inControl, clinic('nurse'), (at) => ({ type: 'control.held', at, text: said })],
    ['/at', 'time', () => inControl, clinic('physician'), (at) => ({ type: 'medicationRecord.confirmed', at })],
    [
      '/informationLetterSentAt',
      'time',
      treated,
      clinic('secretary'),
      (at) => ({ type: 'appointment.booked', at: '2026-03-09T08:00:00Z', place: said, informationLetterSentAt: at }),
    ],
    [
      '/contact/at',
      'time',
      treated,
      clinic('physician'),
      (at) => ({ type: 'newPain.identified', text: said, urgent: true, contact: { who: 'gp', at } }),
    ],
    [
      '/contact/at',
      'time',
      treated,
      clinic('physician'),
      (at) => ({ type: 'newPain.identified', text: said, urgent: false, contact: { who: 'onCall', at } }),
    ],
    ['/date', 'day', treated, clinic('physician'), (date) => ({ type: 'patient.died', date })],
    [
      '/facts/onset',
      'day',
      () => ({ id, version: 1 }),
      gp,
      (onset) => ({ type: 'referral.updated', facts: { onset } }),
    ],
  ];
  for (const [pointer, kind, on, by, make] of happened) {
    it(`is refused with its field: ${make('').type} ${pointer}`, async () => {
      for (const [what, date] of [
        ...impossible(kind),
        ['tomorrow', tomorrow(kind)],
        ['the day before the birth', beforeBirth(kind)],
      ] as const) {
        if (pointer === '/facts/onset' && what === 'a time') continue;
        const { id: pathway, version } = on();
        const reply = await server.send(pathway, by, make(date), { version });
        refused(reply, 400, what);
        assert.deepEqual(
          reply.body.errors.map((error: { pointer: string }) => error.pointer),
          [pointer],
          what,
        );
      }
    });
  }

  /** What is to come may lie ahead, but not at the end of time: a clock is set by it. */
  const planned: Dated[] = [
    ['/at', 'time', treated, clinic('secretary'), (at) => ({ type: 'appointment.booked', at, place: said })],
    ['/nextAt', 'day', () => ({ id, version: 1 }), gp, (nextAt) => ({ type: 'followUp.recorded', text: said, nextAt })],
    ['/until', 'day', treated, clinic('physician'), (until) => ({ type: 'treatment.paused', reason: said, until })],
    [
      '/handover/0',
      'day',
      () => inControl,
      clinic('physician'),
      (gpPrescribesFrom) => ({
        type: 'letter.signed',
        forwardPlan: said,
        followUpRecommended: true,
        handover: [{ drugClass: 'analgesic', plan: said, gpPrescribesFrom }],
      }),
    ],
  ];
  for (const [pointer, kind, on, by, make] of planned) {
    it(`is refused with its field: ${make('').type} ${pointer}`, async () => {
      for (const [what, date] of impossible(kind)) {
        const { id: pathway, version } = on();
        const reply = await server.send(pathway, by, make(date), { version });
        refused(reply, 400, what);
        assert.ok(
          reply.body.errors.length === 1 && (reply.body.errors[0].pointer as string).startsWith(pointer),
          `${what} ${JSON.stringify(reply.body.errors)}`,
        );
      }
    });
  }

  it('is refused as a birth date, or in a CPR number', async () => {
    for (const [what, birthDate] of [...impossible('day'), ['tomorrow', '2026-03-03']] as const) {
      const reply = await server.open({ patient: { name, birthDate }, planningArea: 'midt' }, gp);
      refused(reply, 400, what);
      assert.equal(reply.body.errors[0].pointer, '/patient/birthDate');
    }
    for (const number of [
      '310268-9996',
      '000068-9996',
      '320168-9996',
      '290201-9996',
      '050768-999',
      '050768 9996',
      '0507689996x',
      '050768-99961',
      `${cpr}\n`,
      ' 050768-9996',
      '０５０７６８-9996',
      '310268-1AB2',
    ]) {
      refused(await server.open({ patient: { name, cpr: number }, planningArea: 'midt' }, gp), 400, number);
      refused(await server.post('/v1/patient-searches', gp, { cpr: number }), 400, number);
    }
  });
});

describe('a far date that a client may send', () => {
  it('leaves the pathway readable: no clock runs out of the calendar', async () => {
    const { id: pathway } = await walkTo(server, 'painClinic.waiting', { patient: { name, birthDate: '1968-07-05' } });
    const [secretary, far] = [clinic('secretary'), '2199-12-31T22:59:59Z'];
    await server.sent(pathway, secretary, { type: 'appointment.booked', at: far, place: 'Stue 1' });
    await server.sent(pathway, secretary, {
      type: 'appointment.moved',
      at: '2199-12-31T23:30:00Z',
      by: 'patient',
      reason: 'Ønsker en senere tid',
    });
    await server.sent(pathway, secretary, { type: 'appointment.cancelled', by: 'patient', reason: 'Rejser' });
    await server.sent(pathway, secretary, { type: 'appointment.booked', at: far, place: 'Stue 1' });
    const { status, body } = await server.get(`/v1/pathways/${pathway}`, secretary);
    assert.equal(status, 200, JSON.stringify(body));
  });
});

describe('an address with a CPR number in it', () => {
  afterEach(nothingHappened);
  const digits = cpr.replace('-', '');
  const percent = (text: string) => [...text].map((character) => `%${character.charCodeAt(0).toString(16)}`).join('');
  const twice = (text: string) => percent(text).replaceAll('%', '%25');
  const disguises = {
    'as it is': cpr,
    'without its hyphen': digits,
    'its hyphen encoded': cpr.replace('-', '%2D'),
    'its hyphen encoded in small letters': cpr.replace('-', '%2d'),
    'with a blank': cpr.replace('-', '%20'),
    'with a plus': cpr.replace('-', '+'),
    'every character encoded': percent(cpr),
    'every digit encoded': percent(digits),
    'encoded twice': twice(cpr),
    'encoded three times': twice(cpr).replaceAll('%25', '%2525'),
    'half of it encoded': `050768${percent('-9996')}`,
    'a replacement number': '050768-1AB2',
    'a replacement number encoded': percent('0507681AB2'),
  };
  const places = {
    'the path': (text: string) => `/v1/pathways/${text}`,
    'a path that is none': (text: string) => `/patients/${text}/x`,
    'the search': (text: string) => `/v1/pathways?q=${text}`,
    'a name of a parameter': (text: string) => `/v1/units?${text}=1`,
    'the documentation': (text: string) => `/docs?x=${text}`,
    'the health check': (text: string) => `/health/live?${text}`,
    'a path that cannot be decoded': (text: string) => `/%zz/${text}`,
    'an empty path': (text: string) => `/?cpr=${text}`,
    'a cursor': (text: string) => `/v1/pathways/${id}/transitions?cursor=${text}`,
  };
  for (const [where, address] of Object.entries(places)) {
    it(`is refused, whatever it is disguised as: ${where}`, async () => {
      for (const [how, text] of Object.entries(disguises)) {
        for (const method of ['GET', 'POST', 'DELETE']) {
          const reply = await server.raw(method, address(text), { user: gp });
          refused(reply, 400, `${method} ${how}`);
          assert.equal(reply.body.errors[0].pointer, '/url');
          assert.ok(!JSON.stringify(reply.body).includes('9996'));
        }
      }
    });
  }
  it('is told from ids, hashes and cursors, which are numbers of another kind', async () => {
    for (const address of [
      `/v1/pathways/01050768-9996-7000-8000-050768999600`,
      '/v1/pathways/00000000-0000-7000-8000-0507689996ab',
    ])
      assert.equal((await server.get(address, gp)).status, 404, address);
  });
});

describe('an id, a version or a key that is none', () => {
  afterEach(nothingHappened);
  const of = (pathway: string) => [
    `/v1/pathways/${pathway}`,
    `/v1/pathways/${pathway}/actions`,
    `/v1/pathways/${pathway}/transitions`,
    `/v1/pathways/${pathway}/referrals/1`,
  ];

  it('is refused: an id that is no UUID', async () => {
    for (const bad of [
      '1',
      'x',
      'null',
      'undefined',
      '%00',
      'a%00b',
      '..%2f..',
      '%F0%9F%98%80',
      `${id}x`,
      id.slice(1),
      id.replaceAll('-', ''),
      `{${id}}`,
      "1' or '1'='1",
      'a'.repeat(199),
      '9'.repeat(20),
    ]) {
      for (const address of of(bad)) refused(await server.get(address, gp), [400, 404], address);
      refused(
        await server.post(`/v1/pathways/${bad}/events`, gp, rich['followUp.recorded'], {
          'if-match': '"1"',
          'idempotency-key': randomUUID(),
        }),
        [400, 404],
        bad,
      );
    }
    refused(await server.get(`/v1/pathways/${'a'.repeat(5_000)}`, gp), 400);
    for (const version of ['0', '-1', 'x', '1.5', '9'.repeat(30), '1%00', 'NaN', '%20'])
      refused(await server.get(`/v1/pathways/${inTreatment.id}/referrals/${version}`, gp), 400, version);
  });

  it("is not found, in the same words, whether a pathway does not exist or is another unit's", async () => {
    const stranger: User = { role: 'gp', unit: 'GP_SYD' };
    const answers = await Promise.all(
      [id, randomUUID()].flatMap((pathway) => [
        ...of(pathway).map((address) => server.get(address, stranger)),
        server.send(pathway, stranger, rich['followUp.recorded'], { version: 1 }),
        server.send(pathway, stranger, rich['followUp.recorded'], { version: 99 }),
        server.send(pathway, stranger, rich['followUp.recorded'], { version: 1, dryRun: true }),
      ]),
    );
    for (const answer of answers) refused(answer, 404);
    const words = new Set(answers.map(({ body: { requestId: _, ...rest } }) => JSON.stringify(rest)));
    assert.equal(words.size, 1);
  });

  it('is refused: an If-Match that is no version', async () => {
    for (const bad of [
      'W/"1"',
      '*',
      '"1","2"',
      '"1", "1"',
      '""',
      '"',
      '"1',
      '1"',
      '"x"',
      '"-1"',
      '"1.0"',
      '"1e0"',
      '"0x1"',
      '"99999999999999999999"',
      '"1"x',
      `"${'1'.repeat(5_000)}"`,
      'null',
      "'1'",
    ]) {
      const reply = await server.send(id, gp, rich['followUp.recorded'], { version: bad });
      refused(reply, 400, bad);
      assert.equal(reply.body.errors[0].pointer, '/headers/if-match');
    }
    refused(await server.send(id, gp, rich['followUp.recorded'], { version: null }), 428);
    refused(await server.send(id, gp, rich['followUp.recorded'], { version: '' }), 428);
    for (const other of ['"0"', '"2"', '"999999999"'])
      refused(await server.send(id, gp, rich['followUp.recorded'], { version: other }), 412, other);
  });

  it('is refused: an Idempotency-Key that is no UUID', async () => {
    for (const bad of [
      '',
      ' ',
      '1',
      'x'.repeat(10_000),
      '\u00e6\u00f8\u00e5',
      `${randomUUID()},${randomUUID()}`,
      randomUUID().slice(1),
      `{${randomUUID()}}`,
      "'; drop table transition; --",
      '00000000-0000-0000-0000-00000000000g',
    ]) {
      for (const reply of [
        await server.send(id, gp, rich['followUp.recorded'], { version: 1, key: bad }),
        await server.open({ patient: { name, cpr: '241182-9995' }, planningArea: 'midt' }, gp, bad),
      ]) {
        refused(reply, 400, bad);
        assert.equal(reply.body.errors[0].pointer, '/headers/idempotency-key');
      }
    }
  });
});

describe('a query that is not known', () => {
  afterEach(nothingHappened);

  it('is refused by every operation: what is ignored would be taken for obeyed', async () => {
    const { paths } = (await server.raw('GET', '/v1/openapi.json')).body as {
      paths: Record<string, Record<string, unknown>>;
    };
    const operations = Object.entries(paths).flatMap(([path, methods]) =>
      Object.keys(methods).map((method) => ({ method: method.toUpperCase(), path })),
    );
    assert.ok(operations.length >= 14);
    for (const { method, path } of operations) {
      const address = path.replace('{id}', id).replace('{version}', '1');
      for (const query of [
        'nonsense=1',
        `${encodeURIComponent(name)}=1`,
        '__proto__=1',
        '__proto__[polluted]=1',
        'constructor=1',
        'toString=1',
        ...(path.endsWith('/events') ? [] : ['dryRun=true']),
      ]) {
        const reply = await server.raw(method, `${address}?${query}`, {
          user: gp,
          ...(method === 'POST'
            ? {
                body: JSON.stringify(
                  path.endsWith('/events')
                    ? rich['followUp.recorded']
                    : path.endsWith('pathways')
                      ? { patient: { name, cpr: '241182-9995' }, planningArea: 'midt' }
                      : { cpr },
                ),
                headers: { 'idempotency-key': randomUUID(), 'if-match': '"1"' },
              }
            : {}),
        });
        refused(reply, 400, `${method} ${address}?${query}`);
      }
    }
  });

  it('is refused with the parameter that is wrong', async () => {
    const cursor = (...parts: unknown[]) => Buffer.from(JSON.stringify(parts)).toString('base64url');
    const bad: Record<string, string[]> = {
      cursor: [
        'x',
        'a'.repeat(301),
        'a'.repeat(9_000),
        '%00',
        '%7B%7D',
        'null',
        cursor('x', now, id),
        cursor(now, now),
        cursor(now, 'x', id),
        cursor(now, now, 'x'),
        cursor('infinity', 'infinity', id),
        cursor('-infinity', now, id),
        cursor('0001-01-01T00:00:00Z', now, id),
        cursor('9999-12-31T00:00:00Z', now, id),
        cursor(now, now, id, id),
        cursor(null, null, null),
        cursor('now', now, id),
        cursor('\0', now, id),
        cursor(name, now, id),
      ],
      limit: ['0', '-1', '201', '1.5', 'x', '1e9', 'Infinity', '%00', '', '1&limit=2'],
      stage: ['nowhere', '', 'closed&stage=closed', 'toString'],
      unit: ['x', 'GP_MIDT&unit=GP_SYD', "GP_MIDT';--", '%00'],
      planningArea: ['x', ''],
      overdue: ['yes', '1', 'TRUE', ''],
      missing: ['H9', 'x', ''],
      q: ['', '%20', '%00', 'x'.repeat(101), 'a&q=b'],
    };
    for (const [parameter, values] of Object.entries(bad)) {
      for (const value of values) {
        const reply = await server.get(`/v1/pathways?${parameter}=${value}`, gp);
        refused(reply, 400, `${parameter}=${value}`);
        assert.equal(reply.body.errors[0].pointer, `/${parameter}`);
      }
    }
    for (const value of [
      'x',
      '-1',
      '1.x',
      '1.5',
      '9'.repeat(10),
      '9'.repeat(4_000),
      '1%00',
      `1.${id}x`,
      `.${id}`,
      '%27',
    ])
      refused(await server.get(`/v1/pathways/${id}/transitions?cursor=${value}`, gp), 400, value);
    for (const address of [
      '/v1/routes',
      '/v1/routes?planningArea=x',
      '/v1/routes?planningArea=nord&at=2026-02-31',
      '/v1/routes?planningArea=nord&at=9999-12-31',
      '/v1/advice-line?unit=tsc_rh',
      '/v1/advice-line?unit=TSC_RH&at=yesterday',
      '/v1/advice-line?unit=TSC_RH&at=2026-03-02',
      '/v1/overview/stages?asOf=2026-02-31T00:00:00Z',
      '/v1/overview/stages?knownAt=2027-01-01T00:00:00Z',
      '/v1/overview/stages?by=name',
      '/v1/overview/stages?unit=%25',
    ])
      refused(await server.get(address, gp), 400, address);
  });

  it('is searched for as it stands: quotes, percent signs and SQL are no more than what stands between the words of a name', async () => {
    for (const q of ["'", "';drop table pathway;--", '%', '_', '\\', '$1', '%_%', '"', '\u{1F600}', '\u202e']) {
      const reply = await server.get(`/v1/pathways?q=${encodeURIComponent(q)}`, gp);
      if (/[\p{L}\p{N}]/u.test(q)) assert.deepEqual([reply.status, reply.body.items], [200, []], q);
      else assert.deepEqual([reply.status, reply.body.errors?.[0].pointer], [400, '/q'], q);
    }
  });
});

describe('a request that is no HTTP', () => {
  afterEach(nothingHappened);
  const spoken = (text: string): Promise<string> =>
    new Promise((resolve) => {
      let heard = '';
      const socket = connect(Number(new URL(server.url).port), '127.0.0.1', () => socket.write(text));
      socket
        .on('data', (data) => {
          heard += String(data);
        })
        .on('close', () => resolve(heard))
        .on('error', () => resolve(heard));
      socket.setTimeout(3_000, () => socket.destroy());
    });

  it('is refused as a problem, too', async () => {
    const requests: Record<string, [text: string, status: number]> = {
      nonsense: [`${name} / HTTP/1.1\r\n\r\n`, 400],
      'two lengths': [
        'POST /v1/pathways HTTP/1.1\r\nHost: x\r\nContent-Length: 4\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n',
        400,
      ],
      'a header without end': [
        `GET /v1/units HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer ${'a'.repeat(100_000)}\r\n\r\n`,
        431,
      ],
      'an address that cannot be read': ['GET /%zz HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n', 400],
    };
    for (const [what, [text, status]] of Object.entries(requests)) {
      const heard = await spoken(text);
      assert.match(heard, new RegExp(`^HTTP/1.1 ${status} `), what);
      assert.match(heard, /content-type: application\/problem\+json/i, what);
      const body = JSON.parse(heard.slice(heard.indexOf('\r\n\r\n') + 4)) as {
        status: number;
        type: string;
        detail: string;
      };
      assert.deepEqual(
        [body.status, /^\/problems\//.test(body.type), body.detail.length > 10],
        [status, true, true],
        what,
      );
      assert.ok(!heard.includes(name), what);
    }
  });

  it('is refused in a method that an address does not have', async () => {
    for (const method of ['PUT', 'PATCH', 'DELETE'])
      refused(await server.raw(method, `/v1/pathways/${id}`, { user: gp, body: '{}' }), 404, method);
    refused(await server.raw('POST', `/v1/pathways/${id}`, { user: gp, body: '{}' }), 404);
    refused(
      await server.raw('PUT', `/v1/pathways/${id}/events`, {
        user: gp,
        body: '{}',
        headers: { 'x-http-method-override': 'POST' },
      }),
      404,
    );
  });
});

// ---- and everything else that a machine can think of

const anything = fc.oneof(
  { weight: 3, arbitrary: fc.jsonValue({ maxDepth: 4 }) },
  fc.string({ unit: 'binary' }),
  fc.constantFrom<unknown>(
    '2026-02-31',
    '9999-12-31T00:00:00Z',
    '\ud800',
    '\0',
    1e308,
    -0,
    Number.MAX_SAFE_INTEGER,
    '',
    [],
    {},
    null,
    'GP_MIDT',
    'TSC_RH',
    'toString',
    [null],
    [[[]]],
  ),
);
/** A valid event with one value replaced, removed, or put somewhere new. */
const mutated = fc
  .record({
    of: fc.constantFrom(...Object.values(rich)),
    at: fc.nat(),
    how: fc.constantFrom('replace', 'remove', 'add'),
    key: fc.oneof(
      fc.string({ maxLength: 12 }),
      fc.constantFrom('__proto__', 'constructor', 'facts', 'overrides', 'occurredAt', 'text', 'sections'),
    ),
    value: anything,
  })
  .map(({ of, at, how, key, value }) => {
    const copy = structuredClone(of) as Record<string, unknown>;
    const places = [...leaves(copy)]
      .map(({ path }) => path)
      .concat([...objects(copy)].filter((path) => path.length > 0));
    const path = places[at % places.length]!;
    const holder = path
      .slice(0, -1)
      .reduce<Record<string, unknown>>((inner, step) => inner[step] as Record<string, unknown>, copy);
    if (how === 'remove') delete holder[path.at(-1)!];
    else if (how === 'add')
      Object.defineProperty(holder, key, { value, enumerable: true, configurable: true, writable: true });
    else holder[path.at(-1)!] = value;
    return copy;
  });

describe('whatever comes', () => {
  const runs = { numRuns: 250, endOnFailure: true };

  it('an event is taken or refused, never a fault, and counts as one transition or as none', async () => {
    let pathway = await walkTo(server, 'generalPractice');
    let taken = 0;
    await fc.assert(
      fc.asyncProperty(
        fc.oneof({ weight: 4, arbitrary: mutated }, { weight: 1, arbitrary: anything }),
        async (body) => {
          if (pathway.stage !== 'generalPractice') pathway = await walkTo(server, 'generalPractice');
          const reply = await server.post(`/v1/pathways/${pathway.id}/events`, gp, body, {
            'if-match': `"${pathway.version}"`,
            'idempotency-key': randomUUID(),
          });
          if (reply.status === 200) taken += 1;
          else refusedAnyhow(reply);
          const { body: found } = await server.get(`/v1/pathways/${pathway.id}`, gp);
          assert.equal(found.version, pathway.version + (reply.status === 200 ? 1 : 0));
          pathway = found;
        },
      ),
      runs,
    );
    assert.ok(taken > 5, 'some of them are good');
  });

  it('a patient is opened or refused, and found or not, never a fault', async () => {
    const patient = fc.record({ cpr: anything, birthDate: anything, name: anything }, { requiredKeys: [] });
    await fc.assert(
      fc.asyncProperty(
        fc.oneof(
          anything,
          fc.record(
            {
              patient: fc.oneof(patient, anything),
              planningArea: fc.oneof(fc.constant('midt'), anything),
              ownGp: anything,
            },
            { requiredKeys: ['patient'] },
          ),
        ),
        async (body) => {
          for (const [path, status] of [
            ['/v1/pathways', 201],
            ['/v1/patient-searches', 200],
          ] as const) {
            const reply = await server.post(path, gp, body, { 'idempotency-key': randomUUID() });
            if (reply.status !== status) refusedAnyhow(reply);
          }
        },
      ),
      runs,
    );
  });

  it('a query and a cursor are read or refused, never a fault', async () => {
    const parameter = fc.constantFrom(
      'cursor',
      'limit',
      'q',
      'stage',
      'unit',
      'overdue',
      'missing',
      'refused',
      'at',
      'x',
    );
    const value = fc.oneof(
      fc.string({ unit: 'binary' }),
      fc.jsonValue().map((json) => Buffer.from(JSON.stringify(json)).toString('base64url')),
      fc.constantFrom('1', 'true', 'infinity', now),
    );
    await fc.assert(
      fc.asyncProperty(fc.array(fc.tuple(parameter, value), { maxLength: 3 }), async (parameters) => {
        const query = parameters
          .map(([key, said_]) => `${key}=${Buffer.from(said_).toString('hex').replaceAll(/../g, '%$&')}`)
          .join('&');
        for (const path of ['/v1/pathways', `/v1/pathways/${id}/transitions`, '/v1/routes', '/v1/advice-line']) {
          const reply = await server.get(`${path}?${query}`, gp);
          if (reply.status !== 200) refusedAnyhow(reply);
        }
      }),
      { ...runs, numRuns: 150 },
    );
  });

  it('and the log still replays to every stored pathway', async () => {
    const { faults, pathways } = await checkAll(server.sql);
    assert.deepEqual(faults, []);
    assert.ok(pathways > 3);
  });
});
function refusedAnyhow(reply: Reply): void {
  assert.ok(reply.status >= 400 && reply.status < 500, `${reply.status} ${JSON.stringify(reply.body)}`);
  assert.match(reply.headers.get('content-type') ?? '', /^application\/problem\+json/);
  assert.match(reply.body.type, /^\/problems\//);
}

describe('the log of the server', () => {
  it('holds a fault by its code and place, and nothing that the request or the database said', async () => {
    const since = lines.length;
    await server.source.query('alter table refusal rename to refusal_away');
    try {
      const reply = await server.send(
        inTreatment.id,
        gp,
        { ...rich['letter.signed'], forwardPlan: said },
        { version: inTreatment.version },
      );
      assert.equal(reply.status, 500);
      assert.ok(
        !secrets.some((secret) => JSON.stringify(reply.body).includes(secret)) &&
          !/refusal|relation|42P01/.test(JSON.stringify(reply.body)),
        JSON.stringify(reply.body),
      );
      assert.ok(
        lines.slice(since).some((line) => line.includes('42P01') && line.includes(reply.body.requestId as string)),
        'the request id leads to the fault',
      );
    } finally {
      await server.source.query('alter table refusal_away rename to refusal');
    }
  });

  it('says what was done by route and number, and names no patient, no text and no token', async () => {
    const tokens = await Promise.all([gp, clinic('physician')].map((user) => server.token(user)));
    assert.ok(lines.filter((line) => line.includes('"answered"')).length > 500, 'the log was listened to');
    assert.ok(lines.some((line) => line.includes('/v1/pathways/:id/events')));
    for (const secret of [...secrets, 'Fuglsang', ...tokens, ...tokens.map((token) => token.split('.')[2]!)]) {
      assert.equal(
        lines.find((line) => line.includes(secret)),
        undefined,
        `${secret.slice(0, 12)} stands in the log`,
      );
    }
  });
});
