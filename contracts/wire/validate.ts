/**
 * The receive ladder (RFC 9568 7.1, RFC 3768 7.1, RFC 2338 7.1): a packet either becomes an advertisement or
 * gets the name of the first rung that failed. A refused packet touches nothing else.
 */

import type { Authentication, Unicast } from "../config/schema.ts";
import type { RejectionName } from "../events/rejections.ts";
import type { Centiseconds } from "../units.ts";
import {
  type Advertisement,
  advertisementOctets,
  advertisementType,
  type ChecksumForm,
  decodeAdvertisement,
  type Family,
  headerOctets,
  type Path,
  pseudoHeaderSum,
  vrrpTtl,
} from "./advertisement.ts";
import {
  authenticationData,
  authenticationKey,
  authenticationType,
  authenticationTypes,
  equalOctets,
} from "./authentication.ts";
import {
  authenticationHeaderOctets,
  decodeAuthenticationHeader,
  headerProblem,
  type SecurityAssociation,
} from "./authentication-header.ts";
import { onesComplementSum } from "./checksum.ts";

/** A datagram as it came from the socket, without its IP header and without Ethernet padding. */
export interface Datagram extends Path {
  readonly payload: Uint8Array;
  /** TTL or Hop Limit. */
  readonly ttl: number;
  readonly family: Family;
  /** The IP header, where the payload begins with an Authentication Header (protocol 51) and not with the message. */
  readonly ipHeader?: Uint8Array | undefined;
}

/** What the receiver is configured with, for one virtual router. */
export interface Receiver {
  readonly version: 2 | 3;
  readonly priority: number;
  readonly advertisementInterval: Centiseconds;
  readonly authentication: Authentication;
  /** What packets with an Authentication Header are checked against; needed where the authentication asks for one. */
  readonly association?: SecurityAssociation | undefined;
  readonly addresses: readonly string[];
  /** Address of the receiving interface; null where it has none. */
  readonly primaryAddress: string | null;
  /** Whose address list was compared before and is taken as it is now; null is nobody's. */
  readonly knownSender?: string | null;
  /** Checksum forms accepted for version 3 over IPv4. */
  readonly checksum: ChecksumForm | "either";
  /** The form that is sent here; a peer with the other one is told of, where it is accepted. */
  readonly ownChecksum: ChecksumForm;
  /** Adverts travel to these peers and not to the group; undefined is multicast. */
  readonly unicast?: Unicast | undefined;
  /** RFC 9568 7.1: an address owner drops every advert. RFC 2338 has no such check. */
  readonly ownerDropsAdverts: boolean;
}

/** A difference that is counted and told, but does not refuse the packet (RFC 9568 7.1 SHOULD and MAY). */
export type Remark = Extract<RejectionName, "addressList" | "interval" | "checksumForm">;

export type Received =
  | {
      readonly accepted: true;
      readonly advert: Advertisement;
      readonly remarks: readonly Difference[];
      /** Of the Authentication Header, where there was one: no packet with it or a lower one is to be accepted again. */
      readonly sequenceNumber?: number;
    }
  | {
      readonly accepted: false;
      /** The VRID of the packet where it could be read: the router to charge (J-12). */
      readonly virtualRouterId: number | undefined;
      readonly refusal: Refusal;
    };

/** A remark on an accepted advert, in the shape of a refusal. */
export interface Difference extends Refusal {
  readonly name: Remark;
}

/** Why a packet was refused. */
export interface Refusal {
  readonly name: RejectionName;
  /** One clause for people, without secrets. */
  readonly detail: string;
  /** The field that differs and what was wanted, where both are numbers; intervals in centiseconds. */
  readonly received?: number;
  readonly expected?: number;
}

type Numbers = Pick<Refusal, "received" | "expected">;
type Refuse = (name: RejectionName, detail: string, numbers?: Numbers) => Received;

/** The VRRP message of a datagram, with or without an Authentication Header before it. */
export function messageOf({ payload, ipHeader }: Pick<Datagram, "payload" | "ipHeader">): Uint8Array {
  return ipHeader === undefined ? payload : payload.subarray(authenticationHeaderOctets);
}

