/** How long an address is a source for new connections, from what is configured to what the kernel is told. */

import type { VirtualAddress } from "../contracts/config/schema.ts";

/** As keepalived does it: a host address of IPv6 is never chosen as the source of new connections, unless it is said. */
export function preferredLifetime({ prefixLength, preferredLifetime: said }: VirtualAddress) {
  if (said === undefined) return prefixLength === 128 ? { preferredLifetimeSeconds: 0 } : {};
  return { preferredLifetimeSeconds: said === "forever" ? forever : said };
}

/** The kernel's word for it; the lifetime of the address itself bounds it. */
const forever = 0xffff_ffff;
