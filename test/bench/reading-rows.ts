/** How long a large file takes to read: fresh processes, one after the other. */

import type { Bench } from "./bench.ts";
import { spreadOf } from "./numbers.ts";
import type { Reading } from "./reading.ts";
import { type Row, spreadRow } from "./row.ts";

const usualRepetitions = 10;

export async function measureReadings(bench: Bench): Promise<readonly Reading[]> {
  const host = bench.network(["reading"]).host("reading");
  const readings: Reading[] = [];
  for (let round = 0; round < (bench.repetitions ?? usualRepetitions); round++) {
    const program = bench.program<Reading>(host, "reading");
    readings.push(await program.inbox.waitFor("the readings", () => true, 0, 60_000));
    await program.ended;
  }
  return readings;
}

export function readingRows(readings: readonly Reading[]): Row[] {
  const ours = spreadOf(readings.map(({ understudy }) => understudy));
  if (ours === undefined) return [];
  const theirs = spreadOf(readings.map(({ keepalived }) => keepalived));
  return [spreadRow("parse and lower a file of 1,000 instances (keepalived -t)", "ms", ours, theirs, 300)];
}
