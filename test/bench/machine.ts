/** What the figures were measured on, and how busy it was with other things. */

import { execFileSync, spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { cpus, loadavg, release, totalmem } from "node:os";

export interface Machine {
  readonly processor: string;
  readonly kernel: string;
  readonly memory: string;
  readonly node: string;
  readonly natsServer: string;
  readonly keepalived: string;
  readonly commit: string;
}

export function describeMachine(): Machine {
  const [first] = cpus();
  return {
    processor: `${cpus().length} x ${first?.model.trim() ?? "unknown"}`,
    kernel: release(),
    memory: `${Math.round(totalmem() / 2 ** 30)} GiB`,
    node: process.version,
    natsServer: firstLine("nats-server", "--version").replace(/^nats-server: v/u, ""),
    keepalived: firstLine("keepalived", "--version").replace(/^Keepalived v(\S+).*$/u, "$1"),
    commit: firstLine("git", "rev-parse", "--short", "HEAD"),
  };
}

/** What stops the benchmark from measuring, as a sentence; undefined where nothing does. */
export function findObstacle(): string | undefined {
  if (process.getuid?.() !== 0) return "root is needed to make network namespaces";
  for (const program of ["ip", "setpriv", "taskset", "mkfifo", "nats-server", "keepalived"]) {
    if (spawnSync("sh", ["-c", `command -v ${program}`]).status !== 0) {
      return `${program} is not installed; bin/setup --test installs what is missing`;
    }
  }
  return undefined;
}

/** The noise of a stretch of time. */
export interface Noise {
  /** Share of the machine's processor time that was used by anybody, in percent. */
  readonly busy: number;
  /** The load average of the last minute, at the start and at the end. */
  readonly load: readonly [number, number];
}

/** Call the answer at the end of the stretch. */
export function watchNoise(): () => Noise {
  const [before, loadBefore] = [processorTime(), loadavg()[0] ?? 0];
  return () => {
    const after = processorTime();
    const busy = (after.busy - before.busy) / Math.max(1, after.total - before.total);
    return { busy: busy * 100, load: [loadBefore, loadavg()[0] ?? 0] };
  };
}

function processorTime(): { readonly busy: number; readonly total: number } {
  const [line = ""] = readFileSync("/proc/stat", "utf8").split("\n");
  const ticks = line.split(/\s+/u).slice(1, 9).map(Number);
  const total = ticks.reduce((sum, each) => sum + each, 0);
  const [, , , idle = 0, waiting = 0] = ticks;
  return { busy: total - idle - waiting, total };
}

function firstLine(program: string, ...words: readonly string[]): string {
  try {
    const { stdout, stderr } = spawnSync(program, words, { encoding: "utf8" });
    return `${stdout}${stderr}`.trim().split("\n")[0] ?? "unknown";
  } catch {
    return "unknown";
  }
}

/** Nanoseconds that all threads of a process have run. */
export function processorNanoseconds(pid: number): number {
  const tasks = execFileSync("sh", ["-c", `cat /proc/${pid}/task/*/schedstat`], { encoding: "utf8" });
  const times = tasks.trim().split("\n");
  return times.reduce((sum, line) => sum + Number(line.split(" ")[0]), 0);
}

export interface Memory {
  /** Megabytes (2^20 octets): the process's share of what it maps, and all of what it maps. */
  readonly pss: number;
  readonly rss: number;
  /** Nobody else's and backed by no file: heap, stacks, code made at run time. */
  readonly anonymous: number;
}

export function memoryOf(pid: number | "self"): Memory {
  const text = readFileSync(`/proc/${pid}/smaps_rollup`, "utf8");
  const megabytes = (name: string) =>
    Number(new RegExp(`^${name}:\\s+(\\d+) kB`, "mu").exec(text)?.[1] ?? Number.NaN) / 1024;
  return { pss: megabytes("Pss"), rss: megabytes("Rss"), anonymous: megabytes("Anonymous") };
}