/** Climbs the ladder. `receiverOf` finds the virtual router of a VRID on the receiving interface. */
export function receiveAdvertisement(
  datagram: Datagram,
  receiverOf: (virtualRouterId: number) => Receiver | undefined,
): Received {
  const { family } = datagram;
  const payload = messageOf(datagram);
  const virtualRouterId = payload[1];
  const receiver = virtualRouterId === undefined ? undefined : receiverOf(virtualRouterId);
  const refuse = (name: RejectionName, detail: string, numbers?: Numbers): Received => ({
    accepted: false,
    virtualRouterId,
    refusal: { name, detail, ...numbers },
  });

  const distance = distanceFailure(datagram, receiver?.unicast);
  if (distance !== undefined) {
    const { detail, ...numbers } = distance;
    return refuse("ttl", detail, numbers);
  }
  if (payload.length < headerOctets) return refuse("length", `${payload.length} octets are no VRRP message`);
  const version = (payload[0] ?? 0) >> 4;
  if (version !== (receiver?.version ?? version) || (version !== 2 && version !== 3)) {
    const detail = `sends version ${version}, here it is ${receiver?.version ?? "2 or 3"}`;
    return refuse("version", detail, { received: version, expected: receiver?.version ?? 2 });
  }
  if (version === 2 && family === "ipv6") return refuse("version", "version 2 knows no IPv6");
  const type = (payload[0] ?? 0) & 0x0f;
  if (type !== advertisementType) return refuse("type", `type ${type} is no advertisement`);
  const expected = advertisementOctets(version, family, payload[3] ?? 0);
  if (payload.length !== expected) {
    return refuse("length", `${payload.length} octets, ${payload[3]} addresses need ${expected}`);
  }
  const form = checksumFormOf(payload, datagram, version, receiver);
  if (form === undefined) return refuse("checksum", "the checksum is wrong");
  if (receiver === undefined) return refuse("vrid", `VRID ${virtualRouterId} is not configured here`);
  return judge(decodeAdvertisement(payload, family), form, datagram, receiver, refuse);
}

/** The rungs that need the receiver's configuration. */
function judge(
  advert: Advertisement,
  form: ChecksumForm,
  datagram: Datagram,
  receiver: Receiver,
  refuse: Refuse,
): Received {
  if (receiver.ownerDropsAdverts && receiver.priority === 255) {
    return refuse("owner", `priority ${advert.priority} heard by the address owner`);
  }
  if (datagram.source === receiver.primaryAddress) {
    return refuse("ownPacket", "sent from our own address");
  }
  const stranger = strangeness(datagram, receiver.unicast);
  if (stranger !== undefined) return refuse(stranger.name, stranger.detail);
  const failure = authenticationFailure(advert, datagram, receiver);
  if (failure !== undefined)
    return { accepted: false, virtualRouterId: advert.virtualRouterId, refusal: failure };
  if (advert.addresses.length === 0) return refuse("addressList", "carries no address");
  const remarks: Difference[] = [];
  if (advert.version === 3 && form !== receiver.ownChecksum && receiver.checksum === "either") {
    remarks.push({
      name: "checksumForm",
      detail: `uses the other checksum form than ${receiver.ownChecksum}`,
    });
  }
  const addressDetail =
    datagram.source === receiver.knownSender
      ? undefined
      : addressDifference(advert.addresses, receiver.addresses);
  if (addressDetail !== undefined) {
    // RFC 3768 7.1: a differing list is dropped unless the owner sent it. RFC 9568 7.1: kept.
    if (advert.version === 2 && advert.priority !== 255) return refuse("addressList", addressDetail);
    remarks.push({ name: "addressList", detail: addressDetail });
  }
  if (advert.advertisementInterval !== receiver.advertisementInterval) {
    const detail = `advertises every ${seconds(advert.advertisementInterval)} s, here it is ${seconds(receiver.advertisementInterval)} s`;
    const numbers = { received: advert.advertisementInterval, expected: receiver.advertisementInterval };
    if (advert.version === 2) return refuse("interval", detail, numbers);
    remarks.push({ name: "interval", detail, ...numbers });
  }
  const header = datagram.ipHeader && decodeAuthenticationHeader(datagram.payload);
  return header === undefined
    ? { accepted: true, advert, remarks }
    : { accepted: true, advert, remarks, sequenceNumber: header.sequenceNumber };
}

