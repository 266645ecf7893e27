/**
 * One daemon per journal directory. The lock names its owner by process id, start time and boot, so that the lock of a
 * dead process, or of a process id that was given out again, holds nobody up.
 */

import { linkSync, readFileSync, renameSync, unlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describeThrown, failure, type Outcome, success } from "../io/outcome.ts";
import { isDiskTrouble } from "./disk-trouble.ts";

export interface DirectoryLock {
  /** Why the lock could not be written; undefined where it was. */
  readonly problem: string | undefined;
  release(): void;
}

/**
 * The error names the process that holds the directory. A disk that takes no lock file keeps nobody from starting,
 * unless the lock that is there belongs to a living process.
 */
export function lockDirectory(directory: string): Outcome<DirectoryLock> {
  const path = join(directory, "lock");
  const mine = `${path}.${process.pid}`;
  try {
    writeFileSync(mine, ownerText(process.pid) ?? "", { mode: 0o600 });
    for (let attempt = 0; attempt < 3; attempt += 1) {
      if (linkIfAbsent(mine, path))
        return success({ problem: undefined, release: () => unlinkQuietly(path) });
      const owner = readQuietly(path);
      if (owner !== undefined && isAlive(owner)) return inUse(directory, owner);
      if (owner !== undefined) setAside(path, owner);
    }
    return failure(`${directory}: another process is taking the lock at this moment`);
  } catch (thrown) {
    const owner = readQuietly(path);
    if (owner !== undefined && isAlive(owner)) return inUse(directory, owner);
    const problem = `cannot lock ${directory}: ${describeThrown(thrown)}`;
    return isDiskTrouble(thrown) ? success({ problem, release: () => undefined }) : failure(problem);
  } finally {
    unlinkQuietly(mine);
  }
}

function inUse(directory: string, owner: string): Outcome<never> {
  return failure(`${directory} is in use by process ${pidOf(owner)}`);
}

/** Takes a dead owner's lock away, and puts it back if somebody alive has put his own there meanwhile. */
function setAside(path: string, stale: string): void {
  const aside = `${path}.stale.${process.pid}`;
  try {
    renameSync(path, aside);
  } catch {
    return;
  }
  if (readQuietly(aside) !== stale) linkIfAbsent(aside, path);
  unlinkQuietly(aside);
}

/** "pid start-time boot-id", or undefined where the process does not exist. */
function ownerText(pid: number): string | undefined {
  const stat = readQuietly(`/proc/${pid}/stat`);
  const boot = readQuietly("/proc/sys/kernel/random/boot_id")?.trim();
  // proc(5): the fields behind the command name, which is in parentheses and may hold spaces; start time is the 22nd.
  const started = stat?.slice(stat.lastIndexOf(")") + 2).split(" ")[19];
  return started === undefined ? undefined : `${pid} ${started} ${boot ?? "-"}`;
}

function isAlive(owner: string): boolean {
  return ownerText(pidOf(owner)) === owner;
}

function pidOf(owner: string): number {
  return Number(owner.split(" ")[0]);
}

function linkIfAbsent(from: string, to: string): boolean {
  try {
    linkSync(from, to);
    return true;
  } catch (thrown) {
    if (thrown instanceof Error && "code" in thrown && thrown.code === "EEXIST") return false;
    throw thrown;
  }
}

function readQuietly(path: string): string | undefined {
  try {
    return readFileSync(path, "utf8");
  } catch {
    return undefined;
  }
}

function unlinkQuietly(path: string): void {
  try {
    unlinkSync(path);
  } catch {
    // Gone already.
  }
}
