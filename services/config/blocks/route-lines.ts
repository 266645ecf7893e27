/** `virtual_routes` and `static_routes`: one route a line, in iproute2's words as keepalived takes them. */

import { type Route, type RouteType, routeTypeSchema } from "../../../contracts/config/routing.ts";
import { type Token, tokenLocation } from "../lexer.ts";
import type { Statement } from "../parser.ts";
import type { LowerContext } from "./context.ts";
import { metricWords, readMetric } from "./route-metrics.ts";
import {
  field,
  isPrefix,
  type LineReader,
  lowerLines,
  noteFamily,
  octetRange,
  type ReadWord,
  readIp,
  readNamed,
  readNumber,
  readPrefix,
  readRealms,
  refuse,
  refuseUnknown,
  refuseWord,
  valued,
  type WrittenPrefix,
  wholeOf,
  wordAfter,
  wordRange,
} from "./routing-values.ts";

export interface RouteDraft {
  readonly route: Route;
  /** Of each `dev`. */
  readonly interfaces: readonly Token[];
}

/** The routes of a block. One that cannot be read is an error. */
export function lowerRoutes(statements: readonly Statement[], context: LowerContext): readonly RouteDraft[] {
  return lowerLines("route", statements, context, (words, first) => readRoute(words, first, context));
}

interface Hop {
  gateway?: string;
  interface?: string;
  weight: number;
  isOnLink?: true;
}

interface RouteLine extends LineReader {
  readonly interfaces: Token[];
  /** What stands in front of the first `nexthop`. */
  readonly own: Hop;
  readonly hops: Hop[];
  readonly metrics: Route["metrics"];
  type: RouteType | undefined;
  destination: WrittenPrefix | undefined;
  fields: Partial<Route>;
}

function readRoute(words: readonly Token[], token: Token, context: LowerContext): RouteDraft | undefined {
  const line: RouteLine = {
    ...{ context, kind: "route", waiting: [...words], family: undefined, isRefused: false },
    ...{
      interfaces: [],
      own: { weight: 1 },
      hops: [],
      metrics: [],
      type: undefined,
      destination: undefined,
      fields: {},
    },
  };
  for (let word = line.waiting.shift(); word !== undefined; word = line.waiting.shift()) readWord(line, word);
  if (line.destination === undefined && !line.isRefused) {
    refuse(
      line,
      token,
      "route-without-destination",
      "the route has no destination",
      "begin with a prefix or `default`",
    );
  }
  if (line.destination === undefined || line.isRefused) return undefined;
  const { family = "ipv4", type = "unicast", own, metrics, fields } = line;
  const hops =
    line.hops.length > 0 && isUsed(own) ? [own, ...line.hops] : line.hops.length > 0 ? line.hops : [own];
  const nextHops = hops.filter(isUsed);
  if (nextHops.length === 0 && !endTypes.includes(type)) reportNoWay(token, context);
  const route: Route = {
    ...{ family, type, destination: wholeOf(line.destination, family), typeOfService: 0 },
    ...{ table: hostTypes.includes(type) ? localTable : mainTable, protocol: keepalivedProtocol },
    ...{ scope: type === "local" ? hostScope : hostTypes.includes(type) ? linkScope : 0, nextHops, metrics },
    ...fields,
  };
  return { route, interfaces: line.interfaces };
}

function readWord(line: RouteLine, word: Token): void {
  const { text } = word;
  const type = routeTypeSchema.safeParse(text);
  if (type.success) line.type = type.data;
  else if (text === "nexthop") readNextHops(line);
  else if (hopWord(line, line.own, word)) return;
  else if (metricWords.includes(text)) {
    const metric = readMetric(line, word);
    if (metric !== undefined) line.metrics.push(metric);
  } else if (Object.hasOwn(refusedWords, text)) refuseWord(line, word, refusedWords[text] ?? "");
  else if (Object.hasOwn(routeWords, text))
    line.fields = { ...line.fields, ...routeWords[text]?.(line, word) };
  else if (isPrefix(text) && line.destination === undefined) line.destination = readPrefix(line, word);
  else
    refuseUnknown(line, word, [
      ...Object.keys(routeWords),
      ...metricWords,
      "via",
      "dev",
      "nexthop",
      "onlink",
    ]);
}

/** Words of a next hop, wherever it stands. True where the word was one. */
function hopWord(line: RouteLine, hop: Hop, word: Token): boolean {
  if (word.text === "onlink") hop.isOnLink = true;
  else if (word.text === "via" || word.text === "gw") {
    const gateway = readGateway(line, word);
    if (gateway !== undefined) hop.gateway = gateway;
  } else if (word.text === "dev" || word.text === "oif") {
    const name = wordAfter(line, word);
    if (name !== undefined) {
      hop.interface = name.text;
      line.interfaces.push(name);
    }
  } else return false;
  return true;
}

