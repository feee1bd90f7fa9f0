import assert from 'node:assert/strict';
import { describe, it } from '@jest/globals';

import fc from 'fast-check';
import { z } from 'zod';

import {
  containsCpr,
  cpr,
  cprDate,
  cprText,
  gln,
  isSyntheticCpr,
  maskCpr,
  maskCprIn,
  normaliseCpr,
  personNumber,
  personNumberText,
  readPersonNumber,
} from '../../machines/calendar/identifiers.js';

/** The people of the acceptance cases. */
const CAST = [
  '120375-9995',
  '050768-9996',
  '241182-9995',
  '170959-9996',
  '020308-9995',
  '140607-9995',
  '290860-9995',
  '171190-9995',
  '090971-9996',
  '210447-9996',
  '190578-9996',
  '230188-9997',
  '201262-9995',
];

function messagesOf(schema: z.ZodType, value: unknown): string[] {
  return schema.safeParse(value).error?.issues.map(({ message }) => message) ?? [];
}

describe('a CPR number', () => {
  it('tells the century by digit 7 and the year (domain.md B2)', () => {
    const cases: [string, string][] = [
      ['1203750000', '1975-03-12'],
      ['1203003999', '1900-03-12'],
      ['1203363999', '1936-03-12'],
      ['1203990000', '1999-03-12'],
      ['1203364000', '2036-03-12'],
      ['1203374998', '1937-03-12'],
      ['1203004000', '2000-03-12'],
      ['1203575000', '2057-03-12'],
      ['1203585001', '1858-03-12'],
      ['1203578999', '2057-03-12'],
      ['1203588998', '1858-03-12'],
      ['1203369000', '2036-03-12'],
      ['1203379999', '1937-03-12'],
      ['0203089995', '2008-03-02'],
    ];
    for (const [digits, date] of cases) assert.equal(cprDate(digits), date, digits);
  });

  it('is accepted with and without the hyphen, and kept as ten digits', () => {
    assert.equal(cpr.parse('120375-9995'), '1203759995');
    assert.equal(cpr.parse('1203759995'), '1203759995');
    assert.equal(cprText.parse('120375-9995'), '120375-9995');
    assert.equal(normaliseCpr('120375-9995'), '1203759995');
  });

  it('is refused on 31 February, and says what to do', () => {
    assert.deepEqual(messagesOf(cpr, '310275-9995'), [
      'The first six digits of the CPR number are no date (DDMMYY); compare it with the health card.',
    ]);
    for (const text of ['290275-0000', '290200-0000', '000175-0000', '011375-0000'])
      assert.equal(messagesOf(cpr, text).length, 1, text);
    assert.ok(cpr.safeParse('290200-4000').success, '2000 is a leap year, 1900 is none');
  });

  it('is refused in any other shape, with one message that does not repeat it', () => {
    for (const text of [
      '',
      '12037599',
      '12037599955',
      '120375 9995',
      '120375--9995',
      '1203-759995',
      '120375-999A',
      ' 1203759995',
      '1203759995\n',
    ]) {
      assert.deepEqual(
        messagesOf(cprText, text),
        ['A CPR number has ten digits; write it DDMMYYSSSS or DDMMYY-SSSS.'],
        text,
      );
    }
    assert.ok(!JSON.stringify(cprText.safeParse('310275-9995').error?.issues).includes('310275'));
  });

  it('is accepted whether or not it satisfies modulus 11', () => {
    assert.ok(isSyntheticCpr('1203759995'));
    assert.ok(cpr.safeParse('1203759995').success);
    // Satisfies it, and yet is nobody's: born in 2057.
    assert.ok(!isSyntheticCpr('1203575005'));
    assert.ok(cpr.safeParse('1203575005').success);
  });

  it("is synthetic when born after New Year's Day and failing modulus 11", () => {
    assert.ok(!isSyntheticCpr('0101575000'), '1 January may have been issued without modulus 11');
    assert.ok(!isSyntheticCpr('3102759995'), 'no date');
    assert.ok(!isSyntheticCpr('0703921VJ4'));
    assert.ok(!isSyntheticCpr(''));
  });

  it('of anybody in acceptance.md is synthetic', () => {
    for (const number of CAST) assert.ok(isSyntheticCpr(number), number);
  });

  it('is masked in lists, and hidden when it is none', () => {
    assert.equal(maskCpr('1203759995'), '120375-****');
    assert.equal(maskCpr('120375-9995'), '120375-****');
    assert.equal(maskCpr('0703921VJ4'), '070392-****');
    assert.equal(maskCpr('12037599951'), '******-****');
    assert.equal(maskCpr(''), '******-****');
  });
});

describe('a replacement number', () => {
  it('is national (X) with 1 or 7, decentral (D) with 0, 5 or 6 in place 7', () => {
    assert.deepEqual(personNumber.parse('0703921VJ4'), { kind: 'xEcpr', value: '0703921VJ4' });
    assert.deepEqual(personNumber.parse('310105-7jc9'), { kind: 'xEcpr', value: '3101057JC9' });
    for (const digit of '056') {
      assert.deepEqual(personNumber.parse(`120655${digit}VK9`), { kind: 'dEcpr', value: `120655${digit}VK9` });
    }
  });

  it('has no birth date, since the day it was made may stand there; a CPR has one', () => {
    assert.equal(readPersonNumber('0703921VJ4')?.birthDate, undefined);
    assert.deepEqual(personNumber.parse('120375-9995'), { kind: 'cpr', value: '1203759995', birthDate: '1975-03-12' });
  });

  it('is refused with another digit, other letters or no real day', () => {
    for (const text of [
      '0703922VJ4',
      '0703929VJ4',
      '0703921V44',
      '0703921VÆ4',
      '0703921VJX',
      '0703921VJ',
      '0703921VJ44',
    ]) {
      assert.match(
        messagesOf(personNumber, text).join(),
        /^A CPR number is DDMMYY .* leave it out and give the birth date\.$/,
        text,
      );
    }
    for (const text of ['3102921VJ4', '0013921VJ4', '310275-9995']) {
      assert.match(messagesOf(personNumber, text).join(), /^The first six digits are no date/, text);
    }
  });
});

