/**
 * Puts addresses on interfaces and takes them off, at once: when a call returns, the kernel has done it. An address
 * with a lifetime is a lease that the kernel ends by itself unless it is installed again in time.
 */

import { FlagsNew } from "netlink/dist/constants.js";
import { type NetlinkCommands, type NetlinkRequest, openNetlinkCommands } from "./netlink-commands.ts";
import { describeThrown, done, errnoOf, failure, type Outcome, success } from "./outcome.ts";
import {
  type AddressRecord,
  type AddressWords,
  DELADDR,
  decodeAddress,
  decodeLink,
  encodeAddress,
  encodeGetAddresses,
  encodeGetLink,
  type LinkRecord,
  NEWADDR,
} from "./rtnetlink-codec.ts";

export type AddressOnInterface = {
  readonly interface: string;
  readonly address: string;
  readonly prefixLength: number;
};

export type AddressToInstall = AddressOnInterface &
  AddressWords & {
    /** Whole seconds until the kernel removes the address; without it the address is permanent. */
    readonly validLifetimeSeconds?: number | undefined;
    /** Seconds until it is no source for new connections; 0 = never one. Default: the valid lifetime, and 0 for IPv6 /128. */
    readonly preferredLifetimeSeconds?: number | undefined;
    /** Index of the interface where the caller knows it from a link monitor; else the kernel is asked. */
    readonly index?: number | undefined;
  };

export type ListedAddress = AddressRecord & { readonly interface: string };

/**
 * In one send for all; the outcomes are in the order of the addresses. Idempotent: an address that is there already takes
 * the given lifetime, which is how a lease is renewed (and each renewal is a netlink event). Renew leases this way: each
 * interface is looked up once, and an address costs a fifth of what it costs alone.
 */
export function installAddresses(addresses: readonly AddressToInstall[]): readonly Outcome[] {
  return changeAddresses("install", addresses);
}

/** Makes ready what the two functions will send for these objects, with the index they have. */
export function prepareAddresses(addresses: readonly AddressToInstall[]): void {
  for (const address of addresses) if (address.index !== undefined) encodeOnce(address, address.index);
}

/** Taking away what is not there, or what was on a vanished interface, is a success. */
export function removeAddress(address: AddressOnInterface): Outcome {
  return single(removeAddresses([address]));
}

/** As `removeAddress`, in one send for all; the outcomes are in the order of the addresses. */
export function removeAddresses(addresses: readonly AddressOnInterface[]): readonly Outcome[] {
  return changeAddresses("remove", addresses).map((outcome) =>
    !outcome.ok && absentErrors.includes(errnoOf(outcome.error)) ? done : outcome,
  );
}

/** Addresses of both families in the kernel's order, of one interface or of all. */
export function listAddresses(interfaceName?: string): Outcome<readonly ListedAddress[]> {
  const links = dumpLinks();
  if (!links.ok) return links;
  const addresses = dumpAddresses();
  if (!addresses.ok) return addresses;
  const names = new Map(links.value.map((link) => [link.index, link.interface]));
  const named = addresses.value.flatMap((record) => {
    const name = names.get(record.index);
    return name === undefined ? [] : [{ ...record, interface: name }];
  });
  return success(
    interfaceName === undefined ? named : named.filter((address) => address.interface === interfaceName),
  );
}

/** The link of that name now; "ENODEV: ..." where there is none. */
export function findLink(interfaceName: string): Outcome<LinkRecord> {
  return withCommands((commands) => {
    const message = commands.get(encodeGetLink(interfaceName));
    if (!message.ok) return failure(`${message.error}, interface ${interfaceName}`);
    const link = decodeLink(message.value);
    return link === undefined ? failure(`interface ${interfaceName}: unreadable answer`) : success(link);
  });
}

/** All links of this network namespace. */
export function dumpLinks(): Outcome<readonly LinkRecord[]> {
  return dumpDecoded(encodeGetLink(), decodeLink);
}

/** All addresses of this network namespace, in the kernel's order. */
export function dumpAddresses(): Outcome<readonly AddressRecord[]> {
  return dumpDecoded(encodeGetAddresses(), decodeAddress);
}

const absentErrors: readonly (string | undefined)[] = ["EADDRNOTAVAIL", "ENODEV"];

let commands: NetlinkCommands | undefined;

/** One command socket for the process, opened when first needed. */
export function withCommands<T>(action: (commands: NetlinkCommands) => Outcome<T>): Outcome<T> {
  if (commands === undefined) {
    const opened = openNetlinkCommands();
    if (!opened.ok) return opened;
    commands = opened.value;
  }
  return action(commands);
}

function dumpDecoded<T>(
  request: NetlinkRequest,
  decode: (message: { type: number; flags: number; data: Buffer }) => T | undefined,
): Outcome<readonly T[]> {
  return withCommands((socket) => {
    const messages = socket.dump(request);
    if (!messages.ok) return messages;
    try {
      return success(messages.value.map(decode).filter((record) => record !== undefined));
    } catch (thrown) {
      return failure(`netlink: unreadable answer (${describeThrown(thrown)})`);
    }
  });
}

function changeAddresses(
  change: "install" | "remove",
  addresses: readonly AddressToInstall[],
): readonly Outcome[] {
  const unknown = addresses.filter(({ index }) => index === undefined);
  const links = new Map(
    [...new Set(unknown.map((address) => address.interface))].map((name) => [name, findLink(name)]),
  );
  const requests: NetlinkRequest[] = [];
  const prepared = addresses.map((address): Outcome<number> => {
    const link = links.get(address.interface);
    const index = address.index ?? (link?.ok === true ? link.value.index : undefined);
    if (index === undefined) return failure(link?.ok === false ? link.error : "no link");
    const request = encodeOnce(address, index)[change];
    if (request === undefined) return failure(`${address.address} is no address`);
    return success(requests.push(request) - 1);
  });
  const answered = withCommands((socket) => success(socket.request(requests)));
  return prepared.map((place, at) => {
    if (!place.ok) return place;
    const outcome = answered.ok ? answered.value[place.value] : answered;
    if (outcome?.ok === true) return done;
    const subject = `${addresses[at]?.address} on ${addresses[at]?.interface}`;
    return failure(`${outcome?.error ?? "netlink: no answer"}, ${subject}`);
  });
}

/** By the address object: whoever renews a lease has the same one each time. */
const encoded = new WeakMap<AddressToInstall, EncodedAddress>();

interface EncodedAddress {
  readonly index: number;
  readonly install: NetlinkRequest | undefined;
  readonly remove: NetlinkRequest | undefined;
}

function encodeOnce(address: AddressToInstall, index: number): EncodedAddress {
  const known = encoded.get(address);
  if (known?.index === index) return known;
  const change = { ...address, index };
  const made = {
    index,
    install: encodeAddress(NEWADDR, FlagsNew.CREATE | FlagsNew.REPLACE, change),
    remove: encodeAddress(DELADDR, 0, change),
  };
  encoded.set(address, made);
  return made;
}

function single(outcomes: readonly Outcome[]): Outcome {
  return outcomes[0] ?? failure("netlink: no answer");
}
