/** Programs inside a host of the lab. They die with this process, even when it is killed. */

import { type ChildProcess, spawn } from "node:child_process";
import { createInterface } from "node:readline";
import type { LabHost } from "./network.ts";

export interface LabProcess {
  readonly pid: number;
  /** False once it has ended. */
  running(): boolean;
  /** Sends the signal to this process and no other. */
  signal(signal: NodeJS.Signals): void;
  /** Resolves when it has ended, with its exit code, or null where a signal ended it. */
  readonly ended: Promise<number | null>;
}

export interface LabProgram {
  readonly command: readonly string[];
  readonly onLine?: (line: string) => void;
  readonly onErrorLine?: (line: string) => void;
}

/** `ip netns exec` and `setpriv` replace themselves, so the process id is the program's own. */
export function startInHost(host: LabHost, { command, onLine, onErrorLine }: LabProgram): LabProcess {
  const words = ["netns", "exec", host.namespace, "setpriv", "--pdeathsig", "KILL", ...command];
  const child = spawn("ip", words, { stdio: ["ignore", "pipe", "pipe"], detached: true });
  readLines(child, "stdout", onLine);
  readLines(child, "stderr", onErrorLine);
  const ended = new Promise<number | null>((resolve) => {
    child.on("error", () => resolve(null));
    child.on("close", (code) => resolve(code));
  });
  return {
    pid: child.pid ?? 0,
    running: () => child.exitCode === null && child.signalCode === null && child.pid !== undefined,
    signal: (signal) => void child.kill(signal),
    ended,
  };
}

function readLines(
  child: ChildProcess,
  name: "stdout" | "stderr",
  onLine: ((line: string) => void) | undefined,
): void {
  const stream = child[name];
  if (stream === null) return;
  createInterface({ input: stream }).on("line", (line) => onLine?.(line));
}
