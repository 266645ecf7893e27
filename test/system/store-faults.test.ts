/**
 * What befalls stores while events flow: disks that fill up, a store that is wiped, permissions that are revoked, a stream that
 * is deleted. The journal is the truth: afterwards the stream has all of it. Needs root (tmpfs) and nats-server.
 */

import { execFileSync } from "node:child_process";
import { cpSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { jetstreamManager } from "@nats-io/jetstream";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { streamName } from "../../contracts/events/subjects.ts";
import { watchAnswers } from "../../services/bus/answer-watch.ts";
import type { Bus } from "../../services/bus/bus.ts";
import { connectOnce } from "../../services/client/connect.ts";
import { monotonic } from "../../services/io/clock.ts";
import type { Journal } from "../../services/journal/journal.ts";
import { compareStores, printCopies } from "../support/copies.ts";
import { flipByte } from "../support/damage.ts";
import { createEventNode, type EventNode, isLive, isReady, patience, pidOf } from "../support/event-node.ts";

let node: EventNode;
let mounted: string[];

beforeEach(async () => {
  node = await createEventNode();
  mounted = [];
});

afterEach(async () => {
  for (const path of mounted) execFileSync("umount", ["--lazy", path]);
  await node.end();
});

/** A small disk of its own below the node's directory, and a file that takes the rest of it. */
function mountDisk(name: string, megabytes: number) {
  const path = join(node.directory, name);
  const ballast = join(path, "ballast");
  mkdirSync(path, { recursive: true });
  execFileSync("mount", ["-t", "tmpfs", "-o", `size=${megabytes}m`, "tmpfs", path]);
  mounted.push(path);
  return {
    fill() {
      try {
        writeFileSync(ballast, Buffer.alloc(megabytes * 1024 * 1024));
      } catch {
        // The disk is full, as intended.
      }
    },
    free: () => rmSync(ballast),
  };
}

function append(journal: Journal, count: number): void {
  for (let number = 0; number < count; number += 1) {
    const draft = { router: `VI_${number % 50}`, key: null, class: "transition" } as const;
    journal.append({ ...draft, body: { number, text: "x".repeat(300) }, at: monotonic() });
  }
}

/** Transitions, 1,000 a second. Returns the function that ends it. */
function write(journal: Journal): () => void {
  let written = 0;
  const startedAt = performance.now();
  const timer = setInterval(() => {
    const due = Math.floor(performance.now() - startedAt) - written;
    append(journal, due);
    written += due;
  }, 5);
  return () => clearInterval(timer);
}

async function expectAllStored(
  title: string,
  bus: Bus,
  journal: Journal,
  subdirectory = "journal",
): Promise<void> {
  await isLive(bus);
  await vi.waitUntil(() => journal.status().unwritten === 0, patience);
  const table = await compareStores(node, subdirectory);
  printCopies(title, table);
  expect(table.reports).toEqual(table.wanted);
  expect(table.gaps).toEqual([]);
}

const isDown = (bus: Bus) => vi.waitUntil(() => bus.status().state === "down", patience);

test("the server's disk is full: the journal goes on, and with room again the stream gets everything", async () => {
  const disk = mountDisk("bus/store", 24);
  const server = node.startServer();
  const journal = node.openJournal();
  const bus = node.startBus(journal);
  const told: string[] = [];
  const limits = { shortest: 3000, longest: 3000 };
  node.endings.push(watchAnswers({ server, bus, limits, onSilence: (sentence) => told.push(sentence) }));
  await isLive(bus);
  const end = write(journal);
  await vi.waitUntil(() => bus.status().acknowledged > 300, patience);
  disk.fill();
  await isDown(bus);
  const { acknowledged } = bus.status();
  await vi.waitUntil(() => journal.position() > acknowledged + 1500, patience);
  end();
  disk.free();
  await expectAllStored("the server's disk was full", bus, journal);
  expect(new Set(told)).toEqual(new Set(["nats-server has not answered for 3 s and is started again"]));
});

test("the disk of journal and server is full: what waits in memory is written, and all of it is stored", async () => {
  cpSync(join(node.directory, "bus", "keys"), join(node.directory, "keys"), { recursive: true });
  const disk = mountDisk("bus", 24);
  cpSync(join(node.directory, "keys"), join(node.directory, "bus", "keys"), { recursive: true });
  const server = node.startServer();
  const journal = node.openJournal("bus/journal");
  const bus = node.startBus(journal);
  const limits = { shortest: 2000, longest: 2000 };
  node.endings.push(watchAnswers({ server, bus, limits, onSilence: () => undefined }));
  await isLive(bus);
  const end = write(journal);
  await vi.waitUntil(() => bus.status().acknowledged > 300, patience);
  disk.fill();
  await vi.waitUntil(() => journal.status().unwritten > 500, patience);
  await isDown(bus);
  end();
  disk.free();
  await expectAllStored("both disks were full", bus, journal, "bus/journal");
});

test("a server whose store is wiped gets all of the history again, former stores too", async () => {
  const first = node.openJournal();
  append(first, 500);
  first.close();
  flipByte(join(node.directory, "journal"), 1);
  const journal = node.openJournal();
  const server = node.startServer();
  const bus = node.startBus(journal);
  append(journal, 500);
  await isLive(bus);
  await isReady(server);
  const { generation } = bus.status();
  process.kill(pidOf(server), "SIGSTOP");
  rmSync(join(node.directory, "bus", "store"), { recursive: true });
  process.kill(pidOf(server), "SIGKILL");
  await vi.waitUntil(() => bus.status().generation > generation, patience);
  append(journal, 100);
  await expectAllStored("a wiped store", bus, journal);
});

test("permissions are revoked and given back, then the stream is deleted: it is made again, and whole", async () => {
  const server = node.startServer();
  const journal = node.openJournal();
  const errors: (string | undefined)[] = [];
  const bus = node.startBus(journal, ({ lastError }) => errors.push(lastError));
  await isLive(bus);
  const end = write(journal);
  await vi.waitUntil(() => bus.status().acknowledged > 300, patience);
  const path = join(node.directory, "bus", "nats.conf");
  const text = readFileSync(path, "utf8");
  const allowed = `"vrrp.v1.ev.${node.name}.>", `;
  expect(text).toContain(allowed);
  writeFileSync(path, text.replace(allowed, ""));
  process.kill(pidOf(server), "SIGHUP");
  await vi.waitUntil(() => errors.includes("no acknowledgement for 2 s"), patience);
  writeFileSync(path, text);
  process.kill(pidOf(server), "SIGHUP");
  const { generation } = bus.status();
  await vi.waitUntil(() => bus.status().generation > generation, patience);
  await isLive(bus);
  const connected = await connectOnce(node.addressOf("admin"), "test");
  if (!connected.ok) throw new Error(connected.error);
  const before = bus.status().generation;
  await (await jetstreamManager(connected.value)).streams.delete(streamName("n1", journal.incarnation()));
  await connected.value.close();
  await vi.waitUntil(() => bus.status().generation > before, patience);
  end();
  await expectAllStored("permissions revoked, stream deleted", bus, journal);
});
