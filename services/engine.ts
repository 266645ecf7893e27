/** What V8 is told: a daemon runs for months and does little, so memory counts for more than the speed of its collector. */

import { setFlagsFromString } from "node:v8";

/**
 * Percent that the heap may grow by between two full collections. V8 by itself lets it double or more: ten thousand
 * routers would take half as much memory again for what nobody needs any longer. bin/understudy gives the size of
 * the young generation, which can be set at the start only.
 */
const heapGrowth = 20;

/**
 * For the rest of the process; call it first. V8 takes what survives a few collections of the young generation for long-lived
 * and makes all of its kind in the old one: here that is what a router remembers, which each advert replaces, and the
 * collector then cost as much as everything else together.
 */
export function tuneEngine(): void {
  setFlagsFromString("--no-allocation-site-pretenuring");
  setFlagsFromString(`--heap-growing-percent=${heapGrowth}`);
}
