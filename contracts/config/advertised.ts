/** Which of a router's addresses its adverts name. */

import type { VirtualRouterConfig } from "./schema.ts";

/** In the order of the adverts: all but those that are held without being advertised. */
export function advertisedAddresses({ addresses }: Pick<VirtualRouterConfig, "addresses">): string[] {
  return addresses.filter(({ isExcluded }) => isExcluded !== true).map(({ address }) => address);
}
