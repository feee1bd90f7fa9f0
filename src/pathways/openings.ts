/** How a pathway begins: the log's first entry. A patient has at most one open pathway (api.md, `POST /pathways`). */
import { Injectable } from '@nestjs/common';
import { begin } from '../../machines/engine/advance.js';
import { copenhagenDate, type CalendarDate } from '../../machines/calendar/calendar.js';
import type { Opening } from '../../machines/pathway/context.js';
import { missingContent } from '../../machines/engine/explain.js';
import { readPersonNumber } from '../../machines/calendar/identifiers.js';
import { machineVersion } from '../../machines/pathway/pathway.js';
import type { Actor } from '../../machines/pathway/roles.js';
import { kindOf, ruleSetAt, unitsAt } from '../../machines/pathway/routes.js';
import { stateName, whereOf } from '../../machines/engine/snapshot.js';
import { Clock } from '../database/clock.js';
import { Ids } from '../database/ids.js';
import { violates } from '../database/faults.js';
import { Sql } from '../database/sql.js';
import { invalid, Problem, type FieldError } from '../http/problem.js';
import { canonical, sealEntry, sha256 } from './log.js';
import { keyUsed, load, open, openOf, patientOf, type LoadedRow } from './statements.js';
import { viewOf } from './view.js';
import { Door, keyOf, type Answer } from './door.js';
import type { OpeningRequest } from './wire.js';

type Identity = { number: string | null; kind: string | null; birthDate: CalendarDate };

@Injectable()
export class Openings {
  constructor(
    private readonly sql: Sql,
    private readonly clock: Clock,
    private readonly door: Door,
    private readonly ids: Ids,
  ) {}

  /** `began`: when that was, for history that is imported; else it begins now. */
  async open(request: OpeningRequest, actor: Actor, key: string, began?: string): Promise<Answer> {
    if (!actor.roles.includes('gp') || kindOf(actor.unit) !== 'practice')
      throw new Problem(
        'not-allowed',
        {
          da: 'Et forløb åbnes af en praktiserende læge i en praksis.',
          en: 'A pathway is opened by a GP of a practice.',
        },
        { roles: ['gp'] },
      );
    const requestHash = sha256(canonical(request));
    const used = await this.used(actor, key, requestHash);
    if (used) return used;
    const now = this.clock.now();
    const at = began ?? now.toISOString();
    if (at > now.toISOString())
      throw invalid([{ pointer: '/occurredAt', message: 'lies in the future: give when it happened' }]);
    const identity = identified(request, copenhagenDate(at));
    const ownGp = practice(request.ownGp ?? actor.unit, copenhagenDate(at));
    const known = await this.known(identity);
    const name = known?.name ?? request.patient.name;
    return this.written(
      { ...request, patient: { ...request.patient, name } },
      { ...identity, ownGp, knownKey: known?.key, at, imported: began !== undefined },
      actor,
      key,
      requestHash,
      now,
    );
  }

  private async written(
    request: OpeningRequest,
    {
      number,
      kind,
      birthDate,
      ownGp,
      knownKey,
      at,
      imported,
    }: Identity & { ownGp: string; knownKey: Buffer | undefined; at: string; imported: boolean },
    actor: Actor,
    key: string,
    requestHash: Buffer,
    now: Date,
  ): Promise<Answer> {
    const recordedAt = now.toISOString();
    const [id, patient] = [this.ids.next(now), this.ids.next(now)];
    const patientKey = knownKey ?? this.ids.key();
    const opening: Opening = {
      patient: { identified: true, birthDate },
      planningArea: request.planningArea,
      ownGp,
      at,
      ruleSet: ruleSetAt(copenhagenDate(at)).id,
      openedBy: actor.unit,
    };
    const stored = begin(opening);
    const where = whereOf(stored.value, stored.context);
    const { leaf, payload, hash } = sealEntry(
      {
        pathway: id,
        seq: 1,
        event: { type: 'pathway.opened', patient: opening.patient, planningArea: opening.planningArea, ownGp },
        actor: { sub: actor.sub, role: 'gp', unit: actor.unit },
        occurredAt: at,
        recordedAt,
        ...(imported ? { via: 'import' as const } : {}),
        from: null,
        to: { stage: where.stage, state: where.state, unit: where.unit },
        findings: [],
        machineVersion,
        ruleSet: opening.ruleSet,
        prev: null,
      },
      patientKey,
    );
    try {
      const { patient_id } = (await this.sql.row<{ patient_id: string }>(open, [
        id,
        patient,
        patientKey,
        number,
        kind,
        birthDate,
        request.patient.name,
        at,
        recordedAt,
        leaf,
        payload,
        hash,
        where.stage,
        stateName(stored.value),
        where.unit,
        request.planningArea,
        stored.context.units,
        missingContent(stored.context),
        machineVersion,
        opening.ruleSet,
        JSON.stringify(stored),
        actor.sub,
        key,
        requestHash,
      ]))!;
      return {
        view: viewOf(
          id,
          1,
          { patient_id, name: request.patient.name, birth_date: birthDate, person_number: number },
          stored,
        ),
        replayed: false,
      };
    } catch (error) {
      const again = await this.used(actor, key, requestHash);
      if (again) return again;
      if (violates(error, 'one_open_pathway') || violates(error, 'one_patient_a_number'))
        throw await this.alreadyOpen(number);
      // He may have come to be known a moment ago, by another request.
      await this.known({ number, kind, birthDate });
      throw error;
    }
  }

