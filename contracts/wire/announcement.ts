/**
 * Frames that tell the segment where a virtual address lives: ARP for IPv4 (RFC 826), neighbour advertisements for
 * IPv6 (RFC 4861 4.4). Octets with their Ethernet header, ready for a packet socket.
 */

import { formatIpv6, parseIpv4, parseIpv6 } from "../addresses.ts";
import { internetChecksum, pseudoHeaderSumIpv6 } from "./checksum.ts";

/** Six octets. */
export type HardwareAddress = readonly number[];

export const etherTypeArp = 0x0806;
export const etherTypeIpv6 = 0x86dd;
export const broadcastHardwareAddress: HardwareAddress = [0xff, 0xff, 0xff, 0xff, 0xff, 0xff];

const arpRequest = 1;
const arpReply = 2;
const icmpv6 = 58;
const neighbourAdvertisement = 136;
const allNodes = "ff02::1";

/**
 * A gratuitous ARP request as keepalived and FRR send it: broadcast, sender and target address both the
 * virtual address, target hardware address all ones (J-18). Throws TypeError where the address is not IPv4 or
 * the hardware address has not six octets.
 */
export function encodeGratuitousArp(address: string, hardwareAddress: HardwareAddress): Uint8Array {
  const owner = { address, hardwareAddress };
  const target = { address, hardwareAddress: broadcastHardwareAddress };
  return encodeArp(arpRequest, broadcastHardwareAddress, hardwareAddress, owner, target);
}

/** One end of an ARP message. */
export interface ArpEnd {
  readonly address: string;
  readonly hardwareAddress: HardwareAddress;
}

/**
 * The answer to an ARP request or probe for a virtual address (RFC 9568 8.1.2): it tells `owner`'s hardware address, and
 * leaves from `source`, the physical one. A probe's asker has the address 0.0.0.0 (RFC 5227).
 */
export function encodeArpReply(owner: ArpEnd, asker: ArpEnd, source: HardwareAddress): Uint8Array {
  return encodeArp(arpReply, asker.hardwareAddress, source, owner, asker);
}

/** The flags of a neighbour advertisement (RFC 4861 4.4). */
export interface NeighbourFlags {
  /** R: the sender forwards. RFC 9568 6.4.2 sets it; keepalived when the host forwards. */
  readonly router: boolean;
  /** S: an answer to a solicitation. */
  readonly solicited: boolean;
  /** O: replace what the cache has. */
  readonly override: boolean;
}

/** To whom a neighbour advertisement goes. */
export interface NeighbourDestination {
  readonly address: string;
  readonly hardwareAddress: HardwareAddress;
}

/** All nodes of the segment: where unsolicited advertisements and answers to DAD probes go. */
export const allNodesDestination: NeighbourDestination = {
  address: allNodes,
  hardwareAddress: multicastHardwareAddress(allNodes),
};

/**
 * A neighbour advertisement for a virtual address, sent from that address (J-18), Hop Limit 255, with the target link-layer
 * option. Throws TypeError where an address is not IPv6.
 */
export function encodeNeighbourAdvertisement(
  address: string,
  hardwareAddress: HardwareAddress,
  flags: NeighbourFlags,
  destination: NeighbourDestination = allNodesDestination,
): Uint8Array {
  const target = ipv6Octets(address);
  const receiver = ipv6Octets(destination.address);
  const flagBits = (flags.router ? 0x80 : 0) | (flags.solicited ? 0x40 : 0) | (flags.override ? 0x20 : 0);
  const targetLinkLayerAddress = [2, 1, ...sixOctets(hardwareAddress)];
  const message = Uint8Array.from([
    ...[neighbourAdvertisement, 0, 0, 0, flagBits, 0, 0, 0],
    ...target,
    ...targetLinkLayerAddress,
  ]);
  const checksum = internetChecksum(message, pseudoHeaderSumIpv6(target, receiver, icmpv6, message.length));
  message[2] = checksum >> 8;
  message[3] = checksum & 0xff;
  const ipv6Header = [0x60, 0, 0, 0, 0, message.length, icmpv6, 255, ...target, ...receiver];
  return Uint8Array.from([
    ...ethernetHeader(destination.hardwareAddress, hardwareAddress, etherTypeIpv6),
    ...ipv6Header,
    ...message,
  ]);
}

/** The group an address is solicited in: ff02::1:ff00:0 with its low 24 bits (RFC 4291 2.7.1). */
export function solicitedNodeGroup(address: string): string {
  const group = ipv6Octets("ff02::1:ff00:0");
  group.set(ipv6Octets(address).subarray(13), 13);
  return formatIpv6(group);
}

/** The virtual router MAC: 00-00-5E-00-01-VRID for IPv4, 00-00-5E-00-02-VRID for IPv6 (RFC 9568 7.3). */
export function virtualHardwareAddress(family: "ipv4" | "ipv6", virtualRouterId: number): HardwareAddress {
  return [0x00, 0x00, 0x5e, 0x00, family === "ipv4" ? 0x01 : 0x02, virtualRouterId];
}

function encodeArp(
  operation: number,
  destination: HardwareAddress,
  source: HardwareAddress,
  sender: ArpEnd,
  target: ArpEnd,
): Uint8Array {
  const ethernetAndIpv4 = [0x00, 0x01, 0x08, 0x00, 6, 4];
  return Uint8Array.from([
    ...ethernetHeader(destination, source, etherTypeArp),
    ...ethernetAndIpv4,
    ...[0, operation],
    ...sixOctets(sender.hardwareAddress),
    ...ipv4Octets(sender.address),
    ...sixOctets(target.hardwareAddress),
    ...ipv4Octets(target.address),
  ]);
}

function ethernetHeader(destination: HardwareAddress, source: HardwareAddress, etherType: number): number[] {
  return [...sixOctets(destination), ...sixOctets(source), etherType >> 8, etherType & 0xff];
}

/** 33:33 and the low 32 bits of the group (RFC 2464 7). */
function multicastHardwareAddress(group: string): HardwareAddress {
  return [0x33, 0x33, ...ipv6Octets(group).subarray(12)];
}

function sixOctets(hardwareAddress: HardwareAddress): HardwareAddress {
  if (hardwareAddress.length !== 6) throw new TypeError("a hardware address has six octets");
  return hardwareAddress;
}

function ipv4Octets(address: string): Uint8Array {
  const octets = parseIpv4(address);
  if (octets === undefined) throw new TypeError(`not an IPv4 address: ${address}`);
  return octets;
}

function ipv6Octets(address: string): Uint8Array {
  const octets = parseIpv6(address);
  if (octets === undefined) throw new TypeError(`not an IPv6 address: ${address}`);
  return octets;
}
