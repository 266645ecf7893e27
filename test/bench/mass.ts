/** Many virtual routers at once: how late the last of them is taken over, after a crash and after a clean stop. */

import type { Bench } from "./bench.ts";
import { type CrowdTakeover, openCrowd, type Way } from "./crowd.ts";
import { spreadOf } from "./numbers.ts";

const usualRepetitions = 5;
const cases: readonly { readonly size: number; readonly ways: readonly Way[] }[] = [
  { size: 250, ways: ["crash"] },
  { size: 1000, ways: ["crash", "stop"] },
];

/** Every takeover of every case, each make's with no daemon of the other running. */
export async function measureMass(bench: Bench): Promise<readonly CrowdTakeover[]> {
  const takeovers: CrowdTakeover[] = [];
  const repetitions = bench.repetitions ?? usualRepetitions;
  for (const { size, ways } of cases) {
    for (const make of ["understudy", "keepalived"] as const) {
      const crowd = await openCrowd(bench, make, size);
      for (let round = 0; round < repetitions; round++) {
        for (const how of ways) {
          const takeover = await crowd.takeOver(how);
          takeovers.push(takeover);
          const { p50 = Number.NaN, max = Number.NaN } = spreadOf(takeover.late) ?? {};
          bench.say(
            `${size} ${make} ${how}: median ${p50.toFixed(1)}, last ${max.toFixed(1)} ms late, told ${takeover.told.toFixed(1)} ms behind`,
          );
        }
      }
      await crowd.close();
    }
  }
  return takeovers;
}
