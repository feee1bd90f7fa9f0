/** The log, shown to those who watch over it: what it is, proofs of it, and whether it is genuine. */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { Clock } from '../database/clock.js';
import type { Sql } from '../database/sql.js';
import { statement } from '../database/sql.js';
import { invalid, Problem } from '../http/problem.js';
import { Keep } from './tree/keep.js';
import { readVerifiers, verifierKeyFile } from './tree/keys.js';
import { databaseLog } from './verify/source-database.js';
import { hashesOf, lagOf, sizeOf } from './tree/store.js';
import { consistencyProof, inclusionProof } from './tree/tree.js';
import { verify, type Report } from './verify/verify.js';

type CheckpointRow = { size: number; note: string; signed_at: Date };
const checkpoint = statement(
  'checkpoint_at',
  'select size::float8 as size, note, signed_at from checkpoint where size = $1',
);
const lastCheckpoint = statement(
  'last_checkpoint',
  'select size::float8 as size, note, signed_at from checkpoint order by size desc limit 1',
);
const checkpointsBefore = statement(
  'checkpoints_before',
  'select size::float8 as size, note, signed_at from checkpoint where size < $1 order by size desc limit $2',
);
const leafAt = statement(
  'log_leaf_at',
  /* sql */ `
  select x.idx::float8 as index, coalesce(t.leaf, r.leaf, a.leaf) as leaf, x.hash, case x.kind when 'transition' then array[t.pathway_id] when 'refusal' then array[r.pathway_id] else a.pathways end::text[] as pathways
  from log_leaf x left join transition t on x.kind = 'transition' and t.pathway_id = x.entry_id and t.seq = x.seq
  left join refusal r on x.kind = 'refusal' and r.id = x.entry_id left join access a on x.kind = 'access' and a.id = x.entry_id where x.idx = $1`,
);
const indexOf = statement(
  'log_index_of',
  `select idx::float8 as index from log_leaf where kind = 'transition' and entry_id = $1 and seq = $2`,
);

/** While others are served: a page of this size is looked at in a few milliseconds. */
const servingPage = 200;
const farthest = Number.MAX_SAFE_INTEGER;

export type Asked = { pathway: string; seq: number } | { index: number };
export type Proof = {
  index: number;
  size: number;
  leaf: string;
  leafHash: string;
  proof: string[];
  checkpoint: string;
  pathways: string[];
};

export class Audit {
  private verifying = false;
  /** `dir`: where checkpoints and the verifier key are kept outside the database. */
  constructor(
    private readonly sql: Sql,
    private readonly clock: Clock,
    private readonly dir: string | undefined,
  ) {}

  /** One at a time: it reads the whole log. Throws busy while another is under way. */
  async verify(): Promise<Report> {
    if (this.verifying)
      throw new Problem('busy', {
        da: 'Loggen efterprøves allerede: prøv igen, når det er færdigt.',
        en: 'The log is being verified already: try again when that is done.',
      });
    this.verifying = true;
    try {
      const known =
        this.dir !== undefined && existsSync(join(this.dir, verifierKeyFile)) ? readVerifiers(this.dir) : undefined;
      return await verify(databaseLog(this.sql, servingPage), {
        verifiers: known,
        outside: this.dir === undefined ? undefined : new Keep(this.dir),
        now: this.clock.now(),
      });
    } finally {
      this.verifying = false;
    }
  }

  async state() {
    const [size, lag, last] = [
      await sizeOf(this.sql),
      await lagOf(this.sql),
      await this.sql.row<CheckpointRow>(lastCheckpoint, []),
    ];
    return { size, pending: lag.pending, pendingSeconds: lag.seconds, checkpoint: last ? seen(last) : null };
  }

  /** The newest first; `before`: the last size of the page before. */
  async checkpoints(limit: number, before = farthest) {
    const rows = await this.sql.rows<CheckpointRow>(checkpointsBefore, [before, limit + 1]);
    const items = rows.slice(0, limit).map(seen);
    return { items, nextCursor: rows.length > limit ? String(items.at(-1)!.size) : null };
  }

  /** That an entry is in the log of this size, which has to be a checkpoint's; that of the last one unless said otherwise. Throws not-found, or invalid naming the field. */
  async proof(asked: Asked, size: number | undefined): Promise<Proof> {
    const [signed, index] = [await this.checkpointOf(size, 'size'), await this.indexOf(asked)];
    if (index >= signed.size) throw notSigned(size);
    const row = await this.sql.row<{ leaf: string | null; hash: Buffer; pathways: string[] }>(leafAt, [index]);
    if (!row || row.leaf === null) throw notThere();
    return {
      index,
      size: signed.size,
      leaf: row.leaf,
      leafHash: row.hash.toString('hex'),
      proof: hexOf(await inclusionProof(index, signed.size, hashesOf(this.sql))),
      checkpoint: signed.note,
      pathways: row.pathways,
    };
  }

  /** That the log of one checkpoint is the beginning of that of another. Throws as above. */
  async consistency(from: number, to: number | undefined) {
    const [first, last] = [await this.checkpointOf(from, 'from'), await this.checkpointOf(to, 'to')];
    if (first.size > last.size)
      throw invalid([{ pointer: '/from', message: 'is larger than to: give the smaller size first' }]);
    return {
      from: first.size,
      to: last.size,
      proof: hexOf(await consistencyProof(first.size, last.size, hashesOf(this.sql))),
      fromCheckpoint: first.note,
      toCheckpoint: last.note,
    };
  }

  private async indexOf(asked: Asked): Promise<number> {
    if ('index' in asked) return asked.index;
    const row = await this.sql.row<{ index: number }>(indexOf, [asked.pathway, asked.seq]);
    if (!row) throw notThere();
    return row.index;
  }
  private async checkpointOf(size: number | undefined, field: string): Promise<CheckpointRow> {
    const row =
      size === undefined
        ? await this.sql.row<CheckpointRow>(lastCheckpoint, [])
        : await this.sql.row<CheckpointRow>(checkpoint, [size]);
    if (row) return row;
    if (size === undefined)
      throw new Problem('not-found', {
        da: 'Loggen er ikke underskrevet endnu: det sker inden for sekunder, når der står noget i den.',
        en: 'The log is not signed yet: that is done within seconds once something stands in it.',
      });
    throw invalid([{ pointer: `/${field}`, message: 'is no size of a checkpoint: see GET /v1/audit/checkpoints' }]);
  }
}

const seen = ({ size, note, signed_at }: CheckpointRow) => ({ size, note, signedAt: signed_at.toISOString() });
const hexOf = (hashes: readonly Buffer[]): string[] => hashes.map((hash) => hash.toString('hex'));
const notThere = () =>
  new Problem('not-found', {
    da: 'Denne post har ingen plads i loggen: enten findes den ikke, eller den får en inden for sekunder.',
    en: 'This entry has no place in the log: either there is none, or it gets one within seconds.',
  });
const notSigned = (size: number | undefined) =>
  size === undefined
    ? new Problem('not-found', {
        da: 'Posten ligger efter det sidste kontrolpunkt: det næste følger inden for sekunder.',
        en: 'The entry lies after the last checkpoint: the next one follows within seconds.',
      })
    : invalid([{ pointer: '/size', message: 'is too small for this entry: give the size of a later checkpoint' }]);
