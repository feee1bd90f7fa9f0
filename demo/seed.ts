/**
 * The demo: synthetic patients who walk through the past year, each step sent through the one door by those who would send it. What is laid out hangs on the
 * day alone, so a first start that was killed is finished by the next: the log is gone over, and the walk goes on where it ends.
 */
import { DataSource, type DataSourceOptions } from 'typeorm';
import { Sql, statement } from '../src/database/sql.js';
import { Desk, OtherThanPlanned, readFiles } from './desk.js';
import { lastEvening } from './office-hours.js';
import { demoKeys, isOurs, keyOf, planOf, planUntil, type Plan } from './plan-key.js';
import { progressOn } from './progress.js';
import { travellersOf } from './travellers.js';
import { atOnce, Walk, type Stopped } from './walk.js';

const anyPathway = statement('demo_any', 'select id from pathway limit 1');
const begunWith = statement('demo_begun', 'select key::text as key from idempotency where key::text like $1 limit 1');
const isThere = statement('demo_is_there', 'select seq from idempotency where key = $1 limit 1');
/** What the walk's transport lost is lost behind the receiver's door: it was sent, and nobody answered. What was queued last is still to be sent. */
const lost = statement(
  'demo_lost',
  `update message set state = 'taken', taken_at = created_at, next_at = null where state = 'queued' and created_at < $1::timestamptz - interval '2 hours'`,
);
const alone = statement('demo_alone', 'select pg_try_advisory_lock(738133070) as alone');

type Options = { now: Date; progress: NodeJS.WriteStream | NodeJS.WritableStream; patients?: number };

/** Lays out the demo where there is no pathway yet, or finishes one that was begun. Does nothing otherwise. */
export async function seedDemo(source: DataSource, { now, progress, patients = 300 }: Options): Promise<void> {
  const plan = await planFor(new Sql(source), planUntil(lastEvening(now), patients));
  if (!plan) return;
  if (!isOurs(plan)) {
    progress.write(
      'The demo data was begun by another version of this program and is not whole; delete the data directory to begin anew.\n',
    );
    return;
  }
  const quick = await quickly(source).initialize();
  try {
    await laidOut(quick, source, plan, progress);
  } catch (error) {
    if (!(error instanceof OtherThanPlanned)) throw error;
    progress.write(
      `The demo data was begun otherwise than it would be now (${error.message}) and stays as it is; delete the data directory to begin anew.\n`,
    );
  } finally {
    await quick.destroy();
  }
}

/** The plan to follow: that of a demo that was begun and is not whole, or the new one where there is nothing. */
async function planFor(sql: Sql, fresh: Plan): Promise<Plan | undefined> {
  if (!(await sql.row(anyPathway, []))) return fresh;
  const begun = await sql.row<{ key: string }>(begunWith, [demoKeys]);
  if (!begun) return undefined;
  const plan = planOf(begun.key);
  return (await sql.row(isThere, [keyOf(plan, plan.patients, 0)])) ? undefined : plan;
}

/**
 * Connections that do not wait for the disk at each commit (5.8 ms each on our machine, 0.4 without): what a power cut takes away is laid out again. The
 * last patient is written by an ordinary connection, so that the demo is whole on the disk when it says so.
 */
function quickly(source: DataSource): DataSource {
  const { extra } = source.options as { extra?: { options?: string } };
  return new DataSource({
    ...source.options,
    entities: [],
    migrations: [],
    extra: {
      ...extra,
      max: atOnce,
      idleTimeoutMillis: 0,
      options: `${extra?.options ?? ''} -c synchronous_commit=off`,
    },
  } as DataSourceOptions);
}

async function laidOut(quick: DataSource, source: DataSource, plan: Plan, out: Options['progress']): Promise<void> {
  const sql = new Sql(quick);
  if (!(await sql.row<{ alone: boolean }>(alone, []))!.alone) {
    out.write('Another process is laying out the demo data.\n');
    return;
  }
  const started = Date.now();
  const files = await readFiles(sql);
  const { travellers, last } = travellersOf(plan);
  const walk = new Walk(new Desk(sql, plan, files));
  for (const traveller of travellers) walk.sets(traveller);
  const first = travellers.map(({ course: { at } }) => at).sort()[0] ?? plan.until;
  const progress = progressOn(out, first, plan.until);
  await walk.run(plan.until, (at) => progress.seen(at, walk.patients, walk.events));
  await sql.rows(lost, [plan.until]);
  await walk.opens(last, new Desk(new Sql(source), plan, files));
  progress.end(
    `Demo data: ${walk.patients} synthetic patients, ${walk.events} events up to ${plan.until.slice(0, 10)}, in ${((Date.now() - started) / 1000).toFixed(1)} s.${shortcomings(walk.stopped)}`,
  );
}

const shortcomings = (stopped: readonly Stopped[]): string =>
  stopped
    .map(
      ({ traveller: { number, name, course }, step, because }) =>
        `\n  Patient ${number} (${name}) stays where he is: ${step?.event.type ?? 'a step'} ${step ? `by ${step.actor.roles[0]} of ${step.actor.unit}` : ''} in ${JSON.stringify(course.view.state)}: ${because}`,
    )
    .join('');
