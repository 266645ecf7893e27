/** The way out: adverts, kernel addresses and announcements of a virtual router, each one synchronous call. */

import { advertisedAddresses } from "../contracts/config/advertised.ts";
import type { Routing } from "../contracts/config/routing.ts";
import type { VirtualAddress, VirtualRouterConfig } from "../contracts/config/schema.ts";
import { centiseconds } from "../contracts/units.ts";
import {
  encodeAdvertisement,
  vrrpGroupIpv4,
  vrrpGroupIpv6,
  vrrpTtl,
} from "../contracts/wire/advertisement.ts";
import {
  authenticationData,
  authenticationKey,
  authenticationType,
} from "../contracts/wire/authentication.ts";
import { encodeAuthenticatedPacket } from "../contracts/wire/authentication-header.ts";
import { parametersOf } from "../machines/parameters.ts";
import { leaseSeconds } from "../machines/timing.ts";
import type { Pace } from "./announcement-pace.ts";
import { createAnnouncements } from "./announcements.ts";
import type { Desk } from "./desk.ts";
import {
  type AddressToInstall,
  installAddresses,
  prepareAddresses,
  removeAddresses,
} from "./io/addresses.ts";
import type { AdvertSocket } from "./io/advert-socket-ipv4.ts";
import type { Announcer } from "./io/announcer.ts";
import type { LinkMonitor } from "./io/link-monitor.ts";
import { done, failure, type Outcome } from "./io/outcome.ts";
import { installRouting, removeRouting } from "./io/routing.ts";
import { type Answer, createKernelTurn, firstFailure, isPending, type KernelTurn } from "./kernel-turn.ts";
import { memoPerRouter } from "./memo.ts";
import type { RouterPorts } from "./ports.ts";
import { preferredLifetime } from "./preferred-lifetime.ts";
import { createSecurityAssociations, hmacMd5, type SecurityAssociations } from "./security-associations.ts";
import type { Segment } from "./segment.ts";
import type { VirtualMacs } from "./virtual-macs.ts";

export type NetworkPorts = Omit<RouterPorts, "armTimer" | "cancelTimer"> & {
  /** Around the time in which many routers are served; without it each of their addresses is asked for at once. */
  readonly turn?: Pick<KernelTurn, "begin" | "end">;
};

export interface NetworkPortsOptions {
  readonly announcer: Pick<Announcer, "sendFrame">;
  readonly links: Pick<LinkMonitor, "link">;
  readonly segment: (router: VirtualRouterConfig) => WayOut | undefined;
  /** What comes with the addresses where a router has a virtual MAC. */
  readonly virtualMacs?: Pick<VirtualMacs, "activate" | "deactivate" | "release">;
  /** Told of addresses before they are installed, so that nobody takes them for the interface's own. */
  readonly expect?: (addresses: readonly VirtualAddress[]) => void;
  /** The counters of routers with an Authentication Header; new ones, where they are left out. */
  readonly associations?: SecurityAssociations;
  /** What puts addresses on interfaces and takes them off; the kernel's, where it is left out. */
  readonly install?: (addresses: readonly AddressToInstall[]) => readonly Outcome[];
  readonly remove?: (addresses: readonly AddressToInstall[]) => readonly Outcome[];
  /** What changes the kernel's routes and rules; the kernel's own, where it is left out. */
  readonly installRouting?: (routing: Routing) => Outcome;
  readonly removeRouting?: (routing: Routing) => Outcome;
  /** Where rounds of announcements after the first wait while other routers are served; done at once without it. */
  readonly desk?: Pick<Desk, "post">;
  /** Gaps between two announcements; none where it is left out. */
  readonly pace?: Pick<Pace, "line" | "drop">;
}

/** What adverts need of an interface. */
export type WayOut = Pick<Segment, "source"> & { socket(): Pick<AdvertSocket, "send"> | undefined };

export interface Preparation {
  /** Makes now what the router's takeover will need, where it can be known. */
  prepare(router: VirtualRouterConfig): void;
}

/** An address that no interface has. */
export const noAddress = "255.255.255.255";

