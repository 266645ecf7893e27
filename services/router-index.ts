/** Finds a running router by its key without making a string of it: every datagram asks. */

import type { RouterKey } from "../contracts/identity.ts";
import type { VirtualRouter } from "./virtual-router.ts";

export interface RouterIndex {
  add(router: VirtualRouter): void;
  remove(key: RouterKey): void;
  find(key: RouterKey): VirtualRouter | undefined;
}

type ByFamily = Readonly<Record<RouterKey["family"], Map<number, VirtualRouter>>>;

export function createRouterIndex(): RouterIndex {
  const interfaces = new Map<string, ByFamily>();
  return {
    add: (router) => {
      const { interface: name, family, virtualRouterId } = router.key;
      const families = interfaces.get(name) ?? { ipv4: new Map(), ipv6: new Map() };
      interfaces.set(name, families);
      families[family].set(virtualRouterId, router);
    },
    remove: (key) => interfaces.get(key.interface)?.[key.family].delete(key.virtualRouterId),
    find: (key) => interfaces.get(key.interface)?.[key.family].get(key.virtualRouterId),
  };
}
