/** What differs between two rule sets is told whole, in words, in both languages; nothing is told that does not differ. */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, it } from '@jest/globals';
import { fileURLToPath } from 'node:url';

import fc from 'fast-check';

import { diffRuleSets, lengthNames, ruleSetSchema } from '../../machines/pathway/rule-set-diff.js';
import { ruleSets, type RuleSet } from '../../machines/pathway/routes.js';

type Json = { [key: string]: Json } | Json[] | string | number | boolean;
type Path = readonly (string | number)[];
const today = ruleSets.at(-1)!;
const copy = (set: RuleSet): RuleSet => JSON.parse(JSON.stringify(set)) as RuleSet;
const leaves = (value: Json, path: Path = []): Path[] =>
  typeof value === 'object'
    ? Object.entries(value).flatMap(([key, inner]) =>
        leaves(inner, [...path, Array.isArray(value) ? Number(key) : key]),
      )
    : [path];
const at = (value: Json, path: Path): Json =>
  path.reduce<Json>((inner, key) => (inner as { [key: string]: Json })[key]!, value);
function changedAt(set: RuleSet, path: Path, value: Json): RuleSet {
  const changed = copy(set);
  (at(changed as unknown as Json, path.slice(0, -1)) as { [key: string]: Json })[path.at(-1)!] = value;
  return changed;
}
const changed = (change: (set: { -readonly [K in keyof RuleSet]: RuleSet[K] }) => void): RuleSet => {
  const set = copy(today);
  change(set);
  return set;
};
const english = (before: RuleSet, now: RuleSet) => diffRuleSets(before, now).map(({ en }) => en);
const danish = (before: RuleSet, now: RuleSet) => diffRuleSets(before, now).map(({ da }) => da);

const MONTHS = {
  da: [
    'januar',
    'februar',
    'marts',
    'april',
    'maj',
    'juni',
    'juli',
    'august',
    'september',
    'oktober',
    'november',
    'december',
  ],
  en: [
    'January',
    'February',
    'March',
    'April',
    'May',
    'June',
    'July',
    'August',
    'September',
    'October',
    'November',
    'December',
  ],
};
/** A value as a sentence shows it. */
function inWords(path: Path, value: Json, language: 'da' | 'en'): string {
  const date = (monthDay: string) =>
    `${Number(monthDay.slice(3))}${language === 'da' ? '.' : ''} ${MONTHS[language][Number(monthDay.slice(0, 2)) - 1]}`;
  if (value === 'ascension+1')
    return language === 'da' ? 'agen efter Kristi himmelfartsdag' : 'he day after Ascension Day';
  if (path.at(-1) === 'date') return date(String(value));
  if (path.at(-1) === 'validFrom') return `${date(String(value).slice(5))} ${String(value).slice(0, 4)}`;
  // Yes and no are the two halves of one sentence.
  if (typeof value === 'boolean') return language === 'da' ? 'Lørdag tæller' : 'Saturday';
  return String(value);
}
const day = fc
  .date({ min: new Date('2015-01-01'), max: new Date('2059-12-31'), noInvalidDate: true })
  .map((date) => date.toISOString().slice(0, 10));
function another(path: Path, value: Json): fc.Arbitrary<Json> {
  const drawn: fc.Arbitrary<Json> =
    path.at(-1) === 'validFrom'
      ? day
      : path.at(-1) === 'date'
        ? fc.oneof(
            day.map((date) => date.slice(5)),
            fc.constant('ascension+1'),
          )
        : typeof value === 'number'
          ? fc.nat(400)
          : typeof value === 'boolean'
            ? fc.boolean()
            : fc.stringMatching(/^[a-zæøå]{3,12}$/);
  return drawn.filter((other) => other !== value);
}

