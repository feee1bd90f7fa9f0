/** One version of the machine with all that is worked out from it: what it makes of what is stored, and how it moves. */
import type { AnyStateMachine } from 'xstate';
import { motionOf, type Motion } from './advance.js';
import { machineVersion, pathwayMachine } from '../pathway/pathway.js';
import { formOf, type Form } from './snapshot.js';

export type Chart = { readonly version: number; readonly machine: AnyStateMachine } & Readonly<Form> & Readonly<Motion>;

export const chartOf = (machine: AnyStateMachine, version: number): Chart => ({
  version,
  machine,
  ...formOf(machine),
  ...motionOf(machine),
});

/** The version that new pathways begin in; `begin`, `advance`, `restore`, `faultOf` … without a chart are its own. */
export const currentChart = chartOf(pathwayMachine, machineVersion);
