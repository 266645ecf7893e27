/**
 * What a pair costs while nothing happens: memory of an active router and processor time of both. The measured node
 * and nats-server run from copies of their programs: pages that no other process maps count in full, as on a host
 * where nothing else runs Node.
 */

import { copyFileSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import type { Bench } from "./bench.ts";
import { pause } from "./inbox.ts";
import { type Memory, memoryOf, processorNanoseconds } from "./machine.ts";
import { becameActive, firstState, type Make, type Router, startRouter } from "./router.ts";

export interface SteadyFigures {
  /** From the start to the reading of the memory, and the last part of it, over which the processor time counts. */
  readonly seconds: number;
  readonly watched: number;
  readonly understudy: SteadyPair;
  readonly keepalived: SteadyPair;
  readonly natsServer: {
    readonly memory: Memory;
    readonly activeShare: number;
    readonly backupShare: number;
  };
}

export interface SteadyPair {
  /** Of the active router's daemon, all its processes. */
  readonly memory: Memory;
  /** Percent of one processor. */
  readonly activeShare: number;
  readonly backupShare: number;
}

/** Start-up, takeover and what follows them are over by then. */
const settlingMilliseconds = 25_000;
const watchedMilliseconds = 40_000;
const aloneMilliseconds = 2_000;

export async function measureSteady(bench: Bench): Promise<SteadyFigures> {
  const pairs = {
    understudy: await openPair(bench, "understudy"),
    keepalived: await openPair(bench, "keepalived"),
  };
  const servers = [pairs.understudy.active, pairs.understudy.backup].map((router) => childOf(router));
  bench.say(`waiting ${(settlingMilliseconds + watchedMilliseconds) / 1000} s beside two idle pairs`);
  await pause(settlingMilliseconds);
  const shares = [pairs.understudy, pairs.keepalived].map(({ active, backup }) => ({
    active: startShare(active.pids()),
    backup: startShare(backup.pids()),
  }));
  const serverShares = servers.map((pid) => startShare([pid]));
  await pause(watchedMilliseconds);
  const pair = (memory: Memory, share: (typeof shares)[number] | undefined): SteadyPair => ({
    memory,
    activeShare: share?.active() ?? Number.NaN,
    backupShare: share?.backup() ?? Number.NaN,
  });
  const figures = {
    seconds: (settlingMilliseconds + watchedMilliseconds) / 1000,
    watched: watchedMilliseconds / 1000,
    understudy: pair(memoryOfAll(pairs.understudy.active), shares[0]),
    // Its libraries are files that the other router of the pair maps, too; it does not grow.
    keepalived: pair(pairs.keepalived.alone, shares[1]),
    natsServer: {
      memory: memoryOf(servers[0] ?? 0),
      activeShare: serverShares[0]?.() ?? Number.NaN,
      backupShare: serverShares[1]?.() ?? Number.NaN,
    },
  };
  for (const { active, backup } of Object.values(pairs)) {
    await active.stop();
    await backup.stop();
  }
  return figures;
}

interface OpenPair {
  readonly active: Router;
  readonly backup: Router;
  /** Memory of the active router while the other did not run yet. */
  readonly alone: Memory;
}

async function openPair(bench: Bench, make: Make): Promise<OpenPair> {
  const network = bench.network(["a", "b"]);
  const programs = bench.directory(`steady-${make}-programs`);
  const copyOf = (path: string, name: string) => {
    copyFileSync(path, join(programs, name));
    return join(programs, name);
  };
  const copies =
    make === "understudy"
      ? { node: copyOf(process.execPath, "node"), path: programs }
      : { keepalived: copyOf(findProgram("keepalived"), "keepalived") };
  if (make === "understudy") copyOf(findProgram("nats-server"), "nats-server");
  const start = (name: "a" | "b", priority: number, extra: object) => {
    const directory = bench.directory(`steady-${make}-${name}`);
    return startRouter({ make, host: network.host(name), directory, priority, ...extra });
  };
  const active = start("a", 51, copies);
  await active.log.waitFor(`${make} becomes active`, ({ text }) => text.includes(becameActive));
  await pause(aloneMilliseconds);
  const alone = memoryOfAll(active);
  const backup = start("b", 50, {});
  await backup.log.waitFor(`${make} is backup`, ({ text }) => text.includes(firstState));
  return { active, backup, alone };
}

function memoryOfAll(router: Router): Memory {
  return router.pids().map(memoryOf).reduce(sum);
}

function startShare(pids: readonly number[]): () => number {
  const used = () => pids.reduce((total, pid) => total + processorNanoseconds(pid), 0);
  const [before, since] = [used(), process.hrtime.bigint()];
  return () => ((used() - before) / Number(process.hrtime.bigint() - since)) * 100;
}

/** The nats-server of a daemon. */
function childOf(router: Router): number {
  const [daemon] = router.pids();
  const isChild = (pid: string) => {
    try {
      return new RegExp(`\\nPPid:\\t${daemon}\\n`, "u").test(readFileSync(`/proc/${pid}/status`, "utf8"));
    } catch {
      return false;
    }
  };
  const child = readdirSync("/proc").find((name) => /^\d+$/u.test(name) && isChild(name));
  if (child === undefined) throw new Error("the daemon has no nats-server");
  return Number(child);
}

function findProgram(name: string): string {
  const folders = [...(process.env["PATH"] ?? "").split(":"), "/usr/sbin", "/usr/local/sbin"];
  for (const folder of folders) {
    if (readdirSafely(folder).includes(name)) return join(folder, name);
  }
  throw new Error(`${name} is not installed`);
}

function readdirSafely(folder: string): readonly string[] {
  try {
    return readdirSync(folder);
  } catch {
    return [];
  }
}

function sum(left: Memory, right: Memory): Memory {
  return {
    pss: left.pss + right.pss,
    rss: left.rss + right.rss,
    anonymous: left.anonymous + right.anonymous,
  };
}
