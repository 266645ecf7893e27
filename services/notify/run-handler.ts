/** Runs one handler: a program with its arguments, without a shell, in a process group of its own, for a limited time. */

import { type ChildProcess, spawn } from "node:child_process";
import { accessSync, constants } from "node:fs";
import { describeThrown } from "../io/outcome.ts";

/** A handler that runs longer is told to end (SIGTERM to its process group), in milliseconds. */
export const handlerTimeLimit = 30_000;

/** One that does not end then is killed after this many milliseconds more. */
export const handlerKillDelay = 2000;

export interface HandlerRun {
  /** The exit status; null where a signal ended it or it never ran. */
  readonly status: number | null;
  readonly signal: string | null;
  readonly timedOut: boolean;
  /** Milliseconds. */
  readonly duration: number;
  /** Why it could not be run at all; undefined where it ran. */
  readonly problem: string | undefined;
}

/** Resolves when the program has ended; never rejects. Its output goes to the standard error of this process. */
export function runHandler(
  argv: readonly string[],
  environment: Readonly<Record<string, string | undefined>>,
  limits: { readonly time: number; readonly kill: number } = {
    time: handlerTimeLimit,
    kill: handlerKillDelay,
  },
): Promise<HandlerRun> {
  const [program = "", ...words] = argv;
  const startedAt = performance.now();
  return new Promise((resolve) => {
    let timedOut = false;
    const timers: NodeJS.Timeout[] = [];
    const end = (status: number | null, signal: string | null, problem?: string) => {
      for (const timer of timers) clearTimeout(timer);
      resolve({ status, signal, timedOut, duration: Math.round(performance.now() - startedAt), problem });
    };
    const refusal = inaccessible(program);
    if (refusal !== undefined) return end(null, null, refusal);
    try {
      const child = spawn(program, words, {
        detached: true,
        env: { ...environment },
        stdio: ["ignore", 2, 2],
      });
      child.once("error", (error) => end(null, null, spawnProblem(program, error)));
      child.once("exit", (status, signal) => end(status, signal));
      const force = () => signalGroup(child, "SIGKILL");
      const stop = () => {
        timedOut = true;
        signalGroup(child, "SIGTERM");
        timers.push(setTimeout(force, limits.kill));
      };
      timers.push(setTimeout(stop, limits.time));
    } catch (thrown) {
      end(null, null, `Script ${program} cannot be run - ${describeThrown(thrown)}`);
    }
    return undefined;
  });
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
