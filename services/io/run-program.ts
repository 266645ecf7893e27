/** Runs a program with its arguments, without a shell, in a process group of its own, for a limited time. */

import { type ChildProcess, spawn } from "node:child_process";
import { accessSync, constants } from "node:fs";
import { type Credentials, defaultScriptUser, findCredentials } from "./credentials.ts";
import { describeThrown, type Outcome, success } from "./outcome.ts";
import { findUnsafePart } from "./script-security.ts";

/** One that does not end when it is told to is killed after this many milliseconds (keepalived T5). */
const killDelay = 2000;

export interface ProgramLimits {
  /** Milliseconds until it is told to end (SIGTERM to its process group); Infinity is never. */
  readonly time: number;
  /** Milliseconds more until it is killed; 2,000 where it is left out. */
  readonly kill?: number | undefined;
  /** Aborted: the program is told to end and no longer waited for. */
  readonly signal?: AbortSignal | undefined;
}

/** Names of this host, or numbers. */
export interface ProgramUser {
  readonly user: string;
  readonly group?: string | undefined;
}

/** Who a program runs as, and whether it may be root. */
export interface ProgramIdentity {
  /** keepalived_script where it is left out and root runs it, if there is that account. */
  readonly runAs?: ProgramUser | undefined;
  /** As root only if it is told to and nobody else may write a part of its path. */
  readonly isGuarded?: boolean | undefined;
}

export interface ProgramRun {
  /** The exit status; null where a signal ended it or it never ran. */
  readonly status: number | null;
  readonly signal: string | null;
  readonly timedOut: boolean;
  /** Milliseconds. */
  readonly duration: number;
  /** Why it could not be run at all; undefined where it ran. */
  readonly problem: string | undefined;
}

/**
 * Resolves when the program has ended; never rejects. Its output goes to the standard error of this process. Another user needs
 * root; one that this host does not know is a problem.
 */
export function runProgram(
  argv: readonly string[],
  environment: Readonly<Record<string, string | undefined>>,
  limits: ProgramLimits,
  identity: ProgramIdentity = {},
): Promise<ProgramRun> {
  const [program = "", ...words] = argv;
  const startedAt = performance.now();
  return new Promise((resolve) => {
    let timedOut = false;
    let child: ChildProcess | undefined;
    const timers: NodeJS.Timeout[] = [];
    const abandon = () => {
      if (child !== undefined) signalGroup(child, "SIGTERM");
      // One that does not listen must not keep this process.
      child?.unref();
      end(null, "SIGTERM");
    };
    const end = (status: number | null, signal: string | null, problem?: string) => {
      for (const timer of timers) clearTimeout(timer);
      limits.signal?.removeEventListener("abort", abandon);
      resolve({ status, signal, timedOut, duration: Math.round(performance.now() - startedAt), problem });
    };
    const credentials = credentialsOf(identity.runAs ?? defaultScriptUser());
    const refusal = credentials.ok
      ? (inaccessible(program) ?? insecure(program, identity, credentials.value))
      : `Script ${program} cannot be run - ${credentials.error}`;
    if (!credentials.ok || refusal !== undefined) return end(null, null, refusal);
    try {
      const started = spawn(program, words, {
        ...credentials.value,
        detached: true,
        env: { ...environment },
        stdio: ["ignore", 2, 2],
      });
      child = started;
      limits.signal?.addEventListener("abort", abandon, { once: true });
      started.once("error", (error) => end(null, null, spawnProblem(program, error)));
      started.once("exit", (status, signal) => end(status, signal));
      const force = () => signalGroup(started, "SIGKILL");
      const stop = () => {
        timedOut = true;
        signalGroup(started, "SIGTERM");
        timers.push(setTimeout(force, limits.kill ?? killDelay));
      };
      if (Number.isFinite(limits.time)) timers.push(setTimeout(stop, limits.time));
    } catch (thrown) {
      end(null, null, `Script ${program} cannot be run - ${describeThrown(thrown)}`);
    }
    return undefined;
  });
}

/** Nothing to change where it is who this process is: only root may. */
function credentialsOf(runAs: ProgramUser | undefined): Outcome<Partial<Credentials>> {
  if (runAs === undefined) return success({});
  const found = findCredentials(runAs.user, runAs.group);
  const isSelf = found.ok && found.value.uid === process.getuid?.() && found.value.gid === process.getgid?.();
  return isSelf ? success({}) : found;
}

/** keepalived's phrases; undefined where it may run. */
function insecure(
  program: string,
  { runAs, isGuarded = false }: ProgramIdentity,
  { uid = process.getuid?.() }: Partial<Credentials>,
): string | undefined {
  if (!isGuarded || uid !== 0) return undefined;
  if (runAs === undefined) return "Unable to set default user keepalived_script for script";
  const part = findUnsafePart(program);
  return part && `Unsafe permissions found for script '${program}' (${part}) - disabling.`;
}

/** keepalived's phrase; a program without a slash is looked for in PATH by the kernel's caller, not here. */
function inaccessible(program: string): string | undefined {
  if (!program.includes("/")) return undefined;
  try {
    accessSync(program, constants.F_OK);
    return undefined;
  } catch (thrown) {
    return `Script ${program} cannot be accessed - ${errorText(thrown)}`;
  }
}

function spawnProblem(program: string, error: Error): string {
  const verb = program.includes("/") ? "run" : "accessed";
  return `Script ${program} cannot be ${verb} - ${errorText(error)}`;
}

const errorTexts: Readonly<Record<string, string>> = {
  ENOENT: "No such file or directory",
  EACCES: "Permission denied",
  ENOTDIR: "Not a directory",
  ENOEXEC: "Exec format error",
  E2BIG: "Argument list too long",
};

/** What strerror(3) says, as keepalived prints it. */
function errorText(thrown: unknown): string {
  const code = thrown instanceof Error && "code" in thrown ? String(thrown.code) : "";
  return errorTexts[code] ?? describeThrown(thrown);
}

function signalGroup(child: ChildProcess, signal: NodeJS.Signals): void {
  if (child.pid === undefined) return;
  try {
    process.kill(-child.pid, signal);
  } catch {
    // The group has ended meanwhile.
  }
}
