/** Runs `understudy` inside a host of the lab network until it ends, and hands back what it said. */

import type { LabHost } from "../../services/lab/network.ts";
import { startInHost } from "../../services/lab/process.ts";
import { mainProgram } from "./pair-program.ts";

export interface Ended {
  /** null: it was still running after ten seconds and was killed. */
  readonly code: number | null;
  readonly output: readonly string[];
  readonly errors: readonly string[];
}

const patience = 10_000;

/** `before` stands in front of the command, for example `setpriv --reuid nobody`. */
export async function runUnderstudy(
  host: LabHost,
  words: readonly string[],
  before: readonly string[] = [],
): Promise<Ended> {
  const output: string[] = [];
  const errors: string[] = [];
  const program = startInHost(host, {
    command: [...before, process.execPath, mainProgram, ...words],
    onLine: (line) => output.push(line),
    onErrorLine: (line) => errors.push(line),
  });
  const timer = setTimeout(() => program.signal("SIGKILL"), patience);
  const code = await program.ended;
  clearTimeout(timer);
  return { code, output, errors };
}
