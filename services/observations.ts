/** What is worth a record of its own though the router's state stays: told from one fact to the next. */

import type { Fact } from "../contracts/events/facts.ts";
import type { Observation } from "../contracts/events/observations.ts";
import type { RouterState } from "../contracts/events/transitions.ts";
import { type Microseconds, microseconds } from "../contracts/units.ts";
import { isAddressOwner } from "../machines/election.ts";

/** What a router is like before and after a fact. */
export interface Standing {
  readonly state: RouterState;
  readonly effectivePriority: number;
}

/** An active router of lower priority is told once in this time, however often it advertises. */
export const sightingInterval = microseconds(1_000_000);

/** Of a snapshot of the machine. */
export function standingOf(snapshot: {
  readonly value: RouterState;
  readonly context: { readonly memory: Pick<Standing, "effectivePriority"> };
}): Standing {
  return { state: snapshot.value, effectivePriority: snapshot.context.memory.effectivePriority };
}

/** To be told of each fact when its effects have been performed. */
export function createObserver(
  onPriority: ((from: number, to: number) => void) | undefined,
  write: (observation: Observation, at: Microseconds) => void,
) {
  let lastSighting: Microseconds | undefined;
  return (fact: Fact, before: Standing, { state, effectivePriority: to }: Standing): void => {
    const { effectivePriority: from } = before;
    if (from !== to) {
      onPriority?.(from, to);
      if (state === "backup" || state === "active")
        write({ observed: "effectivePriority", state, from, to }, fact.at);
    }
    if (fact.type !== "advert.received" || before.state !== "active" || state !== "active") return;
    // One that is higher would have ended the state; a resignation is no claim, and an owner hears nobody.
    if (fact.priority === 0 || isAddressOwner(to)) return;
    if (lastSighting !== undefined && fact.at - lastSighting < sightingInterval) return;
    lastSighting = fact.at;
    const { source, priority } = fact;
    write({ observed: "lowerPriority", source, priority, effectivePriority: to }, fact.at);
  };
}
