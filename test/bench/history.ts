/**
 * A program: what the event log costs and how fast it is read again. A journal, a nats-server and the drain between them
 * as a daemon has them, without routers. Prints one JSON line.
 */

import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as delay, setImmediate as turn } from "node:timers/promises";
import { jetstreamManager } from "@nats-io/jetstream";
import type { EventRecord } from "../../contracts/events/envelope.ts";
import { microseconds } from "../../contracts/units.ts";
import { startBus } from "../../services/bus/bus.ts";
import { embeddedConfiguration } from "../../services/bus/configuration/embedded.ts";
import { ensureKeys } from "../../services/bus/keys.ts";
import { startServer } from "../../services/bus/server.ts";
import { streamConfiguration } from "../../services/bus/stream.ts";
import { parseNatsUrl } from "../../services/client/address.ts";
import { connectOnce } from "../../services/client/connect.ts";
import { keyFile, keysDirectory } from "../../services/client/roles.ts";
import { subscribe } from "../../services/client/subscribe.ts";
import { tuneEngine } from "../../services/engine.ts";
import { createVerifier } from "../../services/history/verify.ts";
import { monotonic, wallClock } from "../../services/io/clock.ts";
import { type Journal, openJournal } from "../../services/journal/journal.ts";
import { recordHistory } from "../support/recorded-history.ts";

export interface HistoryFigures {
  /** Microseconds of each append of a transition: numbering, hash, one write. */
  readonly append: { readonly p50: number; readonly p99: number };
  /** Microseconds for each record that goes from the journal into the stream, acknowledged. */
  readonly drain: number;
  /** Microseconds for each fact that is folded again, with every hash compared. */
  readonly replay: number;
  /** Milliseconds from asking for one router of 250 to its first event, one for each question. */
  readonly query: readonly number[];
  /** Events in the stream then. */
  readonly stored: number;
}

const host = "127.0.0.1";
const port = 4222;
const node = "bench";
const routers = 250;
const appends = 20_000;
const facts = 100_000;
const questions = 10;

async function measureHistory(events: number): Promise<HistoryFigures> {
  const directory = mkdtempSync(join(tmpdir(), "understudy-history-"));
  try {
    const replay = measureReplay();
    const [journal, append] = await measureAppend(join(directory, "append"));
    journal.close();
    return { append, replay, ...(await measureStream(directory, events)) };
  } finally {
    rmSync(directory, { recursive: true, force: true });
  }
}

function measureReplay(): number {
  const { records } = recordHistory(1, 50, facts);
  const verifier = createVerifier();
  const start = performance.now();
  for (const { record } of records) verifier.add(record);
  const elapsed = performance.now() - start;
  const report = verifier.report();
  if (report.differing > 0 || report.broken.length > 0) throw new Error("the history does not verify");
  return (elapsed * 1000) / report.facts;
}

function openAt(directory: string): Journal {
  const options = { directory, node, machineVersion: "1", clock: { monotonic, wallClock } };
  const opened = openJournal({ ...options, onFault: ({ message }) => process.stderr.write(`${message}\n`) });
  if (!opened.ok) throw new Error(opened.error);
  return opened.value;
}

/** A turn of the event loop between appends, as between failovers. */
async function measureAppend(directory: string): Promise<[Journal, HistoryFigures["append"]]> {
  const journal = openAt(directory);
  const body = transitionBody();
  const samples: number[] = [];
  for (let index = 0; index < appends; index += 1) {
    const start = performance.now();
    append(journal, index, body);
    samples.push((performance.now() - start) * 1000);
    if (index % 20 === 0) await turn();
  }
  const sorted = samples.slice(appends / 2).sort((left, right) => left - right);
  const at = (share: number) => sorted[Math.floor(sorted.length * share)] ?? Number.NaN;
  return [journal, { p50: at(0.5), p99: at(0.99) }];
}

function append(journal: Journal, index: number, body: unknown): EventRecord {
  const name = `VI_${index % routers}`;
  const key = { family: "ipv4", interface: "eth0", virtualRouterId: (index % routers) + 1 } as const;
  return journal.append({ router: name, key, class: "transition", body, at: microseconds(monotonic()) });
}

