/** Journal to stream against a real nats-server, killed, frozen and absent: each record exactly once, in order. Needs nats-server. */

import { once } from "node:events";
import { cpSync, rmSync } from "node:fs";
import { join } from "node:path";
import { jetstreamManager } from "@nats-io/jetstream";
import type { NatsConnection } from "@nats-io/transport-node";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import type { EventRecord } from "../../contracts/events/envelope.ts";
import { streamName } from "../../contracts/events/subjects.ts";
import { startBus } from "../../services/bus/bus.ts";
import type { BusStatus } from "../../services/bus/bus-status.ts";
import { connectOnce } from "../../services/client/connect.ts";
import { monotonic } from "../../services/io/clock.ts";
import { findBrokenLink } from "../../services/journal/chain.ts";
import type { Journal } from "../../services/journal/journal.ts";
import {
  createEventNode,
  type EventNode,
  firstLine,
  isLive,
  isReady,
  patience,
  pidOf,
  runDaemon,
} from "../support/event-node.ts";

let node: EventNode;
let journal: Journal;
let seen: BusStatus[];

beforeEach(async () => {
  node = await createEventNode();
  seen = [];
  journal = node.openJournal();
});

afterEach(() => node.end());

const publish = () => node.startBus(journal, (status) => seen.push(status));

function append(count: number): void {
  for (let number = 0; number < count; number += 1) {
    const router = `VI_${number % 5}`;
    journal.append({ router, key: null, class: "transition", body: { number }, at: monotonic() });
  }
}

async function connectAsAdmin(): Promise<NatsConnection> {
  const connected = await connectOnce(node.addressOf("admin"), "test");
  if (!connected.ok) throw new Error(connected.error);
  return connected.value;
}

/** Everything the stream of a store holds, in the order of the stream. */
async function stored(incarnation: string): Promise<EventRecord[]> {
  const connection = await connectAsAdmin();
  const manager = await jetstreamManager(connection);
  const name = streamName("n1", incarnation);
  const { first_seq, last_seq } = (await manager.streams.info(name)).state;
  const records: EventRecord[] = [];
  for (let seq = first_seq; seq <= last_seq; seq += 1) {
    const message = await manager.direct.getMessage(name, { seq });
    if (message !== null) records.push(message.json<EventRecord>());
  }
  await connection.close();
  return records;
}

async function expectStoredEqualsWritten(count: number): Promise<void> {
  const copy = await stored(journal.incarnation());
  expect(copy.map(({ position }) => position)).toEqual(
    Array.from({ length: count }, (_, index) => index + 1),
  );
  expect(copy).toEqual([...journal.read({ fromPosition: 1 })]);
  expect(findBrokenLink(copy)).toBeUndefined();
}

const turn = () => new Promise((resolve) => setImmediate(resolve));

