/**
 * Facts: what has happened to one virtual router, in the order in which its machine heard of it.
 * Named noun.participle, frozen, JSON-able. `at` is the monotonic instant at which the fact was seen.
 */

import type { Centiseconds, Microseconds } from "../units.ts";
import type { Parameters } from "./parameters.ts";

/** The timers a virtual router can hold; RFC 9568 6.2 names the first two. */
export const timerNames = [
  "activeDownTimer",
  "adverTimer",
  "announcementTimer",
  "refreshTimer",
  "otherInterfacesTimer",
  "lowerPriorityTimer",
  "preemptDelayTimer",
  "recoveryTimer",
] as const;
export type TimerName = (typeof timerNames)[number];

/** Startup (RFC 9568 6.4.1). */
export interface RouterStarted {
  readonly type: "router.started";
  readonly at: Microseconds;
}

/** Shutdown (RFC 9568 6.4.2 and 6.4.3). */
export interface RouterStopped {
  readonly type: "router.stopped";
  readonly at: Microseconds;
  /** A reload takes the router out of the configuration; left out where the daemon stops. */
  readonly isRemoved?: true;
}

/** An advertisement that passed every rung of the receive ladder (RFC 9568 7.1). */
export interface AdvertReceived {
  readonly type: "advert.received";
  readonly at: Microseconds;
  /** Source address of the IP header. */
  readonly source: string;
  /** 0..255; 0 is a resignation. */
  readonly priority: number;
  /** What the sender advertises, in centiseconds for both versions; 0 only where the field was 0. */
  readonly advertisementInterval: Centiseconds;
}

/** An interface came up (administratively up and with carrier), went down, or is not there. */
export interface LinkChanged {
  readonly type: "link.changed";
  readonly at: Microseconds;
  readonly interface: string;
  readonly state: LinkState;
}
export type LinkState = "up" | "down" | "absent";

/** What is tracked says something else than before. */
export interface TrackerChanged {
  readonly type: "tracker.changed";
  readonly at: Microseconds;
  /** Kind and name: "script chk". */
  readonly tracker: string;
  /** 1 up, 0 down, or a file's own number; null where there can be none, which then counts for nothing. */
  readonly reading: number | null;
}

/** Every member of the sync group is active or wants to be: those that want become active (keepalived G1). */
export interface GroupGranted {
  readonly type: "group.granted";
  readonly at: Microseconds;
}

/** Another member of the sync group gave way to a peer, so all of them do (keepalived G2). */
export interface GroupYielded {
  readonly type: "group.yielded";
  readonly at: Microseconds;
  readonly member: string;
}

/** Another member of the sync group has a fault of its own, or has it no more (keepalived G2, G3). */
export interface GroupFault {
  readonly type: "group.faulted" | "group.recovered";
  readonly at: Microseconds;
  readonly member: string;
}

/**
 * An operator wants another router to be active, and told this one, or a member of its sync group. Who is not active, or
 * owns the addresses, ignores it.
 */
export interface HandoverRequested {
  readonly type: "handover.requested";
  readonly at: Microseconds;
  /** The member that was told, where the fact comes from the sync group. */
  readonly member?: string;
}

/** An operator holds the whole node in backup, or no longer does. */
export interface MaintenanceChanged {
  readonly type: "maintenance.changed";
  readonly at: Microseconds;
  readonly on: boolean;
  /** The member that was told first, where the fact comes from the sync group. */
  readonly member?: string;
}

/** The address that adverts leave from changed; null where the interface has none left. */
export interface PrimaryAddressChanged {
  readonly type: "primaryAddress.changed";
  readonly at: Microseconds;
  readonly address: string | null;
}

/** A virtual address left its interface without our doing: somebody removed it, or its lease ended. */
export interface AddressLost {
  readonly type: "address.lost";
  readonly at: Microseconds;
  readonly address: string;
}

/** Routes or rules may be gone without our doing: somebody deleted one, or an interface came back without them. */
export interface RoutingLost {
  readonly type: "routing.lost";
  readonly at: Microseconds;
}

/**
 * The router is given other settings while it runs. Complete, so that what is
 * not another stays as it is. Interface, family and version cannot change.
 */
export interface ParametersChanged {
  readonly type: "parameters.changed";
  readonly at: Microseconds;
  /** From now on. */
  readonly parameters: Parameters;
}

/** A timer ran out. An expiry whose generation is not the armed one is stale and ignored (J-20). */
export interface TimerExpired {
  readonly type: `${TimerName}.expired`;
  readonly at: Microseconds;
  /** When it should have fired. */
  readonly dueAt: Microseconds;
  readonly generation: number;
}

/** An effect could not be performed. Never swallowed. */
export interface EffectFailed {
  readonly type: "effect.failed";
  readonly at: Microseconds;
  /** The effect's type, for example "addresses.install". */
  readonly effect: string;
  /** What the operating system said. */
  readonly error: string;
}

export type Fact =
  | RouterStarted
  | RouterStopped
  | AdvertReceived
  | LinkChanged
  | TrackerChanged
  | GroupGranted
  | GroupYielded
  | GroupFault
  | HandoverRequested
  | MaintenanceChanged
  | PrimaryAddressChanged
  | AddressLost
  | RoutingLost
  | ParametersChanged
  | TimerExpired
  | EffectFailed;
