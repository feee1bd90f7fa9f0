/** Drugs as the demo's units step them up: dose by dose, with what patients say of them. Made up for the demo, no guide to treatment. */
import type { DrugName } from './pictures.js';

export type Drug = { doses: readonly string[]; sideEffects: readonly string[] };

const drowsy = ['træthed de første dage', 'svimmelhed ved hurtige bevægelser', 'ingen', 'let hævede ankler'];
const dry = ['mundtørhed', 'morgentræthed', 'ingen', 'forstoppelse'];
const opioid = ['forstoppelse, behandles', 'kvalme de første dage', 'døsighed', 'ingen'];

export const drugs: Record<DrugName, Drug> = {
  gabapentin: {
    doses: ['300 mg til natten', '300 mg 3 gange dagligt', '600 mg 3 gange dagligt', '900 mg 3 gange dagligt'],
    sideEffects: drowsy,
  },
  pregabalin: {
    doses: ['75 mg til natten', '75 mg 2 gange dagligt', '150 mg 2 gange dagligt', '225 mg 2 gange dagligt'],
    sideEffects: drowsy,
  },
  duloxetin: {
    doses: ['30 mg om morgenen', '60 mg om morgenen', '90 mg om morgenen'],
    sideEffects: ['kvalme den første uge', 'svedtendens', 'ingen', 'uro om aftenen'],
  },
  amitriptylin: { doses: ['10 mg til natten', '25 mg til natten', '50 mg til natten'], sideEffects: dry },
  nortriptylin: {
    doses: ['10 mg til natten', '25 mg til natten', '50 mg til natten', '75 mg til natten'],
    sideEffects: dry,
  },
  venlafaxin: {
    doses: ['37,5 mg om morgenen', '75 mg om morgenen', '150 mg om morgenen'],
    sideEffects: ['kvalme den første uge', 'svedtendens', 'ingen'],
  },
  tramadol: {
    doses: ['50 mg ved behov', 'depot 100 mg 2 gange dagligt', 'depot 150 mg 2 gange dagligt'],
    sideEffects: opioid,
  },
  'morfin depot': {
    doses: ['10 mg 2 gange dagligt', '20 mg 2 gange dagligt', '30 mg 2 gange dagligt'],
    sideEffects: opioid,
  },
  buprenorfinplaster: {
    doses: [
      '5 mikrogram/time, skift hver 7. dag',
      '10 mikrogram/time, skift hver 7. dag',
      '15 mikrogram/time, skift hver 7. dag',
    ],
    sideEffects: ['hudrødme under plasteret', ...opioid],
  },
  metadon: { doses: ['2,5 mg 2 gange dagligt', '5 mg 2 gange dagligt', '5 mg 3 gange dagligt'], sideEffects: opioid },
  lidokainplaster: {
    doses: ['1 plaster i 12 timer', '2 plastre i 12 timer', '3 plastre i 12 timer'],
    sideEffects: ['let hudrødme', 'ingen'],
  },
  capsaicinplaster: {
    doses: ['én påsætning i klinikken', 'påsætning gentaget'],
    sideEffects: ['brændende fornemmelse det første døgn', 'ingen'],
  },
};

/** What nearly everybody has tried before a referral. */
export const usual = [
  { drug: 'paracetamol', effect: 'nogen, ikke tilstrækkelig', sideEffects: 'ingen' },
  { drug: 'paracetamol', effect: 'ingen', sideEffects: 'ingen' },
  { drug: 'ibuprofen', effect: 'kortvarig', sideEffects: 'mavegener' },
  { drug: 'ibuprofen', effect: 'nogen', sideEffects: 'blodtryksstigning, stoppet' },
  { drug: 'naproxen', effect: 'nogen', sideEffects: 'halsbrand' },
  { drug: 'kodein', effect: 'nogen', sideEffects: 'forstoppelse' },
] as const;
