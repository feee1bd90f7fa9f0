import { z } from 'zod';

import { isRealDate, type CalendarDate } from './calendar.js';

// ---- CPR (domain.md B2)

const CPR_SHAPE = /^\d{6}-?\d{4}$/;
const REPLACEMENT_SHAPE = /^\d{6}-?[01567][A-Za-z]{2}\d$/;

/** 'DDMMYYSSSS' or 'DDMMYY-SSSS' → the ten characters, letters in capitals. Does not check anything. */
export const normaliseCpr = (text: string): string => text.replace('-', '').toUpperCase();

function centuryOf(serialDigit: number, yearOfCentury: number): number {
  if (serialDigit <= 3) return 1900;
  if (serialDigit === 4 || serialDigit === 9) return yearOfCentury <= 36 ? 2000 : 1900;
  return yearOfCentury <= 57 ? 2000 : 1800;
}

/**
 * The birth date in a CPR of ten digits, 1858–2057, its century by digit 7 and the year (domain.md B2). Undefined when
 * it is no ten digits or the day does not exist. May lie in the future: who knows today's date checks that.
 */
export function cprDate(digits: string): CalendarDate | undefined {
  if (!/^\d{10}$/.test(digits)) return undefined;
  const yearOfCentury = Number(digits.slice(4, 6));
  const year = centuryOf(Number(digits[6]), yearOfCentury) + yearOfCentury;
  const date = `${year}-${digits.slice(2, 4)}-${digits.slice(0, 2)}`;
  return isRealDate(date) ? date : undefined;
}

/** 29 February is let through: the century is not known (CPR in a text) or not reliable (replacement number). */
const isDayAndMonth = (ddmm: string): boolean => isRealDate(`2000-${ddmm.slice(2, 4)}-${ddmm.slice(0, 2)}`);

const CPR_NOT_REAL = 'The first six digits of the CPR number are no date (DDMMYY); compare it with the health card.';

/**
 * A CPR number as it is typed, not changed; `normaliseCpr` gives its ten digits. Modulus 11 is not checked, not even
 * as a warning: since 1 October 2007 numbers without it are fully valid (domain.md B2).
 */
export const cprText = z
  .string()
  .regex(CPR_SHAPE, { abort: true, error: 'A CPR number has ten digits; write it DDMMYYSSSS or DDMMYY-SSSS.' })
  .refine((text) => cprDate(normaliseCpr(text)) !== undefined, CPR_NOT_REAL)
  .describe('Danish CPR number, DDMMYYSSSS or DDMMYY-SSSS, beginning with a real birth date.');

/** A CPR number, normalised to ten digits. */
export const cpr = cprText.transform(normaliseCpr);

// ---- CPR or replacement number

export type PersonNumber =
  | { readonly kind: 'cpr'; readonly value: string; readonly birthDate: CalendarDate }
  | { readonly kind: 'xEcpr' | 'dEcpr'; readonly value: string; readonly birthDate?: undefined };

/**
 * Reads a CPR or a replacement number (erstatnings-CPR), ten characters, hyphen allowed; undefined when it is neither.
 * X-eCPR (national) is DDMMYY, 1 or 7, two letters, a digit; D-eCPR (a region's own) has 0, 5 or 6 (domain.md B2). Digit
 * 7 tells them apart and the letters tell both from a CPR, so no text fits two kinds. A replacement number has no
 * `birthDate`: with an unknown one, the day it was made stands there (nspop.dk, eCPR-formater), so it must be asked for.
 */
export function readPersonNumber(text: string): PersonNumber | undefined {
  const value = normaliseCpr(text);
  if (CPR_SHAPE.test(text)) {
    const birthDate = cprDate(value);
    return birthDate === undefined ? undefined : { kind: 'cpr', value, birthDate };
  }
  if (!REPLACEMENT_SHAPE.test(text) || !isDayAndMonth(value)) return undefined;
  return { kind: '17'.includes(value.charAt(6)) ? 'xEcpr' : 'dEcpr', value };
}

