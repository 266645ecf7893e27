/**
 * A second opinion on every advert and every armed timer, in whole numbers and written apart from the machine:
 * what RFC 9568 6.4.2 and RFC 3768 6.4.2 say a backup does with what it hears.
 */

import type { Fact } from "../../contracts/events/facts.ts";
import type { Parameters } from "../../contracts/events/parameters.ts";
import type { RouterState } from "../../contracts/events/transitions.ts";
import type { Memory } from "../../machines/steps.ts";

export interface Moment {
  readonly state: RouterState;
  readonly memory: Memory;
}

/** Throws where the router did something else with the fact than the text says. */
export function judge(parameters: Parameters, before: Moment, fact: Fact, after: Moment): void {
  if (after.state !== "backup" || fact.type === "link.changed" || fact.type === "primaryAddress.changed")
    return;
  const version3 = parameters.profile === "rfc9568" || parameters.profile === "rfc5798";
  const own = parameters.advertisementInterval;
  if (before.state === "backup" && fact.type === "advert.received") {
    const { priority, advertisementInterval } = fact;
    const old = before.memory.activeAdverInterval;
    const waits = parameters.preemptDelay > 0 && !before.memory.preemptDelayOver;
    const { handedOver, maintenance } = before.memory;
    const preempts = parameters.preempt && !handedOver && !maintenance;
    const follows = priority !== 0 && (!preempts || waits || priority >= parameters.priority);
    const learned = follows && version3 && advertisementInterval > 0 ? advertisementInterval : old;
    expectEqual("learned interval", after.memory.activeAdverInterval, learned);
    if (priority === 0) expectTimer(after, fact, skew(version3, parameters.priority, old));
    else if (follows) expectTimer(after, fact, down(version3, parameters.priority, learned));
    else
      expectEqual(
        "timer",
        after.memory.timers.activeDownTimer?.dueAt,
        before.memory.timers.activeDownTimer?.dueAt,
      );
  } else if (before.state === "active" && fact.type === "advert.received") {
    const learned =
      version3 && fact.advertisementInterval > 0
        ? fact.advertisementInterval
        : before.memory.activeAdverInterval;
    expectTimer(after, fact, down(version3, parameters.priority, learned));
  } else if (before.state === "active" && fact.type === "handover.requested") {
    // One interval of ours, and Skew_Time; half a second at least.
    const wait = BigInt(own) * 10_000n * 256n + skew(version3, parameters.priority, own);
    expectTimer(after, fact, wait < 500_000n * 256n ? 500_000n * 256n : wait);
  } else if (fact.type === "maintenance.changed" && before.memory.maintenance !== fact.on) {
    const interval = before.state === "active" ? own : before.memory.activeAdverInterval;
    expectTimer(after, fact, down(version3, parameters.priority, interval));
  } else if (before.state === "initialize") {
    expectTimer(after, fact, down(version3, parameters.priority, own));
  }
}

/** Skew_Time in 256ths of a microsecond, exact: centiseconds are 10,000 µs. */
function skew(version3: boolean, priority: number, interval: number): bigint {
  return BigInt(256 - priority) * (version3 ? BigInt(interval) * 10_000n : 1_000_000n);
}

function down(version3: boolean, priority: number, interval: number): bigint {
  return 3n * BigInt(interval) * 10_000n * 256n + skew(version3, priority, interval);
}

/** Armed from the fact on, rounded up once. */
function expectTimer(after: Moment, fact: Fact, exact: bigint): void {
  const wait = Number((exact + 255n) / 256n);
  expectEqual("Active_Down_Timer", after.memory.timers.activeDownTimer?.dueAt, fact.at + wait);
}

function expectEqual(what: string, actual: number | undefined, wanted: number | undefined): void {
  if (actual !== wanted) throw new Error(`${what} is ${actual}, the text says ${wanted}`);
}
