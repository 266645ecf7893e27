/** Adverts of a router that is not there, as Ethernet frames to put on the segment: of any TTL, VRID and priority. */

import { parseIpv4, parseIpv6 } from "../../contracts/addresses.ts";
import { centiseconds } from "../../contracts/units.ts";
import {
  encodeAdvertisement,
  vrrpGroupIpv4,
  vrrpGroupIpv6,
  vrrpProtocol,
} from "../../contracts/wire/advertisement.ts";
import { internetChecksum } from "../../contracts/wire/checksum.ts";

export interface ForeignAdvert {
  readonly source: string;
  /** TTL or hop limit. */
  readonly hops: number;
  readonly virtualRouterId: number;
  readonly priority: number;
  /** Centiseconds. */
  readonly interval: number;
  readonly addresses: readonly string[];
}

/** From a locally administered hardware address; all of it is right but for what the caller makes wrong. */
export function foreignAdvertFrame(advert: ForeignAdvert): Uint8Array {
  const { source, virtualRouterId, priority, interval, addresses } = advert;
  const isIpv6 = source.includes(":");
  const destination = isIpv6 ? vrrpGroupIpv6 : vrrpGroupIpv4;
  const message = encodeAdvertisement(
    {
      version: 3,
      virtualRouterId,
      priority,
      advertisementInterval: centiseconds(interval),
      addresses,
      authenticationType: 0,
      authenticationData: new Uint8Array(8),
    },
    { source, destination },
    "rfc5798",
  );
  const hardware = [2, 0, 0, 0, 0, 99];
  return isIpv6
    ? Uint8Array.from([0x33, 0x33, 0, 0, 0, 0x12, ...hardware, ...ipv6(advert, destination, message)])
    : Uint8Array.from([1, 0, 0x5e, 0, 0, 0x12, ...hardware, ...ipv4(advert, destination, message)]);
}

function ipv4({ source, hops }: ForeignAdvert, destination: string, message: Uint8Array): number[] {
  const length = 20 + message.length;
  const header = Uint8Array.from([
    ...[0x45, 0xc0, length >> 8, length & 0xff, 0, 1, 0, 0, hops, vrrpProtocol, 0, 0],
    ...(parseIpv4(source) ?? []),
    ...(parseIpv4(destination) ?? []),
  ]);
  const checksum = internetChecksum(header);
  header.set([checksum >> 8, checksum & 0xff], 10);
  return [0x08, 0x00, ...header, ...message];
}

function ipv6({ source, hops }: ForeignAdvert, destination: string, message: Uint8Array): number[] {
  const header = [0x6c, 0, 0, 0, message.length >> 8, message.length & 0xff, vrrpProtocol, hops];
  const addresses = [...(parseIpv6(source) ?? []), ...(parseIpv6(destination) ?? [])];
  return [0x86, 0xdd, ...header, ...addresses, ...message];
}
