/** Every migration, in order: an explicit list, since globs differ between source and build. */
import { First1790000000001 } from './1790000000001-first.js';

export const migrations = [First1790000000001];
