/** The command line of the benchmark. */

import { parseArgs } from "node:util";

export const figureNames = [
  "start",
  "takeover",
  "mass",
  "jitter",
  "parts",
  "reading",
  "history",
  "receive",
  "flood",
  "reload",
  "scripts",
  "inspector",
  "steady",
] as const;
export type FigureName = (typeof figureNames)[number];

export interface BenchArguments {
  readonly figures: readonly FigureName[];
  /** Starts, and takeovers of each product. */
  readonly repetitions: number | undefined;
  /** The CPU that the routers under test run on; undefined leaves it to the scheduler. */
  readonly pin: number | undefined;
}

export const usage = `npm run bench -- [--only ${figureNames.join("|")}] [--repetitions N] [--pin CPU]`;

/** A sentence where the arguments are wrong. */
export function parseBenchArguments(words: readonly string[]): BenchArguments | string {
  try {
    const { values } = parseArgs({
      args: [...words],
      options: {
        only: { type: "string", multiple: true },
        repetitions: { type: "string" },
        pin: { type: "string" },
      },
    });
    const figures = figureNames.filter((name) => values.only === undefined || values.only.includes(name));
    const unknown = values.only?.find((name) => !figureNames.some((known) => known === name));
    if (unknown !== undefined) return `no figure ${unknown}; ${usage}`;
    const repetitions = wholeNumber(values.repetitions, 1);
    const pin = wholeNumber(values.pin, 0);
    if (Number.isNaN(repetitions) || Number.isNaN(pin)) return usage;
    return { figures, repetitions, pin };
  } catch (thrown) {
    return `${thrown instanceof Error ? thrown.message : thrown}; ${usage}`;
  }
}

function wholeNumber(text: string | undefined, least: number): number | undefined {
  if (text === undefined) return undefined;
  const value = /^\d{1,4}$/u.test(text) ? Number(text) : Number.NaN;
  return value >= least ? value : Number.NaN;
}
