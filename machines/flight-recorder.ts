/**
 * The flight recorder of one virtual router: the facts it heard last, packed, and how it was before them. Two windows,
 * of which the older one goes when the younger one is full, so that what is kept always begins with a known moment.
 */

import { type Fact, timerNames } from "../contracts/events/facts.ts";
import type { Parameters } from "../contracts/events/parameters.ts";
import type { FactKind, RouterMoment, Trace } from "../contracts/events/trace.ts";
import type { RouterState, VirtualRouterContext } from "../contracts/events/transitions.ts";

/** Changed by the functions of this file only. */
export interface FlightRecorder {
  older: Window | undefined;
  current: Window | undefined;
  /** Facts that had to go since the windows were last taken out. */
  dropped: number;
  /** Facts that were heard since the beginning. */
  heard: number;
}

/** Of a snapshot of the machine, what a moment is made of. */
export interface ChartSnapshot {
  readonly value: RouterState;
  readonly context: { readonly memory: VirtualRouterContext; readonly parameters: Parameters };
}

interface Window {
  readonly start: RouterMoment;
  /** Of the first fact: monotonic microseconds. */
  readonly at: number;
  readonly kinds: OpenKind[];
  /** Of each fact the microseconds since the first, times `mostKinds`, and the place of its kind: numbers take little room. */
  readonly heard: number[];
}

interface OpenKind {
  readonly fact: Fact;
  /** The expiry of the timer as it was armed. */
  readonly isArmed: boolean;
}

/** Facts that the flight recorder keeps of one router. */
export const recordedFacts = 10_000;

/** Facts that the flight recorders of all routers keep together: eight octets each. */
export const recordedFactsOfAll = 2_500_000;

/** Kinds that are looked through for one that is heard again. */
const recentKinds = 8;

/** Kinds of a window. */
const mostKinds = 4096;

/** Microseconds of a window, twelve days: more would not go into a number with the kind. */
const longestWindow = 2 ** 40;

/** Octets of the facts of one trace; a window that has more is told in several. */
export const traceOctets = 40_000;

export function createFlightRecorder(): FlightRecorder {
  return { older: undefined, current: undefined, dropped: 0, heard: 0 };
}

/** Facts that are kept of each router among so many. */
export function recorderCapacity(routers: number): number {
  return Math.min(recordedFacts, Math.floor(recordedFactsOfAll / Math.max(1, routers)));
}

/** Of the snapshot of a machine. */
export function momentOf({ value: state, context }: ChartSnapshot): RouterMoment {
  return { state, context: context.memory, parameters: context.parameters };
}

/** Keeps a fact; `before` is how the router was when it heard it. At most `capacity` facts stay. */
export function noteFact(
  recorder: FlightRecorder,
  before: ChartSnapshot,
  fact: Fact,
  capacity: number,
): void {
  recorder.heard += 1;
  const window = recorder.current;
  const isArmed = expiresAsArmed(fact, before.context.memory);
  if (window !== undefined && hasRoom(window, fact, capacity)) {
    window.heard.push((fact.at - window.at) * mostKinds + placeOfKind(window, fact, isArmed));
    return;
  }
  if (window !== undefined) {
    recorder.dropped += recorder.older?.heard.length ?? 0;
    recorder.older = window;
  }
  // Both lists with what they hold: an engine gives empty ones room for seventeen with the first that comes.
  recorder.current = { start: momentOf(before), at: fact.at, kinds: [{ fact, isArmed }], heard: [0] };
}

/** Facts that are kept at present. */
export function factsKept({ older, current }: FlightRecorder): number {
  return (older?.heard.length ?? 0) + (current?.heard.length ?? 0);
}

/** When the first fact was heard that is kept; undefined where none is. */
export function recordedSince({ older, current }: FlightRecorder): number | undefined {
  return (older ?? current)?.at;
}

/** Facts that are told to who follows; of more he begins anew. */
const mostTold = 500;

