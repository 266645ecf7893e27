/**
 * The processes of this host as trackers count them: looked through in /proc at the start, then kept by the kernel's
 * events, or by looking again each second where it gives none (any network namespace but the first).
 */

import { readdirSync, readFileSync } from "node:fs";
import { openProcessEvents, type ProcessEvent } from "../io/process-events.ts";

/** What can be read of a process; each is read where it is asked for. */
export interface ProcessText {
  /** The kernel's name of it, 15 octets at most. */
  readonly name: () => string;
  /** Its command line; empty for kernel threads and for one that has ended. */
  readonly words: () => readonly string[];
}

export interface ProcessTable {
  /** Tells how many processes match: after the first look, and whenever it is another number. Returns the end of it. */
  count(matches: (process: ProcessText) => boolean, onCount: (count: number) => void): () => void;
}

export interface ProcessTableOptions {
  /** Said once where the kernel gives no events, and of socket errors. */
  readonly onRemark: (sentence: string) => void;
  readonly openEvents?: typeof openProcessEvents;
}

interface Counter {
  readonly matches: (process: ProcessText) => boolean;
  readonly onCount: (count: number) => void;
  readonly pids: Set<number>;
  /** The number that was told; undefined before the first look ended. */
  told: number | undefined;
}

/** Milliseconds between two looks where there are no events. */
const lookInterval = 1000;
/** Processes looked at in one turn, so that adverts leave in between. */
const slice = 64;

export function createProcessTable(options: ProcessTableOptions): ProcessTable {
  const { onRemark, openEvents = openProcessEvents } = options;
  const counters = new Set<Counter>();
  /** Ends what fills the table; undefined while nobody counts. */
  let close: (() => void) | undefined;

  const tell = (counter: Counter) => {
    if (counter.told === undefined || counter.told === counter.pids.size) return;
    counter.told = counter.pids.size;
    counter.onCount(counter.told);
  };
  const look = (pid: number, among: Iterable<Counter>) => {
    const process = readProcess(pid);
    for (const counter of among) {
      if (counter.matches(process) && isAlive(pid)) counter.pids.add(pid);
      else counter.pids.delete(pid);
      tell(counter);
    }
  };
  const forget = (pid: number) => {
    for (const counter of counters) if (counter.pids.delete(pid)) tell(counter);
  };
  const lookThrough = async (among: readonly Counter[]) => {
    const before = new Set(among.flatMap(({ pids }) => [...pids]));
    const present = listProcesses();
    for (let at = 0; at < present.length; at += slice) {
      if (at > 0) await new Promise((resolve) => setImmediate(resolve));
      for (const pid of present.slice(at, at + slice)) look(pid, among);
    }
    const known = new Set(present);
    for (const pid of before) if (!known.has(pid)) for (const { pids } of among) pids.delete(pid);
    for (const counter of among) {
      if (!counters.has(counter)) continue;
      counter.told ??= -1;
      tell(counter);
    }
  };
  const hear = (event: ProcessEvent) => {
    if (event.kind === "exited") return forget(event.pid);
    if (event.kind === "renamed") return look(event.pid, counters);
    // A child is what its parent is until it says otherwise.
    for (const counter of counters) {
      if (!counter.pids.has(event.parent)) continue;
      counter.pids.add(event.pid);
      tell(counter);
    }
  };
  const open = () => {
    const events = openEvents({
      onEvent: hear,
      onOverrun: () => void lookThrough([...counters]),
      onError: onRemark,
    });
    if (events.ok) return events.value.close;
    onRemark(`${events.error}; the processes are looked through each second instead`);
    return lookPeriodically(() => lookThrough([...counters]));
  };
  return {
    count: (matches, onCount) => {
      const counter: Counter = { matches, onCount, pids: new Set(), told: undefined };
      counters.add(counter);
      close ??= open();
      void lookThrough([counter]);
      return () => {
        counters.delete(counter);
        if (counters.size > 0) return;
        close?.();
        close = undefined;
      };
    },
  };
}

/** One look after the other, never two at a time. */
function lookPeriodically(lookThrough: () => Promise<void>): () => void {
  let isLooking = false;
  const timer = setInterval(async () => {
    if (isLooking) return;
    isLooking = true;
    await lookThrough();
    isLooking = false;
  }, lookInterval);
  return () => clearInterval(timer);
}

function listProcesses(): readonly number[] {
  return readdirSync("/proc")
    .filter((name) => /^\d+$/u.test(name))
    .map(Number);
}

function readProcess(pid: number): ProcessText {
  let name: string | undefined;
  let words: readonly string[] | undefined;
  return {
    name: () => {
      name ??= read(`/proc/${pid}/comm`).replace(/\n$/u, "");
      return name;
    },
    words: () => {
      words ??= read(`/proc/${pid}/cmdline`).split("\0").slice(0, -1);
      return words;
    },
  };
}

/** One that has ended and is not waited for yet is none (keepalived's manual). */
function isAlive(pid: number): boolean {
  const text = read(`/proc/${pid}/stat`);
  const state = text.slice(text.lastIndexOf(")") + 2)[0];
  return state !== undefined && state !== "Z" && state !== "X";
}

/** Empty where the process is gone. */
function read(path: string): string {
  try {
    return readFileSync(path, "utf8");
  } catch {
    return "";
  }
}
