/** Durable subscriptions against a real nats-server: processes, servers and stores that are lost. Needs nats-server. */

import { rmSync } from "node:fs";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import type { TransitionEvent } from "../../services/client/understudy.ts";
import type { Journal } from "../../services/journal/journal.ts";
import {
  appendTransitions,
  type ClientSite,
  has,
  numbers,
  openClientSite,
  upTo,
} from "../support/client-node.ts";
import { createEventNode, type EventNode, isLive, isReady, patience, pidOf } from "../support/event-node.ts";

let site: ClientSite;
let node: EventNode;
let journal: Journal;

beforeEach(async () => {
  site = await openClientSite();
  ({ node, journal } = site);
});

afterEach(() => site.end());

/** Waits for the last transition, behind which nothing else is on the way, and returns the numbers before it. */
async function allBefore(events: readonly TransitionEvent[], last: number): Promise<number[]> {
  await vi.waitUntil(() => numbers(events).includes(last), patience);
  return numbers(events).filter((number) => number !== last);
}

describe("a durable subscription", () => {
  test("goes on behind what was acknowledged, without repeating or waiting", async () => {
    node.startServer();
    const bus = node.startBus(journal);
    appendTransitions(journal, "VI_1", 3);
    await isLive(bus);
    const first = site.connect();
    const done = site.listen({ durable: "billing", start: "beginning" }, first);
    await has(done, 3);
    await first.close();
    appendTransitions(journal, "VI_1", 3);
    await isLive(bus);
    const resumed = site.listen({ durable: "billing", start: "beginning" });
    await has(resumed, 3);
    expect(numbers(resumed)).toEqual([4, 5, 6]);
    expect(resumed.map(({ redelivered }) => redelivered)).toEqual([false, false, false]);
  });

  test("close waits for the handler that runs, and its event does not come again", async () => {
    node.startServer();
    appendTransitions(journal, "VI_1", 3);
    await isLive(node.startBus(journal));
    const first = site.connect();
    let finish: (() => void) | undefined;
    const handled: number[] = [];
    const subscription = first.onTransition({ durable: "slow", start: "beginning" }, async (event) => {
      await new Promise<void>((resolve) => {
        finish = resolve;
      });
      handled.push(...numbers([event]));
    });
    await vi.waitUntil(() => finish !== undefined, patience);
    const closing = subscription.close();
    finish?.();
    await closing;
    expect(handled).toEqual([1]);
    const resumed = site.listen({ durable: "slow" });
    await has(resumed, 2);
    expect(numbers(resumed)).toEqual([2, 3]);
  });

  test("left and taken up again while events come, it has each once, and none waits to be handed out again", async () => {
    node.startServer();
    await isLive(node.startBus(journal));
    const all: TransitionEvent[] = [];
    // Below the ten seconds after which the server hands out again what was not acknowledged.
    const prompt = { timeout: 9000, interval: 5 };
    for (let round = 1; round <= 30; round += 1) {
      const client = site.connect();
      client.onTransition({ durable: "shifts", start: "beginning" }, (event) => void all.push(event));
      appendTransitions(journal, "VI_1", 2);
      await vi.waitUntil(() => all.length > (round - 1) * 3, prompt);
      const closing = client.close();
      appendTransitions(journal, "VI_1", 1);
      await closing;
    }
    site.connect().onTransition({ durable: "shifts" }, (event) => void all.push(event));
    await vi.waitUntil(() => all.length >= 90, prompt);
    expect(numbers(all)).toEqual(upTo(90));
  });

  test("a handler that fails gets its event again, marked, before any other; the failure is told once", async () => {
    node.startServer();
    appendTransitions(journal, "VI_1", 2);
    await isLive(node.startBus(journal));
    const told: [number | undefined, boolean][] = [];
    site.connect().onTransition({ durable: "failing", start: "beginning" }, (event) => {
      told.push([numbers([event])[0], event.redelivered]);
      if (told.length < 3) throw new Error("the ticket system is away");
    });
    await has(told, 4);
    expect(told).toEqual([
      [1, false],
      [1, true],
      [1, true],
      [2, false],
    ]);
    expect(site.problems.length).toBe(1);
    expect(site.problems[0]).toMatch(
      /^the handler failed for n1\/VI_1\/.+\/1, which it gets again and again: the ticket/u,
    );
  });

  test("a server killed again and again under it loses and repeats nothing", async () => {
    const server = node.startServer();
    const bus = node.startBus(journal);
    const events = site.listen({ durable: "audit", start: "beginning" });
    for (let round = 1; round <= 3; round += 1) {
      appendTransitions(journal, "VI_1", 50);
      await vi.waitUntil(() => events.length > (round - 1) * 50, patience);
      process.kill(pidOf(server), "SIGKILL");
      await vi.waitUntil(() => server.status().state !== "ready", patience);
      await isReady(server);
      await isLive(bus);
      await has(events, round * 50);
    }
    expect(numbers(events)).toEqual(upTo(150));
  });

  test("a server that lost its store is filled from the journal, and nothing is told twice or left out", async () => {
    const server = node.startServer();
    const bus = node.startBus(journal);
    appendTransitions(journal, "VI_1", 4);
    await isLive(bus);
    const all = site.listen({ durable: "all", start: "beginning" });
    const later = site.listen({ durable: "later" });
    await has(all, 4);
    appendTransitions(journal, "VI_2", 1);
    await vi.waitUntil(() => {
      if (later.length === 0) appendTransitions(journal, "VI_2", 1);
      return later.length > 0;
    }, patience);
    await server.stop();
    rmSync(join(node.directory, "bus"), { recursive: true });
    appendTransitions(journal, "VI_1", 3);
    node.startServer();
    await isLive(bus);
    const last = journal.position() / 2;
    expect(await allBefore(all, last)).toEqual(upTo(last - 1));
    const [first = 0] = numbers(later);
    expect(await allBefore(later, last)).toEqual(upTo(last - 1).filter((number) => number >= first));
    expect(first).toBeGreaterThan(4);
  });

  test("follows several nodes, and a node that comes up later or is rebuilt from its first event on", async () => {
    node.startOpenServer();
    const bus = node.startBus(journal);
    appendTransitions(journal, "VI_1", 2);
    await isLive(bus);
    const events = site.listen({ durable: "site", start: "last" });
    await has(events, 1);
    const other = await createEventNode("n2", node.port);
    node.endings.push(() => other.end());
    const otherJournal = other.openJournal();
    appendTransitions(otherJournal, "VI_1", 3);
    await isLive(other.startBus(otherJournal));
    await bus.close({ drainFor: 5000 });
    const rebuilt = node.openJournal("rebuilt");
    appendTransitions(rebuilt, "VI_1", 4);
    await isLive(node.startBus(rebuilt));
    await has(events, 8);
    const of = (incarnation: string) => numbers(events.filter((event) => event.incarnation === incarnation));
    expect(of(journal.incarnation())).toEqual([2]);
    expect(of(otherJournal.incarnation())).toEqual([1, 2, 3]);
    expect(of(rebuilt.incarnation())).toEqual([1, 2, 3, 4]);
    expect(
      (await site.connect().state()).map(({ node: name, to, position }) => [name, to, position]),
    ).toEqual([
      ["n1", "backup", 7],
      ["n2", "active", 5],
    ]);
  });
});