/** Of a router that took over. */
function transitionBody(): unknown {
  const { records } = recordHistory(2, 1, 500);
  const found = records.find(({ record }) => record.class === "transition" && isTakeover(record.body));
  if (found === undefined) throw new Error("nobody took over");
  return found.record.body;
}

function isTakeover(body: unknown): boolean {
  return (body as { readonly to?: unknown }).to === "active";
}

async function measureStream(
  directory: string,
  events: number,
): Promise<Pick<HistoryFigures, "drain" | "query" | "stored">> {
  const keys = keysDirectory(directory);
  const configuration = writeConfiguration(directory, keys);
  const place = { node, directory: join(directory, "nats"), host, port, configuration };
  const server = startServer({ ...place, onStatus: () => undefined });
  await until("the server", () => server.status().state === "ready");
  const journal = openAt(join(directory, "journal"));
  const body = { change: "added" };
  for (let index = 0; index < events; index += 1) {
    append(journal, index, body);
    if (index % 1000 === 0) await turn();
  }
  await makeStream(server.url, keyFile(keys, "admin"), journal.incarnation());
  const credentials = { admin: { key: keyFile(keys, "admin") }, daemon: { key: keyFile(keys, "daemon") } };
  const started = startBus({ journal, url: server.url, node, credentials, onStatus: () => undefined });
  if (!started.ok) throw new Error(started.error);
  const bus = started.value;
  await until("the drain begins", () => bus.status().acknowledged > 0);
  const [from, start] = [bus.status().acknowledged, performance.now()];
  await until("the drain ends", () => bus.status().acknowledged === events);
  const drain = ((performance.now() - start) * 1000) / (events - from);
  const query: number[] = [];
  for (let index = 0; index < questions; index += 1)
    query.push(await ask(server.url, keyFile(keys, "reader"), index));
  await bus.close({ drainFor: 0 });
  await server.stop();
  journal.close();
  return { drain, query, stored: events };
}

/** As the daemon writes it, with room for a million events instead of a node's usual share. */
function writeConfiguration(directory: string, keys: string): string {
  const users = ensureKeys(keys, node);
  const storeDirectory = join(directory, "nats", "store");
  const text = embeddedConfiguration({ node, host, port, storeDirectory, keys: users });
  const path = join(directory, "nats.conf");
  writeFileSync(path, text.replace(/max_file(_store)?: \d+MB/gu, "max_file$1: 4GB"), { mode: 0o600 });
  return path;
}

/** The node's stream as the daemon makes it, but larger: its size is the operator's to change. */
async function makeStream(url: string, key: string, incarnation: string): Promise<void> {
  const address = parseNatsUrl(url, { key });
  if (!address.ok) throw new Error(address.error);
  const connected = await connectOnce(address.value, "bench");
  if (!connected.ok) throw new Error(connected.error);
  const manager = await jetstreamManager(connected.value, { checkAPI: false });
  await manager.streams.add({ ...streamConfiguration(node, incarnation), max_bytes: 3 * 1024 ** 3 });
  await connected.value.close();
}

/** One question on a connection of its own, as `understudy events --router` asks it. */
async function ask(url: string, key: string, index: number): Promise<number> {
  const address = parseNatsUrl(url, { key });
  if (!address.ok) throw new Error(address.error);
  const ending = new AbortController();
  const start = performance.now();
  let first = Number.NaN;
  const outcome = await subscribe({
    ...{ address: address.value, name: "bench", follow: false, signal: ending.signal },
    start: { kind: "beginning" },
    filter: { router: `VI_${(index * 23) % routers}` },
    onRecord: () => {
      if (Number.isNaN(first)) first = performance.now() - start;
      ending.abort();
    },
    onProblem: (problem) => process.stderr.write(`${problem}\n`),
  });
  if (Number.isNaN(first)) throw new Error(`no answer: ${JSON.stringify(outcome)}`);
  return first;
}

async function until(what: string, isSo: () => boolean): Promise<void> {
  const deadline = performance.now() + 300_000;
  while (!isSo()) {
    if (performance.now() > deadline) throw new Error(`${what}: not in time`);
    await delay(1);
  }
}

const [, program = "", events] = process.argv;
if (/history\.[jt]s$/u.test(program)) {
  tuneEngine();
  process.stdout.write(`${JSON.stringify(await measureHistory(Number(events)))}\n`);
  process.exit();
}