/** `via inet6 ADDRESS` is a gateway of that family, whatever the family of the route. */
function readGateway(line: RouteLine, word: Token): string | undefined {
  const value = wordAfter(line, word);
  if (value === undefined) return undefined;
  if (value.text !== "inet" && value.text !== "inet6") return readIp(line, value);
  const address = wordAfter(line, value);
  return address === undefined ? undefined : readIp(line, address, "any");
}

/** Everything behind the first `nexthop` belongs to next hops. */
function readNextHops(line: RouteLine): void {
  let hop: Hop = { weight: 1 };
  line.hops.push(hop);
  for (let word = line.waiting.shift(); word !== undefined; word = line.waiting.shift()) {
    if (word.text === "nexthop") {
      hop = { weight: 1 };
      line.hops.push(hop);
    } else if (word.text === "weight") {
      const value = wordAfter(line, word);
      const weight = value && readNumber(line, word, value, { minimum: 1, maximum: 256 });
      if (weight !== undefined) hop.weight = weight;
    } else if (word.text === "encap" || word.text === "realms") {
      refuseWord(line, word, "send those packets another way");
      return;
    } else if (word.text === "no_track") line.fields = { ...line.fields, isUntracked: true };
    else if (!hopWord(line, hop, word))
      refuseUnknown(line, word, ["via", "dev", "weight", "onlink", "nexthop"]);
  }
}

type Read = ReadWord<RouteLine, Route>;

const routeWords: Readonly<Record<string, Read>> = {
  to: (line, word) => {
    const value = wordAfter(line, word);
    if (value !== undefined) line.destination = readPrefix(line, value);
    return {};
  },
  inet: (line, word) => {
    noteFamily(line, word, "ipv4");
    return {};
  },
  inet6: (line, word) => {
    noteFamily(line, word, "ipv6");
    return {};
  },
  src: valued((line, _word, value) => field("preferredSource", readIp(line, value))),
  from: valued((line, _word, value) => {
    const source = readPrefix(line, value);
    return field("source", source === "all" ? undefined : source);
  }),
  table: valued((line, word, value) => field("table", readNamed(line, word, value, "rt_tables", wordRange))),
  tos: named("typeOfService", "rt_dsfield"),
  dsfield: named("typeOfService", "rt_dsfield"),
  protocol: named("protocol", "rt_protos"),
  scope: named("scope", "rt_scopes"),
  metric: counted("metric"),
  priority: counted("metric"),
  preference: counted("metric"),
  expires: counted("expires"),
  realms: valued((line, word, value) => field("realms", readRealms(line, word, value))),
  pref: valued((line, _word, value) => {
    if (value.text === "low" || value.text === "medium" || value.text === "high")
      return { preference: value.text };
    refuse(line, value, "invalid-word", "`pref` takes low, medium or high");
    return {};
  }),
  // keepalived's older word for a second gateway.
  or: valued((line, _word, value) => {
    const gateway = readIp(line, value);
    if (gateway !== undefined) line.hops.push({ gateway, weight: 1 });
    return {};
  }),
  append: () => ({ isAppended: true }),
  // In front of other routes to the destination, as without it.
  prepend: () => ({}),
  add: (line, word) => {
    line.context.report({
      severity: "warning",
      code: "not-acted-on",
      message: "`add` is read but not acted on: the route goes in front of others to its destination",
      location: tokenLocation(word),
    });
    return {};
  },
  no_track: () => ({ isUntracked: true }),
};

const refusedWords: Readonly<Record<string, string>> = {
  encap: "send those packets without their tunnel",
  "ttl-propagate": "treat the TTL in MPLS in another way",
  vrf: "put the route into another table; write `table` with the number of the VRF's",
  track_group: "leave routers active when the route is lost",
  nat: "leave out a route that Linux has not known since 2.6",
  xresolve: "leave out a route that Linux has never had",
};

/** Types that need no way out. */
const endTypes: readonly RouteType[] = ["blackhole", "unreachable", "prohibit", "throw"];
/** Types that belong to the host's own table, as with iproute2. */
const hostTypes: readonly RouteType[] = ["local", "broadcast", "anycast", "multicast"];
const mainTable = 254;
const localTable = 255;
const linkScope = 253;
const hostScope = 254;
const keepalivedProtocol = 18;

function isUsed(hop: Hop): boolean {
  return hop.gateway !== undefined || hop.interface !== undefined;
}

function named(
  name: "typeOfService" | "protocol" | "scope",
  table: "rt_dsfield" | "rt_protos" | "rt_scopes",
): Read {
  return valued((line, word, value) => field(name, readNamed(line, word, value, table, octetRange)));
}

function counted(name: "metric" | "expires"): Read {
  return valued((line, word, value) => field(name, readNumber(line, word, value, wordRange)));
}

function reportNoWay(token: Token, context: LowerContext): void {
  context.report({
    severity: "warning",
    code: "route-without-next-hop",
    message: "the route says neither `via` nor `dev`; the kernel will refuse it",
    location: tokenLocation(token),
    keepalived: "the same, when it becomes MASTER",
    suggestion: "add `dev IF`",
  });
}
