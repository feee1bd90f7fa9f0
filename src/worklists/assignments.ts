/** Who sees to a pathway at the unit that holds it. No event of the chart: it moves nobody, and lapses when the pathway leaves the unit. */
import { Injectable } from '@nestjs/common';
import { clinicians, type Actor, type Role } from '../../machines/pathway/roles.js';
import { Clock } from '../database/clock.js';
import { Sql, statement } from '../database/sql.js';
import { Ids } from '../database/ids.js';
import { Door, type Loaded } from '../pathways/door.js';
import { LookUps } from '../accesses/look-ups.js';
import { Problem } from '../http/problem.js';
import type { Assignment } from './wire.js';

/** Clinicians and those who do the work of secretaries: a practice's staff, and a referral office's, which has nobody else. */
export const assigning: readonly Role[] = [
  'gp',
  'gpStaff',
  'cvi',
  ...clinicians.filter((role) => role !== 'gp'),
  'secretary',
];

const assign = statement('assign', 'select assign_pathway($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11) as done');
const history = statement(
  'assignments_of',
  /* sql */ `
  select id, assignee, unit, assigned_by, assigned_at from assignment where pathway_id = $1 and ($2::uuid is null or id < $2) order by id desc limit $3`,
);
type Row = { id: string; assignee: string | null; unit: string; assigned_by: string; assigned_at: Date };
const placeOf = ({ chart, stored }: Loaded) => chart.whereOf(stored.value, stored.context);

@Injectable()
export class Assignments {
  constructor(
    private readonly sql: Sql,
    private readonly clock: Clock,
    private readonly ids: Ids,
    private readonly door: Door,
    private readonly lookUps: LookUps,
  ) {}

  /** Throws not-found, not-allowed from another desk, event-not-possible for what is closed or has left the unit meanwhile. */
  async assign(id: string, asked: string | null, actor: Actor, requestId: string): Promise<Assignment> {
    const { stage, state, unit } = placeOf(await this.door.read(id, actor));
    if (stage === 'closed')
      throw new Problem(
        'event-not-possible',
        {
          da: 'Forløbet er lukket: der er ikke mere at se til.',
          en: 'The pathway is closed: there is nothing left to see to.',
        },
        { stage, state, possible: [] },
      );
    if (unit !== actor.unit)
      throw new Problem(
        'not-allowed',
        {
          da: 'Kun den enhed, der har forløbet, bestemmer, hvem der ser til det: unit nævner den.',
          en: 'Only the unit that holds the pathway says who sees to it: unit names it.',
        },
        { roles: assigning, unit },
      );
    const now = this.clock.now();
    const assignee = asked === 'me' ? actor.sub : asked;
    const { done } = await this.lookUps.alongside(
      { action: 'assignment', outcome: 'answered', requestId, pathways: [id], criterion: { assignee, unit } },
      actor,
      async ([access, , , leaf, payload, salt, hash]) =>
        (await this.sql.row<{ done: boolean }>(assign, [
          id,
          unit,
          assignee,
          actor.sub,
          this.ids.next(now),
          now,
          access,
          leaf,
          payload,
          salt,
          hash,
        ]))!,
    );
    if (!done) {
      const place = placeOf(await this.door.read(id, actor));
      throw new Problem(
        'event-not-possible',
        {
          da: 'Forløbet har forladt din enhed imens: læs det igen.',
          en: 'The pathway has left your unit meanwhile: read it again.',
        },
        { stage: place.stage, state: place.state, possible: [] },
      );
    }
    return { assignee, unit, assignedBy: actor.sub, assignedAt: now.toISOString() };
  }

  /** The newest first. */
  async of(id: string, { limit, cursor }: { limit: number; cursor?: string | undefined }, actor: Actor) {
    await this.door.read(id, actor);
    const rows = await this.sql.rows<Row>(history, [id, cursor ?? null, limit + 1]);
    const page = rows.slice(0, limit);
    return {
      items: page.map(({ assignee, unit, assigned_by, assigned_at }) => ({
        assignee,
        unit,
        assignedBy: assigned_by,
        assignedAt: assigned_at.toISOString(),
      })),
      nextCursor: rows.length > limit ? page.at(-1)!.id : null,
    };
  }
}
