/** Virtual routes and rules in the kernel's tables, with `ip` as the judge: as keepalived has them, and kept there. */

import { afterEach, expect, test } from "vitest";
import { openPair, type Pair } from "../support/pair.ts";
import { readJournal } from "../support/pair-journal.ts";
import type { PairRouter } from "../support/pair-router.ts";
import { waitFor } from "../support/pair-wait.ts";
import { heldRouting } from "../support/routing-views.ts";
import { inside } from "../support/virtual-mac-site.ts";

let pair: Pair | undefined;
afterEach(() => pair?.close());

const routes = [
  "default via 10.10.10.254",
  "10.50.0.0/24 via 10.10.10.253 dev enp3s0f0 metric 5",
  "src 10.10.10.114 to 10.51.0.0/24 dev enp3s0f0 table 100",
  "10.52.0.0/24 dev enp3s0f0 scope link no_track",
  "blackhole 10.53.0.0/24",
  "unreachable 10.54.0.0/24",
  "prohibit 10.55.0.0/24",
  "throw 10.56.0.0/24 table 100",
  "10.57.0.0/24 nexthop via 10.10.10.253 dev enp3s0f0 weight 3 nexthop via 10.10.10.252 dev enp3s0f0",
  "10.58.0.0/24 via 10.10.10.253 mtu 1400 initcwnd 20",
  "10.59.0.0/24 via 192.168.44.1 dev enp3s0f0 onlink",
  "10.60.0.0/24 via 10.10.10.253 tos 16",
  "fd00:50::/64 dev enp3s0f0",
  "fd00:51::/64 via fe80::99 dev enp3s0f0 metric 50",
  "blackhole fd00:52::/64 table 100",
];
const rules = [
  "from 10.1.0.0/24 table 100",
  "to 10.2.0.0/24 lookup 101 preference 500",
  "fwmark 7/255 table 100 priority 501",
  "iif enp3s0f0 table main order 502",
  "from fd00:1::/64 table 100 preference 503",
  "from 10.3.0.0/24 blackhole preference 504 no_track",
  "not from 10.3.1.0/24 to 10.4.0.0/24 dsfield 4 table 100 preference 505",
  "oif enp3s0f0 ipproto 6 sport 10-20 table 7 preference 506",
  "from fd00:2::/64 table 101",
];
const linesOf = (ruleLines: readonly string[]) => [
  ...["virtual_routes {", ...routes, "}"],
  ...["virtual_rules {", ...ruleLines, "}"],
];
const more = linesOf(rules);
const settings = { version: 3, password: undefined, advertisementInterval: 0.2, more } as const;

/** Two next hops are lines of their own. */
const complete = routes.length + 2 + rules.length;

async function whole(router: PairRouter): Promise<string[]> {
  return await waitFor(
    `all of ${router.name}`,
    () => heldRouting(router).length === complete && heldRouting(router),
    {
      explain: () => [...heldRouting(router), ...router.log.slice(-5)].join("\n"),
    },
  );
}

async function expectNoChange(router: PairRouter): Promise<void> {
  await router.awaitTransition("backup>active noResponse");
  expect(router.transitions()).toEqual(["initialize>backup startup", "backup>active noResponse"]);
}

async function activeRouter(): Promise<PairRouter> {
  const opened = await openPair({ kinds: ["understudy", "understudy"], settings: [settings, settings] });
  pair = opened;
  opened.a.start();
  await whole(opened.a);
  return opened.a;
}

test("the same file gives the same routes and rules of both families, and stopping takes them away", async () => {
  // keepalived leaves its number off a rule with no_track.
  const same = { ...settings, more: linesOf(rules.map((each) => each.replace(" no_track", ""))) };
  const opened = await openPair({ kinds: ["understudy", "keepalived"], settings: [same, same] });
  pair = opened;
  const { a, b } = opened;
  // A route of the host's own to the same destination stays behind the router's.
  inside(a, "ip", "route", "add", "default", "via", "10.10.10.250");
  a.start();
  const ours = await whole(a);
  await a.stop();
  expect(heldRouting(a)).toEqual([]);
  expect(inside(a, "ip", "route", "show", "default").trim()).toBe("default via 10.10.10.250 dev enp3s0f0");
  b.start();
  expect(ours).toEqual(await whole(b));
});

