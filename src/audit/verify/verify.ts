/**
 * Is the log the one that was written? Everything is worked out anew from the bytes: each entry, each chain, the tree and its nodes, and every checkpoint, of which some lie
 * outside the database. Whether pathways and counts follow from the log is pathways/check.ts's question.
 */
import type { Verifier } from '../tree/note.js';
import type { Head, Outside } from './source.js';
import { besideBundle, roundsOf, type BundleLog } from './source-bundle.js';
import type { DatabaseLog } from './source-database.js';
import { Checkpoints } from './verify-checkpoints.js';
import { besideTree, type Beside } from './verify-beside.js';
import { Faults, type Fault } from './verify-faults.js';
import { alongTree, type Walked } from './verify-tree.js';

/**
 * intact: all is there, in order, and signed. broken: something is not as it was written. incomplete: nothing is wrong with what is there, but something waits, is not signed yet,
 * or there was nothing outside to compare with; `reasons` tells. nothing: an empty log.
 */
export const outcomes = ['intact', 'broken', 'incomplete', 'nothing'] as const;
export type Outcome = (typeof outcomes)[number];
export type Report = {
  outcome: Outcome;
  reasons: string[];
  /** The first first; at most 1,000 of them, and how many more there are. */
  faults: Fault[];
  more: number;
  /** Looked at in the tree; its size and root (hex); the size of the last checkpoint that agrees. */
  entries: number;
  pathways: number;
  checkpoints: number;
  size: number;
  root: string;
  covered: number;
  /** Entries whose key is destroyed; entries that wait for their place in the tree. */
  erased: number;
  pending: number;
  seconds: number;
  perSecond: number;
};
export type Verifying = {
  /** Undefined: whatever the source itself brings. */
  verifiers?: readonly Verifier[] | undefined;
  /** One without a checkpoint is none. */
  outside?: Outside | undefined;
  /** For a progress bar. */
  seen?: (done: number, of: number) => void;
  /** What waits or is unsigned for longer than so many seconds makes a log incomplete. An entry that waits is measured by the database's clock, one that is unsigned by when it was recorded. */
  graceSeconds?: number;
  now?: Date;
};

/** Reads, and writes nothing. Rejects when the log cannot be read, never for what is in it. */
export async function verify(
  log: DatabaseLog | BundleLog,
  { verifiers: given, outside, seen = () => undefined, graceSeconds = 60, now = new Date() }: Verifying,
): Promise<Report> {
  const started = performance.now();
  const faults = new Faults();
  // Before the size: what is signed then is in the tree already.
  const last = outside?.last();
  const head = await log.head();
  const verifiers = given ?? (log.what === 'bundle' ? log.verifiers() : []);
  const checkpoints = new Checkpoints(log, last && outside, verifiers, faults, head.from);
  // The tree, and then the chains; of a bundle both at once.
  const rounds = log.what === 'bundle' ? roundsOf(head) : 2;
  let done = 0;
  const more = (count: number) => seen((done += count), Math.max(done, rounds * (head.size - head.from)));
  sizeFaults(log, head, last?.size, faults);
  const bundle = log.what === 'bundle' ? besideBundle(log, head, faults) : undefined;
  const walked = await alongTree({
    pages: log.pages(head),
    head,
    checkpoints,
    faults,
    seen: more,
    ...(log.what === 'database' ? { nodes: (from: number, to: number) => log.nodes(from, to) } : {}),
    ...(bundle ? { each: bundle.each } : {}),
  });
  const beside: Beside =
    log.what === 'database'
      ? await besideTree(log, faults, more)
      : { ...(await bundle!.end(more)), pending: 0, seconds: 0 };
  await checkpoints.end({ grows: log.what === 'database' });
  const reasons = reasonsOf({
    log,
    given,
    verifiers,
    last,
    covered: checkpoints.covered,
    head,
    walked,
    beside,
    grace: graceSeconds,
    now,
  });
  const seconds = (performance.now() - started) / 1000;
  const outcome =
    faults.count > 0
      ? 'broken'
      : head.size === 0 && checkpoints.count === 0 && beside.pending === 0
        ? 'nothing'
        : reasons.length > 0
          ? 'incomplete'
          : 'intact';
  const listed = faults.list();
  return {
    outcome,
    reasons: outcome === 'nothing' ? [] : reasons,
    faults: listed,
    more: faults.count - listed.length,
    entries: walked.entries,
    pathways: beside.pathways,
    checkpoints: checkpoints.count,
    size: head.size,
    root: walked.root.toString('hex'),
    covered: checkpoints.covered,
    erased: walked.erased,
    pending: beside.pending,
    seconds,
    perSecond: walked.entries / seconds,
  };
}

function sizeFaults(
  { what }: DatabaseLog | BundleLog,
  { size, said }: Head,
  signed: number | undefined,
  faults: Faults,
): void {
  if (said !== size && (said !== undefined || what === 'database'))
    faults.add(
      said === undefined
        ? 'how many entries the log has is not told'
        : `the log is said to have ${said} entries, and has ${size}`,
      { index: size },
    );
  if (what === 'database' && signed !== undefined && signed > size)
    faults.add(`a log of ${signed} entries was signed, and this one has ${size}: it was rolled back`, {
      index: size,
      checkpoint: signed,
      first: size,
      last: signed - 1,
    });
}

type Known = {
  log: DatabaseLog | BundleLog;
  given: readonly Verifier[] | undefined;
  verifiers: readonly Verifier[];
  last: object | undefined;
  covered: number;
  head: Head;
  walked: Walked;
  beside: Beside;
  grace: number;
  now: Date;
};
function reasonsOf({
  log,
  given,
  verifiers,
  last,
  covered,
  head: { size },
  walked,
  beside,
  grace,
  now,
}: Known): string[] {
  const unsigned = walked.uncovered === undefined ? 0 : (now.getTime() - Date.parse(walked.uncovered)) / 1000;
  return [
    ...(verifiers.length === 0
      ? ['no verifier key was given, so no checkpoint could be believed: give the verifier-key.txt of the log']
      : []),
    ...(verifiers.length > 0 && !given
      ? ["the bundle's own key was used, which whoever made the bundle chose: give the verifier-key.txt of the log"]
      : []),
    ...(log.what === 'database' && !last
      ? [
          'no checkpoint outside the database was given to compare with: whoever can change the database could have changed those in it',
        ]
      : []),
    ...(beside.pending > 0 && (beside.seconds > grace || size === 0)
      ? [
          `${beside.pending} entries wait for their place in the tree, the oldest for ${Math.round(beside.seconds)} seconds: see that the sequencer runs`,
        ]
      : []),
    ...(covered < size && unsigned > grace
      ? [
          `the last ${size - covered} entries are not signed, the first of them recorded ${walked.uncovered}: see that the sequencer runs`,
        ]
      : []),
  ];
}
