/** Changes of a log that nobody may make, each with the place at which it has to be found. */
import { chmodSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { randomUUID } from 'node:crypto';
import type pg from 'pg';
import {
  digestOf,
  entriesFile,
  filesIn,
  manifestFile,
  readManifest,
  sealManifest,
  textOf,
  writeBundle,
  type Manifest,
} from '../../src/audit/verify/bundle.js';
import type { Kept } from '../../src/audit/tree/keep.js';
import { verifierKeyFile } from '../../src/audit/tree/keys.js';
import { logName, signCheckpoint, type Signer } from '../../src/audit/tree/note.js';
import { databaseLog } from '../../src/audit/verify/source-database.js';
import { Appender } from '../../src/audit/tree/tree.js';
import type { Where } from '../../src/audit/verify/verify-faults.js';
import { canonical, commitmentOf, hashOfLeaf } from '../../src/pathways/log.js';
import { foreignSigner, type TestLog } from './audit.js';

/** Repeatable (mulberry32). */
export class Random {
  constructor(private state: number) {
    for (let i = 0; i < 3; i++) this.next();
  }
  private next(): number {
    this.state = (this.state + 0x6d2b79f5) | 0;
    let t = Math.imul(this.state ^ (this.state >>> 15), 1 | this.state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  }
  /** From 0 to below n. */
  below(n: number): number {
    return Math.floor(this.next() * n);
  }
  of<T>(values: readonly T[]): T {
    return values[this.below(values.length)]!;
  }
  /** Two, in their order. */
  two<T>(values: readonly T[]): [T, T] {
    const [a, b] = [this.below(values.length), this.below(values.length - 1)];
    const other = b >= a ? b + 1 : b;
    return [values[Math.min(a, other)]!, values[Math.max(a, other)]!];
  }
  flipped(bytes: Buffer): Buffer {
    const copy = Buffer.from(bytes);
    copy[this.below(copy.length)]! ^= 1 << this.below(8);
    return copy;
  }
  /** Another letter or digit in place of one: what is stored as text stays text. */
  altered(text: string): string {
    for (;;) {
      const at = this.below(text.length);
      const other = this.of([...'0123456789abcdefghijklmnopqrstuvwxyz']);
      if (/[0-9a-z]/i.test(text[at]!) && text[at] !== other) return text.slice(0, at) + other + text.slice(at + 1);
    }
  }
}

export type EntryAt = {
  index: number;
  kind: string;
  id: string;
  seq: number;
  hash: Buffer;
  leaf: string;
  payload: string;
  key: Buffer;
  patient: string | null;
  pathway: string | null;
};
export type Known = {
  size: number;
  entries: EntryAt[];
  waiting: { kind: string; id: string; seq: number }[];
  checkpoints: Kept[];
  pathways: { id: string; version: number; first: number }[];
};

/** What is in the log before anything is changed. */
export async function known(log: TestLog, client: pg.Client): Promise<Known> {
  const { rows: entries } = await client.query<EntryAt>(`
    select l.idx::float8 as index, l.kind, l.entry_id as id, l.seq, l.hash, coalesce(t.leaf, r.leaf, a.leaf) as leaf, coalesce(t.payload, r.payload, a.payload) as payload, coalesce(k.key, a.salt) as key,
      p.patient_id as patient, p.id as pathway
    from log_leaf l left join transition t on l.kind = 'transition' and t.pathway_id = l.entry_id and t.seq = l.seq left join refusal r on l.kind = 'refusal' and r.id = l.entry_id
    left join access a on l.kind = 'access' and a.id = l.entry_id left join pathway p on p.id = coalesce(t.pathway_id, r.pathway_id) left join patient_key k on k.patient_id = p.patient_id order by l.idx`);
  const { rows: waiting } = await client.query<Known['waiting'][number]>(
    'select kind, entry_id as id, seq from log_pending order by id',
  );
  const { rows: pathways } = await client.query<{ id: string; version: number }>(
    'select id, version from pathway order by id',
  );
  const first = (id: string) => entries.find(({ pathway }) => pathway === id)?.index ?? -1;
  return {
    size: entries.length,
    entries,
    waiting,
    checkpoints: [...log.keep.all()],
    pathways: pathways.map((row) => ({ ...row, first: first(row.id) })).filter((row) => row.first >= 0),
  };
}

type Place = { place: string; isAt: (where: Where) => boolean };
export type Mutation = Place &
  (
    | { database: (client: pg.Client) => Promise<unknown> }
    | { outside: (files: OutsideFiles) => void }
    | { bundle: (files: BundleFiles) => void }
  );
export type Making = [
  name: string,
  make: (random: Random, known: Known, log: TestLog, bundle: BundleFiles) => Mutation,
];

const index = (at: number): Place => ({ place: `index ${at}`, isAt: (where) => where.index === at });
/** Only roots tell: the range that is named holds it. */
const among = (at: number): Place => ({
  place: `a range with index ${at}`,
  isAt: ({ first, last }) => first !== undefined && first <= at && at <= last!,
});
/** The entry itself is as it might be: what follows does not fit to it. */
const near = (at: number): Place => ({
  place: `index ${at} or what continues it`,
  isAt: (where) => index(at).isAt(where) || among(at).isAt(where),
});
const checkpoint = (size: number): Place => ({
  place: `checkpoint ${size}`,
  isAt: (where) => where.checkpoint === size,
});
const pathway = (id: string, seq?: number): Place => ({
  place: `pathway ${id} seq ${seq}`,
  isAt: (where) => where.pathway === id && (seq === undefined || where.seq === seq),
});
const entry = ({ kind, id, seq }: { kind: string; id: string; seq: number }): Place =>
  kind === 'transition'
    ? pathway(id, seq)
    : { place: `${kind} ${id}`, isAt: (where) => where.id === id && where.kind === kind };
const node = (level: number, idx: number): Place => ({
  place: `node ${level}/${idx}`,
  isAt: (where) => where.node?.level === level && where.node.idx === idx,
});
const file = (name: string): Place => ({ place: name, isAt: (where) => where.file === name });

const condition = ({ kind, id, seq }: { kind: string; id: string; seq: number }): string =>
  kind === 'transition' ? `pathway_id = '${id}' and seq = ${seq}` : `id = '${id}'`;
const set = (of: EntryAt, column: string, value: unknown) => (client: pg.Client) =>
  client.query(`update ${of.kind} set ${column} = $1 where ${condition(of)}`, [value]);
const run =
  (text: string, values: unknown[] = []) =>
  (client: pg.Client) =>
    client.query(text, values);
const ofKind = ({ entries }: Known, ...kinds: string[]) => entries.filter(({ kind }) => kinds.includes(kind));
const atEntry =
  (make: (random: Random, of: EntryAt) => (client: pg.Client) => Promise<unknown>, ...kinds: string[]): Making[1] =>
  (random, there) => {
    const of = random.of(kinds.length === 0 ? there.entries : ofKind(there, ...kinds));
    return { ...index(of.index), database: make(random, of) };
  };
const firstOf = ({ entries }: Known, patient: string): number => entries.find((one) => one.patient === patient)!.index;
const atPatient =
  (
    make: (random: Random, patient: string, key: Buffer, other: string) => (client: pg.Client) => Promise<unknown>,
  ): Making[1] =>
  (random, there) => {
    const [of, other] = random.two(ofKind(there, 'transition').filter(({ seq }) => seq === 1));
    return { ...index(firstOf(there, of.patient!)), database: make(random, of.patient!, of.key, other.patient!) };
  };

export const databaseMutations: Making[] = [
  ['a letter of a leaf', atEntry((random, of) => set(of, 'leaf', random.altered(of.leaf)))],
  ["a bit of an entry's hash", atEntry((random, of) => set(of, 'hash', random.flipped(of.hash)))],
  ['a letter of a payload', atEntry((random, of) => set(of, 'payload', random.altered(of.payload)))],
  [
    'a leaf with its hash',
    atEntry((random, of) => async (client) => {
      const leaf = random.altered(of.leaf);
      await set(of, 'leaf', leaf)(client);
      await set(of, 'hash', hashOfLeaf(leaf))(client);
    }),
  ],
  [
    "a payload with its commitment, and the leaf's hash",
    atEntry((random, of) => (client) => resealed(random, of)(client)),
  ],
  [
    "a bit of a patient's key",
    atPatient((random, patient, key) =>
      run('update patient_key set key = $2 where patient_id = $1', [patient, random.flipped(key)]),
    ),
  ],
  [
    "a patient's key, gone",
    atPatient((_random, patient) => run('delete from patient_key where patient_id = $1', [patient])),
  ],
  [
    'a pathway, given to another patient',
    atPatient((_random, patient, _key, other) =>
      run(`update pathway set patient_id = $2, stage = 'closed' where patient_id = $1`, [patient, other]),
    ),
  ],
  ["a bit of a look-up's salt", atEntry((random, of) => set(of, 'salt', random.flipped(of.key)), 'access')],
  ['a payload, gone', atEntry((_random, of) => set(of, 'payload', null))],
  [
    'an event type',
    atEntry(
      (random, of) => set(of, 'event_type', random.altered(JSON.parse(of.leaf).type as string)),
      'transition',
      'refusal',
    ),
  ],
  [
    'a time of occurrence, by a microsecond',
    atEntry(
      (_random, of) =>
        run(`update transition set occurred_at = occurred_at + interval '1 microsecond' where ${condition(of)}`),
      'transition',
    ),
  ],
  [
    'a time of recording',
    atEntry((random, of) =>
      run(
        `update ${of.kind} set recorded_at = recorded_at - ${random.below(1000) + 1} * interval '1 second' where ${condition(of)}`,
      ),
    ),
  ],
  [
    "a refusal's version",
    atEntry((_random, of) => run(`update refusal set version = version + 1 where ${condition(of)}`), 'refusal'),
  ],
  [
    "a refusal's pathway",
    (random, there) => {
      const of = random.of(ofKind(there, 'refusal'));
      return {
        ...index(of.index),
        database: run(`update refusal set pathway_id = $1 where ${condition(of)}`, [
          there.pathways.find(({ id }) => id !== of.pathway)!.id,
        ]),
      };
    },
  ],
  [
    'the pathways of a look-up',
    atEntry(
      (_random, of) => run(`update access set pathways = pathways || array[gen_random_uuid()] where ${condition(of)}`),
      'access',
    ),
  ],
  ['an entry, gone', atEntry((_random, of) => run(`delete from ${of.kind} where ${condition(of)}`))],
  [
    'an entry, gone with its place',
    atEntry((_random, of) => async (client) => {
      await client.query(`delete from ${of.kind} where ${condition(of)}`);
      await client.query('delete from log_leaf where idx = $1', [of.index]);
    }),
  ],
  [
    "an entry and all after it in its pathway, gone with its places and the pathway's word for it",
    (random, there) => {
      const of = random.of(ofKind(there, 'transition').filter(({ seq }) => seq > 1));
      return {
        ...index(of.index),
        database: async (client) => {
          await client.query(`delete from log_leaf where kind = 'transition' and entry_id = $1 and seq >= $2`, [
            of.id,
            of.seq,
          ]);
          await client.query('delete from transition where pathway_id = $1 and seq >= $2', [of.id, of.seq]);
          await client.query(
            'update pathway set version = $2 - 1, head_hash = (select hash from transition where pathway_id = $1 and seq = $2 - 1) where id = $1',
            [of.id, of.seq],
          );
        },
      };
    },
  ],
  [
    'two entries, exchanged',
    (random, there) => {
      const [a, b] = random.two(ofKind(there, 'transition'));
      return {
        ...index(a.index),
        database: async (client) => {
          for (const [to, from] of [
            [a, b],
            [b, a],
          ] as const)
            await client.query(`update transition set leaf = $1, payload = $2, hash = $3 where ${condition(to)}`, [
              from.leaf,
              from.payload,
              from.hash,
            ]);
        },
      };
    },
  ],
  [
    'an entry, moved to another pathway',
    (random, there) => {
      const of = random.of(ofKind(there, 'transition'));
      const other = random.of(there.pathways.filter(({ id }) => id !== of.id));
      return {
        ...index(of.index),
        database: run(`update transition set pathway_id = $1, seq = $2 where ${condition(of)}`, [
          other.id,
          other.version + 1,
        ]),
      };
    },
  ],
  [
    'an entry, twice',
    (random, there) => {
      const of = random.of(ofKind(there, 'transition'));
      const { version } = there.pathways.find(({ id }) => id === of.id)!;
      return {
        ...pathway(of.id, version + 1),
        database: run(
          `insert into transition (pathway_id, seq, event_type, occurred_at, recorded_at, leaf, hash, payload) select pathway_id, $1, event_type, occurred_at, recorded_at, leaf, hash, payload from transition where ${condition(of)}`,
          [version + 1],
        ),
      };
    },
  ],
  [
    'a new entry at the end of a pathway, rightly chained',
    (random, there) => {
      const of = random.of(there.pathways);
      return { ...pathway(of.id, of.version + 1), database: appended(of) };
    },
  ],
  [
    'a new refusal',
    (random, there) => {
      const of = random.of(ofKind(there, 'refusal'));
      const id = randomUUID();
      return {
        ...entry({ kind: 'refusal', id, seq: 0 }),
        database: run(
          `insert into refusal (pathway_id, id, version, event_type, recorded_at, leaf, payload, hash) select pathway_id, $1, version, event_type, recorded_at, leaf, payload, hash from refusal where ${condition(of)}`,
          [id],
        ),
      };
    },
  ],
  [
    'a new look-up',
    (random, there) => {
      const of = random.of(ofKind(there, 'access'));
      const id = randomUUID();
      return {
        ...entry({ kind: 'access', id, seq: 0 }),
        database: run(
          `insert into access (id, recorded_at, pathways, leaf, payload, salt, hash) select $1, recorded_at, pathways, leaf, payload, salt, hash from access where ${condition(of)}`,
          [id],
        ),
      };
    },
  ],
  [
    'a bit of a hash of the tree',
    atEntry((random, of) => run('update log_leaf set hash = $2 where idx = $1', [of.index, random.flipped(of.hash)])),
  ],
  ['a place of the tree, gone', atEntry((_random, of) => run('delete from log_leaf where idx = $1', [of.index]))],
  [
    'two places of the tree, exchanged',
    (random, there) => {
      const [a, b] = random.two(there.entries);
      return {
        ...among(a.index),
        database: async (client) => {
          for (const [from, to] of [
            [a.index, -1],
            [b.index, a.index],
            [-1, b.index],
          ])
            await client.query('update log_leaf set idx = $2 where idx = $1', [
              from! < 0 ? there.size + 5 : from,
              to! < 0 ? there.size + 5 : to,
            ]);
        },
      };
    },
  ],
  [
    'the kind of a place of the tree',
    atEntry((random, of) =>
      run('update log_leaf set kind = $2 where idx = $1', [
        of.index,
        random.of(['transition', 'refusal', 'access', 'other'].filter((kind) => kind !== of.kind)),
      ]),
    ),
  ],
  [
    'the seq of a place of the tree',
    atEntry((_random, of) => run('update log_leaf set seq = 99 where idx = $1', [of.index])),
  ],
  [
    'another place of the tree, beyond its size',
    (_random, there) => ({
      ...index(there.size),
      database: run(
        `insert into log_leaf (idx, kind, entry_id, seq, hash) values ($1, 'transition', gen_random_uuid(), 1, $2)`,
        [there.size, there.entries[0]!.hash],
      ),
    }),
  ],
  [
    'another place of the tree, within its size',
    (_random, there) => ({
      ...index(there.size),
      database: async (client) => {
        await client.query(
          `insert into log_leaf (idx, kind, entry_id, seq, hash) values ($1, 'refusal', gen_random_uuid(), 0, $2)`,
          [there.size, there.entries[0]!.hash],
        );
        await client.query('update log_head set size = size + 1');
      },
    }),
  ],
  [
    "the tree's size, larger",
    (random, there) => ({
      ...index(there.size),
      database: run('update log_head set size = size + $1', [random.of([1, 7, 5_000, 2 ** 50])]),
    }),
  ],
  [
    "the tree's size, smaller",
    (random, there) => {
      const by = random.below(20) + 1;
      return { ...index(there.size - by), database: run('update log_head set size = size - $1', [by]) };
    },
  ],
  ["the tree's size, gone", (_random, there) => ({ ...index(there.size), database: run('delete from log_head') })],
  [
    'the end of the tree, gone',
    (random, there) => {
      const by = random.below(20) + 1;
      return { ...index(there.size - by), database: run('delete from log_leaf where idx >= $1', [there.size - by]) };
    },
  ],
  [
    'the end of the tree, gone, and its size with it',
    (random, there) => {
      const by = random.below(20) + 1;
      return {
        ...index(there.size - by),
        database: async (client) => {
          await client.query('delete from log_leaf where idx >= $1', [there.size - by]);
          await client.query('update log_head set size = $1', [there.size - by]);
        },
      };
    },
  ],
  [
    'the database, rolled back',
    (random, there) => {
      const to = there.checkpoints.at(-1)!.size - random.below(40) - 1;
      return { ...index(to), database: rolledBack(there, to) };
    },
  ],
  [
    'a bit of a node',
    (random) => ({
      ...node(8, 0),
      database: async (client) => {
        const {
          rows: [row],
        } = await client.query<{ hash: Buffer }>('select hash from log_node');
        await client.query('update log_node set hash = $1', [random.flipped(row!.hash)]);
      },
    }),
  ],
  ['a node, gone', () => ({ ...node(8, 0), database: run('delete from log_node') })],
  [
    'another node',
    (random, there) => {
      const [level, idx] = random.of([
        [8, 7],
        [16, 0],
        [7, 0],
        [8, 2 ** 40],
      ] as const);
      return {
        ...node(level, idx),
        database: run('insert into log_node (level, idx, hash) values ($1, $2, $3)', [
          level,
          idx,
          there.entries[0]!.hash,
        ]),
      };
    },
  ],
  ['the level of a node', () => ({ ...node(8, 0), database: run('update log_node set level = 16') })],
  [
    'a letter of a checkpoint',
    (random, there) => {
      const of = random.of(there.checkpoints);
      return {
        ...checkpoint(of.size),
        database: run('update checkpoint set note = $2 where size = $1', [of.size, random.altered(of.note)]),
      };
    },
  ],
  [
    'a checkpoint, gone',
    (random, there) => {
      const of = random.of(there.checkpoints.slice(0, -1));
      return { ...checkpoint(of.size), database: run('delete from checkpoint where size = $1', [of.size]) };
    },
  ],
  [
    'two checkpoints, exchanged',
    (random, there) => {
      const [a, b] = random.two(there.checkpoints);
      return {
        ...checkpoint(a.size),
        database: async (client) => {
          for (const [to, from] of [
            [a, b],
            [b, a],
          ] as const)
            await client.query('update checkpoint set note = $2 where size = $1', [to.size, from.note]);
        },
      };
    },
  ],
  [
    'a checkpoint by another key',
    (random, there) => {
      const of = random.of(there.checkpoints);
      return {
        ...checkpoint(of.size),
        database: run('update checkpoint set note = $2 where size = $1', [
          of.size,
          signCheckpoint({ origin: logName, size: of.size, root: rootAt(there, of.size) }, foreignSigner()),
        ]),
      };
    },
  ],
  [
    'another checkpoint by another key',
    (random, there) => {
      const size = random.of(
        there.entries.map((one) => one.index + 1).filter((size) => !there.checkpoints.some((one) => one.size === size)),
      );
      return {
        ...checkpoint(size),
        database: run('insert into checkpoint (size, note, signed_at) values ($1, $2, now())', [
          size,
          signCheckpoint({ origin: logName, size, root: rootAt(there, size) }, foreignSigner()),
        ]),
      };
    },
  ],
  [
    'the size of a checkpoint',
    (random, there) => {
      const of = random.of(there.checkpoints);
      return {
        ...checkpoint(of.size - 1),
        database: run('update checkpoint set size = size - 1 where size = $1', [of.size]),
      };
    },
  ],
  [
    'a checkpoint beyond the log',
    (_random, there) => ({
      ...checkpoint(there.size + 9),
      database: run('insert into checkpoint (size, note, signed_at) values ($1, $2, now())', [
        there.size + 9,
        there.checkpoints[0]!.note,
      ]),
    }),
  ],
  [
    'a history, rewritten with all its chains, and signed by another key',
    (random, there) => rewriting(random, there, () => foreignSigner()),
  ],
  [
    "a history, rewritten with all its chains, and signed by the log's own key",
    (random, there, log) => rewriting(random, there, () => log.signer),
  ],
  [
    "a bit of a pathway's head",
    (random, there) => {
      const of = random.of(there.pathways);
      return {
        ...pathway(of.id),
        database: async (client) => {
          const {
            rows: [row],
          } = await client.query<{ head_hash: Buffer }>('select head_hash from pathway where id = $1', [of.id]);
          await client.query('update pathway set head_hash = $2 where id = $1', [
            of.id,
            random.flipped(row!.head_hash),
          ]);
        },
      };
    },
  ],
  [
    "a pathway's version",
    (random, there) => {
      const of = random.of(there.pathways);
      return {
        ...pathway(of.id),
        database: run('update pathway set version = version + $2 where id = $1', [
          of.id,
          random.of(of.version > 1 ? [1, -1] : [1]),
        ]),
      };
    },
  ],
  [
    'a pathway, gone',
    (random, there) => {
      const of = random.of(there.pathways);
      return { ...index(of.first), database: run('delete from pathway where id = $1', [of.id]) };
    },
  ],
  [
    'a pathway without entries',
    (random, there) => {
      const id = randomUUID();
      return {
        ...pathway(id),
        database: run(
          `insert into pathway (id, patient_id, version, stage, state, unit, next_move, planning_area, units, stage_since, due_at, last_at, missing, machine_version, rule_set, snapshot, head_hash) select $2, patient_id, 1, 'closed', state, unit, next_move, planning_area, units, stage_since, due_at, last_at, missing, machine_version, rule_set, snapshot, head_hash from pathway where id = $1`,
          [random.of(there.pathways).id, id],
        ),
      };
    },
  ],
  [
    'an entry that waits, changed',
    (random, there) => {
      const of = random.of(there.waiting);
      return {
        ...entry(of),
        database: run(
          `update ${of.kind} set ${random.of(['leaf = replace(leaf, \'"v":1\', \'"v":2\')', "payload = payload || ' '", 'hash = sha256(hash)', "recorded_at = recorded_at + interval '1 second'"])} where ${condition(of)}`,
        ),
      };
    },
  ],
  [
    'an entry that waits, gone',
    (random, there) => {
      const of = random.of(there.waiting);
      return { ...entry(of), database: run(`delete from ${of.kind} where ${condition(of)}`) };
    },
  ],
  [
    'an entry that waits no more',
    (random, there) => {
      const of = random.of(there.waiting);
      return {
        ...entry(of),
        database: run('delete from log_pending where kind = $1 and entry_id = $2 and seq = $3', [
          of.kind,
          of.id,
          of.seq,
        ]),
      };
    },
  ],
  [
    'an entry that waits with another hash',
    (random, there) => {
      const of = random.of(there.waiting);
      return {
        ...entry(of),
        database: run('update log_pending set hash = sha256(hash) where kind = $1 and entry_id = $2 and seq = $3', [
          of.kind,
          of.id,
          of.seq,
        ]),
      };
    },
  ],
  [
    'an entry that waits and has its place',
    (random, there) => {
      const of = random.of(there.entries);
      return {
        ...entry(of),
        database: run('insert into log_pending (kind, entry_id, seq, hash) values ($1, $2, $3, $4)', [
          of.kind,
          of.id,
          of.seq,
          of.hash,
        ]),
      };
    },
  ],
];

function rootAt({ entries }: Known, size: number): Buffer {
  const tree = new Appender();
  for (const { hash } of entries.slice(0, size)) tree.append(hash);
  return tree.root();
}

type Rewritten = { leaf: string; payload: string; hash: Buffer };
/** Said otherwise, and sealed as it was: with the patient's key, of which there is one in the database. */
function resaid(random: Random, { leaf, payload, key }: EntryAt): Rewritten {
  const told = canonical({ ...(JSON.parse(payload) as object), sub: `somebody.else.${random.below(100)}` });
  const text = canonical({ ...(JSON.parse(leaf) as object), commitment: commitmentOf(told, key) });
  return { leaf: text, payload: told, hash: hashOfLeaf(text) };
}
const resealed =
  (random: Random, of: EntryAt) =>
  async (client: pg.Client): Promise<void> => {
    const { leaf, payload, hash } = resaid(random, of);
    await client.query(`update ${of.kind} set leaf = $1, payload = $2, hash = $3 where ${condition(of)}`, [
      leaf,
      payload,
      hash,
    ]);
  };

/** An entry is said otherwise, and everything that hangs on it is worked out anew. The places of the tree whose entries changed, by index. */
export function rewritten(random: Random, { entries }: Known, of: EntryAt): Map<number, Rewritten> {
  const changed = new Map<number, Rewritten>([[of.index, resaid(random, of)]]);
  let prev = changed.get(of.index)!.hash;
  if (of.kind === 'transition')
    for (const later of entries.filter(({ kind, id, seq }) => kind === 'transition' && id === of.id && seq > of.seq)) {
      const leaf = canonical({ ...(JSON.parse(later.leaf) as object), prev: prev.toString('hex') });
      changed.set(later.index, { leaf, payload: later.payload, hash: (prev = hashOfLeaf(leaf)) });
    }
  return changed;
}

function rewriting(random: Random, there: Known, signerOf: () => Signer): Mutation {
  const of = random.of(there.entries.filter((one) => one.index < there.checkpoints.at(-1)!.size));
  return {
    ...among(of.index),
    database: async (client) => {
      const signer = signerOf();
      const changed = rewritten(random, there, of);
      for (const [at, { leaf, payload, hash }] of changed) {
        await client.query(
          `update ${of.kind} set leaf = $1, payload = $2, hash = $3 where ${condition(there.entries[at]!)}`,
          [leaf, payload, hash],
        );
        await client.query('update log_leaf set hash = $2 where idx = $1', [at, hash]);
      }
      if (of.kind === 'transition')
        await client.query(
          'update pathway set head_hash = (select hash from transition where pathway_id = $1 order by seq desc limit 1) where id = $1',
          [of.id],
        );
      const tree = new Appender();
      for (const { index: at, hash } of there.entries) {
        tree.append(changed.get(at)?.hash ?? hash);
        const signed = there.checkpoints.find(({ size }) => size === tree.size);
        if (signed && tree.size > of.index)
          await client.query('update checkpoint set note = $2 where size = $1', [
            tree.size,
            signCheckpoint({ origin: logName, size: tree.size, root: tree.root() }, signer),
          ]);
      }
      for (const { level, idx, hash } of tree.taken())
        await client.query('update log_node set hash = $3 where level = $1 and idx = $2', [level, idx, hash]);
      // What waits and continues a rewritten entry.
      for (const waits of there.waiting.filter(({ kind, id }) => kind === 'transition' && id === of.id)) {
        const {
          rows: [row],
        } = await client.query<{ leaf: string }>(`select leaf from transition where ${condition(waits)}`);
        const {
          rows: [before],
        } = await client.query<{ hash: Buffer }>(
          `select hash from transition where ${condition({ ...waits, seq: waits.seq - 1 })}`,
        );
        const leaf = canonical({ ...(JSON.parse(row!.leaf) as object), prev: before!.hash.toString('hex') });
        await client.query(`update transition set leaf = $1, hash = $2 where ${condition(waits)}`, [
          leaf,
          hashOfLeaf(leaf),
        ]);
        await client.query('update log_pending set hash = $1 where kind = $2 and entry_id = $3 and seq = $4', [
          hashOfLeaf(leaf),
          waits.kind,
          waits.id,
          waits.seq,
        ]);
        await client.query('update pathway set head_hash = $2 where id = $1', [waits.id, hashOfLeaf(leaf)]);
      }
    },
  };
}

/** By somebody who knows the patient's key and does everything right, but cannot have it sequenced unseen. */
const appended =
  ({ id, version }: Known['pathways'][number]) =>
  async (client: pg.Client): Promise<void> => {
    const {
      rows: [last],
    } = await client.query<{ leaf: string; payload: string; hash: Buffer; key: Buffer }>(
      'select t.leaf, t.payload, t.hash, k.key from transition t join pathway p on p.id = t.pathway_id join patient_key k on k.patient_id = p.patient_id where t.pathway_id = $1 and t.seq = $2',
      [id, version],
    );
    const leaf = canonical({
      ...(JSON.parse(last!.leaf) as object),
      seq: version + 1,
      prev: last!.hash.toString('hex'),
    });
    await client.query(
      'insert into transition (pathway_id, seq, event_type, occurred_at, recorded_at, leaf, hash, payload) select pathway_id, seq + 1, event_type, occurred_at, recorded_at, $3, $4, payload from transition where pathway_id = $1 and seq = $2',
      [id, version, leaf, hashOfLeaf(leaf)],
    );
    await client.query('update pathway set version = $2, head_hash = $3 where id = $1', [
      id,
      version + 1,
      hashOfLeaf(leaf),
    ]);
  };

/** As a backup of before would have it: nothing in it disagrees with anything else in it. */
const rolledBack =
  ({ entries }: Known, to: number) =>
  async (client: pg.Client): Promise<void> => {
    await client.query(
      "delete from transition t using log_pending n where n.kind = 'transition' and n.entry_id = t.pathway_id and n.seq = t.seq",
    );
    await client.query("delete from refusal r using log_pending n where n.kind = 'refusal' and n.entry_id = r.id");
    await client.query("delete from access a using log_pending n where n.kind = 'access' and n.entry_id = a.id");
    await client.query('delete from log_pending');
    for (const of of entries.slice(to)) await client.query(`delete from ${of.kind} where ${condition(of)}`);
    await client.query('delete from log_leaf where idx >= $1', [to]);
    await client.query('delete from log_node where (idx + 1) << level > $1', [to]);
    await client.query('delete from checkpoint where size > $1', [to]);
    await client.query('update log_head set size = $1', [to]);
    await client.query('delete from pathway p where not exists (select from transition t where t.pathway_id = p.id)');
    await client.query(
      'update pathway p set version = t.seq, head_hash = t.hash from transition t where t.pathway_id = p.id and t.seq = (select max(seq) from transition where pathway_id = p.id)',
    );
  };

// ---- files

/** Files of a directory, changed and put back. */
class Files {
  private readonly before = new Map<string, Buffer | undefined>();
  constructor(readonly dir: string) {}
  read(name: string): Buffer {
    return readFileSync(join(this.dir, name));
  }
  write(name: string, content: string | Buffer): void {
    const path = join(this.dir, name);
    if (!this.before.has(name)) this.before.set(name, existsSync(path) ? readFileSync(path) : undefined);
    mkdirSync(dirname(path), { recursive: true });
    if (existsSync(path)) chmodSync(path, 0o644);
    writeFileSync(path, content);
  }
  remove(name: string): void {
    this.before.set(name, this.before.get(name) ?? this.read(name));
    rmSync(join(this.dir, name));
  }
  restore(): void {
    for (const [name, content] of this.before) {
      if (content === undefined) rmSync(join(this.dir, name));
      else writeFileSync(join(this.dir, name), content);
    }
    this.before.clear();
  }
}
/** The checkpoints that are kept outside. */
export class OutsideFiles extends Files {
  nameOf(size: number): string {
    return `checkpoints/${String(Math.floor(size / 100_000)).padStart(8, '0')}/${String(size).padStart(13, '0')}.note`;
  }
}

export const outsideMutations: Making[] = [
  [
    'a letter of a checkpoint outside',
    (random, there) => {
      const of = random.of(there.checkpoints);
      return {
        ...checkpoint(of.size),
        outside: (files) => files.write(files.nameOf(of.size), random.altered(of.note)),
      };
    },
  ],
  [
    'a checkpoint outside, cut off',
    (random, there) => {
      const of = random.of(there.checkpoints);
      return {
        ...checkpoint(of.size),
        outside: (files) => files.write(files.nameOf(of.size), of.note.slice(0, random.below(of.note.length))),
      };
    },
  ],
  [
    'a checkpoint outside, gone',
    (random, there) => {
      const of = random.of(there.checkpoints);
      return { ...checkpoint(of.size), outside: (files) => files.remove(files.nameOf(of.size)) };
    },
  ],
  [
    'two checkpoints outside, exchanged',
    (random, there) => {
      const [a, b] = random.two(there.checkpoints);
      return {
        ...checkpoint(a.size),
        outside: (files) => {
          files.write(files.nameOf(a.size), b.note);
          files.write(files.nameOf(b.size), a.note);
        },
      };
    },
  ],
  [
    'a checkpoint outside by another key',
    (random, there) => {
      const of = random.of(there.checkpoints);
      return {
        ...checkpoint(of.size),
        outside: (files) =>
          files.write(
            files.nameOf(of.size),
            signCheckpoint({ origin: logName, size: of.size, root: rootAt(there, of.size) }, foreignSigner()),
          ),
      };
    },
  ],
  [
    'another checkpoint outside',
    (random, there) => {
      const of = random.of(there.checkpoints.slice(0, -1));
      return { ...checkpoint(of.size + 1), outside: (files) => files.write(files.nameOf(of.size + 1), of.note) };
    },
  ],
  [
    'a checkpoint outside of a longer log',
    (_random, there, log) => ({
      ...index(there.size),
      outside: (files) =>
        files.write(
          files.nameOf(there.size + 3),
          signCheckpoint({ origin: logName, size: there.size + 3, root: rootAt(there, 3) }, log.signer),
        ),
    }),
  ],
];

type Line = { hash: string; index: number; kind: string; leaf: string; payload: string | null; key: string | null };
export class BundleFiles extends Files {
  private constructor(
    dir: string,
    readonly lines: readonly string[],
    readonly manifest: Manifest,
  ) {
    super(dir);
  }
  static async of(log: TestLog): Promise<BundleFiles> {
    const dir = join(mkdtempSync(join(tmpdir(), 'smertevejen-bundle-')), 'bundle');
    const manifest = await writeBundle(databaseLog(log.server.sql), dir, {
      payloads: true,
      verifierKeys: [log.signer.verifierKey],
    });
    return new BundleFiles(dir, readFileSync(join(dir, entriesFile), 'utf8').trimEnd().split('\n'), manifest);
  }
  entries(lines: readonly string[]): void {
    this.write(entriesFile, `${lines.join('\n')}\n`);
  }
  checkpoints(): string[] {
    return filesIn(this.dir).filter((name) => name.startsWith('checkpoints/'));
  }
  /** The manifest as whoever changed the files would write it. */
  describedAnew(): void {
    const { sha256: _own, ...told } = readManifest(this.read(manifestFile).toString())!;
    this.write(
      manifestFile,
      textOf(sealManifest({ ...told, files: told.files.map(({ name }) => ({ name, ...digestOf(this.read(name)) })) })),
    );
  }
  override remove(name?: string): void {
    if (name === undefined) rmSync(dirname(this.dir), { recursive: true, force: true });
    else super.remove(name);
  }
}

const sizeOfFile = (name: string): number => Number(/(\d+)\.note$/.exec(name)![1]);
const lineAt =
  (place: (at: number) => Place) =>
  (change: (random: Random, at: number, lines: string[]) => void): Making[1] =>
  (random, _there, _log, { lines }) => {
    const at = random.below(lines.length);
    return {
      ...place(at),
      bundle: (files) => {
        const copy = [...lines];
        change(random, at, copy);
        files.entries(copy);
        if (random.below(2) === 0) files.describedAnew();
      },
    };
  };
const atLine = lineAt(index);
const likely = lineAt(near);
const member = (name: keyof Line, change: (random: Random, line: Line) => Line[keyof Line]): Making[1] =>
  atLine((random, at, lines) => {
    const line = JSON.parse(lines[at]!) as Line;
    lines[at] = canonical({ ...line, [name]: change(random, line) });
  });

/** The entries of a bundle told otherwise and chained anew, and the manifest with them. */
function retold(random: Random, there: Known, files: BundleFiles, at: number): void {
  const changed = rewritten(random, there, there.entries[at]!);
  files.entries(
    files.lines.map((text, index) => {
      const now = changed.get(index);
      return now
        ? canonical({
            ...(JSON.parse(text) as Line),
            leaf: now.leaf,
            payload: now.payload,
            hash: now.hash.toString('hex'),
          })
        : text;
    }),
  );
}

export const bundleMutations: Making[] = [
  [
    'a letter of a line',
    atLine((random, at, lines) => {
      lines[at] = random.altered(lines[at]!);
    }),
  ],
  [
    'a byte of a line',
    atLine((random, at, lines) => {
      lines[at] = random.flipped(Buffer.from(lines[at]!)).toString('latin1');
    }),
  ],
  ['a leaf of a bundle', member('leaf', (random, { leaf }) => random.altered(leaf))],
  ['a payload of a bundle', member('payload', (random, { payload }) => random.altered(payload!))],
  ['a payload of a bundle, gone', member('payload', () => null)],
  ['a key of a bundle', member('key', (random, { key }) => random.flipped(Buffer.from(key!, 'hex')).toString('hex'))],
  ['a key of a bundle, gone', member('key', () => null)],
  [
    'a hash of a bundle',
    member('hash', (random, { hash }) => random.flipped(Buffer.from(hash, 'hex')).toString('hex')),
  ],
  [
    'a kind of a bundle',
    member('kind', (random, { kind }) =>
      random.of(['transition', 'refusal', 'access', ''].filter((other) => other !== kind)),
    ),
  ],
  [
    'an index of a bundle',
    (random, _there, _log, { lines }) => {
      const [at, other] = random.two([...lines.keys()]);
      return {
        ...index(at),
        bundle: (files) =>
          files.entries(
            lines.map((line, place) =>
              place === at ? canonical({ ...(JSON.parse(line) as Line), index: other }) : line,
            ),
          ),
      };
    },
  ],
  [
    'a line, gone',
    atLine((_random, at, lines) => {
      lines.splice(at, 1);
    }),
  ],
  [
    'a line, twice',
    atLine((_random, at, lines) => {
      lines.splice(at, 0, lines[at]!);
    }),
  ],
  [
    'a line, somewhere else again',
    (random, _there, _log, { lines }) => {
      const [at, to] = random.two([...lines.keys()]);
      return {
        ...index(at),
        bundle: (files) => files.entries([...lines.slice(0, to + 1), lines[at]!, ...lines.slice(to + 1)]),
      };
    },
  ],
  [
    'an empty line',
    atLine((_random, at, lines) => {
      lines.splice(at, 0, '');
    }),
  ],
  [
    'a line that was made up',
    likely((random, at, lines) => {
      const line = JSON.parse(lines[at]!) as Line;
      const leaf = random.altered(line.leaf);
      lines[at] = canonical({ ...line, leaf, hash: hashOfLeaf(leaf).toString('hex') });
    }),
  ],
  [
    'two lines, exchanged',
    (random, _there, _log, { lines }) => {
      const [a, b] = random.two([...lines.keys()]);
      return {
        ...index(a),
        bundle: (files) => files.entries(lines.map((line, at) => lines[at === a ? b : at === b ? a : at] ?? line)),
      };
    },
  ],
  [
    'the entries of a bundle, cut off',
    (random, _there, _log, { lines }) => {
      const at = random.below(lines.length);
      return {
        ...index(at),
        bundle: (files) =>
          files.write(
            entriesFile,
            [...lines.slice(0, at), lines[at]!.slice(0, random.below(lines[at]!.length))].join('\n'),
          ),
      };
    },
  ],
  [
    'the last lines, gone, and the manifest with them',
    (random, there, _log, { lines, manifest }) => {
      const by = random.below(20) + 1;
      return {
        ...checkpoint(there.checkpoints.find(({ size }) => size > lines.length - by)!.size),
        bundle: (files) => {
          files.entries(lines.slice(0, -by));
          const { sha256: _own, ...told } = manifest;
          const counts = { transition: 0, refusal: 0, access: 0 };
          for (const line of lines.slice(0, -by)) counts[(JSON.parse(line) as { kind: keyof typeof counts }).kind] += 1;
          files.write(manifestFile, textOf(sealManifest({ ...told, size: told.size - by, entries: counts })));
          files.describedAnew();
        },
      };
    },
  ],
  [
    'a history of a bundle, rewritten with all its chains',
    (random, there, _log, { lines }) => {
      const at = random.below(lines.length);
      return {
        ...among(at),
        bundle: (files) => {
          retold(random, there, files, at);
          files.describedAnew();
        },
      };
    },
  ],
  [
    'a history of a bundle, rewritten and signed by another key',
    (random, there, _log, { lines }) => {
      const at = random.below(lines.length);
      const first = there.checkpoints.find(({ size }) => size > at)!.size;
      return {
        ...checkpoint(first),
        bundle: (files) => {
          const signer = foreignSigner();
          retold(random, there, files, at);
          const hashes = files
            .read(entriesFile)
            .toString()
            .trimEnd()
            .split('\n')
            .map((line) => Buffer.from((JSON.parse(line) as Line).hash, 'hex'));
          for (const name of files.checkpoints().filter((name) => sizeOfFile(name) >= first)) {
            const tree = new Appender();
            for (const hash of hashes.slice(0, sizeOfFile(name))) tree.append(hash);
            files.write(name, signCheckpoint({ origin: logName, size: tree.size, root: tree.root() }, signer));
          }
          files.write(verifierKeyFile, `${signer.verifierKey}\n`);
          files.describedAnew();
        },
      };
    },
  ],
  [
    'a byte of the manifest',
    (random, _there, _log, files) => ({
      ...file(manifestFile),
      bundle: () => files.write(manifestFile, random.flipped(files.read(manifestFile))),
    }),
  ],
  [
    'the manifest, gone',
    (_random, _there, _log, files) => ({ ...file(manifestFile), bundle: () => files.remove(manifestFile) }),
  ],
  [
    "the manifest's word for a file",
    (random, _there, _log, { manifest }) => {
      const { name } = random.of(manifest.files);
      return {
        ...file(name),
        bundle: (files) => {
          const { sha256: _own, ...told } = manifest;
          files.write(
            manifestFile,
            textOf(
              sealManifest({
                ...told,
                files: told.files.map((one) => (one.name === name ? { ...one, bytes: one.bytes + 1 } : one)),
              }),
            ),
          );
        },
      };
    },
  ],
  [
    'a byte of a checkpoint of a bundle',
    (random, _there, _log, files) => {
      const name = random.of(files.checkpoints());
      return {
        ...checkpoint(sizeOfFile(name)),
        bundle: () => files.write(name, random.altered(files.read(name).toString())),
      };
    },
  ],
  [
    'a checkpoint of a bundle, gone',
    (random, _there, _log, files) => {
      const name = random.of(files.checkpoints());
      return { ...file(name), bundle: () => files.remove(name) };
    },
  ],
  [
    'two checkpoints of a bundle, exchanged',
    (random, _there, _log, files) => {
      const [a, b] = random.two(files.checkpoints());
      return {
        ...checkpoint(sizeOfFile(a)),
        bundle: () => {
          const [was, is] = [files.read(a), files.read(b)];
          files.write(a, is);
          files.write(b, was);
        },
      };
    },
  ],
  [
    "a byte of the bundle's own key",
    (random, _there, _log, files) => ({
      ...file(verifierKeyFile),
      bundle: () => files.write(verifierKeyFile, random.flipped(files.read(verifierKeyFile))),
    }),
  ],
  [
    'a file that does not belong to a bundle',
    () => ({ ...file('notes.txt'), bundle: (files) => files.write('notes.txt', 'x') }),
  ],
];
