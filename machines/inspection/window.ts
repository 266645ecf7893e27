/**
 * Between two transitions: every fact that the flight recorder kept, folded through the same machine, so that timers and what is
 * remembered are exact at any moment, and each guard's answer is known.
 */

import type { Effect } from "../../contracts/events/effects.ts";
import type { Fact } from "../../contracts/events/facts.ts";
import type { RouterMoment, Trace } from "../../contracts/events/trace.ts";
import { type ChartArrow, chartModel } from "../chart.ts";
import * as guards from "../guards.ts";
import { type Replay, replayFrom, replayTrace } from "../replay.ts";

export interface WindowStep {
  /** Microseconds on the node's monotonic clock. */
  readonly at: number;
  readonly fact: Fact;
  readonly before: RouterMoment;
  readonly after: RouterMoment;
  readonly effects: readonly Effect[];
}

/** The steps of traces that follow one another. One without a beginning is left out, as is what another machine wrote. */
export function stepsOf(traces: readonly Trace[]): WindowStep[] {
  const steps: WindowStep[] = [];
  let replay: Replay | undefined;
  for (const trace of traces) {
    try {
      if (trace.start !== null) replay = replayFrom(trace.start);
      if (replay === undefined) continue;
      let before = replay.moment();
      for (const { fact, moment, effects } of replayTrace(replay, trace)) {
        steps.push({ at: fact.at, fact, before, after: moment, effects });
        before = moment;
      }
    } catch {
      // A context that this machine cannot begin with: its records stay readable without the fold.
      replay = undefined;
    }
  }
  return steps;
}

export interface Answer {
  readonly arrow: ChartArrow;
  /** Undefined where it was not asked, since one before it was taken. */
  readonly holds: boolean | undefined;
}

/** The arrows of a fact in a state, in the order in which they are looked at, and what each guard says. */
export function answersTo({ state, context, parameters }: RouterMoment, fact: Fact): Answer[] {
  let isTaken = false;
  return arrowsOf(state, fact.type).map((arrow) => {
    if (isTaken) return { arrow, holds: undefined };
    const guard = arrow.guard === null ? undefined : guardOf(arrow.guard);
    const holds = guard === undefined || guard(context, fact, parameters);
    isTaken = holds;
    return { arrow, holds };
  });
}

const { arrows } = chartModel();

function arrowsOf(state: string, fact: string): ChartArrow[] {
  return arrows.filter((arrow) => arrow.from === state && arrow.fact === fact);
}

/** By their names in the chart, which for two differ from those of the functions. */
const named: Readonly<Record<string, unknown>> = {
  ...guards,
  isResignation: guards.isResignationFact,
  isFollowed: guards.isFollowedFact,
};

function guardOf(name: string): guards.Guard | undefined {
  const guard = named[name];
  return typeof guard === "function" ? (guard as guards.Guard) : undefined;
}
