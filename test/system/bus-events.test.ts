/** `understudy events` against a real nats-server: history, live events, restarts, several nodes. Needs nats-server. */

import { PassThrough } from "node:stream";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import type { EventRecord } from "../../contracts/events/envelope.ts";
import type { EventClass } from "../../contracts/events/subjects.ts";
import { type EventsOptions, eventsCommand } from "../../services/cli/events.ts";
import { parseNatsUrl } from "../../services/client/address.ts";
import { monotonic } from "../../services/io/clock.ts";
import { success } from "../../services/io/outcome.ts";
import type { Journal } from "../../services/journal/journal.ts";
import { createEventNode, type EventNode, isLive, isReady, patience, pidOf } from "../support/event-node.ts";

let node: EventNode;
let journal: Journal;
let watchers: Watcher[];

beforeEach(async () => {
  node = await createEventNode();
  journal = node.openJournal();
  watchers = [];
});

afterEach(async () => {
  for (const watcher of watchers) await watcher.end();
  await node.end();
});

interface Watcher {
  readonly lines: string[];
  readonly problems: string[];
  /** Resolves with the exit status. */
  readonly ended: Promise<number>;
  end(): Promise<number>;
}

function watch(options: Partial<EventsOptions> = {}): Watcher {
  const ending = new AbortController();
  const lines: string[] = [];
  const problems: string[] = [];
  const collect = (into: string[]) => {
    let rest = "";
    return new PassThrough().setEncoding("utf8").on("data", (chunk: string) => {
      const parts = `${rest}${chunk}`.split("\n");
      rest = parts.pop() ?? "";
      into.push(...parts);
    });
  };
  const streams = { stdout: collect(lines), stderr: collect(problems) };
  const ended = eventsCommand({
    address: success(node.addressOf("reader")),
    follow: true,
    json: true,
    ...streams,
    ...options,
    signal: ending.signal,
  });
  const watcher: Watcher = {
    lines,
    problems,
    ended,
    end() {
      ending.abort();
      return ended;
    },
  };
  watchers.push(watcher);
  return watcher;
}

function append(count: number, eventClass: EventClass = "config", to = journal): void {
  for (let number = 0; number < count; number += 1) {
    const body = { notice: "test", detail: `number ${number}` };
    to.append({ router: `VI_${number % 2}`, key: null, class: eventClass, body, at: monotonic() });
  }
}

const has = (watcher: Watcher, count: number) => vi.waitUntil(() => watcher.lines.length >= count, patience);
const positions = (watcher: Watcher) =>
  watcher.lines.map((line) => (JSON.parse(line) as EventRecord).position);
const upTo = (count: number) => Array.from({ length: count }, (_, index) => index + 1);

describe("understudy events", () => {
  test("without --follow prints the history and ends; --json is the record as it was stored", async () => {
    node.startServer();
    append(700);
    await isLive(node.startBus(journal));
    const watcher = watch({ follow: false });
    expect(await watcher.ended).toBe(0);
    const records = [...journal.read({ fromPosition: 1 })];
    expect(watcher.lines.map((line) => JSON.parse(line))).toEqual(records);
    const plain = watch({ follow: false, json: false, router: "VI_1", from: 600 });
    expect(await plain.ended).toBe(0);
    expect(plain.lines.length).toBe(51);
    expect(plain.lines[0]).toMatch(/^\d\d:\d\d:\d\d\.\d{6} n1 VI_1 test: number 599$/u);
  });

  test("without --follow and without a server it says so and fails", async () => {
    const watcher = watch({ follow: false });
    expect(await watcher.ended).toBe(1);
    await vi.waitUntil(() => watcher.problems.length > 0, patience);
    expect(watcher.problems).toEqual([
      `understudy events: cannot reach NATS at ${node.url}: connection refused`,
    ]);
  });

  test("--follow waits for the server, says so once, and then prints everything", async () => {
    const watcher = watch();
    await vi.waitUntil(() => watcher.problems.length > 0, patience);
    append(5);
    node.startServer();
    const bus = node.startBus(journal);
    await isLive(bus);
    await has(watcher, 5);
    append(5);
    await has(watcher, 10);
    expect(positions(watcher)).toEqual(upTo(10));
    expect(watcher.problems.length).toBe(1);
    expect(await watcher.end()).toBe(0);
  });

  test("a server killed under a follower leaves neither a gap nor a repetition", async () => {
    const server = node.startServer();
    const bus = node.startBus(journal);
    append(100);
    await isLive(bus);
    const all = watch();
    const some = watch({ router: "VI_1", class: "fault" });
    await has(all, 100);
    append(100);
    process.kill(pidOf(server), "SIGKILL");
    append(50, "fault");
    await isReady(server);
    await isLive(bus);
    append(50, "fault");
    await has(all, 300);
    await has(some, 50);
    expect(positions(all)).toEqual(upTo(300));
    expect(positions(some)).toEqual(
      upTo(100)
        .filter((number) => number % 2 === 0)
        .map((number) => number + 200),
    );
  });

  test("--since now leaves the history out, and a class or an age that is none is refused", async () => {
    node.startServer();
    append(20);
    const bus = node.startBus(journal);
    await isLive(bus);
    const watcher = watch({ since: "now" });
    const all = watch({ since: "1h" });
    await has(all, 20);
    append(1);
    await vi.waitUntil(() => {
      if (watcher.lines.length === 0) append(1);
      return watcher.lines.length > 0;
    }, patience);
    expect(Math.min(...positions(watcher))).toBeGreaterThan(20);
    expect(await watch({ since: "soon" }).ended).toBe(2);
    expect(await watch({ class: "weather" }).ended).toBe(2);
    expect(await watch({ address: parseNatsUrl("x y") }).ended).toBe(2);
  });

  test("several nodes, and the former store of one, are merged by time; --node picks one", async () => {
    node.startOpenServer();
    const other = await createEventNode("n2", node.port);
    node.endings.push(() => other.end());
    const otherJournal = other.openJournal();
    const former = journal;
    const bus = node.startBus(former);
    const otherBus = other.startBus(otherJournal);
    for (let round = 0; round < 10; round += 1) {
      append(3, "config", former);
      append(3, "config", otherJournal);
    }
    await isLive(bus);
    await isLive(otherBus);
    await bus.close({ drainFor: 0 });
    former.close();
    journal = node.openJournal("rebuilt");
    await isLive(node.startBus(journal));
    append(7);
    const watcher = watch();
    await has(watcher, 67);
    const times = watcher.lines.map((line) => (JSON.parse(line) as EventRecord).time);
    expect(times.slice(0, 60)).toEqual(times.slice(0, 60).sort());
    const one = watch({ node: "n2" });
    await has(one, 30);
    append(1, "config", otherJournal);
    await has(one, 31);
    expect(positions(one)).toEqual(upTo(31));
    await has(watcher, 68);
  });
});
