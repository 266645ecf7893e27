/** Transitions in sentences, for logs, `status` and `events`: the reason word is for programs, this is for people. */

import type { Transition } from "./transitions.ts";

/** One clause without a full stop: "heard nothing from 10.10.10.11 for 9.8 s". */
export function explainTransition(transition: Transition): string {
  const { reason, cause, context } = transition;
  const source = typeof cause["source"] === "string" ? cause["source"] : "another router";
  const priority = typeof cause["priority"] === "number" ? cause["priority"] : 0;
  switch (reason) {
    case "startup":
      return context.maintenance ? "started, held in backup" : "started, waits for an active router";
    case "ownerStartup":
      return cause.type === "parameters.changed"
        ? "was given the priority of the owner of the addresses"
        : "started as owner of the addresses";
    case "noResponse":
      return "no advert from an active router in time";
    case "resignation":
      return "the active router resigned";
    case "preempted":
      return `priority ${context.effectivePriority} is higher than that of the router heard`;
    case "higherPriority":
      return `${source} has priority ${priority}, ours is ${context.effectivePriority}`;
    case "higherAddress":
      return `${source} has the same priority ${priority} and the higher address`;
    case "faultRaised":
      return context.faults.join("; ");
    case "faultCleared":
      return context.maintenance ? "the fault is gone, held in backup" : "the fault is gone";
    case "handover":
      return `an operator handed over${withMember(cause)}`;
    case "maintenance":
      return `an operator holds this node in backup${withMember(cause)}`;
    case "groupYielded":
      return `${String(cause["member"])} of the same sync group gave way`;
    case "groupSynced":
      return "all members of the group are in this state";
    case "stalled":
      return "this process did not run for longer than the peers wait";
    case "shutdown":
      return "stopped";
  }
}

/** Of a sync group, where another member was told. */
function withMember({ member }: Transition["cause"]): string {
  return typeof member === "string" ? `, with ${member} of the same sync group` : "";
}
