/**
 * The IP Authentication Header (RFC 2402) in front of a VRRPv2 message, as RFC 2338 5.3.6.3 asks for it and keepalived
 * makes it: HMAC-MD5-96 over IP header, Authentication Header and message. IPv4 only. How a digest is computed is given
 * by the caller, since this room has no cryptography.
 */

import { formatIpv4, parseIpv4 } from "../addresses.ts";
import { type Path, vrrpProtocol } from "./advertisement.ts";
import { equalOctets } from "./authentication.ts";

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
export interface PacketFields extends Path {
  /** 1..65535; the kernel would write another for 0, and spoil the digest. */
  readonly identification: number;
  readonly ttl: number;
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
  const view = new DataView(octets.buffer);
  const source = ipv4Octets(fields.source);
  octets.set([0x45, internetworkControl]);
  view.setUint16(2, octets.length);
  view.setUint16(4, fields.identification);
  octets.set([fields.ttl, authenticationHeaderProtocol], 8);
  octets.set(source, 12);
  octets.set(ipv4Octets(fields.destination), 16);
  octets.set([vrrpProtocol, payloadLength], ipHeaderOctets);
  octets.set(source, ipHeaderOctets + 4);
  view.setUint32(ipHeaderOctets + 8, fields.sequenceNumber);
  octets.set(message, ipHeaderOctets + authenticationHeaderOctets);
  const [header, payload] = [octets.subarray(0, ipHeaderOctets), octets.subarray(ipHeaderOctets)];
  octets.set(digest(header, payload, !fields.isUnicast, key, hmac), ipHeaderOctets + digestOffset);
  return octets;
}

/** The header at the start of what follows the IP header; undefined where it is none that VRRP can have. */
export function decodeAuthenticationHeader(payload: Uint8Array): AuthenticationHeader | undefined {
  if (payload.length < authenticationHeaderOctets) return undefined;
  if (payload[0] !== vrrpProtocol || payload[1] !== payloadLength) return undefined;
  const view = new DataView(payload.buffer, payload.byteOffset, payload.byteLength);
  return { securityParametersIndex: formatIpv4(payload, 4), sequenceNumber: view.getUint32(8) };
}

/**
 * Whether the digest is the one of this key. The TTL may be in it, as keepalived has it for multicasts, or count as
 * zero, as in RFC 2402: neither proves less, since the ladder checks the TTL by itself.
 */
export function digestHolds(
  ipHeader: Uint8Array,
  payload: Uint8Array,
  key: Uint8Array,
  hmac: HmacMd5,
): boolean {
  const received = payload.subarray(digestOffset, authenticationHeaderOctets);
  const [withTtl, withoutTtl] = [true, false].map((keepsTtl) =>
    equalOctets(received, digest(ipHeader, payload, keepsTtl, key, hmac)),
  );
  return withTtl === true || withoutTtl === true;
}

const ipHeaderOctets = 20;
/** Internetwork control, as for every advert. */
const internetworkControl = 0xc0;
/** Length of the header in words of 32 bits, less two (RFC 2402 2.2). */
const payloadLength = authenticationHeaderOctets / 4 - 2;
const digestOffset = 12;

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

function ipv4Octets(text: string): Uint8Array {
  const octets = parseIpv4(text);
  if (octets === undefined) throw new TypeError(`not an IPv4 address: ${text}`);
  return octets;
}