export function networkPorts(options: NetworkPortsOptions): NetworkPorts & Preparation {
  const { links, segment, virtualMacs } = options;
  const associations = options.associations ?? createSecurityAssociations();
  const { install: put = installAddresses, remove = removeAddresses } = options;
  const addressesOf = memoPerRouter(addressesToInstall);
  // With the index the monitor knows, which spares a question to the kernel in the middle of a takeover.
  const addresses = (router: VirtualRouterConfig) =>
    addressesOf(router, ...router.addresses.map((each) => links.link(each.interface)?.index));
  const turn = createKernelTurn({ install: put, remove });
  const expected = (router: VirtualRouterConfig) => {
    options.expect?.(router.addresses);
    return addresses(router);
  };
  const announcements = createAnnouncements(options);
  return {
    turn,
    sendAdvert(router, priority) {
      const way = segment(router);
      const [socket, source] = [way?.socket(), way?.source()];
      if (socket === undefined || source === undefined) {
        return failure(`no advert socket on ${router.interface}`);
      }
      const octetsTo = encoderFor(router, priority, source, associations);
      if (octetsTo === undefined) return failure("the sequence numbers of the password are used up");
      if (router.unicast === undefined) {
        return socket.send(
          octetsTo(router.multicastGroup ?? (router.family === "ipv4" ? vrrpGroupIpv4 : vrrpGroupIpv6)),
        );
      }
      // Every peer gets its advert, though one of them may be out of reach.
      const { peers, ttl } = router.unicast;
      return firstFailure(peers.map(({ address }) => socket.send(octetsTo(address), address, ttl)));
    },
    installAddresses: (router, only) =>
      both(turn.install(expected(withOnly(router, only))), () => virtualMacs?.activate(router) ?? done),
    renewAddresses: (router) => firstFailure(put(expected(router))),
    withdrawAddresses(router, only) {
      announcements.stop(router);
      return both(turn.remove(addresses(withOnly(router, only))), () =>
        only === undefined
          ? (virtualMacs?.deactivate(router) ?? done)
          : (virtualMacs?.release(router, only) ?? done),
      );
    },
    installRouting: ({ routing }, only = routing) =>
      only === undefined ? done : (options.installRouting ?? installRouting)(only),
    withdrawRouting: ({ routing }, only = routing) =>
      only === undefined ? done : (options.removeRouting ?? withdraw)(only),
    announceAddresses: (router, repeat, only) => announcements.start(withOnly(router, only), repeat),
    prepare: (router) => {
      prepareAddresses(addresses(router));
      announcements.prepare(router);
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
    installRouting: () => done,
    removeRouting: () => done,
  });
}

/** What comes behind the answer is done whatever the answer is. The first error. */
function both(answer: Answer, next: () => Outcome): Answer {
  if (!isPending(answer)) return firstFailure([answer, next()]);
  return { onAnswer: (take) => answer.onAnswer((outcome) => take(firstFailure([outcome, next()]))) };
}

function withdraw(routing: Routing): Outcome {
  return removeRouting(routing).outcome;
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
    return (destination) => advertOctets(router, priority, source, destination);
  }
  const numbers = associations.next(router);
  if (numbers === undefined) return undefined;
  const isUnicast = router.unicast !== undefined;
  return (destination) =>
    encodeAuthenticatedPacket(
      advertOctets(router, priority, source, destination),
      { source, destination, ttl: router.unicast?.ttl ?? vrrpTtl, isUnicast, ...numbers },
      authenticationKey(authentication),
      hmacMd5,
    );
}

/** What the router says on the wire, in the form of its last advert to one destination. */
const advertOctets = memoPerRouter(
  (router, priority: number, source: string, destination: string): Uint8Array =>
    encodeAdvertisement(
      {
        version: router.version,
        virtualRouterId: router.virtualRouterId,
        priority,
        advertisementInterval: centiseconds(router.advertisementInterval),
        addresses: advertisedAddresses(router),
        authenticationType: authenticationType(router.authentication),
        authenticationData: authenticationData(router.authentication),
      },
      { source, destination },
      router.checksum.send,
    ),
);

function addressesToInstall(
  router: VirtualRouterConfig,
  ...indexes: readonly (number | undefined)[]
): readonly AddressToInstall[] {
  const { profile, advertisementInterval, downAdverts } = parametersOf(router);
  const lease = { validLifetimeSeconds: leaseSeconds(profile, advertisementInterval, downAdverts) };
  return router.addresses.map((each, at) => ({
    ...each,
    ...(router.addressLease ? lease : {}),
    ...preferredLifetime(each),
    index: indexes[at],
  }));
}

/** The router with some of its addresses only, or with all. */
function withOnly(
  router: VirtualRouterConfig,
  addresses: readonly VirtualAddress[] | undefined,
): VirtualRouterConfig {
  return addresses === undefined ? router : { ...router, addresses: [...addresses] };
}
