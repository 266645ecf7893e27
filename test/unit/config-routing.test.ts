/** virtual_routes and virtual_rules: iproute2's words, line by line, as keepalived takes them. */

import { describe, expect, test } from "vitest";
import { formatRoute, formatRule } from "../../contracts/config/routing.ts";
import { codes, instance, router } from "../support/config-text.ts";

const routes = (lines: string) => instance(`virtual_routes {\n${lines}\n}`);
const rules = (lines: string) => instance(`virtual_rules {\n${lines}\n}`);
const route = (line: string) => router(routes(line))?.routing?.routes[0];
const rule = (line: string) => router(rules(line))?.routing?.rules[0];

const plain = {
  family: "ipv4",
  type: "unicast",
  destination: { address: "10.9.0.0", prefixLength: 24 },
  typeOfService: 0,
  table: 254,
  protocol: 18,
  scope: 0,
  nextHops: [{ interface: "eth1", weight: 1 }],
  metrics: [],
};

describe("a route", () => {
  test("has keepalived's defaults: table main, scope global, protocol 18", () => {
    const result = routes("10.9.0.0/24 dev eth1");
    expect(result.diagnostics).toEqual([]);
    expect(router(result)?.routing).toEqual({ routes: [plain], rules: [] });
  });

  test("takes every word of tier A and B, in any order", () => {
    expect(
      route("src 10.0.0.1 to 10.9.0.0/24 via 10.0.0.254 dev eth1 table 100 scope link metric 7 no_track"),
    ).toEqual({
      ...plain,
      preferredSource: "10.0.0.1",
      table: 100,
      scope: 253,
      metric: 7,
      isUntracked: true,
      nextHops: [{ gateway: "10.0.0.254", interface: "eth1", weight: 1 }],
    });
    expect(route("10.9.0.0/24 gw 10.0.0.254 oif eth1 priority 7 table local")).toEqual({
      ...plain,
      table: 255,
      metric: 7,
      nextHops: [{ gateway: "10.0.0.254", interface: "eth1", weight: 1 }],
    });
  });

  test("takes the words of tier C that tune it", () => {
    expect(
      route(
        "10.9.0.0/24 dev eth1 onlink tos 16 protocol boot realms 3/4 mtu lock 1400 initcwnd 20 rtt 20ms rto_min 1s features ecn congctl reno append",
      ),
    ).toEqual({
      ...plain,
      typeOfService: 16,
      protocol: 3,
      realms: 3 * 65_536 + 4,
      isAppended: true,
      nextHops: [{ interface: "eth1", weight: 1, isOnLink: true }],
      metrics: [
        { name: "mtu", value: 1400, isLocked: true },
        { name: "initcwnd", value: 20 },
        { name: "rtt", value: 160 },
        { name: "rto_min", value: 1000 },
        { name: "features", value: 1 },
        { name: "congctl", value: "reno" },
      ],
    });
    expect(route("fd00:9::/64 from fd00:8::/64 via fe80::1 dev eth1 pref high expires 60")).toEqual({
      ...plain,
      family: "ipv6",
      destination: { address: "fd00:9::", prefixLength: 64 },
      source: { address: "fd00:8::", prefixLength: 64 },
      preference: "high",
      expires: 60,
      nextHops: [{ gateway: "fe80::1", interface: "eth1", weight: 1 }],
    });
  });

  test("default is of the family that the other words tell", () => {
    expect(route("default via 10.0.0.254")?.destination).toEqual({ address: "0.0.0.0", prefixLength: 0 });
    expect(route("default via fd00::1")?.destination).toEqual({ address: "::", prefixLength: 0 });
    expect(route("default inet6 dev eth1")?.family).toBe("ipv6");
    expect(route("default dev eth1")?.family).toBe("ipv4");
    expect(route("10.9.0.0/24 via inet6 fe80::1 dev eth1")?.nextHops).toEqual([
      { gateway: "fe80::1", interface: "eth1", weight: 1 },
    ]);
  });

  test("may go several ways, by nexthop or by the older `or`", () => {
    expect(
      route("10.9.0.0/24 nexthop via 10.0.0.2 dev eth1 weight 3 nexthop via 10.0.0.3 onlink no_track"),
    ).toEqual({
      ...plain,
      isUntracked: true,
      nextHops: [
        { gateway: "10.0.0.2", interface: "eth1", weight: 3 },
        { gateway: "10.0.0.3", weight: 1, isOnLink: true },
      ],
    });
    expect(route("10.9.0.0/24 via 10.0.0.2 or 10.0.0.3")?.nextHops).toEqual([
      { gateway: "10.0.0.2", weight: 1 },
      { gateway: "10.0.0.3", weight: 1 },
    ]);
  });

  test.each(["blackhole", "unreachable", "prohibit", "throw"])("%s goes nowhere and needs no way", (type) => {
    const result = routes(`${type} 10.9.0.0/24`);
    expect(result.diagnostics).toEqual([]);
    expect(router(result)?.routing?.routes[0]).toEqual({ ...plain, type, nextHops: [] });
  });

  test("of the host itself belongs to table local, as with iproute2", () => {
    expect(route("local 10.9.0.1/32 dev eth1")).toMatchObject({ type: "local", table: 255, scope: 254 });
    expect(route("broadcast 10.9.0.255 dev eth1 table 7")).toMatchObject({ table: 7, scope: 253 });
  });

  test.each([
    ["via 10.0.0.1", "error route-without-destination"],
    ["10.9.0.0/33 dev eth1", "error invalid-address"],
    ["10.9.0.0/24 via fd00::1", "error mixed-families"],
    ["10.9.0.0/24 inet6 dev eth1", "error mixed-families"],
    ["10.9.0.0/24 via router", "error invalid-address"],
    ["10.9.0.0/24 dev", "error missing-parameter"],
    ["10.9.0.0/24 dev eth1 table nowhere", "error unknown-name"],
    ["10.9.0.0/24 dev eth1 metric low", "error not-a-number"],
    ["10.9.0.0/24 nexthop via 10.0.0.2 weight 257", "error out-of-range"],
    ["10.9.0.0/24 dev eth1 10.8.0.0/24", "error unknown-word"],
    ["10.9.0.0/24 dev eth1 metrik 5", "error unknown-word"],
    ["10.9.0.0/24 encap ip id 5 dst 10.0.0.9 dev eth1", "error unsupported-keyword"],
    ["10.9.0.0/24 dev eth1 track_group G", "error unsupported-keyword"],
    ["10.9.0.0/24 dev eth1 vrf red", "error unsupported-keyword"],
    ["10.9.0.0/24", "warning route-without-next-hop"],
    ["10.9.0.0/24 dev eth1 add", "warning not-acted-on"],
  ])("%s gives %s", (line, code) => {
    expect(codes(routes(line))[0]).toBe(code);
  });

  test("a diagnostic has the line, and a word that was meant", () => {
    const [diagnostic] = routes("10.8.0.0/24 dev eth1\n10.9.0.0/24 dev eth1 metrik 5").diagnostics;
    expect(diagnostic).toMatchObject({ location: { line: 9 }, suggestion: "did you mean `metric`?" });
  });

  test("1,000 routes fit a block and 1,001 do not", () => {
    const list = (count: number) =>
      Array.from({ length: count }, (_, index) => `10.${index >> 8}.${index & 255}.0/24 dev eth1`).join("\n");
    expect(codes(routes(list(1000)))).toEqual([]);
    expect(codes(routes(list(1001)))).toEqual(["error too-many-routes"]);
  });

  test("is named as `ip route` names it", () => {
    expect(formatRoute(route("default via 10.0.0.1 dev eth1 metric 5") ?? never())).toBe(
      "default via 10.0.0.1 dev eth1 metric 5",
    );
    expect(formatRoute(route("throw fd00:9::/64 table 7") ?? never())).toBe("throw fd00:9::/64 table 7");
  });
});

