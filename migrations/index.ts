import { First1790000000001 } from './1790000000001-first.js';
import { Proof1790000000002 } from './1790000000002-proof.js';
import { Flow1790000000003 } from './1790000000003-flow.js';
import { Delivery1790000000004 } from './1790000000004-delivery.js';
import { Worklists1790000000005 } from './1790000000005-worklists.js';

export const migrations = [
  First1790000000001,
  Proof1790000000002,
  Flow1790000000003,
  Delivery1790000000004,
  Worklists1790000000005,
];
