/** What a virtual router is configured with, as its machine needs it. */

import type { VirtualRouterConfig } from "../contracts/config/schema.ts";
import { type Centiseconds, centiseconds } from "../contracts/units.ts";
import type { Profile } from "./timing.ts";

export interface Parameters {
  readonly profile: Profile;
  /** 1..255; 255 owns the addresses. */
  readonly priority: number;
  readonly preempt: boolean;
  /** How long a lower-priority active router is followed before it is preempted; 0 is not at all. */
  readonly preemptDelay: Centiseconds;
  readonly advertisementInterval: Centiseconds;
  /** The interface adverts travel on. */
  readonly interface: string;
  readonly family: "ipv4" | "ipv6";
  /** Where adverts have to leave from; null is any address of the interface. */
  readonly sourceAddress: string | null;
  /** Interfaces whose loss is a fault. */
  readonly trackedInterfaces: readonly string[];
  readonly announcements: {
    /** Frames per address and burst. */
    readonly repeat: number;
    /** Until the second burst; 0 is none. */
    readonly secondBurstDelay: Centiseconds;
    /** Frames per address when a lower priority was answered; 0 is none. keepalived's garp_lower_prio_repeat. */
    readonly lowerPriorityRepeat: number;
  };
  /** RFC 9568 6.4.3 and keepalived answer a lower priority with an advert; RFC 3768 and 5798 do not. */
  readonly answersLowerPriority: boolean;
  /** The kernel takes the addresses away when they are not renewed. */
  readonly addressLease: boolean;
}

/**
 * Version 2 follows RFC 3768, version 3 RFC 9568. The Authentication Header is of RFC 2338, whose address owner listens:
 * after a restart it has to, to learn above which sequence number it is believed.
 */
export function profileOf({
  version,
  authentication,
}: Pick<VirtualRouterConfig, "version" | "authentication">): Profile {
  if (version === 3) return "rfc9568";
  return authentication.type === "header" ? "rfc2338" : "rfc3768";
}

/**
 * The machine's parameters of a configured router. Where keepalived does more than the RFC (it answers a lower priority
 * with an advert and announcements), the configuration says so.
 */
export function parametersOf(config: VirtualRouterConfig): Parameters {
  return {
    profile: profileOf(config),
    priority: config.priority,
    preempt: config.preempt,
    preemptDelay: centiseconds(config.preemptDelay),
    advertisementInterval: centiseconds(config.advertisementInterval),
    interface: config.interface,
    family: config.family,
    sourceAddress: config.sourceAddress ?? null,
    trackedInterfaces: [...new Set([config.interface, ...config.trackedInterfaces])],
    announcements: {
      repeat: config.announcements.repeat,
      secondBurstDelay: centiseconds(config.announcements.secondBurstDelay),
      lowerPriorityRepeat: config.answersLowerPriority ? config.announcements.repeat : 0,
    },
    answersLowerPriority: config.answersLowerPriority,
    addressLease: config.addressLease,
  };
}
