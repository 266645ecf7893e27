/** The story teller: the same seed gives the same text, and a broken invariant ends with 1. */

import { describe, expect, it } from "vitest";
import { virtualRouterMachine } from "../../machines/virtual-router.ts";
import { simulate, usage } from "./main.ts";
import type { Machine } from "./setup.ts";

function told(words: readonly string[], machine?: Machine) {
  const lines: string[] = [];
  const code = simulate(words, (line) => lines.push(line), machine);
  return { code, lines };
}

describe("npm run simulate", () => {
  it("tells routers, events and transitions in the order of time, the same for the same seed", () => {
    const { code, lines } = told(["--seed", "7"]);
    expect(code).toBe(0);
    expect(lines[0]).toMatch(/^seed 7: \d routers$/u);
    expect(lines.some((line) => / s {2}r\d {2}backup -> active {2}\(\w+\)$/u.test(line))).toBe(true);
    expect(lines.some((line) => / s {2}\* r\d starts$/u.test(line))).toBe(true);
    expect(lines.at(-1)).toMatch(/^\d+ transitions; every invariant holds/u);
    const times = lines.flatMap((line) => line.match(/^ *[\d.]+(?= s )/u) ?? []).map(Number);
    expect(times.length).toBeGreaterThan(20);
    expect(times).toEqual(times.toSorted((a, b) => a - b));
    expect(told(["--seed", "7"]).lines).toEqual(lines);
  });

  it("--verbose tells every advert too", () => {
    const adverts = (words: readonly string[]) =>
      told(words).lines.filter((line) => line.includes("advert, priority")).length;
    expect(adverts(["--seed", "7"])).toBe(0);
    expect(adverts(["--seed", "7", "--verbose"])).toBeGreaterThan(20);
  });

  it("ends with 1 and names the seed, the moment and the broken invariant", () => {
    const deaf = virtualRouterMachine.provide({ guards: { hasHigherPriority: () => false } });
    const { code, lines } = told(["--seed", "1"], deaf);
    expect(code).toBe(1);
    expect(lines.at(-1)).toMatch(/^BROKEN: seed 1 at [\d.]+ s: Error: /u);
  });

  it("without a seed, or with one that is no number, it says how to be called", () => {
    for (const words of [[], ["--seed", "x"], ["--sead", "1"]]) {
      expect(told(words)).toEqual({ code: 2, lines: [usage] });
    }
  });
});
