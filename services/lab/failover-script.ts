/**
 * `understudy lab --script failover`: start, kill -9 of the active router, takeover, restart, preemption, clean stop.
 * Each step is held to the protocol's own time (scenarios S03 and S04), and what arrived by NATS to the journals.
 */

import { parametersOf } from "../../machines/parameters.ts";
import { activeDownInterval, skewTime } from "../../machines/timing.ts";
import type { Lab, LabFile } from "./lab.ts";
import type { Reachability } from "./prober.ts";
import { type Bound, type EventFeed, runStep, type StepResult } from "./step.ts";
import { type Delivery, verifyDelivery } from "./verify-delivery.ts";

export interface FailoverReport {
  readonly ok: boolean;
  readonly steps: readonly StepResult[];
  /** Times in which the client had no answer from the virtual address, in seconds. */
  readonly outages: readonly number[];
  readonly deliveries: readonly Delivery[];
}

export interface FailoverRun {
  readonly lab: Lab;
  readonly files: readonly [LabFile, LabFile];
  readonly feed: EventFeed;
  readonly reachability: readonly Reachability[];
  readonly onStep: (result: StepResult) => void;
}

/** Microseconds as seconds. */
const seconds = (duration: number) => duration / 1_000_000;

/** Runs the script on a fresh lab. The first router of the pair must have the higher priority. */
export async function runFailoverScript(run: FailoverRun): Promise<FailoverReport> {
  const [a, b] = run.lab.routers;
  const bounds = boundsOf(run.files);
  const steps: StepResult[] = [];
  const step = async (
    ...words: Parameters<typeof runStep> extends [unknown, ...infer Rest] ? Rest : never
  ) => {
    const result = await runStep(run.feed, ...words);
    steps.push(result);
    run.onStep(result);
    await untilReachable(run.reachability);
  };
  await step("start", { router: "a", to: "active", reason: "noResponse" }, bounds.start, async () => {
    a.start();
    await running(a);
    b.start();
  });
  await step(
    "kill -9 of the active router",
    { router: "b", to: "active", reason: "noResponse" },
    bounds.silence,
    () => a.kill(),
  );
  await step(
    "restart and preemption",
    { router: "a", to: "active", reason: "preempted" },
    bounds.preemption,
    () => a.start(),
  );
  await step("clean stop", { router: "b", to: "active", reason: "resignation" }, bounds.resignation, () =>
    a.stop(),
  );
  await b.stop();
  const deliveries = await verifyDelivery(run.lab, run.files, run.feed);
  const outages = outagesOf(run.reachability);
  const ok = steps.every((each) => each.ok) && deliveries.every((each) => each.ok);
  return { ok, steps, outages, deliveries };
}

/** The client's turn: the next step begins when the address answers again, so that each outage has an end. */
async function untilReachable(reachability: readonly Reachability[]): Promise<void> {
  for (let attempt = 0; attempt < 200 && reachability.at(-1)?.reachable !== true; attempt++) await pause();
}

async function running(router: Lab["routers"][0]): Promise<void> {
  for (let attempt = 0; attempt < 200; attempt++) {
    if ((await router.status())?.routers[0]?.state === "backup") return;
    await pause();
  }
}

function pause(): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, 25));
}

interface Bounds {
  readonly start: Bound;
  readonly silence: Bound;
  readonly preemption: Bound;
  readonly resignation: Bound;
}

/** The bounds of the scenario table for this pair; a starting process adds up to the second it may take (issue 2). */
function boundsOf([first, second]: readonly [LabFile, LabFile]): Bounds {
  const [preferred, other] = [first.config.routers[0], second.config.routers[0]];
  if (preferred === undefined || other === undefined) throw new TypeError("a pair has two routers");
  const a = parametersOf(preferred);
  const b = parametersOf(other);
  const downA = seconds(activeDownInterval(a.profile, a.priority, a.advertisementInterval));
  const downB = seconds(activeDownInterval(b.profile, b.priority, b.advertisementInterval));
  const interval = b.advertisementInterval / 100;
  const skewB = seconds(skewTime(b.profile, b.priority, b.advertisementInterval));
  return {
    start: { least: downA, most: downA + processStart, source: "R2-6.1-01" },
    silence: { least: downB - interval, most: downB, source: "S03" },
    preemption: { least: downA, most: downA + processStart, source: "S08" },
    resignation: { least: skewB, most: skewB, source: "S04" },
  };
}

/** Seconds that a daemon may take from its start to its first state. */
const processStart = 1;

/** The silences between an answer and the next one, in seconds. */
function outagesOf(reachability: readonly Reachability[]): number[] {
  return reachability.flatMap(({ reachable, at }, index) => {
    const next = reachability[index + 1];
    return reachable || next === undefined ? [] : [seconds(next.at - at)];
  });
}
