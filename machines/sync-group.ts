/**
 * What the members of a sync group are told when one of them changes: they become active together, give way together
 * and are in fault together (keepalived G1 to G3). Pure.
 */

import type { Fact } from "../contracts/events/facts.ts";
import type { RouterState } from "../contracts/events/transitions.ts";

/** Recorded with every transition of a group. */
export const syncGroupIdentity = { id: "sync-group", version: "1.1.0" } as const;

/** What the others need to know of a member. */
export interface MemberStatus {
  readonly state: RouterState;
  /** It would be active, and waits for the others. */
  readonly wantsActive: boolean;
  /** It is in fault, or would be, by itself and not with the group. */
  readonly hasOwnFault: boolean;
  /** An operator handed over. */
  readonly handedOver: boolean;
  /** An operator holds the node in backup. */
  readonly maintenance: boolean;
}

type UndatedFact<Each extends Fact = Fact> = Each extends Fact ? Omit<Each, "at"> : never;

export interface GroupMessage {
  readonly to: string;
  readonly fact: UndatedFact;
}

/** `members` is how all of them are now; `before` how the one was that changed. */
export function messagesAfter(
  members: ReadonlyMap<string, MemberStatus>,
  changed: string,
  before: MemberStatus | undefined,
): GroupMessage[] {
  const after = members.get(changed);
  if (after === undefined) return [];
  const others = [...members].filter(([name]) => name !== changed);
  const toOthers = (fact: UndatedFact) => others.map(([to]) => ({ to, fact }));
  if (after.hasOwnFault !== (before?.hasOwnFault ?? false))
    return toOthers({ type: after.hasOwnFault ? "group.faulted" : "group.recovered", member: changed });
  if (before?.state === "active" && after.state === "backup") {
    // An operator's word is passed on as it is, since the others are to resign, too.
    if (after.maintenance) return toOthers({ type: "maintenance.changed", on: true, member: changed });
    return toOthers({ type: after.handedOver ? "handover.requested" : "group.yielded", member: changed });
  }
  const isReady = ({ state, wantsActive }: MemberStatus) => state === "active" || wantsActive;
  if (!after.wantsActive || ![...members.values()].every(isReady)) return [];
  return [...members]
    .filter(([, { wantsActive }]) => wantsActive)
    .map(([to]) => ({ to, fact: { type: "group.granted" } }));
}
