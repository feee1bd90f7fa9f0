/** What the API answers (api.md), as schemas: the types of the code and the shapes in OpenAPI are the same words. */
import { z } from 'zod';
import { appointment, contextSchema, newPain } from '../../machines/pathway/context.js';
import { facts } from '../../machines/pathway/facts.js';
import { day, drugClasses, failures, planningArea, text, unitCode } from '../../machines/pathway/fields.js';
import { personNumberText } from '../../machines/calendar/identifiers.js';
import { roleNames } from '../../machines/pathway/roles.js';
import { stageNames } from '../../machines/pathway/stages.js';
import { taskNames } from '../../machines/pathway/tasks.js';

export { anyEvent } from '../../machines/pathway/events.js';

const instant = z.string().meta({ format: 'date-time' });
const label = z.object({ da: z.string(), en: z.string() }).meta({ id: 'Text', title: 'The two languages of a user' });
const stage = z.enum(stageNames);
const state = z
  .union([z.string(), z.record(z.string(), z.any())])
  .meta({ id: 'State', description: 'Dotted, e.g. visitation.assessing; a parallel state as an object' });
const unit = unitCode().nullable();

export const finding = z
  .object({
    rule: z.string(),
    severity: z.enum(['integrity', 'block', 'warn', 'info']),
    status: z.enum(['met', 'unmet', 'unknown']),
    text: label,
    quote: z.string().nullable(),
    lines: z.string().nullable(),
    source: z.enum(['document', 'structural']),
    value: z.union([z.string(), z.number(), z.boolean()]).nullable(),
    facts: z.array(z.string()).readonly(),
    reasoned: z.boolean(),
    remedy: z.enum(['supply', 'override', 'acknowledge', 'none']),
    by: z.array(z.enum(roleNames)).readonly(),
  })
  .meta({ id: 'Finding', title: 'One rule, what it said, and who can do what about it' });

const prescriber = z.object({
  by: z.string().meta({ description: '"gp" or a unit code' }),
  since: instant,
  seq: z.int(),
});

export const pathwayView = z
  .object({
    id: z.uuid(),
    version: z.int(),
    stage,
    state,
    unit,
    nextMove: unit,
    attached: z.boolean(),
    episode: z.int(),
    openedAt: instant,
    patient: z.object({ id: z.uuid(), name: z.string(), birthDate: z.string(), cprMasked: z.string().nullable() }),
    ownGp: unit,
    planningArea: planningArea(),
    route: z.object({ cvi: unit, centre: unit, clinics: z.array(unitCode()) }),
    referral: z.object({ version: z.int(), facts, offered: facts.nullable() }),
    suggestion: z.enum(['simple', 'complex', 'medicationAssessment', 'undetermined']),
    prescribing: z.object(
      Object.fromEntries(drugClasses.map((name) => [name, prescriber])) as Record<
        (typeof drugClasses)[number],
        typeof prescriber
      >,
    ),
    newPain: z.array(newPain),
    appointments: z.array(appointment),
    notes: z.array(z.object({ noteId: z.int(), status: z.enum(['queued', 'sent', 'delivered', 'byHand']) })),
    undelivered: z.array(
      z.object({
        messageId: z.string(),
        letter: z.string(),
        to: unit,
        from: unitCode(),
        at: instant,
        failed: z.object({ at: instant, because: z.enum(failures), text: z.string() }).nullable(),
      }),
    ),
    tasks: z
      .array(
        z.object({
          unit: unitCode(),
          what: z.enum(taskNames),
          label,
          since: instant,
          about: z.string().nullable(),
          ways: z.array(z.string()).readonly(),
        }),
      )
      .meta({
        description:
          'What waits for somebody beside the next step, at which unit, and what may be sent to see to it; the oldest first',
      }),
    closure: contextSchema.shape.closure.unwrap().nullable(),
    deadlines: z.array(
      z.object({
        clock: z.string(),
        label,
        startedAt: instant,
        dueAt: instant.meta({ description: 'late from this instant on' }),
        pausedSince: instant.nullable(),
        missedAt: instant.nullable(),
        onTheListOf: z.array(z.string()),
        local: z.literal(true).meta({ description: 'a local indicator, not an official statistic' }),
      }),
    ),
    dueAt: instant.nullable(),
    machineVersion: z.int(),
    ruleSet: z.string(),
  })
  .meta({ id: 'Pathway' });
export type PathwayView = z.infer<typeof pathwayView>;

