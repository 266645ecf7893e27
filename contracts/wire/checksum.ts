/** The Internet checksum (RFC 1071) and the pseudo-headers that VRRP lays before it. */

/** Ones-complement sum of 16-bit words in network order; an odd last octet is padded with zero. */
export function onesComplementSum(octets: Uint8Array, initial = 0): number {
  let sum = initial;
  const even = octets.length & ~1;
  for (let index = 0; index < even; index += 2) {
    sum += ((octets[index] ?? 0) << 8) | (octets[index + 1] ?? 0);
  }
  if (octets.length > even) sum += (octets[even] ?? 0) << 8;
  while (sum > 0xffff) sum = (sum & 0xffff) + Math.floor(sum / 0x10000);
  return sum;
}

/** The checksum to put into a field that counts as zero while summing. */
export function internetChecksum(octets: Uint8Array, initial = 0): number {
  return ~onesComplementSum(octets, initial) & 0xffff;
}

/**
 * Sum of the IPv4 pseudo-header: source, destination, zero, protocol, 16-bit length. RFC 5798 5.2.8 as
 * keepalived and FRR read it; RFC 9568 5.2.8 leaves it out for IPv4.
 */
export function pseudoHeaderSumIpv4(
  source: Uint8Array,
  destination: Uint8Array,
  protocol: number,
  length: number,
): number {
  return onesComplementSum(destination, onesComplementSum(source, protocol + length));
}

/** Sum of the IPv6 pseudo-header (RFC 8200 8.1): source, destination, 32-bit length, zeros, next header. */
export function pseudoHeaderSumIpv6(
  source: Uint8Array,
  destination: Uint8Array,
  nextHeader: number,
  length: number,
): number {
  return onesComplementSum(destination, onesComplementSum(source, nextHeader + length));
}
