/** What is exported says what was logged, however it was written, and nothing in it acts on whoever opens it. */
import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { describe, it } from '@jest/globals';

import fc from 'fast-check';

import { columns, csv, harmless } from '../../src/audit/export/formats/csv.js';
import { isTakenBack, leftOutOf, stateLine, type LoggedEntry } from '../../src/audit/export/formats/entry.js';
import { formats } from '../../src/audit/export/formats/formats.js';
import { manifestOf, verifyManifest, type Described } from '../../src/audit/export/formats/manifest.js';
import { ndjson } from '../../src/audit/export/formats/ndjson.js';
import { counted, gathered, hashed } from '../../src/audit/export/formats/stream.js';
import { eventId, idOf, xes } from '../../src/audit/export/formats/xes.js';
import { canonical } from '../../src/pathways/log.js';
import { checked, named, treeOf, typesOf, valuesOf, type Element } from './xes-check.js';

async function* each<T>(items: Iterable<T>): AsyncGenerator<T> {
  yield* items;
}
async function whole(chunks: AsyncIterable<string>): Promise<string> {
  let text = '';
  for await (const chunk of chunks) text += chunk;
  return text;
}

const nasty = [
  'a,b',
  'a;b',
  '"',
  '""',
  '\n',
  '\r\n',
  '\r',
  "=cmd|' /C calc'!A0",
  '+1',
  '-1',
  '@SUM(1)',
  '\tx',
  ' =1',
  '＝1',
  "'",
  "'=1",
  ']]>',
  '&amp;',
  '&#0;',
  '<!--',
  '-->',
  '<?x?>',
  '</event>',
  '\0',
  '\u0001',
  '\u000b',
  '\u001b[31m',
  '\u007f',
  '\u0085',
  '\u2028',
  '\ufeff',
  '\ufffe',
  '\uffff',
  '👩‍⚕️',
  '𝔸',
  'æøå',
  'e\u0301',
  '\u202egnp.exe',
  '\u2066',
  ' x ',
  '',
  '{"a":1}',
  '__proto__',
];
const broken = ['\ud800', '\udc00', 'a\ud83d', '\ude00b', '\udc00\ud800'];
const whole16 = fc.oneof(
  fc.constantFrom(...nasty),
  fc.array(fc.constantFrom(...nasty), { maxLength: 4 }).map((parts) => parts.join('')),
  fc.string({ unit: 'binary' }),
  fc.string(),
);
const any16 = fc.oneof(
  { weight: 4, arbitrary: whole16 },
  { weight: 1, arbitrary: fc.tuple(whole16, fc.constantFrom(...broken)).map(([a, b]) => a + b) },
);
const instant = fc
  .date({ min: new Date('1900-01-01'), max: new Date('2199-12-31'), noInvalidDate: true })
  .map((date) => date.toISOString());