describe("a rule", () => {
  test("takes every word of tier A and B", () => {
    const result = rules(
      "from 10.1.0.0/16 to 10.2.0.0/16 iif eth1 fwmark 0x7/255 lookup 100 order 50 no_track",
    );
    expect(result.diagnostics).toEqual([]);
    expect(router(result)?.routing?.rules).toEqual([
      {
        family: "ipv4",
        preference: 50,
        action: "table",
        table: 100,
        from: { address: "10.1.0.0", prefixLength: 16 },
        to: { address: "10.2.0.0", prefixLength: 16 },
        incomingInterface: "eth1",
        mark: { value: 7, mask: 255 },
        typeOfService: 0,
        protocol: 18,
        isUntracked: true,
      },
    ]);
  });

  test("takes the words of tier C", () => {
    expect(
      rule(
        "not from all oif eth1 tos 4 ipproto udp sport 10-20 dport 53 uidrange 0-99 sup_pl 0 tunnel-id 9 table 7 priority 8",
      ),
    ).toEqual({
      family: "ipv4",
      preference: 8,
      action: "table",
      table: 7,
      isInverted: true,
      outgoingInterface: "eth1",
      typeOfService: 4,
      ipProtocol: 17,
      sourcePorts: { first: 10, last: 20 },
      destinationPorts: { first: 53, last: 53 },
      users: { first: 0, last: 99 },
      suppressPrefixLength: 0,
      tunnel: 9,
      protocol: 18,
    });
    expect(rule("from fd00:1::/64 goto 700 preference 8")).toMatchObject({
      family: "ipv6",
      action: "goto",
      target: 700,
    });
    expect(rule("from 10.1.0.0/16 prohibit preference 8")).toMatchObject({ action: "prohibit", table: 0 });
  });

  test("without a preference gets keepalived's: down from 16384, each family by itself, with a warning", () => {
    const result = rules("from 10.1.0.0/16 table 1\nfrom fd00:1::/64 table 1\nfwmark 3 table 1");
    expect(codes(result)).toEqual([
      "warning rule-without-preference",
      "warning rule-without-preference",
      "warning rule-without-preference",
    ]);
    expect(router(result)?.routing?.rules.map(({ preference }) => preference)).toEqual([16384, 16384, 16383]);
  });

  test.each([
    ["from 10.1.0.0/16 preference 5", "error rule-without-action"],
    ["table 1 prohibit preference 5", "error second-action"],
    ["from 10.1.0.0/16 to fd00::/64 table 1", "error mixed-families"],
    ["from 10.1.0.0/16 goto 5 preference 5", "error invalid-goto"],
    ["from 10.1.0.0/16 tabel 5", "error unknown-word"],
    ["fwmark x table 5", "error not-a-number"],
    ["sport 20-10 table 5", "error invalid-range"],
    ["from 10.1.0.0/16 table 5 track_group G", "error unsupported-keyword"],
  ])("%s gives %s", (line, code) => {
    expect(codes(rules(line))[0]).toBe(code);
  });

  test("is named as `ip rule` names it", () => {
    expect(formatRule(rule("not from 10.1.0.0/16 table 7 preference 5") ?? never())).toBe(
      "5: not from 10.1.0.0/16 lookup 7",
    );
  });
});

test("an instance without routes and rules has no routing", () => {
  expect(router(instance(""))).not.toHaveProperty("routing");
});

function never(): never {
  throw new Error("the line was not read");
}
