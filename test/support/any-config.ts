/** Configurations that keepalived.conf or understudy.yaml could give, for properties of both. */

import fc from "fast-check";
import { formatIpv4, formatIpv6 } from "../../contracts/addresses.ts";
import type { AnnouncementPace } from "../../contracts/config/announcements.ts";
import type { Route, Rule } from "../../contracts/config/routing.ts";
import type { DaemonConfig } from "../../contracts/config/schema.ts";

/** Text that YAML could take for something else. */
const word = fc.oneof(
  fc.constantFrom(
    "0123",
    "true",
    "null",
    "~",
    "- x",
    "a: b",
    "#",
    "&a",
    "*a",
    "1e3",
    "'",
    '"',
    "yes",
    "0x10",
    "<<",
  ),
  fc.string({ minLength: 1, maxLength: 12, unit: "binary" }).filter((text) => !/\p{Cs}/u.test(text)),
  fc.string({ minLength: 1, maxLength: 12 }),
);
const source = { file: "f", line: 1 };
const command = fc.record(
  {
    argv: fc.array(word, { minLength: 1, maxLength: 4 }),
    runAs: fc.record({ user: word, group: word }, { requiredKeys: ["user"] }),
    source: fc.constant(source),
  },
  { requiredKeys: ["argv", "source"] },
);
const handlers = fc.record(
  { active: command, backup: command, fault: command, stop: command, any: command },
  { requiredKeys: [] },
);
const octets = (count: number) => fc.uint8Array({ minLength: count, maxLength: count });
const prefix = fc.oneof(
  fc.record({ address: octets(4).map((each) => formatIpv4(each)), prefixLength: fc.nat(32) }),
  fc.record({ address: octets(16).map((each) => formatIpv6(each)), prefixLength: fc.nat(128) }),
);
const yes = fc.constant(true as const);
const familyOf = (address: string) => (address.includes(":") ? ("ipv6" as const) : ("ipv4" as const));

const route: fc.Arbitrary<Route> = fc
  .record(
    {
      type: fc.constantFrom("unicast", "local", "multicast", "blackhole"),
      destination: prefix,
      typeOfService: fc.nat(255),
      table: fc.constantFrom(0, 100, 254, 255),
      protocol: fc.constantFrom(18, 4),
      scope: fc.constantFrom(0, 253, 254),
      metric: fc.nat(9),
      nextHops: fc.array(
        fc.record(
          {
            gateway: octets(4).map((each) => formatIpv4(each)),
            interface: fc.constantFrom("eth0", "eth1"),
            weight: fc.constantFrom(1, 5),
            isOnLink: yes,
          },
          { requiredKeys: ["weight"] },
        ),
        { maxLength: 3 },
      ),
      metrics: fc.constantFrom<Route["metrics"]>([], [{ name: "mtu", value: 1400, isLocked: true }]),
      isAppended: yes,
    },
    {
      requiredKeys: [
        "type",
        "destination",
        "typeOfService",
        "table",
        "protocol",
        "scope",
        "nextHops",
        "metrics",
      ],
    },
  )
  .map((each) => ({ ...each, family: familyOf(each.destination.address) }));

const rule: fc.Arbitrary<Rule> = fc
  .record(
    {
      preference: fc.nat(1000),
      action: fc.constantFrom("table", "prohibit"),
      table: fc.integer({ min: 1, max: 300 }),
      from: prefix,
      typeOfService: fc.nat(255),
      protocol: fc.constantFrom(18, 4),
      incomingInterface: fc.constantFrom("eth0", "007"),
      isUntracked: yes,
    },
    { requiredKeys: ["preference", "action", "table", "typeOfService", "protocol"] },
  )
  .map((each) => ({ ...each, family: each.from === undefined ? "ipv6" : familyOf(each.from.address) }));

const routing = fc
  .record({ routes: fc.array(route, { maxLength: 3 }), rules: fc.array(rule, { maxLength: 3 }) })
  .filter(({ routes, rules }) => routes.length + rules.length > 0);

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
    groups: fc.constantFrom<AnnouncementPace["groups"]>([{ interfaces: ["eth0", "007"], arp: 1500 }]),
  },
  { requiredKeys: ["groups"] },
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
    acceptMode: fc.boolean(),
    send: fc.constantFrom("rfc9568" as const, "rfc5798" as const),
    receive: fc.constantFrom("rfc9568" as const, "rfc5798" as const, "either" as const),
    virtualMac: fc.option(fc.boolean(), { nil: undefined }),
    announcements,
    handlers,
    extra: fc.constantFrom([], ["eth7"]),
    excluded: fc.option(prefix, { nil: undefined }),
    routing: fc.option(routing, { nil: undefined }),
    scriptWeight: fc.option(fc.integer({ min: -254, max: 254 }), { nil: undefined }),
    unicast: fc.option(
      fc.record({
        peers: fc.array(
          fc.record({
            address: octets(4).map((each) => formatIpv4(each)),
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
  .map(({ seconds, password, type, switches, send, receive, extra, excluded, scriptWeight, ...each }) => {
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
      trackedInterfaces: [...own, ...extra],
      tracked:
        scriptWeight === undefined
          ? []
          : [
              { kind: "interface" as const, name: "eth8", weight: 0, isReversed: true },
              {
                kind: "script" as const,
                name: "chk",
                weight: priority === 255 ? 0 : scriptWeight,
                isReversed: false,
              },
            ],
      ...{ announcements: each.announcements, ...switches, handlers: each.handlers, source },
    };
  });

export const anyConfig: fc.Arbitrary<DaemonConfig> = fc
  .record({
    node: word,
    router: anyRouter,
    group: fc.option(fc.record({ name: fc.constant("VG"), handlers }), { nil: undefined }),
    interval: fc.integer({ min: 10, max: 100_000 }),
    timeout: fc.integer({ min: 10, max: 100_000 }),
    script: command,
    statics: fc.option(routing, { nil: undefined }),
    pace: fc.option(pace, { nil: undefined }),
  })
  .map(({ node, router, group, interval, timeout, script, statics, pace }) => ({
    node,
    routers: [group === undefined ? router : { ...router, syncGroup: group.name }],
    trackers:
      router.tracked.length === 0
        ? []
        : [
            {
              ...{ kind: "script" as const, name: "chk", command: script, interval, timeout },
              ...{ rise: 1, fall: 3, isDownAtFirst: true },
            },
          ],
    syncGroups: group === undefined ? [] : [{ ...group, members: [router.name] }],
    ...(pace === undefined ? {} : { announcementPace: pace }),
    ...(statics === undefined ? {} : { statics: { addresses: [], routing: statics } }),
  }));