/** With strings of `text` wherever a string stands that is neither an instant nor the standing; the payload always of whole characters, as the log is. */
function entries(text: fc.Arbitrary<string>): fc.Arbitrary<LoggedEntry> {
  const place = fc.record({
    stage: text,
    unit: fc.option(text),
    state: fc.oneof(text, fc.dictionary(text, fc.oneof(text, fc.dictionary(text, text)))),
  });
  const overrides = fc.array(fc.record({ rule: whole16, reason: whole16 }), { maxLength: 3 });
  return fc.record(
    {
      index: fc.option(fc.nat()),
      pathway: fc.oneof(
        fc.constantFrom('0198c1a0-0000-7000-8000-000000000001', '0198c1a0-0000-7000-8000-000000000002'),
        fc.uuid(),
        text,
      ),
      seq: fc.nat(),
      event: fc.record(
        {
          type: fc.oneof(fc.constantFrom('referral.submitted', 'log.corrected', 'pathway.opened'), whole16),
          text: whole16,
          more: fc.jsonValue(),
          overrides: fc.oneof(overrides, whole16),
        },
        { requiredKeys: ['type'] },
      ) as fc.Arbitrary<LoggedEntry['event']>,
      actor: fc.record({ sub: text, role: text, unit: text }),
      occurredAt: instant,
      recordedAt: instant,
      from: fc.option(place),
      to: place,
      findings: fc.array(
        fc.record({
          rule: text,
          severity: text,
          status: fc.oneof(fc.constantFrom('met', 'unmet', 'unknown'), text),
          value: fc.oneof(text, fc.integer(), fc.boolean(), fc.constant(null)),
        }),
        { maxLength: 3 },
      ),
      machineVersion: fc.nat(),
      ruleSet: text,
      prev: fc.option(text),
      hash: fc.oneof(fc.stringMatching(/^[0-9a-f]{64}$/), text),
      standing: fc.constantFrom('stands', 'voided', 'amended', 'inserted', 'lapsed'),
    },
    { noNullPrototype: true },
  );
}
const some = (text: fc.Arbitrary<string>) => fc.array(entries(text), { maxLength: 12 });
const byPathway = (list: LoggedEntry[]): LoggedEntry[] =>
  [...list].sort((a, b) => (a.pathway < b.pathway ? -1 : a.pathway > b.pathway ? 1 : 0));
const plain: LoggedEntry = {
  index: 41,
  pathway: '0198c1a0-0000-7000-8000-000000000001',
  seq: 3,
  event: {
    type: 'triage.decided',
    decision: 'painCentre',
    overrides: [{ rule: 'H1.age', reason: 'Aftalt med overlægen, se notat; "særligt" forløb.' }],
  },
  actor: { sub: 'dr-1', role: 'triager', unit: 'TSC_SYD' },
  occurredAt: '2026-03-02T08:00:00.000Z',
  recordedAt: '2026-03-02T08:00:01.000Z',
  from: { stage: 'visitation', state: 'visitation.assessing', unit: 'TSC_SYD' },
  to: {
    stage: 'painCentre',
    state: { painCentre: { treatment: { team: 'none', diagnosis: 'missing' } } },
    unit: 'TSC_SYD',
  },
  findings: [
    { rule: 'H1.age', severity: 'block', status: 'unmet', value: 17 },
    { rule: 'H2', severity: 'info', status: 'met', value: null },
    { rule: 'H4', severity: 'warn', status: 'unknown', value: null },
  ],
  machineVersion: 4,
  ruleSet: '2014-09',
  prev: null,
  hash: 'ab'.repeat(32),
  standing: 'stands',
};
const xesOf = async (list: LoggedEntry[]): Promise<string> => whole(xes.write(each(list), await leftOutOf(each(list))));

/** RFC 4180 with a given separator, character by character. */
function cellsOf(text: string, separator: string): string[][] {
  const rows: string[][] = [];
  let row: string[] = [];
  let at = 0;
  while (at < text.length) {
    let cell = '';
    if (text[at] === '"') {
      for (at += 1; text[at] !== '"' || text[at + 1] === '"'; at += 1) {
        assert.ok(at < text.length, 'a quote is not closed');
        if (text[at] === '"') at += 1;
        cell += text[at];
      }
      at += 1;
    } else {
      while (at < text.length && text[at] !== separator && !text.startsWith('\r\n', at)) {
        assert.ok(!'"\r\n'.includes(text[at]!), 'a bare quote or line break');
        cell += text[at];
        at += 1;
      }
    }
    row.push(cell);
    if (text[at] === separator) {
      at += 1;
      continue;
    }
    assert.equal(text.slice(at, at + 2), '\r\n', 'a row ends with CRLF');
    at += 2;
    rows.push(row);
    row = [];
  }
  return rows;
}

