/**
 * Takeovers, over and over: the active router is killed, the other takes over, the dead one is started again as its
 * backup. Both have the same priority, so that nobody preempts and each takeover falls to the other router. The two
 * makes take turns, so that both see the same noise.
 */

import { execFileSync } from "node:child_process";
import { chmodSync, existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { ensureKeys } from "../../services/bus/keys.ts";
import { keyFile, keysDirectory } from "../../services/client/roles.ts";
import type { Bench, Program } from "./bench.ts";
import type { FifoLine } from "./fifo-reader.ts";
import { pause } from "./inbox.ts";
import type { Observation } from "./observer.ts";
import { becameActive, busIsLive, firstState, type Make, type Router, startRouter } from "./router.ts";
import type { Heard } from "./subscriber.ts";

/** Milliseconds throughout. */
export interface Takeover {
  readonly make: Make;
  /** From the instant due by the protocol to the first advert on the wire. */
  readonly late: number;
  /** From that advert to whoever is told, and how. */
  readonly told: number;
  readonly channel: Channel;
  /** The latest turn of the observer's loop meanwhile: the machine's noise. */
  readonly stall: number;
}

export type Channel = "NATS subscriber" | "FIFO reader" | "notify script";

const priority = 50;
const usualRepetitions = 16;
/** 3 * interval + (256 - priority) / 256 s, in microseconds (RFC 3768 6.1). */
const activeDownInterval = 3_000_000 + ((256 - priority) * 1_000_000) / 256;

export async function measureTakeovers(bench: Bench): Promise<readonly Takeover[]> {
  const pairs = [await openPair(bench, "understudy"), await openPair(bench, "keepalived")];
  const repetitions = bench.repetitions ?? usualRepetitions;
  const takeovers: Takeover[] = [];
  for (let round = 0; round < repetitions; round++) {
    for (const pair of pairs) {
      const takeover = await takeOver(bench, pair);
      takeovers.push(takeover);
      const { make, late, told, channel, stall } = takeover;
      const figures = `${late.toFixed(3)} ms late, ${channel} after ${told.toFixed(3)} ms (stall ${stall.toFixed(1)} ms)`;
      bench.say(`takeover ${round + 1}/${repetitions} ${make}: ${figures}`);
    }
  }
  for (const pair of pairs) for (const side of pair.sides) await side.router.crash();
  return takeovers;
}

interface Pair {
  readonly make: Make;
  readonly observer: Program<Observation>;
  /** The active one first. */
  sides: readonly [Side, Side];
}

interface Side {
  readonly address: string;
  readonly channel: Channel;
  /** When this side's subscriber had the takeover, in microseconds of the monotonic clock. */
  readonly told: (since: number) => Promise<number>;
  readonly start: () => Router;
  /** Resolves when it is a backup and whoever follows it can hear. */
  readonly settled: (router: Router, since: number) => Promise<void>;
  router: Router;
}

async function openPair(bench: Bench, make: Make): Promise<Pair> {
  const network = bench.network(["a", "b", "watch"]);
  const observer = bench.program<Observation>(network.host("watch"), "observer", "eth0");
  const clockDistance = () => {
    const noise = observer.inbox.items.findLast((item) => item.kind === "noise");
    return noise?.kind === "noise" ? noise.distance : Number.NaN;
  };
  const side = (name: "a" | "b"): Omit<Side, "router"> => {
    const directory = bench.directory(`takeover-${make}-${name}`);
    const host = network.host(name);
    const address = host.address.split("/")[0] ?? "";
    const place = { make, host, directory, priority };
    if (make === "understudy") {
      const subject = "vrrp.v1.ev.*.*.transition";
      // Made beforehand, since the subscriber starts before the daemon.
      const keys = keysDirectory(join(directory, "data"));
      ensureKeys(keys, name);
      const key = keyFile(keys, "reader");
      const subscriber = bench.program<Heard>(host, "subscriber", "nats://127.0.0.1:4222", subject, key);
      return { address, ...throughNats(subscriber), start: () => startRouter(place) };
    }
    if (name === "a") {
      const { globals, ...told } = throughFifo(bench, directory, host);
      return { address, ...told, start: () => startRouter({ ...place, globals }) };
    }
    const { globals, instance, ...told } = throughScript(directory, clockDistance);
    return { address, ...told, start: () => startRouter({ ...place, globals, instance }) };
  };
  const [first, second] = [side("a"), side("b")];
  const startSide = (each: Omit<Side, "router">): Side => ({ ...each, router: each.start() });
  const active = startSide(first);
  await active.settled(active.router, 0);
  await active.router.log.waitFor(`${make} becomes active`, ({ text }) => text.includes(becameActive));
  const backup = startSide(second);
  await backup.settled(backup.router, 0);
  return { make, observer, sides: [active, backup] };
}

async function takeOver(bench: Bench, pair: Pair): Promise<Takeover> {
  const [active, backup] = pair.sides;
  const { items, waitFor } = pair.observer.inbox;
  pin(bench, backup.router);
  // A second for two adverts at least, and a random phase of the interval to die in.
  await pause(1500 + Math.random() * 1000);
  const mark = items.length;
  await active.router.crash();
  const isFirst = (item: Observation) => item.kind === "advert" && item.source === backup.address;
  const first = await waitFor(`${pair.make} takes over`, isFirst, mark);
  const last = items.findLast((item) => item.kind === "advert" && item.source === active.address);
  if (first.kind !== "advert" || last?.kind !== "advert") throw new Error("no advert of the dead router");
  const toldAt = await backup.told(first.at - 1_000_000);
  const restarted = Number(process.hrtime.bigint() / 1000n);
  active.router = active.start();
  await active.settled(active.router, restarted);
  pair.sides = [backup, active];
  const stalls = items.slice(mark).map((item) => (item.kind === "noise" ? item.stall : 0));
  return {
    make: pair.make,
    late: (first.at - last.at - activeDownInterval) / 1000,
    told: (toldAt - first.at) / 1000,
    channel: backup.channel,
    stall: Math.max(...stalls) / 1000,
  };
}

/** Its main thread only: servers and scripts of the router go where the scheduler puts them. */
function pin({ pin: cpu }: Bench, router: Router): void {
  if (cpu === undefined) return;
  execFileSync("taskset", ["-p", "-c", String(cpu), String(router.decider())], { stdio: "ignore" });
}

type Told = Pick<Side, "channel" | "told" | "settled">;

function throughNats({ inbox }: Program<Heard>): Told {
  return {
    channel: "NATS subscriber",
    told: async (since) => {
      const isTakeover = (item: Heard) => item.kind === "event" && item.to === "active" && item.at > since;
      return (await inbox.waitFor("the event reaches its subscriber", isTakeover)).at;
    },
    settled: async ({ log }, since) => {
      await log.waitFor("understudy is backup", ({ text }) => text.includes(firstState));
      await log.waitFor("the bus is live", ({ text }) => text.includes(busIsLive));
      await inbox.waitFor("the subscriber listens", (item) => item.kind === "ready" && item.at > since);
    },
  };
}

const keepalivedSettled: Told["settled"] = async ({ log }) => {
  await log.waitFor("keepalived is backup", ({ text }) => text.includes(firstState));
};

function throughFifo(
  bench: Bench,
  directory: string,
  host: Parameters<Bench["program"]>[0],
): Told & { readonly globals: readonly string[] } {
  const path = join(directory, "notify.fifo");
  execFileSync("mkfifo", [path]);
  const { inbox } = bench.program<FifoLine>(host, "fifo-reader", path);
  return {
    globals: ["script_user root", "enable_script_security", `vrrp_notify_fifo ${path}`],
    channel: "FIFO reader",
    told: async (since) => {
      const isTakeover = ({ at, line }: FifoLine) => line.includes("MASTER") && at > since;
      return (await inbox.waitFor("the FIFO tells the takeover", isTakeover)).at;
    },
    settled: keepalivedSettled,
  };
}

function throughScript(
  directory: string,
  clockDistance: () => number,
): Told & { readonly globals: readonly string[]; readonly instance: readonly string[] } {
  const [script, stamps] = [join(directory, "notify.sh"), join(directory, "stamps")];
  writeFileSync(script, `#!/bin/sh\ndate +%s%N >>${stamps}\n`);
  chmodSync(script, 0o755);
  let seen = 0;
  return {
    globals: ["script_user root", "enable_script_security"],
    instance: [`notify_master ${script}`],
    channel: "notify script",
    told: async () => {
      for (let patience = 200; patience > 0; patience--) {
        const lines = existsSync(stamps) ? readFileSync(stamps, "utf8").trim().split("\n") : [];
        const newest = lines.at(-1);
        if (lines.length > seen && newest !== undefined) {
          seen = lines.length;
          return Number(BigInt(newest) / 1000n) - clockDistance();
        }
        await pause(20);
      }
      throw new Error("the notify script did not run");
    },
    settled: keepalivedSettled,
  };
}
