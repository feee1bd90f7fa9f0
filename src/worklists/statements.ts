/** The statements of a worklist, made for the filters that are given: which rows first, and only of these what is shown. */
import { z } from 'zod';
import { instant } from '../../machines/pathway/fields.js';
import type { Actor } from '../../machines/pathway/roles.js';
import { unnamed, type Statement } from '../database/sql.js';
import { invalid } from '../http/problem.js';
import { armsOf, binding, due, order, type Bound, type Filters } from './filters.js';

export type WorkRow = {
  id: string;
  version: number;
  stage: string;
  state: string;
  unit: string | null;
  next_move: string | null;
  planning_area: string;
  stage_since: Date;
  due_at: Date | null;
  due_clock: string | null;
  assignee: string | null;
  missing: string[];
  patient_id: string;
  name: string;
  birth_date: string;
  person_number: string | null;
  /** Of those alone that lie at a desk of the reader's unit. */
  snapshot: string | null;
  machine_version: number;
};
export type CountRow = { stage: string; count: number; overdue: number; unassigned: number };
export type Asked = { statement: Statement; values: unknown[] };
/** `limit`: how many rows at most; `desk`: whose tasks are shown besides, if anybody's. */
export type Wanted = {
  filters: Filters;
  actor: Actor;
  now: Date;
  limit: number;
  cursor?: string | undefined;
  desk?: string | undefined;
};

const never = 'infinity';
const cursorParts = z.tuple([z.union([z.literal(never), instant()]), instant(), z.uuid()]);
function readCursor(cursor: string): z.infer<typeof cursorParts> {
  try {
    return cursorParts.parse(JSON.parse(Buffer.from(cursor, 'base64url').toString('utf8')));
  } catch {
    throw invalid([{ pointer: '/cursor', message: 'is no cursor: use nextCursor of the page before' }]);
  }
}
export const cursorAfter = ({ due_at, stage_since, id }: WorkRow): string =>
  Buffer.from(JSON.stringify([due_at?.toISOString() ?? never, stage_since.toISOString(), id])).toString('base64url');

const after = ([at, since, id]: z.infer<typeof cursorParts>, { bind }: Bound): string =>
  `(${order}) > (${bind(at)}::timestamptz, ${bind(since)}::timestamptz, ${bind(id)}::uuid)`;

export function pageOf({ filters, actor, now, limit, cursor, desk }: Wanted): Asked {
  const bound = binding();
  const most = bound.bind(limit);
  const arms = armsOf(filters, actor, now, bound, cursor === undefined ? [] : [after(readCursor(cursor), bound)]);
  const pages = arms.map((arm) => `(select p.id, ${due} as due, p.stage_since ${arm} order by ${order} limit ${most})`);
  const page =
    arms.length === 1
      ? pages[0]
      : `(select id from (${pages.join(' union all ')}) as arms order by due, stage_since, id limit ${most})`;
  const snapshot =
    desk === undefined ? 'null' : `case when p.desks @> array[${bound.bind(desk)}::text] then p.snapshot end`;
  return {
    statement:
      unnamed(`select p.id, p.version, p.stage, p.state, p.unit, p.next_move, p.planning_area, p.stage_since, p.due_at, p.due_clock, p.assignee, p.missing, p.machine_version, ${snapshot} as snapshot,
      p.patient_id, t.name, t.birth_date::text as birth_date, t.person_number from ${page} as page join pathway p on p.id = page.id join patient t on t.id = p.patient_id order by ${order}`),
    values: bound.values,
  };
}

export function countsOf({ filters, actor, now }: Pick<Wanted, 'filters' | 'actor' | 'now'>): Asked {
  const bound = binding();
  const late = bound.bind(now);
  const arms = armsOf(filters, actor, now, bound).map(
    (arm) =>
      `select p.stage, count(*) as count, count(*) filter (where ${due} <= ${late}) as overdue, count(*) filter (where p.assignee is null) as unassigned ${arm} group by p.stage`,
  );
  return {
    statement: unnamed(
      `select stage, sum(count)::int as count, sum(overdue)::int as overdue, sum(unassigned)::int as unassigned from (${arms.join(' union all ')}) as arms group by stage`,
    ),
    values: bound.values,
  };
}