describe('NDJSON', () => {
  it('gives each entry back, one a line, in canonical form', async () => {
    await fc.assert(
      fc.asyncProperty(some(whole16), async (list) => {
        const lines = (await whole(ndjson.write(each(list)))).split('\n');
        assert.equal(lines.pop(), '');
        assert.deepEqual(
          lines.map((line) => JSON.parse(line) as unknown),
          JSON.parse(JSON.stringify(list)),
        );
        lines.forEach((line) => assert.equal(canonical(JSON.parse(line)), line));
      }),
    );
  });

  it('refuses half a character, which the log never holds, and names the entry without its text', async () => {
    for (const half of broken) {
      await assert.rejects(whole(ndjson.write(each([{ ...plain, ruleSet: half }]))), {
        message: `entry 3 of ${plain.pathway} has no canonical JSON (half a character, NaN or a circle): read it from the log again`,
      });
      await assert.rejects(whole(csv.write(each([{ ...plain, event: { type: 'x', text: half } }]))), /entry 3 of/);
    }
  });
});

describe('CSV', () => {
  it('is read by RFC 4180 as the cells that were written', async () => {
    await fc.assert(
      fc.asyncProperty(some(any16), async (list) => {
        const text = await whole(csv.write(each(list)));
        assert.equal(text[0], '\ufeff');
        const [header, ...rows] = cellsOf(text.slice(1), ';');
        assert.deepEqual(header, Object.keys(columns));
        const said = (cell: string) => cell.replace(/[\0\p{Surrogate}]/gu, '\ufffd');
        assert.deepEqual(
          rows.map((row) => row.map((cell) => (cell.startsWith("'") ? cell.slice(1) : cell))),
          list.map((entry) => Object.values(columns).map((of) => said(of(entry)))),
        );
        rows.forEach((row, place) =>
          assert.deepEqual(JSON.parse(row.at(-1)!), JSON.parse(JSON.stringify(list[place]!.event))),
        );
      }),
    );
  });

  it('has no cell that a spreadsheet works out, in any column', async () => {
    await fc.assert(
      fc.asyncProperty(some(any16), async (list) => {
        for (const row of cellsOf((await whole(csv.write(each(list)))).slice(1), ';'))
          for (const cell of row) assert.doesNotMatch(cell, /^(?:[\t\r\n]|\s*[=+\-@＝＋－＠])/);
      }),
    );
    assert.deepEqual(
      ['=1', '+1', '-1', '@a', '\tx', '\rx', '\nx', ' =1', '\ufeff=1', "'", 'a=1', 'dr-1', ''].map(harmless),
      ["'=1", "'+1", "'-1", "'@a", "'\tx", "'\rx", "'\nx", "' =1", "'\ufeff=1", "''", 'a=1', 'dr-1', ''],
    );
  });

  it('shows a step as a Danish reader of a sheet needs it', async () => {
    const [header, row] = cellsOf((await whole(csv.write(each([plain])))).slice(1), ';');
    assert.deepEqual(Object.fromEntries(header!.map((name, at) => [name, row![at]])), {
      index: '41',
      pathway: plain.pathway,
      seq: '3',
      event: 'triage.decided',
      label: 'Visitér',
      occurredAt: plain.occurredAt,
      recordedAt: plain.recordedAt,
      fromStage: 'visitation',
      fromState: 'visitation.assessing',
      fromUnit: 'TSC_SYD',
      toStage: 'painCentre',
      toState: 'painCentre.treatment.diagnosis.missing + painCentre.treatment.team.none',
      toUnit: 'TSC_SYD',
      role: 'triager',
      unit: 'TSC_SYD',
      sub: 'dr-1',
      overrides: 'H1.age: Aftalt med overlægen, se notat; "særligt" forløb.',
      unmetRules: 'H1.age: unmet\nH4: unknown',
      standing: 'stands',
      machineVersion: '4',
      ruleSet: '2014-09',
      hash: plain.hash,
      via: '',
      payload: canonical(plain.event),
    });
  });
});

