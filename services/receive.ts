/** From the socket to the machine: a datagram climbs the receive ladder and becomes a fact, or is counted and dropped. */

import { advertisedAddresses } from "../contracts/config/advertised.ts";
import type { VirtualRouterConfig } from "../contracts/config/schema.ts";
import type { RouterKey } from "../contracts/identity.ts";
import { centiseconds } from "../contracts/units.ts";
import type { Family } from "../contracts/wire/advertisement.ts";
import { messageOf, type Receiver, receiveAdvertisement } from "../contracts/wire/validate.ts";
import { profileOf } from "../machines/parameters.ts";
import type { AdvertDatagram } from "./io/advert-datagram.ts";
import type { Clock } from "./ports.ts";
import type { SecurityAssociations } from "./security-associations.ts";
import type { VirtualRouter } from "./virtual-router.ts";

/** The running router of that key. */
export type FindRouter = (key: RouterKey) => VirtualRouter | undefined;

/** Hands the datagram to the virtual router it names. False where no router on that interface has its VRID. */
export function receiveDatagram(
  datagram: AdvertDatagram,
  family: Family,
  find: FindRouter,
  clock: Clock,
  associations: SecurityAssociations,
): boolean {
  const { interface: name, source } = datagram;
  const virtualRouterId = messageOf(datagram)[1] ?? 0;
  const router = find({ interface: name, family, virtualRouterId });
  const received = receiveAdvertisement({ ...datagram, family }, () =>
    router === undefined
      ? undefined
      : receiverOf(router.config, router.memory().primaryAddress, associations),
  );
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

function receiverOf(
  config: VirtualRouterConfig,
  primaryAddress: string | null,
  associations: SecurityAssociations,
): Receiver {
  return {
    version: config.version,
    priority: config.priority,
    advertisementInterval: centiseconds(config.advertisementInterval),
    authentication: config.authentication,
    association: config.authentication.type === "header" ? associations.of(config) : undefined,
    addresses: advertisedAddresses(config),
    primaryAddress,
    checksum: config.checksum.receive,
    ownChecksum: config.checksum.send,
    unicast: config.unicast,
    ownerDropsAdverts: profileOf(config) !== "rfc2338",
  };
}
