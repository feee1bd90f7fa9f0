/**
 * What goes with an export: which files, of what, by which rules, and their hashes. The manifest's own hash finds an accident; whoever alters it on purpose can work
 * out a new one, so it is the checkpoint, a note signed outside of the database, that ties the entries to the log.
 */
import { z } from 'zod';
import type { Text } from '../../../../machines/pathway/fields.js';
import { canonical, sha256 } from '../../../pathways/log.js';
import type { Total } from './stream.js';

const digest = z.string().regex(/^[0-9a-f]{64}$/);
const whole = z.int().min(0);
const described = z.strictObject({
  format: z.enum(['csv', 'ndjson', 'xes']),
  /** `bytes` and `sha256` are of the file as it was written; `entries` is how many it holds. */
  files: z.array(z.strictObject({ name: z.string().min(1), bytes: whole, sha256: digest, entries: whole })).min(1),
  /** The period that was asked for, RFC 3339; null where it is open. */
  from: z.string().nullable(),
  to: z.string().nullable(),
  /** The size of the Merkle log that was exported: its entries have an index below it. Null where entries without an index are among them. */
  upTo: whole.nullable(),
  checkpoint: z.string().nullable(),
  exportedAt: z.string(),
  machineVersion: whole,
  ruleSets: z.array(z.string()),
});
/** As the API answers it too. */
export const manifest = described.extend({ sha256: digest }).meta({
  id: 'ExportManifest',
  title: 'What an export holds, and the hashes of its files and of the manifest itself',
});
export type Described = z.infer<typeof described>;
/** `sha256` is of the canonical form of everything else. */
export type Manifest = z.infer<typeof manifest>;
export type Fault = { field: string; message: Text };

export function manifestOf({
  format,
  files,
  from,
  to,
  upTo,
  checkpoint,
  exportedAt,
  machineVersion,
  ruleSets,
}: Described): Manifest {
  const told = described.parse({
    format,
    files,
    from,
    to,
    upTo,
    checkpoint,
    exportedAt,
    machineVersion,
    ruleSets: [...new Set(ruleSets)].sort(),
  });
  return { ...told, sha256: sha256(canonical(told)).toString('hex') };
}

const fault = (field: string, da: string, en: string): Fault => ({ field, message: { da, en } });

function fileFault(files: Manifest['files'], { name, bytes, sha256: hash }: Total & { name: string }): Fault[] {
  const said = files.find((file) => file.name === name);
  if (!said)
    return [
      fault(
        `files.${name}`,
        'Filen står ikke i manifestet; hent eksporten igen.',
        'The manifest does not name this file; fetch the export again.',
      ),
    ];
  if (said.bytes !== bytes) {
    return [
      fault(
        `files.${name}.bytes`,
        `Filen er på ${bytes} byte, manifestet siger ${said.bytes}; hent eksporten igen.`,
        `The file has ${bytes} bytes, the manifest says ${said.bytes}; fetch the export again.`,
      ),
    ];
  }
  return said.sha256 === hash
    ? []
    : [
        fault(
          `files.${name}.sha256`,
          'Filens indhold er et andet end det, manifestet beskriver; hent eksporten igen.',
          'The file is not the one that the manifest describes; fetch the export again.',
        ),
      ];
}

/** What is wrong with a manifest, and with the files beside it if they are given as found; nothing wrong is an empty list. Never throws. */
export function verifyManifest(value: unknown, found?: readonly (Total & { name: string })[]): Fault[] {
  const parsed = manifest.safeParse(value);
  if (!parsed.success) {
    return parsed.error.issues.map(({ path }) =>
      fault(
        path.join('.') || 'manifest',
        'Feltet mangler, er ukendt eller har forkert form; brug manifestet, som det blev hentet.',
        'The field is missing, unknown or malformed; use the manifest as it was fetched.',
      ),
    );
  }
  const { sha256: said, ...told } = parsed.data;
  let own: string | undefined;
  try {
    own = sha256(canonical(told)).toString('hex');
  } catch {
    own = undefined;
  }
  const self =
    own === said
      ? []
      : [
          fault(
            'sha256',
            'Manifestet er ændret, efter at det blev skrevet; hent eksporten igen.',
            'The manifest was changed after it was written; fetch the export again.',
          ),
        ];
  const missing =
    found === undefined
      ? []
      : told.files
          .filter(({ name }) => !found.some((file) => file.name === name))
          .map(({ name }) =>
            fault(
              `files.${name}`,
              'Filen mangler; hent eksporten igen.',
              'The file is missing; fetch the export again.',
            ),
          );
  return [...self, ...missing, ...(found ?? []).flatMap((file) => fileFault(told.files, file))];
}
