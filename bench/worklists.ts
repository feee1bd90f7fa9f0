/** Worklists among a million pathways, by the statements that the application makes: milliseconds at the database, and how it went about it. */
import pg from 'pg';
import type { Actor } from '../machines/pathway/roles.js';
import type { Filters } from '../src/worklists/filters.js';
import { countsOf, cursorAfter, pageOf, type Asked, type WorkRow } from '../src/worklists/statements.js';
import { populate, practice } from '../test/support/worklist-population.js';

/** `way`: the scans of the plan that find the rows, inmost first. */
export type Listed = { reader: string; list: string; milliseconds: number; rows: number; way: string };
type Plan = {
  'Node Type': string;
  'Index Name'?: string;
  'Relation Name'?: string;
  Plans?: Plan[];
  'Actual Rows': number;
};
type Explained = { 'QUERY PLAN': [{ Plan: Plan; 'Execution Time': number; 'Planning Time': number }] };

const person = (unit: string, role: Actor['roles'][number]): Actor => ({
  sub: `${unit.toLowerCase()}.3`,
  unit,
  roles: [role],
});
const readers: Record<string, Actor> = {
  practice: person(practice(17), 'gp'),
  clinic: person('SK_HVH', 'physician'),
  centre: person('TSC_RH', 'triager'),
  cvi: person('CVI_BYEN', 'cvi'),
  auditor: person('REGION', 'auditor'),
};
const day = 24 * 3600_000;
/** Each alone, and those that depend on each other together: areas of other units, stages that the unit never has, what nobody has. */
const narrowing = (now: Date): Record<string, Filters> => ({
  'first page': {},
  overdue: { overdue: true },
  'not overdue': { overdue: false },
  'due before': { dueBefore: new Date(now.getTime() + 3 * day).toISOString() },
  ...Object.fromEntries(
    (
      [
        'generalPractice',
        'referral',
        'visitation',
        'painClinic',
        'painCentre',
        'controlPhase',
        'dischargedToGp',
        'closed',
      ] as const
    ).map((stage) => [`stage ${stage}`, { stage }]),
  ),
  ...Object.fromEntries(
    (['followUp', 'newPain', 'letter', 'receipt', 'pauseReview'] as const).map((clock) => [
      `clock ${clock}`,
      { clock },
    ]),
  ),
  area: { planningArea: 'syd' },
  'rare area': { planningArea: 'bornholm' },
  'area of others': { planningArea: 'nord' },
  'next move of CVI': { nextMove: 'CVI_BYEN' },
  missing: { missing: 'H3a' },
  'missing, never': { missing: 'H8' },
  me: { assignee: 'me' },
  nobody: { assignee: 'none' },
  stranger: { assignee: 'x' },
  task: { task: 'deadlineMissed' },
  'new pain': { task: 'newPain' },
  'failed messages': { task: 'messageFailed' },
  'common name': { q: 'jensen' },
  letter: { q: 'a' },
  'rare name': { q: 'ida ærø b' },
  'no such name': { q: 'zzz' },
  'two words': { q: 'anders niel' },
  'mine, overdue': { assignee: 'me', overdue: true },
  'stage and missing': { stage: 'controlPhase', missing: 'H3a' },
  'stage, area, nobody': { stage: 'painCentre', planningArea: 'byen', assignee: 'none' },
  'letters, overdue, of an area': { clock: 'letter', overdue: true, planningArea: 'syd' },
  'area of others, overdue': { planningArea: 'nord', overdue: true },
  'area of others, nobody': { planningArea: 'nord', assignee: 'none' },
  'stage and its clock': { stage: 'dischargedToGp', clock: 'followUp' },
  'stage and another clock': { stage: 'painCentre', clock: 'followUp' },
  'closed, named': { stage: 'closed', q: 'hansen' },
  'closed, nobody named so': { stage: 'closed', q: 'zzz' },
  'area of others, named': { planningArea: 'nord', q: 'jensen' },
});
/** What a unit has or had; and its own list, which for who sees all is a centre's. */
const listsOf = ({ unit }: Actor, now: Date): Record<string, Filters> => {
  const desk = unit === 'REGION' ? 'TSC_RH' : unit;
  return {
    ...Object.fromEntries(
      Object.entries(narrowing(now)).flatMap(([name, filters]) => [
        [`own: ${name}`, { ...filters, desk }],
        [`all: ${name}`, filters],
      ]),
    ),
    'all: held by it': { unit: desk },
    'all: held by a practice': { unit: practice(18) },
    'all: at the desk of another': { desk: 'SK_BBH' },
  };
};

const waysOf = ({
  'Node Type': type,
  'Index Name': index,
  'Relation Name': table,
  Plans: inner = [],
}: Plan): string[] => [
  ...inner.flatMap(waysOf),
  ...(index
    ? [`${type} ${index}`]
    : type === 'Seq Scan'
      ? [`${type} ${table}`]
      : type === 'Sort' || type === 'Incremental Sort'
        ? [type]
        : []),
];
const shown = new Set(['Index Scan pathway_pkey', 'Index Scan patient_pkey']);

/** The median of three, with the time that planning takes: each is planned anew. */
export async function explained(
  client: Pick<pg.Client, 'query'>,
  { statement, values }: Asked,
): Promise<{ milliseconds: number; rows: number; way: string }> {
  const runs: [number, Plan][] = [];
  for (let run = 0; run < 3; run++) {
    const {
      'QUERY PLAN': [{ Plan: plan, 'Execution Time': execution, 'Planning Time': planning }],
    } = (await client.query<Explained>(`explain (analyze, timing off, format json) ${statement.text}`, values))
      .rows[0]!;
    runs.push([execution + planning, plan]);
  }
  const [milliseconds, plan] = runs.sort(([a], [b]) => a - b)[1]!;
  return {
    milliseconds,
    rows: plan['Actual Rows'],
    way: waysOf(plan)
      .filter((way) => !shown.has(way))
      .join(', ')
      .replace(/, Sort$/, ''),
  };
}

export async function worklists(url: string, size: number): Promise<Listed[]> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    const now = new Date();
    await populate(client, size, now);
    const results: Listed[] = [];
    for (const [reader, actor] of Object.entries(readers)) {
      const measure = async (list: string, asked: Asked) => {
        results.push({ reader, list, ...(await explained(client, asked)) });
      };
      for (const [list, filters] of Object.entries(listsOf(actor, now))) {
        await measure(list, pageOf({ filters, actor, now, limit: 51, desk: actor.unit }));
      }
      for (const [whose, filters] of Object.entries({
        own: { desk: actor.unit === 'REGION' ? 'TSC_RH' : actor.unit },
        all: {},
      })) {
        const { statement, values } = pageOf({ filters, actor, now, limit: 20_000 });
        const rows = (await client.query<WorkRow>({ ...statement, values })).rows;
        await measure(
          `${whose}: a page in the middle`,
          pageOf({
            filters,
            actor,
            now,
            limit: 51,
            cursor: cursorAfter(rows[Math.floor(rows.length / 2)]!),
            desk: actor.unit,
          }),
        );
        await measure(`${whose}: 10,000 lines`, pageOf({ filters, actor, now, limit: 10_001 }));
        for (const [list, more] of Object.entries({
          counts: {},
          'counts of mine': { assignee: 'me' },
          'counts of what is overdue': { overdue: true },
        } as const))
          await measure(`${whose}: ${list}`, countsOf({ filters: { ...filters, ...more }, actor, now }));
      }
    }
    return results;
  } finally {
    await client.end();
  }
}
