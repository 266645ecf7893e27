/** The client library against a real nats-server: history, live events, states, and its example. Needs nats-server. */

import { type ChildProcess, execFileSync, spawn } from "node:child_process";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { connectUnderstudy, type TransitionEvent } from "../../services/client/understudy.ts";
import { monotonic } from "../../services/io/clock.ts";
import type { Journal } from "../../services/journal/journal.ts";
import {
  appendTransitions,
  type ClientSite,
  has,
  numbers,
  openClientSite,
  routerKey,
  transitionBody,
  upTo,
} from "../support/client-node.ts";
import { type EventNode, isLive, isReady, patience, pidOf } from "../support/event-node.ts";

let site: ClientSite;
let node: EventNode;
let journal: Journal;

beforeEach(async () => {
  site = await openClientSite();
  ({ node, journal } = site);
});

afterEach(() => site.end());

describe("a subscription without a name", () => {
  test("tells the history from the beginning and what happens, typed and explained, each once", async () => {
    node.startServer();
    appendTransitions(journal, "VI_1", 5);
    const bus = node.startBus(journal);
    await isLive(bus);
    const all = site.listen({ start: "beginning" });
    const takeovers = site.listen({ start: "beginning", router: "VI_1", to: "active", node: "n1" });
    const others = site.listen({ start: "beginning", router: "VI_2" });
    await has(all, 5);
    appendTransitions(journal, "VI_1", 2);
    await has(all, 7);
    await has(takeovers, 4);
    expect(numbers(all)).toEqual(upTo(7));
    expect(numbers(takeovers)).toEqual([1, 3, 5, 6]);
    expect(others).toEqual([]);
    const [written] = [...journal.read({ fromPosition: 1 })];
    expect(all[0]).toEqual({
      ...transitionBody("backup", "active"),
      id: written?.id,
      node: "n1",
      router: "VI_1",
      key: routerKey,
      sequence: 1,
      incarnation: journal.incarnation(),
      position: 1,
      time: written?.time,
      correlationId: written?.correlationId,
      causationId: null,
      explanation: "no advert from an active router in time",
      redelivered: false,
    });
  });

  test("begins now, with the last of each router, at a time or at a position", async () => {
    node.startServer();
    appendTransitions(journal, "VI_1", 10);
    appendTransitions(journal, "VI_2", 10);
    await isLive(node.startBus(journal));
    const records = [...journal.read({ fromPosition: 1 })].filter((record) => record.class === "transition");
    const time = new Date(records[14]?.time ?? "");
    const last = site.listen({ start: "last" });
    const since = site.listen({ start: { time } });
    const from = site.listen({ start: { position: 27 }, node: "n1" });
    const durablyFrom = site.listen({ start: { position: 27 }, node: "n1", durable: "from" });
    const durablyLast = site.listen({ start: "last", durable: "last" });
    const durablySince = site.listen({ start: { time }, durable: "since" });
    await has(last, 2);
    await has(durablyLast, 2);
    await has(from, 7);
    await has(durablyFrom, 7);
    const after = upTo(20).filter((number) => Date.parse(records[number - 1]?.time ?? "") >= time.getTime());
    await has(since, after.length);
    await has(durablySince, after.length);
    const now = site.listen({});
    appendTransitions(journal, "VI_3", 1);
    await vi.waitUntil(() => {
      if (now.length === 0) appendTransitions(journal, "VI_3", 1);
      return now.length > 0;
    }, patience);
    expect(Math.min(...numbers(now))).toBeGreaterThan(20);
    const old = (events: TransitionEvent[]) => numbers(events).filter((number) => number <= 20);
    expect(old(last)).toEqual([10, 20]);
    expect(old(durablyLast)).toEqual([10, 20]);
    expect(old(from)).toEqual([14, 15, 16, 17, 18, 19, 20]);
    expect(old(durablyFrom)).toEqual([14, 15, 16, 17, 18, 19, 20]);
    expect(old(since)).toEqual(after);
    expect(old(durablySince)).toEqual(after);
  });

  test("a slow handler over the death of the server gets each event once, in order, never two at a time", async () => {
    const server = node.startServer();
    const bus = node.startBus(journal);
    appendTransitions(journal, "VI_1", 20);
    await isLive(bus);
    const events: TransitionEvent[] = [];
    let running = 0;
    let most = 0;
    site.connect().onTransition({ start: "beginning" }, async (event) => {
      running += 1;
      most = Math.max(most, running);
      await vi.waitUntil(() => events.length < 5 || server.status().state === "ready", patience);
      await new Promise((resolve) => setTimeout(resolve, 30));
      events.push(event);
      running -= 1;
    });
    await has(events, 5);
    process.kill(pidOf(server), "SIGKILL");
    await vi.waitUntil(() => server.status().state !== "ready", patience);
    appendTransitions(journal, "VI_1", 20);
    await isReady(server);
    await isLive(bus);
    await has(events, 40);
    expect(numbers(events)).toEqual(upTo(40));
    expect(most).toBe(1);
  });
});

