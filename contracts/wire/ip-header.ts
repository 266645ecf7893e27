/** The IPv4 header of an advert that the kernel is not to make: with a source, TTL or identification of our choice. */

import { parseIpv4 } from "../addresses.ts";
import type { Path } from "./advertisement.ts";

/** Octets of a header without options. */
export const ipHeaderOctets = 20;

export interface IpHeaderFields extends Path {
  /** 1..65535; the kernel would write another for 0. */
  readonly identification: number;
  readonly ttl: number;
  readonly protocol: number;
}

/**
 * The header in front of `payloadLength` octets, for a socket with IP_HDRINCL. The checksum is left to the kernel. Throws
 * TypeError where an address is not IPv4.
 */
export function encodeIpHeader(fields: IpHeaderFields, payloadLength: number): Uint8Array {
  const octets = new Uint8Array(ipHeaderOctets);
  const view = new DataView(octets.buffer);
  octets.set([0x45, internetworkControl]);
  view.setUint16(2, ipHeaderOctets + payloadLength);
  view.setUint16(4, fields.identification);
  octets.set([fields.ttl, fields.protocol], 8);
  octets.set(ipv4Octets(fields.source), 12);
  octets.set(ipv4Octets(fields.destination), 16);
  return octets;
}

/** The next of a row of identifications: keepalived counts from 1, too. */
export function nextIdentification(last: number): number {
  return (last % 0xffff) + 1;
}

/** TOS of every advert, as keepalived and FRR send it. */
const internetworkControl = 0xc0;

function ipv4Octets(text: string): Uint8Array {
  const octets = parseIpv4(text);
  if (octets === undefined) throw new TypeError(`not an IPv4 address: ${text}`);
  return octets;
}
