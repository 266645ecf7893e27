/** The way out: adverts, kernel addresses and announcements of a virtual router, each one synchronous call. */

import type { VirtualRouterConfig } from "../contracts/config/schema.ts";
import { centiseconds } from "../contracts/units.ts";
import { encodeAdvertisement, vrrpGroupIpv4 } from "../contracts/wire/advertisement.ts";
import { encodeGratuitousArp } from "../contracts/wire/announcement.ts";
import { authenticationData, authenticationType } from "../contracts/wire/authentication.ts";
import { parametersOf } from "../machines/parameters.ts";
import { leaseSeconds } from "../machines/timing.ts";
import { type AddressToInstall, installAddresses, removeAddresses } from "./io/addresses.ts";
import type { Announcer } from "./io/announcer.ts";
import type { LinkMonitor } from "./io/link-monitor.ts";
import { done, failure, type Outcome } from "./io/outcome.ts";
import type { RouterPorts } from "./ports.ts";
import type { Segment } from "./segment.ts";

export type NetworkPorts = Omit<RouterPorts, "armTimer" | "cancelTimer">;

export interface NetworkPortsOptions {
  readonly announcer: Announcer;
  readonly links: LinkMonitor;
  readonly segment: (name: string) => Segment | undefined;
}

export function networkPorts({ announcer, links, segment }: NetworkPortsOptions): NetworkPorts {
  const install = (router: VirtualRouterConfig): Outcome =>
    firstFailure(installAddresses(addressesToInstall(router)));
  return {
    sendAdvert(router, priority) {
      const socket = segment(router.interface)?.socket();
      const source = segment(router.interface)?.source();
      if (socket === undefined || source === undefined) {
        return failure(`no advert socket on ${router.interface}`);
      }
      return socket.send(advertOctets(router, priority, source));
    },
    installAddresses: install,
    renewAddresses: install,
    withdrawAddresses: (router) => firstFailure(removeAddresses(router.addresses)),
    announceAddresses(router, repeat) {
      for (let round = 0; round < repeat; round++) {
        for (const { address, interface: name } of router.addresses) {
          const link = links.link(name);
          if (link === undefined) return failure(`ENODEV: interface ${name} does not exist`);
          const frame = encodeGratuitousArp(address, hardwareOctets(link.hardwareAddress));
          const sent = announcer.sendFrame(link.index, frame);
          if (!sent.ok) return sent;
        }
      }
      return done;
    },
  };
}

/** What the router says on the wire. */
function advertOctets(router: VirtualRouterConfig, priority: number, source: string): Uint8Array {
  return encodeAdvertisement(
    {
      version: router.version,
      virtualRouterId: router.virtualRouterId,
      priority,
      advertisementInterval: centiseconds(router.advertisementInterval),
      addresses: router.addresses.map((each) => each.address),
      authenticationType: authenticationType(router.authentication),
      authenticationData: authenticationData(router.authentication),
    },
    { source, destination: vrrpGroupIpv4 },
    router.checksum.send,
  );
}

function addressesToInstall(router: VirtualRouterConfig): AddressToInstall[] {
  if (!router.addressLease) return [...router.addresses];
  const { profile, advertisementInterval } = parametersOf(router);
  const validLifetimeSeconds = leaseSeconds(profile, advertisementInterval);
  return router.addresses.map((each) => ({ ...each, validLifetimeSeconds }));
}

/** "02:00:00:00:00:01" as octets. */
function hardwareOctets(text: string): number[] {
  return text.split(":").map((octet) => Number.parseInt(octet, 16));
}

function firstFailure(outcomes: readonly Outcome[]): Outcome {
  return outcomes.find((outcome) => !outcome.ok) ?? done;
}
