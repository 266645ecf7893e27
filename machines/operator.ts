/** The steps by which a router does as its operator says: hand over once, or be held in backup for a while. */

import { addMicroseconds, centisecondsToMicroseconds, microseconds } from "../contracts/units.ts";
import { arm, type Step, unchanged } from "./steps.ts";
import { skewTime } from "./timing.ts";

/** It begins or ends. Either way a former handover no longer counts. */
export const noteMaintenance: Step = (memory, fact) =>
  fact.type === "maintenance.changed"
    ? { memory: { ...memory, maintenance: fact.on, handedOver: false }, effects: [] }
    : unchanged(memory);

export const handOver: Step = (memory) => ({ memory: { ...memory, handedOver: true }, effects: [] });

/** It is active again, for whatever cause: from now on it preempts as configured. */
export const endHandover: Step = (memory) =>
  memory.handedOver ? { memory: { ...memory, handedOver: false }, effects: [] } : unchanged(memory);

/** Nobody was heard for a whole Active_Down_Interval, or we are the one that left. */
export const forgetActive: Step = (memory) => ({ memory: { ...memory, activeAddress: null }, effects: [] });

/** A peer whose machine is busy gets this long: it would come back to us from one that was about to take over. */
const shortestReturn = microseconds(500_000);

/**
 * A peer takes over within its Skew_Time, which is less than an interval. One interval and our own Skew_Time later nobody
 * has, and the handover was to nobody; with adverts faster than three a second only after half a second.
 */
export const armReturnTimer: Step = (memory, fact, { profile, advertisementInterval }) => {
  const skew = skewTime(profile, memory.effectivePriority, advertisementInterval);
  const interval = centisecondsToMicroseconds(advertisementInterval);
  const wait = microseconds(Math.max(addMicroseconds(interval, skew), shortestReturn));
  const waiting = { ...memory, wantsActive: false, resignationHeard: false, lowerPriorityHeard: false };
  return arm(waiting, "activeDownTimer", addMicroseconds(fact.at, wait));
};
