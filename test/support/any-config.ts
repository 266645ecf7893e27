/** Configurations that keepalived.conf or understudy.yaml could give, for properties of both. */

import fc from "fast-check";
import type { AnnouncementPace } from "../../contracts/config/announcements.ts";
import { addressFlagSchema, type DaemonConfig } from "../../contracts/config/schema.ts";
import { processTrackerSchema, type TrackedConfig, type Tracker } from "../../contracts/config/trackers.ts";
import { withGuardedScripts } from "../../services/config/guard-scripts.ts";
import { daemonSettings } from "./any-daemon.ts";
import { handlers, notifications, routerNotifications } from "./any-notifications.ts";
import { anyRouting } from "./any-routing.ts";
import { anyIpv4, command, prefix, source, word, yes } from "./any-values.ts";

const wait = fc.nat(8_640_000);
const period = fc.integer({ min: 100, max: 8_640_000 });
const repeat = fc.integer({ min: 1, max: 100 });
const announcements = fc.record(
  {
    ...{ repeat, secondBurstDelay: wait },
    lowerPriority: fc.record({ repeat: fc.nat(100), delay: wait }),
    refresh: fc.record({ interval: period, repeat }),
    others: fc.record({ interval: period, onAllInterfaces: fc.boolean() }),
  },
  { requiredKeys: ["repeat", "secondBurstDelay"] },
);
const gap = fc.integer({ min: 1, max: 0xffff_ffff });
const pace = fc.record(
  {
    arp: gap,
    neighbour: gap,
    groups: fc.constantFrom<AnnouncementPace["groups"]>([
      { interfaces: ["eth0", "007"], arp: 1500 },
      { interfaces: ["eth1"], neighbour: 2 },
    ]),
  },
  { requiredKeys: ["groups"] },
);

const addressWords = fc.record(
  {
    ...{ scope: fc.constantFrom(200, 254), broadcast: anyIpv4, label: fc.constant("eth9:1") },
    peer: anyIpv4.map((address) => ({ address, prefixLength: 32 })),
    preferredLifetime: fc.constantFrom(0, 60, "forever" as const),
    isUntracked: yes,
    flags: fc.uniqueArray(fc.constantFrom(...addressFlagSchema.options), { minLength: 1 }),
  },
  { requiredKeys: [] },
);

const anyRouter = fc
  .record({
    priority: fc.constantFrom(1, 100, 254, 255),
    version: fc.constantFrom(2 as const, 3 as const),
    seconds: fc.integer({ min: 1, max: 40 }),
    preempt: fc.boolean(),
    preemptDelay: fc.nat(100_000),
    password: fc.uint8Array({ minLength: 1, maxLength: 8 }),
    type: fc.constantFrom("none" as const, "pass" as const, "header" as const),
    switches: fc.record({ answersLowerPriority: fc.boolean(), addressLease: fc.boolean() }),
    election: fc.record(
      {
        downAdverts: fc.constantFrom(1, 2, 100),
        ...{
          yieldsWithAdvert: yes,
          trustsKnownSender: yes,
          ignoresOwnInterface: yes,
          sourceAddress: anyIpv4,
        },
      },
      { requiredKeys: [] },
    ),
    multicastGroup: fc.option(fc.constant("224.0.0.19"), { nil: undefined }),
    notifications: fc.option(routerNotifications, { nil: undefined }),
    third: addressWords,
    acceptMode: fc.boolean(),
    send: fc.constantFrom("rfc9568" as const, "rfc5798" as const),
    receive: fc.constantFrom("rfc9568" as const, "rfc5798" as const, "either" as const),
    virtualMac: fc.option(fc.boolean(), { nil: undefined }),
    announcements,
    handlers,
    extra: fc.constantFrom([], ["eth7"]),
    excluded: fc.option(prefix, { nil: undefined }),
    routing: fc.option(anyRouting, { nil: undefined }),
    weight: fc.option(fc.integer({ min: -254, max: 254 }), { nil: undefined }),
    unicast: fc.option(
      fc.record({
        peers: fc.array(
          fc.record({
            address: anyIpv4,
            minimumTtl: fc.constantFrom(0, 254),
            maximumTtl: fc.constantFrom(255, 254),
          }),
          { minLength: 1, maxLength: 3 },
        ),
        onlyFromPeers: fc.boolean(),
        ttl: fc.integer({ min: 1, max: 255 }),
      }),
      { nil: undefined },
    ),
  })
  .map(({ seconds, password, type, switches, send, receive, extra, excluded, weight, ...each }) => {
    const { version, priority, virtualMac, unicast } = each;
    const preempt = priority === 255 || each.preempt;
    const own = virtualMac === undefined ? ["eth0"] : ["eth0", "vm51"];
    return {
      ...{ name: "VI_1", interface: "eth0", family: "ipv4" as const, version, virtualRouterId: 51, priority },
      ...{ advertisementInterval: seconds * 100, preempt, preemptDelay: preempt ? each.preemptDelay : 0 },
      authentication:
        type === "none" || version === 3 ? { type: "none" as const } : { type, password: [...password] },
      ...(unicast === undefined ? {} : { unicast }),
      checksum: { send, receive },
      ...(virtualMac === undefined
        ? {}
        : { virtualMac: { interface: "vm51", advertsOnParent: virtualMac || unicast !== undefined } }),
      acceptMode: priority === 255 || each.acceptMode,
      addresses: [
        { address: "10.0.0.1", prefixLength: 24, interface: own.at(-1) ?? "", label: "0123", scope: 253 },
        {
          address: "10.0.0.2",
          prefixLength: 32,
          interface: "eth9",
          preferredLifetime: 30,
          isUntracked: true as const,
        },
        { ...each.third, address: "10.0.0.3", prefixLength: 32, interface: "eth9" },
        ...(excluded === undefined
          ? []
          : [
              {
                ...excluded,
                interface: excluded.address.includes(":") ? "eth0" : (own.at(-1) ?? ""),
                isExcluded: true as const,
              },
            ]),
      ],
      ...(each.routing === undefined ? {} : { routing: each.routing }),
      trackedInterfaces: [...(each.election.ignoresOwnInterface ? [] : own), ...extra],
      tracked: weight === undefined ? [] : trackedWith(priority === 255 ? 0 : weight),
      ...each.election,
      ...(each.multicastGroup === undefined || unicast !== undefined
        ? {}
        : { multicastGroup: each.multicastGroup }),
      ...(each.notifications === undefined ? {} : { notifications: each.notifications }),
      ...{ announcements: each.announcements, ...switches, handlers: each.handlers, source },
    };
  });

