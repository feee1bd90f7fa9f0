/** A worklist as a sheet, in the order of its pages and in the reader's language. Dates are days in Denmark: a sheet has no time zone. */
import { copenhagenDate, lastDayOf } from '../../machines/calendar/calendar.js';
import type { Text } from '../../machines/pathway/fields.js';
import { unitName } from '../../machines/pathway/routes.js';
import { stages, stateLabels } from '../../machines/pathway/stages.js';
import { BOM, csvLine } from '../http/csv.js';
import type { WorkItem } from './wire.js';

export type Language = keyof Text;
type Column = { name: Text; cell: (item: WorkItem, language: Language) => string | null | undefined };
const yes: Text = { da: 'ja', en: 'yes' };
const no: Text = { da: 'nej', en: 'no' };
const named = (unit: string | null, language: Language) => unit && unitName(unit)[language];

const columns: readonly Column[] = [
  { name: { da: 'Forløb', en: 'Pathway' }, cell: ({ id }) => id },
  { name: { da: 'Navn', en: 'Name' }, cell: ({ patient }) => patient.name },
  { name: { da: 'Fødselsdato', en: 'Birth date' }, cell: ({ patient }) => patient.birthDate },
  { name: { da: 'CPR (maskeret)', en: 'CPR (masked)' }, cell: ({ patient }) => patient.cprMasked },
  { name: { da: 'Stadie', en: 'Stage' }, cell: ({ stage }, language) => stages[stage][language] },
  { name: { da: 'Tilstand', en: 'State' }, cell: ({ state }, language) => stateLabels[state]?.[language] },
  { name: { da: 'Ansvarlig enhed', en: 'Responsible unit' }, cell: ({ unit }, language) => named(unit, language) },
  { name: { da: 'Ansvarlig medarbejder', en: 'Assignee' }, cell: ({ assignee }) => assignee },
  { name: { da: 'Næste skridt', en: 'Next step' }, cell: ({ next }, language) => next?.label[language] },
  { name: { da: 'Næste træk hos', en: 'Next move at' }, cell: ({ nextMove }, language) => named(nextMove, language) },
  { name: { da: 'Planområde', en: 'Planning area' }, cell: ({ planningArea }) => planningArea },
  { name: { da: 'I stadiet siden', en: 'In stage since' }, cell: ({ stageSince }) => copenhagenDate(stageSince) },
  { name: { da: 'Dage i stadiet', en: 'Days in stage' }, cell: ({ daysInStage }) => String(daysInStage) },
  { name: { da: 'Frist', en: 'Deadline' }, cell: ({ dueClock }, language) => dueClock?.label[language] },
  { name: { da: 'Sidste dag', en: 'Last day' }, cell: ({ dueAt }) => dueAt && lastDayOf(dueAt) },
  // A negative number would be escaped as a formula, and no longer be one.
  {
    name: { da: 'Dage tilbage', en: 'Days left' },
    cell: ({ daysLeft }) => (daysLeft === null || daysLeft < 0 ? '' : String(daysLeft)),
  },
  {
    name: { da: 'Dage over frist', en: 'Days late' },
    cell: ({ daysLeft }) => (daysLeft === null || daysLeft >= 0 ? '' : String(-daysLeft)),
  },
  { name: { da: 'Overskredet', en: 'Overdue' }, cell: ({ overdue }, language) => (overdue ? yes : no)[language] },
  { name: { da: 'Mangler', en: 'Missing' }, cell: ({ missing }) => missing.join(', ') },
];

export const sheetOf = (items: readonly WorkItem[], language: Language): string =>
  BOM +
  [
    columns.map(({ name }) => name[language]),
    ...items.map((item) => columns.map(({ cell }) => cell(item, language) ?? '')),
  ]
    .map(csvLine)
    .join('');
