/** From the configuration of a virtual router to what its machine needs of it. */

import type { VirtualAddress, VirtualRouterConfig } from "../contracts/config/schema.ts";
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
    ...(config.downAdverts === undefined ? {} : { downAdverts: config.downAdverts }),
    ...(config.yieldsWithAdvert === undefined ? {} : { yieldsWithAdvert: true }),
    interface: config.interface,
    family: config.family,
    sourceAddress: config.sourceAddress ?? null,
    trackedInterfaces: config.ignoresOwnInterface
      ? config.trackedInterfaces
      : [...new Set([config.interface, ...config.trackedInterfaces])],
    tracked: config.tracked.map(({ kind, name, weight, isReversed }) => ({
      tracker: `${kind} ${name}`,
      weight,
      isReversed,
      isNumber: kind === "file",
    })),
    syncGroup: config.syncGroup ?? null,
    announcements: announcementsOf(config),
    answersLowerPriority: config.answersLowerPriority,
    addressLease: config.addressLease,
    addresses: config.addresses,
    ...(config.routing === undefined ? {} : { routing: config.routing }),
  };
}

/** A lower priority is treated as a takeover where the file says nothing else. */
function announcementsOf(config: VirtualRouterConfig): Parameters["announcements"] {
  const { repeat, secondBurstDelay, lowerPriority, refresh, others } = config.announcements;
  const { repeat: again, delay } = lowerPriority ?? { repeat, delay: secondBurstDelay };
  const addresses = others === undefined ? [] : silentAddresses(config, others.onAllInterfaces);
  return {
    repeat,
    secondBurstDelay: centiseconds(secondBurstDelay),
    lowerPriorityRepeat: again,
    lowerPriorityDelay: centiseconds(delay),
    ...(refresh === undefined
      ? {}
      : { refresh: { interval: centiseconds(refresh.interval), repeat: refresh.repeat } }),
    ...(others === undefined || addresses.length === 0
      ? {}
      : { others: { interval: centiseconds(others.interval), addresses } }),
  };
}

/**
 * One address of each interface that switches may forget, since no advert leaves from it: of the virtual MAC, where
 * adverts leave from its parent; and of any other than the router's own, where all are asked for.
 */
function silentAddresses(
  { interface: own, virtualMac, addresses }: VirtualRouterConfig,
  onAllInterfaces: boolean,
): readonly VirtualAddress[] {
  const isSilent = (name: string) =>
    name === virtualMac?.interface ? virtualMac.advertsOnParent : onAllInterfaces && name !== own;
  const found = new Map<string, VirtualAddress>();
  for (const address of addresses) {
    if (isSilent(address.interface) && !found.has(address.interface)) found.set(address.interface, address);
  }
  return [...found.values()];
}
