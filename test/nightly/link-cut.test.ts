/** The link of a pair cut for ten seconds while both write: afterwards each has all of the other's events once and in order. */

import { copyFileSync, mkdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { natsConfCommand } from "../../services/cli/nats-conf.ts";
import { monotonic } from "../../services/io/clock.ts";
import type { Journal } from "../../services/journal/journal.ts";
import { compareCopy, printCopies, storedRecords, wholeCopy } from "../support/copies.ts";
import { type CutLink, openLink } from "../support/cut-link.ts";
import { createEventNode, type EventNode, freePort, isLive, patience } from "../support/event-node.ts";
import { quiet } from "../support/pair-wait.ts";

let nodes: readonly [EventNode, EventNode];
let link: CutLink;
let files: string;

beforeEach(async () => {
  nodes = [await createEventNode("A"), await createEventNode("B")];
  files = join(nodes[0].directory, "files");
  for (const node of nodes) {
    mkdirSync(join(files, node.name), { recursive: true });
    symlinkSync(join(node.directory, "bus", "keys"), join(files, node.name, "keys"));
  }
  const listening = await freePort();
  link = await openLink(listening);
  for (const node of nodes) writeConfiguration(node, listening);
});

afterEach(async () => {
  for (const node of nodes) await node.end();
  await link.close();
  rmSync(files, { recursive: true, force: true });
});

/**
 * As `understudy nats-conf` writes it; the node that opens the link is sent by way of the cable that can be cut, and the other one
 * says that this is where it is: a server that lost its link also tries what the other said of itself.
 */
function writeConfiguration(node: EventNode, listening: number): void {
  const code = natsConfCommand({
    ...{ topology: "pair", node: `A=127.0.0.1:${listening}`, peer: ["B"], output: files },
    listen: `127.0.0.1:${node.port}`,
    dataDir: join(node.directory, "data"),
    stdout: () => undefined,
    stderr: () => undefined,
  });
  expect(code).toBe(0);
  const own = join(node.directory, "server.conf");
  copyFileSync(join(files, node.name, "pair.conf"), own);
  const text = readFileSync(own, "utf8");
  const [there, here] = [`127.0.0.1:${listening}"`, `127.0.0.1:${link.port}"`];
  const words =
    node.name === "A"
      ? [`  listen: "${there}\n`, `  listen: "${there}\n  advertise: "${here}\n`]
      : [`@${there}`, `@${here}`];
  expect(text).toContain(words[0]);
  writeFileSync(own, text.replace(words[0] ?? "", words[1] ?? ""));
}

/** 500 transitions a second. */
function write(journal: Journal): () => void {
  let number = 0;
  const timer = setInterval(() => {
    for (let each = 0; each < 5; each += 1) {
      number += 1;
      const draft = { router: `VI_${number % 20}`, key: null, class: "transition" } as const;
      journal.append({ ...draft, body: { number }, at: monotonic() });
    }
  }, 10);
  return () => clearInterval(timer);
}

test("ten seconds without the link", async () => {
  const sites = nodes.map((node) => {
    node.startServer(join(node.directory, "server.conf"));
    const journal = node.openJournal();
    const bus = node.startBus(journal, undefined, [node.name === "A" ? "B" : "A"]);
    const peer = node === nodes[0] ? nodes[1] : nodes[0];
    return { node, peer, journal, bus };
  });
  for (const { bus } of sites) await isLive(bus);
  const copied = ({ peer, journal, node }: (typeof sites)[number]) =>
    storedRecords(peer, journal.incarnation(), node.name);
  const ends = sites.map(({ journal }) => write(journal));
  for (const site of sites)
    await vi.waitUntil(async () => (await copied(site)).length > 500, { ...patience, interval: 500 });
  link.cut();
  await quiet(1000);
  const during = await Promise.all(sites.map(async (site) => (await copied(site)).length));
  await quiet(9000);
  expect(await Promise.all(sites.map(async (site) => (await copied(site)).length))).toEqual(during);
  for (const { bus } of sites) expect(bus.status().state).toBe("live");
  link.restore();
  await quiet(2000);
  for (const end of ends) end();
  for (const site of sites) {
    await isLive(site.bus);
    const written = [...site.journal.read({ fromPosition: 1 })];
    await vi.waitUntil(async () => (await copied(site)).length >= written.length, {
      timeout: 120_000,
      interval: 1000,
    });
    const own = compareCopy(written, await storedRecords(site.node, site.journal.incarnation()));
    const mirrored = compareCopy(written, await copied(site));
    printCopies(`${site.node.name}: its own stream, and the copy at ${site.peer.name}`, {
      reports: [own, mirrored],
    });
    expect([own, mirrored]).toEqual([wholeCopy(written), wholeCopy(written)]);
  }
});