/** What XML 1.0 can hold of a text. */
const inXml = (text: string): string =>
  text.replace(/[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\u{10000}-\u{10ffff}]/gu, '\ufffd');
const expected = (entry: LoggedEntry): Record<string, string> => ({
  'concept:name': inXml(entry.event.type),
  'time:timestamp': entry.occurredAt,
  'lifecycle:transition': 'complete',
  'org:resource': inXml(entry.actor.sub),
  'org:role': inXml(entry.actor.role),
  'org:group': inXml(entry.actor.unit),
  'identity:id': eventId(entry),
  'smertevejen:seq': String(entry.seq),
  'smertevejen:stage': inXml(entry.to.stage),
  'smertevejen:state': inXml(stateLine(entry.to.state)),
  'smertevejen:recordedAt': entry.recordedAt,
  'smertevejen:machineVersion': String(entry.machineVersion),
  'smertevejen:ruleSet': inXml(entry.ruleSet),
  'smertevejen:standing': entry.standing,
  'smertevejen:hash': inXml(entry.hash),
  ...(entry.to.unit === null ? {} : { 'smertevejen:unit': inXml(entry.to.unit) }),
  ...(entry.index === null ? {} : { 'smertevejen:index': String(entry.index) }),
});
/** What the schema cannot say: prefixes are declared, globals are in all they speak of and of their kind, classifiers go by globals. */
function assertCoherent(log: Element): void {
  const prefixes = [...named(log, 'extension').map(({ attributes }) => attributes['prefix']), 'smertevejen'];
  const globals = Object.fromEntries(
    named(log, 'global').map((element) => [element.attributes['scope'], typesOf(element)]),
  );
  const traces = named(log, 'trace');
  for (const [scope, elements] of [
    ['trace', traces],
    ['event', traces.flatMap((trace) => named(trace, 'event'))],
  ] as const) {
    for (const element of elements)
      for (const [key, type] of Object.entries(globals[scope]!))
        assert.equal(typesOf(element)[key], type, `${key} of each ${scope}`);
  }
  for (const element of [log, ...traces, ...traces.flatMap((trace) => named(trace, 'event'))])
    for (const key of Object.keys(valuesOf(element)))
      assert.ok(prefixes.includes(key.split(':')[0]!), `${key} has a known prefix`);
  for (const { attributes } of named(log, 'classifier'))
    for (const key of attributes['keys']!.split(' '))
      assert.ok(key in globals['event']!, `${key} classifies and is global`);
}