  private async used(actor: Actor, key: string, requestHash: Buffer): Promise<Answer | undefined> {
    const used = await this.sql.row<{ pathway_id: string; seq: number; request_hash: Buffer }>(keyUsed, [
      actor.sub,
      key,
    ]);
    if (!used) return undefined;
    if (!used.request_hash.equals(requestHash))
      throw new Problem('idempotency-conflict', {
        da: 'Denne Idempotency-Key er brugt til en anden forespørgsel: brug en ny UUID til hver forespørgsel, og kun den samme for at gentage den.',
        en: 'This Idempotency-Key was used for another request: use a new UUID for each request, and the same only to repeat it.',
      });
    const row = (await this.sql.row<LoadedRow>(load, [used.pathway_id, '', null]))!;
    const { stored, chart } = await this.door.asOf(row.id, used.seq);
    return { view: viewOf(row.id, used.seq, row, stored, chart), replayed: true };
  }

  private async alreadyOpen(number: string | null): Promise<Problem> {
    const known = number === null ? undefined : await this.sql.row<{ id: string }>(openOf, [number]);
    return new Problem(
      'already-open',
      { da: 'Patienten har et åbent forløb: fortsæt der.', en: 'The patient has an open pathway: go on there.' },
      known ? { pathway: known.id } : {},
    );
  }

  /** The patient of the number, as he is known since an earlier pathway: a new one does not rename him. Throws when he has an open one, or another birth date. */
  private async known({ number, birthDate }: Identity): Promise<{ name: string; key: Buffer } | undefined> {
    if (number === null) return undefined;
    if (await this.sql.row(openOf, [number])) throw await this.alreadyOpen(number);
    const known = await this.sql.row<{ birth_date: string; name: string; key: Buffer | null }>(patientOf, [number]);
    if (known && known.birth_date !== birthDate)
      throw invalid([
        { pointer: '/patient/birthDate', message: 'differs from the birth date known for this number: check both' },
      ]);
    return known && { name: known.name, key: keyOf({ commit_key: known.key }) };
  }
}

/** Number and birth date, as far as they agree: a replacement number tells no birth date, a CPR does (domain.md B2). */
function identified({ patient: { cpr, birthDate } }: OpeningRequest, today: CalendarDate): Identity {
  const errors: FieldError[] = [];
  const number = cpr === undefined ? undefined : readPersonNumber(cpr);
  const told = number && 'birthDate' in number ? number.birthDate : undefined;
  const date = birthDate ?? told;
  if (cpr !== undefined && !number)
    errors.push({ pointer: '/patient/cpr', message: 'is no CPR number: its first six digits are no date' });
  if (birthDate !== undefined && told !== undefined && birthDate !== told)
    errors.push({
      pointer: '/patient/birthDate',
      message: 'is not the birth date that the CPR number tells: check both',
    });
  if (date === undefined)
    errors.push(
      cpr === undefined
        ? {
            pointer: '/patient',
            message: 'has neither cpr nor birthDate: give at least one, so that the patient is identified',
          }
        : { pointer: '/patient/birthDate', message: 'is missing: a replacement number does not tell it' },
    );
  else if (date > today)
    errors.push({
      pointer: birthDate === undefined ? '/patient/cpr' : '/patient/birthDate',
      message: 'tells a birth date in the future',
    });
  if (errors.length > 0) throw invalid(errors);
  return { number: number?.value ?? null, kind: number?.kind ?? null, birthDate: date! };
}

function practice(code: string, today: CalendarDate): string {
  if (!unitsAt(today).some((unit) => unit.code === code && unit.kind === 'practice'))
    throw invalid([{ pointer: '/ownGp', message: 'is no practice: see GET /v1/units' }]);
  return code;
}
