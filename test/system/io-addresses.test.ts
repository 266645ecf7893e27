/** Addresses on a real interface: the lease that the kernel ends, idempotence, and errors that say why. */

import { setTimeout as delay } from "node:timers/promises";
import { afterAll, beforeAll, expect, test } from "vitest";
import { openTestNetwork, type Program, type TestNetwork } from "../support/namespaces.ts";
import type { AgentCalls, AgentEvent } from "./io-agent.ts";

let network: TestNetwork;
let namespace: string;
let agent: Program<AgentCalls, AgentEvent>;
const done = { ok: true, value: undefined };

beforeAll(async () => {
  network = openTestNetwork();
  namespace = network.namespace("a");
  const other = network.namespace("b");
  network.veth({ namespace, name: "eth0", address: "10.0.0.1/24" }, { namespace: other, name: "eth0" });
  agent = await network.program<AgentCalls, AgentEvent>(namespace, "test/system/io-agent.ts");
  expect(await agent.call("watchLinks")).toBe("ok");
});

afterAll(() => network.close());

const virtual = (address: string) => ({ interface: "eth0", address, prefixLength: 32 });

function told(change: "added" | "removed", address: string) {
  return (event: AgentEvent) =>
    event.kind === "address" && event.event.change === change && event.event.address === address;
}

test("a lease that is renewed stays, and one that is not goes by itself with an event", async () => {
  const lease = { ...virtual("10.0.0.50"), validLifetimeSeconds: 2 };
  const started = process.hrtime.bigint();
  const elapsed = () => Number(process.hrtime.bigint() - started) / 1e9;
  while (elapsed() < 5) {
    expect(await agent.call("install", [lease])).toEqual([done]);
    await delay(500);
  }
  expect(agent.events.filter(told("added", "10.0.0.50"))).toHaveLength(1);
  expect(agent.events.filter(told("removed", "10.0.0.50"))).toHaveLength(0);
  const renewed = elapsed();
  await agent.waitFor("the lease ends", told("removed", "10.0.0.50"));
  expect(elapsed() - renewed).toBeGreaterThan(0.9);
  expect(elapsed() - renewed).toBeLessThan(4);
  expect(network.ip(namespace, "address show dev eth0")).not.toContain("10.0.0.50");
});

test("installing an address twice is one address, and a permanent one can become a lease and back", async () => {
  const states: (number | undefined)[] = [];
  for (const validLifetimeSeconds of [undefined, undefined, 60, undefined]) {
    expect(await agent.call("install", [{ ...virtual("10.0.0.51"), validLifetimeSeconds }])).toEqual([done]);
    const listed = await agent.call("list", "eth0");
    const found = listed.ok ? listed.value.filter(({ address }) => address === "10.0.0.51") : [];
    expect(found).toMatchObject([
      { interface: "eth0", prefixLength: 32, family: "ipv4", scope: "global", secondary: false },
    ]);
    states.push(found[0]?.validLifetimeSeconds);
  }
  expect(states).toEqual([undefined, undefined, expect.closeTo(60, -0.5), undefined]);
  const shown = network.ip(namespace, "address show dev eth0");
  expect(shown).toContain("inet 10.0.0.51/32 scope global eth0");
  expect(shown.match(/10\.0\.0\.51/gu)).toHaveLength(1);
});

test("removing an address is at once; removing what is not there, or from no interface, is a success", async () => {
  expect(await agent.call("install", [virtual("10.0.0.52")])).toEqual([done]);
  expect(await agent.call("remove", [virtual("10.0.0.52"), virtual("10.0.0.52")])).toEqual([done, done]);
  expect(network.ip(namespace, "address show dev eth0")).not.toContain("10.0.0.52");
  expect(await agent.call("remove", [{ ...virtual("10.0.0.52"), interface: "gone0" }])).toEqual([done]);
  await agent.waitFor("removal told", told("removed", "10.0.0.52"));
});

test("in one list each address has its own outcome and the others are installed", async () => {
  const outcomes = await agent.call("install", [
    virtual("10.0.0.60"),
    { ...virtual("10.0.0.61"), prefixLength: 33 },
    { ...virtual("10.0.0.62"), interface: "gone0" },
    virtual("not an address"),
    virtual("10.0.0.63"),
  ]);
  expect(outcomes).toEqual([
    done,
    { ok: false, error: "EINVAL: invalid argument (ipv4: Invalid prefix length), 10.0.0.61 on eth0" },
    { ok: false, error: "ENODEV: no such device, interface gone0" },
    { ok: false, error: "not an address is no address" },
    done,
  ]);
  const shown = network.ip(namespace, "address show dev eth0");
  expect(shown).toContain("10.0.0.60/32");
  expect(shown).toContain("10.0.0.63/32");
});

test("an IPv6 address is usable at once, without duplicate address detection, and as a /128 no source by itself (R3-8.2.2-07, RN-4862-01)", async () => {
  const address = { interface: "eth0", address: "fd00::50", prefixLength: 128 };
  expect(await agent.call("install", [address])).toEqual([done]);
  const shown = network.ip(namespace, "-6 address show dev eth0");
  expect(shown).toMatch(/fd00::50\/128 scope global nodad deprecated/u);
  expect(shown).not.toMatch(/fd00::50.*tentative/u);
  expect(await agent.call("remove", [address])).toEqual([done]);
});

test("a thousand addresses go in and out in a few sends, and every one is told once", async () => {
  const many = Array.from({ length: 1000 }, (_, at) => virtual(`10.9.${at >> 8}.${at & 255}`));
  const from = agent.events.length;
  expect((await agent.call("install", many)).every((outcome) => outcome.ok)).toBe(true);
  await agent.waitFor("last added", told("added", "10.9.3.231"), from);
  expect((await agent.call("remove", many)).every((outcome) => outcome.ok)).toBe(true);
  await agent.waitFor("last removed", told("removed", "10.9.3.231"), from);
  const changes = agent.events
    .slice(from)
    .filter((event) => event.kind === "address" && event.event.address.startsWith("10.9."));
  expect(changes).toHaveLength(2000);
  expect(agent.events.slice(from).filter((event) => event.kind === "overrun")).toHaveLength(0);
});
