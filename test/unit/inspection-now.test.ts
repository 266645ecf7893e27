/** A router that is looked at while it runs: what the page folds is what the router is, in any story. */

import { describe, expect, it } from "vitest";
import type { Fact } from "../../contracts/events/facts.ts";
import { nowSubject, type RouterNow, readNow } from "../../contracts/now.ts";
import {
  type ChartSnapshot,
  createFlightRecorder,
  type FlightRecorder,
  factsBehind,
  momentOf,
  noteFact,
  takeTraces,
} from "../../machines/flight-recorder.ts";
import { type Watch, watchOn } from "../../machines/inspection/now.ts";
import { playStory } from "../simulation/chaos.ts";

interface Look {
  recorder: FlightRecorder;
  watch: Watch | undefined;
  /** What it heard since it was asked last. */
  heard: Fact[];
}

/** As it comes over the wire. */
function answerOf({ recorder, watch }: Look, before: ChartSnapshot, at: number): RouterNow {
  const behind = watch === undefined ? undefined : factsBehind(recorder, watch.heard);
  const answer = { node: "a", at, moment: momentOf(before), heard: recorder.heard, traces: behind ?? null };
  const read = readNow(JSON.parse(JSON.stringify(answer)));
  return "error" in read ? expect.unreachable(read.error) : read;
}

/** Every router of a story is asked before every third fact; how often it went on, and how often it began anew. */
function lookAt(seed: number): { continued: number; begun: number } {
  const looks = new Map<string, Look>();
  const counts = { continued: 0, begun: 0 };
  playStory(seed, undefined, {
    ...{
      begin: () => undefined,
      event: () => undefined,
      transition: () => undefined,
      advert: () => undefined,
    },
    hear: (router, before, fact) => {
      const look = looks.get(router) ?? { recorder: createFlightRecorder(), watch: undefined, heard: [] };
      looks.set(router, look);
      // A daemon that was started anew.
      if (fact.type === "link.changed") look.recorder = createFlightRecorder();
      if (look.recorder.heard % 3 === 0) {
        const answer = answerOf(look, before, fact.at);
        const { watch, heard } = look;
        look.watch = watchOn(watch, answer);
        expect(look.watch.moment).toEqual(answer.moment);
        const told = look.watch.steps.slice(-heard.length);
        if (answer.traces !== null && heard.length > 0 && told.length > 0) {
          expect(told.map((step) => step.fact)).toEqual(JSON.parse(JSON.stringify(heard)));
          counts.continued += 1;
        } else counts.begun += 1;
        look.heard = [];
      }
      noteFact(look.recorder, before, fact, 1000);
      look.heard.push(fact);
    },
    record: (router) => {
      const look = looks.get(router);
      if (look !== undefined) takeTraces(look.recorder);
    },
  });
  return counts;
}

describe("a router that is looked at", () => {
  it("is at each answer as the daemon says, and every fact in between is there, but where a record tells it", () => {
    let [continued, begun] = [0, 0];
    for (let seed = 1; seed <= 12; seed += 1) {
      const counts = lookAt(seed);
      continued += counts.continued;
      begun += counts.begun;
    }
    expect(continued).toBeGreaterThan(150);
    expect(begun).toBeGreaterThan(30);
    expect(continued).toBeGreaterThan(begun);
  });

  it("begins anew where the facts do not lead where the daemon says", () => {
    const looks: RouterNow[] = [];
    let first: string | undefined;
    const recorder = createFlightRecorder();
    playStory(3, undefined, {
      ...{ begin: () => undefined, event: () => undefined, transition: () => undefined },
      ...{ advert: () => undefined, record: () => undefined },
      hear: (router, before, fact) => {
        first ??= router;
        if (router !== first) return;
        const traces = factsBehind(recorder, looks.at(-1)?.heard ?? 0) ?? null;
        looks.push({ node: "a", at: fact.at, moment: momentOf(before), heard: recorder.heard, traces });
        noteFact(recorder, before, fact, 1000);
      },
    });
    const place = looks.findIndex(({ moment }) => moment.state === "backup");
    const [one, second] = looks.slice(place);
    if (one === undefined || second === undefined) throw new Error("no story");
    const begun = watchOn(undefined, one);
    expect(watchOn(begun, second).steps.length).toBe(1);
    const { parameters, ...rest } = second.moment;
    const other = { ...rest, parameters: { ...parameters, priority: parameters.priority + 1 } };
    expect(watchOn(begun, { ...second, moment: other }).steps).toEqual([]);
    expect(watchOn(begun, { ...second, moment: other }).moment).toEqual(other);
  });

  it("has too many facts to tell, or fewer than the asker knows: he begins anew", () => {
    const recorder = createFlightRecorder();
    const snapshots: [ChartSnapshot, Fact][] = [];
    playStory(5, undefined, {
      ...{ begin: () => undefined, event: () => undefined, transition: () => undefined },
      ...{ advert: () => undefined, record: () => undefined },
      hear: (_router, before, fact) => void snapshots.push([before, fact]),
    });
    const [snapshot] = snapshots;
    if (snapshot === undefined) throw new Error("no story");
    for (let count = 0; count < 600; count += 1) noteFact(recorder, ...snapshot, 1000);
    expect(factsBehind(recorder, 99)).toBeUndefined();
    expect(factsBehind(recorder, 601)).toBeUndefined();
    expect(factsBehind(recorder, 600)).toEqual([]);
    const counted = factsBehind(recorder, 100)?.map(({ count }) => count) ?? [];
    expect(counted.reduce((sum, count) => sum + count, 0)).toBe(500);
  });
});

it("is asked under the safe name of its node", () => {
  expect(nowSubject("lb 1.example")).toBe("vrrp.v1.api.now.lb_1_example");
  expect(readNow({ error: "no router" })).toEqual({ error: "no router" });
  expect(readNow({ at: 1 })).toEqual({ error: "the answer cannot be read" });
});
