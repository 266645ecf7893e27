/**
 * The steps a virtual router is made of: each takes what the router remembers and the fact it heard, and
 * returns what it remembers then and the effects that leave, in order. Pure, so that a replay is a fold.
 */

import type { AdvertReason, Effect } from "../contracts/events/effects.ts";
import { type Fact, type TimerName, timerNames } from "../contracts/events/facts.ts";
import type { Parameters } from "../contracts/events/parameters.ts";
import type { VirtualRouterContext } from "../contracts/events/transitions.ts";
import {
  addMicroseconds,
  centiseconds,
  centisecondsToMicroseconds,
  type Microseconds,
  microseconds,
} from "../contracts/units.ts";
import { canAdvertise, faultsAfter } from "./faults.ts";
import { priorityInEffect, readingsAfter } from "./priority.ts";
import { activeDownInterval, advertsPerRenewal, learnsInterval, nextDueTime, skewTime } from "./timing.ts";

export type Memory = VirtualRouterContext;

export interface Outcome {
  readonly memory: Memory;
  readonly effects: readonly Effect[];
  /** Other settings from now on. */
  readonly parameters?: Parameters;
}

export type Step = (memory: Memory, fact: Fact, parameters: Parameters) => Outcome;

/** At most one immediate answer to a lower priority in this time: two routers must not answer each other without end (J-05). */
export const answerInterval = microseconds(10_000);
/** At most one burst of announcements with such answers, and one restoration of a lost address, in this time. */
export const repairInterval = microseconds(1_000_000);
/** How long a router waits before it tries again to install addresses that the kernel refused. */
export const recoveryDelay = microseconds(10_000_000);

export function initialMemory(parameters: Parameters): Memory {
  // By name, as records are written: what is in order is written faster.
  return {
    activeAddress: null,
    activeAdverInterval: parameters.advertisementInterval,
    advertsSinceRenewal: 0,
    awaitsReadings: false,
    effectivePriority: parameters.priority,
    faults: [],
    generation: 0,
    handedOver: false,
    lastAnnouncementAt: null,
    lastAnswerAt: null,
    lastEvent: "none",
    lastRestoreAt: null,
    lowerPriorityHeard: false,
    maintenance: false,
    newActiveReason: "notActive",
    preemptDelayOver: false,
    primaryAddress: null,
    readings: {},
    resignationHeard: false,
    timers: {},
    wantsActive: false,
  };
}

/**
 * Takes up a changed link, address or reading, a recovery or a failed installation: the set of faults, the primary address,
 * and the priority that the readings make, with which the next advert is sent and compared (keepalived T8).
 */
export const noteChange: Step = (memory, fact, parameters) => {
  const readings = readingsAfter(memory.readings, fact, parameters.tracked);
  return remember(memory, {
    faults: faultsAfter(memory, fact, parameters),
    primaryAddress: fact.type === "primaryAddress.changed" ? fact.address : memory.primaryAddress,
    readings,
    effectivePriority: priorityInEffect(parameters.priority, parameters.tracked, readings),
  });
};

/** It would be active, and waits for the other members of its sync group (keepalived G1). */
export const wantActive: Step = (memory) => remember(memory, { wantsActive: true });
export const endWant: Step = (memory) => remember(memory, { wantsActive: false });

/** Startup was heard; it is gone through with once everything is read. */
export const awaitReadings: Step = (memory) => remember(memory, { awaitsReadings: true });
export const endWait: Step = (memory) => remember(memory, { awaitsReadings: false });

/** RFC 9568 6.4.1 (140): Active_Adver_Interval starts as our own. */
export const learnOwnInterval: Step = (memory, _fact, parameters) =>
  remember(memory, { activeAdverInterval: parameters.advertisementInterval });

/** RFC 9568 6.4.2 (430): follow the sender. An interval of 0 is not learned (J-03); version 2 learns none. */
export const followSender: Step = (memory, fact, parameters) => {
  if (fact.type !== "advert.received") return unchanged(memory);
  const learns = learnsInterval(parameters.profile) && fact.advertisementInterval > 0;
  return remember(memory, {
    activeAddress: fact.source,
    ...(learns ? { activeAdverInterval: fact.advertisementInterval } : {}),
  });
};

export const noteResignation: Step = (memory) => remember(memory, { resignationHeard: true });
export const noteLowerPriority: Step = (memory) => remember(memory, { lowerPriorityHeard: true });

/** ADT = Active_Down_Interval, from now. What was heard before no longer explains its expiry. */
export const armActiveDownTimer: Step = (memory, fact, parameters) =>
  arm(
    { ...memory, wantsActive: false, resignationHeard: false, lowerPriorityHeard: false },
    "activeDownTimer",
    addMicroseconds(
      fact.at,
      activeDownInterval(
        parameters.profile,
        memory.effectivePriority,
        centiseconds(memory.activeAdverInterval),
        parameters.downAdverts,
      ),
    ),
  );

/** RFC 9568 6.4.2 (410): after a resignation the wait is Skew_Time alone. */
export const armSkewTimer: Step = (memory, fact, parameters) => {
  const interval = centiseconds(memory.activeAdverInterval);
  const skew = skewTime(parameters.profile, memory.effectivePriority, interval);
  return arm(memory, "activeDownTimer", addMicroseconds(fact.at, skew));
};

/** AT = Advertisement_Interval, from now. */
export const armAdverTimer: Step = (memory, fact, parameters) =>
  arm(
    memory,
    "adverTimer",
    addMicroseconds(fact.at, centisecondsToMicroseconds(parameters.advertisementInterval)),
  );

