/** Which addresses are virtual: they are never the source of adverts, and it matters when one is lost. */

import type { VirtualAddress, VirtualRouterConfig } from "../contracts/config/schema.ts";

export interface VirtualAddresses {
  has(address: string): boolean;
  /** They are about to be installed. */
  expect(addresses: readonly VirtualAddress[]): void;
  /** These are the routers from now on. An address that is no longer configured stays one as long as it is on its interface. */
  adopt(configs: readonly VirtualRouterConfig[]): void;
  /** It left its interface: no virtual address any more, unless it is configured. */
  leave(address: string): void;
}

interface AddressLists {
  /** What is on the interface, as the link monitor knows it. */
  addresses(interfaceName: string): readonly { readonly address: string }[];
}

export function createVirtualAddresses(links: AddressLists): VirtualAddresses {
  /** With their interface. */
  const known = new Map<string, string>();
  let configured: ReadonlySet<string> = new Set();
  const add = (addresses: readonly VirtualAddress[]) => {
    for (const each of addresses) known.set(each.address, each.interface);
  };
  const leave = (address: string) => {
    if (!configured.has(address)) known.delete(address);
  };
  return {
    has: (address) => known.has(address),
    expect: add,
    adopt: (configs) => {
      const addresses = configs.flatMap((config) => config.addresses);
      configured = new Set(addresses.map(({ address }) => address));
      add(addresses);
      for (const [address, name] of known) {
        if (!links.addresses(name).some((each) => each.address === address)) leave(address);
      }
    },
    leave,
  };
}
