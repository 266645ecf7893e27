/** How fast adverts follow one another, told apart from how late single ones are. */

import type { SeenAdvert } from "./pair-frames.ts";

const run = 50;

/**
 * The mean intervals of consecutive runs of 50 adverts, in order of size, microseconds. A sender that adds its lateness to
 * the next interval is slow in every run; one that keeps its due times is slow only where the processor was taken away
 * for longer than an interval.
 */
export function meansOfRuns(adverts: readonly SeenAdvert[]): number[] {
  const runs = Math.floor((adverts.length - 1) / run);
  return Array.from({ length: runs }, (_, index) => {
    const [from, to] = [adverts[index * run]?.at ?? 0, adverts[(index + 1) * run]?.at ?? 0];
    return (to - from) / run;
  }).sort((left, right) => left - right);
}

/** The interval field of version 3, four hexadecimal digits. */
export function intervalField({ message }: SeenAdvert): string {
  return message.slice(8, 12);
}
