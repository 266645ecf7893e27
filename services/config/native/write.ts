/** DaemonConfig -> understudy.yaml, as a person would write it: what is a default anyway is left out. */

import { Document, isPair, isScalar, visit } from "yaml";
import type { AnnouncementPace, Announcements } from "../../../contracts/config/announcements.ts";
import { defaults } from "../../../contracts/config/defaults.ts";
import { ownerPriority, ttlRange } from "../../../contracts/config/limits.ts";
import type { NativeFile } from "../../../contracts/config/native.ts";
import { routePlaceOf, routingProtocol } from "../../../contracts/config/native-routing.ts";
import { formatDuration, formatPrefixText } from "../../../contracts/config/native-values.ts";
import type { Notifications } from "../../../contracts/config/notifications.ts";
import type { Route, Routing, Rule } from "../../../contracts/config/routing.ts";
import type {
  Authentication,
  DaemonConfig,
  Handlers,
  Unicast,
  VirtualAddress,
  VirtualRouterConfig,
} from "../../../contracts/config/schema.ts";
import { commandOf, type Fields, orAbsent, orNone, without } from "./fields.ts";
import { trackedOf, trackerOf } from "./write-trackers.ts";

export interface WriteOptions {
  /** Where an editor finds the JSON Schema. */
  readonly schema: string;
  /** The name that the node has where none is written. */
  readonly hostName: string;
}

/** The text of the file. */
export function writeNative(config: DaemonConfig, { schema, hostName }: WriteOptions): string {
  const document = new Document(nativeOf(config, hostName), { aliasDuplicateObjects: false });
  visit(document, {
    // Words of a command stand in one line.
    Seq: (_, node, path) => {
      const parent = path.at(-1);
      const key = isPair(parent) && isScalar(parent.key) ? String(parent.key.value) : "";
      if (inOneLine.has(key) && node.items.every(isScalar)) node.flow = true;
    },
  });
  return `# yaml-language-server: $schema=${schema}\n${document.toString({ lineWidth: 0 })}`;
}

const inOneLine: ReadonlySet<string> = new Set([
  ...["argv", "script", "active", "backup", "fault", "stop", "any", "lowerPriority", "deleted", "reader"],
  ...["members", "parameters", "flags", "trackedInterfaces", "interfaces"],
]);

/** What the file holds. */
export function nativeOf(config: DaemonConfig, hostName: string): NativeFile {
  const { node, routers, trackers, syncGroups, statics, announcementPace, ...others } = config;
  const { startup, awaitsInterfaces, guardsScripts, notifications, daemon, ...unsaid } = others;
  const file = {
    // The compiler sees to it that there is nothing else.
    ...(unsaid satisfies Record<string, never>),
    awaitsInterfaces,
    guardsScripts,
    startup:
      startup &&
      without(
        {
          delay: startup.delay && formatDuration(startup.delay),
          afterBoot: startup.afterBoot && formatDuration(startup.afterBoot),
        },
        {},
      ),
    node,
    routers: routers.map(routerOf),
    trackers: orNone(trackers.map(trackerOf)),
    syncGroups: orNone(
      syncGroups.map(({ name, members, handlers, notifications: told }) =>
        without({ name, members, handlers: handlersOf(handlers), notifications: told }, {}),
      ),
    ),
    announcementPace: announcementPace && paceOf(announcementPace),
    notifications: notifications && notificationsOf(notifications),
    daemon,
    statics:
      statics &&
      without(
        {
          addresses: orNone(statics.addresses.map((each) => addressOf(each, () => undefined))),
          routing: routingOf(statics.routing),
        },
        {},
      ),
  };
  return without(file, { node: hostName }) as NativeFile;
}

function routerOf(router: VirtualRouterConfig): Fields {
  const { interface: own, virtualMac, family, addresses, priority, announcements, checksum } = router;
  const usualInterface = (address: string) =>
    address.includes(":") === (family === "ipv6") ? (virtualMac?.interface ?? own) : own;
  const both = virtualMac === undefined ? [own] : [own, virtualMac.interface];
  const carriers = router.ignoresOwnInterface ? [] : both;
  return without(
    {
      ...{ name: router.name, interface: own, virtualRouterId: router.virtualRouterId, priority },
      version: router.version,
      advertisementInterval: centiseconds(router.advertisementInterval),
      preempt: router.preempt,
      preemptDelay: centiseconds(router.preemptDelay),
      downAdverts: router.downAdverts,
      yieldsWithAdvert: router.yieldsWithAdvert,
      trustsKnownSender: router.trustsKnownSender,
      ignoresOwnInterface: router.ignoresOwnInterface,
      multicastGroup: router.multicastGroup,
      authentication: authenticationOf(router.authentication),
      unicast: router.unicast && unicastOf(router.unicast),
      sourceAddress: router.sourceAddress,
      checksum: orAbsent(without(checksum, defaults.checksum)),
      virtualMac: virtualMac && without(virtualMac, { advertsOnParent: false }),
      acceptMode: priority === ownerPriority ? undefined : router.acceptMode,
      addresses: addresses.map((each) => addressOf(each, usualInterface)),
      routing: router.routing && routingOf(router.routing),
      trackedInterfaces: orNone(router.trackedInterfaces.filter((name) => !carriers.includes(name))),
      tracked: orNone(router.tracked.map(trackedOf)),
      announcements: announcementsOf(announcements),
      answersLowerPriority: router.answersLowerPriority,
      addressLease: router.addressLease,
      handlers: handlersOf(router.handlers),
      notifications: router.notifications,
    },
    {
      version: family === "ipv6" ? 3 : defaults.version,
      advertisementInterval: centiseconds(defaults.advertisementInterval),
      preempt: defaults.preempt,
      preemptDelay: centiseconds(defaults.preemptDelay),
      acceptMode: defaults.acceptMode,
      answersLowerPriority: defaults.answersLowerPriority,
      addressLease: defaults.addressLease,
    },
  );
}

