/** From the socket to the machine: a datagram climbs the receive ladder and becomes a fact, or is counted and dropped. */

import { advertisedAddresses } from "../contracts/config/advertised.ts";
import type { RouterKey } from "../contracts/identity.ts";
import { centiseconds } from "../contracts/units.ts";
import { messageOf, type Receiver, receiveAdvertisement } from "../contracts/wire/validate.ts";
import { profileOf } from "../machines/parameters.ts";
import type { AdvertDatagram } from "./io/advert-datagram.ts";
import { memoPerRouter } from "./memo.ts";
import type { Clock } from "./ports.ts";
import type { SecurityAssociations } from "./security-associations.ts";
import type { VirtualRouter } from "./virtual-router.ts";

/** The running router of that key. */
export type FindRouter = (key: RouterKey) => VirtualRouter | undefined;

/** What a segment's datagrams are received with. */
export interface Listener {
  /** The interface that the routers are configured on; a virtual MAC's own interface hears for it. */
  readonly interface: string;
  /** The group that the segment hears, where it is not the usual one. */
  readonly group?: string | undefined;
  readonly findRouter: FindRouter;
  readonly clock: Clock;
  readonly associations: SecurityAssociations;
}

/** Hands the datagram to the virtual router it names. False where no router on that interface has its VRID. */
export function receiveDatagram(datagram: AdvertDatagram, listener: Listener): boolean {
  const { family, source } = datagram;
  const { interface: name, clock, associations } = listener;
  const virtualRouterId = messageOf(datagram)[1] ?? 0;
  const router = listener.findRouter({ interface: name, family, virtualRouterId });
  // A peer that sends to the group of others on this interface, or a unicast that the router's own segment hears as well.
  if (router !== undefined && router.config.multicastGroup !== listener.group) return true;
  const receiver = router && receiverOf(router, associations);
  const received = receiveAdvertisement(datagram, () => receiver);
  if (router === undefined) return false;
  if (!received.accepted) {
    router.refuse(source, received.refusal);
    return true;
  }
  if (received.sequenceNumber !== undefined) associations.accept(router.key, received.sequenceNumber);
  for (const difference of received.remarks) router.remark(source, difference);
  const { priority, advertisementInterval } = received.advert;
  router.dispatch({
    type: "advert.received",
    at: datagram.at ?? clock.monotonic(),
    source,
    priority,
    advertisementInterval,
  });
  return true;
}

function receiverOf(router: VirtualRouter, associations: SecurityAssociations): Receiver {
  const { primaryAddress, activeAddress } = router.memory();
  const knownSender = router.config.trustsKnownSender === true ? activeAddress : null;
  const receiver = lastingReceiver(router.config, primaryAddress, knownSender);
  return router.config.authentication.type === "header"
    ? { ...receiver, association: associations.of(router.config) }
    : receiver;
}

/** What changes with the configuration and the primary address only. */
const lastingReceiver = memoPerRouter(
  (config, primaryAddress: string | null, knownSender: string | null): Receiver => ({
    version: config.version,
    priority: config.priority,
    advertisementInterval: centiseconds(config.advertisementInterval),
    authentication: config.authentication,
    addresses: advertisedAddresses(config),
    primaryAddress,
    knownSender,
    checksum: config.checksum.receive,
    ownChecksum: config.checksum.send,
    unicast: config.unicast,
    ownerDropsAdverts: profileOf(config) !== "rfc2338",
  }),
);
