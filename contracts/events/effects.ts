/**
 * Effects: what a machine asks the outside to do, as data and in order. Named noun.verb.
 * The order is part of the contract: becoming active sends the advertisement before the announcement (RFC 9568 6.4.2).
 */

import type { Routing } from "../config/routing.ts";
import type { VirtualAddress } from "../config/schema.ts";
import type { Microseconds } from "../units.ts";
import type { TimerName } from "./facts.ts";
import type { Transition } from "./transitions.ts";

/** Why an advertisement leaves; the counters and the log lines follow from it. */
export type AdvertReason =
  | "becameActive"
  | "interval"
  | "intervalShortened"
  | "resignation"
  | "answeredResignation"
  | "answeredLowerPriority"
  | "yielded";

export interface AdvertSend {
  readonly type: "advert.send";
  /** 0 resigns. */
  readonly priority: number;
  readonly reason: AdvertReason;
}

/** Put every virtual address on its interface, or only these, which are new. */
export interface AddressesInstall {
  readonly type: "addresses.install";
  readonly addresses?: readonly VirtualAddress[];
}

/** Extend the kernel lease of every virtual address; restores one that is missing. */
export interface AddressesRenew {
  readonly type: "addresses.renew";
}

/** Take every virtual address off its interface, or only these, which the router no longer has. */
export interface AddressesWithdraw {
  readonly type: "addresses.withdraw";
  readonly addresses?: readonly VirtualAddress[];
}

/** Gratuitous ARP or unsolicited neighbour advertisement for every virtual address, or only for these. */
export interface AddressesAnnounce {
  readonly type: "addresses.announce";
  /** Frames per address. */
  readonly repeat: number;
  readonly addresses?: readonly VirtualAddress[];
}

/** Put every route and rule of the router into the kernel's tables, or only these. */
export interface RoutingInstall {
  readonly type: "routing.install";
  readonly routing?: Routing;
}

/** Take every route and rule of the router out of the kernel's tables, or only these, which it no longer has. */
export interface RoutingWithdraw {
  readonly type: "routing.withdraw";
  readonly routing?: Routing;
}

/** Arm, or re-arm, a timer. It comes back as the fact `<timer>.expired` with the same generation. */
export interface TimerArm {
  readonly type: "timer.arm";
  readonly timer: TimerName;
  readonly dueAt: Microseconds;
  readonly generation: number;
}

export interface TimerCancel {
  readonly type: "timer.cancel";
  readonly timer: TimerName;
}

/** Write the transition down: journal, then NATS. Always the last effect of a transition. */
export interface TransitionRecord {
  readonly type: "transition.record";
  readonly transition: Transition;
}

export type Effect =
  | AdvertSend
  | AddressesInstall
  | AddressesRenew
  | AddressesWithdraw
  | AddressesAnnounce
  | RoutingInstall
  | RoutingWithdraw
  | TimerArm
  | TimerCancel
  | TransitionRecord;
