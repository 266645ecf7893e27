/**
 * The table of interfaces and addresses behind the link monitor: takes messages and dumps, answers with what changed.
 * No socket, no callback.
 */

import type { NetlinkMessage } from "./netlink-transport.ts";
import { describeThrown } from "./outcome.ts";
import {
  type AddressRecord,
  DELADDR,
  DELLINK,
  decodeAddress,
  decodeLink,
  type LinkRecord,
  NEWADDR,
  NEWLINK,
} from "./rtnetlink-codec.ts";

export type LinkState = {
  readonly interface: string;
  /** Changes where an interface is deleted and made again under its name: sockets bound to it are then dead. */
  readonly index: number;
  /** up: administratively up and operational. absent: deleted, or renamed to something else. */
  readonly state: "up" | "down" | "absent";
  readonly hardwareAddress: string;
};

export type AddressEvent = AddressRecord & {
  readonly interface: string;
  readonly change: "added" | "removed";
};

export type LinkViews = {
  /** The state of an interface now; undefined where there is none of that name. */
  readonly link: (interfaceName: string) => LinkState | undefined;
  readonly links: () => readonly LinkState[];
  /** In the order the kernel gave them, which is the order it prefers them in. */
  readonly addresses: (interfaceName: string) => readonly AddressRecord[];
  /**
   * The address adverts are sent from: the first global, not secondary IPv4 address that is not excluded.
   * A virtual address (/32) is primary of its own subnet, so the caller must exclude its virtual addresses.
   */
  readonly primaryAddress: (
    interfaceName: string,
    isExcluded?: (address: string) => boolean,
  ) => string | undefined;
  /** The address IPv6 adverts are sent from (RFC 9568 5.1.2.1): the first link-local one that is usable and not excluded. */
  readonly linkLocalAddress: (
    interfaceName: string,
    isExcluded?: (address: string) => boolean,
  ) => string | undefined;
};

export type LinkEntry = { link: LinkRecord; readonly addresses: Map<string, AddressRecord> };

/** One thing to tell, in the order in which it is to be told. */
export type Told =
  | { readonly kind: "link"; readonly link: LinkState }
  | { readonly kind: "address"; readonly event: AddressEvent }
  | { readonly kind: "overrun" }
  | { readonly kind: "error"; readonly error: string };

export function viewsOf(table: ReadonlyMap<number, LinkEntry>): LinkViews {
  const find = (name: string) => {
    for (const entry of table.values()) if (entry.link.interface === name) return entry;
    return undefined;
  };
  const addresses = (name: string) => [...(find(name)?.addresses.values() ?? [])];
  return {
    link: (name) => {
      const entry = find(name);
      return entry === undefined ? undefined : toState(entry.link);
    },
    links: () => [...table.values()].map((entry) => toState(entry.link)),
    addresses,
    primaryAddress: (name, isExcluded = () => false) =>
      addresses(name).find(
        ({ address, family, scope, secondary }) =>
          family === "ipv4" && scope === "global" && !secondary && !isExcluded(address),
      )?.address,
    linkLocalAddress: (name, isExcluded = () => false) =>
      addresses(name).find(
        ({ address, family, scope, tentative }) =>
          family === "ipv6" && scope === "link" && !tentative && !isExcluded(address),
      )?.address,
  };
}

function toState(link: LinkRecord): LinkState {
  const { interface: name, index, up, hardwareAddress } = link;
  return { interface: name, index, state: up ? "up" : "down", hardwareAddress };
}

function keyOf({ address, prefixLength }: AddressRecord): string {
  return `${address}/${prefixLength}`;
}

export function applyMessage(table: Map<number, LinkEntry>, message: NetlinkMessage): readonly Told[] {
  try {
    switch (message.type) {
      case NEWLINK: {
        const link = decodeLink(message);
        return link === undefined ? [] : putLink(table, link);
      }
      case DELLINK: {
        const link = decodeLink(message);
        return link === undefined ? [] : dropLink(table, link.index);
      }
      case NEWADDR: {
        const address = decodeAddress(message);
        return address === undefined ? [] : putAddress(table, address);
      }
      case DELADDR: {
        const address = decodeAddress(message);
        return address === undefined ? [] : dropAddress(table, address);
      }
    }
    return [];
  } catch (thrown) {
    return [{ kind: "error", error: `link monitor: unreadable message: ${describeThrown(thrown)}` }];
  }
}

function putLink(table: Map<number, LinkEntry>, link: LinkRecord): readonly Told[] {
  const entry = table.get(link.index);
  const told: Told = { kind: "link", link: toState(link) };
  if (entry === undefined) {
    table.set(link.index, { link, addresses: new Map() });
    return [told];
  }
  const before = entry.link;
  entry.link = link;
  // A renamed interface is absent under its old name; its addresses moved along with it.
  if (before.interface !== link.interface) {
    const moved = [...entry.addresses.values()];
    return [
      ...moved.map((address) => toldAddress(before, address, "removed")),
      { kind: "link", link: { ...toState(before), state: "absent" } },
      told,
      ...moved.map((address) => toldAddress(link, address, "added")),
    ];
  }
  return before.up === link.up && before.hardwareAddress === link.hardwareAddress ? [] : [told];
}

function dropLink(table: Map<number, LinkEntry>, index: number): readonly Told[] {
  const entry = table.get(index);
  if (entry === undefined) return [];
  table.delete(index);
  return [
    ...[...entry.addresses.values()].map((address) => toldAddress(entry.link, address, "removed")),
    { kind: "link", link: { ...toState(entry.link), state: "absent" } },
  ];
}

/** A renewal changes the lifetime only; nothing is told then. One that became primary, or usable, is told. */
function putAddress(table: Map<number, LinkEntry>, address: AddressRecord): readonly Told[] {
  const entry = table.get(address.index);
  if (entry === undefined) return [];
  const before = entry.addresses.get(keyOf(address));
  entry.addresses.set(keyOf(address), address);
  const same =
    before?.secondary === address.secondary &&
    before.scope === address.scope &&
    before.tentative === address.tentative;
  return same ? [] : [toldAddress(entry.link, address, "added")];
}

function dropAddress(table: Map<number, LinkEntry>, address: AddressRecord): readonly Told[] {
  const entry = table.get(address.index);
  if (entry === undefined || !entry.addresses.delete(keyOf(address))) return [];
  return [toldAddress(entry.link, address, "removed")];
}

function toldAddress(link: LinkRecord, address: AddressRecord, change: "added" | "removed"): Told {
  return { kind: "address", event: { ...address, interface: link.interface, change } };
}

/** What disappeared is told first, so that a name is free before another interface takes it. */
export function replaceAll(
  table: Map<number, LinkEntry>,
  links: readonly LinkRecord[],
  addresses: readonly AddressRecord[],
): readonly Told[] {
  const present = new Set(links.map((link) => link.index));
  const kept = new Set(addresses.map((address) => `${address.index} ${keyOf(address)}`));
  const gone = [...table.keys()].filter((index) => !present.has(index));
  const told = gone.flatMap((index) => [...dropLink(table, index)]);
  for (const [index, entry] of table) {
    for (const address of [...entry.addresses.values()]) {
      if (!kept.has(`${index} ${keyOf(address)}`)) told.push(...dropAddress(table, address));
    }
  }
  for (const link of links) told.push(...putLink(table, link));
  for (const address of addresses) told.push(...putAddress(table, address));
  return told;
}
