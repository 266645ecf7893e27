/**
 * Writes down what happened to one router, in its order, when the desk gives time for it: transitions and what led to
 * them, and behind each what became of its effects.
 */

import type { EffectOutcome, EventRecord } from "../contracts/events/envelope.ts";
import type { Fact } from "../contracts/events/facts.ts";
import type { EventClass } from "../contracts/events/subjects.ts";
import type { Transition } from "../contracts/events/transitions.ts";
import type { RouterKey } from "../contracts/identity.ts";
import type { Microseconds } from "../contracts/units.ts";
import type { ChartSnapshot } from "../machines/flight-recorder.ts";
import type { Desk } from "./desk.ts";
import { createFlight, type FlightPlan } from "./flight.ts";
import { describeThrown } from "./io/outcome.ts";
import type { Clock, Recorder } from "./ports.ts";

export interface ScribeOptions {
  readonly router: string;
  readonly key: RouterKey;
  readonly recorder: Recorder;
  readonly clock: Clock;
  readonly desk: Pick<Desk, "post" | "postLast">;
  /** What is kept of the facts; nothing where it is left out. */
  readonly flight?: FlightPlan | undefined;
  /** Calls back once a transition is on its way to its subscribers. */
  readonly later: (work: () => void) => void;
  readonly onRecord: (record: EventRecord) => void;
  readonly onUnrecorded: (error: string) => void;
}

/** The record that led to what is written now, and the story it belongs to. */
export type Cause = Pick<EventRecord, "id" | "correlationId">;

export interface Scribe {
  transition(transition: Transition, at: Microseconds, cause: Cause | undefined): void;
  /** Of effects, in the story of the last transition. */
  outcomes(told: readonly EffectOutcome[]): void;
  write(eventClass: EventClass, body: unknown, at: Microseconds, cause?: Cause): void;
  /** A fact that the router is about to hear; `before` is how it is then. */
  hear(before: ChartSnapshot, fact: Fact): void;
  /** The fact is worked off, its effects performed. */
  settled(): void;
  /** The router crashed over the fact. */
  crashed(): void;
  /** Undefined while the last transition waits to be written, or could not be. */
  lastTransition(): EventRecord | undefined;
}

export function createScribe(options: ScribeOptions): Scribe {
  const { router, key, recorder, clock, desk, later, onRecord, onUnrecorded } = options;
  let lastTransition: EventRecord | undefined;
  /** The fact that is worked on led to a transition. */
  let hasChanged = false;
  /** What became of the effects is written after the transition they belong to, and before whatever is written next. */
  let outcomes: readonly (() => void)[] = [];
  const writeOutcomes = () => {
    const waiting = outcomes;
    outcomes = [];
    for (const writeOne of waiting) writeOne();
  };
  const write = (eventClass: EventClass, body: unknown, at: Microseconds, cause?: Cause | "none") => {
    writeOutcomes();
    const story = storyOf(cause);
    try {
      const record = recorder.append({ router, key, class: eventClass, body, at, ...story });
      onRecord(record);
      return record;
    } catch (thrown) {
      onUnrecorded(describeThrown(thrown));
      return undefined;
    }
  };
  const flight =
    options.flight &&
    createFlight(options.flight, desk, (trace, cause) =>
      write("trace", trace, clock.monotonic(), cause ?? "none"),
    );
  return {
    transition: (transition, at, cause) => {
      hasChanged = true;
      lastTransition = undefined;
      desk.post(() => {
        lastTransition = write("transition", transition, at, cause);
      });
    },
    outcomes: (told) => {
      const at = clock.monotonic();
      desk.post(() => {
        const cause = lastTransition;
        outcomes = [...outcomes, ...told.map((body) => () => void write("effect", body, at, cause))];
        later(writeOutcomes);
      });
    },
    write: (eventClass, body, at, cause) => desk.post(() => void write(eventClass, body, at, cause)),
    hear: (before, fact) => flight?.hear(before, fact),
    settled: () => {
      if (hasChanged) flight?.landed(() => lastTransition);
      hasChanged = false;
    },
    crashed: () => flight?.crashed(),
    lastTransition: () => lastTransition,
  };
}

/** Left out, a record follows from the router's record before. */
function storyOf(cause: Cause | "none" | undefined) {
  if (cause === undefined) return {};
  return cause === "none"
    ? { causationId: null }
    : { correlationId: cause.correlationId, causationId: cause.id };
}
