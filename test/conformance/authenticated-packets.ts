/** Packets with an Authentication Header: how tests make and hear them, and what must hold of any such packet. */

import { isDeepStrictEqual } from "node:util";
import fc from "fast-check";
import type { Authentication } from "../../contracts/config/schema.ts";
import { rejectionNames } from "../../contracts/events/rejections.ts";
import { centiseconds } from "../../contracts/units.ts";
import { type Advertisement, encodeAdvertisement } from "../../contracts/wire/advertisement.ts";
import { authenticationKey } from "../../contracts/wire/authentication.ts";
import {
  encodeAuthenticatedPacket,
  type PacketFields,
  type SecurityAssociation,
} from "../../contracts/wire/authentication-header.ts";
import { type Received, type Receiver, receiveAdvertisement } from "../../contracts/wire/validate.ts";
import { hmacMd5 } from "../../services/security-associations.ts";

export const authentication: Authentication = { type: "header", password: [...Buffer.from("1111")] };

export const authenticatedAdvert: Advertisement = {
  version: 2,
  virtualRouterId: 51,
  priority: 200,
  advertisementInterval: centiseconds(100),
  addresses: ["192.0.2.1", "192.0.2.10"],
  authenticationType: 2,
  authenticationData: new Uint8Array(8),
};

export const fields: PacketFields = {
  source: "192.0.2.2",
  destination: "224.0.0.18",
  identification: 1,
  ttl: 255,
  sequenceNumber: 1,
  isUnicast: false,
};

/** The packet, IP header included. */
export function packetOf(
  change: Partial<PacketFields> = {},
  advert: Advertisement = authenticatedAdvert,
  key = authenticationKey(authentication),
): Uint8Array {
  const message = encodeAdvertisement(advert, fields, "rfc5798");
  return encodeAuthenticatedPacket(message, { ...fields, ...change }, key, hmacMd5);
}

/** What comes of a packet at a router that expects the example. */
export function hear(
  packet: Uint8Array,
  receiver: Partial<Receiver> = {},
  association: Partial<SecurityAssociation> = {},
): Received {
  const ends = { source: "192.0.2.2", destination: "224.0.0.18", ttl: 255, family: "ipv4" } as const;
  const [ipHeader, payload] = [packet.subarray(0, 20), packet.subarray(20)];
  return receiveAdvertisement({ ...ends, ipHeader, payload }, () => ({
    version: 2,
    priority: 100,
    advertisementInterval: centiseconds(100),
    authentication,
    association: { hmac: hmacMd5, sequenceNumber: 0, ...association },
    addresses: authenticatedAdvert.addresses,
    primaryAddress: "192.0.2.3",
    checksum: "either",
    ownChecksum: "rfc5798",
    ownerDropsAdverts: false,
    ...receiver,
  }));
}

/** One changed octet behind the IP header is refused, whatever it is changed to: the digest covers them all. */
export function checkEveryAuthenticatedOctet(): void {
  const packet = packetOf();
  for (let position = 20; position < packet.length; position++) {
    for (let bits = 1; bits < 256; bits++) {
      const changed = Uint8Array.from(packet);
      changed[position] = (changed[position] ?? 0) ^ bits;
      if (hear(changed).accepted) throw new Error(`octet ${position} changed by ${bits} is accepted`);
    }
  }
}

/** Octets of no meaning behind an IP header: never an exception, and never accepted. */
export function checkRandomAuthenticatedPayloads(runs: number): void {
  const beginning = packetOf();
  const kept = fc.integer({ min: 0, max: beginning.length });
  const property = fc.property(kept, fc.uint8Array({ maxLength: 60, size: "max" }), (length, noise) => {
    const packet = Uint8Array.from([...beginning.subarray(0, length), ...noise]);
    const received = hear(packet);
    if (!received.accepted) {
      if (!rejectionNames.includes(received.refusal.name)) throw new Error("refused without a reason");
    } else if (!isDeepStrictEqual(packet.subarray(20), beginning.subarray(20))) {
      throw new Error("accepted, but no router made it");
    }
  });
  fc.assert(property, { numRuns: runs });
}

/** Whatever the numbers, addresses and password are: what is encoded is accepted with the same fields. */
export function checkAuthenticatedRoundTrips(runs: number): void {
  const numbers = fc.record({
    identification: fc.integer({ min: 1, max: 0xffff }),
    sequenceNumber: fc.integer({ min: 1, max: 0xffff_ffff }),
    isUnicast: fc.boolean(),
  });
  const passwords = fc.array(fc.integer({ min: 0, max: 255 }), { minLength: 1, maxLength: 8 });
  const priorities = fc.integer({ min: 0, max: 255 });
  const property = fc.property(numbers, passwords, priorities, (change, password, priority) => {
    const advert = { ...authenticatedAdvert, priority };
    const own: Authentication = { type: "header", password };
    const received = hear(packetOf(change, advert, authenticationKey(own)), { authentication: own });
    if (!received.accepted) throw new Error(`refused: ${received.refusal.detail}`);
    if (!isDeepStrictEqual(received.advert, advert)) throw new Error("decoded to other fields");
    if (received.sequenceNumber !== change.sequenceNumber) throw new Error("another sequence number");
  });
  fc.assert(property, { numRuns: runs });
}