/** A CPR or replacement number as it is typed, not changed; `readPersonNumber` reads it. */
export const personNumberText = z
  .string()
  .regex(/^\d{6}-?(\d{4}|[01567][A-Za-z]{2}\d)$/, {
    abort: true,
    error:
      'A CPR number is DDMMYY and four digits; a replacement number is DDMMYY, one of 0 1 5 6 7, two letters and a ' +
      'digit. Write one of them, or leave it out and give the birth date.',
  })
  .refine(
    (text) => readPersonNumber(text) !== undefined,
    'The first six digits are no date (DDMMYY); compare the ' +
      "number with the health card or the replacement number's register.",
  )
  .describe('Danish CPR number or replacement number (X-eCPR, D-eCPR), with or without a hyphen after DDMMYY.');

/** A CPR or replacement number → its kind, the ten characters, and a CPR's birth date. */
export const personNumber = personNumberText.transform((text) => readPersonNumber(text) as PersonNumber);

/** '1203759995' → '120375-****' for lists (domain.md B2 "Privacy"). What is no person number is hidden altogether. */
export const maskCpr = (text: string): string =>
  CPR_SHAPE.test(text) || REPLACEMENT_SHAPE.test(text) ? `${text.slice(0, 6)}-****` : '******-****';

const WEIGHTS = [4, 3, 2, 7, 6, 5, 4, 3, 2, 1];

/**
 * Whether the CPR (either form) cannot have been issued, so may stand in demo data and tests: born on another day than
 * 1 January and failing modulus 11 (domain.md B2 "Safe synthetic rule"). False for what is no CPR.
 */
export function isSyntheticCpr(text: string): boolean {
  const digits = normaliseCpr(text);
  const sum = WEIGHTS.reduce((total, weight, at) => total + weight * Number(digits[at]), 0);
  return CPR_SHAPE.test(text) && cprDate(digits) !== undefined && !digits.startsWith('0101') && sum % 11 !== 0;
}

// ---- CPR in a text that must not have one

// A UUID or hash is taken whole first, or the digits inside it would pass for a CPR. Sixteen: a shorter run of hex
// letters and digits may as well be a word with a CPR behind it ("code1203759995").
const ID = '[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}|[0-9a-f]{16,}';
// Not in a longer run of digits (a GLN, a time in milliseconds); but %20 before it is a blank, not two more digits.
const BEGIN = '(?<=^|\\D|%[0-9a-f]{2})';
const PERSON_NUMBER = '(\\d{6})(?:[-–+ ]|%2D|%20)?(?:\\d{4}(?!\\d)|[01567][a-z]{2}\\d(?![0-9a-z]))';
const ID_OR_PERSON_NUMBER = new RegExp(`${ID}|${BEGIN}${PERSON_NUMBER}`, 'gi');

/**
 * The text with everything shaped like a CPR or replacement number masked, for log lines: a real day and month, two
 * digits, at most one hyphen, blank or plus (also percent-encoded), four more characters. Works on text values; in
 * serialised JSON a bare number would lose its syntax.
 */
export const maskCprIn = (text: string): string =>
  text.replace(ID_OR_PERSON_NUMBER, (found: string, date: string | undefined) =>
    date !== undefined && isDayAndMonth(date) ? `${date}-****` : found,
  );

/** Whether a text, a URL say, has something shaped like a CPR or replacement number in it (as `maskCprIn`). */
export const containsCpr = (text: string): boolean => maskCprIn(text) !== text;

// ---- GLN (domain.md B1)

function hasGlnCheckDigit(digits: string): boolean {
  let sum = 0;
  for (let at = 0; at < 12; at += 1) sum += Number(digits[at]) * (at % 2 === 0 ? 1 : 3);
  return (10 - (sum % 10)) % 10 === Number(digits[12]);
}

/** A location number (GLN, lokationsnummer): 13 digits, the last one the GS1 modulus-10 check digit (domain.md B1). */
export const gln = z
  .string()
  .regex(/^\d{13}$/, {
    abort: true,
    error: 'A GLN has exactly 13 digits and nothing else; remove blanks and hyphens and look for a missing digit.',
  })
  .refine(
    hasGlnCheckDigit,
    'The last digit of the GLN does not fit the other twelve, so a digit is mistyped; copy the GLN again from its source.',
  )
  .describe('GLN (lokationsnummer): 13 digits, the last one a GS1 modulus-10 check digit.');
