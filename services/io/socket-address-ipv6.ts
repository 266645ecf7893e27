/** The structures of ipv6(7) that sockets take: sockaddr_in6 and ipv6_mreq. */

import { endianness } from "node:os";
import { hostUint32 } from "./netlink-transport.ts";

export const afInet6 = 10;
export const solIpv6 = 41;
export const ipv6JoinGroup = 20;
export const ipv6LeaveGroup = 21;

/** sockaddr_in6 of 28 octets. `scope` is the interface index, which the kernel needs for link-local and multicast. */
export function socketAddressIpv6(octets: Uint8Array, scope: number): Buffer {
  const address = Buffer.alloc(28);
  if (endianness() === "LE") address.writeUInt16LE(afInet6);
  else address.writeUInt16BE(afInet6);
  address.set(octets, 8);
  address.set(hostUint32(scope), 24);
  return address;
}

/** struct ipv6_mreq: group and interface index. */
export function multicastRequestIpv6(group: Uint8Array, index: number): Buffer {
  return Buffer.concat([group, hostUint32(index)]);
}

/** fe80::/10 and ff02::/16: addresses that mean something on one link only. */
export function needsScope(octets: Uint8Array): boolean {
  const [first = 0, second = 0] = octets;
  return (first === 0xfe && (second & 0xc0) === 0x80) || (first === 0xff && (second & 0x0f) === 2);
}
