/** Old segments go while NATS has what is in them, and everything goes on with what is left. Needs root and nats-server. */

import { spawn } from "node:child_process";
import { openSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { jetstreamManager } from "@nats-io/jetstream";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { streamName } from "../../contracts/events/subjects.ts";
import { connectOnce } from "../../services/client/connect.ts";
import { monotonic } from "../../services/io/clock.ts";
import type { Journal } from "../../services/journal/journal.ts";
import { compareStores, printCopies } from "../support/copies.ts";
import { flipByte } from "../support/damage.ts";
import { createEventNode, type EventNode, isLive, patience } from "../support/event-node.ts";
import { openTestNetwork, type TestNetwork } from "../support/namespaces.ts";
import { runUnderstudy } from "../support/pair-command.ts";
import { mainProgram } from "../support/pair-program.ts";

let node: EventNode;
let network: TestNetwork | undefined;

beforeEach(async () => {
  node = await createEventNode();
});

afterEach(async () => {
  await node.end();
  await network?.close();
});

const long = "x".repeat(50_000);

function segments(directory: string): string[] {
  return readdirSync(directory).filter((name) => name.endsWith(".journal"));
}

/** Large records until there are so many segments. */
async function fill(journal: Journal, count: number): Promise<void> {
  const { directory } = journal.status();
  for (let number = 0; segments(directory).length < count; number += 1) {
    const draft = { router: `VI_${number % 3}`, key: null, class: "config" } as const;
    journal.append({ ...draft, body: { notice: "test", long }, at: monotonic() });
    if (number % 20 === 0) await new Promise((resolve) => setImmediate(resolve));
  }
}

test("a stream that is made again from a journal that begins later, and a former store that goes once it is stored", async () => {
  const first = node.openJournal();
  const former = first.incarnation();
  await fill(first, 2);
  first.close();
  flipByte(join(node.directory, "journal"), 1);
  node.startServer();
  const journal = node.openJournal();
  await fill(journal, 6);
  const bus = node.startBus(journal);
  await isLive(bus);
  const limits = { octets: 17 * 1024 * 1024, age: 86_400_000 };
  const { retired, overdue } = await journal.retire({ limits, isStored: bus.holds });
  expect(overdue).toBeUndefined();
  expect(retired).toEqual([
    expect.stringContaining(`what store ${former} has from position 1 on`),
    expect.stringContaining(`of store ${journal.incarnation()}`),
  ]);
  const [begin] = [...journal.read({ fromPosition: 1 })];
  expect(begin?.position).toBeGreaterThan(100);
  const connected = await connectOnce(node.addressOf("admin"), "test");
  if (!connected.ok) throw new Error(connected.error);
  const manager = await jetstreamManager(connected.value);
  const { generation } = bus.status();
  await manager.streams.delete(streamName("n1", journal.incarnation()));
  await connected.value.close();
  journal.append({ router: "VI_1", key: null, class: "config", body: 1, at: monotonic() });
  await vi.waitUntil(() => bus.status().generation > generation, patience);
  await isLive(bus);
  const table = await compareStores(node);
  printCopies("a stream made again from what is left", table);
  expect(table.reports).toEqual(table.wanted);
  expect(table.gaps).toEqual([]);
});

test("a daemon lets old segments go by itself, tells it as an event, and its history verifies", async () => {
  network = openTestNetwork();
  const namespace = network.namespace("kept");
  const address = "10.0.0.1/24";
  network.veth(
    { namespace, name: "eth0", address },
    { namespace: network.namespace("other"), name: "eth0", address: "10.0.0.2/24" },
  );
  const data = join(node.directory, "data");
  const journal = node.openJournal("data/journal");
  await fill(journal, 5);
  journal.close();
  const file = join(node.directory, "understudy.yaml");
  const router = "{ name: VI_9, interface: eth0, virtualRouterId: 51, addresses: [10.0.0.99/24] }";
  writeFileSync(file, `node: n1\nrouters:\n  - ${router}\n`);
  const log = join(node.directory, "log");
  const words = ["netns", "exec", namespace, process.execPath, mainProgram, "run", "-f", file];
  const out = openSync(log, "a");
  const daemon = spawn("ip", [...words, "--data-dir", data, "--journal-size", "32MB"], {
    stdio: ["ignore", out, out],
  });
  const ended = new Promise((resolve) => daemon.once("exit", resolve));
  node.endings.push(() => daemon.kill("SIGKILL"));
  const host = { name: "kept", namespace, interface: "eth0", address };
  const ask = (...request: string[]) => runUnderstudy(host, [...request, "--data-dir", data]);
  await vi.waitUntil(() => readFileSync(log, "utf8").includes("went: the journal was larger"), patience);
  expect(segments(join(data, "journal"))).toEqual([2, 3, 4, 5].map((number) => `0000000${number}.journal`));
  const events = await ask("events", "--class", "fault", "--json", "--router", "_node");
  const notices = events.output.map((line) => JSON.parse(line).body);
  expect(notices).toContainEqual({
    notice: "journalRetired",
    detail: expect.stringMatching(
      /^positions 1 to \d+ of store \w+ \(\d+ octets\) went: the journal was larger than 32 MB$/u,
    ),
  });
  const status = JSON.parse((await ask("status", "--json")).output.join("\n"));
  expect(status).toMatchObject({ journal: { overdue: null }, problems: [] });
  const verified = await ask("replay", "--verify", "--json");
  expect(verified).toMatchObject({ code: 0, errors: [] });
  daemon.kill("SIGTERM");
  expect(await ended).toBe(0);
  const refused = await ask("run", "-f", file, "--journal-size", "2");
  expect(refused).toMatchObject({ code: 2 });
  expect(refused.errors).toEqual(['understudy: --journal-size: "2" is no size (512MB, 2GB, 1TB)']);
});
