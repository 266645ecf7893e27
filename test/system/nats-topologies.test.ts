/** Servers as `understudy nats-conf` writes them, linked: each event in every copy once and in order. Needs nats-server. */

import { copyFileSync, mkdirSync, rmSync, symlinkSync } from "node:fs";
import { join } from "node:path";
import { jetstreamManager } from "@nats-io/jetstream";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import type { EventRecord } from "../../contracts/events/envelope.ts";
import type { Bus } from "../../services/bus/bus.ts";
import type { EmbeddedServer } from "../../services/bus/server.ts";
import type { Presence } from "../../services/bus/state-bucket.ts";
import { mirrorsCommand } from "../../services/cli/mirrors.ts";
import { natsConfCommand } from "../../services/cli/nats-conf.ts";
import { type NatsAddress, parseNatsUrl } from "../../services/client/address.ts";
import { connectOnce } from "../../services/client/connect.ts";
import { readStates } from "../../services/client/states.ts";
import { subscribe } from "../../services/client/subscribe.ts";
import { monotonic, wallClock } from "../../services/io/clock.ts";
import { success } from "../../services/io/outcome.ts";
import type { Journal } from "../../services/journal/journal.ts";
import { createEventNode, type EventNode, freePort, isLive, patience, pidOf } from "../support/event-node.ts";
import { nodePresence } from "../support/node-presence.ts";

interface Site {
  readonly node: EventNode;
  journal: Journal;
  server: EmbeddedServer;
  bus: Bus;
}

let a: Site;
let b: Site;
let hub: EventNode;
let files: string;
const ended = new AbortController();

/** All are on this host, so that each needs a port of its own for clients: all are written for each, and one is taken. */
function write(
  topology: "pair" | "hub",
  node: EventNode,
  words: { node: string; peer: string[]; hub?: string },
): string {
  const said: string[] = [];
  const code = natsConfCommand({
    ...{ ...words, topology, listen: `127.0.0.1:${node.port}`, output: files },
    dataDir: join(node.directory, "data"),
    stdout: (text) => said.push(text),
    stderr: () => undefined,
  });
  expect(code).toBe(0);
  const own = join(node.directory, "server.conf");
  copyFileSync(join(files, node.name, `${topology}.conf`), own);
  return own;
}

function adoptKeys(node: EventNode): void {
  mkdirSync(join(files, node.name), { recursive: true });
  symlinkSync(join(node.directory, "bus", "keys"), join(files, node.name, "keys"));
}

function start(node: EventNode, configuration: string, peers: string[]): Site {
  const journal = node.openJournal();
  return {
    node,
    journal,
    server: node.startServer(configuration),
    bus: node.startBus(journal, undefined, peers, presenceOf(node.name)),
  };
}

/** A node without routers. */
function presenceOf(node: string): Presence {
  return {
    names: () => [],
    router: () => undefined,
    node: (isStopped) => nodePresence(node, { at: wallClock(), isStopped }),
  };
}

/** Who speaks by the present states on a server. */
async function speakers(site: Site): Promise<string> {
  const states = await readStates(reader(site));
  return states.ok
    ? states.value.nodes
        .map(({ node }) => node)
        .sort()
        .join()
    : states.error;
}

/** When a node spoke last, as a server knows it; RFC 3339. */
async function spokeAt(site: Site, node: string): Promise<string> {
  const states = await readStates(reader(site));
  return (states.ok && states.value.nodes.find((each) => each.node === node)?.at) || "";
}

beforeEach(async () => {
  [a, b, hub] = await (async () => {
    const [one, other, third] = [
      await createEventNode("A"),
      await createEventNode("B"),
      await createEventNode("audit"),
    ];
    files = join(one.directory, "files");
    for (const node of [one, other]) adoptKeys(node);
    const words = {
      node: `A=127.0.0.1:${await freePort()}`,
      peer: ["B"],
      hub: `audit=127.0.0.1:${await freePort()}`,
    };
    const hubFile = write("pair", third, words);
    third.startServer(hubFile);
    const sites = [
      start(one, write("pair", one, words), ["B"]),
      start(other, write("pair", other, words), ["A"]),
    ] as const;
    return [...sites, third] as const;
  })();
  await isLive(a.bus);
  await isLive(b.bus);
});

afterEach(async () => {
  ended.abort();
  for (const node of [a.node, b.node, hub]) await node.end();
});

function append({ journal }: Site, count: number): void {
  for (let number = 0; number < count; number += 1) {
    journal.append({ router: "VI_1", key: null, class: "transition", body: { number }, at: monotonic() });
  }
}

