/** A pathway as everybody reads it (api.md, `GET /pathways/:id`), from what is stored. */
import { copenhagenDate } from '../../machines/calendar/calendar.js';
import { clocks, earliestDue, listOf, type ClockName } from '../../machines/pathway/clocks.js';
import { clinicsOf } from '../../machines/pathway/routes.js';
import { maskCpr } from '../../machines/calendar/identifiers.js';
import { suggestionFor } from '../../machines/pathway/suggestion.js';
import { tasks, tasksOf } from '../../machines/pathway/tasks.js';
import { currentChart, type Chart } from '../../machines/engine/chart.js';
import type { Stored } from '../../machines/engine/snapshot.js';
import type { PathwayView } from './wire.js';

export type PatientRow = { patient_id: string; name: string; birth_date: string; person_number: string | null };

const kindOfClock = (clock: string) => clocks[clock.split(':')[0] as ClockName];

export function viewOf(
  id: string,
  version: number,
  patient: PatientRow,
  { value, context }: Stored,
  chart: Chart = currentChart,
): PathwayView {
  const { stage, state, unit, nextMove } = chart.whereOf(value, context);
  const attached = context.attachedAt !== undefined && stage !== 'closed';
  return {
    id,
    version,
    stage,
    state,
    unit,
    nextMove,
    attached,
    episode: context.episode,
    openedAt: context.openedAt,
    patient: {
      id: patient.patient_id,
      name: patient.name,
      birthDate: patient.birth_date,
      cprMasked: patient.person_number === null ? null : maskCpr(patient.person_number),
    },
    ownGp: context.ownGp,
    planningArea: context.planningArea,
    route: {
      cvi: context.cvi ?? null,
      centre: context.centre ?? null,
      clinics: clinicsOf(context.centre, copenhagenDate(context.lastAt)),
    },
    referral: { version: context.referralVersion, facts: context.facts, offered: context.offeredFacts ?? null },
    suggestion: suggestionFor(context.facts),
    prescribing: context.prescribing,
    newPain: context.newPain,
    appointments: context.appointments,
    notes: Object.entries(context.notes).map(([noteId, status]) => ({ noteId: Number(noteId), status })),
    undelivered: Object.entries(context.undelivered).map(([messageId, { letter, to, from, at, failed }]) => ({
      messageId,
      letter,
      to,
      from,
      at,
      failed: failed ?? null,
    })),
    tasks: tasksOf(context, { unit, nextMove }).map((task) => ({ ...task, label: tasks[task.what].label })),
    closure: context.closure ?? null,
    deadlines: context.clocks.map(({ clock, startedAt, dueAt, pausedSince, missedAt }) => ({
      clock,
      label: kindOfClock(clock).label,
      startedAt,
      dueAt,
      pausedSince: pausedSince ?? null,
      missedAt: missedAt ?? null,
      onTheListOf: listOf(clock, context),
      local: true,
    })),
    dueAt: earliestDue(context.clocks),
    machineVersion: chart.version,
    ruleSet: context.ruleSet,
  };
}
