/** From the configuration of a virtual router to what its machine needs of it. */

import type { VirtualRouterConfig } from "../contracts/config/schema.ts";
import type { Parameters, Profile } from "../contracts/events/parameters.ts";
import { centiseconds } from "../contracts/units.ts";

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
    tracked: config.tracked.map(({ kind, name, weight, isReversed }) => ({
      tracker: `${kind} ${name}`,
      weight,
      isReversed,
      isNumber: kind === "file",
    })),
    syncGroup: config.syncGroup ?? null,
    announcements: {
      repeat: config.announcements.repeat,
      secondBurstDelay: centiseconds(config.announcements.secondBurstDelay),
      lowerPriorityRepeat: config.answersLowerPriority ? config.announcements.repeat : 0,
    },
    answersLowerPriority: config.answersLowerPriority,
    addressLease: config.addressLease,
    addresses: config.addresses,
    ...(config.routing === undefined ? {} : { routing: config.routing }),
  };
}
