/** Handlers run from events by a real nats-server: in order, one at a time, once, across restarts. Needs nats-server. */

import { once } from "node:events";
import { chmodSync, existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import type { Handlers } from "../../contracts/config/schema.ts";
import type { RouterState } from "../../contracts/events/transitions.ts";
import type { Bus } from "../../services/bus/bus.ts";
import type { EmbeddedServer } from "../../services/bus/server.ts";
import { monotonic } from "../../services/io/clock.ts";
import type { Journal } from "../../services/journal/journal.ts";
import { runNotify } from "../../services/notify/notify.ts";
import type { NotifyLogEntry } from "../../services/notify/options.ts";
import {
  createEventNode,
  type EventNode,
  isLive,
  isReady,
  patience,
  pidOf,
  runDaemon,
} from "../support/event-node.ts";

let node: EventNode;
let journal: Journal;
let bus: Bus;
let server: EmbeddedServer;
let entries: NotifyLogEntry[];

beforeEach(async () => {
  node = await createEventNode();
  entries = [];
  journal = node.openJournal();
  server = node.startServer();
  await isReady(server);
  bus = node.startBus(journal);
  await isLive(bus);
});

afterEach(() => node.end());

const outputPath = () => join(node.directory, "out");
const output = () =>
  existsSync(outputPath()) ? readFileSync(outputPath(), "utf8").trimEnd().split("\n") : [];
const hasOutput = (count: number) => vi.waitUntil(() => output().length >= count, patience);

function script(name: string, text: string): string {
  const path = join(node.directory, name);
  writeFileSync(path, `#!/bin/sh\n${text}\n`);
  chmodSync(path, 0o755);
  return path;
}

/** Writes when it begins and ends, and a line of its arguments; `before` is shell text. */
function writer(name: string, before = ""): string {
  const out = outputPath();
  return script(
    name,
    `echo "begin ${name} $*" >> ${out}\n${before}\necho "end ${name} $UNDERSTUDY_REDELIVERED" >> ${out}`,
  );
}

function command(...argv: string[]) {
  return { argv, source: { file: "keepalived.conf", line: 1 } };
}

function transition(
  from: RouterState,
  to: RouterState,
  reason: string,
  router = "VI_1",
  into = journal,
): void {
  const context = { effectivePriority: 90, activeAddress: "10.0.0.9" };
  into.append({
    router,
    key: null,
    class: "transition",
    body: { from, to, reason, context },
    at: monotonic(),
  });
}

interface Notify {
  end(): Promise<void>;
}

function notify(routers: Record<string, Handlers>): Notify {
  const ending = new AbortController();
  const ended = runNotify({
    node: node.name,
    routers: Object.entries(routers).map(([name, handlers]) => ({ name, handlers })),
    address: node.addressOf("handler"),
    environment: process.env,
    log: (entry) => entries.push(entry),
    signal: ending.signal,
  });
  const end = () => {
    ending.abort();
    return ended;
  };
  node.endings.push(end);
  return { end };
}

const isFollowing = () =>
  vi.waitUntil(() => entries.some(({ message }) => message.startsWith("following")), patience);

describe("understudy notify", () => {
  test("runs the handlers in order, one at a time, though the first is slow", async () => {
    const any = command(writer("any"));
    notify({
      VI_1: {
        backup: command(writer("backup", "sleep 1")),
        active: command(writer("active")),
        stop: command(writer("stop")),
        any,
      },
    });
    transition("initialize", "backup", "startup");
    await hasOutput(1);
    transition("backup", "active", "noResponse");
    transition("active", "initialize", "shutdown");
    await hasOutput(12);
    expect(output()).toEqual([
      "begin backup ",
      "end backup 0",
      "begin any INSTANCE VI_1 BACKUP 90",
      "end any 0",
      "begin active ",
      "end active 0",
      "begin any INSTANCE VI_1 MASTER 90",
      "end any 0",
      "begin stop ",
      "end stop 0",
      "begin any INSTANCE VI_1 STOP 90",
      "end any 0",
    ]);
    await vi.waitUntil(() => entries.filter(({ handler }) => handler !== undefined).length === 6, patience);
    const first = entries.find(({ handler }) => handler !== undefined);
    expect(first).toMatchObject({
      level: "info",
      router: "VI_1",
      handler: "backup",
      status: 0,
      timedOut: false,
    });
    expect(Number(first?.["durationMilliseconds"])).toBeGreaterThanOrEqual(1000);
  });

  test("first start runs the handler of the present state only; a restart goes on behind the last acknowledged", async () => {
    const handlers = { VI_1: { any: command(writer("any")) } };
    transition("initialize", "backup", "startup");
    transition("backup", "active", "noResponse");
    await isLive(bus);
    const first = notify(handlers);
    await hasOutput(2);
    expect(output()).toEqual(["begin any INSTANCE VI_1 MASTER 90", "end any 0"]);
    await first.end();
    transition("active", "backup", "higherPriority");
    transition("backup", "fault", "faultRaised");
    await isLive(bus);
    notify(handlers);
    await hasOutput(6);
    expect(
      output()
        .filter((line) => line.startsWith("begin"))
        .slice(1),
    ).toEqual(["begin any INSTANCE VI_1 BACKUP 90", "begin any INSTANCE VI_1 FAULT 90"]);
  });

  test("a missing script is told in keepalived's words, and the next transition runs its own", async () => {
    const absent = join(node.directory, "absent");
    notify({ VI_1: { backup: command(absent), active: command(writer("active")) } });
    await isFollowing();
    transition("initialize", "backup", "startup");
    transition("backup", "active", "noResponse");
    await hasOutput(2);
    expect(entries.find(({ level }) => level === "error")?.message).toBe(
      `Script ${absent} cannot be accessed - No such file or directory`,
    );
  });

  test("routers do not wait for one another", async () => {
    const gate = join(node.directory, "gate");
    const wait = `while [ ! -e ${gate} ]; do sleep 0.05; done`;
    notify({ VI_1: { active: command(writer("slow", wait)) }, "VI 2": { active: command(writer("quick")) } });
    await isFollowing();
    transition("backup", "active", "noResponse", "VI_1");
    await hasOutput(1);
    transition("backup", "active", "noResponse", "VI 2");
    await hasOutput(3);
    expect(output()).toEqual(["begin slow ", "begin quick ", "end quick 0"]);
    writeFileSync(gate, "");
    await hasOutput(4);
  });

  test("a server killed while a handler runs does not run it twice", async () => {
    const gate = join(node.directory, "gate");
    const wait = `while [ ! -e ${gate} ]; do sleep 0.05; done`;
    notify({ VI_1: { active: command(writer("active", wait)), backup: command(writer("backup")) } });
    await isFollowing();
    transition("backup", "active", "noResponse");
    await hasOutput(1);
    const { generation } = bus.status();
    process.kill(pidOf(server), "SIGKILL");
    await vi.waitUntil(() => bus.status().generation > generation, patience);
    writeFileSync(gate, "");
    transition("active", "backup", "higherPriority");
    await hasOutput(4);
    expect(output()).toEqual(["begin active ", "end active 0", "begin backup ", "end backup 0"]);
  });

  test("a transition whose handlers were running when notify was killed runs again, and is told so", async () => {
    const pidPath = join(node.directory, "pid");
    const handler = writer(
      "active",
      `[ "$UNDERSTUDY_REDELIVERED" = 1 ] || { echo $$ > ${pidPath}; sleep 60; }`,
    );
    const routers = [{ name: "VI_1", handlers: { active: command(handler) } }];
    const killed = runDaemon(
      node,
      `await runNotify({ node, routers: ${JSON.stringify(routers)}, environment: process.env, log() {},
        address: { servers: ["127.0.0.1:" + port], tls: false, shown: "here", credentials: keyOf("handler") }, signal: new AbortController().signal });`,
    );
    transition("backup", "active", "noResponse");
    await vi.waitUntil(() => existsSync(pidPath) && readFileSync(pidPath, "utf8").endsWith("\n"), patience);
    killed.kill("SIGKILL");
    await once(killed, "exit");
    // The handler outlives its notify; it leads a process group of its own.
    process.kill(-Number(readFileSync(pidPath, "utf8")), "SIGKILL");
    notify({ VI_1: { active: command(handler) } });
    await hasOutput(3);
    expect(output()).toEqual(["begin active ", "begin active ", "end active 1"]);
  });

  test("a rebuilt node's new stream is followed", async () => {
    notify({ VI_1: { any: command(writer("any")) } });
    transition("initialize", "backup", "startup");
    await hasOutput(2);
    await bus.close({ drainFor: 1000 });
    const rebuilt = node.openJournal("rebuilt");
    transition("initialize", "fault", "faultRaised", "VI_1", rebuilt);
    await isLive(node.startBus(rebuilt));
    await hasOutput(4);
    transition("fault", "backup", "faultCleared", "VI_1", rebuilt);
    await hasOutput(6);
    expect(output().filter((line) => line.startsWith("begin"))).toEqual([
      "begin any INSTANCE VI_1 BACKUP 90",
      "begin any INSTANCE VI_1 FAULT 90",
      "begin any INSTANCE VI_1 BACKUP 90",
    ]);
  });
});
