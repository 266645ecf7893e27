/** The frames by which a client asks where an address lives: an ARP request, or a neighbour solicitation. */

import { parseIpv4, parseIpv6 } from "../../contracts/addresses.ts";
import { etherTypeArp, etherTypeIpv6, solicitedNodeGroup } from "../../contracts/wire/announcement.ts";
import { internetChecksum, pseudoHeaderSumIpv6 } from "../../contracts/wire/checksum.ts";

const icmpv6 = 58;
const neighbourSolicitation = 135;

/** `hardwareAddress` as colons and digits; the answer comes back to it. */
export function questionFrame(hardwareAddress: string, source: string, target: string): Uint8Array {
  const own = hardwareAddress.split(":").map((octet) => Number.parseInt(octet, 16));
  return target.includes(":") ? solicitation(own, source, target) : arpRequest(own, source, target);
}

function arpRequest(own: readonly number[], source: string, target: string): Uint8Array {
  const broadcast = [255, 255, 255, 255, 255, 255];
  const header = [...broadcast, ...own, ...etherType(etherTypeArp), 0, 1, 8, 0, 6, 4, 0, 1];
  return Uint8Array.from([
    ...header,
    ...own,
    ...(parseIpv4(source) ?? []),
    ...[0, 0, 0, 0, 0, 0],
    ...(parseIpv4(target) ?? []),
  ]);
}

function solicitation(own: readonly number[], source: string, target: string): Uint8Array {
  const [from, to] = [ipv6Octets(source), ipv6Octets(solicitedNodeGroup(target))];
  const sourceLinkLayerAddress = [1, 1, ...own];
  const message = Uint8Array.from([
    ...[neighbourSolicitation, 0, 0, 0, 0, 0, 0, 0],
    ...ipv6Octets(target),
    ...sourceLinkLayerAddress,
  ]);
  const checksum = internetChecksum(message, pseudoHeaderSumIpv6(from, to, icmpv6, message.length));
  message.set([checksum >> 8, checksum & 0xff], 2);
  const group = [0x33, 0x33, ...to.subarray(12)];
  const header = [0x60, 0, 0, 0, 0, message.length, icmpv6, 255];
  return Uint8Array.from([
    ...group,
    ...own,
    ...etherType(etherTypeIpv6),
    ...header,
    ...from,
    ...to,
    ...message,
  ]);
}

function etherType(type: number): readonly number[] {
  return [type >> 8, type & 0xff];
}

function ipv6Octets(address: string): Uint8Array {
  return parseIpv6(address) ?? new Uint8Array(16);
}