describe("the drain", () => {
  test("a server that is absent at the start gets everything once it is there", async () => {
    const bus = publish();
    append(600);
    await vi.waitUntil(() => bus.status().state === "down", patience);
    expect(bus.status()).toMatchObject({ backlog: 600, acknowledged: 0, generation: 0 });
    expect(bus.status().lastError).toBe(`cannot reach NATS at ${node.url}: connection refused`);
    node.startServer();
    await isLive(bus);
    append(10);
    await isLive(bus);
    await expectStoredEqualsWritten(610);
    expect(seen.map(({ state }) => state)).toEqual(["down", "provisioning", "draining", "live"]);
    expect(bus.status()).toMatchObject({
      lastError: undefined,
      shortcomings: [],
      serverVersion: expect.any(String),
    });
  });

  test("a server killed twice during 2,000 appends holds each record once and in order", async () => {
    const server = node.startServer();
    const bus = publish();
    await isLive(bus);
    for (let round = 0; round < 200; round += 1) {
      append(10);
      if (round === 60 || round === 140) {
        await isReady(server);
        process.kill(pidOf(server), "SIGKILL");
      }
      await turn();
    }
    await isLive(bus);
    await expectStoredEqualsWritten(2000);
    expect(bus.status().generation).toBeGreaterThan(1);
  });

  test("a server frozen for five seconds delays nobody, and then gets each record once and in order", async () => {
    const server = node.startServer();
    const bus = publish();
    await isLive(bus);
    append(300);
    const pid = pidOf(server);
    process.kill(pid, "SIGSTOP");
    let longestTurn = 0;
    const frozenAt = performance.now();
    while (performance.now() - frozenAt < 5000) {
      const before = performance.now();
      append(2);
      await new Promise((resolve) => setTimeout(resolve, 10));
      longestTurn = Math.max(longestTurn, performance.now() - before);
    }
    expect(bus.status()).toMatchObject({ state: "down" });
    process.kill(pid, "SIGCONT");
    await isLive(bus);
    await expectStoredEqualsWritten(journal.position());
    expect(longestTurn).toBeLessThan(250);
  });

  test("a daemon killed in the middle goes on behind the stream's last record, without a checkpoint", async () => {
    node.startServer();
    journal.close();
    const daemon = runDaemon(
      node,
      `
      const options = { directory: directory + "/journal", node: "n1", machineVersion: "1", clock, onFault() {} };
      const journal = openJournal(options).value;
      const bus = startBus({ journal, url: "nats://127.0.0.1:" + port, node: "n1", credentials, onStatus() {} }).value;
      for (let number = 0; ; number += 1) {
        for (let router = 0; router < 5; router += 1) {
          const draft = { router: "VI_" + router, key: null, class: "transition", body: { number } };
          journal.append({ ...draft, at: clock.monotonic() });
        }
        if (bus.status().acknowledged > 800) { console.log("far enough"); break; }
        await new Promise((resolve) => setTimeout(resolve, 1));
      }
      for (let number = 0; ; number += 1) {
        journal.append({ router: "VI_0", key: null, class: "transition", body: { number }, at: clock.monotonic() });
        await new Promise((resolve) => setImmediate(resolve));
      }`,
    );
    expect(await firstLine(daemon)).toBe("far enough");
    daemon.kill("SIGKILL");
    await once(daemon, "exit");
    journal = node.openJournal();
    const bus = publish();
    append(50);
    await isLive(bus);
    await expectStoredEqualsWritten(journal.position());
  });

  test("a stream that somebody deletes is made again and holds everything again", async () => {
    node.startServer();
    const bus = publish();
    append(400);
    await isLive(bus);
    const connection = await connectAsAdmin();
    await (await jetstreamManager(connection)).streams.delete(streamName("n1", journal.incarnation()));
    await connection.close();
    append(1);
    await vi.waitUntil(() => bus.status().generation === 2, patience);
    await isLive(bus);
    await expectStoredEqualsWritten(401);
  });

  test("closing waits for the stream, and not longer than it was told to", async () => {
    const server = node.startServer();
    const bus = publish();
    await isLive(bus);
    append(2000);
    await bus.close({ drainFor: 10_000 });
    await expectStoredEqualsWritten(2000);
    await server.stop();
    const cut = publish();
    append(1);
    const before = performance.now();
    await cut.close({ drainFor: 200 });
    expect(performance.now() - before).toBeLessThan(1500);
  });
});

describe("two truths", () => {
  test("a journal set back behind its stream becomes a new store, whose stream takes the subjects over", async () => {
    node.startServer();
    append(10);
    cpSync(join(node.directory, "journal"), join(node.directory, "backup"), { recursive: true });
    rmSync(join(node.directory, "backup", "lock"));
    const former = journal.incarnation();
    append(10);
    const bus = publish();
    await isLive(bus);
    await bus.close({ drainFor: 0 });
    journal = node.openJournal("backup");
    expect(journal.incarnation()).toBe(former);
    const again = publish();
    await vi.waitUntil(() => journal.incarnation() !== former, patience);
    append(7);
    await isLive(again);
    await expectStoredEqualsWritten(7);
    expect((await stored(former)).length).toBe(20);
  });

  test("a malformed URL is an error at the start that names the setting", () => {
    expect(startBus({ journal, url: "x y", node: "n1", onStatus: () => undefined })).toEqual({
      ok: false,
      error: '--nats: "x y" is not a NATS URL (expected nats://host:4222)',
    });
  });
});
