/** Walking a pathway by HTTP, as its users would: who works where, what a complete referral says, and how far to go. */
import { createApp } from '../../src/app.js';
import type { Parts } from '../../src/app.module.js';
import type { DemoIssuer } from '../../demo/issuer.js';
import { localIssuer } from '../../src/auth/tokens.js';
import { SetClock } from '../../src/database/clock.js';
import { createDataSource } from '../../src/data-source.js';
import { Sql } from '../../src/database/sql.js';
import type { Facts } from '../../machines/pathway/facts.js';
import { routeFor } from '../../machines/pathway/routes.js';
import type { PlanningArea } from '../../machines/pathway/fields.js';
import type { PathwayView } from '../../src/pathways/wire.js';
import { administrating, freshDatabase } from './database.js';
import { TestServer, type User } from './server.js';
import { completeFacts, complexFacts, practiceOf } from './walk.js';

export { assessmentFacts, completeFacts, complexFacts } from './walk.js';

/** As `startServer`, with an issuer and a log of the test's own. */
export async function startWith({
  issuer,
  logger,
  now = '2026-03-02T08:00:00.000Z',
}: {
  issuer: DemoIssuer;
  logger: Parts['logger'];
  now?: string;
}): Promise<TestServer> {
  const database = await freshDatabase();
  const clock = new SetClock(now);
  const source = await createDataSource(database.url, 'serving', 10).initialize();
  const app = await createApp({ source, clock, logger, issuer: localIssuer(issuer), audience: 'smertevejen' });
  await app.listen(0, '127.0.0.1');
  const owner = await administrating(database.url);
  return new TestServer(await app.getUrl(), app, owner, app.get(Sql), clock, issuer, async () => {
    await app.close();
    if (source.isInitialized) await source.destroy();
    await owner.destroy();
    await database.drop();
  });
}

type Routed = Exclude<PlanningArea, 'bornholm' | 'outsideRegion'>;
/** A clinic of each centre. */
const clinicOf: Record<string, string> = { TSC_HEH: 'SK_HIH', TSC_RH: 'SK_HVH' };

/** Who has to do with a patient of a planning area. */
export function staffOf(area: Routed) {
  const { cvi, centre } = routeFor(area, '2026-03-02')!;
  const at =
    (unit: string) =>
    (role: User['role']): User => ({ role, unit });
  return {
    practice: at(practiceOf[area]),
    gp: at(practiceOf[area])('gp'),
    cvi: at(cvi)('cvi'),
    centre: at(centre),
    clinic: at(clinicOf[centre]!),
  };
}

type Event = { type: string } & Record<string, unknown>;
type Step = [to: string, by: User, ...events: Event[]];
const nothingPrescribed = ['analgesic', 'sedative', 'hypnotic'].map((drugClass) => ({
  drugClass,
  nothingPrescribed: true,
}));

function stepsAlong(area: Routed, course: 'painClinic' | 'painCentre', facts: Facts, now: string): Step[] {
  const { gp, cvi, centre, clinic } = staffOf(area);
  const at = course === 'painClinic' ? clinic : centre;
  const physician = at('physician');
  return [
    ['referral.sent', gp, { type: 'referral.updated', facts }, { type: 'referral.submitted' }],
    ['referral.atCvi', cvi, { type: 'referral.received' }],
    ['visitation.assessing', cvi, { type: 'referral.forwarded', centre: centre('triager').unit }],
    [
      course === 'painClinic' ? 'painClinic.intake' : 'painCentre.waiting',
      centre('triager'),
      {
        type: 'triage.decided',
        decision: course,
        ...(course === 'painClinic' ? { target: clinic('physician').unit } : {}),
        patientInformedBy: 'unit',
      },
    ],
    ...(course === 'painClinic'
      ? [['painClinic.waiting', clinic('secretary'), { type: 'clinic.accepted' }] satisfies Step]
      : []),
    [
      `${course}.treatment`,
      at('secretary'),
      { type: 'visit.attended', at: now, walkInReason: 'Tiden blev aftalt i telefonen' },
    ],
    [
      'controlPhase.followUp',
      physician,
      { type: 'diagnosis.recorded', mechanism: 'neuropathic', text: 'Neuropatiske smerter' },
      { type: 'medication.planned', text: 'Gabapentin' },
      { type: 'medication.optimised', summary: 'Virker' },
      { type: 'treatment.completed', reason: 'completed', text: 'Forløbet er færdigt' },
    ],
    [
      'controlPhase.letterSent',
      physician,
      { type: 'medicationRecord.confirmed', at: now },
      {
        type: 'letter.signed',
        forwardPlan: 'Fortsætter som nu',
        followUpRecommended: true,
        handover: nothingPrescribed,
      },
    ],
    ['dischargedToGp', gp, { type: 'letter.receivedByGp', how: 'MedCom' }],
  ];
}

export type Journey = {
  area?: Routed;
  course?: 'painClinic' | 'painCentre';
  facts?: Facts;
  patient?: { name: string; cpr?: string; birthDate?: string };
};

export async function opened(
  server: TestServer,
  { area = 'midt', patient = { name: 'Birthe Test', birthDate: '1968-07-05' } }: Journey = {},
): Promise<PathwayView> {
  const reply = await server.open({ patient, planningArea: area }, staffOf(area).gp);
  if (reply.status !== 201) throw new Error(`the opening was answered ${reply.status}: ${JSON.stringify(reply.body)}`);
  return reply.body as PathwayView;
}

/** From its opening to a state (`visitation.assessing`, say); throws where a step is refused. */
export async function walkTo(server: TestServer, state: string, journey: Journey = {}): Promise<PathwayView> {
  const { area = 'midt', course = 'painClinic' } = journey;
  const facts = journey.facts ?? (course === 'painClinic' ? completeFacts : complexFacts);
  const steps = stepsAlong(area, course, facts, server.clock.now().toISOString());
  const last = state === 'generalPractice' ? -1 : steps.findIndex(([to]) => to === state);
  if (last < 0 && state !== 'generalPractice') throw new Error(`${state} is on no way of this walk`);
  let view = await opened(server, journey);
  for (const [, by, ...events] of steps.slice(0, last + 1)) {
    for (const event of events) view = await server.sent(view.id, by, event, { version: view.version });
  }
  return view;
}
