/**
 * Tells one random story: `npm run simulate -- --seed N [--verbose]`. A failing simulation names its seed; here are the
 * routers, what happened to them and every transition, with --verbose every advert too. Ends with 1 where an invariant breaks.
 */

import { parseArgs } from "node:util";
import { type Listener, playStory } from "./chaos.ts";
import type { Machine, RouterSetup } from "./setup.ts";

export const usage = "npm run simulate -- --seed N [--verbose]";

/** Writes the story line by line; returns the exit code. */
export function simulate(words: readonly string[], write: (line: string) => void, machine?: Machine): number {
  const { seed, verbose } = parseWords(words);
  if (seed === undefined) {
    write(usage);
    return 2;
  }
  const timed = (at: number, text: string) => write(`${at.toFixed(6).padStart(12)} s  ${text}`);
  const listener: Listener = {
    begin: (setups) => {
      write(`seed ${seed}: ${setups.length} routers`);
      for (const setup of setups) write(`  ${describeRouter(setup)}`);
    },
    event: (at, text) => timed(at, `* ${text}`),
    transition: ({ at, router, from, to, reason }) => timed(at, `${router}  ${from} -> ${to}  (${reason})`),
    advert: (at, router, priority) => {
      if (verbose) timed(at, `${router}  advert, priority ${priority}`);
    },
  };
  try {
    const { transitions } = playStory(seed, machine, listener);
    write(`${transitions} transitions; every invariant holds, and one router serves in the end`);
    return 0;
  } catch (thrown) {
    write(`BROKEN: ${thrown instanceof Error ? thrown.message : String(thrown)}`);
    return 1;
  }
}

function parseWords(words: readonly string[]): { seed?: number; verbose: boolean } {
  try {
    const { values } = parseArgs({
      args: [...words],
      options: { seed: { type: "string" }, verbose: { type: "boolean" } },
    });
    const verbose = values.verbose ?? false;
    return /^\d{1,9}$/u.test(values.seed ?? "") ? { seed: Number(values.seed), verbose } : { verbose };
  } catch {
    return { verbose: false };
  }
}

function describeRouter({ name, address, parameters, clockRate = 1 }: RouterSetup): string {
  const { profile, priority, preempt, advertisementInterval, answersLowerPriority } = parameters;
  return [
    `${name} ${address}`,
    profile,
    `priority ${priority}`,
    `every ${advertisementInterval / 100} s`,
    ...(preempt ? [] : ["does not preempt"]),
    ...(answersLowerPriority ? ["answers lower priorities"] : []),
    `clock ${clockRate < 1 ? "" : "+"}${((clockRate - 1) * 100).toFixed(3)} %`,
  ].join(", ");
}

if (process.argv[1] === import.meta.filename) {
  const lines: string[] = [];
  process.exitCode = simulate(process.argv.slice(2), (line) => void lines.push(line));
  process.stdout.write(`${lines.join("\n")}\n`);
}
