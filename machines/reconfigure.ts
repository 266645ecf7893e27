/** The steps of a router that is given other settings while it runs (J-10): what follows at once, and what waits for its turn. */

import type { VirtualAddress } from "../contracts/config/schema.ts";
import { addMicroseconds, centisecondsToMicroseconds } from "../contracts/units.ts";
import { priorityInEffect } from "./priority.ts";
import { arm, type Step, unchanged } from "./steps.ts";
import { learnsInterval } from "./timing.ts";

/**
 * J-10: a new priority is used at once for comparing and sending, a new interval where a timer is set the next time;
 * running timers stay. An interval that was learned from another router stays, too.
 */
export const takeParameters: Step = (memory, fact) => {
  if (fact.type !== "parameters.changed") return unchanged(memory);
  const { parameters } = fact;
  const { activeAddress, primaryAddress, activeAdverInterval } = memory;
  const isTracked = (tracker: string) => parameters.tracked.some((each) => each.tracker === tracker);
  const known = Object.entries(memory.readings).filter(([tracker]) => isTracked(tracker));
  const readings = Object.fromEntries(known);
  const isLearned =
    learnsInterval(parameters.profile) && activeAddress !== null && activeAddress !== primaryAddress;
  return {
    memory: {
      ...memory,
      readings,
      effectivePriority: priorityInEffect(parameters.priority, parameters.tracked, readings),
      activeAdverInterval: isLearned ? activeAdverInterval : parameters.advertisementInterval,
    },
    effects: [],
    parameters,
  };
};

/** An active router takes away what it no longer has and puts on what is new, and announces that alone. */
export const changeAddresses: Step = (memory, fact, before) => {
  if (fact.type !== "parameters.changed") return unchanged(memory);
  const { parameters: after } = fact;
  const removed = without(before.addresses, after.addresses);
  const added = without(after.addresses, before.addresses);
  const refreshed = without(after.addresses, before.addresses, lifetimeKey).filter(
    (each) => !added.includes(each),
  );
  const installed = [...added, ...refreshed];
  // The kernel's lease of all of them follows from the interval.
  const isRenewed =
    before.addressLease !== after.addressLease ||
    (after.addressLease && before.advertisementInterval !== after.advertisementInterval);
  const { repeat } = after.announcements;
  return {
    memory: isRenewed ? { ...memory, advertsSinceRenewal: 0 } : memory,
    effects: [
      ...(removed.length > 0 ? [{ type: "addresses.withdraw", addresses: removed } as const] : []),
      ...(isRenewed ? [{ type: "addresses.install" } as const] : []),
      ...(installed.length > 0 && !isRenewed
        ? [{ type: "addresses.install", addresses: installed } as const]
        : []),
      ...(added.length > 0 ? [{ type: "addresses.announce", repeat, addresses: added } as const] : []),
    ],
  };
};

/** Where the next advert would come later than the new interval allows, it leaves at once; else the timer stays. */
export const shortenInterval: Step = (memory, fact) => {
  if (fact.type !== "parameters.changed") return unchanged(memory);
  const { advertisementInterval, priority, tracked } = fact.parameters;
  const latest = addMicroseconds(fact.at, centisecondsToMicroseconds(advertisementInterval));
  if ((memory.timers.adverTimer?.dueAt ?? 0) <= latest) return unchanged(memory);
  const armed = arm(memory, "adverTimer", latest);
  return {
    memory: armed.memory,
    effects: [
      {
        type: "advert.send",
        priority: priorityInEffect(priority, tracked, memory.readings),
        reason: "intervalShortened",
      },
      ...armed.effects,
    ],
  };
};

/** Those of `addresses` that `others` does not have. */
function without(
  addresses: readonly VirtualAddress[],
  others: readonly VirtualAddress[],
  keyOf = identityKey,
): readonly VirtualAddress[] {
  const known = new Set(others.map(keyOf));
  return addresses.filter((each) => !known.has(keyOf(each)));
}

/** What the kernel cannot change of an address that is there. */
function identityKey(each: VirtualAddress): string {
  const { address, prefixLength, interface: name, label, scope, broadcast, peer } = each;
  return JSON.stringify([address, prefixLength, name, label, scope, broadcast, peer]);
}

/** And what it can, when the address is installed again. */
function lifetimeKey(address: VirtualAddress): string {
  return JSON.stringify([identityKey(address), address.preferredLifetime, address.flags]);
}
