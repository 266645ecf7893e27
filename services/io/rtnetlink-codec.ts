/**
 * Link and address messages of rtnetlink(7), as far as failover needs them. Only the attributes named here are read:
 * the kernel adds to the others in every release, and a strange one must not make an interface invisible.
 */

import { MessageType } from "netlink/dist/rt/gen_structs.js";
import * as rt from "netlink/dist/rt/structs.js";
import { AttrStream, parseAttributes } from "netlink/dist/structs.js";
import { formatIpv4, formatIpv6, parseAddress } from "../../contracts/addresses.ts";
import type { NetlinkRequest } from "./netlink-commands.ts";
import { hostUint32, type NetlinkMessage } from "./netlink-transport.ts";

export type LinkRecord = {
  readonly interface: string;
  readonly index: number;
  /**
   * IFF_UP, IFF_RUNNING and IFF_LOWER_UP: wanted by the administrator, operational (RFC 2863), and with carrier. The
   * last shows a lost carrier before the kernel has worked it into the second.
   */
  readonly up: boolean;
  /** "02:00:5e:00:53:01", or empty where the link has none. */
  readonly hardwareAddress: string;
};

export type AddressScope = "global" | "site" | "link" | "host" | "nowhere";

export type AddressRecord = {
  readonly index: number;
  readonly address: string;
  readonly prefixLength: number;
  readonly family: "ipv4" | "ipv6";
  readonly scope: AddressScope;
  /** IPv4: not the first address of its subnet, hence never a source by itself. */
  readonly secondary: boolean;
  /** IPv6: duplicate address detection has not finished. */
  readonly tentative: boolean;
  /** Seconds until the kernel removes the address by itself; undefined for a permanent one. */
  readonly validLifetimeSeconds: number | undefined;
};

export type AddressFlag = "duplicateDetection" | "home" | "managedTemporary" | "noPrefixRoute" | "autojoin";

/** What else there is to say about an address, in iproute2's sense. */
export type AddressWords = {
  readonly label?: string | undefined;
  /** 0 global to 255 nowhere. */
  readonly scope?: number | undefined;
  readonly broadcast?: string | undefined;
  readonly peer?: { readonly address: string; readonly prefixLength: number } | undefined;
  readonly flags?: readonly AddressFlag[] | undefined;
};

export type AddressChange = AddressWords & {
  readonly index: number;
  readonly address: string;
  readonly prefixLength: number;
  /** Both undefined for a permanent address; given in whole seconds otherwise. */
  readonly validLifetimeSeconds?: number | undefined;
  readonly preferredLifetimeSeconds?: number | undefined;
};

const { GETLINK, GETADDR } = MessageType;
export const { NEWLINK, DELLINK, NEWADDR, DELADDR } = MessageType;

/** RTNLGRP_LINK, RTNLGRP_IPV4_IFADDR, RTNLGRP_IPV6_IFADDR. */
export const linkAndAddressGroups: readonly number[] = [1, 5, 9];

/** Undefined for what is no link of its own (a bridge's view of its port has family AF_BRIDGE). */
export function decodeLink(message: NetlinkMessage): LinkRecord | undefined {
  const header = rt.parseLink(message.data.subarray(0, linkHeaderLength));
  if ((header.family ?? 0) !== 0 || header.index === undefined) return undefined;
  let name: string | undefined;
  let hardwareAddress = "";
  parseAttributes(message.data.subarray(linkHeaderLength), ({ type, data }) => {
    if (type === attributeName) name = data.toString("utf8").replace(/\0.*$/su, "");
    if (type === attributeHardwareAddress)
      hardwareAddress = (data.toString("hex").match(/../gu) ?? []).join(":");
  });
  if (name === undefined) return undefined;
  const { up = false, running = false, lowerUp = false } = header.flags ?? {};
  return { interface: name, index: header.index, up: up && running && lowerUp, hardwareAddress };
}

