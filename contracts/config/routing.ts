/** Routes and policy rules that an active router holds, or the node always: rtnetlink's own terms, as numbers and addresses. */

import { z } from "zod";
import { parseAddress } from "../addresses.ts";
import { maximumRoutes } from "./limits.ts";

const addressSchema = z.string().refine((text) => parseAddress(text) !== undefined, "not an IP address");
const octetSchema = z.int().min(0).max(255);
const wordSchema = z.int().min(0).max(0xffff_ffff);

export const prefixSchema = z.strictObject({
  address: addressSchema,
  prefixLength: z.int().min(0).max(128),
});

/** Where packets go next; of several each takes a share by its weight. */
export const nextHopSchema = z.strictObject({
  /** Of either family: IPv4 may go by an IPv6 gateway (RFC 5549). */
  gateway: addressSchema.optional(),
  interface: z.string().min(1).optional(),
  weight: z.int().min(1).max(256),
  /** The gateway is taken for a neighbour, whatever the routes say. */
  isOnLink: z.literal(true).optional(),
});

export const routeTypeSchema = z.enum([
  "unicast",
  "local",
  "broadcast",
  "anycast",
  "multicast",
  "blackhole",
  "unreachable",
  "prohibit",
  "throw",
]);

/** What the kernel does with connections over a route (RTAX_*). */
export const routeMetricSchema = z.enum([
  "mtu",
  "window",
  "rtt",
  "rttvar",
  "ssthresh",
  "cwnd",
  "advmss",
  "reordering",
  "hoplimit",
  "initcwnd",
  "features",
  "rto_min",
  "initrwnd",
  "quickack",
  "congctl",
  "fastopen_no_cookie",
]);

export const routeSchema = z.strictObject({
  family: z.enum(["ipv4", "ipv6"]),
  type: routeTypeSchema,
  destination: prefixSchema,
  /** IPv6: only for packets from there. */
  source: prefixSchema.optional(),
  typeOfService: octetSchema,
  table: wordSchema,
  /** Who says to have made it: 18, keepalived, unless something else is written. */
  protocol: octetSchema,
  scope: octetSchema,
  /** The lower wins. Left out: the kernel's, 0 for IPv4 and 1024 for IPv6. */
  metric: wordSchema.optional(),
  /** Where packets of the host come from. */
  preferredSource: addressSchema.optional(),
  /** Empty for a type that goes nowhere. */
  nextHops: z.array(nextHopSchema).max(256),
  metrics: z.array(
    z.strictObject({
      name: routeMetricSchema,
      /** The kernel's unit; a name for congctl. */
      value: z.union([wordSchema, z.string().min(1).max(15)]),
      /** The kernel must not move it. */
      isLocked: z.literal(true).optional(),
    }),
  ),
  /** Source realm times 65536 plus destination realm. */
  realms: wordSchema.optional(),
  /** IPv6 router preference (RFC 4191). */
  preference: z.enum(["low", "medium", "high"]).optional(),
  /** IPv6: seconds until the kernel drops it. */
  expires: wordSchema.optional(),
  /** Behind routes to the same destination instead of in front of them. */
  isAppended: z.literal(true).optional(),
  /** Not put back where somebody takes it away (keepalived no_track). */
  isUntracked: z.literal(true).optional(),
});

const rangeSchema = z.strictObject({ first: wordSchema, last: wordSchema });

export const ruleSchema = z.strictObject({
  family: z.enum(["ipv4", "ipv6"]),
  /** The lower is asked first. */
  preference: wordSchema,
  action: z.enum(["table", "goto", "nop", "blackhole", "unreachable", "prohibit"]),
  /** 0 where the action or the VRF says what is next. */
  table: wordSchema,
  /** Of `goto`: the preference to go on with. */
  target: wordSchema.optional(),
  isInverted: z.literal(true).optional(),
  from: prefixSchema.optional(),
  to: prefixSchema.optional(),
  typeOfService: octetSchema,
  mark: z.strictObject({ value: wordSchema, mask: wordSchema.optional() }).optional(),
  realms: wordSchema.optional(),
  /** A route with a prefix of this length, or shorter, does not count. */
  suppressPrefixLength: wordSchema.optional(),
  suppressInterfaceGroup: wordSchema.optional(),
  incomingInterface: z.string().min(1).max(15).optional(),
  outgoingInterface: z.string().min(1).max(15).optional(),
  tunnel: wordSchema.optional(),
  users: rangeSchema.optional(),
  /** The table is the one of the interface's VRF. */
  isVrf: z.literal(true).optional(),
  protocol: octetSchema,
  ipProtocol: octetSchema.optional(),
  sourcePorts: rangeSchema.optional(),
  destinationPorts: rangeSchema.optional(),
  isUntracked: z.literal(true).optional(),
});

/** In the order in which they are installed: routes, then rules. */
export const routingSchema = z.strictObject({
  routes: z.array(routeSchema).max(maximumRoutes),
  rules: z.array(ruleSchema).max(maximumRoutes),
});

export type Prefix = Readonly<z.infer<typeof prefixSchema>>;
export type NextHop = Readonly<z.infer<typeof nextHopSchema>>;
export type RouteMetric = z.infer<typeof routeMetricSchema>;
export type RouteType = z.infer<typeof routeTypeSchema>;
export type Route = Readonly<z.infer<typeof routeSchema>>;
export type Rule = Readonly<z.infer<typeof ruleSchema>>;
export interface Routing {
  readonly routes: readonly Route[];
  readonly rules: readonly Rule[];
}

/** "10.9.0.0/24 via 10.0.0.1 dev eth0 table 100 metric 5": enough to find it with `ip route`. */
export function formatRoute(route: Route): string {
  const hops = route.nextHops.map((hop) =>
    [
      ...(route.nextHops.length > 1 ? ["nexthop"] : []),
      ...(hop.gateway === undefined ? [] : ["via", hop.gateway]),
      ...(hop.interface === undefined ? [] : ["dev", hop.interface]),
    ].join(" "),
  );
  return [
    ...(route.type === "unicast" ? [] : [route.type]),
    formatPrefix(route.destination),
    ...hops.filter((hop) => hop !== ""),
    ...(route.table === mainTable ? [] : [`table ${route.table}`]),
    ...(route.metric === undefined ? [] : [`metric ${route.metric}`]),
  ].join(" ");
}

/** "100: from 10.1.0.0/24 lookup 200". */
export function formatRule(rule: Rule): string {
  const action = { table: `lookup ${rule.table}`, goto: `goto ${rule.target}` };
  return [
    `${rule.preference}:`,
    ...(rule.isInverted ? ["not"] : []),
    `from ${rule.from === undefined ? "all" : formatPrefix(rule.from)}`,
    ...(rule.to === undefined ? [] : [`to ${formatPrefix(rule.to)}`]),
    rule.action === "table" || rule.action === "goto" ? action[rule.action] : rule.action,
  ].join(" ");
}

const mainTable = 254;

function formatPrefix({ address, prefixLength }: Prefix): string {
  return prefixLength === 0 ? "default" : `${address}/${prefixLength}`;
}
