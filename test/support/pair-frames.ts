/** What an observer saw on the segment, decoded: adverts, ARP and neighbour discovery, each with its moment and the port it came in by. */

import { formatIpv4, formatIpv6 } from "../../contracts/addresses.ts";
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
  /** Or traffic class. */
  readonly typeOfService: number;
  /** Or hop limit. */
  readonly timeToLive: number;
  /** Of the IPv4 header, with flags and fragment offset; 0 over IPv6. */
  readonly identification: number;
  readonly fragmentation: number;
  /** IPv6 has none, so that it holds. */
  readonly ipChecksumHolds: boolean;
  readonly source: string;
  readonly destination: string;
  readonly advert: Advertisement;
  /** The VRRP message in hexadecimal digits. */
  readonly message: string;
  /** Of the Authentication Header, where there is one. */
  readonly sequenceNumber: number | undefined;
}

/** The address and the hardware address are what the frame tells: the sender's. */
export interface SeenArp extends Sighting {
  readonly kind: "arp";
  readonly operation: "request" | "reply";
  readonly hardwareAddress: string;
  readonly address: string;
  readonly targetHardware: string;
  readonly targetAddress: string;
}

/** The address and the hardware address are what the frame tells: the target and its link-layer option. */
export interface SeenNeighbour extends Sighting {
  readonly kind: "neighbour";
  readonly router: boolean;
  readonly solicited: boolean;
  readonly override: boolean;
  readonly hopLimit: number;
  readonly source: string;
  readonly destination: string;
  readonly hardwareAddress: string;
  readonly address: string;
}

/** A frame that tells where an address lives. */
export type SeenClaim = SeenArp | SeenNeighbour;

export type Seen = SeenAdvert | SeenClaim;

/** An ARP reply, or a neighbour advertisement that was asked for. */
export function isAnswer(seen: SeenClaim): boolean {
  return seen.kind === "arp" ? seen.operation === "reply" : seen.solicited;
}

/** Gratuitous ARP, or a neighbour advertisement that nobody asked for. */
export function isAnnouncement(seen: SeenClaim): boolean {
  return seen.kind === "arp" ? seen.address === seen.targetAddress : !seen.solicited;
}

/** Undefined for frames of other protocols. */
export function decodePacket({ port, at, frame }: ObservedPacket): Seen | undefined {
  const bytes = Buffer.from(frame);
  const sighting = {
    port,
    at,
    destinationHardware: hardware(bytes, 0),
    sourceHardware: hardware(bytes, 6),
  };
  const packet = bytes.subarray(14);
  switch (bytes.readUInt16BE(12)) {
    case 0x0806:
      return decodeArp(sighting, packet);
    case 0x0800:
      return isAdvertIpv4(packet) ? decodeVrrpIpv4(sighting, packet) : undefined;
    case 0x86dd:
      if (packet[6] === vrrpProtocol) return decodeVrrpIpv6(sighting, packet);
      return packet[6] === 58 && packet[40] === 136 ? decodeNeighbour(sighting, packet) : undefined;
    default:
      return undefined;
  }
}

/** Without or with an Authentication Header. */
function isAdvertIpv4(packet: Buffer): boolean {
  return packet[9] === vrrpProtocol || packet[9] === authenticationHeaderProtocol;
}

function decodeArp(sighting: Sighting, packet: Buffer): SeenArp {
  return {
    ...sighting,
    kind: "arp",
    operation: packet.readUInt16BE(6) === 2 ? "reply" : "request",
    hardwareAddress: hardware(packet, 8),
    address: formatIpv4(packet, 14),
    targetHardware: hardware(packet, 18),
    targetAddress: formatIpv4(packet, 24),
  };
}

function decodeNeighbour(sighting: Sighting, packet: Buffer): SeenNeighbour {
  const flags = packet[44] ?? 0;
  const hasTargetOption = packet[64] === 2;
  return {
    ...sighting,
    kind: "neighbour",
    router: (flags & 0x80) !== 0,
    solicited: (flags & 0x40) !== 0,
    override: (flags & 0x20) !== 0,
    hopLimit: packet[7] ?? 0,
    source: formatIpv6(packet, 8),
    destination: formatIpv6(packet, 24),
    address: formatIpv6(packet, 48),
    hardwareAddress: hasTargetOption ? hardware(packet, 66) : "",
  };
}

function decodeVrrpIpv4(sighting: Sighting, packet: Buffer): SeenAdvert {
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

function decodeVrrpIpv6(sighting: Sighting, packet: Buffer): SeenAdvert {
  const message = packet.subarray(40, 40 + packet.readUInt16BE(4));
  return {
    ...sighting,
    kind: "advert",
    typeOfService: (packet.readUInt16BE(0) >> 4) & 0xff,
    identification: 0,
    fragmentation: 0,
    timeToLive: packet[7] ?? 0,
    ipChecksumHolds: true,
    source: formatIpv6(packet, 8),
    destination: formatIpv6(packet, 24),
    advert: decodeAdvertisement(message, "ipv6"),
    message: message.toString("hex"),
    sequenceNumber: undefined,
  };
}

function hardware(bytes: Buffer, offset: number): string {
  const digits = bytes.toString("hex", offset, offset + 6);
  return digits.replace(/(..)(?=.)/gu, "$1:");
}
