/** The flight recorder and the replay: what is folded again is what happened, in any story; nothing kept grows. */

import { describe, expect, it } from "vitest";
import type { Fact } from "../../contracts/events/facts.ts";
import { heardFacts, readTrace, type Trace } from "../../contracts/events/trace.ts";
import type { Transition } from "../../contracts/events/transitions.ts";
import { microseconds } from "../../contracts/units.ts";
import {
  createFlightRecorder,
  type FlightRecorder,
  factsKept,
  noteFact,
  recordedFacts,
  recorderCapacity,
  takeTraces,
  traceOctets,
} from "../../machines/flight-recorder.ts";
import { parametersOf } from "../../machines/parameters.ts";
import { type Replay, replayFrom, replayTrace } from "../../machines/replay.ts";
import { initialMemory } from "../../machines/steps.ts";
import { playStory } from "../simulation/chaos.ts";
import { exampleRouter } from "../support/fake-ports.ts";

/** A journal's way of a body: nothing but JSON survives it. */
function throughJson(trace: Trace): Trace {
  const read = readTrace(JSON.parse(JSON.stringify(trace)));
  if (read === undefined) throw new Error("the trace does not fit its contract");
  return read;
}

interface Played {
  readonly recorded: Transition[];
  readonly replayed: Transition[];
  facts: number;
  dropped: number;
}

/** A story, with each router's facts taken out at each transition and folded again. */
function playAndReplay(seed: number, capacity: number): Played {
  const played: Played = { recorded: [], replayed: [], facts: 0, dropped: 0 };
  const recorders = new Map<string, FlightRecorder>();
  const ended: { router: string; traces: () => Trace[] }[] = [];
  playStory(seed, undefined, {
    begin: () => undefined,
    event: () => undefined,
    transition: () => undefined,
    advert: () => undefined,
    hear: (router, before, fact) => {
      let recorder = recorders.get(router);
      if (recorder === undefined || fact.type === "link.changed") {
        recorder = createFlightRecorder();
        recorders.set(router, recorder);
      }
      noteFact(recorder, before, fact, capacity);
      expect(factsKept(recorder)).toBeLessThanOrEqual(capacity);
    },
    record: (router, transition) => {
      played.recorded.push(transition);
      const recorder = recorders.get(router);
      if (recorder !== undefined) ended.push({ router, traces: takeTraces(recorder) });
    },
  });
  for (const { traces } of ended) {
    let replay: Replay | undefined;
    for (const trace of traces().map(throughJson)) {
      if (trace.start !== null) replay = replayFrom(trace.start);
      if (replay === undefined) throw new Error("the first trace has no start");
      played.facts += trace.count;
      played.dropped += trace.dropped;
      for (const { transition } of replayTrace(replay, trace))
        if (transition !== undefined) played.replayed.push(transition);
    }
  }
  return played;
}

describe("the fold of the recorded facts", () => {
  it("40 random stories: every transition comes out of the replay as it was recorded", () => {
    let facts = 0;
    for (let seed = 1; seed <= 40; seed += 1) {
      const played = playAndReplay(seed, recordedFacts);
      expect(played.replayed).toEqual(played.recorded);
      expect(played.dropped).toBe(0);
      facts += played.facts;
    }
    expect(facts).toBeGreaterThan(5_000);
  });

  it("a recorder with room for 20 facts drops the oldest, and the transitions still come out", () => {
    let dropped = 0;
    for (let seed = 1; seed <= 20; seed += 1) {
      const played = playAndReplay(seed, 20);
      expect(played.replayed).toEqual(played.recorded);
      dropped += played.dropped;
    }
    expect(dropped).toBeGreaterThan(100);
  });
});

const parameters = parametersOf(exampleRouter);

function advert(at: number, source = "10.10.10.12", priority = 100): Fact {
  const advertisementInterval = parameters.advertisementInterval;
  return { type: "advert.received", at: microseconds(at), source, priority, advertisementInterval };
}

/** A router that has been started, and what hears facts for it. */
function startedBackup() {
  const idle = replayFrom({
    state: "initialize",
    parameters,
    context: initialMemory(parameters),
  });
  idle.hear({ type: "link.changed", at: microseconds(1), interface: "eth0", state: "up" });
  idle.hear({ type: "primaryAddress.changed", at: microseconds(2), address: "10.10.10.11" });
  idle.hear({ type: "router.started", at: microseconds(3) });
  const recorder = createFlightRecorder();
  const hear = (fact: Fact, capacity = recordedFacts) => {
    const { state, context } = idle.moment();
    noteFact(recorder, { value: state, context: { memory: context, parameters } }, fact, capacity);
    return idle.hear(fact);
  };
  return { recorder, hear, replay: idle };
}

describe("what is kept", () => {
  it("10,000 adverts of one router are one kind, in traces of bounded length", () => {
    const { recorder, hear } = startedBackup();
    for (let number = 1; number <= 10_000; number += 1) hear(advert(number * 1_000_000 + (number % 7)));
    const traces = takeTraces(recorder)();
    expect(traces.map(({ count }) => count).reduce((sum, count) => sum + count, 0)).toBe(10_000);
    for (const trace of traces) {
      expect(trace.kinds).toHaveLength(1);
      expect(trace.heard.length).toBeLessThanOrEqual(traceOctets + 20);
    }
    expect(traces.filter(({ start }) => start !== null)).toHaveLength(2);
    expect(factsKept(recorder)).toBe(0);
  });

  it("facts that came out of order keep their instants", () => {
    const { recorder, hear } = startedBackup();
    for (const at of [5_000_000, 4_999_900, 7_000_000]) hear(advert(at));
    const [trace] = takeTraces(recorder)();
    expect([...heardFacts(throughJson(trace as Trace))].map(({ at }) => at)).toEqual([
      5_000_000, 4_999_900, 7_000_000,
    ]);
    expect(trace?.heard).toBe("0:0 0:-100 0:2000100");
  });

  it("a stale expiry is kept whole, that of the armed timer by its name", () => {
    const { recorder, hear, replay } = startedBackup();
    const armed = replay.moment().context.timers.activeDownTimer;
    if (armed === undefined) throw new Error("no timer is armed");
    const dueAt = microseconds(armed.dueAt);
    const stale = { type: "activeDownTimer.expired", at: dueAt, dueAt, generation: 77 } as const;
    hear(stale);
    hear({ ...stale, generation: armed.generation });
    const [trace] = takeTraces(recorder)();
    expect(trace?.kinds).toEqual([
      { type: "activeDownTimer.expired", dueAt: armed.dueAt, generation: 77 },
      { type: "activeDownTimer.expired" },
    ]);
    const again = replayFrom((trace as Trace).start ?? replay.moment());
    const transitions = [...replayTrace(again, trace as Trace)].map(({ transition }) => transition?.reason);
    expect(transitions).toEqual([undefined, "noResponse"]);
  });

  it("room for all is shared: 10,000 facts for each of 250 routers, 250 for each of 10,000", () => {
    expect([1, 250, 251, 1_000, 10_000].map(recorderCapacity)).toEqual([10_000, 10_000, 9_960, 2_500, 250]);
  });
});