function announcementsOf(announcements: Announcements): Fields | undefined {
  const { lowerPriority, refresh, others } = announcements;
  const usual = defaults.announcements;
  const written = {
    repeat: announcements.repeat,
    secondBurstDelay: centiseconds(announcements.secondBurstDelay),
    lowerPriority: lowerPriority && { ...lowerPriority, delay: centiseconds(lowerPriority.delay) },
    refresh: refresh && without({ ...refresh, interval: centiseconds(refresh.interval) }, { repeat: 1 }),
    others:
      others && without({ ...others, interval: centiseconds(others.interval) }, { onAllInterfaces: false }),
  };
  return orAbsent(without(written, { ...usual, secondBurstDelay: centiseconds(usual.secondBurstDelay) }));
}

function paceOf({ groups, ...gaps }: AnnouncementPace): Fields {
  const inWords = ({ arp, neighbour }: Pick<AnnouncementPace, "arp" | "neighbour">) => ({
    arp: arp === undefined ? undefined : microseconds(arp),
    neighbour: neighbour === undefined ? undefined : microseconds(neighbour),
  });
  const written = groups.map((group) => without({ interfaces: group.interfaces, ...inWords(group) }, {}));
  return without({ ...inWords(gaps), groups: orNone(written) }, {});
}

function authenticationOf(authentication: Authentication): Fields | undefined {
  if (authentication.type === "none") return undefined;
  const octets = Buffer.from(authentication.password);
  const text = octets.toString("utf8");
  // Octets that are no text, which an old file may hold.
  const password = Buffer.from(text).equals(octets) ? text : { hex: octets.toString("hex") };
  return { type: authentication.type, password };
}

function unicastOf({ peers, onlyFromPeers, ttl }: Unicast): Fields {
  const bounds = { minimumTtl: ttlRange.minimum, maximumTtl: ttlRange.maximum };
  const written = peers.map((peer) => without(peer, bounds));
  const isBounded = written.some((peer) => Object.keys(peer).length > 1);
  return without(
    { peers: written.map(shortest), onlyFromPeers, ttl },
    { onlyFromPeers: isBounded, ttl: ttlRange.maximum },
  );
}

function addressOf(each: VirtualAddress, usualInterface: (address: string) => string | undefined) {
  const { address, prefixLength, interface: device, peer, preferredLifetime: lifetime, ...words } = each;
  const written = {
    ...{ address: formatPrefixText({ address, prefixLength }), interface: device, ...words },
    peer: peer && formatPrefixText(peer),
    preferredLifetime: typeof lifetime === "number" ? `${lifetime}s` : lifetime,
  };
  return shortest(without(written, { interface: usualInterface(address) }));
}

/** A map that has an address alone is that address. */
function shortest(fields: Fields): unknown {
  return Object.keys(fields).length === 1 ? fields["address"] : fields;
}

function routingOf({ routes, rules }: Routing): Fields | undefined {
  return orAbsent(without({ routes: orNone(routes.map(routeOf)), rules: orNone(rules.map(ruleOf)) }, {}));
}

function routeOf({ family: _, destination, source, nextHops, metrics, ...route }: Route): Fields {
  const [only] = nextHops;
  const isAlone =
    only !== undefined && nextHops.length === 1 && only.weight === 1 && Object.keys(only).length > 1;
  const { weight: _weight, ...hop } = only ?? { weight: 1 };
  return without(
    {
      ...{ destination: formatPrefixText(destination), source: source && formatPrefixText(source) },
      ...route,
      ...(isAlone ? hop : { nextHops: orNone(nextHops.map((each) => without(each, { weight: 1 }))) }),
      metrics: orNone(metrics),
    },
    { type: "unicast", typeOfService: 0, protocol: routingProtocol, ...routePlaceOf(route.type) },
  );
}

function ruleOf({ from, to, family, ...rule }: Rule): Fields {
  const told = from ?? to;
  const toldFamily = told === undefined || !told.address.includes(":") ? "ipv4" : "ipv6";
  return without(
    {
      ...{
        preference: rule.preference,
        from: from && formatPrefixText(from),
        to: to && formatPrefixText(to),
      },
      ...{ family, ...rule },
    },
    { family: toldFamily, action: "table", table: 0, typeOfService: 0, protocol: routingProtocol },
  );
}

function notificationsOf({ fifos, repeatsStates, mail }: Notifications): Fields {
  const pipes = fifos.map(({ path, owner, reader }) =>
    without({ path, owner, reader: reader && commandOf(reader) }, {}),
  );
  const post =
    mail &&
    without(
      { ...mail, relay: without(mail.relay, { port: 25 }), connectTimeout: `${mail.connectTimeout}s` },
      { connectTimeout: "30s" },
    );
  return without({ fifos: orNone(pipes), repeatsStates, mail: post }, {});
}

function handlersOf(handlers: Handlers): Fields | undefined {
  const written = Object.entries(handlers).flatMap(([name, command]) =>
    command === undefined ? [] : [[name, commandOf(command)] as const],
  );
  return orAbsent(Object.fromEntries(written));
}

function microseconds(count: number): string {
  return formatDuration(count / 1000);
}

function centiseconds(count: number): string {
  return formatDuration(count * 10);
}
