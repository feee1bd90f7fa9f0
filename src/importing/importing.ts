/**
 * Past pathways come in by the one door: each line is judged as if it came then, under the rules, roles and desks of everybody. What is rejected is told with its line and every
 * reason; the rest of its pathway is passed over, since it hangs on it, and others go on. Each line is taken once, however often the file is read.
 */
import { correctionRequest, type CorrectionRequest } from '../../machines/engine/corrections.js';
import { anyEvent, type Wire } from '../../machines/pathway/events.js';
import type { Actor } from '../../machines/pathway/roles.js';
import type { z } from 'zod';
import type { Clock } from '../database/clock.js';
import { statement, type Sql } from '../database/sql.js';
import type { Corrections } from '../pathways/corrections.js';
import type { Answer, Door } from '../pathways/door.js';
import type { Openings } from '../pathways/openings.js';
import { openingRequest, type OpeningRequest } from '../pathways/wire.js';
import { invalid, Problem } from '../http/problem.js';
import { checked, keyOf, readLine, type ImportedEntry, type ReadLine } from './entry.js';
import { linesOf } from './lines.js';
import { reasonsOf } from './reasons.js';

export type Services = { sql: Sql; clock: Clock; door: Door; openings: Openings; corrections: Corrections };
/** A line that was not taken: `type` is that of the problem, or `unreadable`, `order`, `skipped`. `entry` is the line as it was given. It may tell of a patient. */
export type Reject = { line: number; pathway: string | null; type: string; reasons: string[]; entry: unknown };
/** `there`: taken by an earlier run. */
export type Summary = {
  lines: number;
  pathways: number;
  taken: number;
  there: number;
  rejected: number;
  skipped: number;
};
export type Watching = { rejected: (reject: Reject) => void | Promise<void>; seen?: (line: number) => void };

/** What is known of a pathway of the file. `key`: of its opening. `last`: the number of its last line that was read, `version`: of its last entry that is in the log. */
type Imported = {
  id: string | undefined;
  key: string | undefined;
  last: number;
  version: number;
  begun: number;
  rejected: number | undefined;
};
type Keyed = { read: ReadLine & { entry: ImportedEntry }; of: Imported; seq: number; key: string };
type Found = { actor: string; key: string; pathway_id: string; seq: number };

/** So many lines, or bytes of them, are looked up at once: whether they are there already. */
const block = { lines: 500, bytes: 4 * 1024 * 1024 };
const known = statement(
  'import_known',
  'select i.actor, i.key, i.pathway_id, i.seq from unnest($1::text[], $2::uuid[]) as k(actor, key) join idempotency i on i.actor = k.actor and i.key = k.key',
);

class Refused extends Error {
  constructor(
    readonly type: string,
    readonly reasons: string[],
  ) {
    super(type);
  }
}

/** Resolves when the file is read to its end. Rejects when that cannot be, or the database does not answer: what was taken until then stays, and the next run goes on. */
export async function importLines(
  services: Services,
  chunks: AsyncIterable<Buffer>,
  watching: Watching,
): Promise<Summary> {
  return new Importing(services, watching).run(chunks);
}

class Importing {
  private readonly pathways = new Map<string, Imported>();
  private readonly sum: Summary = { lines: 0, pathways: 0, taken: 0, there: 0, rejected: 0, skipped: 0 };
  /** The first line that may be about any pathway. */
  private unreadable: number | undefined;
  constructor(
    private readonly services: Services,
    private readonly watching: Watching,
  ) {}

  async run(chunks: AsyncIterable<Buffer>): Promise<Summary> {
    let [lines, bytes]: [ReadLine[], number] = [[], 0];
    for await (const line of linesOf(chunks)) {
      lines.push(await readLine(line));
      bytes += line.bytes?.length ?? 0;
      if (lines.length < block.lines && bytes < block.bytes) continue;
      await this.take(lines);
      [lines, bytes] = [[], 0];
    }
    await this.take(lines);
    return { ...this.sum, pathways: this.pathways.size };
  }

  private async take(lines: readonly ReadLine[]): Promise<void> {
    const keyed = lines.map((read) => ('entry' in read ? this.keyed(read) : read));
    const asked = keyed.flatMap((one) => ('key' in one ? [one] : []));
    const found = new Map((await this.lookedUp(asked)).map((one) => [nameOf(one.actor, one.key), one]));
    for (const one of keyed) {
      this.sum.lines += 1;
      if ('key' in one) await this.takeOne(one, found.get(nameOf(one.read.entry.actor.sub, one.key)));
      else if ('unreadable' in one) await this.cannotRead(one);
      this.watching.seen?.('key' in one ? one.read.line : one.line);
    }
  }

  private lookedUp(asked: readonly Keyed[]): Promise<Found[]> {
    return asked.length === 0
      ? Promise.resolve([])
      : this.services.sql.rows<Found>(known, [
          asked.map(({ read }) => read.entry.actor.sub),
          asked.map(({ key }) => key),
        ]);
  }

  /** Which entry of its pathway a line is: as it says, else the next one; an opening the first. */
  private keyed(read: Keyed['read']): Keyed {
    const { entry, line } = read;
    const opens = entry.event.type === 'pathway.opened';
    const of = this.pathwayOf(entry.pathway, line);
    const seq = entry.seq ?? (opens ? 1 : of.last + 1);
    of.last = seq;
    const key = keyOf(opens ? entry.pathway : (of.key ?? entry.pathway), seq, entry);
    if (opens) of.key ??= key;
    return { read, of, seq, key };
  }
  private pathwayOf(name: string, line: number): Imported {
    const of = this.pathways.get(name) ?? {
      id: undefined,
      key: undefined,
      last: 0,
      version: 0,
      begun: line,
      rejected: undefined,
    };
    this.pathways.set(name, of);
    return of;
  }

