/** VRRP ADVERTISEMENT messages as octets: version 2 (RFC 3768 5.1) and version 3 (RFC 9568 5.1). */

import { formatIpv4, formatIpv6, parseAddress } from "../addresses.ts";
import { type Centiseconds, centiseconds } from "../units.ts";
import { internetChecksum, pseudoHeaderSumIpv4, pseudoHeaderSumIpv6 } from "./checksum.ts";

/** IP protocol number of VRRP. */
export const vrrpProtocol = 112;
/** RFC 9568 5.1.1.2. */
export const vrrpGroupIpv4 = "224.0.0.18";
/** RFC 9568 5.1.2.2. */
export const vrrpGroupIpv6 = "ff02::12";
/** TTL and Hop Limit sent and required (RFC 9568 5.1.1.3): proof that no router forwarded the packet. */
export const vrrpTtl = 255;
/** The only message type (RFC 9568 5.2.2). */
export const advertisementType = 1;
/** Octets before the addresses, in both versions. */
export const headerOctets = 8;
/** Octets of Authentication Data after the addresses, version 2 only and always there. */
export const authenticationDataOctets = 8;

export type Family = "ipv4" | "ipv6";

/** How a version 3 message over IPv4 is summed: RFC 9568 without pseudo-header, RFC 5798 (keepalived, FRR) with. */
export type ChecksumForm = "rfc9568" | "rfc5798";

export interface Advertisement {
  readonly version: 2 | 3;
  readonly virtualRouterId: number;
  /** 0..255. */
  readonly priority: number;
  /** Whole seconds times 100 in version 2; 12 bits in version 3. */
  readonly advertisementInterval: Centiseconds;
  /** In the order of the message. */
  readonly addresses: readonly string[];
  /** Version 2: Auth Type and the eight octets of Authentication Data. Zero in version 3. */
  readonly authenticationType: number;
  readonly authenticationData: Uint8Array;
}

/** The IP addresses a message travels between, which a pseudo-header checksum covers. */
export interface Path {
  readonly source: string;
  readonly destination: string;
}

/**
 * The message octets with their checksum. Throws TypeError where an address is none or the addresses are of
 * both families, since the configuration was to refuse that.
 */
export function encodeAdvertisement(advert: Advertisement, path: Path, form: ChecksumForm): Uint8Array {
  const addresses = advert.addresses.map(addressOctets);
  const size = addresses[0]?.length ?? 4;
  const trailer = advert.version === 2 ? authenticationDataOctets : 0;
  const octets = new Uint8Array(headerOctets + size * addresses.length + trailer);
  octets[0] = (advert.version << 4) | advertisementType;
  octets[1] = advert.virtualRouterId;
  octets[2] = advert.priority;
  octets[3] = addresses.length;
  if (advert.version === 2) {
    octets[4] = advert.authenticationType;
    octets[5] = Math.round(advert.advertisementInterval / 100);
    octets.set(advert.authenticationData, octets.length - trailer);
  } else {
    octets[4] = (advert.advertisementInterval >> 8) & 0x0f;
    octets[5] = advert.advertisementInterval & 0xff;
  }
  for (const [index, address] of addresses.entries()) {
    if (address.length !== size) throw new TypeError("addresses of both families in one advertisement");
    octets.set(address, headerOctets + index * size);
  }
  const checksum = internetChecksum(octets, pseudoHeaderSum(advert.version, octets.length, path, form));
  octets[6] = checksum >> 8;
  octets[7] = checksum & 0xff;
  return octets;
}

/**
 * The fields of a message whose length is already known to be right: headerOctets, then `count` addresses of
 * the family, then Authentication Data in version 2. Checks nothing; the receive ladder does.
 */
export function decodeAdvertisement(octets: Uint8Array, family: Family): Advertisement {
  const version = (octets[0] ?? 0) >> 4 === 2 ? 2 : 3;
  const count = octets[3] ?? 0;
  const size = family === "ipv4" ? 4 : 16;
  const format = family === "ipv4" ? formatIpv4 : formatIpv6;
  const addresses: string[] = [];
  for (let index = 0; index < count; index++) addresses.push(format(octets, headerOctets + index * size));
  const end = headerOctets + count * size;
  return {
    version,
    virtualRouterId: octets[1] ?? 0,
    priority: octets[2] ?? 0,
    advertisementInterval: centiseconds(
      version === 2 ? (octets[5] ?? 0) * 100 : (((octets[4] ?? 0) & 0x0f) << 8) | (octets[5] ?? 0),
    ),
    addresses,
    authenticationType: version === 2 ? (octets[4] ?? 0) : 0,
    authenticationData: octets.slice(end, end + authenticationDataOctets),
  };
}

/** Octets a message with `count` addresses must have. */
export function advertisementOctets(version: number, family: Family, count: number): number {
  return headerOctets + count * (family === "ipv4" ? 4 : 16) + (version === 2 ? authenticationDataOctets : 0);
}

/** What the checksum starts from: nothing, or the sum of the pseudo-header of the family. */
export function pseudoHeaderSum(version: number, length: number, path: Path, form: ChecksumForm): number {
  if (version === 2) return 0;
  const source = addressOctets(path.source);
  if (source.length === 16) {
    return pseudoHeaderSumIpv6(source, addressOctets(path.destination), vrrpProtocol, length);
  }
  if (form === "rfc9568") return 0;
  return pseudoHeaderSumIpv4(source, addressOctets(path.destination), vrrpProtocol, length);
}

function addressOctets(text: string): Uint8Array {
  const octets = parseAddress(text);
  if (octets === undefined) throw new TypeError(`not an IP address: ${text}`);
  return octets;
}
