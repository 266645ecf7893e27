/** Runs one check script at its interval and tells when it is up or down (keepalived T4, T5). */

import type { ScriptTracker } from "../../contracts/config/trackers.ts";
import { afterResult, beforeFirstResult, type ScriptStatus } from "../../machines/trackers/script.ts";
import type { ProgramRun, runProgram } from "../io/run-program.ts";

export interface ScriptTrackerOptions {
  readonly script: ScriptTracker;
  readonly run: typeof runProgram;
  readonly environment: Readonly<Record<string, string | undefined>>;
  /** Told of each change of the status, the first one included; "missing" where it never could be run (keepalived P25). */
  readonly onStatus: (status: Exclude<ScriptStatus, "unknown"> | "missing", detail: string) => void;
  /** keepalived's sentences about results that change nothing yet. */
  readonly onRemark: (sentence: string) => void;
}

export interface RunningTracker {
  stop(): void;
}

export function startScriptTracker(options: ScriptTrackerOptions): RunningTracker {
  const { script, run, environment, onStatus, onRemark } = options;
  let memory = beforeFirstResult(script);
  let lastStatus: number | string | undefined;
  let isRunning = false;
  const ending = new AbortController();

  const take = (result: ProgramRun) => {
    if (result.problem !== undefined && memory.status === "unknown") {
      if (lastStatus === undefined) onStatus("missing", result.problem);
      lastStatus = result.problem;
      return;
    }
    const succeeded = result.status === 0 && !result.timedOut;
    const said = describe(result);
    if (said !== lastStatus) onRemark(`Script \`${script.name}\` now returning ${said}`);
    lastStatus = said;
    const before = memory.status;
    memory = afterResult(memory, script, succeeded);
    if (memory.status === before || memory.status === "unknown") return;
    onStatus(memory.status, outcomeOf(result));
  };
  const check = async () => {
    if (isRunning) {
      onRemark(`Track script ${script.name} is already running, expect idle - skipping run`);
      return;
    }
    isRunning = true;
    const result = await run(
      script.command.argv,
      environment,
      { time: script.timeout, signal: ending.signal },
      script.command,
    );
    isRunning = false;
    if (!ending.signal.aborted) take(result);
  };
  const timer = setInterval(check, script.interval);
  void check();
  return {
    stop: () => {
      clearInterval(timer);
      ending.abort();
    },
  };
}

/** What a change of is told: the exit status, or why there is none. */
function describe({ status, signal, timedOut, problem }: ProgramRun): number | string {
  if (problem !== undefined) return problem;
  return timedOut ? "nothing in time" : (status ?? `signal ${signal}`);
}

/** keepalived's words behind the name of the script. */
function outcomeOf({ status, signal, timedOut, problem }: ProgramRun): string {
  if (problem !== undefined) return `failed (${problem})`;
  if (timedOut) return "timed_out";
  if (status === 0) return "succeeded";
  return `failed (${status === null ? `due to signal ${signal}` : `exited with status ${status}`})`;
}
