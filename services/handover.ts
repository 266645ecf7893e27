/**
 * What moves from one router of this node to another stays where it is: while settings change, an address, a route or a rule
 * that a router withdraws and another active router has from now on is left in the kernel (keepalived R7 needs two reloads).
 */

import { formatVirtualAddress } from "../contracts/config/difference.ts";
import type { Route, Rule } from "../contracts/config/routing.ts";
import type { VirtualRouterConfig } from "../contracts/config/schema.ts";
import type { NetworkPorts } from "./network-ports.ts";

export interface Handover {
  /** The ports that were given, minding the claims. */
  readonly ports: NetworkPorts;
  /** Does the work while what these routers have is theirs alone. */
  during(owners: readonly VirtualRouterConfig[], work: () => void): void;
}

export function createHandover(ports: NetworkPorts): Handover {
  let claims: ReadonlyMap<string, string> | undefined;
  const isFree = (key: string, router: string) => {
    const owner = claims?.get(key);
    return owner === undefined || owner === router;
  };
  return {
    ports: {
      ...ports,
      withdrawAddresses: (router, only) => {
        if (claims === undefined) return ports.withdrawAddresses(router, only);
        const addresses = (only ?? router.addresses).filter((each) =>
          isFree(formatVirtualAddress(each), router.name),
        );
        return only === undefined
          ? ports.withdrawAddresses({ ...router, addresses })
          : ports.withdrawAddresses(router, addresses);
      },
      withdrawRouting: (router, only = router.routing) => {
        if (claims === undefined || only === undefined) return ports.withdrawRouting(router, only);
        const isOurs = (each: Route | Rule) => isFree(routingKey(each), router.name);
        const { routes, rules } = only;
        return ports.withdrawRouting(router, { routes: routes.filter(isOurs), rules: rules.filter(isOurs) });
      },
    },
    during: (owners, work) => {
      claims = new Map(owners.flatMap((owner) => keysOf(owner).map((key) => [key, owner.name])));
      try {
        work();
      } finally {
        claims = undefined;
      }
    },
  };
}

function keysOf({ addresses, routing }: VirtualRouterConfig): string[] {
  const routes = routing === undefined ? [] : [...routing.routes, ...routing.rules].map(routingKey);
  return [...addresses.map(formatVirtualAddress), ...routes];
}

/** What the kernel knows of it. */
function routingKey(each: Route | Rule): string {
  return JSON.stringify({ ...each, isUntracked: undefined });
}
