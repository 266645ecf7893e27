/** The inspector's page as somebody sees it: how long it takes, and how smoothly it goes. */

import type { Bench } from "./bench.ts";
import type { Inspecting } from "./inspecting.ts";
import { spreadOf } from "./numbers.ts";
import { type Row, spreadRow, tailRow } from "./row.ts";

const usualRepetitions = 3;

export async function measureInspector(bench: Bench): Promise<readonly Inspecting[]> {
  const host = bench.network(["inspector"]).host("inspector");
  const results: Inspecting[] = [];
  for (let round = 0; round < (bench.repetitions ?? usualRepetitions); round++) {
    const program = bench.program<Inspecting>(host, "inspecting");
    results.push(await program.inbox.waitFor("the page", () => true, 0, 180_000));
    await program.ended;
  }
  return results;
}

export function inspectorRows(results: readonly Inspecting[]): Row[] {
  const lit = spreadOf(results.flatMap((each) => each.lit));
  const first = spreadOf(results.map(({ firstView }) => firstView));
  const whole = spreadOf(results.map(({ wholeHistory }) => wholeHistory));
  const views = [...new Set(results.flatMap((each) => Object.keys(each.frames)))];
  const frames = views
    .flatMap((view) => spreadOf(results.flatMap((each) => each.frames[view] ?? [])) ?? [])
    .sort((one, other) => other.p50 - one.p50)[0];
  if (lit === undefined || first === undefined || whole === undefined || frames === undefined) return [];
  return [
    spreadRow("inspector: record written to state lit", "ms", lit, undefined, 10),
    tailRow("the same, p99", "ms", lit, undefined, 50),
    spreadRow("inspector: first view of 250 routers, 100,000 events", "ms", first, undefined, 2000),
    spreadRow("the same, whole history in the page", "ms", whole, undefined, undefined),
    // 30 frames a second; without a graphics card, as on this machine, Chromium draws with the processor.
    spreadRow("inspector: frame while scrubbing, slowest view", "ms", frames, undefined, 33.3),
  ];
}