  private async cannotRead({
    line,
    unreadable,
    pathway,
    given,
  }: Extract<ReadLine, { unreadable: string[] }>): Promise<void> {
    if (pathway === undefined) this.unreadable ??= line;
    else this.pathwayOf(pathway, line).rejected ??= line;
    await this.reject({ line, pathway: pathway ?? null, type: 'unreadable', reasons: unreadable, entry: given });
  }

  private async takeOne(one: Keyed, found: Found | undefined): Promise<void> {
    const {
      read: { line, entry, given },
      of,
    } = one;
    try {
      if (of.rejected !== undefined)
        throw new Refused('skipped', [`an earlier line (${of.rejected}) of this pathway was rejected`]);
      const there = found ?? (await this.outOfOrder(one));
      if (there) return this.done(of, there.pathway_id, there.seq, true);
      const { view, replayed } = await this.send(one);
      this.done(of, view.id, one.seq, replayed);
    } catch (error) {
      const refused =
        error instanceof Refused
          ? error
          : error instanceof Problem && error.status < 500
            ? new Refused(error.type, reasonsOf(error, one.seq, fieldOf(entry)))
            : undefined;
      if (!refused) throw error;
      of.rejected ??= line;
      await this.reject({ line, pathway: entry.pathway, type: refused.type, reasons: refused.reasons, entry: given });
    }
  }

  private done(of: Imported, id: string, seq: number, before: boolean): void {
    of.id ??= id;
    of.version = Math.max(of.version, seq);
    if (before) this.sum.there += 1;
    else this.sum.taken += 1;
  }

  private async reject(reject: Reject): Promise<void> {
    if (reject.type === 'skipped') this.sum.skipped += 1;
    else this.sum.rejected += 1;
    await this.watching.rejected(reject);
  }

  /** References inside events hang on the numbers, so a line gets the one that it says, or none. Resolves where this very line was taken a moment ago. */
  private async outOfOrder(one: Keyed): Promise<Found | undefined> {
    const {
      read: { entry, line },
      of,
      seq,
    } = one;
    if (seq <= of.version) {
      const [again] = await this.lookedUp([one]);
      if (again) return again;
      throw new Refused('order', [
        entry.event.type === 'pathway.opened'
          ? 'the pathway is opened already, by an earlier line: name another pathway'
          : `/seq is ${seq}, and the pathway has that entry already: it would be number ${of.version + 1}`,
      ]);
    }
    if (of.version === 0 && entry.event.type !== 'pathway.opened')
      throw new Refused('order', ['the pathway is not begun: its first line must be its opening (pathway.opened)']);
    if (seq > of.version + 1)
      throw new Refused('order', [
        `/seq is ${seq}, and it would be entry ${of.version + 1}: an entry before it is missing`,
      ]);
    if (
      this.unreadable !== undefined &&
      entry.seq === undefined &&
      of.begun < this.unreadable &&
      line > this.unreadable
    ) {
      throw new Refused('order', [
        `line ${this.unreadable} cannot be read and may belong to this pathway: repair it, or give each line its seq`,
      ]);
    }
    return undefined;
  }

  private async send({ read: { entry }, of, seq, key }: Keyed): Promise<Answer> {
    const { door, openings, corrections, clock } = this.services;
    const {
      event,
      actor: { sub, role, unit },
      occurredAt: at,
      patient,
    } = entry;
    const actor: Actor = { sub, unit, roles: [role] };
    if (event.type === 'pathway.opened') return openings.open(await openingIn(entry), actor, key, at);
    if (patient)
      throw new Refused('invalid', ['/patient stands with the opening, and not with a later event: leave it out']);
    const caller = { pathway: of.id!, actor, version: seq - 1, key, at, via: 'import' as const };
    if (event.type === 'machine.moved')
      throw new Refused('event-not-possible', [
        'the pathway went on under another version of the machine from here on, and is imported under the present one alone',
      ]);
    if (event.type !== 'log.corrected')
      return door.send({ ...caller, event: await checked(anyEvent as unknown as z.ZodType<Wire>, event) });
    if (Date.parse(at) > clock.now().getTime())
      throw new Refused('invalid', ['/occurredAt lies in the future: give when it happened']);
    const { type: _type, lapsed: _lapsed, told: _told, ...request } = event;
    return corrections.correct({ ...caller, request: await checked<CorrectionRequest>(correctionRequest, request) });
  }
}
const nameOf = (actor: string, key: string): string => `${key} ${actor}`;

/** The birth date stands with the patient, or in the event, as the log has it. */
function openingIn({
  event: { type: _type, patient: told, ...event },
  patient,
}: ImportedEntry): Promise<OpeningRequest> {
  if (!patient)
    throw invalid([
      { pointer: '/patient/name', message: 'is missing: export with --with-patients, or write who the patient is' },
    ]);
  const { birthDate } = (told ?? {}) as { birthDate?: unknown };
  return checked(openingRequest, {
    ...event,
    patient: { ...patient, ...(patient.birthDate === undefined && birthDate !== undefined ? { birthDate } : {}) },
  });
}

/** Where a field stands in the line: an opening's patient beside the event, and the time unless it is a correction's; everything else in it. */
function fieldOf({ event: { type } }: ImportedEntry): (pointer: string) => string {
  const beside =
    type === 'log.corrected'
      ? undefined
      : type === 'pathway.opened'
        ? /^\/(patient|occurredAt)(\/|$)/
        : /^\/occurredAt$/;
  return (pointer) => (beside?.test(pointer) ? pointer : `/event${pointer}`);
}
