/**
 * A second version of the machine, made from the present one by changing what differs: an example of how a version is released.
 * - A pain centre has three lists where it had one: who is to get a time, who has one, and who has lost one and is to be called first.
 *   The state follows from the appointments, so that whatever books or cancels one moves the patient to the right list.
 * - A unit hands a patient over only when a transfer was asked for, and answers by it (rule transferAsked).
 */
import type { AnyStateMachine } from 'xstate';

import { chart } from '../../machines/engine/arrow.js';
import { chartOf, currentChart, type Chart } from '../../machines/engine/chart.js';
import type { Context } from '../../machines/pathway/context.js';
import { pathwayMachine } from '../../machines/pathway/pathway.js';
import type { RuleId } from '../../machines/pathway/rules.js';
import type { Stored } from '../../machines/engine/snapshot.js';
import type { Carry, Versions } from '../../machines/engine/versions.js';

type Params = { rules: readonly RuleId[] };
type Arrow = { guard: { type: string; params: Params }; actions: unknown };
type Config = {
  initial?: string;
  type?: string;
  meta?: object;
  on?: Record<string, Arrow | Arrow[]>;
  always?: object;
  states?: Record<string, Config>;
};

const hasTime = ({ context }: { context: Context }) => context.appointments.length > 0;
const hasNone = ({ context }: { context: Context }) => context.appointments.length === 0;
const booked = { always: { target: '#pathway.open.painCentre.waiting.booked', guard: hasTime } };

const ofTimes = ['appointment.moved', 'appointment.cancelled', 'appointment.missed'];
/** Only who has a time can move it, cancel it or miss it. */
function splitInThree({ on = {}, ...waiting }: Config): Config {
  const [times, rest] = [true, false].map((about) =>
    Object.fromEntries(Object.entries(on).filter(([type]) => ofTimes.includes(type) === about)),
  );
  return {
    ...waiting,
    on: rest!,
    initial: 'toBeBooked',
    states: {
      toBeBooked: booked,
      booked: { on: times!, always: { target: 'toBeRebooked', guard: hasNone } },
      toBeRebooked: booked,
    },
  };
}

const asked = ({ guard, ...arrow }: Arrow): Arrow => ({
  ...arrow,
  guard: { ...guard, params: { ...guard.params, rules: [...guard.params.rules, 'transferAsked'] } },
});
const onlyWhenAsked = (state: Config): Config => ({
  ...state,
  on: { ...state.on, 'unit.transferred': [state.on!['unit.transferred']!].flat().map(asked) },
});

/** A configuration in which one state, named by its way from the root, is another. */
function changed(config: Config, [name, ...rest]: readonly string[], change: (state: Config) => Config): Config {
  if (name === undefined) return change(config);
  const state = config.states?.[name];
  if (!state) throw new Error(`the machine has no state ${name} to change`);
  return { ...config, states: { ...config.states, [name]: changed(state, rest, change) } };
}

const changesIn: [string, (state: Config) => Config][] = [
  ['open.painCentre.waiting', splitInThree],
  ...['open.painClinic.treatment', 'open.painClinic.paused', 'open.painCentre.treatment', 'open.painCentre.paused'].map(
    (path): [string, typeof onlyWhenAsked] => [path, onlyWhenAsked],
  ),
];
const config = changesIn.reduce(
  (known, [path, change]) => changed(known, path.split('.'), change),
  pathwayMachine.config as unknown as Config,
);

export const chartV2: Chart = chartOf(chart.createMachine(config as never) as unknown as AnyStateMachine, 2);

const WAITING = 'pathway.open.painCentre.waiting';
const inCentre = (value: Stored['value']): unknown => (value as { open?: { painCentre?: unknown } }).open?.painCentre;
const withWaiting = (value: unknown): Stored['value'] => ({ open: { painCentre: value } }) as Stored['value'];
/** A history that may remember a patient who waits: at his death, to which somebody may go back. */
const inHistories = (stored: Stored, rename: (id: string) => string): Stored['historyValue'] =>
  Object.fromEntries(
    Object.entries(stored.historyValue).map(([history, ends]) => [history, ends.map(({ id }) => ({ id: rename(id) }))]),
  );

/** Version 1 does not remember a time that the unit itself has cancelled: such a patient is put with those who never had one. */
const listOf = ({ appointments, missed, patientCausedSince }: Context): string =>
  appointments.length > 0 ? 'booked' : missed > 0 || patientCausedSince !== undefined ? 'toBeRebooked' : 'toBeBooked';

export const toV2: Carry = {
  from: 1,
  to: 2,
  carry: (stored) => {
    const list = listOf(stored.context);
    return {
      value: inCentre(stored.value) === 'waiting' ? withWaiting({ waiting: list }) : stored.value,
      context: stored.context,
      historyValue: inHistories(stored, (id) => (id === WAITING ? `${WAITING}.${list}` : id)),
    };
  },
};
export const toV1: Carry = {
  from: 2,
  to: 1,
  loses: {
    da: 'Hvem der har mistet en tid, som enheden selv aflyste: version 1 har én venteliste.',
    en: 'Who has lost a time that the unit itself cancelled: version 1 has one waiting list.',
  },
  carry: (stored) => ({
    value:
      typeof (inCentre(stored.value) as { waiting?: unknown } | undefined)?.waiting === 'string'
        ? withWaiting('waiting')
        : stored.value,
    context: stored.context,
    historyValue: inHistories(stored, (id) => (id.startsWith(`${WAITING}.`) ? WAITING : id)),
  }),
};

export const twoVersions: Versions = { charts: [currentChart, chartV2], carries: [toV2, toV1] };
