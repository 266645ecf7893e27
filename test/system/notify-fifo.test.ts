/** FIFOs and observations by a real nats-server: what is repeated, what waits, and what is history. Needs nats-server. */

import { chmodSync, existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import type { Notifications } from "../../contracts/config/notifications.ts";
import type { EventClass } from "../../contracts/events/subjects.ts";
import type { Bus } from "../../services/bus/bus.ts";
import { monotonic } from "../../services/io/clock.ts";
import type { Journal } from "../../services/journal/journal.ts";
import type { Notified } from "../../services/notify/commands.ts";
import { runNotify } from "../../services/notify/notify.ts";
import type { NotifyLogEntry } from "../../services/notify/options.ts";
import { createEventNode, type EventNode, isLive, isReady, patience } from "../support/event-node.ts";

let node: EventNode;
let journal: Journal;
let bus: Bus;
let entries: NotifyLogEntry[];

beforeEach(async () => {
  node = await createEventNode();
  entries = [];
  journal = node.openJournal();
  await isReady(node.startServer());
  bus = node.startBus(journal);
  await isLive(bus);
});

afterEach(() => node.end());

const source = { file: "keepalived.conf", line: 1 };
const fifo = () => join(node.directory, "fifo");
const out = () => join(node.directory, "out");
const lines = () => (existsSync(out()) ? readFileSync(out(), "utf8").trimEnd().split("\n") : []);
const hasLines = (count: number) => vi.waitUntil(() => lines().length >= count, patience);

function script(name: string, text: string): string[] {
  const path = join(node.directory, name);
  writeFileSync(path, `#!/bin/sh\n${text}\n`);
  chmodSync(path, 0o755);
  return [path];
}

function append(eventClass: EventClass, body: unknown, router = "VI_1"): void {
  journal.append({ router, key: null, class: eventClass, body, at: monotonic() });
}

function enter(to: string, router = "VI_1"): void {
  const context = { effectivePriority: 90, activeAddress: null };
  append("transition", { from: "backup", to, reason: "noResponse", context }, router);
}

function heard(priority: number): void {
  append("observation", { observed: "lowerPriority", source: "10.0.0.1", priority, effectivePriority: 90 });
}

function notify(routers: readonly Notified[], notifications?: Notifications): void {
  const ending = new AbortController();
  const ended = runNotify({
    ...{
      node: node.name,
      routers,
      notifications,
      address: node.addressOf("handler"),
      environment: process.env,
    },
    log: (entry) => entries.push(entry),
    signal: ending.signal,
  });
  node.endings.push(() => {
    ending.abort();
    return ended;
  });
}

const routers = ["VI_1", "VI_2"].map((name) => ({ name, handlers: {} }));

test("after a reload the states of the routers that it left alone are written again, where that is asked for", async () => {
  const reader = { argv: script("reader", `exec cat "$1" >> ${out()}`), source };
  notify(routers, { fifos: [{ path: fifo(), reader }], repeatsStates: true });
  enter("active");
  enter("fault", "VI_2");
  await hasLines(2);
  const changes = { added: [], removed: [], changed: [], shared: [], fixed: [] };
  append("config", { change: "reloaded", ...changes, replaced: ["VI_2"], unchanged: 1 }, "_node");
  enter("backup", "VI_2");
  await hasLines(4);
  expect(lines()).toEqual([
    'INSTANCE "VI_1" MASTER 90',
    'INSTANCE "VI_2" FAULT 90',
    'INSTANCE "VI_1" MASTER 90',
    'INSTANCE "VI_2" BACKUP 90',
  ]);
});

test("a pipe that is full keeps the rest in the stream and no handler waiting; its reader misses nothing", async () => {
  const count = 3000;
  const gate = join(node.directory, "gate");
  const wait = `while [ ! -e ${gate} ]; do sleep 0.05; done`;
  const reader = { argv: script("reader", `${wait}\nexec cat "$1" >> ${out()}`), source };
  const told = join(node.directory, "told");
  const active = { argv: script("active", `echo told >> ${told}`), source };
  notify([...routers, { name: "VI_3", handlers: { active } }], { fifos: [{ path: fifo(), reader }] });
  await vi.waitUntil(() => entries.some(({ message }) => message.startsWith("following")), patience);
  for (let index = 0; index < count; index++) enter(index % 2 === 0 ? "active" : "backup");
  await vi.waitUntil(() => entries.some(({ message }) => message.includes("is full; waiting")), patience);
  enter("active", "VI_3");
  await vi.waitUntil(() => existsSync(told), patience);
  writeFileSync(gate, "");
  await hasLines(count + 1);
  expect(lines().filter((line) => line === 'INSTANCE "VI_1" MASTER 90')).toHaveLength(count / 2);
  expect(lines().at(-1)).toBe('INSTANCE "VI_3" MASTER 90');
});

test("a handler of what was observed runs from its start on, not for what was observed before", async () => {
  const text = `echo "$UNDERSTUDY_SOURCE_PRIORITY $UNDERSTUDY_PRIORITY" >> ${out()}`;
  const lowerPriority = { argv: script("lower", text), source };
  enter("active");
  heard(10);
  await isLive(bus);
  const active = { argv: script("active", `echo active >> ${out()}`), source };
  notify([{ name: "VI_1", handlers: { active, lowerPriority } }]);
  await hasLines(1);
  heard(20);
  heard(30);
  await hasLines(3);
  expect(lines()).toEqual(["active", "20 90", "30 90"]);
});
