/** Three servers as `understudy nats-conf --topology cluster` writes them: every event three times, and one server may die. */

import { copyFileSync, mkdirSync, symlinkSync } from "node:fs";
import { join } from "node:path";
import { jetstreamManager } from "@nats-io/jetstream";
import { afterEach, expect, test, vi } from "vitest";
import { natsConfCommand } from "../../services/cli/nats-conf.ts";
import { connectOnce } from "../../services/client/connect.ts";
import { subscribe } from "../../services/client/subscribe.ts";
import { monotonic } from "../../services/io/clock.ts";
import {
  createEventNode,
  type EventNode,
  freePort,
  isLive,
  isReady,
  patience,
  pidOf,
} from "../support/event-node.ts";

const nodes: EventNode[] = [];
afterEach(async () => {
  for (const node of nodes.splice(0)) await node.end();
});

/** All are on this host, so that all three are written for each, and one is taken. */
async function writeAll(): Promise<string[]> {
  const words = await Promise.all(nodes.map(async ({ name }) => `${name}=127.0.0.1:${await freePort()}`));
  const output = join(nodes[0]?.directory ?? "", "files");
  for (const node of nodes) {
    mkdirSync(join(output, node.name), { recursive: true });
    symlinkSync(join(node.directory, "bus", "keys"), join(output, node.name, "keys"));
  }
  return nodes.map((node) => {
    const [first = "", ...peer] = words;
    const request = { topology: "cluster", node: first, peer, output } as const;
    const listen = `127.0.0.1:${node.port}`;
    const errors: string[] = [];
    const shown = { stdout: () => undefined, stderr: (text: string) => errors.push(text) };
    expect(natsConfCommand({ ...request, ...shown, listen, dataDir: join(node.directory, "data") })).toBe(0);
    expect(errors.join("")).toContain("not encrypted");
    const own = join(node.directory, "server.conf");
    copyFileSync(join(output, node.name, "cluster.conf"), own);
    return own;
  });
}

async function told(node: EventNode, of: string): Promise<number[]> {
  const positions: number[] = [];
  const outcome = await subscribe({
    ...{ address: node.addressOf("reader"), name: "test", filter: { node: of }, follow: false },
    start: { kind: "beginning" },
    onRecord: ({ position }) => void positions.push(position),
    onProblem: () => undefined,
    signal: new AbortController().signal,
  });
  // A read that failed is no history without events: whoever expects none would be content with it.
  if (!outcome.ok) throw new Error(outcome.error);
  return positions;
}

/** A server that has just elected, or come back, may not answer at once; what it answers has to be all of it, once, in order. */
async function hears(node: EventNode, of: string, positions: readonly number[]): Promise<void> {
  await vi.waitFor(async () => expect(await told(node, of)).toEqual(positions), patience);
}

test("a stream is kept three times; with one server killed events go on, and each is there once and in order", async () => {
  nodes.push(await createEventNode("A"), await createEventNode("B"), await createEventNode("C"));
  const [a, b, c] = nodes as [EventNode, EventNode, EventNode];
  const files = await writeAll();
  const servers = nodes.map((node, index) => node.startServer(files[index]));
  for (const server of servers) await isReady(server);
  const journals = nodes.map((node) => node.openJournal());
  const buses = nodes.map((node, index) => node.startBus(journals[index] as (typeof journals)[number]));
  const append = (index: number, count: number) => {
    for (let number = 0; number < count; number += 1)
      journals[index]?.append({
        router: "VI_1",
        key: null,
        class: "config",
        body: { number },
        at: monotonic(),
      });
  };
  append(0, 100);
  append(1, 50);
  for (const bus of buses) await isLive(bus);
  const connected = await connectOnce(a.addressOf("admin"), "test");
  if (!connected.ok) throw new Error(connected.error);
  const manager = await jetstreamManager(connected.value, { checkAPI: false });
  const info = await manager.streams.info(buses[0]?.status().stream ?? "");
  expect([info.config.num_replicas, info.cluster?.replicas?.length]).toEqual([3, 2]);
  await connected.value.close();
  const all = (count: number) => Array.from({ length: count }, (_, index) => index + 1);
  for (const node of nodes) await hears(node, "A", all(100));

  const killed = pidOf(servers[2] as (typeof servers)[number]);
  process.kill(killed, "SIGKILL");
  append(0, 100);
  append(1, 50);
  await isLive(buses[0] as (typeof buses)[number]);
  await isLive(buses[1] as (typeof buses)[number]);
  await hears(b, "A", all(200));
  await hears(a, "B", all(100));
  await vi.waitUntil(() => servers[2]?.status().pid !== killed, patience);
  await hears(c, "A", all(200));
}, 60_000);

test("two are no cluster, and every node of one needs an address", () => {
  const errors: string[] = [];
  const shown = { stdout: () => undefined, stderr: (text: string) => errors.push(text), output: "/nowhere" };
  expect(natsConfCommand({ topology: "cluster", node: "A=10.0.0.1", peer: ["B=10.0.0.2"], ...shown })).toBe(
    2,
  );
  expect(
    natsConfCommand({ topology: "cluster", node: "A", peer: ["B=10.0.0.2", "C=10.0.0.3"], ...shown }),
  ).toBe(2);
  expect(errors.join("")).toMatch(/neither is a majority\n.*the others link to A/u);
});
