/**
 * Writes down what the flight recorder of one router kept: behind each transition the facts that led to it, and where
 * everything is recorded, whatever was heard, every few seconds.
 */

import type { EventRecord } from "../contracts/events/envelope.ts";
import type { Fact } from "../contracts/events/facts.ts";
import type { Recording, Trace } from "../contracts/events/trace.ts";
import {
  type ChartSnapshot,
  createFlightRecorder,
  factsKept,
  noteFact,
  takeTraces,
} from "../machines/flight-recorder.ts";
import type { Desk } from "./desk.ts";

/** What is recorded of the facts of a router, and how many are kept at most. */
export interface FlightPlan {
  readonly recording: Recording;
  capacity(): number;
}

export interface Flight {
  /** A fact that the router is about to hear; `before` is how it is then. */
  hear(before: ChartSnapshot, fact: Fact): void;
  /** The last fact led to a transition; `record` gives the record of it when that is written. */
  landed(record: () => EventRecord | undefined): void;
  /** The router crashed over the last fact. */
  crashed(): void;
}

/** Microseconds after which kept facts are written down where all of them are. */
const fullRecordingInterval = 5_000_000;
/** And their number. */
const fullRecordingFacts = 1_000;

export function createFlight(
  plan: FlightPlan,
  desk: Pick<Desk, "post" | "postLast">,
  write: (trace: Trace, cause: EventRecord | undefined) => void,
): Flight {
  const kept = createFlightRecorder();
  let keptSince: number | undefined;
  const writeKept = (record: () => EventRecord | undefined) => {
    if (factsKept(kept) === 0) return;
    const traces = takeTraces(kept);
    keptSince = undefined;
    desk.post(() => {
      const cause = record();
      desk.postLast(() => {
        for (const trace of traces()) write(trace, cause);
      });
    });
  };
  return {
    hear: (before, fact) => {
      if (plan.recording === "full") {
        const isDue = keptSince !== undefined && fact.at - keptSince >= fullRecordingInterval;
        if (isDue || factsKept(kept) >= fullRecordingFacts) writeKept(nothing);
      }
      keptSince ??= fact.at;
      noteFact(kept, before, fact, plan.capacity());
    },
    landed: writeKept,
    crashed: () => writeKept(nothing),
  };
}

function nothing(): undefined {
  return undefined;
}
