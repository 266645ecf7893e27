/**
 * An address that moves from one router of this node to another stays where it is: while settings change, what a router
 * withdraws and another active router has from now on is left on its interface (keepalived R7 needs two reloads for it).
 */

import { formatVirtualAddress } from "../contracts/config/difference.ts";
import type { VirtualAddress } from "../contracts/config/schema.ts";
import type { NetworkPorts } from "./network-ports.ts";

export interface Handover {
  /** The ports that were given, minding the claims. */
  readonly ports: NetworkPorts;
  /** Does the work while these addresses, as formatVirtualAddress names them, belong to the routers of these names. */
  during(claims: ReadonlyMap<string, string>, work: () => void): void;
}

export function createHandover(ports: NetworkPorts): Handover {
  let claimed: ReadonlyMap<string, string> | undefined;
  const isFree = (address: VirtualAddress, router: string) => {
    const owner = claimed?.get(formatVirtualAddress(address));
    return owner === undefined || owner === router;
  };
  return {
    ports: {
      ...ports,
      withdrawAddresses: (router, only) => {
        if (claimed === undefined) return ports.withdrawAddresses(router, only);
        const addresses = (only ?? router.addresses).filter((each) => isFree(each, router.name));
        return only === undefined
          ? ports.withdrawAddresses({ ...router, addresses })
          : ports.withdrawAddresses(router, addresses);
      },
    },
    during: (claims, work) => {
      claimed = claims;
      try {
        work();
      } finally {
        claimed = undefined;
      }
    },
  };
}
