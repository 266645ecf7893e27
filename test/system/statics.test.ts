/** Static addresses, routes and rules: there whoever is active, kept there, and gone with the daemon. */

import { afterEach, expect, test } from "vitest";
import { openPair, type Pair } from "../support/pair.ts";
import type { RouterSettings } from "../support/pair-config.ts";
import type { RouterKind } from "../support/pair-program.ts";
import type { PairRouter } from "../support/pair-router.ts";
import { waitFor } from "../support/pair-wait.ts";
import { heldAddresses, heldRouting } from "../support/routing-views.ts";
import { inside } from "../support/virtual-mac-site.ts";

let pair: Pair | undefined;
afterEach(() => pair?.close());

const addresses = ["10.90.0.1/24 dev enp3s0f0 label enp3s0f0:9", "fd00:90::1/64 dev enp3s0f0"];
const routes = [
  "10.91.0.0/24 via 10.90.0.254 dev enp3s0f0 src 10.90.0.1",
  "blackhole 10.92.0.0/24 table 100",
  "fd00:91::/64 dev enp3s0f0 metric 7",
];
const rules = ["from 10.93.0.0/24 table 100 preference 700", "from fd00:93::/64 table 100 preference 701"];
const blocks = (addressLines: readonly string[], routeLines: readonly string[], ruleLines = rules) => [
  ...["static_ipaddress {", ...addressLines, "}"],
  ...["static_routes {", ...routeLines, "}"],
  ...["static_rules {", ...ruleLines, "}"],
];
const common = { version: 3, password: undefined, advertisementInterval: 0.2 } as const;

/** What there is of all that, and nothing else. */
function held(router: PairRouter): string[] {
  return [...heldAddresses(router, "10.90.0.0/16", "fd00:90::/32"), ...heldRouting(router)];
}

const complete = addresses.length + routes.length + rules.length;

async function whole(router: PairRouter, count = complete): Promise<string[]> {
  return await waitFor(`all of ${router.name}`, () => held(router).length === count && held(router), {
    explain: () => [...held(router), ...router.log.slice(-5)].join("\n"),
  });
}

async function open(other: RouterKind, change: Partial<RouterSettings> = {}): Promise<Pair> {
  const settings = { ...common, before: blocks(addresses, routes), ...change };
  pair = await openPair({ kinds: ["understudy", other], settings: [settings, settings] });
  return pair;
}

/** Both programs are asked as backups. */
async function started(router: PairRouter): Promise<string[]> {
  router.start();
  return await whole(router);
}

test("the same file gives the same addresses, routes and rules of both families, before anybody is active; stopping takes them away", async () => {
  const { a, b } = await open("keepalived");
  const ours = await started(a);
  await a.stop();
  expect(held(a)).toEqual([]);
  expect(ours).toEqual(await started(b));
});

test("somebody deletes them: each is back, and the log says so", async () => {
  const { a } = await open("understudy");
  const before = await started(a);
  const same = (what: string) =>
    waitFor(what, () => JSON.stringify(held(a)) === JSON.stringify(before), {
      explain: () => held(a).join("\n"),
    });
  inside(a, "ip", "rule", "delete", "preference", "700");
  inside(a, "ip", "-6", "route", "delete", "fd00:91::/64", "dev", "enp3s0f0");
  await same("rule and route");
  await a.awaitLog(/put back static rule 700: from 10\.93\.0\.0\/24 lookup 100, which somebody deleted/u);
  await a.awaitLog(/put back static route fd00:91::\/64 dev enp3s0f0 metric 7, which somebody deleted/u);
  inside(a, "ip", "address", "delete", "10.90.0.1/24", "dev", "enp3s0f0");
  await same("the address and the route that needs it");
  await a.awaitLog(/put back static address 10\.90\.0\.1\/24@enp3s0f0, which somebody deleted/u);
});

test("the interface goes down and comes up: what the kernel dropped with it is back", async () => {
  const { a } = await open("understudy");
  const before = await started(a);
  inside(a, "ip", "link", "set", "enp3s0f0", "down");
  await waitFor("the loss", () => held(a).length < before.length);
  inside(a, "ip", "link", "set", "enp3s0f0", "up");
  await waitFor("all of it", () => JSON.stringify(held(a)) === JSON.stringify(before), {
    explain: () => held(a).join("\n"),
  });
});

test("a daemon that was killed leaves them: the next one keeps what is wanted and takes away what is not", async () => {
  const { a } = await open("understudy");
  const before = await started(a);
  await a.kill();
  expect(held(a)).toEqual(before);
  a.configure({ before: blocks(addresses.slice(0, 1), routes.slice(1, 2), rules.slice(0, 1)) });
  a.start();
  const left = await whole(a, 3);
  expect(left.every((line) => before.includes(line))).toBe(true);
  await a.awaitLog(/removed static address fd00:90::1\/64@enp3s0f0, left by a daemon that died/u);
  // What was there before this daemon is still its own to take away.
  await a.stop();
  expect(held(a)).toEqual([]);
});

test("an address that the host had before stays when the daemon ends", async () => {
  const { a } = await open("understudy");
  inside(a, "ip", "address", "add", "10.90.0.1/24", "dev", "enp3s0f0");
  const own = heldAddresses(a, "10.90.0.0/16");
  await started(a);
  await a.stop();
  expect(held(a)).toEqual(own);
});

test("a reload with others: only the difference goes and comes", async () => {
  const { a } = await open("understudy");
  const before = await started(a);
  const next = [...routes.slice(1), "10.95.0.0/24 dev enp3s0f0"];
  await a.awaitLog(/Understudy started/u);
  a.configure({ before: blocks(addresses, next) });
  a.signal("SIGHUP");
  await waitFor("the new route", () => held(a).includes("10.95.0.0/24 dev enp3s0f0"), {
    explain: () => [...held(a), ...a.log.slice(-5)].join("\n"),
  });
  expect(held(a)).toEqual(
    [...before.filter((line) => !line.startsWith("10.91.")), "10.95.0.0/24 dev enp3s0f0"].sort(
      (one, other) => orderOf(one, before) - orderOf(other, before),
    ),
  );
});

/** The new route stands where the one was that went. */
function orderOf(line: string, before: readonly string[]): number {
  const place = before.indexOf(line);
  return place === -1 ? before.findIndex((each) => each.startsWith("10.91.")) : place;
}