/** AT = Advertisement_Interval, from the last due time: 10,000 adverts do not drift. */
export const rearmAdverTimer: Step = (memory, fact, parameters) => {
  const period = centisecondsToMicroseconds(parameters.advertisementInterval);
  const due = microseconds(memory.timers.adverTimer?.dueAt ?? fact.at);
  return arm(memory, "adverTimer", nextDueTime(due, fact.at, period));
};

/** The delay counts from the first lower-priority advert and runs once (keepalived B5). */
export const armPreemptDelayTimer: Step = (memory, fact, { preemptDelay }) =>
  memory.timers.preemptDelayTimer !== undefined
    ? unchanged(memory)
    : arm(memory, "preemptDelayTimer", addMicroseconds(fact.at, centisecondsToMicroseconds(preemptDelay)));

/** From now on lower-priority adverts are discarded, and Active_Down_Timer runs out. */
export const endPreemptDelay: Step = (memory) => remember(memory, { preemptDelayOver: true });

/** An active router that we follow anyway: a later lower-priority one has to be waited for anew. */
export const resetPreemptDelay: Step = (memory) => {
  const timers = without(memory.timers, "preemptDelayTimer");
  if (timers !== memory.timers) {
    const effects = [{ type: "timer.cancel", timer: "preemptDelayTimer" }] as const;
    return { memory: { ...memory, timers, preemptDelayOver: false }, effects };
  }
  return memory.preemptDelayOver ? remember(memory, { preemptDelayOver: false }) : unchanged(memory);
};

export const armRecoveryTimer: Step = (memory, fact) =>
  arm(memory, "recoveryTimer", addMicroseconds(fact.at, recoveryDelay));

/** Forgets a timer that has just fired and is not armed again. */
export const forgetTimer: Step = (memory, fact) => {
  const expired = timerNames.find((timer) => fact.type === `${timer}.expired`);
  return expired === undefined
    ? unchanged(memory)
    : remember(memory, { timers: without(memory.timers, expired) });
};

export const cancelTimers: Step = (memory) => ({
  memory: { ...memory, timers: {} },
  effects: timerNames
    .filter((timer) => memory.timers[timer] !== undefined)
    .map((timer) => ({ type: "timer.cancel", timer })),
});

export function sendAdvert(reason: AdvertReason): Step {
  return (memory) => {
    const priority = reason === "resignation" ? 0 : memory.effectivePriority;
    return { memory, effects: [{ type: "advert.send", priority, reason }] };
  };
}

/** keepalived M6: the peer hears once more whom it replaces. */
export const sendLastAdvert: Step = (memory, fact, parameters) =>
  parameters.yieldsWithAdvert === true ? sendAdvert("yielded")(memory, fact, parameters) : unchanged(memory);

/** RFC 9568 6.4.3 (610): priority 0, if an advert can still leave (J-13). */
export const resign: Step = (memory, fact, parameters) =>
  canAdvertise(memory, parameters) ? sendAdvert("resignation")(memory, fact, parameters) : unchanged(memory);

/** Whose address is announced: ours, from now on. */
export const installAddresses: Step = (memory) => ({
  memory: { ...memory, activeAddress: memory.primaryAddress, advertsSinceRenewal: 0 },
  effects: [{ type: "addresses.install" }],
});

/** Those that the router has had until now, where it is just given others. */
export const withdrawAddresses: Step = (memory, fact, { addresses }) => ({
  memory,
  effects: [
    fact.type === "parameters.changed"
      ? { type: "addresses.withdraw", addresses }
      : { type: "addresses.withdraw" },
  ],
});

/** Renews the kernel lease with the advert, so that lease and peers count from the same instant. */
export const renewAddresses: Step = (memory, _fact, parameters) => {
  if (!parameters.addressLease) return unchanged(memory);
  const sent = memory.advertsSinceRenewal + 1;
  return sent < advertsPerRenewal(parameters.advertisementInterval)
    ? remember(memory, { advertsSinceRenewal: sent })
    : { memory: { ...memory, advertsSinceRenewal: 0 }, effects: [{ type: "addresses.renew" }] };
};

/** Puts a lost address back at once, but never fights over it faster than once a second. */
export const restoreAddresses: Step = (memory, fact, { announcements }) =>
  within(memory.lastRestoreAt, fact.at, repairInterval)
    ? unchanged(memory)
    : {
        memory: { ...memory, lastRestoreAt: fact.at },
        effects: [
          { type: "addresses.install" },
          { type: "addresses.announce", repeat: announcements.repeat },
        ],
      };

export function unchanged(memory: Memory): Outcome {
  return { memory, effects: [] };
}

function remember(memory: Memory, change: Partial<Memory>): Outcome {
  return { memory: { ...memory, ...change }, effects: [] };
}

export function arm(memory: Memory, timer: TimerName, dueAt: Microseconds): Outcome {
  const generation = memory.generation + 1;
  // Stored into the copy, since a computed name in the literal makes each copy twice as slow.
  const timers: Armed = { ...memory.timers };
  timers[timer] = { dueAt, generation };
  return {
    memory: { ...memory, generation, timers },
    effects: [{ type: "timer.arm", timer, dueAt, generation }],
  };
}

type Armed = Partial<Record<TimerName, NonNullable<Memory["timers"][TimerName]>>>;

/** The timers but one; the same object where it is not armed. */
function without(timers: Memory["timers"], gone: TimerName): Memory["timers"] {
  if (timers[gone] === undefined) return timers;
  const left: Armed = {};
  for (const name of timerNames) {
    const armed = timers[name];
    if (armed !== undefined && name !== gone) left[name] = armed;
  }
  return left;
}

export function within(last: number | null, now: Microseconds, limit: Microseconds): boolean {
  return last !== null && now - last < limit;
}
