/**
 * The versions of the machine that this program knows, and how what one of them has stored becomes what another would have.
 * A released version is never changed: a new one is a new chart with its carries, both ways, each tried on the snapshots of the old one.
 */
import { currentChart, type Chart } from './chart.js';
import type { Text } from '../pathway/fields.js';
import type { Stored } from './snapshot.js';

/** From one version's stored snapshot to another's. Pure: what it is given stays as it is. */
export type Carry = {
  from: number;
  to: number;
  carry: (stored: Stored) => Stored;
  /** What the other version has no place for, in words; absent when nothing is lost. */
  loses?: Text;
};
export type Versions = { charts: readonly Chart[]; carries: readonly Carry[] };

export const charts: readonly Chart[] = [currentChart];
export const carries: readonly Carry[] = [];

/** Throws for a version that is not known: never guess by which chart something was stored. */
export function chartFor(version: number, known: readonly Chart[] = charts): Chart {
  const chart = known.find((entry) => entry.version === version);
  if (!chart)
    throw new Error(
      `machine version ${version} is not known to this program, which knows ${known.map((entry) => entry.version).join(', ')}`,
    );
  return chart;
}

/** The fewest carries that lead from one version to another, in their order: none for the same version, undefined when there is no way. */
export function wayBetween(from: number, to: number, known: readonly Carry[] = carries): readonly Carry[] | undefined {
  const ways = new Map<number, readonly Carry[]>([[from, []]]);
  // A map is walked in the order of its entries, those that are added meanwhile too.
  for (const [reached, way] of ways) {
    if (reached === to) return way;
    for (const carry of known) if (carry.from === reached && !ways.has(carry.to)) ways.set(carry.to, [...way, carry]);
  }
  return undefined;
}

/** A move of pathways from one version to another. */
export type Move = { from: Chart; to: Chart; way: readonly Carry[] };

/** Throws when a version is not known, or when no carries lead there. */
export function moveBetween(from: number, to: number, known: Versions = { charts, carries }): Move {
  const [start, end] = [chartFor(from, known.charts), chartFor(to, known.charts)];
  const way = wayBetween(from, to, known.carries);
  if (!way)
    throw new Error(
      `no carries lead from machine version ${from} to ${to}: write one, or several that follow each other`,
    );
  return { from: start, to: end, way };
}

/** What a stored snapshot becomes; or why that cannot be, and then it must stay where it is. */
export function carried(stored: Stored, { to, way }: Move): { stored: Stored } | { fault: string } {
  try {
    const next = way.reduce((known, { carry }) => carry(known), stored);
    const fault = to.faultOf(next);
    return fault === undefined ? { stored: next } : { fault };
  } catch (error) {
    return { fault: `it cannot be carried over: ${error instanceof Error ? error.message : 'unknown'}` };
  }
}