describe("what is told beside transitions", () => {
  test("the state of every router; without a server that is an error, and subscriptions wait and say so once", async () => {
    const client = site.connect();
    const cause = `cannot reach NATS at ${node.url}: connection refused`;
    await expect(client.state()).rejects.toThrow(cause);
    const events = site.listen({ durable: "patient", start: "beginning" }, client);
    await has(site.problems, 1);
    node.startServer();
    appendTransitions(journal, "VI_2", 3);
    appendTransitions(journal, "VI_1", 2);
    await isLive(node.startBus(journal));
    await has(events, 5);
    expect(site.problems).toEqual([cause]);
    const states = await client.state();
    expect(states.map(({ router, to, sequence }) => [router, to, sequence])).toEqual([
      ["VI_1", "backup", 3],
      ["VI_2", "active", 5],
    ]);
    expect((await client.state({ router: "VI_2" })).map(({ router }) => router)).toEqual(["VI_2"]);
    expect(await client.state({ node: "n3" })).toEqual([]);
  });

  test("a record that is none, or of a daemon we cannot read, is told and left out", async () => {
    node.startServer();
    const at = monotonic();
    const body = { ...transitionBody("backup", "active"), reason: "weather" };
    journal.append({ router: "VI_1", key: routerKey, class: "transition", body, at });
    appendTransitions(journal, "VI_1", 1);
    await isLive(node.startBus(journal));
    const events = site.listen({ durable: "careful", start: "beginning" });
    await has(events, 1);
    expect(events[0]?.position).toBe(2);
    expect(site.problems).toEqual([
      `event n1/VI_1/${journal.incarnation()}/1 is no transition that can be read here; it is left out`,
    ]);
  });

  test("servers and names that are none are refused at once", () => {
    expect(() => connectUnderstudy({ servers: "http://x" })).toThrow('servers: "http://x" is not a NATS URL');
    expect(() => site.connect().onTransition({ durable: "a b" }, () => undefined)).toThrow(
      'durable: "a b" is not',
    );
  });
});

describe("the program of docs/client.md", () => {
  const root = fileURLToPath(new URL("../../", import.meta.url));

  /** The example as its users start it: compiled, from outside, by the package's name. */
  function startExample(): ChildProcess & { lines: string[] } {
    const child = spawn(
      process.execPath,
      [join(root, "dist/examples/takeovers.js"), node.url, node.keyOf("handler")],
      {
        stdio: ["ignore", "pipe", "inherit"],
      },
    );
    node.endings.push(() => child.kill("SIGKILL"));
    let text = "";
    const lines: string[] = [];
    child.stdout.setEncoding("utf8").on("data", (chunk: string) => {
      text += chunk;
      lines.splice(0, lines.length, ...text.split("\n").slice(0, -1));
    });
    return Object.assign(child, { lines });
  }

  test("stands there as it is", () => {
    const program = readFileSync(join(root, "examples/takeovers.ts"), "utf8");
    const page = readFileSync(join(root, "docs/client.md"), "utf8");
    expect(page).toContain(`\`\`\`ts\n${program.slice(program.indexOf("import"))}\`\`\`\n`);
  });

  test("compiles against the package, tells the states and the takeovers, and goes on where it was killed", async () => {
    execFileSync(join(root, "node_modules/.bin/tsc"), ["-b", "examples"], { cwd: root });
    node.startServer();
    const bus = node.startBus(journal);
    appendTransitions(journal, "VI_1", 2);
    await isLive(bus);
    const time = (position: number) => [...journal.read({ fromPosition: position })][0]?.time;
    const takeover = "n1 took over VI_1: no advert from an active router in time";
    const first = startExample();
    await has(first.lines, 1);
    expect(first.lines).toEqual([`n1 VI_1 is backup since ${time(3)}`]);
    await vi.waitUntil(() => {
      if (first.lines.length === 1) appendTransitions(journal, "VI_1", 1);
      return first.lines.length > 1;
    }, patience);
    const ended = new Promise((resolve) => first.once("exit", resolve));
    first.kill("SIGTERM");
    await ended;
    expect(first.exitCode).toBe(0);
    expect(new Set(first.lines.slice(1))).toEqual(new Set([takeover]));
    const appended = journal.position() / 2;
    appendTransitions(journal, "VI_2", 1);
    await isLive(bus);
    const second = startExample();
    await vi.waitUntil(() => second.lines.some((line) => line.includes("took over VI_2")), patience);
    const told = [...first.lines.slice(1), ...second.lines.filter((line) => line.startsWith(takeover))];
    expect(told.length).toBeGreaterThan(0);
    expect(told.length).toBeLessThanOrEqual(appended - 2);
    expect(second.lines).toContain("n1 took over VI_2: no advert from an active router in time");
  });
});