export const openingRequest = z
  .strictObject({
    patient: z.strictObject({
      cpr: personNumberText.optional(),
      birthDate: day().optional(),
      name: text(200),
    }),
    planningArea: planningArea(),
    ownGp: unitCode().optional(),
  })
  .meta({ id: 'OpenPathway' });
export type OpeningRequest = z.infer<typeof openingRequest>;

export const actions = z
  .object({
    version: z.int(),
    actions: z.array(
      z.object({
        event: z.string(),
        label,
        possible: z.boolean(),
        mayI: z.boolean(),
        roles: z.array(z.enum(roleNames)).readonly(),
        findings: z.array(finding),
        schema: z.string(),
      }),
    ),
  })
  .meta({ id: 'Actions' });

const place = z.object({ state, stage, unit });
const actor = z.object({ sub: z.string(), role: z.enum(roleNames).nullable(), unit: z.string() });
export const transition = z
  .object({
    seq: z.int(),
    event: z.record(z.string(), z.any()),
    from: place.nullable(),
    to: place,
    actor,
    occurredAt: instant,
    recordedAt: instant,
    findings: z.array(finding),
    overrides: z.array(z.object({ rule: z.string(), reason: z.string() })),
    acknowledged: z.array(z.object({ rule: z.string(), reason: z.string().optional() })),
    machineVersion: z.int(),
    ruleSet: z.string(),
    hash: z.string(),
    standing: z.enum(['stands', 'voided', 'amended', 'lapsed']),
    correctedBy: z.object({ seq: z.int(), actor, recordedAt: instant, reason: z.string() }).nullable(),
  })
  .meta({ id: 'Transition' });
export type TransitionView = z.infer<typeof transition>;
export const refusedAttempt = z
  .object({
    refused: z.string(),
    version: z.int(),
    event: z.record(z.string(), z.any()),
    actor,
    recordedAt: instant,
    findings: z.array(finding),
  })
  .meta({ id: 'RefusedAttempt' });
export const transitions = z
  .object({ items: z.array(z.union([transition, refusedAttempt])), nextCursor: z.string().nullable() })
  .meta({ id: 'Transitions' });

export const dryRun = z
  .object({
    dryRun: z.literal(true),
    version: z.int(),
    from: place,
    to: place,
    findings: z.array(finding),
    messages: z.array(z.object({ letter: z.string(), to: unit, subject: z.string() })),
    deadlines: pathwayView.shape.deadlines,
  })
  .meta({ id: 'DryRun' });

const compared = z.object({ occurredAt: instant, from: place.nullable(), to: place }).nullable();
export const correctionPreview = z
  .object({
    dryRun: z.literal(true),
    version: z.int(),
    from: place,
    to: place,
    transitions: z.array(
      z.object({
        seq: z.int(),
        event: z.string(),
        change: z.enum(['voided', 'amended', 'inserted', 'lapsed', 'restored', 'otherwise']),
        before: compared,
        after: compared,
      }),
    ),
    deadlines: z.object({ before: pathwayView.shape.deadlines, after: pathwayView.shape.deadlines }),
    counts: z.array(
      z.object({ from: instant, stage, unit, planningArea: planningArea(), count: z.int(), overdue: z.int() }),
    ),
    messages: z.array(z.object({ letter: z.string(), to: unit, subject: z.string(), body: z.string() })),
  })
  .meta({
    id: 'CorrectionPreview',
    title: 'What a correction would change: later steps, the place, deadlines, counts, and who is told',
  });
export type CorrectionPreview = z.infer<typeof correctionPreview>;

export const referralVersionView = z
  .object({ version: z.int(), seq: z.int(), frozenAt: instant, facts })
  .meta({ id: 'ReferralVersion' });

export const patientSearch = z.strictObject({ cpr: personNumberText }).meta({ id: 'PatientSearch' });
export const patientsFound = z
  .object({
    items: z.array(
      z.object({
        patient: pathwayView.shape.patient,
        pathways: z.array(z.object({ id: z.uuid(), stage, unit, version: z.int() })),
      }),
    ),
  })
  .meta({ id: 'PatientsFound' });

export const problem = z
  .object({
    type: z.string(),
    title: z.string(),
    status: z.int(),
    detail: z.string(),
    requestId: z.string(),
    errors: z.array(z.object({ pointer: z.string(), message: z.string() })).optional(),
    findings: z.array(finding).optional(),
  })
  .catchall(z.any())
  .meta({ id: 'Problem', title: 'RFC 9457' });
