/** A journal that has begun anew: what its former stores have and NATS was never given gets there, once and in order. Needs nats-server. */

import { join } from "node:path";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import type { EventRecord } from "../../contracts/events/envelope.ts";
import type { Bus } from "../../services/bus/bus.ts";
import type { BusStatus } from "../../services/bus/bus-status.ts";
import { subscribe } from "../../services/client/subscribe.ts";
import { monotonic, wallClock } from "../../services/io/clock.ts";
import { type Journal, openJournal } from "../../services/journal/journal.ts";
import { compareStores, printCopies, storedRecords } from "../support/copies.ts";
import { flipByte } from "../support/damage.ts";
import { createEventNode, type EventNode, isLive, isReady, patience, pidOf } from "../support/event-node.ts";

let node: EventNode;

beforeEach(async () => {
  node = await createEventNode();
});

afterEach(() => node.end());

function append(journal: Journal, count: number, detail = ""): void {
  for (let number = 0; number < count; number += 1) {
    const draft = { router: `VI_${number % 5}`, key: null, class: "transition" } as const;
    journal.append({ ...draft, body: { number, detail }, at: monotonic() });
  }
}

async function expectAllStored(title: string): Promise<void> {
  const table = await compareStores(node);
  printCopies(title, table);
  expect(table.reports).toEqual(table.wanted);
  expect(table.gaps).toEqual([]);
}

/** As a reader gets them, who asks for everything. */
async function readAll(): Promise<EventRecord[]> {
  const records: EventRecord[] = [];
  const outcome = await subscribe({
    address: node.addressOf("reader"),
    name: "test",
    filter: {},
    start: { kind: "beginning" },
    follow: false,
    onRecord: (record) => void records.push(record),
    onProblem: () => undefined,
    signal: new AbortController().signal,
  });
  expect(outcome).toEqual({ ok: true, value: undefined });
  return records;
}

test("a damaged end: what the former store had gets into its stream behind what was there, and is read in order", async () => {
  const server = node.startServer();
  const first = node.openJournal();
  const former = first.incarnation();
  append(first, 150);
  const before = node.startBus(first);
  await isLive(before);
  await before.close({ drainFor: 0 });
  append(first, 400);
  first.close();
  flipByte(join(node.directory, "journal"), 1);
  const second = node.openJournal();
  expect(second.former).toBe(former);
  append(second, 30);
  const bus = node.startBus(second);
  await isLive(bus);
  await expectAllStored("damaged end, 150 of 549 stored before");
  expect((await storedRecords(node, former)).length).toBe(549);
  const read = await readAll();
  expect(read.map(({ incarnation, position }) => `${incarnation} ${position}`)).toEqual([
    ...Array.from({ length: 549 }, (_, index) => `${former} ${index + 1}`),
    ...Array.from({ length: 30 }, (_, index) => `${second.incarnation()} ${index + 1}`),
  ]);
  expect(bus.holds(former, undefined)).toBe(true);
  expect(bus.holds("deadbeef", 1)).toBe(false);
  const { generation } = bus.status();
  await isReady(server);
  process.kill(pidOf(server), "SIGKILL");
  await vi.waitUntil(() => bus.status().generation > generation, patience);
  await isLive(bus);
  await expectAllStored("after another connection");
});

test("a flipped byte in the middle costs the record that it hits: all others, before and behind it, get to NATS", async () => {
  const first = node.openJournal();
  const former = first.incarnation();
  append(first, 400);
  first.close();
  flipByte(join(node.directory, "journal"), 100);
  const second = node.openJournal();
  append(second, 30);
  node.startServer();
  await isLive(node.startBus(second));
  const table = await compareStores(node);
  printCopies("a flipped byte in the middle", table);
  expect(table.reports).toEqual(table.wanted);
  expect(table.gaps).toEqual([
    `n1/VI_0/${former}/62: follows sequence 60`,
    `n1/VI_1/${former}/61: at position 302`,
  ]);
  expect(table.reports.map(({ stored }) => stored)).toEqual([399, 30]);
});

test("a server killed while former stores are brought gets each record once; several stores, and another name of the node", async () => {
  const clock = { monotonic, wallClock };
  const directory = join(node.directory, "journal");
  const opened = openJournal({
    ...{ directory, node: "before", machineVersion: "1", clock },
    onFault: () => undefined,
  });
  if (!opened.ok) throw new Error(opened.error);
  append(opened.value, 3000);
  opened.value.close();
  const second = node.openJournal();
  append(second, 3000);
  second.close();
  flipByte(join(node.directory, "journal"), 1);
  const third = node.openJournal();
  append(third, 20);
  const server = node.startServer();
  await isReady(server);
  const seen: BusStatus[] = [];
  const bus: Bus = node.startBus(third, (status) => seen.push(status));
  await vi.waitUntil(() => bus.status().state === "draining", patience);
  process.kill(pidOf(server), "SIGKILL");
  await vi.waitUntil(() => bus.status().generation > 1, patience);
  await isLive(bus);
  await expectAllStored("three stores, a server killed meanwhile");
  expect((await storedRecords(node, opened.value.incarnation(), "before")).length).toBe(3000);
});

test("a store without room for former records is told of, keeps them in the journal, and takes the present ones", async () => {
  const first = node.openJournal();
  const former = first.incarnation();
  append(first, 300, "x".repeat(50_000));
  first.close();
  flipByte(join(node.directory, "journal"), 1);
  const second = node.openJournal();
  append(second, 30);
  node.startOpenServer("200MB");
  const bus = node.startBus(second);
  await isLive(bus);
  expect(bus.status().shortcomings).toEqual([
    `EV_n1_${former}, of a former store, is not complete: insufficient storage resources available`,
  ]);
  expect(bus.holds(former, 1)).toBe(false);
  expect(bus.holds(second.incarnation(), 30)).toBe(true);
});
