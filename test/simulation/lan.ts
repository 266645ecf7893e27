/** One segment: every packet reaches every other router by a path of its own, which may lose, delay, repeat or cut it. */

import type { Random } from "./random.ts";
import type { Schedule } from "./schedule.ts";

export interface Path {
  /** Microseconds. */
  delay: number;
  /** Microseconds added at random, so that packets may overtake one another. */
  jitter: number;
  /** 0..1. */
  loss: number;
  /** 0..1: the packet arrives a second time `duplicateDelay` later. */
  duplicate: number;
  duplicateDelay: number;
  cut: boolean;
}

export interface Lan {
  path(from: string, to: string): Path;
  /** Cuts or restores both directions between two routers. */
  cut(one: string, other: string, isCut: boolean): void;
  send(from: string, receivers: readonly string[], deliver: (to: string) => void): void;
}

/** One way, unless said otherwise: a quiet switch. */
const quietDelay = 1_000;

export function createLan(schedule: Schedule, random: Random): Lan {
  const paths = new Map<string, Path>();
  const path = (from: string, to: string): Path => {
    const key = `${from}>${to}`;
    const known = paths.get(key);
    if (known !== undefined) return known;
    const fresh = { delay: quietDelay, jitter: 0, loss: 0, duplicate: 0, duplicateDelay: 0, cut: false };
    paths.set(key, fresh);
    return fresh;
  };
  return {
    path,
    cut(one, other, isCut) {
      path(one, other).cut = isCut;
      path(other, one).cut = isCut;
    },
    send(from, receivers, deliver) {
      for (const to of receivers) {
        if (to === from) continue;
        const { delay, jitter, loss, duplicate, duplicateDelay, cut } = path(from, to);
        if (cut || random.chance(loss)) continue;
        const arrival = schedule.now() + delay + Math.floor(random.next() * jitter);
        schedule.at(arrival, () => deliver(to));
        if (random.chance(duplicate)) schedule.at(arrival + duplicateDelay, () => deliver(to));
      }
    },
  };
}
