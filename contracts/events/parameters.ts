/**
 * What a virtual router is configured with, as its machine needs it and as a change of it is told: JSON-able, and without
 * secrets, since it stands in records.
 */

import type { Routing } from "../config/routing.ts";
import type { VirtualAddress } from "../config/schema.ts";
import type { Centiseconds } from "../units.ts";

/** Which text the router follows: RFC 9568 and 5798 are version 3, RFC 3768 and 2338 version 2. */
export type Profile = "rfc9568" | "rfc5798" | "rfc3768" | "rfc2338";

/** What a router makes of one thing that is tracked. */
export interface Tracked {
  /** Kind and name, as facts name it: "script chk", "file load", "interface eth1". */
  readonly tracker: string;
  /** Added while it is up where positive, while it is down where negative; 0 makes a fault of being down. */
  readonly weight: number;
  /** Turns the weight's sign; with 0 makes a fault of being up. */
  readonly isReversed: boolean;
  /** The reading is a number to multiply with the weight, not up (1) or down (0). */
  readonly isNumber: boolean;
}

export interface Parameters {
  readonly profile: Profile;
  /** As configured, before what is tracked moves it; 1..255, and 255 owns the addresses. */
  readonly priority: number;
  readonly preempt: boolean;
  /** How long a lower-priority active router is followed before it is preempted; 0 is not at all. */
  readonly preemptDelay: Centiseconds;
  readonly advertisementInterval: Centiseconds;
  /** Adverts in a row that are missed before the active router counts as gone; 3 where it is left out. */
  readonly downAdverts?: number;
  /** One last advert leaves before a higher priority is given way to. */
  readonly yieldsWithAdvert?: true;
  /** The interface adverts travel on. */
  readonly interface: string;
  readonly family: "ipv4" | "ipv6";
  /** Where adverts have to leave from; null is any address of the interface. */
  readonly sourceAddress: string | null;
  /** Interfaces whose loss is a fault. */
  readonly trackedInterfaces: readonly string[];
  /** What else moves the priority or is a fault. */
  readonly tracked: readonly Tracked[];
  /** The sync group whose members change state together; null without one. */
  readonly syncGroup: string | null;
  readonly announcements: {
    /** Frames per address and burst. */
    readonly repeat: number;
    /** Until the second burst; 0 is none. */
    readonly secondBurstDelay: Centiseconds;
    /** Frames per address when a lower priority was answered; 0 is none. keepalived's garp_lower_prio_repeat. */
    readonly lowerPriorityRepeat: number;
    /** From there until as many once more; 0 or left out is none. keepalived's garp_lower_prio_delay. */
    readonly lowerPriorityDelay?: Centiseconds;
    /** Every address again and again; left out is never. keepalived's garp_master_refresh. */
    readonly refresh?: { readonly interval: Centiseconds; readonly repeat: number };
    /** One address of each interface that no advert leaves from, again and again. keepalived's garp_extra_if. */
    readonly others?: { readonly interval: Centiseconds; readonly addresses: readonly VirtualAddress[] };
  };
  /** RFC 9568 6.4.3 and keepalived answer a lower priority with an advert; RFC 3768 and 5798 do not. */
  readonly answersLowerPriority: boolean;
  /** The kernel takes the addresses away when they are not renewed. */
  readonly addressLease: boolean;
  /** What an active router holds, in the order of its adverts. */
  readonly addresses: readonly VirtualAddress[];
  /** Routes and rules that it holds beside them; left out where it has none. */
  readonly routing?: Routing;
}
