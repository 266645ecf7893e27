/** A transition as subscribers get it: what happened beside who, when and why, validated and in the form of today. */

import type { EventRecord } from "../../contracts/events/envelope.ts";
import { explainTransition } from "../../contracts/events/explain.ts";
import type { RouterState, Transition } from "../../contracts/events/transitions.ts";
import { readTransition } from "../../contracts/events/upcast.ts";
import { subjectToken } from "../../contracts/identity.ts";

export interface TransitionEvent
  extends Transition,
    Pick<
      EventRecord,
      | "id"
      | "node"
      | "router"
      | "key"
      | "sequence"
      | "incarnation"
      | "position"
      | "time"
      | "correlationId"
      | "causationId"
    > {
  /** Why, as one clause for people. `reason` is the word for programs. */
  readonly explanation: string;
  /** It was handed out before, and may have been handled, in part or altogether. */
  readonly redelivered: boolean;
}

/** Which transitions are wanted; a part that is left out matches all. */
export interface TransitionFilter {
  readonly node?: string;
  /** A virtual router or a sync group. */
  readonly router?: string;
  readonly from?: RouterState;
  readonly to?: RouterState;
}

/** Undefined for a record that is no transition or cannot be read. */
export function transitionEvent(record: EventRecord, redelivered: boolean): TransitionEvent | undefined {
  const transition = readTransition(record);
  if (transition === undefined) return undefined;
  const { id, node, router, key, sequence, incarnation, position, time, correlationId, causationId } = record;
  return {
    id,
    node,
    router,
    key,
    sequence,
    incarnation,
    position,
    time,
    correlationId,
    causationId,
    ...transition,
    explanation: explainTransition(transition),
    redelivered,
  };
}

export function isWanted({ node, router, from, to }: TransitionFilter, event: TransitionEvent): boolean {
  const matches = (wanted: string | undefined, name: string) =>
    wanted === undefined || subjectToken(wanted) === subjectToken(name);
  return (
    matches(node, event.node) &&
    matches(router, event.router) &&
    (from === undefined || from === event.from) &&
    (to === undefined || to === event.to)
  );
}
