/** The small schemas that events, facts and the API share. Every text of a user passes through `text`. */
import { z } from 'zod';
import { isRealDate } from '../calendar/calendar.js';

/** A label in the two languages that a user may read. */
export type Text = { da: string; en: string };

/**
 * Neither NUL nor a lone surrogate: PostgreSQL stores neither, and a silent replacement would change what was said. Written so that it means the same
 * with the flag `u` and without: it stands in the API's document, and clients compile it as they like.
 */
const storable = /^(?:[^\u0000\uD800-\uDFFF]|[\uD800-\uDBFF][\uDC00-\uDFFF])*$/;

export const text = (max = 10_000) =>
  z
    .string()
    .trim()
    .regex(storable, 'contains NUL or half a character: send plain Unicode text')
    .min(1, 'is empty: write a text, or leave the field out')
    .max(max, `is longer than ${max} characters: shorten it`);

/** As `text`, but may be empty: whether an empty one is enough is a rule's question (D2), not the schema's. */
export const maybeEmptyText = (max = 10_000) =>
  z
    .string()
    .trim()
    .regex(storable, 'contains NUL or half a character: send plain Unicode text')
    .max(max, `is longer than ${max} characters: shorten it`);

/** RFC 3339 with offset; kept as UTC with milliseconds. 31 February and 25:00 are refused, and a year that only a slip of the keys gives: what is worked out from it must stay within what can be remembered. */
export const instant = () =>
  z.iso
    .datetime({
      offset: true,
      abort: true,
      error: 'is no time: use RFC 3339 with an offset, e.g. 2026-03-02T09:00:00+01:00',
    })
    .overwrite((value) => new Date(value).toISOString())
    .regex(/^(19|2[01])/, 'lies outside the years 1900 to 2199: check the year')
    .meta({ format: 'date-time' });

/** An instant as it is remembered: exactly as `instant` writes it, since two of them are compared as strings. */
export const storedInstant = () =>
  z
    .string()
    .regex(/^\d{4}-\d\d-\d\dT([01]\d|2[0-3]):[0-5]\d:[0-5]\d\.\d{3}Z$/)
    .refine((value) => isRealDate(value.slice(0, 10)))
    .meta({ format: 'date-time' });

/** A calendar day as it is remembered: also one that is worked out from a client's. */
export const storedDay = () =>
  z.iso
    .date({ abort: true, error: 'is no date: use YYYY-MM-DD, e.g. 2026-03-02' })
    .refine(isRealDate, 'is no date of this calendar: use YYYY-MM-DD, e.g. 2026-03-02');

/** A calendar day in Denmark, YYYY-MM-DD. */
export const day = () => storedDay().regex(/^(1[89]|2[01])/, 'lies outside the years 1800 to 2199: check the year');

export const unitCode = () => z.string().regex(/^[A-Z][A-Z0-9_]{1,30}$/, 'is no unit code: see GET /v1/units');

/** Entries (new pain, notes, appointments) are named by the seq of the transition that made them. */
export const seq = () =>
  z.int({ error: 'is no entry number: it is the seq of the transition that made the entry' }).min(1).max(1_000_000_000);

/** A message is named by the seq of its transition and its place among that transition's messages, e.g. "14.1". */
export const messageId = () => z.string().regex(/^[1-9]\d{0,8}\.[1-9]\d?$/, 'is no message id, e.g. "14.1"');

/** Why a message is not delivered: the receiver said no, or it could not be handed over at all. */
export const failures = ['rejected', 'undeliverable'] as const;
export type Failure = (typeof failures)[number];

export const planningAreas = ['nord', 'midt', 'byen', 'syd', 'bornholm', 'outsideRegion'] as const;
export type PlanningArea = (typeof planningAreas)[number];
export const planningArea = () => z.enum(planningAreas);

export const drugClasses = ['analgesic', 'sedative', 'hypnotic'] as const;
export type DrugClass = (typeof drugClasses)[number];
export const drugClass = () => z.enum(drugClasses);

export const offers = ['painClinic', 'painCentre', 'medicationAssessment'] as const;
export type Offer = (typeof offers)[number];
