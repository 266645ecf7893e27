/** The program that reads a FIFO: started with the path as its last word, started again where it ends, ended with the FIFO. */

import type { Command } from "../../contracts/config/command.ts";
import { pause } from "../client/connect.ts";
import { runProgram } from "../io/run-program.ts";
import type { NotifyOptions } from "./options.ts";

export interface Reader {
  /** Once its FIFO is closed: gives it a moment to read the rest, and then tells it to end. */
  stop(): Promise<void>;
}

/** Milliseconds before it is started again, doubled each time; one that ran longer than the last of them starts over. */
const firstDelay = 1000;
const longestDelay = 60_000;

/** Milliseconds for the last lines. */
const lastMoment = 1000;

export function startReader(
  { argv, ...identity }: Command,
  path: string,
  { environment, log }: Pick<NotifyOptions, "environment" | "log">,
): Reader {
  const stopping = new AbortController();
  const abandoning = new AbortController();
  const limits = { time: Number.POSITIVE_INFINITY, signal: abandoning.signal };
  const run = async () => {
    for (let delay = firstDelay; !stopping.signal.aborted; delay = Math.min(delay * 2, longestDelay)) {
      const { status, signal, problem, duration } = await runProgram(
        [...argv, path],
        environment,
        limits,
        identity,
      );
      if (stopping.signal.aborted) return;
      if (duration > longestDelay) delay = firstDelay;
      const how = signal === null ? `exit status ${status}` : `signal ${signal}`;
      const message =
        problem ?? `the reader of FIFO ${path} ended with ${how}; starting it again in ${delay / 1000} s`;
      log({ level: "warn", message, argv, status, signal });
      await pause(delay, stopping.signal);
    }
  };
  const ended = run();
  return {
    stop: async () => {
      stopping.abort();
      await Promise.race([ended, pause(lastMoment, abandoning.signal)]);
      abandoning.abort();
      await ended;
    },
  };
}
