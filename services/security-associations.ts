/**
 * What the routers with an Authentication Header know beside their key: the sequence number that keeps old packets from
 * being accepted again, the IP identification, which is under the digest, and HMAC-MD5.
 */

import { createHmac } from "node:crypto";
import { formatRouterKey, type RouterKey } from "../contracts/identity.ts";
import {
  type HmacMd5,
  lastSequenceNumber,
  type PacketFields,
  type SecurityAssociation,
} from "../contracts/wire/authentication-header.ts";
import { nextIdentification } from "../contracts/wire/ip-header.ts";

export interface SecurityAssociations {
  /** What a packet for the router is checked against. */
  of(router: RouterKey): SecurityAssociation;
  /** A packet was accepted: those with its number or a lower one are replays from now on. */
  accept(router: RouterKey, sequenceNumber: number): void;
  /** The numbers of the router's next advert; undefined where the sequence numbers are used up. */
  next(router: RouterKey): Pick<PacketFields, "identification" | "sequenceNumber"> | undefined;
}

export const hmacMd5: HmacMd5 = (key, octets) => createHmac("md5", key).update(octets).digest();

/**
 * As in keepalived, one counter for both directions: an advert always has a higher number than any that was heard, so
 * that whoever takes over is believed at once, and a router that starts anew at 0 has the number of the first it hears.
 */
export function createSecurityAssociations(): SecurityAssociations {
  const counters = new Map<string, { sequenceNumber: number; identification: number }>();
  const countersOf = (router: RouterKey) => {
    const key = formatRouterKey(router);
    const known = counters.get(key) ?? { sequenceNumber: 0, identification: 0 };
    counters.set(key, known);
    return known;
  };
  return {
    of: (router) => ({ hmac: hmacMd5, sequenceNumber: countersOf(router).sequenceNumber }),
    accept: (router, sequenceNumber) => {
      const known = countersOf(router);
      known.sequenceNumber = Math.max(known.sequenceNumber, sequenceNumber);
    },
    next: (router) => {
      const known = countersOf(router);
      if (known.sequenceNumber >= lastSequenceNumber) return undefined;
      known.sequenceNumber++;
      known.identification = nextIdentification(known.identification);
      return { ...known };
    },
  };
}
