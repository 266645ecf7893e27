/**
 * A daemon under a load of packets: what an advert costs from the socket to the re-armed timer at ten thousand a second,
 * and what a flood of bad packets does to an active router's own adverts and memory.
 */

import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { monotonic } from "../../services/io/clock.ts";
import type { LabNetwork } from "../../services/lab/network.ts";
import type { Bench } from "./bench.ts";
import { awaitLines } from "./crowd.ts";
import type { Sight } from "./crowd-observer.ts";
import { pause } from "./inbox.ts";
import { instancesConfiguration } from "./instances.ts";
import { memoryOf, processorNanoseconds } from "./machine.ts";
import { becameActive, firstState, type Make, startRouter } from "./router.ts";
import type { LoadPlan, Sent } from "./sender.ts";

export interface ReceiveCost {
  readonly make: Make;
  /** Microseconds of processor time for each advert, all threads of the deciding process. */
  readonly perAdvert: number;
  readonly perSecond: number;
  /** Adverts that were not read in time. */
  readonly dropped: number;
}

export interface Flood {
  readonly make: Make;
  /** Bad packets that were sent, and that were not read in time. */
  readonly packets: number;
  readonly dropped: number;
  /** Milliseconds by which an advert came later than an interval after the one before it, at worst: without and with. */
  readonly quietDelay: number;
  readonly delay: number;
  /** Megabytes of PSS, the most of the flood above what it was before. */
  readonly growth: number;
  readonly logLines: number;
}

const floodSeconds = 10;
const receiveSeconds = 5;
const virtualRouters = 250;
const receiveRate = 10_000;
const floodRate = 50_000;
const floodInterval = 0.1;
const addressPrefix = "10.65.0";
const usualRepetitions = 5;
const usualFloods = 3;

export async function measureReceive(bench: Bench): Promise<readonly ReceiveCost[]> {
  const costs: ReceiveCost[] = [];
  for (let round = 0; round < (bench.repetitions ?? usualRepetitions); round++) {
    for (const make of ["understudy", "keepalived"] as const) {
      const cost = await receiveAdverts(bench, make, round);
      const { perAdvert, perSecond, dropped } = cost;
      bench.say(`${make}: ${perAdvert.toFixed(1)} us an advert, ${perSecond} a second, ${dropped} dropped`);
      costs.push(cost);
    }
  }
  return costs;
}

async function receiveAdverts(bench: Bench, make: Make, round: number): Promise<ReceiveCost> {
  const network = bench.network(["a", "b"]);
  const load = { load: "adverts", perSecond: receiveRate, virtualRouters, interval: 100 } as const;
  const { router, logFile, host } = start(bench, network, { make, round, interval: 1, size: virtualRouters });
  await awaitLines(logFile, firstState, virtualRouters);
  const sent = send(bench, network, { ...load, seconds: receiveSeconds + 3 });
  await pause(2_000);
  const pid = router.decider();
  const [before, since] = [processorNanoseconds(pid), process.hrtime.bigint()];
  await pause(receiveSeconds * 1000);
  const used = processorNanoseconds(pid) - before;
  const elapsed = Number(process.hrtime.bigint() - since) / 1e9;
  const { packets, seconds: took } = await sent;
  const perSecond = Math.round(packets / took);
  const dropped = dropsIn(host.namespace);
  await router.stop();
  network.remove();
  return { make, perAdvert: used / 1000 / (elapsed * perSecond), perSecond, dropped };
}

export async function measureFlood(bench: Bench): Promise<readonly Flood[]> {
  const floods: Flood[] = [];
  for (let round = 0; round < (bench.repetitions ?? usualFloods); round++) {
    for (const make of ["understudy", "keepalived"] as const) {
      const flood = await floodRouter(bench, make, round);
      const { delay, quietDelay, growth, logLines, packets, dropped } = flood;
      const lateness = `an advert ${delay.toFixed(1)} ms late at worst (${quietDelay.toFixed(1)} before)`;
      const count = `${packets} bad packets, ${dropped} not read`;
      bench.say(`${make}: ${lateness}, ${growth.toFixed(1)} MB, ${logLines} log lines; ${count}`);
      floods.push(flood);
    }
  }
  return floods;
}

