import { First1790000000001 } from './1790000000001-first.js';
import { Proof1790000000002 } from './1790000000002-proof.js';
import { Flow1790000000003 } from './1790000000003-flow.js';

export const migrations = [First1790000000001, Proof1790000000002, Flow1790000000003];
