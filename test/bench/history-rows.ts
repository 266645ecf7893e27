/** The event log: what a record costs, how fast it travels, and how fast history is read again. */

import type { Bench } from "./bench.ts";
import type { HistoryFigures } from "./history.ts";
import { spreadOf } from "./numbers.ts";
import { type Row, spreadRow } from "./row.ts";

const usualRepetitions = 3;
const events = 1_000_000;
const patience = 10 * 60_000;

export async function measureHistories(bench: Bench): Promise<readonly HistoryFigures[]> {
  const host = bench.network(["history"]).host("history");
  const figures: HistoryFigures[] = [];
  for (let round = 0; round < (bench.repetitions ?? usualRepetitions); round += 1) {
    // The long one once: a million events take two minutes.
    const stored = round === 0 ? events : events / 10;
    const program = bench.program<HistoryFigures>(host, "history", String(stored));
    const found = await program.inbox.waitFor("the figures of the history", () => true, 0, patience);
    await program.ended;
    bench.say(`history: ${JSON.stringify(found)}`);
    figures.push(found);
  }
  return figures;
}

export function historyRows(figures: readonly HistoryFigures[]): Row[] {
  const row = (figure: string, unit: string, samples: readonly number[], target: number): Row[] => {
    const spread = spreadOf(samples);
    return spread === undefined ? [] : [spreadRow(figure, unit, spread, undefined, target)];
  };
  const large = figures.filter(({ stored }) => stored === events);
  return [
    ...row(
      "append a transition to the journal",
      "us",
      figures.map(({ append }) => append.p50),
      15,
    ),
    ...row(
      "drain a record into the stream (20,000 a second are 50 us)",
      "us",
      figures.map(({ drain }) => drain),
      50,
    ),
    ...row(
      "replay a fact, every hash compared (8,000 a second are 125 us)",
      "us",
      figures.map(({ replay }) => replay),
      125,
    ),
    ...row(
      "history of one router of 250 in 1,000,000 events: the first",
      "ms",
      large.flatMap(({ query }) => query),
      200,
    ),
  ];
}