/** What a reader of a server is told of a node. A server that comes back says that it cannot answer: then it is asked again. */
async function told(address: NatsAddress, node: string): Promise<readonly EventRecord[]> {
  return vi.waitFor(() => read(address, node), patience);
}

async function read(address: NatsAddress, node: string): Promise<readonly EventRecord[]> {
  const records: EventRecord[] = [];
  const outcome = await subscribe({
    address,
    name: "test",
    filter: { node },
    start: { kind: "beginning" },
    follow: false,
    onRecord: (record) => void records.push(record),
    onProblem: () => undefined,
    signal: new AbortController().signal,
  });
  if (!outcome.ok) throw new Error(outcome.error);
  return records;
}

async function isCopied(from: Site, address: NatsAddress): Promise<void> {
  const wanted = [...from.journal.read({ fromPosition: 1 })];
  const copy = await vi.waitUntil(
    async () => {
      const records = await told(address, from.node.name);
      const present = records.filter(({ incarnation }) => incarnation === from.journal.incarnation());
      return present.length >= wanted.length ? present : undefined;
    },
    { timeout: 30_000, interval: 100 },
  );
  expect(copy).toEqual(wanted);
}

const reader = ({ node }: Site) => node.addressOf("reader");

describe("a pair with its hub", () => {
  test("each server has the events of both, once and in order; also after one was killed, and after one was frozen", async () => {
    append(a, 200);
    append(b, 200);
    await isCopied(a, reader(b));
    await isCopied(b, reader(a));
    for (const site of [a, b]) await vi.waitUntil(async () => (await speakers(site)) === "A,B", patience);
    const killed = pidOf(a.server);
    process.kill(killed, "SIGKILL");
    append(a, 100);
    append(b, 100);
    await vi.waitUntil(() => a.server.status().pid !== killed, patience);
    await isLive(a.bus);
    await isCopied(a, reader(b));
    await isCopied(b, reader(a));
    process.kill(pidOf(b.server), "SIGSTOP");
    append(a, 100);
    await isLive(a.bus);
    process.kill(pidOf(b.server), "SIGCONT");
    append(b, 100);
    await isCopied(a, reader(b));
    await isCopied(b, reader(a));
    expect(await told(reader(a), "A")).toHaveLength(400);
  });

  test("a node that lost all it had writes a new stream, and the other keeps the former one beside its copy", async () => {
    append(a, 50);
    await isLive(a.bus);
    await isCopied(a, reader(b));
    const former = [...a.journal.read({ fromPosition: 1 })];
    await a.bus.close({ drainFor: 0 });
    await a.server.stop();
    a.journal.close();
    rmSync(join(a.node.directory, "data"), { recursive: true });
    rmSync(join(a.node.directory, "journal"), { recursive: true });
    const rebuiltAt = wallClock();
    a = start(a.node, join(a.node.directory, "server.conf"), ["B"]);
    append(a, 20);
    await isLive(a.bus);
    await isCopied(a, reader(b));
    // The new bucket counts from 1 again, and is copied all the same.
    await vi.waitUntil(async () => (await spokeAt(b, "A")) > rebuiltAt, patience);
    const records = await told(reader(b), "A");
    expect(records.filter(({ incarnation }) => incarnation === former[0]?.incarnation)).toEqual(former);
  });

  test("a hub copies each router's events in its account, and no event crosses a link by itself", async () => {
    const signal = new AbortController();
    const problems: string[] = [];
    const address = (router: string): NatsAddress => {
      const parsed = parseNatsUrl(hub.url, { key: join(files, "audit", "keys", router, "admin.nk") });
      if (!parsed.ok) throw new Error(parsed.error);
      return parsed.value;
    };
    const running = ["A", "B"].map((router) =>
      mirrorsCommand({
        ...{ address: success(address(router)), peers: [router], signal: signal.signal },
        stderr: (text) => problems.push(text),
      }),
    );
    append(a, 30);
    append(b, 40);
    await isCopied(a, address("A"));
    await isCopied(b, address("B"));
    expect(await told(address("A"), "B")).toEqual([]);
    const connected = await connectOnce(b.node.addressOf("admin"), "test");
    if (!connected.ok) throw new Error(connected.error);
    const own = await jetstreamManager(connected.value, { domain: "A", timeout: 1000, checkAPI: false });
    await expect(own.streams.delete(a.bus.status().stream)).rejects.toThrow();
    await connected.value.close();
    signal.abort();
    expect(await Promise.all(running)).toEqual([0, 0]);
    expect(await told(reader(a), "A")).toHaveLength(30);
  });
});
