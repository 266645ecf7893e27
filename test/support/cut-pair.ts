/**
 * A pair as an operator sets it up: configurations by `understudy nats-conf`, daemons with --nats-config and --nats-peer, and the
 * cable of one of them pulled for a while. Afterwards each server has to have all events of both.
 */

import { execFileSync, spawnSync } from "node:child_process";
import { cpSync, mkdirSync } from "node:fs";
import { join } from "node:path";
import { expect } from "vitest";
import { type EventRecord, eventRecordSchema } from "../../contracts/events/envelope.ts";
import { writtenRecords } from "./copies.ts";
import { now, type Pair } from "./pair.ts";
import { mainProgram } from "./pair-program.ts";
import type { PairRouter } from "./pair-router.ts";
import { quiet, waitFor } from "./pair-wait.ts";

/** Operator commands on each node while the cable is out: an event each, and more behind some. */
const commands = 3;

/** Until everything has arrived: a server waits longer with each attempt. */
const arrival = { seconds: 60 };

export async function cutAndCompare(pair: Pair, milliseconds: number): Promise<void> {
  const { a, b, network } = pair;
  for (const router of [a, b]) writeServer(pair, router);
  const started = now();
  a.start(flagsOf(a, b));
  await a.awaitLog(/Entering BACKUP STATE/u);
  // A reader before the link: from then on nats-server 2.9 gives each of its answers twice, and still everything is told once.
  await waitFor("events of a before the link", () => told(a, a).length > 0);
  b.start(flagsOf(b, a));
  await pair.awaitAdvert("a", started);
  const copies = [
    [a, b],
    [b, a],
  ] as const;
  for (const [at, of] of copies)
    await waitFor(`events of ${of.name} at ${at.name}`, () => told(at, of).length > 0, arrival);

  network.plug("b", false);
  await b.awaitLog(/Entering FAULT STATE/u);
  for (let number = 1; number <= commands; number += 1)
    for (const router of [a, b]) setPriority(router, 100 + number);
  await quiet(milliseconds);
  expect(told(a, b).length).toBeLessThan(written(b).length);
  network.plug("b", true);

  for (const [at, of] of copies) {
    const wanted = written(of);
    const whole = () => told(at, of).length >= wanted.length;
    await waitFor(`all events of ${of.name} at ${at.name}`, whole, arrival);
    expect(told(at, of).slice(0, wanted.length)).toEqual(wanted);
    expect(wanted.map(({ position }) => position)).toEqual(wanted.map((_, index) => index + 1));
  }
  for (const router of [a, b]) expect(await router.stop()).toBe(0);
}

/** Both lie on one disk, so that each is written with its own data directory; keys and passwords stay. */
function writeServer({ directory }: Pair, { settings, dataDirectory }: PairRouter): void {
  const output = join(directory, "servers");
  const sites = ["--node", "node_a=10.10.10.11", "--peer", "node_b"];
  const words = ["nats-conf", "--topology", "pair", ...sites, "--data-dir", dataDirectory, "-o", output];
  execFileSync(process.execPath, [mainProgram, ...words], { stdio: "pipe" });
  mkdirSync(dataDirectory, { recursive: true, mode: 0o700 });
  cpSync(join(output, settings.node), join(dataDirectory, "nats"), { recursive: true });
}

function flagsOf({ dataDirectory }: PairRouter, { settings }: PairRouter): string[] {
  return ["--nats-config", join(dataDirectory, "nats", "pair.conf"), "--nats-peer", settings.node];
}

function setPriority({ dataDirectory }: PairRouter, priority: number): void {
  const words = ["priority", "VI_1", String(priority), "--data-dir", dataDirectory];
  execFileSync(process.execPath, [mainProgram, ...words], { stdio: "pipe" });
}

/** What the server of a node tells of a node; nothing while it cannot be asked. */
function told({ host, dataDirectory }: PairRouter, { settings }: PairRouter): EventRecord[] {
  const words = ["events", "--json", "--from", "1", "--node", settings.node, "--data-dir", dataDirectory];
  const command = ["netns", "exec", host.namespace, process.execPath, mainProgram, ...words];
  const { stdout, status } = spawnSync("ip", command, { encoding: "utf8", maxBuffer: 64 * 1024 * 1024 });
  if (status !== 0) return [];
  const lines = stdout.split("\n").filter((line) => line !== "");
  return lines.map((line) => eventRecordSchema.parse(JSON.parse(line)));
}

/** The journal of a node that was started once. */
function written({ dataDirectory }: PairRouter): EventRecord[] {
  const stores = [...writtenRecords(join(dataDirectory, "journal")).values()];
  expect(stores).toHaveLength(1);
  return stores[0] ?? [];
}
