/** The way out: adverts, kernel addresses and announcements of a virtual router, each one synchronous call. */

import type { VirtualRouterConfig } from "../contracts/config/schema.ts";
import { centiseconds } from "../contracts/units.ts";
import {
  encodeAdvertisement,
  type Path,
  vrrpGroupIpv4,
  vrrpGroupIpv6,
  vrrpTtl,
} from "../contracts/wire/advertisement.ts";
import { encodeGratuitousArp, encodeNeighbourAdvertisement } from "../contracts/wire/announcement.ts";
import {
  authenticationData,
  authenticationKey,
  authenticationType,
} from "../contracts/wire/authentication.ts";
import { encodeAuthenticatedPacket } from "../contracts/wire/authentication-header.ts";
import { parametersOf } from "../machines/parameters.ts";
import { leaseSeconds } from "../machines/timing.ts";
import { type AddressToInstall, installAddresses, removeAddresses } from "./io/addresses.ts";
import type { AdvertSocket } from "./io/advert-socket-ipv4.ts";
import type { Announcer } from "./io/announcer.ts";
import type { LinkMonitor } from "./io/link-monitor.ts";
import type { LinkState } from "./io/link-table.ts";
import { done, failure, type Outcome } from "./io/outcome.ts";
import { readSysctl } from "./io/sysctl.ts";
import type { RouterPorts } from "./ports.ts";
import { createSecurityAssociations, hmacMd5, type SecurityAssociations } from "./security-associations.ts";
import type { Segment } from "./segment.ts";
import type { VirtualMacs } from "./virtual-macs.ts";

export type NetworkPorts = Omit<RouterPorts, "armTimer" | "cancelTimer">;

export interface NetworkPortsOptions {
  readonly announcer: Pick<Announcer, "sendFrame">;
  readonly links: Pick<LinkMonitor, "link">;
  readonly segment: (router: VirtualRouterConfig) => WayOut | undefined;
  /** What comes with the addresses where a router has a virtual MAC. */
  readonly virtualMacs?: Pick<VirtualMacs, "activate" | "deactivate">;
  /** The counters of routers with an Authentication Header; new ones, where they are left out. */
  readonly associations?: SecurityAssociations;
  /** What puts addresses on interfaces; the kernel's, where it is left out. */
  readonly install?: (addresses: readonly AddressToInstall[]) => readonly Outcome[];
}

/** What adverts need of an interface. */
export type WayOut = Pick<Segment, "source"> & { socket(): Pick<AdvertSocket, "send"> | undefined };

/** An address that no interface has. */
export const noAddress = "255.255.255.255";

export function networkPorts(options: NetworkPortsOptions): NetworkPorts {
  const { announcer, links, segment, virtualMacs } = options;
  const associations = options.associations ?? createSecurityAssociations();
  const put = options.install ?? installAddresses;
  const install = (router: VirtualRouterConfig): Outcome =>
    firstFailure(put(addressesToInstall(router, links)));
  return {
    sendAdvert(router, priority) {
      const socket = segment(router)?.socket();
      const source = segment(router)?.source();
      if (socket === undefined || source === undefined) {
        return failure(`no advert socket on ${router.interface}`);
      }
      const octetsTo = encoderFor(router, priority, source, associations);
      if (octetsTo === undefined) return failure("the sequence numbers of the password are used up");
      if (router.unicast === undefined) {
        return socket.send(octetsTo(router.family === "ipv4" ? vrrpGroupIpv4 : vrrpGroupIpv6));
      }
      // Every peer gets its advert, though one of them may be out of reach.
      const { peers, ttl } = router.unicast;
      return firstFailure(peers.map(({ address }) => socket.send(octetsTo(address), address, ttl)));
    },
    installAddresses: (router) => firstFailure([install(router), virtualMacs?.activate(router) ?? done]),
    renewAddresses: install,
    withdrawAddresses: (router) =>
      firstFailure([...removeAddresses(router.addresses), virtualMacs?.deactivate(router) ?? done]),
    announceAddresses(router, repeat) {
      for (let round = 0; round < repeat; round++) {
        for (const { address, interface: name } of router.addresses) {
          const link = links.link(name);
          if (link === undefined) return failure(`ENODEV: interface ${name} does not exist`);
          const sent = announcer.sendFrame(link.index, announcement(address, link));
          if (!sent.ok) return sent;
        }
      }
      return done;
    },
  };
}

