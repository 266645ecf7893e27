/**
 * How the routers were at an instant: a fold over a history. From the last transition before it, and exactly to the
 * fact where the flight recorder wrote the facts behind that transition down.
 */

import type { EventRecord } from "../../contracts/events/envelope.ts";
import type { Fact } from "../../contracts/events/facts.ts";
import { type RouterMoment, readTrace, type Trace } from "../../contracts/events/trace.ts";
import type { Transition } from "../../contracts/events/transitions.ts";
import { readTransition } from "../../contracts/events/upcast.ts";
import { type Replay, replayFrom, replayTrace } from "../../machines/replay.ts";

export interface PastRouter {
  readonly node: string;
  readonly router: string;
  readonly state: RouterMoment["state"];
  readonly context: RouterMoment["context"];
  /** When the state was entered, RFC 3339. */
  readonly since: string;
  /** The transition that entered it; undefined where its record is of a form that is not known here. */
  readonly transition: Transition | undefined;
  /** The last fact before the instant and when it was heard; undefined where facts were not written down. */
  readonly lastFact: { readonly fact: Fact; readonly time: string } | undefined;
}

export interface PastView {
  add(record: EventRecord): void;
  /** Routers that had been started by then, in the order of their names. */
  routers(): readonly PastRouter[];
}

interface Track {
  past: PastRouter | undefined;
  /** Id of the record by which the state was entered. */
  enteredBy: string | undefined;
  replay: Replay | undefined;
}

/** `instant` in milliseconds since 1970. Records may go on behind it: the facts up to it are written later. */
export function createPastView(instant: number): PastView {
  const tracks = new Map<string, Track>();
  const add = (record: EventRecord) => {
    const key = `${record.node}/${record.router}`;
    const track = tracks.get(key) ?? { past: undefined, enteredBy: undefined, replay: undefined };
    tracks.set(key, track);
    if (record.class === "transition" && millisecondsOf(record.time) <= instant) enter(track, record);
    const trace = record.class === "trace" ? readTrace(record.body) : undefined;
    if (trace !== undefined) follow(track, record, trace, instant);
  };
  return {
    add,
    routers: () =>
      [...tracks.values()]
        .flatMap(({ past }) => (past === undefined ? [] : [past]))
        .sort((left, right) => orderOf(left).localeCompare(orderOf(right))),
  };
}

function orderOf({ node, router }: PastRouter): string {
  return `${router}\u0000${node}`;
}

function enter(track: Track, record: EventRecord): void {
  const transition = readTransition(record);
  if (transition === undefined) return;
  const { node, router, time: since } = record;
  const { to: state, context } = transition;
  track.past = { node, router, state, context, since, transition, lastFact: undefined };
  track.enteredBy = record.id;
}

/** The facts of a trace up to the instant; they are those behind the transition that was entered last. */
function follow(track: Track, record: EventRecord, trace: Trace, instant: number): void {
  // These led to the state, and what counts is what came after it.
  if (record.causationId !== null && record.causationId === track.enteredBy) return;
  const timeOf = (at: number) => millisecondsOf(record.time) - (record.monotonic - at) / 1000;
  if (trace.start !== null) track.replay = replayFrom(trace.start);
  const { replay, past } = track;
  if (replay === undefined || past === undefined || timeOf(trace.at) > instant) return;
  for (const { fact, moment, transition } of replayTrace(replay, trace)) {
    const time = timeOf(fact.at);
    if (time > instant) return;
    // What ends in a transition is told by its record, which has been read already.
    if (transition !== undefined || time < millisecondsOf(past.since)) continue;
    const lastFact = { fact, time: new Date(time).toISOString() };
    track.past = { ...past, state: moment.state, context: moment.context, lastFact };
  }
}

function millisecondsOf(time: string): number {
  return Date.parse(time);
}