test("somebody deletes routes and rules: they are back, without a change of the role; what has no_track is not", async () => {
  const router = await activeRouter();
  const before = heldRouting(router);
  const untracked = before.filter((line) => /^10\.52\.|^504:/u.test(line));
  expect(untracked).toHaveLength(2);
  const tracked = before.filter((line) => !untracked.includes(line));
  inside(router, "ip", "route", "flush", "table", "all", "proto", "keepalived");
  inside(router, "ip", "-6", "route", "flush", "table", "all", "proto", "keepalived");
  for (const preference of ["500", "504", "505"])
    inside(router, "ip", "rule", "delete", "preference", preference);
  await waitFor("the tracked ones", () => JSON.stringify(heldRouting(router)) === JSON.stringify(tracked), {
    explain: () => heldRouting(router).join("\n"),
  });
  // Once more within a second: not a fight, but back at its end.
  inside(router, "ip", "-6", "rule", "delete", "preference", "503");
  await waitFor("the rule", () => JSON.stringify(heldRouting(router)) === JSON.stringify(tracked));
  await expectNoChange(router);
});

test("the address that a route has as its source is deleted: both are back", async () => {
  const router = await activeRouter();
  const before = heldRouting(router);
  inside(router, "ip", "address", "delete", "10.10.10.114/32", "dev", "enp3s0f0");
  await waitFor("the route", () => JSON.stringify(heldRouting(router)) === JSON.stringify(before));
  expect(pair?.hasVirtualAddress(router)).toBe(true);
});

test("a daemon that was killed leaves them, and the next one takes them away before anything else", async () => {
  const router = await activeRouter();
  await router.kill();
  expect(heldRouting(router).length).toBeGreaterThan(0);
  router.start();
  await router.awaitLog(/removed 10\.50\.0\.0\/24 via 10\.10\.10\.253 dev enp3s0f0 metric 5, left by/u);
  await router.awaitLog(/removed rule 500: from all to 10\.2\.0\.0\/24 lookup 101, left by/u);
  const removed = readJournal(router.dataDirectory).filter(isLeftover);
  expect(removed.length).toBeGreaterThanOrEqual(routes.length + rules.length - 1);
  await whole(router);
});

test("the kernel refuses one: the others are there, the router stays active, and the log names it", async () => {
  const opened = await openPair({
    kinds: ["understudy", "understudy"],
    settings: [
      {
        ...settings,
        more: ["virtual_routes {", "10.71.0.0/24 via 192.168.77.1", "10.72.0.0/24 dev enp3s0f0", "}"],
      },
      settings,
    ],
  });
  pair = opened;
  opened.a.start();
  await waitFor("the other", () => heldRouting(opened.a).length === 1);
  expect(heldRouting(opened.a)).toEqual(["10.72.0.0/24 dev enp3s0f0"]);
  await opened.a.awaitLog(/routing\.install failed: .*10\.71\.0\.0\/24 via 192\.168\.77\.1/u);
  await expectNoChange(opened.a);
});

test("an interface comes later, goes down and comes up: its route is there whenever it is up", async () => {
  const late = { ...settings, more: ["virtual_routes {", "10.73.0.0/24 dev late0", "}"] };
  const opened = await openPair({ kinds: ["understudy", "understudy"], settings: [late, settings] });
  pair = opened;
  const { a } = opened;
  const link = (...words: string[]) => inside(a, "ip", "link", ...words);
  a.start();
  await a.awaitLog(/routing\.install failed: ENODEV: no such interface, 10\.73\.0\.0\/24 dev late0/u);
  link("add", "late0", "type", "veth", "peer", "name", "late1");
  link("set", "late1", "up");
  link("set", "late0", "up");
  await waitFor("the route", () => heldRouting(a).length === 1);
  link("set", "late0", "down");
  expect(heldRouting(a)).toEqual([]);
  link("set", "late0", "up");
  await waitFor("the route", () => heldRouting(a).length === 1);
  await expectNoChange(a);
});

test("a reload with other routes: only the difference goes and comes, and the role does not change", async () => {
  const router = await activeRouter();
  router.configure({ more: ["virtual_routes {", ...routes.slice(1, 3), "10.61.0.0/24 dev enp3s0f0", "}"] });
  router.signal("SIGHUP");
  await waitFor("the difference", () => heldRouting(router).length === 3);
  expect(heldRouting(router)).toEqual([
    "10.51.0.0/24 dev enp3s0f0 table 100 src 10.10.10.114",
    "10.50.0.0/24 via 10.10.10.253 dev enp3s0f0 metric 5",
    "10.61.0.0/24 dev enp3s0f0",
  ]);
  await expectNoChange(router);
});

function isLeftover({ class: kind, body }: { readonly class: string; readonly body: unknown }): boolean {
  return kind === "fault" && JSON.stringify(body).includes('"notice":"leftover"');
}
