/** The rarer words of routes and rules: the kernel takes each of them, says it back, and gives all of it up at the end. */

import { afterEach, expect, test } from "vitest";
import { openPair, type Pair } from "../support/pair.ts";
import { waitFor } from "../support/pair-wait.ts";
import { heldRouting } from "../support/routing-views.ts";
import { inside } from "../support/virtual-mac-site.ts";

let pair: Pair | undefined;
afterEach(() => pair?.close());

const dev = "dev enp3s0f0";
const proto = "proto keepalived";

/** What is written, and what `ip` then says. */
const routes: readonly (readonly [string, ...string[]])[] = [
  [`local 10.61.0.1/32 ${dev}`, `local 10.61.0.1 ${dev} table local scope host`],
  [`broadcast 10.61.0.255 ${dev}`, `broadcast 10.61.0.255 ${dev} table local scope link`],
  [`10.62.0.0/24 via inet6 fe80::9 ${dev}`, `10.62.0.0/24 via inet6 fe80::9 ${dev}`],
  [
    `10.63.0.0/24 ${dev} realms 3/4 rtt 20ms rttvar 10ms rto_min 1s features ecn congctl reno quickack 1 hoplimit 9 advmss 1000`,
    `10.63.0.0/24 ${dev} realms 3/4 rtt 20ms rttvar 10ms advmss 1000 hoplimit 9 features ecn rto_min 1s quickack 1 congctl reno`,
  ],
  [
    `10.64.0.0/24 ${dev} mtu lock 1300 window 5 cwnd 6 ssthresh 7 reordering 8 initrwnd 9 fastopen_no_cookie 1`,
    `10.64.0.0/24 ${dev} mtu lock 1300 window 5 ssthresh 7 cwnd 6 reordering 8 initrwnd 9 fastopen_no_cookie 1`,
  ],
  [`10.65.0.0/24 ${dev} metric 3`, `10.65.0.0/24 ${dev} metric 3`],
  ["10.65.0.0/24 via 10.10.10.9 metric 3 append", `10.65.0.0/24 via 10.10.10.9 ${dev} metric 3`],
  [
    "10.66.0.0/24 via 10.10.10.9 or 10.10.10.8",
    "10.66.0.0/24",
    `nexthop via 10.10.10.9 ${dev} weight 1`,
    `nexthop via 10.10.10.8 ${dev} weight 1`,
  ],
  [`10.67.0.5/24 ${dev}`, `10.67.0.0/24 ${dev}`],
  [`fd00:7::/64 from fd00:6::/64 ${dev}`, `fd00:7::/64 from fd00:6::/64 ${dev} metric 1024 pref medium`],
  [`fd00:8::/64 via fe80::9 ${dev} pref high`, `fd00:8::/64 via fe80::9 ${dev} metric 1024 pref high`],
  [
    `fd00:9::/64 nexthop via fe80::9 ${dev} weight 2 nexthop via fe80::8 ${dev}`,
    "fd00:9::/64 metric 1024 pref medium",
    `nexthop via fe80::9 ${dev} weight 2`,
    `nexthop via fe80::8 ${dev} weight 1`,
  ],
  ["unreachable fd00:a::/64 metric 77", "unreachable fd00:a::/64 dev lo metric 77 pref medium"],
  ["throw fd00:b::/64 table 9", "throw fd00:b::/64 dev lo table 9 metric 1024 pref medium"],
  [`local fd00:c::1 ${dev}`, `local fd00:c::1 ${dev} table local metric 1024 pref medium`],
  [`default inet6 via fe80::9 ${dev}`, `default via fe80::9 ${dev} metric 1024 pref medium`],
];
const rules: readonly (readonly [string, string])[] = [
  ["from all tunnel-id 9 table 7 preference 1", `1:\tfrom all tun_id 9 lookup 7 ${proto}`],
  ["l3mdev preference 2", `2:\tfrom all lookup [l3mdev-table] ${proto}`],
  ["sup_pl 0 table main preference 3", `3:\tfrom all lookup main suppress_prefixlength 0 ${proto}`],
  ["suppress_ifgroup 3 table main order 4", `4:\tfrom all lookup main suppress_ifgroup 3 ${proto}`],
  ["realms 3/4 table 8 preference 5", `5:\tfrom all lookup 8 realms 3/4 ${proto}`],
  ["uidrange 5-6 prohibit preference 6", `6:\tfrom all uidrange 5-6 prohibit ${proto}`],
  ["dport 53 ipproto udp unreachable preference 7", `7:\tfrom all ipproto udp dport 53 unreachable ${proto}`],
  ["to fd00:1::/32 goto 20 preference 8", `8:\tfrom all to fd00:1::/32 goto 20 ${proto}`],
  [
    `inet6 iif enp3s0f0 oif enp3s0f0 fwmark 0x10 table 9 preference 9`,
    `9:\tfrom all fwmark 0x10 iif enp3s0f0 oif enp3s0f0 lookup 9 ${proto}`,
  ],
  ["to fd00:1::/32 nop preference 20", `20:\tfrom all to fd00:1::/32 nop ${proto}`],
];

test("what is written is what `ip` says, what somebody deletes of it is back, and nothing stays", async () => {
  const written = (lines: readonly (readonly [string, ...string[]])[]) => lines.map(([line]) => line);
  const settings = {
    version: 3,
    password: undefined,
    advertisementInterval: 0.2,
    more: [...["virtual_routes {", ...written(routes), "}"], ...["virtual_rules {", ...written(rules), "}"]],
  } as const;
  const opened = await openPair({ kinds: ["understudy", "understudy"], settings: [settings, settings] });
  pair = opened;
  const { a } = opened;
  const expected = [...routes, ...rules].flatMap(([, ...said]) => said).sort();
  const isWhole = () => JSON.stringify(heldRouting(a).sort()) === JSON.stringify(expected);
  const explain = () => {
    const held = heldRouting(a);
    const missing = expected.filter((line) => !held.includes(line));
    const surplus = held.filter((line) => !expected.includes(line));
    return [
      ...missing.map((line) => `- ${line}`),
      ...surplus.map((line) => `+ ${line}`),
      ...a.log.slice(-3),
    ].join("\n");
  };
  a.start();
  await waitFor("all of them", isWhole, { explain });
  inside(a, "ip", "-6", "route", "flush", "table", "all", "proto", "keepalived");
  inside(a, "ip", "-4", "route", "flush", "table", "all", "proto", "keepalived");
  inside(a, "ip", "-6", "rule", "delete", "preference", "8");
  await waitFor("all of them again", isWhole, { explain });
  await a.stop();
  expect(heldRouting(a)).toEqual([]);
});