describe('XES', () => {
  it('is valid and is read as what was logged, whatever the texts hold', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(some(any16).map(byPathway), { minLength: 10, maxLength: 30, size: 'max' }),
        async (lists) => {
          const { errors, read } = await checked(...(await Promise.all(lists.map(xesOf))));
          assert.deepEqual(
            errors,
            lists.map(() => []),
          );
          assert.deepEqual(
            read.map(treeOf).map((log) => {
              assertCoherent(log);
              return named(log, 'trace').map((trace) => ({
                ...valuesOf(trace),
                events: named(trace, 'event').map(valuesOf),
              }));
            }),
            lists.map((list) => {
              const kept = list.filter(({ standing }) => !isTakenBack(standing));
              return [...new Set(kept.map(({ pathway }) => pathway))].map((pathway) => ({
                'concept:name': inXml(pathway),
                'identity:id': idOf(pathway),
                events: kept.filter((entry) => entry.pathway === pathway).map(expected),
              }));
            }),
          );
        },
      ),
      { numRuns: 6, endOnFailure: true },
    ); // to shrink would take minutes
  });

  it('leaves out what was taken back, and counts it', async () => {
    const standings = ['stands', 'voided', 'inserted', 'lapsed', 'amended', 'voided'] as const;
    const { read } = await checked(
      await xesOf([
        ...standings.map((standing, seq) => ({ ...plain, seq, standing })),
        { ...plain, pathway: `${plain.pathway}x`, standing: 'voided' },
      ]),
    );
    const log = treeOf(read[0]!);
    assert.deepEqual(valuesOf(log), {
      'concept:name': 'smertevejen',
      'lifecycle:model': 'standard',
      'smertevejen:voided': '3',
      'smertevejen:amended': '1',
      'smertevejen:lapsed': '1',
    });
    assert.deepEqual(
      named(log, 'trace').map((trace) => named(trace, 'event').map((event) => valuesOf(event)['smertevejen:seq'])),
      [['0', '2']],
    );
  });

  it('carries nothing of the payload but its type', async () => {
    const text = await xesOf([
      {
        ...plain,
        event: {
          type: 'note.signed',
          text: 'kender-intet-til',
          overrides: [{ rule: 'H1', reason: 'kender-intet-til' }],
        },
        findings: [{ rule: 'H1', severity: 'warn', status: 'unmet', value: 'kender-intet-til' }],
      },
    ]);
    assert.ok(!text.includes('kender-intet-til'));
  });

  it('refuses entries that would give a pathway two traces, and counts that are not those of the entries', async () => {
    const none = { voided: 0, amended: 0, lapsed: 0 };
    const at = (pathway: string): LoggedEntry => ({ ...plain, pathway });
    await assert.rejects(whole(xes.write(each([at('a'), at('b'), at('a')]), none)), /order the entries by pathway/);
    await assert.rejects(
      whole(xes.write(each([plain]), { ...none, lapsed: 1 })),
      /lapsed: 1 entries were announced and 0 came/,
    );
  });

  it('gives an id that is a UUID to everything, and keeps one that is', () => {
    assert.equal(idOf(plain.pathway), plain.pathway);
    assert.match(idOf(plain.hash), /^[0-9a-f]{8}-[0-9a-f]{4}-8[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
    assert.notEqual(idOf('a'), idOf('b'));
    assert.notEqual(eventId(plain), eventId({ ...plain, event: { type: 'log.corrected' } }));
  });

  it('is checked by a schema that sees each kind of mistake', async () => {
    const good = await xesOf([plain]);
    const extension = '  <extension name="Time" prefix="time" uri="http://www.xes-standard.org/time.xesext"/>\n';
    const mistakes: [what: string, from: string | RegExp, to: string, complaint: RegExp][] = [
      ['no version', ' xes.version="1849.2016"', '', /xes\.version.*required/],
      ['a version that is no number', '1849.2016', '1849-2016', /xs:decimal/],
      ['another namespace', 'http://www.xes-standard.org/"', 'http://example.org/"', /No matching global declaration/],
      ['an extension without prefix', ' prefix="time"', '', /prefix.*required/],
      ['a prefix with a colon', 'prefix="time"', 'prefix="ti:me"', /xs:NCName/],
      ['a prefix twice', 'prefix="time"', 'prefix="org"', /Duplicate key-sequence/],
      [
        'an extension after the globals',
        /(<extension name="Time".*\n)([^]*?)(\s+<classifier)/,
        '$2  $1$3',
        /not expected/,
      ],
      ['a global of another scope', 'scope="trace"', 'scope="log"', /scope/],
      [
        'a third global',
        extension,
        `${extension}<global scope="event"><int key="a" value="1"/></global>`,
        /not expected|Duplicate/,
      ],
      ['a classifier without keys', / keys="concept:name"/, '', /keys.*required/],
      ['a classifier name with spaces', 'name="EventType"', 'name="Event type"', /xs:NCName/],
      ['an event outside of its trace and before it', '  <trace>', '  <event/>\n  <trace>', /not expected/],
      ['a trace in a trace', '    <event>', '    <trace/><event>', /not expected/],
      ['an attribute without key', 'key="org:role" value="triager"', 'value="triager"', /key.*required/],
      ['an attribute without value', 'value="triager"', '', /value.*required/],
      ['a key that is no name', 'key="org:role" value="triager"', 'key="1 role" value="triager"', /xs:Name/],
      ['a key twice', 'key="org:role" value="triager"', 'key="org:group" value="triager"', /Duplicate key-sequence/],
      ['a time without T', '2026-03-02T08:00:00.000Z', '2026-03-02 08:00:00.000Z', /xs:dateTime/],
      ['31 February', '2026-03-02T08:00:00.000Z', '2026-02-31T08:00:00.000Z', /xs:dateTime/],
      ['a number that is none', 'key="smertevejen:seq" value="3"', 'key="smertevejen:seq" value="3.5"', /xs:long/],
      ['an id that is none', `value="${eventId(plain)}"`, 'value="x"', /pattern/],
      [
        'an unknown kind of attribute',
        '<string key="org:role" value="triager"/>',
        '<text key="org:role" value="triager"/>',
        /not expected/,
      ],
      [
        'the container of a draft',
        '<string key="org:role" value="triager"/>',
        '<container key="org:role"/>',
        /not expected/,
      ],
      ['a list without values', '<string key="org:role" value="triager"/>', '<list key="org:role"/>', /Missing child/],
      ['text between', '<event>', '<event>x', /[Cc]haracter content/],
      ['a bare ampersand', 'value="triager"', 'value="a & b"', /EntityRef|parser error/],
      ['a control character', 'value="triager"', 'value="\u0001"', /PCDATA|parser error/],
      ['a reference to NUL', 'value="triager"', 'value="&#0;"', /parser error/],
    ];
    const bad = mistakes.map(([, from, to]) => good.replace(from, to));
    const {
      errors: [none, ...errors],
    } = await checked(good, ...bad);
    assert.deepEqual(none, []);
    mistakes.forEach(([what, , , complaint], place) => {
      assert.notEqual(bad[place], good, what);
      assert.match(errors[place]!.join('\n'), complaint, what);
    });
  });
});

