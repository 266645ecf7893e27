/** `npm run bench`: measures, prints the table, writes test/bench/results.json and, for a whole run, docs/performance.md. */

import { writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { type BenchArguments, type FigureName, figureNames, parseBenchArguments } from "./arguments.ts";
import { type Bench, openBench } from "./bench.ts";
import { measureHistories } from "./history-rows.ts";
import { measureInspector } from "./inspector-rows.ts";
import { measureJitter } from "./jitter.ts";
import { measureFlood, measureReceive } from "./load.ts";
import { describeMachine, findObstacle, type Noise, watchNoise } from "./machine.ts";
import { measureMass } from "./mass.ts";
import { measureParts } from "./parts.ts";
import { measureReadings } from "./reading-rows.ts";
import { measureReload } from "./reload.ts";
import { performancePage, terminalTable } from "./report.ts";
import type { Results } from "./rows.ts";
import { measureScripts } from "./scripts.ts";
import { measureStart } from "./start.ts";
import { measureSteady } from "./steady.ts";
import { measureTakeovers } from "./takeover.ts";

/** A run that hangs ends, too. */
const longestMilliseconds = 30 * 60_000;
const root = new URL("../../../", import.meta.url);

process.exitCode = await main(process.argv.slice(2));
// Programs that still run die with this process.
process.exit();

async function main(words: readonly string[]): Promise<number> {
  const given = parseBenchArguments(words);
  const problem = typeof given === "string" ? given : findObstacle();
  if (typeof given === "string" || problem !== undefined) {
    process.stderr.write(`bench: ${problem}\n`);
    return 2;
  }
  const bench = openBench(given);
  const leave = (code: number, reason: string) => {
    bench.say(`ended: ${reason}`);
    bench.close();
    process.exit(code);
  };
  process.on("SIGINT", () => leave(130, "SIGINT"));
  process.on("SIGTERM", () => leave(143, "SIGTERM"));
  setTimeout(() => leave(1, "it takes too long"), longestMilliseconds).unref();
  try {
    report(given, await measure(bench, given));
    return 0;
  } catch (thrown) {
    process.stderr.write(`bench: cannot measure: ${thrown instanceof Error ? thrown.message : thrown}\n`);
    return 1;
  } finally {
    bench.close();
  }
}

async function measure(bench: Bench, { figures }: BenchArguments): Promise<Results> {
  const noise: Partial<Record<FigureName, Noise>> = {};
  const during = async <T>(figure: FigureName, work: (bench: Bench) => Promise<T>) => {
    if (!figures.includes(figure)) return undefined;
    bench.say(`measuring: ${figure}`);
    const end = watchNoise();
    const value = await work(bench);
    noise[figure] = end();
    return value;
  };
  return withoutGaps({
    start: await during("start", measureStart),
    takeover: await during("takeover", measureTakeovers),
    mass: await during("mass", measureMass),
    jitter: await during("jitter", measureJitter),
    parts: await during("parts", measureParts),
    reading: await during("reading", measureReadings),
    history: await during("history", measureHistories),
    receive: await during("receive", measureReceive),
    flood: await during("flood", measureFlood),
    reload: await during("reload", measureReload),
    scripts: await during("scripts", measureScripts),
    inspector: await during("inspector", measureInspector),
    steady: await during("steady", measureSteady),
    noise,
  });
}

/** The members that have a value. */
function withoutGaps(
  results: { readonly [K in keyof Results]: Results[K] | undefined } & Pick<Results, "noise">,
): Results {
  return Object.fromEntries(
    Object.entries(results).filter(([, value]) => value !== undefined),
  ) as unknown as Results;
}

function report({ figures }: BenchArguments, results: Results): void {
  const machine = describeMachine();
  const date = new Date().toISOString().slice(0, 10);
  const text = JSON.stringify({ date, machine, ...results }, undefined, 2);
  writeFileSync(fileURLToPath(new URL("test/bench/results.json", root)), `${text}\n`);
  process.stdout.write(terminalTable(results));
  if (figures.length < figureNames.length) return;
  writeFileSync(fileURLToPath(new URL("docs/performance.md", root)), performancePage(results, machine, date));
}
