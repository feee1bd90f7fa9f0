/** Reading of what is past, and by number: the log of a pathway, a referral, a patient. Only what the reader's unit has or had. */
import { Injectable } from '@nestjs/common';
import { z } from 'zod';
import { maskCpr, readPersonNumber } from '../../machines/calendar/identifiers.js';
import type { Finding, Rule } from '../../machines/engine/judging.js';
import { remedyFor } from '../../machines/engine/passing.js';
import { isRuleId, rules } from '../../machines/pathway/rules.js';
import { rolesOf } from '../../machines/pathway/desks.js';
import { isEventType } from '../../machines/pathway/events.js';
import type { Actor } from '../../machines/pathway/roles.js';
import { Sql, statement } from '../database/sql.js';
import { invalid, Problem } from '../http/problem.js';
import { Door, keyOf } from './door.js';
import { standingsOf, type Correction } from '../../machines/engine/corrections.js';
import { orErased, readEntry, readRefusal, type Entry, type RefusalEntry, type Written } from './log.js';
import { correctionsOf, logSince, referralVersion, type LogRow } from './statements.js';
import type { PatientRow } from './view.js';
import { unitSeen } from './visibility.js';

const boolean = z.enum(['true', 'false']).transform((value) => value === 'true');
const limit = z.coerce.number().int().min(1, 'is less than 1').max(200, 'is more than 200').default(50);
export const logQuery = z.strictObject({
  refused: boolean.optional(),
  limit,
  cursor: z
    .string()
    .regex(/^\d{1,9}(\.[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12})?$/, 'is no cursor: use nextCursor of the page before')
    .optional(),
});

type FoundRow = PatientRow & { id: string; version: number; stage: string; unit: string | null };
const patientByNumber = statement(
  'patient_by_number',
  /* sql */ `
  select t.id as patient_id, t.name, t.birth_date::text as birth_date, t.person_number, p.id, p.stage, p.unit, p.version
  from patient t join pathway p on p.patient_id = t.id where t.person_number = $1 and ($2::text is null or $2 = any(p.units)) order by p.id`,
);

export const patientView = (row: PatientRow) => ({
  id: row.patient_id,
  name: row.name,
  birthDate: row.birth_date,
  cprMasked: row.person_number === null ? null : maskCpr(row.person_number),
});

@Injectable()
export class Lists {
  constructor(
    private readonly sql: Sql,
    private readonly door: Door,
  ) {}

  async log(id: string, query: z.infer<typeof logQuery>, actor: Actor) {
    await this.door.visible(id, actor);
    const [place = '0', attempt = null] = query.cursor?.split('.') ?? [];
    const rows = await this.sql.rows<LogRow>(logSince, [
      id,
      Number(place),
      attempt,
      query.refused ?? false,
      query.limit + 1,
    ]);
    const page = rows.slice(0, query.limit);
    const last = rows.length > query.limit ? page.at(-1) : undefined;
    const corrections = new Map(
      (await this.sql.rows<Written>(correctionsOf, [id]))
        .filter(({ payload }) => payload !== null)
        .map(readEntry)
        .map((entry) => [entry.seq, entry]),
    );
    const standings = standingsOf([...corrections.values()]);
    const seen = (entry: Entry, hash: Buffer) => {
      const { standing, by } = standings.get(entry.seq) ?? { standing: 'stands' as const, by: undefined };
      return {
        ...entryView(entry, hash),
        standing,
        correctedBy: by === undefined ? null : correctedBy(corrections.get(by)!),
      };
    };
    return {
      items: page.map(({ attempt, hash, ...written }) =>
        attempt === null ? seen(readEntry(orErased(written)), hash) : refusalView(readRefusal(orErased(written))),
      ),
      nextCursor: last ? [last.place, ...(last.attempt ? [last.attempt] : [])].join('.') : null,
    };
  }

  async referral(id: string, version: number, actor: Actor) {
    keyOf(await this.door.visible(id, actor));
    const row = await this.sql.row<{ version: number; seq: number; frozen_at: Date; facts: string | null }>(
      referralVersion,
      [id, version],
    );
    if (!row)
      throw new Problem('not-found', {
        da: 'Henvisningen har ingen version med dette nummer.',
        en: 'The referral has no version with this number.',
      });
    if (row.facts === null)
      throw new Problem('not-found', {
        da: `Denne version af henvisningen er taget tilbage ved rettelse ${row.seq}: loggen viser, hvad der blev sendt.`,
        en: `This version of the referral was taken back by correction ${row.seq}: the log shows what was sent.`,
      });
    return {
      version: row.version,
      seq: row.seq,
      frozenAt: row.frozen_at.toISOString(),
      facts: JSON.parse(row.facts) as object,
    };
  }

  async search(cpr: string, actor: Actor) {
    const number = readPersonNumber(cpr);
    if (!number) throw invalid([{ pointer: '/cpr', message: 'is no CPR number: its first six digits are no date' }]);
    const rows = await this.sql.rows<FoundRow>(patientByNumber, [number.value, unitSeen(actor)]);
    const pathways = rows.map(({ id, stage, unit, version }) => ({ id, stage, unit, version }));
    return { items: rows[0] ? [{ patient: patientView(rows[0]), pathways }] : [] };
  }
}

const correctedBy = ({ seq, actor, recordedAt, event }: Entry) => ({
  seq,
  actor,
  recordedAt,
  reason: (event as unknown as Correction).reason,
});

function findingView(kept: Entry['findings'][number], type: string): Finding {
  const { rule: id, status, severity, value } = kept;
  const rule: Rule | undefined = isRuleId(id) ? rules[id] : undefined;
  const source = rule && rule.source !== 'structural' ? rule.source : undefined;
  return {
    rule: id,
    status,
    severity,
    value,
    text: rule?.text ?? { da: id, en: id },
    quote: source?.quote ?? null,
    lines: source?.lines ?? null,
    source: source ? 'document' : 'structural',
    facts: rule?.facts ?? [],
    reasoned: rule?.reasoned ?? false,
    remedy: isRuleId(id) ? remedyFor(id, kept) : 'none',
    by: isEventType(type) ? rolesOf(type) : [],
  };
}

const entryView = (
  { seq, event, from, to, actor, occurredAt, recordedAt, findings, machineVersion, ruleSet }: Entry,
  hash: Buffer,
) => ({
  seq,
  event,
  from,
  to,
  actor,
  occurredAt,
  recordedAt,
  findings: findings.map((finding) => findingView(finding, event.type)),
  overrides: 'overrides' in event ? (event.overrides ?? []) : [],
  acknowledged: 'acknowledged' in event ? (event.acknowledged ?? []) : [],
  machineVersion,
  ruleSet,
  hash: hash.toString('hex'),
});
const refusalView = ({ code, event, actor, version, recordedAt, findings }: RefusalEntry) => ({
  refused: code,
  version,
  event,
  actor,
  recordedAt,
  findings: findings.map((finding) => findingView(finding, event.type)),
});
