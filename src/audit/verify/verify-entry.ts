/** Is one entry what it says? Its leaf, the hash of it, what it commits to, and the columns beside it. */
import { z } from 'zod';
import { canonical, commitmentOf, hashOfLeaf } from '../../pathways/log.js';
import type { Columns, Place, StoredEntry } from './source.js';

const uuid = z.string().regex(/^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/);
const digest = z.string().regex(/^[0-9a-f]{64}$/);
const instant = z.string().regex(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/);
const place = z.strictObject({
  stage: z.string(),
  state: z.union([z.string(), z.record(z.string(), z.unknown())]),
  unit: z.string().nullable(),
});
const common = { v: z.literal(1), unit: z.string(), recordedAt: instant, commitment: digest };
/** The shapes of pathways/log.ts, whatever versions of the chart have written into them. */
const shapes = {
  transition: z.strictObject({
    ...common,
    kind: z.literal('transition'),
    type: z.string(),
    role: z.string(),
    via: z.literal('import').optional(),
    pathway: uuid,
    seq: z.int().min(1),
    occurredAt: instant,
    from: place.nullable(),
    to: place,
    machineVersion: z.int(),
    ruleSet: z.string(),
    prev: digest.nullable(),
  }),
  refusal: z.strictObject({
    ...common,
    kind: z.literal('refusal'),
    type: z.string(),
    role: z.string().nullable(),
    id: uuid,
    pathway: uuid,
    version: z.int(),
    code: z.string(),
  }),
  access: z.strictObject({
    ...common,
    kind: z.literal('access'),
    role: z.string().nullable(),
    id: uuid,
    action: z.string(),
    pathways: z.array(uuid),
    outcome: z.string(),
  }),
};
export const kinds = ['transition', 'refusal', 'access'] as const;
export type Kind = (typeof kinds)[number];
export type Leaf = z.infer<(typeof shapes)[Kind]>;
const isKind = (kind: string): kind is Kind => (kinds as readonly string[]).includes(kind);

export const parsed = (text: string): unknown => {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
};

/** Read and written again in the order of its keys, a text that is canonical stays as it is; to sort them each time takes several times as long. What does not is looked at thoroughly. */
function isCanonical(text: string, value: unknown): boolean {
  if (JSON.stringify(value) === text && isSorted(value) && !text.includes('\\ud')) return true;
  try {
    return canonical(value) === text;
  } catch {
    return false;
  }
}
function isSorted(value: unknown): boolean {
  if (typeof value !== 'object' || value === null) return true;
  const keys = Array.isArray(value) ? [] : Object.keys(value);
  return keys.every((key, index) => index === 0 || keys[index - 1]! < key) && Object.values(value).every(isSorted);
}

/** `said` is how the place that it stands at is called; undefined where only the leaf itself says so, as in a bundle. */
export function checkEntry(
  { leaf: text, hash, payload, key, columns }: StoredEntry,
  kind: string,
  said?: Place,
): { leaf: Leaf | undefined; faults: string[]; erased: boolean } {
  const value = parsed(text);
  const read = isKind(kind) ? shapes[kind].safeParse(value) : undefined;
  const leaf: Leaf | undefined = read?.success ? read.data : undefined;
  const erased = payload === null && isGone(kind, key);
  const faults = [
    ...(hashOfLeaf(text).equals(hash) ? [] : ['its bytes do not give its hash']),
    ...(leaf ? [] : [read ? `its bytes are not a leaf of a ${kind}` : `${kind} is no kind of entry`]),
    ...(leaf && !isCanonical(text, value) ? ['its bytes are not canonical JSON'] : []),
    ...(leaf && said && !isAt(leaf, said) ? ['its leaf is that of another place'] : []),
    ...(leaf && columns ? besides(leaf, columns) : []),
    ...(leaf && !erased && payload !== undefined ? opened(kind, leaf, payload, key ?? null) : []),
  ];
  return { leaf, faults, erased };
}

export const placeOf = (leaf: Leaf): Place =>
  leaf.kind === 'transition'
    ? { kind: leaf.kind, id: leaf.pathway, seq: leaf.seq }
    : { kind: leaf.kind, id: leaf.id, seq: 0 };
const isAt = (leaf: Leaf, { id, seq }: Place): boolean => {
  const own = placeOf(leaf);
  return own.id === id && own.seq === seq;
};

/** A patient's key is erased with its row; a look-up's own, which the table demands, by emptying it. */
const isGone = (kind: string, key: Buffer | null | undefined): boolean =>
  key == null || (kind === 'access' && key.length === 0);

function opened(kind: string, { commitment }: Leaf, payload: string | null, key: Buffer | null): string[] {
  if (payload === null) return ['what it told is gone, and its key is not: only a key that is destroyed erases'];
  if (isGone(kind, key)) return ['what it told is there, and the key that it was sealed with is not'];
  return commitmentOf(payload, key!) === commitment ? [] : ['what it told is not what was sealed'];
}

const micro = (time: string): string => `${time.slice(0, -1)}000Z`;
function besides(leaf: Leaf, found: Columns): string[] {
  const said: Columns = {
    type: 'type' in leaf ? leaf.type : null,
    occurredAt: 'occurredAt' in leaf ? micro(leaf.occurredAt) : null,
    recordedAt: micro(leaf.recordedAt),
    version: 'version' in leaf ? leaf.version : null,
    pathway: 'pathway' in leaf ? leaf.pathway : null,
    pathways: 'pathways' in leaf ? leaf.pathways : null,
  };
  const differing = (Object.keys(said) as (keyof Columns)[]).filter(
    (column) => String(said[column]) !== String(found[column]),
  );
  return differing.length === 0
    ? []
    : [`beside it stands another ${differing.map((column) => names[column]).join(' and ')} than in its leaf`];
}
const names: Record<keyof Columns, string> = {
  type: 'event type',
  occurredAt: 'time of occurrence',
  recordedAt: 'time of recording',
  version: 'version',
  pathway: 'pathway',
  pathways: 'list of pathways',
};