/** A TTL or Hop Limit of 255 proves that no router forwarded the packet; a unicast peer may be as far as it is told to be. */
function distanceFailure(
  { source, ttl }: Datagram,
  unicast: Unicast | undefined,
): (Numbers & { readonly detail: string }) | undefined {
  if (unicast === undefined) {
    return ttl === vrrpTtl ? undefined : { detail: `TTL is ${ttl}`, received: ttl, expected: vrrpTtl };
  }
  const peer = unicast.peers.find(({ address }) => address === source);
  if (peer === undefined || (ttl >= peer.minimumTtl && ttl <= peer.maximumTtl)) return undefined;
  return { detail: `TTL is ${ttl}, of this peer it is to be ${peer.minimumTtl} to ${peer.maximumTtl}` };
}

/** A multicast advert for a unicast router, the other way round, or an advert from somebody who is no peer (keepalived 2.8). */
function strangeness(
  { source, destination }: Datagram,
  unicast: Unicast | undefined,
): Pick<Refusal, "name" | "detail"> | undefined {
  const isMulticast = /^(22[4-9]|23\d)\.|^ff/u.test(destination);
  if (isMulticast && unicast !== undefined) {
    return { name: "destination", detail: `sent to the group ${destination}, here adverts are unicast` };
  }
  if (unicast?.onlyFromPeers && !unicast.peers.some(({ address }) => address === source)) {
    return { name: "peer", detail: "is not one of the unicast peers" };
  }
  return undefined;
}

/** The accepted form in which the checksum is right, our own first; undefined where it is wrong. */
function checksumFormOf(
  payload: Uint8Array,
  path: Path,
  version: number,
  receiver: Receiver | undefined,
): ChecksumForm | undefined {
  const { checksum: accepted = "either", ownChecksum: own = "rfc9568" } = receiver ?? {};
  const other: ChecksumForm = own === "rfc9568" ? "rfc5798" : "rfc9568";
  const forms: readonly ChecksumForm[] = accepted === "either" ? [own, other] : [accepted];
  return forms.find(
    (form) => onesComplementSum(payload, pseudoHeaderSum(version, payload.length, path, form)) === 0xffff,
  );
}

function authenticationFailure(
  advert: Advertisement,
  datagram: Datagram,
  { authentication: configured, association }: Receiver,
): Refusal | undefined {
  const hasHeader = datagram.ipHeader !== undefined;
  if (advert.version === 3 && !hasHeader) return undefined;
  const type = advert.authenticationType;
  if (!Object.values<number>(authenticationTypes).includes(type)) {
    return { name: "authenticationTypeInvalid", detail: `authentication type ${type} is unknown` };
  }
  const expected = authenticationType(configured);
  if (type !== expected) {
    return {
      name: "authenticationTypeMismatch",
      detail: `authentication type ${type}, here it is ${expected}`,
      received: type,
      expected,
    };
  }
  if (hasHeader && type !== authenticationTypes.header) {
    const detail = `carries an Authentication Header and says authentication type ${type}`;
    return { name: "authenticationTypeMismatch", detail, received: authenticationTypes.header, expected };
  }
  if (type === authenticationTypes.header) {
    const problem = headerProblem(datagram, authenticationKey(configured), association);
    return problem && { name: "authentication", ...problem };
  }
  // RFC 3768 5.3.6: without authentication the data is ignored on receipt.
  if (type === authenticationTypes.none) return undefined;
  return equalOctets(advert.authenticationData, authenticationData(configured))
    ? undefined
    : { name: "authentication", detail: "the password differs" };
}

/** Compared as sets (J-16): the order of the list says nothing. */
function addressDifference(received: readonly string[], configured: readonly string[]): string | undefined {
  if (received.length !== configured.length) {
    return `carries ${received.length} addresses, here are ${configured.length}`;
  }
  const unknown = received.find((address) => !configured.includes(address));
  return unknown === undefined ? undefined : `carries ${unknown}, which is not configured here`;
}

function seconds(interval: Centiseconds): number {
  return interval / 100;
}
