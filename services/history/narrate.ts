/** A history told as a replay: each transition, and with the facts that led to it what the machine made of each of them. */

import type { EventRecord } from "../../contracts/events/envelope.ts";
import { explainTransition } from "../../contracts/events/explain.ts";
import type { Fact } from "../../contracts/events/facts.ts";
import { readTrace, type Trace } from "../../contracts/events/trace.ts";
import { readTransition } from "../../contracts/events/upcast.ts";
import { type Replay, type ReplayStep, replayFrom, replayTrace } from "../../machines/replay.ts";

export interface Narration {
  /** What is to be told when this record is read. */
  add(record: EventRecord): string[];
}

export interface NarrationOptions {
  /** Every fact; transitions only where it is false. */
  readonly facts: boolean;
  /** One JSON object a line. */
  readonly json: boolean;
}

export function createNarration({ facts, json }: NarrationOptions): Narration {
  const replays = new Map<string, Replay>();
  const tellFacts = (record: EventRecord, trace: Trace): string[] => {
    const key = `${record.node}/${record.router}`;
    if (trace.start !== null) replays.set(key, replayFrom(trace.start));
    const replay = replays.get(key);
    if (replay === undefined) return [];
    const lines = trace.dropped === 0 ? [] : [droppedLine(record, trace.dropped, json)];
    let { state } = replay.moment();
    for (const step of replayTrace(replay, trace)) {
      lines.push(tellStep(aboutOf(record), step, state, json));
      ({ state } = step.moment);
    }
    return lines;
  };
  return {
    add: (record) => {
      if (facts) {
        const trace = record.class === "trace" ? readTrace(record.body) : undefined;
        return trace === undefined ? [] : tellFacts(record, trace);
      }
      const transition = record.class === "transition" ? readTransition(record) : undefined;
      if (transition === undefined) return [];
      const { from, to, reason, context } = transition;
      const { time, node, router } = record;
      if (json) return [JSON.stringify({ time, node, router, from, to, reason, context })];
      return [`${time} ${node} ${router} ${from} -> ${to}  ${explainTransition(transition)}`];
    },
  };
}

function droppedLine({ node, router }: EventRecord, dropped: number, json: boolean): string {
  return json
    ? JSON.stringify({ node, router, dropped })
    : `${node} ${router} (${dropped} facts are not kept)`;
}

/** Whose fact it is, and its instant by the wall clock, RFC 3339. */
export interface StepTeller {
  readonly node: string;
  readonly router: string;
  timeOf(at: number): string;
}

/** By the wall clock as the record tells it of its own instant. */
function aboutOf({ node, router, time, monotonic }: EventRecord): StepTeller {
  return { node, router, timeOf: (at) => new Date(Date.parse(time) - (monotonic - at) / 1000).toISOString() };
}

/** A fact and what the machine made of it, as one line; `before` is the state in which it was heard. */
export function tellStep(
  { node, router, timeOf }: StepTeller,
  { fact, moment, effects }: Omit<ReplayStep, "transition">,
  before: string,
  json: boolean,
): string {
  const { state, context } = moment;
  const time = timeOf(fact.at);
  const told = effects.filter(({ type }) => type !== "transition.record");
  if (json) return JSON.stringify({ time, node, router, fact, effects: told, state, context });
  const becomes = before === state ? state : `${before} -> ${state}`;
  const what = told.length === 0 ? "" : `  ${told.map(({ type }) => type).join(", ")}`;
  return `${time} ${node} ${router} ${becomes}  ${factText(fact)}${what}`;
}

/** "advert.received from 10.0.0.2 with priority 100". */
export function factText(fact: Fact): string {
  switch (fact.type) {
    case "advert.received":
      return `advert.received from ${fact.source} with priority ${fact.priority}`;
    case "link.changed":
      return `link.changed ${fact.interface} ${fact.state}`;
    case "tracker.changed":
      return `tracker.changed ${fact.tracker} ${fact.reading ?? "unreadable"}`;
    case "primaryAddress.changed":
      return `primaryAddress.changed ${fact.address ?? "none"}`;
    case "address.lost":
      return `address.lost ${fact.address}`;
    case "effect.failed":
      return `effect.failed ${fact.effect}: ${fact.error}`;
    default:
      return fact.type;
  }
}
