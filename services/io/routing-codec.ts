/**
 * Route and rule messages of rtnetlink(7). Written out here, since the `netlink` package encodes neither next hops nor
 * metrics nor rules.
 */

import { endianness } from "node:os";
import { parseAddress } from "../../contracts/addresses.ts";
import type { NextHop, Prefix, Route, RouteMetric, RouteType, Rule } from "../../contracts/config/routing.ts";
import { decodeAttributes, encodeAttributes } from "./netlink-attributes.ts";
import type { NetlinkRequest } from "./netlink-commands.ts";
import { hostUint32, type NetlinkMessage } from "./netlink-transport.ts";

/** The index of an interface; undefined where there is none of that name. */
export type IndexOf = (interfaceName: string) => number | undefined;

/** RTNLGRP_IPV4_ROUTE, RTNLGRP_IPV4_RULE, RTNLGRP_IPV6_ROUTE, RTNLGRP_IPV6_RULE. */
export const routingGroups: readonly number[] = [7, 8, 11, 19];

/** Undefined where an interface of the route is not there. */
export function encodeRoute(
  change: "install" | "remove",
  route: Route,
  indexOf: IndexOf,
): NetlinkRequest | undefined {
  const hops = route.nextHops.map((hop) => ({
    ...hop,
    index: hop.interface === undefined ? 0 : indexOf(hop.interface),
  }));
  const known = hops.flatMap(({ index, ...hop }) => (index === undefined ? [] : [{ ...hop, index }]));
  if (known.length < hops.length) return undefined;
  const isInstall = change === "install";
  const [only] = known;
  const header = Buffer.alloc(routeHeaderLength);
  header.set([
    families[route.family],
    route.destination.prefixLength,
    route.source?.prefixLength ?? 0,
    route.typeOfService,
    route.table < 256 ? route.table : 0,
    route.protocol,
    route.scope,
    routeTypes[route.type],
  ]);
  // Of one route the header has the flags, of several each next hop its own.
  if (known.length === 1 && only?.isOnLink) hostUint32(flagOnLink).copy(header, 8);
  const attributes: Attribute[] = [
    ...prefixAttribute(rta.destination, route.destination),
    ...(route.source === undefined ? [] : prefixAttribute(rta.source, route.source)),
    [rta.table, hostUint32(route.table)],
    ...number(rta.priority, route.metric),
    ...address(rta.preferredSource, route.preferredSource),
    ...(route.metrics.length === 0 ? [] : [metricsAttribute(route)]),
    ...number(rta.flow, route.realms),
    ...(only === undefined || known.length > 1 ? [] : hopAttributes(route, only)),
    ...(known.length > 1
      ? [[rta.multipath, Buffer.concat(known.map((hop) => encodeHop(route, hop)))] as const]
      : []),
    ...(route.preference === undefined
      ? []
      : [[rta.preference, Buffer.of(preferences[route.preference])] as const]),
    ...(isInstall ? number(rta.expires, route.expires) : []),
  ];
  return {
    type: isInstall ? messageTypes.newRoute : messageTypes.deleteRoute,
    flags: isInstall ? flagCreate | (route.isAppended ? flagAppend : 0) : 0,
    payload: [header, encodeAttributes(attributes)],
  };
}

export function encodeRule(change: "install" | "remove", rule: Rule): NetlinkRequest {
  const header = Buffer.alloc(ruleHeaderLength);
  header.set([
    families[rule.family],
    rule.to?.prefixLength ?? 0,
    rule.from?.prefixLength ?? 0,
    rule.typeOfService,
    rule.table < 256 ? rule.table : 0,
    0,
    0,
    ruleActions[rule.action],
  ]);
  if (rule.isInverted) hostUint32(flagInvert).copy(header, 8);
  const attributes: Attribute[] = [
    ...(rule.to === undefined ? [] : prefixAttribute(fra.to, rule.to)),
    ...(rule.from === undefined ? [] : prefixAttribute(fra.from, rule.from)),
    [fra.priority, hostUint32(rule.preference)],
    [fra.protocol, Buffer.of(rule.protocol)],
    [fra.table, hostUint32(rule.table)],
    ...number(fra.goto, rule.target),
    ...number(fra.mark, rule.mark?.value),
    ...number(fra.maskOfMark, rule.mark?.mask),
    ...number(fra.flow, rule.realms),
    ...number(fra.suppressPrefixLength, rule.suppressPrefixLength),
    ...number(fra.suppressInterfaceGroup, rule.suppressInterfaceGroup),
    ...name(fra.incomingInterface, rule.incomingInterface),
    ...name(fra.outgoingInterface, rule.outgoingInterface),
    ...(rule.tunnel === undefined ? [] : [[fra.tunnel, bigEndian64(rule.tunnel)] as const]),
    ...(rule.users === undefined
      ? []
      : [[fra.users, Buffer.concat([hostUint32(rule.users.first), hostUint32(rule.users.last)])] as const]),
    ...(rule.isVrf ? [[fra.vrf, Buffer.of(1)] as const] : []),
    ...(rule.ipProtocol === undefined ? [] : [[fra.ipProtocol, Buffer.of(rule.ipProtocol)] as const]),
    ...ports(fra.sourcePorts, rule.sourcePorts),
    ...ports(fra.destinationPorts, rule.destinationPorts),
  ];
  const isInstall = change === "install";
  return {
    type: isInstall ? messageTypes.newRule : messageTypes.deleteRule,
    // Without the second the kernel makes one more of the same.
    flags: isInstall ? flagCreate | flagExclusive : 0,
    payload: [header, encodeAttributes(attributes)],
  };
}

