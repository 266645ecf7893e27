/**
 * The IP Authentication Header (RFC 2402) in front of a VRRPv2 message, as RFC 2338 5.3.6.3 asks for it and keepalived
 * makes it: HMAC-MD5-96 over IP header, Authentication Header and message. IPv4 only. How a digest is computed is given
 * by the caller, since this room has no cryptography.
 */

import { formatIpv4 } from "../addresses.ts";
import { vrrpProtocol } from "./advertisement.ts";
import { equalOctets } from "./authentication.ts";
import { encodeIpHeader, type IpHeaderFields, ipHeaderOctets } from "./ip-header.ts";

/** IP protocol number of the Authentication Header. */
export const authenticationHeaderProtocol = 51;
/** Octets of the header with the 12 octets of its digest. */
export const authenticationHeaderOctets = 24;
/** The last sequence number; it must not begin anew under the same key (RFC 2402 3.3.2). */
export const lastSequenceNumber = 0xffff_ffff;

/** HMAC-MD5 (RFC 2104): all 16 octets of the digest. */
export type HmacMd5 = (key: Uint8Array, octets: Uint8Array) => Uint8Array;

/** What a router knows beside the key. keepalived counts what it sends and what it hears with one counter. */
export interface SecurityAssociation {
  readonly hmac: HmacMd5;
  /** The highest sequence number sent or accepted; 0 before the first. */
  readonly sequenceNumber: number;
}

/** The fields of a packet that are under the digest and not in the message. */
export interface PacketFields extends Omit<IpHeaderFields, "protocol"> {
  readonly sequenceNumber: number;
  /** RFC 2402 counts the TTL as zero, which keepalived does for unicasts only. */
  readonly isUnicast: boolean;
}

export interface AuthenticationHeader {
  /** The SPI, which keepalived fills with the sender's address; written as one. */
  readonly securityParametersIndex: string;
  readonly sequenceNumber: number;
}

/** IP header, Authentication Header and message, ready to be sent. The kernel writes the checksum of the IP header. */
export function encodeAuthenticatedPacket(
  message: Uint8Array,
  fields: PacketFields,
  key: Uint8Array,
  hmac: HmacMd5,
): Uint8Array {
  const octets = new Uint8Array(ipHeaderOctets + authenticationHeaderOctets + message.length);
  const [ipHeader, payload] = [octets.subarray(0, ipHeaderOctets), octets.subarray(ipHeaderOctets)];
  ipHeader.set(encodeIpHeader({ ...fields, protocol: authenticationHeaderProtocol }, payload.length));
  payload.set([vrrpProtocol, payloadLength]);
  payload.set(ipHeader.subarray(12, 16), 4);
  new DataView(octets.buffer).setUint32(ipHeaderOctets + 8, fields.sequenceNumber);
  payload.set(message, authenticationHeaderOctets);
  payload.set(digest(ipHeader, payload, !fields.isUnicast, key, hmac), digestOffset);
  return octets;
}

/** The header at the start of what follows the IP header; undefined where it is none that VRRP can have. */
export function decodeAuthenticationHeader(payload: Uint8Array): AuthenticationHeader | undefined {
  if (payload.length < authenticationHeaderOctets) return undefined;
  if (payload[0] !== vrrpProtocol || payload[1] !== payloadLength) return undefined;
  const view = new DataView(payload.buffer, payload.byteOffset, payload.byteLength);
  return { securityParametersIndex: formatIpv4(payload, 4), sequenceNumber: view.getUint32(8) };
}

/** A packet as it arrived; without `ipHeader` it has no Authentication Header. */
export interface ArrivedPacket {
  readonly source: string;
  readonly payload: Uint8Array;
  readonly ipHeader?: Uint8Array | undefined;
}

/** Why the packet is not to be believed, in one clause, and both numbers where a number is the reason. */
export interface HeaderProblem {
  readonly detail: string;
  readonly received?: number;
  readonly expected?: number;
}

/**
 * RFC 2338 5.3.6.3, with keepalived's rules for the SPI and against replays; undefined where all is well. Throws TypeError
 * where the association is missing, since every router that asks for the header has one.
 */
export function headerProblem(
  { source, payload, ipHeader }: ArrivedPacket,
  key: Uint8Array,
  association: SecurityAssociation | undefined,
): HeaderProblem | undefined {
  if (ipHeader === undefined) return { detail: "there is no Authentication Header" };
  if (association === undefined) throw new TypeError("no security association for a router that needs one");
  const header = decodeAuthenticationHeader(payload);
  if (header === undefined) return { detail: "the Authentication Header is malformed" };
  if (!digestHolds(ipHeader, payload, key, association.hmac)) {
    return { detail: "the digest is wrong: the password differs, or the packet was changed on the way" };
  }
  if (header.securityParametersIndex !== source) {
    const detail = `the security parameters index is ${header.securityParametersIndex}, not its address`;
    return { detail };
  }
  const [received, known] = [header.sequenceNumber, association.sequenceNumber];
  if (received > known) return undefined;
  const detail = `sequence number ${received} is not above ${known}: a replay`;
  return { detail, received, expected: known + 1 };
}

/** Length of the header in words of 32 bits, less two (RFC 2402 2.2). */
const payloadLength = authenticationHeaderOctets / 4 - 2;
const digestOffset = 12;

/**
 * Whether the digest is the one of this key. The TTL may be in it, as keepalived has it for multicasts, or count as
 * zero, as in RFC 2402: neither proves less, since the ladder checks the TTL by itself.
 */
function digestHolds(ipHeader: Uint8Array, payload: Uint8Array, key: Uint8Array, hmac: HmacMd5): boolean {
  const received = payload.subarray(digestOffset, authenticationHeaderOctets);
  const [withTtl, withoutTtl] = [true, false].map((keepsTtl) =>
    equalOctets(received, digest(ipHeader, payload, keepsTtl, key, hmac)),
  );
  return withTtl === true || withoutTtl === true;
}

/** HMAC-MD5-96 (RFC 2403) with the fields at zero that change on the way, and the digest itself. */
function digest(
  ipHeader: Uint8Array,
  payload: Uint8Array,
  keepsTtl: boolean,
  key: Uint8Array,
  hmac: HmacMd5,
): Uint8Array {
  const octets = new Uint8Array(ipHeader.length + payload.length);
  octets.set(ipHeader);
  octets.set(payload, ipHeader.length);
  octets[1] = 0;
  octets.fill(0, 6, keepsTtl ? 8 : 9);
  octets.fill(0, 10, 12);
  octets.fill(0, ipHeader.length + digestOffset, ipHeader.length + authenticationHeaderOctets);
  return hmac(key, octets).subarray(0, authenticationHeaderOctets - digestOffset);
}
