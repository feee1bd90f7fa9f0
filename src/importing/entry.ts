/** A line of an import: an entry as it was exported, or a smaller one that somebody wrote, and the key under which it is taken once. */
import { createHash } from 'node:crypto';
import { z } from 'zod';
import { day, instant, text, unitCode } from '../../machines/pathway/fields.js';
import { roleNames } from '../../machines/pathway/roles.js';
import { readBody } from '../http/json-body.js';
import { canonical } from '../pathways/log.js';
import { SchemaPipe } from '../http/schema.pipe.js';
import { Problem } from '../http/problem.js';
import { longestLine, type Line } from './lines.js';
import { errorsOf } from './reasons.js';

/** What an exported entry says besides: it is worked out anew. */
const anew = z.unknown().optional();
const entry = z.strictObject({
  /** Whatever names it in the file: it gets an id of its own. */
  pathway: text(200),
  seq: z.int().min(1).optional(),
  event: z.looseObject({ type: z.string() }),
  actor: z.strictObject({ sub: text(200), role: z.enum(roleNames), unit: unitCode() }),
  occurredAt: instant(),
  patient: z.strictObject({ name: text(200), cpr: z.string().optional(), birthDate: day().optional() }).optional(),
  erased: z.never({ error: 'says that what this entry told has been erased: it cannot be imported' }).optional(),
  index: anew,
  recordedAt: anew,
  from: anew,
  to: anew,
  findings: anew,
  machineVersion: anew,
  ruleSet: anew,
  prev: anew,
  hash: anew,
  standing: anew,
  via: anew,
});
export type ImportedEntry = z.infer<typeof entry>;

/** `pathway` where it can be told which one an unreadable line is about. */
export type ReadLine = { line: number } & (
  { entry: ImportedEntry; given: unknown } | { unreadable: string[]; pathway: string | undefined; given: unknown }
);

const pipe = new SchemaPipe();
/** As everything that comes in is checked (schema.pipe.ts). Throws invalid. */
export const checked = async <T>(schema: z.ZodType<T>, value: unknown): Promise<T> =>
  (await pipe.transform(value, { schema, type: 'custom' } as never)) as T;

/** A key is repeated as JSON writes it; in a broken line it is found by its looks. */
const namesPathway = /"pathway"\s*:\s*("(?:[^"\\]|\\.){1,400}")/;
function namedIn(text: string): string | undefined {
  try {
    return JSON.parse(namesPathway.exec(text)?.[1] ?? '') as string;
  } catch {
    return undefined;
  }
}

export async function readLine({ number: line, bytes, ended }: Line): Promise<ReadLine> {
  if (bytes === undefined)
    return {
      line,
      unreadable: [`is longer than ${longestLine / 1024} KiB: no entry is; look whether line breaks are missing`],
      pathway: undefined,
      given: null,
    };
  const read = readBody(bytes);
  if ('errors' in read) {
    const given = bytes.toString('utf8');
    const cut = ended ? [] : ['the file ends in the middle of this line: it was cut off; get it again'];
    return { line, unreadable: cut.length > 0 ? cut : errorsOf(read.errors), pathway: namedIn(given), given };
  }
  try {
    const taken = await checked(entry, read.value);
    // Numbers that are too large for JSON have no canonical form, and so no place in the log.
    canonical(taken.event);
    return { line, entry: taken, given: read.value };
  } catch (error) {
    const { pathway } = read.value as { pathway?: unknown };
    return {
      line,
      unreadable:
        error instanceof Problem ? errorsOf(error.extra['errors'] as never) : ['holds a number that is too large'],
      pathway: typeof pathway === 'string' ? pathway.trim() : undefined,
      given: read.value,
    };
  }
}

/** A UUID of version 8, from SHA-256. The same entry of the same pathway has the same, in whichever run; `pathway` is the key of its opening, or its name for the opening itself. */
export function keyOf(pathway: string, seq: number, { event, actor, occurredAt, patient }: ImportedEntry): string {
  const hex = createHash('sha256')
    .update(canonical({ pathway, seq, event, actor, occurredAt, patient: patient ?? null }))
    .digest('hex');
  const variant = ((parseInt(hex[16]!, 16) & 3) | 8).toString(16);
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-8${hex.slice(13, 16)}-${variant}${hex.slice(17, 20)}-${hex.slice(20, 32)}`;
}