describe('every format', () => {
  it('gives the same bytes for the same entries, however they arrive', async () => {
    async function* slowly(list: LoggedEntry[]): AsyncGenerator<LoggedEntry> {
      for (const entry of list) {
        await new Promise(setImmediate);
        yield JSON.parse(JSON.stringify(entry)) as LoggedEntry;
      }
    }
    const list = fc.sample(entries(whole16), { numRuns: 40, seed: 7 }).sort((a, b) => (a.pathway < b.pathway ? -1 : 1));
    for (const format of Object.values(formats)) {
      const leftOut = await leftOutOf(each(list));
      assert.equal(
        await whole(format.write(each(list), leftOut)),
        await whole(format.write(slowly(list), leftOut)),
        format.name,
      );
    }
  });

  it('asks for the next entries only as the reader takes what is there', async () => {
    async function* endless(): AsyncGenerator<LoggedEntry> {
      for (;;) yield plain;
    }
    for (const format of Object.values(formats)) {
      const { items, count } = counted(endless());
      let taken = 0;
      for await (const chunk of format.write(items, { voided: 0, amended: 0, lapsed: 0 })) {
        assert.ok(chunk.length < 70_000);
        if ((taken += 1) === 5) break;
      }
      assert.ok(count() < 1_000, `${format.name} read ${count()}`);
    }
  });
});

