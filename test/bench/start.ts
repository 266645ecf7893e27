/** How long a daemon takes from its spawn to its first state, and where that time goes. */

import { join } from "node:path";
import { monotonic } from "../../services/io/clock.ts";
import type { Bench } from "./bench.ts";
import { type Spread, spreadOf } from "./numbers.ts";
import { firstState, type Make, startRouter } from "./router.ts";
import type { Stage } from "./stages.ts";

export interface StartFigures {
  /** Milliseconds from spawn to the first state in the log. */
  readonly understudy: Spread;
  readonly keepalived: Spread;
  /** Medians over the repetitions. */
  readonly stages: readonly Stage[];
}

const usualRepetitions = 10;
const stageRepetitions = 5;

export async function measureStart(bench: Bench): Promise<StartFigures> {
  const host = bench.network(["start"]).host("start");
  const samples: Record<Make, number[]> = { understudy: [], keepalived: [] };
  const repetitions = bench.repetitions ?? usualRepetitions;
  for (let round = 0; round < repetitions; round++) {
    for (const make of ["understudy", "keepalived"] as const) {
      const router = startRouter({ make, host, directory: bench.directory(`start-${make}`), priority: 50 });
      const line = await router.log.waitFor(`${make} starts`, ({ text }) => text.includes(firstState));
      samples[make].push((line.at - router.startedAt) / 1000);
      await router.stop();
    }
  }
  const runs: (readonly Stage[])[] = [];
  const file = join(bench.directory("start-understudy"), "keepalived.conf");
  for (let round = 0; round < stageRepetitions; round++) {
    const directory = bench.directory(`stages-${round}`);
    const program = bench.program<readonly Stage[]>(host, "stages", String(monotonic()), file, directory);
    runs.push(await program.inbox.waitFor("the stages of the start", () => true));
    await program.ended;
  }
  const [understudy, keepalived] = [spreadOf(samples.understudy), spreadOf(samples.keepalived)];
  if (understudy === undefined || keepalived === undefined) throw new Error("nothing was started");
  return { understudy, keepalived, stages: medians(runs) };
}

function medians(runs: readonly (readonly Stage[])[]): readonly Stage[] {
  const [first = []] = runs;
  return first.map((stage, index) => {
    const median = (value: (stage: Stage) => number) =>
      spreadOf(runs.flatMap((run) => (run[index] === undefined ? [] : [value(run[index])])))?.p50 ??
      Number.NaN;
    return {
      ...stage,
      milliseconds: median((each) => each.milliseconds),
      anonymous: median((each) => each.anonymous),
      resident: median((each) => each.resident),
    };
  });
}
