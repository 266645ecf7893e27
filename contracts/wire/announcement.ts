/** Frames that tell the segment where an address lives now: gratuitous ARP for IPv4 (RFC 9568 6.4.2). */

import { parseIpv4 } from "../addresses.ts";

/** EtherType of ARP, also the protocol of the socket that sends it. */
export const etherTypeArp = 0x0806;
export const broadcastHardwareAddress: readonly number[] = [0xff, 0xff, 0xff, 0xff, 0xff, 0xff];

const arpRequest = 1;

/**
 * A gratuitous ARP request as keepalived and FRR send it: broadcast, sender and target address both the
 * virtual address, target hardware address all ones (J-18). 42 octets, Ethernet header included. Throws TypeError where
 * the address is not IPv4 or the hardware address has not six octets.
 */
export function encodeGratuitousArp(address: string, hardwareAddress: readonly number[]): Uint8Array {
  const virtualAddress = parseIpv4(address);
  if (virtualAddress === undefined) throw new TypeError(`not an IPv4 address: ${address}`);
  if (hardwareAddress.length !== 6) throw new TypeError("a hardware address has six octets");
  return Uint8Array.from([
    ...broadcastHardwareAddress,
    ...hardwareAddress,
    etherTypeArp >> 8,
    etherTypeArp & 0xff,
    // Ethernet, IPv4, six and four octets.
    0x00,
    0x01,
    0x08,
    0x00,
    6,
    4,
    0,
    arpRequest,
    ...hardwareAddress,
    ...virtualAddress,
    ...broadcastHardwareAddress,
    ...virtualAddress,
  ]);
}