async function floodRouter(bench: Bench, make: Make, round: number): Promise<Flood> {
  const network = bench.network(["a", "b", "watch"]);
  // What the sender floods is not for the observer.
  for (const name of ["b", "watch"]) {
    network.ip(
      network.switchNamespace,
      "link",
      "set",
      `to-${name}`,
      ..."type bridge_slave isolated on".split(" "),
    );
  }
  const observer = bench.program<Sight>(network.host("watch"), "crowd-observer");
  const { router, logFile, host } = start(bench, network, { make, round, interval: floodInterval, size: 1 });
  await awaitLines(logFile, becameActive, 1);
  const look = async () => {
    const mark = observer.inbox.items.length;
    observer.signal("SIGUSR2");
    return observer.inbox.waitFor("what the observer saw", () => true, mark);
  };
  // Start-up and rehearsal are over by then.
  await pause(5_000);
  await look();
  const quietSince = monotonic();
  await pause(5_000);
  const [quietUntil, quiet] = [monotonic(), await look()];
  const memory = () => router.pids().reduce((sum, pid) => sum + memoryOf(pid).pss, 0);
  const linesBefore = linesOf(logFile);
  const before = memory();
  let most = before;
  const watch = setInterval(() => {
    most = Math.max(most, memory());
  }, 1_000);
  const load = {
    load: "bad packets",
    perSecond: floodRate,
    seconds: floodSeconds,
    virtualRouters: 1,
    interval: 10,
  } as const;
  const loudSince = monotonic();
  const { packets } = await send(bench, network, load);
  const [loudUntil, loud] = [monotonic(), await look()];
  clearInterval(watch);
  most = Math.max(most, memory());
  const dropped = dropsIn(host.namespace);
  const logLines = linesOf(logFile) - linesBefore;
  await router.stop();
  observer.signal("SIGKILL");
  network.remove();
  const quietDelay = worstDelay(quiet, quietSince, quietUntil);
  const delay = worstDelay(loud, loudSince, loudUntil);
  return { make, packets, dropped, delay, quietDelay, growth: most - before, logLines };
}

interface Start {
  readonly make: Make;
  readonly round: number;
  readonly interval: number;
  readonly size: number;
}

function start(bench: Bench, network: LabNetwork, { make, round, interval, size }: Start) {
  const host = network.host("a");
  const directory = bench.directory(`load-${make}-${size}-${round}`);
  const instances = Array.from({ length: size }, (_, index) => ({
    interface: host.interface,
    virtualRouterId: index + 1,
    address: `${addressPrefix}.${index + 1}`,
  }));
  const priority = 100;
  const configuration = instancesConfiguration({ node: "a", version: 3, priority, interval, instances });
  const logFile = join(directory, "log");
  const router = startRouter({ make, host, directory, priority, configuration, logFile });
  return { router, logFile, host };
}

async function send(
  bench: Bench,
  network: LabNetwork,
  load: Omit<LoadPlan, "interface" | "source" | "addressPrefix">,
): Promise<Sent> {
  const host = network.host("b");
  const [source = ""] = host.address.split("/");
  const plan: LoadPlan = { ...load, interface: host.interface, source, addressPrefix };
  const program = bench.program<Sent>(host, "sender", JSON.stringify(plan));
  const sent = await program.inbox.waitFor("the sender is done", () => true, 0, 60_000);
  if (sent.refused > 0) throw new Error(`${sent.refused} packets could not be sent`);
  return sent;
}

/** Milliseconds by which the longest time without an advert is longer than the interval. */
function worstDelay({ adverts }: Sight, since: number, until: number): number {
  const instants = [since, ...adverts.map(({ at }) => at), until];
  const distances = instants.slice(1).map((at, index) => at - (instants[index] ?? at));
  return Math.max(...distances) / 1000 - floodInterval * 1000;
}

/** Packets that raw sockets of the namespace dropped: the last column of /proc/net/raw. */
function dropsIn(namespace: string): number {
  const table = execFileSync("ip", ["netns", "exec", namespace, "cat", "/proc/net/raw"], {
    encoding: "utf8",
  });
  const rows = table.trim().split("\n").slice(1);
  return rows.reduce((sum, row) => sum + Number(row.trim().split(/\s+/u).at(-1)), 0);
}

function linesOf(file: string): number {
  return readFileSync(file, "utf8").split("\n").length - 1;
}
