/**
 * Kernel settings of this network namespace below /proc/sys/net, set at once. A guard remembers what it changed and
 * puts it back at the end, except where somebody else has changed it since: that one wins.
 */

import { readFileSync, writeFileSync } from "node:fs";
import { describeErrno } from "./native.ts";
import { describeThrown, done, errnoOf, failure, type Outcome, success } from "./outcome.ts";

export type SysctlGuard = {
  /**
   * Sets a value and remembers the one before it. Setting a path again keeps the oldest value as the one to go back to,
   * unless somebody else set another one in between: then that one. Errors as `setSysctl`.
   */
  readonly set: (path: string, value: number) => Outcome;
  /** The paths that were changed and not put back, in the order of the first change. */
  readonly changed: () => readonly string[];
  /**
   * Puts values back, the last change first: the given paths, or all. A setting of a vanished interface needs nothing; one
   * that somebody else changed meanwhile is left alone and named in the answer. Idempotent.
   */
  readonly restore: (paths?: readonly string[]) => SysctlRestoration;
};

/** A value that was changed: what it was, and what it was changed to. */
export type SysctlChange = { readonly path: string; readonly previous: number; readonly ours: number };

export type SysctlGuardOptions = {
  /** Changes of somebody who can no longer put them back. */
  readonly initial?: readonly SysctlChange[];
  /** Told before a change is made, and after one was taken back, with all there are. */
  readonly onChange?: (changes: readonly SysctlChange[]) => void;
};

export type SysctlRestoration = {
  /** Paths that no longer had our value. */
  readonly foreign: readonly string[];
  /** Sentences about values that could not be put back. */
  readonly errors: readonly string[];
};

/**
 * Sets one value and answers the previous one. `path` is relative to /proc/sys/net, with slashes:
 * "ipv4/conf/eth0/arp_ignore". Errors: "ENOENT: ..." where the kernel has no such setting or interface, "EROFS: ..." and
 * "EACCES: ..." where it may not be changed.
 */
export function setSysctl(path: string, value: number): Outcome<number> {
  const previous = readSysctl(path);
  if (!previous.ok || previous.value === value) return previous;
  const written = onFile(path, (file) => writeFileSync(file, `${value}\n`));
  return written.ok ? previous : written;
}

/** The value now. Errors as `setSysctl`, and a sentence for a setting that is no whole number. */
export function readSysctl(path: string): Outcome<number> {
  const text = onFile(path, (file) => readFileSync(file, "utf8"));
  if (!text.ok) return text;
  const value = Number.parseInt(text.value, 10);
  return Number.isNaN(value) ? failure(`sysctl ${path} is no number`) : success(value);
}

export function createSysctlGuard(options: SysctlGuardOptions = {}): SysctlGuard {
  const changes = new Map((options.initial ?? []).map((change) => [change.path, change]));
  const keep = (path: string, change: SysctlChange | undefined) => {
    if (change === undefined) changes.delete(path);
    else changes.set(path, change);
    options.onChange?.([...changes.values()]);
  };
  return {
    set: (path, value) => {
      const before = readSysctl(path);
      if (!before.ok || before.value === value) return before.ok ? done : before;
      const known = changes.get(path);
      const previous = known?.ours === before.value ? known.previous : before.value;
      keep(path, { path, previous, ours: value });
      const written = setSysctl(path, value);
      if (!written.ok) keep(path, known);
      return written.ok ? done : written;
    },
    changed: () => [...changes.keys()],
    restore: (paths = [...changes.keys()]) => {
      const foreign: string[] = [];
      const errors: string[] = [];
      for (const [path, change] of [...changes].reverse()) {
        if (!paths.includes(path)) continue;
        const now = readSysctl(path);
        const isForeign = now.ok && now.value !== change.ours;
        const outcome = now.ok && !isForeign ? setSysctl(path, change.previous) : now;
        keep(path, undefined);
        if (isForeign) foreign.push(path);
        // ENOENT: the interface is gone, and its settings with it.
        else if (!outcome.ok && errnoOf(outcome.error) !== "ENOENT") errors.push(outcome.error);
      }
      return { foreign, errors };
    },
  };
}

const root = "/proc/sys/net";

/** Interface names may hold dots but no slash, so a path can leave the folder by ".." only. */
function onFile<T>(path: string, action: (file: string) => T): Outcome<T> {
  if (path.split("/").includes("..")) return failure(`${path} is no sysctl of the network`);
  try {
    return success(action(`${root}/${path}`));
  } catch (thrown) {
    const errno = thrown instanceof Error && "errno" in thrown ? Number(thrown.errno) : undefined;
    return failure(`${errno === undefined ? describeThrown(thrown) : describeErrno(errno)}, sysctl ${path}`);
  }
}