/**
 * The same ways with another last step, for a rehearsal: the kernel is asked for what it refuses without doing
 * anything (a broadcast without SO_BROADCAST, an interface that is none, an address that is nowhere), and all of it
 * counts as done. Its routers have `noAddress` as their only address.
 */
export function emptyStage(options: NetworkPortsOptions): NetworkPorts {
  const { announcer, links, segment } = options;
  return networkPorts({
    links,
    announcer: {
      sendFrame: (_index, frame) => {
        announcer.sendFrame(noInterface, frame);
        return done;
      },
    },
    segment: (router) => ({
      source: () => segment(router)?.source(),
      socket: () => ({
        send: (payload) => {
          segment(router)?.socket()?.send(payload, noAddress);
          return done;
        },
      }),
    }),
    install: removeAddresses,
  });
}

/** The largest interface index. */
const noInterface = 2 ** 31 - 1;

/**
 * What a socket takes to send one advert to each destination: the message, or the whole packet where it has an
 * Authentication Header, all packets of an advert with the same numbers. Undefined where no such packet can be made.
 */
function encoderFor(
  router: VirtualRouterConfig,
  priority: number,
  source: string,
  associations: SecurityAssociations,
): ((destination: string) => Uint8Array) | undefined {
  const { authentication } = router;
  if (authentication.type !== "header") {
    return (destination) => advertOctets(router, priority, { source, destination });
  }
  const numbers = associations.next(router);
  if (numbers === undefined) return undefined;
  const isUnicast = router.unicast !== undefined;
  return (destination) =>
    encodeAuthenticatedPacket(
      advertOctets(router, priority, { source, destination }),
      { source, destination, ttl: router.unicast?.ttl ?? vrrpTtl, isUnicast, ...numbers },
      authenticationKey(authentication),
      hmacMd5,
    );
}

/** What the router says on the wire. */
function advertOctets(router: VirtualRouterConfig, priority: number, path: Path): Uint8Array {
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
    path,
    router.checksum.send,
  );
}

/** Gratuitous ARP, or an unsolicited neighbour advertisement. */
function announcement(address: string, link: LinkState): Uint8Array {
  const octets = hardwareOctets(link.hardwareAddress);
  if (!address.includes(":")) return encodeGratuitousArp(address, octets);
  const flags = { router: isForwarding(link.interface), solicited: false, override: true };
  return encodeNeighbourAdvertisement(address, octets, flags);
}

/** The router flag tells the truth about the host, as keepalived's does: RFC 9568 6.4.2 speaks of routers. */
function isForwarding(name: string): boolean {
  const forwarding = readSysctl(`ipv6/conf/${name}/forwarding`);
  return forwarding.ok && forwarding.value !== 0;
}

/** With the index the monitor knows, which spares a question to the kernel in the middle of a takeover. */
function addressesToInstall(
  router: VirtualRouterConfig,
  links: NetworkPortsOptions["links"],
): AddressToInstall[] {
  const { profile, advertisementInterval } = parametersOf(router);
  const lease = { validLifetimeSeconds: leaseSeconds(profile, advertisementInterval) };
  return router.addresses.map((each) => ({
    ...each,
    ...(router.addressLease ? lease : {}),
    // As keepalived does it: a host address of IPv6 is never chosen as the source of new connections.
    ...(each.prefixLength === 128 ? { preferredLifetimeSeconds: 0 } : {}),
    index: links.link(each.interface)?.index,
  }));
}

/** "02:00:00:00:00:01" as octets. */
function hardwareOctets(text: string): number[] {
  return text.split(":").map((octet) => Number.parseInt(octet, 16));
}

function firstFailure(outcomes: readonly Outcome[]): Outcome {
  return outcomes.find((outcome) => !outcome.ok) ?? done;
}