/** In the order in which a file's are put. */
function trackedWith(weight: number): TrackedConfig[] {
  return [
    { kind: "interface", name: "eth8", weight: 0, isReversed: true },
    { kind: "script", name: "chk", weight, isReversed: false },
    { kind: "file", name: "load", weight, isReversed: true },
    { kind: "process", name: "proxy", weight: 0, isReversed: false },
  ];
}

const duration = fc.integer({ min: 10, max: 100_000 });

const trackers: fc.Arbitrary<Tracker[]> = fc.tuple(
  fc.record({
    ...{
      kind: fc.constant("script"),
      name: fc.constant("chk"),
      command,
      interval: duration,
      timeout: duration,
    },
    ...{ rise: fc.constantFrom(1, 3), fall: fc.constantFrom(1, 3), isDownAtFirst: fc.boolean() },
  }),
  fc.record(
    {
      ...{ kind: fc.constant("file"), name: fc.constant("load"), path: word },
      initial: fc.record({ value: fc.integer(), overwrites: fc.boolean() }),
    },
    { requiredKeys: ["kind", "name", "path"] },
  ),
  fc.record(
    {
      ...{
        kind: fc.constant("process"),
        name: fc.constant("proxy"),
        program: word,
        parameters: fc.array(word),
      },
      match: fc.constantFrom(...processTrackerSchema.shape.match.options),
      ...{ quorum: fc.constantFrom(0, 1, 2), quorumMaximum: fc.constantFrom(2, 65_535) },
      ...{ forkDelay: duration, terminateDelay: fc.constantFrom(0, 500) },
    },
    {
      requiredKeys: [
        ...(["kind", "name", "program", "parameters", "match", "quorum", "forkDelay"] as const),
        "terminateDelay",
      ],
    },
  ),
);

const group = fc.record(
  { name: fc.constant("VG"), handlers, notifications: fc.constant({ mail: true as const }) },
  { requiredKeys: ["name", "handlers"] },
);

const staticAddress = fc
  .tuple(anyIpv4, fc.nat(32), addressWords)
  .map(([address, prefixLength, words]) => ({ ...words, address, prefixLength, interface: "eth0" }));
const anyStatics = fc.record({ addresses: fc.array(staticAddress, { maxLength: 2 }), routing: anyRouting });

const startDelay = fc.integer({ min: 1, max: 86_400_000 });
const startup = fc
  .record({ delay: startDelay, afterBoot: startDelay }, { requiredKeys: [] })
  .filter((each) => Object.keys(each).length > 0);

export const anyConfig: fc.Arbitrary<DaemonConfig> = fc
  .record({
    ...{ node: word, router: anyRouter, group: fc.option(group, { nil: undefined }), trackers },
    guards: fc.boolean(),
    rest: fc.record(
      {
        ...{ statics: anyStatics, announcementPace: pace, startup, awaitsInterfaces: yes, notifications },
        daemon: daemonSettings,
      },
      { requiredKeys: [] },
    ),
  })
  .map(({ node, router, group: joined, trackers: all, guards, rest }) => {
    const { notifications: told, ...others } = rest;
    const { mail: _, ...pipes } = told ?? { fifos: [] };
    // What nobody asks for is not kept.
    const wantsMail = router.notifications?.mail ?? joined?.notifications?.mail ?? false;
    const config: DaemonConfig = {
      node,
      routers: [joined === undefined ? router : { ...router, syncGroup: joined.name }],
      trackers: router.tracked.length === 0 ? [] : all,
      syncGroups: joined === undefined ? [] : [{ ...joined, members: [router.name] }],
      ...others,
      ...(told === undefined ? {} : { notifications: wantsMail ? told : pipes }),
    };
    return guards ? withGuardedScripts(config) : config;
  });
