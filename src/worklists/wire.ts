/** What the worklist answers, as schemas. */
import { z } from 'zod';
import { planningArea, text, unitCode } from '../../machines/pathway/fields.js';
import { containsCpr } from '../../machines/calendar/identifiers.js';
import { roleNames } from '../../machines/pathway/roles.js';
import { stageNames } from '../../machines/pathway/stages.js';
import { pathwayView } from '../pathways/wire.js';
import { savedFilters } from './filters.js';

const instant = z.string().meta({ format: 'date-time' });
const label = z.object({ da: z.string(), en: z.string() });
const unit = unitCode().nullable();
const stage = z.enum(stageNames);

export const worklist = z
  .object({
    items: z.array(
      z.object({
        id: z.uuid(),
        version: z.int(),
        patient: pathwayView.shape.patient,
        stage,
        state: z.string(),
        unit,
        nextMove: unit,
        planningArea: planningArea(),
        stageSince: instant,
        daysInStage: z.int(),
        dueAt: instant.nullable(),
        overdue: z.boolean(),
        missing: z.array(z.string()),
        dueClock: z
          .object({ clock: z.string(), label })
          .nullable()
          .meta({ description: 'what the earliest deadline is about' }),
        daysLeft: z
          .int()
          .nullable()
          .meta({ description: 'days in Denmark to the last day in time: 0 on that day, negative from the day after' }),
        responsible: z
          .object({ unit: unitCode(), label })
          .nullable()
          .meta({ description: 'the unit that holds it, by its name' }),
        assignee: z.string().nullable().meta({ description: 'who sees to it there' }),
        next: z
          .object({ event: z.string(), label, unit, roles: z.array(z.enum(roleNames)).readonly() })
          .nullable()
          .meta({ description: 'the next step of the course, and whose it is' }),
        tasks: pathwayView.shape.tasks.nullable().meta({
          description:
            "what stands on the list of the reader's unit beside the next step; null where what is stored cannot be read",
        }),
      }),
    ),
    nextCursor: z.string().nullable(),
  })
  .meta({ id: 'Worklist' });
export type WorkItem = z.infer<typeof worklist>['items'][number];

export const worklistCounts = z
  .object({
    total: z.int(),
    overdue: z.int(),
    unassigned: z.int(),
    byStage: z.array(z.object({ stage, label, count: z.int() })),
  })
  .meta({ id: 'WorklistCounts', title: 'How many a worklist holds, over all its pages' });
export type WorklistCounts = z.infer<typeof worklistCounts>;

export const assigneeRequest = z
  .strictObject({
    assignee: text(200)
      .refine((sub) => sub !== 'none', 'is the filter for those whom nobody sees to: send null to leave it to nobody')
      .refine((sub) => !containsCpr(sub), 'holds a CPR number: name a colleague by his sub')
      .nullable()
      .meta({ description: 'the sub of a colleague, me, or null' }),
  })
  .meta({ id: 'Assign' });
export const assignment = z
  .object({ assignee: z.string().nullable(), unit: unitCode(), assignedBy: z.string(), assignedAt: instant })
  .meta({
    id: 'Assignment',
    title:
      'Who was to see to a pathway, at which unit, by whom and from when; it lapses when the pathway leaves the unit',
  });
export const assignments = z
  .object({ items: z.array(assignment), nextCursor: z.string().nullable() })
  .meta({ id: 'Assignments' });
export type Assignment = z.infer<typeof assignment>;

export const viewRequest = z
  .strictObject({
    name: text(100).refine((name) => !containsCpr(name), 'holds a CPR number: name the view for what it shows'),
    shared: z.boolean({ error: 'is neither true nor false' }).default(false),
    filters: savedFilters,
  })
  .meta({ id: 'SaveView' });
export type ViewRequest = z.infer<typeof viewRequest>;
export const savedView = z
  .object({
    id: z.uuid(),
    name: z.string(),
    shared: z.boolean(),
    filters: savedFilters,
    owner: z.string(),
    mine: z.boolean(),
    createdAt: instant,
    changedAt: instant,
    count: z.int().nullable().optional().meta({
      description:
        'with counts=true: how many it shows to the reader; null where its filters are of an earlier version',
    }),
  })
  .meta({ id: 'View' });
export const savedViews = z.object({ items: z.array(savedView) }).meta({ id: 'Views' });
export type SavedView = z.infer<typeof savedView>;
