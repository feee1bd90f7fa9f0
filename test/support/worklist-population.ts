/** As many pathways as a test or a measurement wants, in SQL: where patients are, for how long, and what is due, in shares that a region would have. Their log is empty. */
import type pg from 'pg';

/** Few units with many and many with few: the filters must be fast for both. */
export const practices = 400;
export const practice = (number: number): string => `GP_P${String(number).padStart(3, '0')}`;

/** Of a hundred patients, so many have the name: the commonest of Denmark, a third of all. The others have one of thousands, some of which are common enough, too. */
const surnames = {
  Nielsen: 4.5,
  Jensen: 4.3,
  Hansen: 3.6,
  Andersen: 2.7,
  Pedersen: 2.7,
  Christensen: 2,
  Larsen: 1.9,
  Sørensen: 1.9,
  Rasmussen: 1.6,
  Jørgensen: 1.5,
  Petersen: 1.3,
  Madsen: 1.1,
  Kristensen: 1,
  Olsen: 0.8,
  Thomsen: 0.7,
  Christiansen: 0.6,
  Poulsen: 0.5,
  Johansen: 0.5,
  Møller: 0.5,
  Mortensen: 0.5,
};
const shares = Object.values(surnames).reduce<number[]>(
  (sums, share) => [...sums, (sums.at(-1) ?? 0) + share / 100],
  [],
);
const parts = [
  [
    'Øster',
    'Vester',
    'Nør',
    'Sønder',
    'Lind',
    'Bjerg',
    'Kjær',
    'Hav',
    'Birke',
    'Rosen',
    'Holm',
    'Skov',
    'Eng',
    'Mølle',
    'Kirke',
    'Dal',
    'Sand',
    'Sten',
    'Brun',
    'Grøn',
    'Lang',
    'Bech',
    'Friis',
    'Juul',
    'Krogh',
  ],
  ['', 'e', 'a', 'ing', 'vad', 'hede', 'bæk', 'sø', 'toft', 'mark'],
  [
    'gaard',
    'lund',
    'berg',
    'by',
    'skov',
    'holt',
    'strup',
    'ager',
    'bo',
    'dahl',
    'kilde',
    'høj',
    'vang',
    'feldt',
    'rup',
    'næs',
    'sen',
    'lev',
    'um',
    'ø',
  ],
];

/** Units as in routes.ts, but 400 practices; the seed makes it the same each time. `now` is the instant that deadlines lie around. */
const patients = /* sql */ `
  with surnames as (
    select $3::text[] as common, $4::float[] as shares, (select array_agg(a || b || c order by md5(a || b || c)) || '{Ærø,Bech-Holm}' from unnest($5::text[]) as a cross join unnest($6::text[]) as b cross join unnest($7::text[]) as c) as tail
  )
  insert into patient (id, birth_date, name, created_at)
  select ('00000000-0000-4000-8000-' || lpad(to_hex(i), 12, '0'))::uuid, date '1940-01-01' + (random() * 20000)::int,
    (array['Anna', 'Anders', 'Birthe', 'Bo', 'Camilla', 'Ditte', 'Erik', 'Freja', 'Grethe', 'Hans', 'Ida', 'Jens', 'Karen', 'Lars', 'Mette', 'Niels', 'Ole', 'Pia', 'Søren', 'Åse'])[1 + floor(20 * random() * random())::int]
      || case when random() < 0.3 then ' ' || chr(65 + (random() * 25)::int) || '.' else '' end || ' '
      || case when random() < 0.3 then tail[1 + floor(cardinality(tail) * power(random(), 3))::int] || ' ' else '' end
      || coalesce(common[(select min(place) from unnest(shares) with ordinality as s(upto, place) where upto > drawn)], tail[1 + floor(cardinality(tail) * power(random(), 3))::int]),
    $2 from (select i, random() as drawn from generate_series(1, $1::int) as i offset 0) as one cross join surnames`;