/** What tells a route from others, as far as an event says it. */
export function routeKey(route: Route): string {
  const metric = route.metric ?? (route.family === "ipv6" ? defaultMetricIpv6 : 0);
  const destination = octetsOf(route.destination).toString("hex");
  return keyOf(
    "route",
    families[route.family],
    destination,
    route.destination.prefixLength,
    route.table,
    metric,
    route.protocol,
  );
}

export function ruleKey(rule: Rule): string {
  return keyOf("rule", families[rule.family], rule.preference, rule.protocol);
}

/** Of an address that was deleted, on whatever interface. */
export function addressKey({ address, prefixLength }: Prefix): string {
  return keyOf("address", address, prefixLength);
}

/** The key of a route or rule that somebody deleted; undefined for any other message. */
export function deletedKey({ type, data }: NetlinkMessage): string | undefined {
  if (type === messageTypes.deleteRoute) {
    const attributes = decodeAttributes(data.subarray(routeHeaderLength));
    const [family = 0, prefixLength = 0, , , table = 0, protocol = 0] = data;
    const destination = attributes.get(rta.destination) ?? Buffer.alloc(family === families.ipv4 ? 4 : 16);
    const metric = readNumber(attributes.get(rta.priority)) ?? 0;
    const wholeTable = readNumber(attributes.get(rta.table)) ?? table;
    return keyOf("route", family, destination.toString("hex"), prefixLength, wholeTable, metric, protocol);
  }
  if (type !== messageTypes.deleteRule) return undefined;
  const attributes = decodeAttributes(data.subarray(ruleHeaderLength));
  const preference = readNumber(attributes.get(fra.priority)) ?? 0;
  return keyOf("rule", data[0] ?? 0, preference, attributes.get(fra.protocol)?.[0] ?? 0);
}

type Attribute = readonly [number, Uint8Array];

const routeHeaderLength = 12;
const ruleHeaderLength = 12;
const defaultMetricIpv6 = 1024;
const messageTypes = { newRoute: 24, deleteRoute: 25, newRule: 32, deleteRule: 33 } as const;
const flagExclusive = 0x200;
const flagCreate = 0x400;
const flagAppend = 0x800;
/** RTNH_F_ONLINK. */
const flagOnLink = 4;
/** FIB_RULE_INVERT. */
const flagInvert = 2;
const families = { ipv4: 2, ipv6: 10 } as const;
const preferences = { low: 3, medium: 0, high: 1 } as const;
const rta = {
  ...{ destination: 1, source: 2, outgoing: 4, gateway: 5, priority: 6, preferredSource: 7, metrics: 8 },
  ...{ multipath: 9, flow: 11, table: 15, via: 18, preference: 20, expires: 23 },
} as const;
const fra = {
  ...{ to: 1, from: 2, incomingInterface: 3, goto: 4, priority: 6, mark: 10, flow: 11, tunnel: 12 },
  ...{
    suppressInterfaceGroup: 13,
    suppressPrefixLength: 14,
    table: 15,
    maskOfMark: 16,
    outgoingInterface: 17,
  },
  ...{ vrf: 19, users: 20, protocol: 21, ipProtocol: 22, sourcePorts: 23, destinationPorts: 24 },
} as const;
const routeTypes: Readonly<Record<RouteType, number>> = {
  ...{ unicast: 1, local: 2, broadcast: 3, anycast: 4, multicast: 5 },
  ...{ blackhole: 6, unreachable: 7, prohibit: 8, throw: 9 },
};
const ruleActions = { table: 1, goto: 2, nop: 3, blackhole: 6, unreachable: 7, prohibit: 8 } as const;
/** RTAX_LOCK: the metrics that are locked, one bit each. */
const metricLock = 1;
const metricTypes: Readonly<Record<RouteMetric, number>> = {
  ...{ mtu: 2, window: 3, rtt: 4, rttvar: 5, ssthresh: 6, cwnd: 7, advmss: 8, reordering: 9 },
  ...{ hoplimit: 10, initcwnd: 11, features: 12, rto_min: 13, initrwnd: 14, quickack: 15, congctl: 16 },
  fastopen_no_cookie: 17,
};

