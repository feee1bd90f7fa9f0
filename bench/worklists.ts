/** Worklists among a million pathways, by the statements that the application makes: milliseconds at the database, and how it went about it. */
import pg from 'pg';
import type { Actor } from '../machines/roles.js';
import type { Filters } from '../src/worklists/filters.js';
import { countsOf, cursorAfter, pageOf, type Asked, type WorkRow } from '../src/worklists/statements.js';
import { populate, practice } from '../test/support/worklist-population.js';

/** `way`: the scans of the plan that find the rows, inmost first. */
export type Listed = { reader: string; list: string; milliseconds: number; rows: number; way: string };
type Plan = { 'Node Type': string; 'Index Name'?: string; 'Relation Name'?: string; Plans?: Plan[]; 'Actual Rows': number };
type Explained = { 'QUERY PLAN': [{ Plan: Plan; 'Execution Time': number; 'Planning Time': number }] };

const readers: Record<string, Actor> = {
  auditor: { sub: 'a', unit: 'REGION', roles: ['auditor'] }, centre: { sub: 'tsc_rh.3', unit: 'TSC_RH', roles: ['triager'] }, clinic: { sub: 'sk_hvh.3', unit: 'SK_HVH', roles: ['physician'] }, practice: { sub: 'gp_p017.3', unit: practice(17), roles: ['gp'] },
};
const day = 24 * 3600_000;
const listsOf = ({ unit }: Actor, now: Date): Record<string, Filters> => ({
  'first page': {}, overdue: { overdue: true }, 'not overdue': { overdue: false }, desk: { desk: unit === 'REGION' ? 'TSC_RH' : unit }, holder: { unit: unit === 'REGION' ? 'TSC_RH' : unit }, 'held by a practice': { unit: practice(17) }, 'next move': { nextMove: 'CVI_BYEN' },
  ...Object.fromEntries((['generalPractice', 'referral', 'visitation', 'painClinic', 'painCentre', 'medicationAssessment', 'controlPhase', 'dischargedToGp', 'closed'] as const).map((stage) => [`stage ${stage}`, { stage }])),
  ...Object.fromEntries((['followUp', 'newPain', 'letter', 'receipt', 'gpPlan', 'pauseReview'] as const).map((clock) => [`clock ${clock}`, { clock }])),
  area: { planningArea: 'syd' }, 'rare area': { planningArea: 'bornholm' }, 'area of others': { planningArea: 'nord' }, missing: { missing: 'H3a' }, me: { assignee: 'me' }, nobody: { assignee: 'none' }, 'due before': { dueBefore: new Date(now.getTime() + 3 * day).toISOString() },
  task: { task: 'deadlineMissed' }, 'task at desk': { task: 'deadlineMissed', desk: unit }, 'failed messages': { task: 'messageFailed' },
  'common name': { q: 'jensen' }, 'letter': { q: 'a' }, 'rare name': { q: 'ida ærø b' }, 'no such name': { q: 'zzz' }, 'two words': { q: 'anders niel' },
  'mine, overdue': { assignee: 'me', overdue: true }, 'stage and missing': { stage: 'controlPhase', missing: 'H3a' }, 'stage, area, nobody': { stage: 'painCentre', planningArea: 'byen', assignee: 'none' }, 'overdue letters by area': { clock: 'letter', overdue: true, planningArea: 'syd' },
  'closed, with a task': { stage: 'closed', desk: 'TSC_RH' }, 'closed, named': { stage: 'closed', q: 'hansen' }, 'late follow-ups': { stage: 'dischargedToGp', clock: 'followUp', dueBefore: new Date(now.getTime() - day).toISOString() },
});

const waysOf = ({ 'Node Type': type, 'Index Name': index, 'Relation Name': table, Plans: inner = [] }: Plan): string[] => [...inner.flatMap(waysOf), ...(index ? [`${type} ${index}`] : type === 'Seq Scan' ? [`${type} ${table}`] : type === 'Sort' || type === 'Incremental Sort' ? [type] : [])];
const shown = new Set(['Index Scan pathway_pkey', 'Index Scan patient_pkey']);

/** The median of three, with the time that planning takes: each is planned anew. */
export async function explained(client: Pick<pg.Client, 'query'>, { statement, values }: Asked): Promise<{ milliseconds: number; rows: number; way: string }> {
  const runs: [number, Plan][] = [];
  for (let run = 0; run < 3; run++) {
    const { 'QUERY PLAN': [{ Plan: plan, 'Execution Time': execution, 'Planning Time': planning }] } = (await client.query<Explained>(`explain (analyze, timing off, format json) ${statement.text}`, values)).rows[0]!;
    runs.push([execution + planning, plan]);
  }
  const [milliseconds, plan] = runs.sort(([a], [b]) => a - b)[1]!;
  return { milliseconds, rows: plan['Actual Rows'], way: waysOf(plan).filter((way) => !shown.has(way)).join(', ').replace(/, Sort$/, '') };
}

export async function worklists(url: string, size: number): Promise<Listed[]> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    const now = new Date();
    await populate(client, size, now);
    const results: Listed[] = [];
    for (const [reader, actor] of Object.entries(readers)) {
      const measure = async (list: string, asked: Asked) => { results.push({ reader, list, ...await explained(client, asked) }); };
      for (const [list, filters] of Object.entries(listsOf(actor, now))) {
        await measure(list, pageOf({ filters, actor, now, limit: 51, desk: actor.unit }));
      }
      const { statement, values } = pageOf({ filters: {}, actor, now, limit: 20_000 });
      const cursor = cursorAfter((await client.query<WorkRow>({ ...statement, values })).rows.at(-1)!);
      await measure('a page in the middle', pageOf({ filters: {}, actor, now, limit: 51, cursor, desk: actor.unit }));
      await measure('10,000 lines', pageOf({ filters: {}, actor, now, limit: 10_001 }));
      for (const [list, filters] of Object.entries({ 'counts of all': {}, 'counts of a desk': { desk: actor.unit }, 'counts of mine': { assignee: 'me' } })) await measure(list, countsOf({ filters, actor, now }));
    }
    return results;
  } finally {
    await client.end();
  }
}
