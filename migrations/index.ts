import { Baseline } from './1790000000001-baseline.js';

export const migrations = [Baseline];