describe('the manifest of an export', () => {
  const described = (file: Described['files'][number]): Described => ({
    format: 'ndjson',
    files: [file],
    from: null,
    to: '2026-04-01T00:00:00.000Z',
    upTo: 42,
    checkpoint: 'smertevejen\n42\nq80=\n\n— x y\n',
    exportedAt: '2026-04-01T06:00:00.000Z',
    machineVersion: 4,
    ruleSets: ['2014-09', '2014-09'],
  });
  const exported = async () => {
    const entry = counted(each([plain, { ...plain, seq: 4, ruleSet: 'æ 👩‍⚕️' }]));
    const file = hashed(ndjson.write(entry.items));
    assert.throws(() => file.total(), /not been written to its end/);
    const text = await whole(file.chunks);
    return { text, manifest: manifestOf(described({ name: 'log.ndjson', ...file.total(), entries: entry.count() })) };
  };
  const found = (text: Buffer, name = 'log.ndjson') => ({
    name,
    bytes: text.length,
    sha256: createHash('sha256').update(text).digest('hex'),
  });
  const fields = (...given: Parameters<typeof verifyManifest>) => verifyManifest(...given).map(({ field }) => field);

  it('is right about a file that came whole, and about itself', async () => {
    const { text, manifest } = await exported();
    assert.deepEqual(verifyManifest(JSON.parse(JSON.stringify(manifest)), [found(Buffer.from(text))]), []);
    assert.deepEqual(
      { ruleSets: manifest.ruleSets, entries: manifest.files[0]!.entries },
      { ruleSets: ['2014-09'], entries: 2 },
    );
  });

  it('finds each changed byte of the file, one too many or too few, a file that is missing and one that is not named', async () => {
    const { text, manifest } = await exported();
    const bytes = Buffer.from(text);
    fc.assert(
      fc.property(fc.nat(bytes.length - 1), fc.integer({ min: 1, max: 255 }), (at, by) => {
        const changed = Buffer.from(bytes);
        changed[at] = changed[at]! ^ by;
        assert.deepEqual(fields(manifest, [found(changed)]), ['files.log.ndjson.sha256']);
      }),
    );
    for (const other of [bytes.subarray(1), Buffer.concat([bytes, Buffer.from('\n')])])
      assert.deepEqual(fields(manifest, [found(other)]), ['files.log.ndjson.bytes']);
    assert.deepEqual(fields(manifest, []), ['files.log.ndjson']);
    assert.deepEqual(fields(manifest, [found(bytes), found(bytes, 'more.csv')]), ['files.more.csv']);
  });

  it('finds each change of its own, and never throws', async () => {
    const { manifest } = await exported();
    const text = JSON.stringify(manifest);
    fc.assert(
      fc.property(fc.nat(text.length - 1), fc.constantFrom('0', '1', 'x', ' ', '"', '\u0000'), (at, put) => {
        const changed = `${text.slice(0, at)}${put}${text.slice(at + 1)}`;
        let value: unknown;
        try {
          value = JSON.parse(changed);
        } catch {
          return;
        }
        if (canonical(value) !== canonical(manifest)) assert.notDeepEqual(verifyManifest(value), []);
      }),
      { numRuns: 1_000 },
    );
    for (const value of [
      null,
      7,
      [],
      {},
      { ...manifest, more: 1 },
      { ...manifest, checkpoint: '\ud800' },
      { ...manifest, sha256: undefined },
      { ...manifest, files: [] },
      { ...manifest, upTo: -1 },
    ])
      assert.notDeepEqual(verifyManifest(value), []);
    assert.deepEqual(
      verifyManifest({ ...manifest, upTo: 43 }).map(({ message }) => message.en),
      ['The manifest was changed after it was written; fetch the export again.'],
    );
  });
});

it('a stream is hashed as it passes, and nothing of it is lost or doubled', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(any16), fc.integer({ min: 1, max: 40 }), async (lines, size) => {
      const file = hashed(gathered(each(lines), size));
      const texts: string[] = [];
      for await (const piece of file.chunks) texts.push(piece);
      assert.equal(texts.join(''), lines.join(''));
      const pieces = texts.map((piece) => Buffer.from(piece, 'utf8'));
      assert.deepEqual(file.total(), {
        bytes: Buffer.concat(pieces).length,
        sha256: createHash('sha256').update(Buffer.concat(pieces)).digest('hex'),
      });
    }),
  );
});