type IndexedHop = NextHop & { readonly index: number };

/** Where a route goes next: a gateway of the route's own family or, in another form, of the other one. */
function hopAttributes(route: Route, { gateway, index }: IndexedHop): Attribute[] {
  const outgoing: Attribute[] = index === 0 ? [] : [[rta.outgoing, hostUint32(index)]];
  return [...outgoing, ...gatewayAttribute(route, gateway)];
}

function gatewayAttribute(route: Route, gateway: string | undefined): Attribute[] {
  const octets = gateway === undefined ? undefined : parseAddress(gateway);
  if (octets === undefined) return [];
  const family = octets.length === 4 ? families.ipv4 : families.ipv6;
  if (family === families[route.family]) return [[rta.gateway, octets]];
  return [[rta.via, Buffer.concat([hostUint16(family), octets])]];
}

/** struct rtnexthop with its attributes. */
function encodeHop(route: Route, hop: IndexedHop): Buffer {
  const attributes = encodeAttributes(gatewayAttribute(route, hop.gateway));
  const header = Buffer.alloc(8);
  hostUint16(header.length + attributes.length).copy(header);
  header.set([hop.isOnLink ? flagOnLink : 0, hop.weight - 1], 2);
  hostUint32(hop.index).copy(header, 4);
  return Buffer.concat([header, attributes]);
}

function metricsAttribute({ metrics }: Route): Attribute {
  const locked = metrics
    .filter(({ isLocked }) => isLocked)
    .reduce((bits, each) => bits | (1 << metricTypes[each.name]), 0);
  return [
    rta.metrics,
    encodeAttributes([
      ...(locked === 0 ? [] : [[metricLock, hostUint32(locked)] as const]),
      ...metrics.map(
        (each) =>
          [
            metricTypes[each.name],
            typeof each.value === "string" ? Buffer.from(`${each.value}\0`) : hostUint32(each.value),
          ] as const,
      ),
    ]),
  ];
}

/** An attribute of all zeros for "all" would be refused by some kernels; its absence says the same. */
function prefixAttribute(type: number, prefix: Prefix): Attribute[] {
  return prefix.prefixLength === 0 ? [] : [[type, octetsOf(prefix)]];
}

/** The octets of the prefix, host bits cleared, as the kernel wants it. */
function octetsOf({ address: text, prefixLength }: Prefix): Buffer {
  const octets = Buffer.from(parseAddress(text) ?? []);
  return octets.map((octet, at) => {
    const bits = Math.min(8, Math.max(0, prefixLength - at * 8));
    return octet & (0xff << (8 - bits));
  }) as Buffer;
}

function number(type: number, value: number | undefined): Attribute[] {
  return value === undefined ? [] : [[type, hostUint32(value)]];
}

function name(type: number, text: string | undefined): Attribute[] {
  return text === undefined ? [] : [[type, Buffer.from(`${text}\0`)]];
}

function address(type: number, text: string | undefined): Attribute[] {
  const octets = text === undefined ? undefined : parseAddress(text);
  return octets === undefined ? [] : [[type, octets]];
}

function ports(type: number, range: Rule["sourcePorts"]): Attribute[] {
  return range === undefined
    ? []
    : [[type, Buffer.concat([hostUint16(range.first), hostUint16(range.last)])]];
}

function readNumber(data: Buffer | undefined): number | undefined {
  if (data?.length !== 4) return undefined;
  return endianness() === "LE" ? data.readUInt32LE() : data.readUInt32BE();
}

function hostUint16(value: number): Buffer {
  const octets = Buffer.alloc(2);
  if (endianness() === "LE") octets.writeUInt16LE(value);
  else octets.writeUInt16BE(value);
  return octets;
}

function bigEndian64(value: number): Buffer {
  const octets = Buffer.alloc(8);
  octets.writeBigUInt64BE(BigInt(value));
  return octets;
}

function keyOf(...parts: readonly (string | number)[]): string {
  return parts.join(" ");
}