/** The facts behind the first `known` ones, which stay where they are; undefined where they are not all kept, or too many. */
export function factsBehind(recorder: FlightRecorder, known: number): Trace[] | undefined {
  const { older, current, heard } = recorder;
  const wanted = heard - known;
  if (wanted < 0 || wanted > Math.min(mostTold, factsKept(recorder))) return undefined;
  const inCurrent = Math.min(wanted, current?.heard.length ?? 0);
  return [
    ...(older === undefined ? [] : pack(older, older.heard.length - (wanted - inCurrent))),
    ...(current === undefined ? [] : pack(current, current.heard.length - inCurrent)),
  ];
}

/** Takes out what is kept. The traces are made when the function is called, for which there may be time later. */
export function takeTraces(recorder: FlightRecorder): () => Trace[] {
  const { older, current, dropped } = recorder;
  recorder.older = undefined;
  recorder.current = undefined;
  recorder.dropped = 0;
  return () => {
    const traces = [older, current].flatMap((window) => (window === undefined ? [] : pack(window)));
    return traces.map((trace, place) => (place === 0 ? { ...trace, dropped } : trace));
  };
}

function hasRoom({ at, kinds, heard }: Window, fact: Fact, capacity: number): boolean {
  const isFull = heard.length >= Math.floor(capacity / 2) || kinds.length >= mostKinds;
  return !isFull && Math.abs(fact.at - at) < longestWindow;
}

function placeOfKind({ kinds }: Window, fact: Fact, isArmed: boolean): number {
  const oldest = Math.max(0, kinds.length - recentKinds);
  for (let place = kinds.length - 1; place >= oldest; place -= 1) {
    const kind = kinds[place];
    if (kind !== undefined && isSameKind(kind, fact, isArmed)) return place;
  }
  return kinds.push({ fact, isArmed }) - 1;
}

function expiresAsArmed(fact: Fact, { timers }: VirtualRouterContext): boolean {
  const timer = expiries.get(fact.type);
  const armed = timer === undefined ? undefined : timers[timer];
  return armed !== undefined && "generation" in fact && isSameArming(armed, fact);
}

interface Arming {
  readonly dueAt: number;
  readonly generation: number;
}

function isSameArming(armed: Arming, expired: Arming): boolean {
  return armed.generation === expired.generation && armed.dueAt === expired.dueAt;
}

function isSameKind({ fact: former, isArmed: wasArmed }: OpenKind, fact: Fact, isArmed: boolean): boolean {
  if (former.type === "advert.received" && fact.type === "advert.received")
    return (
      former.source === fact.source &&
      former.priority === fact.priority &&
      former.advertisementInterval === fact.advertisementInterval
    );
  return isArmed && wasArmed && former.type === fact.type;
}

const expiries: ReadonlyMap<string, (typeof timerNames)[number]> = new Map(
  timerNames.map((name) => [`${name}.expired`, name]),
);

/** The facts of a window, from one on, as traces of bounded length; that of the first one has the start. */
function pack(window: Window, from = 0): Trace[] {
  const traces: Trace[] = [];
  for (let next = from; next < window.heard.length; ) {
    const trace = packFrom(window, next);
    traces.push(trace);
    next += trace.count;
  }
  return traces;
}

function packFrom({ start, at: first, kinds, heard }: Window, from: number): Trace {
  /** Place of a kind in the window, to its place in the trace. */
  const places = new Map<number, number>();
  const told: FactKind[] = [];
  const words: string[] = [];
  const instantOf = (index: number) => first + Math.floor((heard[index] ?? 0) / mostKinds);
  let octets = 0;
  let next = from;
  for (; next < heard.length && octets < traceOctets; next += 1) {
    const code = heard[next] ?? 0;
    const kind = code - Math.floor(code / mostKinds) * mostKinds;
    let place = places.get(kind);
    if (place === undefined) {
      const fact = kinds[kind];
      place = fact === undefined ? 0 : told.push(undated(fact)) - 1;
      places.set(kind, place);
      octets += JSON.stringify(told.at(-1)).length;
    }
    const word = `${place}:${instantOf(next) - instantOf(Math.max(from, next - 1))}`;
    words.push(word);
    octets += word.length + 1;
  }
  return {
    start: from === 0 ? start : null,
    kinds: told,
    at: instantOf(from),
    heard: words.join(" "),
    count: next - from,
    dropped: 0,
  };
}

function undated({ fact, isArmed }: OpenKind): FactKind {
  const { at: _at, ...rest } = fact;
  return isArmed ? { type: fact.type } : rest;
}
