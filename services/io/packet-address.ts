/** sockaddr_ll of packet(7), shared by the announcer and the observer. */

import { endianness } from "node:os";

export const afPacket = 17;
export const sockRaw = 3;
export const etherTypeAll = 0x0003;

/** The kernel's `sll_pkttype` for frames this host sends. */
export const packetOutgoing = 4;

/** Twenty octets: family and index in the byte order of the machine, the protocol in network order. */
export function packetAddress(index: number, protocol: number): Buffer {
  const address = Buffer.alloc(20);
  if (endianness() === "LE") {
    address.writeUInt16LE(afPacket, 0);
    address.writeInt32LE(index, 4);
  } else {
    address.writeUInt16BE(afPacket, 0);
    address.writeInt32BE(index, 4);
  }
  address.writeUInt16BE(protocol, 2);
  return address;
}

/** `sll_pkttype` of a received sockaddr_ll. */
export function packetType(address: Uint8Array): number | undefined {
  return address[10];
}
