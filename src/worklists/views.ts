/** Filters that somebody has saved: his own, and those that colleagues of his unit have shared. */
import { Injectable } from '@nestjs/common';
import type { Actor } from '../../machines/pathway/roles.js';
import { Clock } from '../database/clock.js';
import { violates } from '../database/faults.js';
import { Sql, statement } from '../database/sql.js';
import { Ids } from '../database/ids.js';
import { withPatients } from '../accesses/look-ups.js';
import { invalid, Problem } from '../http/problem.js';
import { savedFilters, type SavedFilters } from './filters.js';
import type { SavedView, ViewRequest } from './wire.js';
import { Worklists } from './worklists.js';

/** More is no choice, and each is counted. */
const mostViews = 50;

type Row = {
  id: string;
  owner: string;
  name: string;
  shared: boolean;
  filters: SavedFilters;
  created_at: Date;
  changed_at: Date;
};
const columns = 'id, owner, name, shared, filters, created_at, changed_at';
const all = statement(
  'views_of',
  `select ${columns} from saved_view where unit = $1 and (owner = $2 or shared) order by owner <> $2, lower(name), name, id`,
);
const one = statement(
  'view_of',
  `select ${columns} from saved_view where id = $3 and unit = $1 and (owner = $2 or shared)`,
);
const add = statement(
  'view_add',
  /* sql */ `
  insert into saved_view (id, unit, owner, name, shared, filters, created_at, changed_at)
    select $1, $2, $3, $4, $5, $6::jsonb, $7, $7 where (select count(*) from saved_view where unit = $2 and owner = $3) < ${mostViews} returning ${columns}`,
);
const change = statement(
  'view_change',
  `update saved_view set name = $4, shared = $5, filters = $6::jsonb, changed_at = $7 where id = $1 and unit = $2 and owner = $3 returning ${columns}`,
);
const remove = statement('view_remove', 'delete from saved_view where id = $1 and unit = $2 and owner = $3');

const viewOf = ({ id, owner, name, shared, filters, created_at, changed_at }: Row, actor: Actor): SavedView => ({
  id,
  name,
  shared,
  filters,
  owner,
  mine: owner === actor.sub,
  createdAt: created_at.toISOString(),
  changedAt: changed_at.toISOString(),
});
const gone = () =>
  new Problem('not-found', {
    da: 'Der er ingen visning med dette id, som er din eller delt i din enhed.',
    en: 'There is no view with this id that is yours or shared in your unit.',
  });

/** Managers and administrators have no patients, and so nothing to save filters for. */
export function mayHaveViews({ roles }: Actor): void {
  if (!roles.some((role) => withPatients.includes(role)))
    throw new Problem(
      'not-allowed',
      {
        da: 'Denne rolle ser tal og ingen patienter, og har derfor ingen visninger.',
        en: 'This role sees numbers and no patients, and so has no views.',
      },
      { roles: withPatients },
    );
}

@Injectable()
export class Views {
  constructor(
    private readonly sql: Sql,
    private readonly clock: Clock,
    private readonly ids: Ids,
    private readonly worklists: Worklists,
  ) {}

  async list(actor: Actor, counts: boolean): Promise<{ items: SavedView[] }> {
    const items: SavedView[] = [];
    // One after the other: whoever looks at his views does not keep every connection busy.
    for (const row of await this.sql.rows<Row>(all, [actor.unit, actor.sub]))
      items.push({ ...viewOf(row, actor), ...(counts ? { count: await this.count(row, actor) } : {}) });
    return { items };
  }

  /** Throws invalid for a name that is another view's, or one view too many. */
  async add({ name, shared, filters }: ViewRequest, actor: Actor): Promise<SavedView> {
    const now = this.clock.now();
    const row = await this.named(
      this.sql.row<Row>(add, [this.ids.next(now), actor.unit, actor.sub, name, shared, JSON.stringify(filters), now]),
    );
    if (!row) throw invalid([{ pointer: '', message: `is one view too many: delete one of your ${mostViews} first` }]);
    return viewOf(row, actor);
  }

  async change(id: string, { name, shared, filters }: ViewRequest, actor: Actor): Promise<SavedView> {
    await this.own(id, actor);
    const row = await this.named(
      this.sql.row<Row>(change, [id, actor.unit, actor.sub, name, shared, JSON.stringify(filters), this.clock.now()]),
    );
    if (!row) throw gone();
    return viewOf(row, actor);
  }

  async remove(id: string, actor: Actor): Promise<void> {
    await this.own(id, actor);
    await this.sql.rows(remove, [id, actor.unit, actor.sub]);
  }

  private async own(id: string, actor: Actor): Promise<void> {
    const row = await this.sql.row<Row>(one, [actor.unit, actor.sub, id]);
    if (!row) throw gone();
    if (row.owner !== actor.sub)
      throw new Problem(
        'not-allowed',
        {
          da: 'Visningen er delt med dig: kun den, der har gemt den, ændrer den. Gem din egen.',
          en: 'This view is shared with you: only who has saved it changes it. Save one of your own.',
        },
        { roles: withPatients },
      );
  }

  private async named<T>(work: Promise<T>): Promise<T> {
    try {
      return await work;
    } catch (error) {
      if (violates(error, 'one_view_a_name'))
        throw invalid([{ pointer: '/name', message: 'is the name of another view of yours: choose another' }]);
      throw error;
    }
  }

  private async count({ filters }: Row, actor: Actor): Promise<number | null> {
    const { success, data } = savedFilters.safeParse(filters);
    if (!success) return null;
    const { q: _q, ...known } = data;
    return (await this.worklists.counts(known, actor)).total;
  }
}
