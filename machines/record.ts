/** Writing a transition down: what happened, why, and everything the router remembers after it. */

import type { Fact } from "../contracts/events/facts.ts";
import type {
  LastEvent,
  NewActiveReason,
  RouterState,
  Transition,
  TransitionReason,
} from "../contracts/events/transitions.ts";
import type { Memory, Outcome } from "./steps.ts";

/** Recorded with every transition; a change of behaviour needs a new version. */
export const machineIdentity = { id: "virtual-router", version: "1.6.0" } as const;

/** A change of state, as the chart names it. */
export interface Change {
  readonly from: RouterState;
  readonly to: RouterState;
  readonly reason: TransitionReason;
  readonly lastEvent: LastEvent;
}

export function recordTransition(memory: Memory, fact: Fact, change: Change): Outcome {
  const { from, to, reason, lastEvent } = change;
  const after: Memory = {
    ...memory,
    lastEvent,
    newActiveReason: to === "active" ? newActiveReason(reason) : memory.newActiveReason,
  };
  const transition = { cause: inOrder(fact), context: after, from, machine: machineIdentity, reason, to };
  return { memory: after, effects: [{ type: "transition.record", transition }] };
}

/** Members by name, as records are written. */
function inOrder(fact: Fact): Transition["cause"] {
  const members = Object.entries(fact).sort(([left], [right]) => (left < right ? -1 : 1));
  return { ...Object.fromEntries(members), at: fact.at, type: fact.type };
}

/** RFC 8347 new-master-reason: priority at an owner's start and after a resignation (vrrp-conformance 5.3). */
function newActiveReason(reason: TransitionReason): NewActiveReason {
  if (reason === "noResponse") return "noResponse";
  return reason === "preempted" ? "preempted" : "priority";
}
