/** An export of the log: a file in one of the formats, and the manifest of exactly its bytes. */
import { z } from 'zod';
import { instant } from '../../../machines/pathway/fields.js';
import { machineVersion } from '../../../machines/pathway/pathway.js';
import type { Actor } from '../../../machines/pathway/roles.js';
import { statement, type Sql } from '../../database/sql.js';
import type { LookUps, Seen } from '../../accesses/look-ups.js';
import { invalid } from '../../http/problem.js';
import { isTakenBack, type LoggedEntry } from './formats/entry.js';
import { formats, type Format, type FormatName } from './formats/formats.js';
import { manifestOf, type Manifest } from './formats/manifest.js';
import { hashed } from './formats/stream.js';
import { entriesByIndex, entriesByPathway, leftOutUpTo, type Span } from './logged.js';
import { sizeOf } from '../tree/store.js';

/** What may be asked for: entries of the log as it was at a size, and when they were recorded. */
export const wanted = z.strictObject({
  upTo: z
    .string()
    .regex(/^\d{1,15}$/, 'is no size of the log: give a whole number')
    .transform(Number)
    .optional(),
  from: instant().optional(),
  to: instant().optional(),
});
export type Wanted = z.infer<typeof wanted>;
export const formatNames = Object.keys(formats) as FormatName[];
export const fileOf = (name: FormatName): string => `log.${formats[name].extension}`;

export type Exported = {
  chunks: AsyncIterable<string>;
  /** Throws until the last chunk has gone through. */
  manifest: (exportedAt: Date) => Promise<Manifest>;
};
/** `patients`: whose pathway each is, in NDJSON alone. `seen` is called with the number of entries read so far. */
export type Exporting = { patients?: boolean; seen?: (entries: number) => void };

const told = statement(
  'export_tells_of',
  /* sql */ `
  select distinct t.pathway_id as id from transition t join log_leaf l on l.kind = 'transition' and l.entry_id = t.pathway_id and l.seq = t.seq
  where l.idx < $1 and t.pathway_id > $2 and ($3::timestamptz is null or t.recorded_at >= $3) and ($4::timestamptz is null or t.recorded_at < $4) order by 1 limit 1000`,
);

/** Writes down, before anything is shown, whose pathways an export tells of: a thousand an entry, so that each patient's own list of look-ups has it. */
export async function noteExport(
  sql: Sql,
  lookUps: LookUps,
  actor: Actor,
  { upTo, from, to }: Span,
  seen: Pick<Seen, 'requestId' | 'criterion'>,
): Promise<void> {
  for (let after = '00000000-0000-0000-0000-000000000000', first = true; ; first = false) {
    const pathways = (await sql.rows<{ id: string }>(told, [upTo, after, from ?? null, to ?? null])).map(
      ({ id }) => id,
    );
    if (pathways.length === 0 && !first) return;
    await lookUps.note({ action: 'export', outcome: 'answered', pathways, ...seen }, actor);
    if (pathways.length < 1000) return;
    after = pathways.at(-1)!;
  }
}

const covering = statement('checkpoint_covering', 'select note from checkpoint where size >= $1 order by size limit 1');

/** Of the log as it is now, unless an earlier size is asked for. Throws invalid for a size that the log has not reached, and for a period that ends before it begins. */
export async function spanOf(sql: Sql, { upTo, from, to }: Wanted): Promise<Span> {
  const size = await sizeOf(sql);
  if (upTo !== undefined && upTo > size)
    throw invalid([{ pointer: '/upTo', message: `is more than the log has: its size is ${size}` }]);
  if (from !== undefined && to !== undefined && from >= to)
    throw invalid([{ pointer: '/to', message: 'does not lie after from: give a later time' }]);
  return { upTo: upTo ?? size, from, to };
}

/** To be read once, from beginning to end. */
export async function exported(
  sql: Sql,
  name: FormatName,
  span: Span,
  { patients = false, seen = () => undefined }: Exporting = {},
): Promise<Exported> {
  const format: Format = formats[name];
  if (patients && name !== 'ndjson')
    throw new Error(
      'Names and numbers of patients are exported as NDJSON alone, which is what the import reads: choose it, or leave --with-patients out.',
    );
  const ruleSets = new Set<string>();
  let [read, held] = [0, 0];
  async function* watched(entries: AsyncIterable<LoggedEntry>): AsyncGenerator<LoggedEntry> {
    for await (const entry of entries) {
      if (format.order === 'index' || !isTakenBack(entry.standing)) {
        held += 1;
        ruleSets.add(entry.ruleSet);
      }
      seen((read += 1));
      yield entry;
    }
  }
  const text =
    format.order === 'index'
      ? format.write(watched(entriesByIndex(sql, { ...span, patients })))
      : format.write(watched(entriesByPathway(sql, span)), await leftOutUpTo(sql, span));
  const { chunks, total } = hashed(text);
  return {
    chunks,
    manifest: async (exportedAt) =>
      manifestOf({
        format: name,
        files: [{ name: fileOf(name), ...total(), entries: held }],
        from: span.from ?? null,
        to: span.to ?? null,
        upTo: span.upTo,
        checkpoint: (await sql.row<{ note: string }>(covering, [span.upTo]))?.note ?? null,
        exportedAt: exportedAt.toISOString(),
        machineVersion,
        ruleSets: [...ruleSets],
      }),
  };
}