describe('a CPR number in a text', () => {
  const hidden: [string, string][] = [
    ['/patients/1203759995', '/patients/120375-****'],
    ['/patients/120375-9995/letters', '/patients/120375-****/letters'],
    ['/patients?q=120375%2D9995', '/patients?q=120375-****'],
    ['/patients?q=120375%2d9995&x=1', '/patients?q=120375-****&x=1'],
    ['/patients?q=Test%201203759995', '/patients?q=Test%20120375-****'],
    ['/patients?q=120375+9995', '/patients?q=120375-****'],
    ['cpr1203759995', 'cpr120375-****'],
    ['code1203759995', 'code120375-****'],
    ['290200-0001 could be a leap year', '290200-**** could be a leap year'],
    ['from 120375-9995 to 0507689996.', 'from 120375-**** to 050768-****.'],
    ['replacement 0703921VJ4, 120655-0vk9', 'replacement 070392-****, 120655-****'],
  ];
  const others = [
    '/pathways/0198c2f1-1203-7599-9512-120375999512',
    '/pathways/01203759-9951-7203-8599-951203759995',
    '120375ab-9995-4203-8599-951203759995',
    'ab120375-9995-4203-8599-95120375ff95',
    '01203759-9951-7203-8599-ab1203759995',
    'trace 4bf92f3577b34da61203759995d0e902',
    'sha a1203759995bcdef0',
    'gln 5790000203628',
    'time 1740902400000',
    '2026-03-02T10:00:00.000Z',
    '310275-9995',
    '3102759995',
    '12037599',
    '120375-99951',
    '91203759995',
    '120375-****',
    'tlf. 3868 4623',
    'sor 265161000016000',
    '0703921VJ4X',
    '0703922VJ4',
    '',
  ];

  it('is found and masked', () => {
    for (const [text, masked] of hidden) {
      assert.ok(containsCpr(text), text);
      assert.equal(maskCprIn(text), masked);
    }
  });

  it('is not seen in UUIDs, hashes, GLNs, times and impossible dates', () => {
    for (const text of others) assert.equal(maskCprIn(text), text);
  });

  it('is never seen in a UUID', () => {
    fc.assert(
      fc.property(
        fc.uuid(),
        fc.stringMatching(/^\d{8}-\d{4}-7\d{3}-8\d{3}-\d{12}$/),
        (uuid, digits) => !containsCpr(`/pathways/${uuid}/events/${digits}`),
      ),
      { numRuns: 500 },
    );
  });

  it('leaves nothing to be masked twice, and is found wherever the schema accepts it', () => {
    const date = fc
      .date({ min: new Date('1900-01-01'), max: new Date('2036-12-31'), noInvalidDate: true })
      .map((at) => at.toISOString())
      .map((at) => `${at.slice(8, 10)}${at.slice(5, 7)}${at.slice(2, 4)}`);
    const serial = fc.stringMatching(/^\d{4}$/);
    fc.assert(
      fc.property(date, serial, fc.constantFrom('', '-'), (ddmmyy, four, hyphen) => {
        const number = `${ddmmyy}${hyphen}${four}`;
        if (cprText.safeParse(number).success) assert.ok(containsCpr(`/x/${number}?y`), number);
        assert.ok(!containsCpr(maskCprIn(`a ${number} b ${number}`)));
      }),
      { numRuns: 1000 },
    );
  });
});

describe('a GLN', () => {
  const known = ['5790000203628', '5790000188604', '5790000208050', '5799999000010', '5799999000089'];

  it('has thirteen digits of which the last is a check digit', () => {
    for (const number of known) assert.equal(gln.parse(number), number);
  });

  it('is refused with any one digit changed', () => {
    for (const number of known) {
      for (let at = 0; at < 13; at += 1) {
        for (let digit = 0; digit <= 9; digit += 1) {
          const changed = `${number.slice(0, at)}${digit}${number.slice(at + 1)}`;
          assert.equal(gln.safeParse(changed).success, changed === number, changed);
        }
      }
    }
  });

  it('says what is wrong and what to do', () => {
    assert.deepEqual(messagesOf(gln, '5790000203629'), [
      'The last digit of the GLN does not fit the other twelve, so a digit is mistyped; copy the GLN again from its source.',
    ]);
    for (const text of ['579000020362', '57900002036280', '5790000 203628', '579000020362X', '5790000203628\n', '']) {
      assert.match(
        messagesOf(gln, text).join(),
        /^A GLN has exactly 13 digits and nothing else; remove [^;]*\.$/,
        text,
      );
    }
  });
});

describe('the schemas', () => {
  it('that change nothing turn into JSON Schema with their pattern', () => {
    for (const schema of [gln, cprText, personNumberText]) {
      const json = z.toJSONSchema(schema);
      assert.equal(json.type, 'string');
      assert.ok(new RegExp(json.pattern ?? '^$').test(schema === gln ? '5790000203628' : '120375-9995'));
    }
  });

  it('that normalise turn into the JSON Schema of what is typed', () => {
    for (const schema of [cpr, personNumber]) assert.equal(z.toJSONSchema(schema, { io: 'input' }).type, 'string');
  });
});
