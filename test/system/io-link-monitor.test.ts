/** Links and addresses as the kernel tells them, also when it tells more than can be read. */

import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import type { LinkState } from "../../services/io/link-table.ts";
import { openTestNetwork, type Program, type TestNetwork } from "../support/namespaces.ts";
import type { AgentCalls, AgentEvent } from "./io-agent.ts";

let network: TestNetwork;
let here: string;
let there: string;
let agent: Program<AgentCalls, AgentEvent>;
let folder: string;

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), "understudy-io-"));
  network = openTestNetwork();
  here = network.namespace("here");
  there = network.namespace("there");
  agent = await network.program<AgentCalls, AgentEvent>(here, "test/system/io-agent.ts");
});

afterEach(async () => {
  await network.close();
  rmSync(folder, { recursive: true });
});

const connect = (name: string) =>
  network.veth({ namespace: here, name, address: "10.0.0.1/24" }, { namespace: there, name: "peer0" });

function isLink(name: string, state: LinkState["state"]) {
  return (event: AgentEvent) =>
    event.kind === "link" && event.link.interface === name && event.link.state === state;
}

function states(from: number, name: string): readonly string[] {
  return agent.events
    .slice(from)
    .flatMap((event) => (event.kind === "link" && event.link.interface === name ? [event.link.state] : []));
}

test("what is there at the start is told first, each thing once", async () => {
  connect("eth0");
  expect(await agent.call("watchLinks")).toBe("ok");
  await agent.waitFor("eth0 up", isLink("eth0", "up"));
  await agent.waitFor(
    "its address",
    (event) => event.kind === "address" && event.event.address === "10.0.0.1",
  );
  expect(states(0, "eth0")).toEqual(["up"]);
  expect(states(0, "lo")).toEqual(["up"]);
});

test("down by the administrator, down by the peer's carrier, and up again are each told once", async () => {
  connect("eth0");
  await agent.call("watchLinks");
  await agent.waitFor("start", isLink("eth0", "up"));
  for (const [namespace, device] of [
    [here, "eth0"],
    [there, "peer0"],
  ] as const) {
    const from = agent.events.length;
    network.ip(namespace, `link set ${device} down`);
    await agent.waitFor("down", isLink("eth0", "down"), from);
    network.ip(namespace, `link set ${device} up`);
    await agent.waitFor("up", isLink("eth0", "up"), from);
    expect(states(from, "eth0")).toEqual(["down", "up"]);
  }
});

test("a deleted interface is absent, and one made again under its name has a new index", async () => {
  connect("eth0");
  await agent.call("watchLinks");
  const before = await agent.waitFor("start", isLink("eth0", "up"));
  network.ip(here, "link del eth0");
  await agent.waitFor("absent", isLink("eth0", "absent"));
  const from = agent.events.length;
  connect("eth0");
  const after = await agent.waitFor("again", isLink("eth0", "up"), from);
  expect(before.kind === "link" && after.kind === "link" && before.link.index !== after.link.index).toBe(
    true,
  );
  const order = agent.events.flatMap((event) =>
    event.kind === "address" && event.event.address === "10.0.0.1" ? [event.event.change] : [],
  );
  expect(order).toEqual(["added", "removed", "added"]);
});

test("a renamed interface is absent under its old name and takes its addresses along", async () => {
  connect("eth0");
  await agent.call("watchLinks");
  await agent.waitFor("start", isLink("eth0", "up"));
  network.ipBatch(here, ["link set eth0 down", "link set eth0 name wan0", "link set wan0 up"]);
  await agent.waitFor("old name", isLink("eth0", "absent"));
  await agent.waitFor("new name", isLink("wan0", "up"));
  expect(await agent.call("addresses", "eth0")).toEqual([]);
  expect(await agent.call("addresses", "wan0")).toContain("10.0.0.1");
});

test("the primary address is the first global one that is not excluded, and follows changes", async () => {
  connect("eth0");
  network.ipBatch(here, [
    "address add 10.0.0.9/32 dev eth0",
    "address add 10.0.0.2/24 dev eth0",
    "address add 10.7.0.1/24 dev eth0",
  ]);
  await agent.call("watchLinks");
  const primary = (excluded: readonly string[]) => agent.call("primaryAddress", "eth0", excluded);
  expect(await primary([])).toBe("10.0.0.1");
  expect(await primary(["10.0.0.1"])).toBe("10.0.0.9");
  expect(await primary(["10.0.0.1", "10.0.0.9"])).toBe("10.7.0.1");
  network.ip(here, "address flush dev eth0");
  await agent.waitFor(
    "flushed",
    (event) =>
      event.kind === "address" && event.event.change === "removed" && event.event.address === "10.7.0.1",
  );
  expect(await primary([])).toBeUndefined();
});

test("ten thousand events on a blocked loop: the overrun is told and a fresh dump shows what is true", async () => {
  connect("eth0");
  network.veth({ namespace: here, name: "eth1" }, { namespace: there, name: "peer1" });
  await agent.call("watchLinks");
  await agent.waitFor("start", isLink("eth1", "up"));
  const from = agent.events.length;
  const marker = join(folder, "go on");
  const blocked = agent.call("blockUntil", marker);
  network.ipBatch(
    here,
    Array.from({ length: 10_000 }, (_, at) => `link set eth0 alias flood${at}`),
  );
  // All of these come after the overrun, so no event tells them: only the dump can.
  network.ipBatch(here, [
    "link set eth1 down",
    "address add 10.0.0.77/32 dev eth0",
    "address del 10.0.0.1/24 dev eth0",
  ]);
  writeFileSync(marker, "");
  await blocked;
  await agent.waitFor("overrun", (event) => event.kind === "overrun", from);
  await agent.waitFor("eth1 down", isLink("eth1", "down"), from);
  expect(await agent.call("addresses", "eth0")).toContain("10.0.0.77");
  expect(await agent.call("addresses", "eth0")).not.toContain("10.0.0.1");
  expect(states(from, "eth0")).toEqual([]);
  // And live events go on.
  network.ip(here, "link set eth1 up");
  await agent.waitFor("eth1 up", isLink("eth1", "up"), from);
});

test("a throwing handler is reported and nothing is lost", async () => {
  connect("eth0");
  await agent.call("watchLinks", true);
  await agent.waitFor("start", isLink("eth0", "up"));
  const from = agent.events.length;
  network.ip(here, "link set eth0 down");
  await agent.waitFor("down", isLink("eth0", "down"), from);
  network.ip(here, "link set eth0 up");
  await agent.waitFor("up", isLink("eth0", "up"), from);
  const error = "link monitor: a handler threw: handler on purpose";
  expect(agent.events.slice(from)).toContainEqual({ kind: "error", error });
});

test("an exception in a handler of the add-on is an ordinary uncaughtException, and the socket goes on", async () => {
  connect("eth0");
  expect(await agent.call("watchNetlinkThrowing")).toBe(true);
  network.ipBatch(here, ["link set eth0 alias one", "link set eth0 alias two", "link set eth0 alias three"]);
  await agent.waitFor(
    "third message",
    () => agent.events.filter(({ kind }) => kind === "message").length >= 3,
  );
  await agent.waitFor(
    "third exception",
    () => agent.events.filter(({ kind }) => kind === "uncaught").length >= 3,
  );
  expect(agent.events).toContainEqual({ kind: "uncaught", error: "thrown in a netlink handler" });
});