const pathways = /* sql */ `
  with drawn as (
    select i, random() as open, random() as at, random() as late, random() as course, random() as other, random() as given, random() as since, 1 + (i % 2) as side, 'GP_P' || lpad((1 + floor(${practices} * random()))::int::text, 3, '0') as gp, 1 + floor(8 * random())::int as person
    from generate_series(1, $1::int) as i
  ), placed as (
    select *, (array['CVI_MIDT', 'CVI_BYEN'])[side] as cvi, (array['TSC_HEH', 'TSC_RH'])[side] as centre, case side when 1 then 'SK_HIH' else (array['SK_HVH', 'SK_BBH', 'SK_GLOH'])[1 + floor(3 * other)::int] end as clinic,
      case when open > 0.4 then 'closed' when at < 0.04 then 'generalPractice' when at < 0.08 then 'referral' when at < 0.13 then 'visitation' when at < 0.35 then 'painClinic' when at < 0.55 then 'painCentre'
        when at < 0.59 then 'medicationAssessment' when at < 0.70 then 'controlPhase' else 'dischargedToGp' end as stage
    from drawn
  ), named as (
    select *, case stage when 'referral' then case when other < 0.3 then 'referral.sent' else 'referral.atCvi' end when 'visitation' then case when other < 0.4 then 'visitation.awaitingInformation' else 'visitation.assessing' end
        when 'painClinic' then (array['painClinic.intake', 'painClinic.waiting', 'painClinic.treatment'])[1 + floor(3 * course)::int] when 'painCentre' then (array['painCentre.waiting', 'painCentre.treatment'])[1 + floor(2 * course)::int]
        when 'medicationAssessment' then 'medicationAssessment.waiting' when 'controlPhase' then 'controlPhase.followUp' else stage end as state,
      case stage when 'painClinic' then true when 'controlPhase' then course < 0.5 when 'dischargedToGp' then course < 0.5 when 'closed' then course < 0.4 else false end as at_clinic,
      case when stage = 'generalPractice' then other < 0.25 else stage <> 'closed' or other < 0.8 end as referred
    from placed
  ), held as (
    select *, case when stage = 'closed' then null when stage in ('generalPractice', 'dischargedToGp') or state = 'referral.sent' then gp when stage = 'referral' then cvi when at_clinic then clinic else centre end as unit,
      case when stage = 'closed' then null when state = 'referral.sent' then 'receipt' when stage = 'referral' then 'forwarding' when state = 'visitation.assessing' then 'decision' when stage = 'visitation' then 'requestedInformation' when state = 'painClinic.intake' then 'intake'
        when state like '%.waiting' then 'firstVisit' when state like '%.treatment' then 'nextStep' when stage = 'controlPhase' then 'letter' when stage = 'dischargedToGp' then case when course < 0.1 then 'letterRead' when course < 0.13 then 'newPain:7' else 'followUp' end when referred then 'gpPlan' end as clock
    from named
  ), due as (
    select *, case when clock is null then null else date_trunc('hour', $2::timestamptz + case when late < 0.08 then interval '20 days' * -given
      else interval '1 day' * given * case clock when 'receipt' then 1 when 'forwarding' then 1 when 'followUp' then 90 when 'firstVisit' then 30 when 'nextStep' then 30 when 'gpPlan' then 14 else 6 end end) end as due_at from held
  ), tasked as (
    -- what stands on the list of another unit than the one that holds it
    select *, case when what is null then null when what = 'newPain' then gp when what = 'messageFailed' and referred and not at_clinic then cvi when referred and unit is distinct from centre then centre else gp end as lies
    from (select *, case when stage = 'closed' then case when other < 0.005 then 'messageFailed' end when course > 0.985 then 'newPain' when course > 0.97 then 'messageFailed' when due_at < $2 and late < 0.025 then 'deadlineMissed' end as what from due) as found
  )
  insert into pathway (id, patient_id, version, stage, state, unit, next_move, planning_area, units, desks, tasks, stage_since, due_at, due_clock, last_at, missing, assignee, machine_version, rule_set, snapshot, head_hash)
  select ('00000000-0000-7000-8000-' || lpad(to_hex(i), 12, '0'))::uuid, ('00000000-0000-4000-8000-' || lpad(to_hex(i), 12, '0'))::uuid, 1, stage, state, unit,
    case state when 'referral.sent' then cvi when 'visitation.awaitingInformation' then gp else unit end, case when given < 0.01 then 'bornholm' when side = 1 then (array['nord', 'midt'])[1 + i % 4 / 2] else (array['byen', 'syd'])[1 + i % 4 / 2] end,
    array[gp] || case when referred then array[cvi, centre] else '{}' end || case when at_clinic and referred then array[clinic] else '{}' end,
    array(select distinct desk from unnest(array[unit, case state when 'referral.sent' then cvi when 'visitation.awaitingInformation' then gp end, lies]) as desk where desk is not null),
    case when what is not null then array[what, lies || ' ' || what] when due_at < $2 then array['deadlineMissed', unit || ' deadlineMissed'] else '{}' end,
    date_trunc('hour', $2 - interval '1 day' * since * case stage when 'closed' then 3650 else 200 end), due_at, clock, $2, case when stage = 'generalPractice' and course < 0.6 then array['H1', 'H2', 'H3', 'H3a', 'H4', 'H6'] when given < 0.03 then array['H3a'] else '{}' end,
    case when unit is not null and other < 0.4 then lower(unit) || '.' || person end, 1, '2014-09', '{"' || substr($3, 1 + (given * 90000)::int, 1300) || '"}', decode(repeat('00', 32), 'hex')
  from tasked`;

/** Fills, indexes and analyses an empty database. Indexes are made when the rows are there, which is several times as fast. */
export async function populate(client: Pick<pg.Client, 'query'>, size: number, now: Date): Promise<void> {
  const names = [
    'worklist',
    'pathway_of_unit',
    'pathway_elsewhere',
    'pathway_with_task',
    'pathway_in_order',
    'pathway_closed',
    'pathway_to_sweep',
    'patient_words',
  ];
  const { rows: indexes } = await client.query<{ definition: string }>(
    'select pg_get_indexdef(c.oid) as definition from pg_class c where relname = any($1)',
    [names],
  );
  for (const name of names) await client.query(`drop index ${name}`);
  await client.query('select setseed(0.42)');
  const { rows } = await client.query<{ noise: string }>(
    `select string_agg(md5(random()::text), '') as noise from generate_series(1, 3000)`,
  );
  await client.query(patients, [size, now, Object.keys(surnames), shares, ...parts]);
  await client.query(pathways, [size, now, rows[0]!.noise]);
  for (const { definition } of indexes) await client.query(definition);
  for (const table of ['patient', 'pathway']) await client.query(`vacuum analyze ${table}`);
}
