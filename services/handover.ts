/**
 * What moves from one router of this node to another stays where it is: while settings change, an address, a route or a rule
 * that a router withdraws and another active router has from now on is left in the kernel (keepalived R7 needs two reloads).
 */

import { formatVirtualAddress } from "../contracts/config/difference.ts";
import type { Route, Routing, Rule } from "../contracts/config/routing.ts";
import type { VirtualRouterConfig } from "../contracts/config/schema.ts";
import type { NetworkPorts } from "./network-ports.ts";

export interface Handover {
  /** The ports that were given, minding the claims. */
  readonly ports: NetworkPorts;
  /**
   * Does the work while what these routers have is theirs alone. What was left to one of them that is no owner at the end
   * (it found that it had stalled, or it crashed) is withdrawn then.
   */
  during(owners: readonly VirtualRouterConfig[], work: () => void, isOwner: (name: string) => boolean): void;
}

export function createHandover(ports: NetworkPorts): Handover {
  let claims: ReadonlyMap<string, string> | undefined;
  /** What would have been withdrawn, by who it was left to. */
  let left: { readonly owner: string; readonly withdraw: () => void }[] = [];
  const isFree = (key: string, router: string, withdraw: () => void) => {
    const owner = claims?.get(key);
    if (owner === undefined || owner === router) return true;
    left.push({ owner, withdraw });
    return false;
  };
  return {
    ports: {
      ...ports,
      withdrawAddresses: (router, only) => {
        if (claims === undefined) return ports.withdrawAddresses(router, only);
        const addresses = (only ?? router.addresses).filter((each) =>
          isFree(formatVirtualAddress(each), router.name, () => ports.withdrawAddresses(router, [each])),
        );
        return only === undefined
          ? ports.withdrawAddresses({ ...router, addresses })
          : ports.withdrawAddresses(router, addresses);
      },
      withdrawRouting: (router, only = router.routing) => {
        if (claims === undefined || only === undefined) return ports.withdrawRouting(router, only);
        const withdraw = (part: Partial<Routing>) => () =>
          ports.withdrawRouting(router, { routes: [], rules: [], ...part });
        return ports.withdrawRouting(router, {
          routes: only.routes.filter((each) =>
            isFree(routingKey(each), router.name, withdraw({ routes: [each] })),
          ),
          rules: only.rules.filter((each) =>
            isFree(routingKey(each), router.name, withdraw({ rules: [each] })),
          ),
        });
      },
    },
    during: (owners, work, isOwner) => {
      claims = new Map(owners.flatMap((owner) => keysOf(owner).map((key) => [key, owner.name])));
      try {
        work();
      } finally {
        claims = undefined;
        const all = left;
        left = [];
        for (const { owner, withdraw } of all) if (!isOwner(owner)) withdraw();
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
