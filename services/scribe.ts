/**
 * Writes down what happened to one router, in its order, when the desk gives time for it: transitions and what led to
 * them, behind each what became of its effects, and then the facts that the flight recorder kept. Functions on a state
 * rather than closures: ten thousand routers have ten thousand of them.
 */

import type { Recording } from "../contracts/config/daemon-settings.ts";
import type { EffectOutcome, EventRecord } from "../contracts/events/envelope.ts";
import type { Fact } from "../contracts/events/facts.ts";
import type { EventClass } from "../contracts/events/subjects.ts";
import type { RouterMoment } from "../contracts/events/trace.ts";
import type { Transition } from "../contracts/events/transitions.ts";
import type { RouterKey } from "../contracts/identity.ts";
import type { RouterNow } from "../contracts/now.ts";
import { type Microseconds, microseconds } from "../contracts/units.ts";
import {
  type ChartSnapshot,
  createFlightRecorder,
  type FlightRecorder,
  factsBehind,
  factsKept,
  noteFact,
  recordedSince,
  takeTraces,
} from "../machines/flight-recorder.ts";
import type { Desk } from "./desk.ts";
import { describeThrown } from "./io/outcome.ts";
import type { Clock, Recorder } from "./ports.ts";

/** What is recorded of the facts of a router, and how many are kept at most. */
export interface FlightPlan {
  readonly recording: Recording;
  capacity(): number;
}

/** What the scribes of all routers of a node share. */
export interface ScribeTools {
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

/** Changed by the functions of this file only. */
export interface Scribe {
  readonly router: string;
  readonly key: RouterKey;
  readonly tools: ScribeTools;
  readonly facts: FlightRecorder;
  /** Undefined while the last transition waits to be written, or could not be. */
  lastTransition: EventRecord | undefined;
  /** The fact that is worked on led to a transition. */
  hasChanged: boolean;
  /** What became of effects: written after the transition they belong to, and before whatever is written next. */
  outcomes: readonly (() => void)[];
}

/** Microseconds after which kept facts are written down where all of them are. */
const fullRecordingInterval = microseconds(5_000_000);
/** And their number. */
const fullRecordingFacts = 1_000;

export function createScribe(router: string, key: RouterKey, tools: ScribeTools): Scribe {
  const facts = createFlightRecorder();
  return { router, key, tools, facts, lastTransition: undefined, hasChanged: false, outcomes: none };
}

const none: readonly (() => void)[] = [];

export function writeTransition(
  scribe: Scribe,
  transition: Transition,
  at: Microseconds,
  cause: Cause | undefined,
): void {
  scribe.hasChanged = true;
  scribe.lastTransition = undefined;
  scribe.tools.desk.post(() => {
    scribe.lastTransition = append(scribe, "transition", transition, at, cause);
  });
}

/** Of effects, in the story of the last transition. */
export function writeOutcomes(scribe: Scribe, told: readonly EffectOutcome[]): void {
  const { clock, desk, later } = scribe.tools;
  const at = clock.monotonic();
  desk.post(() => {
    const cause = scribe.lastTransition;
    const waiting = told.map((body) => () => void append(scribe, "effect", body, at, cause));
    scribe.outcomes = [...scribe.outcomes, ...waiting];
    later(() => flushOutcomes(scribe));
  });
}

export function write(
  scribe: Scribe,
  eventClass: EventClass,
  body: unknown,
  at: Microseconds,
  cause?: Cause,
): void {
  scribe.tools.desk.post(() => void append(scribe, eventClass, body, at, cause));
}

/** A fact that the router is about to hear; `before` is how it is then. */
export function noteHeard(scribe: Scribe, before: ChartSnapshot, fact: Fact): void {
  const { flight } = scribe.tools;
  if (flight === undefined) return;
  if (flight.recording === "full") {
    const since = recordedSince(scribe.facts);
    const isDue = since !== undefined && fact.at - since >= fullRecordingInterval;
    if (isDue || factsKept(scribe.facts) >= fullRecordingFacts) writeFacts(scribe, false);
  }
  noteFact(scribe.facts, before, fact, flight.capacity());
}

/** The fact is worked off, its effects performed. */
export function noteSettled(scribe: Scribe): void {
  if (!scribe.hasChanged) return;
  scribe.hasChanged = false;
  writeFacts(scribe, true);
}

/** The router crashed over the fact. */
export function noteCrash(scribe: Scribe): void {
  writeFacts(scribe, false);
}

/** What is answered to who looks at the router, and knows the first `after` facts. */
export function nowOf(
  { facts }: Scribe,
  moment: RouterMoment,
  at: Microseconds,
  after: number | undefined,
): Omit<RouterNow, "node"> {
  const behind = after === undefined ? undefined : factsBehind(facts, after);
  return { at, moment, heard: facts.heard, traces: behind ?? null };
}

/** What the flight recorder kept; where the last fact led to a transition, as what follows from its record. */
function writeFacts(scribe: Scribe, isCaused: boolean): void {
  if (factsKept(scribe.facts) === 0) return;
  const { desk, clock } = scribe.tools;
  const traces = takeTraces(scribe.facts);
  desk.post(() => {
    const cause = isCaused ? scribe.lastTransition : undefined;
    desk.postLast(() => {
      for (const trace of traces()) append(scribe, "trace", trace, clock.monotonic(), cause ?? "none");
    });
  });
}

function append(
  scribe: Scribe,
  eventClass: EventClass,
  body: unknown,
  at: Microseconds,
  cause: Cause | "none" | undefined,
): EventRecord | undefined {
  flushOutcomes(scribe);
  const { router, key, tools } = scribe;
  try {
    const record = tools.recorder.append({ router, key, class: eventClass, body, at, ...storyOf(cause) });
    tools.onRecord(record);
    return record;
  } catch (thrown) {
    tools.onUnrecorded(describeThrown(thrown));
    return undefined;
  }
}

function flushOutcomes(scribe: Scribe): void {
  const waiting = scribe.outcomes;
  scribe.outcomes = none;
  for (const writeOne of waiting) writeOne();
}

/** Left out, a record follows from the router's record before. */
function storyOf(cause: Cause | "none" | undefined) {
  if (cause === undefined) return {};
  return cause === "none"
    ? { causationId: null }
    : { correlationId: cause.correlationId, causationId: cause.id };
}