/** Undefined for a family other than IPv4 and IPv6. */
export function decodeAddress(message: NetlinkMessage): AddressRecord | undefined {
  const header = rt.parseAddress(message.data.subarray(0, addressHeaderLength));
  const octets = header.family === afInet ? 4 : header.family === afInet6 ? 16 : 0;
  const attributes = new Map<number, Buffer>();
  parseAttributes(message.data.subarray(addressHeaderLength), ({ type, data }) => attributes.set(type, data));
  // IFA_LOCAL is our own end; IFA_ADDRESS is the peer of a point-to-point link, and the only one IPv6 sends.
  const address = attributes.get(attributeLocal) ?? attributes.get(attributeAddress);
  if (octets === 0 || address?.length !== octets || header.index === undefined) return undefined;
  const lifetimes = attributes.get(attributeCacheInfo);
  const valid =
    lifetimes === undefined ? infinite : (rt.parseAddressCacheInfo(lifetimes).ifaValid ?? infinite);
  return {
    index: header.index,
    address: octets === 4 ? formatIpv4(address) : formatIpv6(address),
    prefixLength: header.prefixlen ?? 0,
    family: octets === 4 ? "ipv4" : "ipv6",
    scope: scopes.get(header.scope ?? 0) ?? "nowhere",
    secondary: octets === 4 && header.flags?.secondary === true,
    tentative: header.flags?.tentative === true,
    validLifetimeSeconds: valid === infinite ? undefined : valid,
  };
}

/**
 * RTM_NEWADDR or RTM_DELADDR: without words scope global, no label, no broadcast address; IPv6 without duplicate address
 * detection, which would keep a virtual address unusable for a second. Undefined where a text is no address.
 */
export function encodeAddress(
  type: number,
  flags: number,
  change: AddressChange,
): NetlinkRequest | undefined {
  const octets = parseAddress(change.address);
  if (octets === undefined) return undefined;
  const address = Buffer.from(octets);
  const { index, prefixLength, validLifetimeSeconds: valid = infinite } = change;
  // As keepalived does: an IPv6 host address (/128) is no source unless somebody binds to it.
  const preferred = Math.min(
    valid,
    change.preferredLifetimeSeconds ?? (octets.length === 16 && prefixLength === 128 ? 0 : valid),
  );
  const family = octets.length === 4 ? afInet : afInet6;
  const removes = type === DELADDR;
  const { label, scope = 0, broadcast, peer } = change;
  const far = peer === undefined ? octets : parseAddress(peer.address);
  const everybody = broadcast === undefined ? undefined : parseAddress(broadcast);
  if (far === undefined) return undefined;
  const stream = new AttrStream();
  rt.formatAddressMessage(
    {
      kind: "address",
      data: { family, prefixlen: peer?.prefixLength ?? prefixLength, scope, index },
      attrs: {
        local: address,
        address: Buffer.from(far),
        ...(label === undefined ? {} : { label }),
        ...(removes || everybody === undefined ? {} : { broadcast: Buffer.from(everybody) }),
        ...(removes ? {} : { cacheInfo: { ifaPrefered: preferred, ifaValid: valid } }),
        ...(removes ? {} : { flags: flagsOf(family, change.flags ?? []) }),
      },
    },
    stream,
  );
  return { type, flags, payload: stream.bufs };
}

function flagsOf(family: number, flags: readonly AddressFlag[]) {
  const has = (flag: AddressFlag) => flags.includes(flag);
  return {
    ...(family === afInet6 && !has("duplicateDetection") ? { nodad: true as const } : {}),
    ...(has("home") ? { homeaddress: true as const } : {}),
    ...(has("managedTemporary") ? { managetempaddr: true as const } : {}),
    ...(has("noPrefixRoute") ? { noprefixroute: true as const } : {}),
    ...(has("autojoin") ? { mcautojoin: true as const } : {}),
  };
}

/** RTM_GETLINK for one name, or for all where none is given; statistics are left out. */
export function encodeGetLink(interfaceName?: string): NetlinkRequest {
  const stream = new AttrStream();
  stream.emit(Buffer.alloc(linkHeaderLength));
  stream.push(attributeExtendedMask, hostUint32(skipStatistics));
  if (interfaceName !== undefined) stream.push(attributeName, Buffer.from(`${interfaceName}\0`));
  return { type: GETLINK, flags: 0, payload: stream.bufs };
}

/** RTM_GETADDR for all addresses of both families. */
export function encodeGetAddresses(): NetlinkRequest {
  return { type: GETADDR, flags: 0, payload: [Buffer.alloc(addressHeaderLength)] };
}

const afInet = 2;
const afInet6 = 10;
const linkHeaderLength = 16;
const addressHeaderLength = 8;
const attributeHardwareAddress = 1;
const attributeName = 3;
const attributeExtendedMask = 29;
const skipStatistics = 1 << 3;
const attributeAddress = 1;
const attributeLocal = 2;
const attributeCacheInfo = 6;
const infinite = 0xffffffff;
const scopes: ReadonlyMap<number, AddressScope> = new Map([
  [0, "global"],
  [200, "site"],
  [253, "link"],
  [254, "host"],
]);
