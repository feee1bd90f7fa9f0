/** The formats in which the log of transitions is exported. */
import { csv } from './csv.js';
import { ndjson } from './ndjson.js';
import { xes } from './xes.js';

export const formats = { csv, ndjson, xes };
export type FormatName = keyof typeof formats;
/** By its `order`, which also says how the entries have to be read, a caller knows whether `write` asks for the counts. */
export type Format = (typeof formats)[FormatName];