describe('the difference of two rule sets', () => {
  it('is nothing when they say the same, in whatever order', () => {
    for (const set of ruleSets) assert.deepEqual(diffRuleSets(set, copy(set)), []);
    assert.deepEqual(
      diffRuleSets(
        today,
        changed((set) => {
          set.clocks = Object.fromEntries(Object.entries(set.clocks).reverse());
        }),
      ),
      [],
    );
  });

  it('names the old and the new value of whatever single field is changed, in both languages', () => {
    const changing = fc
      .constantFrom(...leaves(today as unknown as Json))
      .chain((path) => another(path, at(today as unknown as Json, path)).map((value) => ({ path, value })));
    fc.assert(
      fc.property(changing, ({ path, value }) => {
        const now = changedAt(today, path, value);
        const old = at(today as unknown as Json, path);
        for (const [a, b] of [
          [today, now],
          [now, today],
        ] as const) {
          const lines = diffRuleSets(a, b);
          assert.ok(lines.length > 0, `${path.join('.')} is changed and nothing is said`);
          for (const language of ['da', 'en'] as const) {
            assert.ok(
              lines.some((line) =>
                [old, value].every((shown) => line[language].includes(inWords(path, shown, language))),
              ),
              `${path.join('.')}: ${lines[0]![language]}`,
            );
          }
          for (const { path: where } of lines)
            assert.ok(where.startsWith(String(path[0])), `${where} is told for ${path.join('.')}`);
        }
      }),
      { seed: 2014, numRuns: 600 },
    );
  });

  it('tells every field of the rule sets in use', () => {
    for (const path of leaves(today as unknown as Json)) {
      const [value] = fc.sample(another(path, at(today as unknown as Json, path)), { numRuns: 1, seed: 7 });
      assert.ok(diffRuleSets(today, changedAt(today, path, value!)).length > 0, path.join('.'));
    }
  });

  it('reads as a sentence that begins with a capital or a date and ends with a full stop', () => {
    const now = changed((set) => {
      Object.assign(set, {
        id: '2026-01',
        validFrom: '2026-01-01',
        age: 16,
        months: 1,
        missedBeforeEnding: 1,
        recording: { backdatingDays: 7, undoHours: 1 },
        clocks: {},
      });
      set.workingDays = { saturdayCounts: true };
    });
    for (const [a, b] of [
      [today, now],
      [now, today],
    ] as const) {
      for (const { da, en } of diffRuleSets(a, b)) for (const text of [da, en]) assert.match(text, /^[\p{Lu}\d].*\.$/u);
    }
  });

  it('tells numbers with what they count, one or several', () => {
    assert.deepEqual(
      english(
        today,
        changed((set) => Object.assign(set, { age: 16, months: 1, missedBeforeEnding: 3 })),
      ),
      [
        'The patient must be over 16 years old; formerly over 18.',
        'The pain must have lasted more than 1 month; formerly more than 6 months.',
        'A course may be ended after 3 missed appointments; formerly after 2 missed appointments.',
      ],
    );
    assert.deepEqual(
      danish(
        today,
        changed((set) => Object.assign(set, { age: 16, months: 1 })),
      ),
      [
        'Patienten skal være over 16 år; før over 18 år.',
        'Smerterne skal have varet mere end 1 måned; før mere end 6 måneder.',
      ],
    );
  });

  it('calls a clock by its label, and tells days from working days, switched off and on', () => {
    const now = changed((set) => {
      const { transfer: _, ...clocks } = set.clocks;
      set.clocks = {
        ...clocks,
        decision: { workingDays: 5 },
        firstVisit: { workingDays: 30 },
        newPainUrgent: { days: 1 },
      };
    });
    assert.deepEqual(english(today, now), [
      'The deadline “Triage decision” is 5 working days; formerly 3 working days.',
      'The deadline “First visit” is 30 working days; formerly 30 days.',
      'The deadline “Transfer asked for” is switched off; formerly 5 working days.',
      'The deadline “New pain, urgent” is 1 day; formerly 0 days (the same day).',
    ]);
    assert.equal(
      danish(now, today)[2],
      'Fristen »Anmodning om overflytning« er slået til med 5 hverdage; før var den slået fra.',
    );
    for (const name of Object.keys(today.clocks)) assert.ok(lengthNames.includes(name), `${name} has no label`);
  });

  it('is told of what a file can say: the rule sets in use are written as it wants them', () => {
    for (const set of ruleSets) assert.deepEqual(ruleSetSchema.parse(copy(set)), set);
  });
});

describe('npm run rules:diff', () => {
  const folder = mkdtempSync(join(tmpdir(), 'rule-sets-'));
  afterAll(() => rmSync(folder, { recursive: true }));
  const file = (name: string, value: unknown) => {
    const path = join(folder, name);
    writeFileSync(path, typeof value === 'string' ? value : JSON.stringify(value));
    return path;
  };
  const cli = fileURLToPath(new URL('../../src/cli/rule-set-diff.js', import.meta.url));
  const run = (...args: string[]) => {
    const { status, stdout, stderr } = spawnSync(process.execPath, [cli, ...args], { encoding: 'utf8' });
    return { status, out: stdout.trim(), error: stderr.trim() };
  };
  const next = file(
    'next.json',
    changed((set) => {
      set.age = 16;
    }),
  );

  it('prints the lines in English or in Danish, and answers 1', () => {
    assert.deepEqual(run(today.id, next), {
      status: 1,
      out: 'The patient must be over 16 years old; formerly over 18.',
      error: '',
    });
    assert.deepEqual(run(today.id, next, '--lang', 'da'), {
      status: 1,
      out: 'Patienten skal være over 16 år; før over 18 år.',
      error: '',
    });
  });

  it('prints nothing and answers 0 when there is no difference', () => {
    assert.deepEqual(run(today.id, today.id), { status: 0, out: '', error: '' });
  });

  it('answers 2 with what is wrong: an unknown id, a file that is none, each field that is wrong, another language', () => {
    const wrong = (because: RegExp, ...args: string[]) => {
      const { status, out, error } = run(...args);
      assert.deepEqual([status, out], [2, '']);
      assert.match(error, because);
      assert.doesNotMatch(error, /\n {4}at /);
    };
    wrong(/^2031-01 is no rule set: there is 2014-09/, today.id, '2031-01');
    wrong(/two rule sets are compared\nnpm run/, today.id);
    wrong(/--lang is da or en/, today.id, next, '--lang', 'fr');
    wrong(/cannot be read/, today.id, join(folder, 'none.json'));
    wrong(/is not JSON/, today.id, file('half.json', '{"id":'));
    const spoilt = {
      ...copy(today),
      age: undefined,
      clocks: { ...today.clocks, letter: { days: -1 }, leter: { days: 5 } },
    };
    wrong(
      /is no rule set:\n {2}age: is no whole number from 0 up\n[^]*clocks\.letter[^]*clocks\.leter: is no clock: there are receipt, /,
      today.id,
      file('spoilt.json', spoilt),
    );
  });
});
