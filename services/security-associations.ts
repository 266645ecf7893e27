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

/** The least that the next sequence number may be. */
export type SequenceFloor = () => number;

/**
 * Quarters of a second since 2020, by the wall clock: more than any router counts, which sends once a second. So a router
 * that starts anew is above its former numbers. keepalived would else refuse it for as long as it had run before, and
 * sends nothing itself as long as it refuses (docs/decisions/009). It ends in 2049, from where counting goes on by one.
 */
export const clockFloor: SequenceFloor = () =>
  Math.min(Math.max(0, Math.floor((Date.now() - Date.UTC(2020)) / 250)), 0xe000_0000);

/**
 * How far above the floor a router begins that has neither sent nor heard anything: a peer that has just taken over may
 * have sent with the number of this very quarter of a second. A second on, the lead is gone.
 */
const firstLead = 4;

/**
 * As in keepalived, one counter for both directions: an advert always has a higher number than any that was heard, so
 * that whoever takes over is believed at once. Without a floor it starts at 1, as keepalived does.
 */
export function createSecurityAssociations(floor?: SequenceFloor): SecurityAssociations {
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
      const lead = known.sequenceNumber === 0 ? firstLead : 0;
      const least = floor === undefined ? 1 : floor() + lead;
      known.sequenceNumber = Math.max(known.sequenceNumber + 1, least);
      known.identification = nextIdentification(known.identification);
      return { ...known };
    },
  };
}
