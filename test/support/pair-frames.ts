/** What an observer saw on the segment, decoded: adverts and ARP, each with its moment and the port it came in by. */

import { formatIpv4 } from "../../contracts/addresses.ts";
import type { Microseconds } from "../../contracts/units.ts";
import { type Advertisement, decodeAdvertisement, vrrpProtocol } from "../../contracts/wire/advertisement.ts";
import {
  authenticationHeaderOctets,
  authenticationHeaderProtocol,
  decodeAuthenticationHeader,
} from "../../contracts/wire/authentication-header.ts";
import { onesComplementSum } from "../../contracts/wire/checksum.ts";

/** As the observer's program sends it. */
export interface ObservedPacket {
  /** The host behind the switch port. */
  readonly port: string;
  readonly at: Microseconds;
  readonly frame: Uint8Array;
}

interface Sighting {
  readonly port: string;
  /** CLOCK_MONOTONIC, microseconds. */
  readonly at: Microseconds;
  readonly sourceHardware: string;
  readonly destinationHardware: string;
}

export interface SeenAdvert extends Sighting {
  readonly kind: "advert";
  readonly typeOfService: number;
  readonly timeToLive: number;
  readonly identification: number;
  /** Flags and fragment offset of the IP header. */
  readonly fragmentation: number;
  readonly ipChecksumHolds: boolean;
  readonly source: string;
  readonly destination: string;
  readonly advert: Advertisement;
  /** The VRRP message in hexadecimal digits. */
  readonly message: string;
  /** Of the Authentication Header, where there is one. */
  readonly sequenceNumber: number | undefined;
}

export interface SeenArp extends Sighting {
  readonly kind: "arp";
  readonly operation: "request" | "reply";
  readonly senderHardware: string;
  readonly senderAddress: string;
  readonly targetHardware: string;
  readonly targetAddress: string;
}

export type Seen = SeenAdvert | SeenArp;

/** Undefined for frames of other protocols. */
export function decodePacket({ port, at, frame }: ObservedPacket): Seen | undefined {
  const bytes = Buffer.from(frame);
  const sighting = {
    port,
    at,
    destinationHardware: hardware(bytes, 0),
    sourceHardware: hardware(bytes, 6),
  };
  const type = bytes.readUInt16BE(12);
  if (type === 0x0806) return decodeArp(sighting, bytes);
  const protocol = bytes[23] ?? 0;
  const isAdvert = protocol === vrrpProtocol || protocol === authenticationHeaderProtocol;
  return type === 0x0800 && isAdvert ? decodeVrrp(sighting, bytes.subarray(14)) : undefined;
}

function decodeArp(sighting: Sighting, bytes: Buffer): SeenArp {
  return {
    ...sighting,
    kind: "arp",
    operation: bytes.readUInt16BE(20) === 2 ? "reply" : "request",
    senderHardware: hardware(bytes, 22),
    senderAddress: formatIpv4(bytes, 28),
    targetHardware: hardware(bytes, 32),
    targetAddress: formatIpv4(bytes, 38),
  };
}

function decodeVrrp(sighting: Sighting, packet: Buffer): SeenAdvert {
  const headerLength = ((packet[0] ?? 0) & 0x0f) * 4;
  const payload = packet.subarray(headerLength, packet.readUInt16BE(2));
  const isAuthenticated = packet[9] === authenticationHeaderProtocol;
  const message = isAuthenticated ? payload.subarray(authenticationHeaderOctets) : payload;
  return {
    ...sighting,
    kind: "advert",
    typeOfService: packet[1] ?? 0,
    identification: packet.readUInt16BE(4),
    fragmentation: packet.readUInt16BE(6),
    timeToLive: packet[8] ?? 0,
    ipChecksumHolds: onesComplementSum(packet.subarray(0, headerLength)) === 0xffff,
    source: formatIpv4(packet, 12),
    destination: formatIpv4(packet, 16),
    advert: decodeAdvertisement(message, "ipv4"),
    message: message.toString("hex"),
    sequenceNumber: isAuthenticated ? decodeAuthenticationHeader(payload)?.sequenceNumber : undefined,
  };
}

function hardware(bytes: Buffer, offset: number): string {
  const digits = bytes.toString("hex", offset, offset + 6);
  return digits.replace(/(..)(?=.)/gu, "$1:");
}
