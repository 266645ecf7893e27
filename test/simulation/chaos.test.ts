/**
 * Random stories: 200 seeds here, 10,000 in test/nightly/simulation.test.ts. A failing seed is named, and
 * `npm run simulate -- --seed N` tells its story.
 */

import { describe, expect, it } from "vitest";
import { enqueueActions } from "xstate";
import type { Effect } from "../../contracts/events/effects.ts";
import type { Fact } from "../../contracts/events/facts.ts";
import { virtualRouterMachine } from "../../machines/virtual-router.ts";
import type { ChartContext } from "../../machines/vocabulary.ts";
import { playStory } from "./chaos.ts";
import type { Machine } from "./setup.ts";

const seeds = 200;

/** An action in the machine's own form, for planting bugs. */
function plant(
  change: (context: ChartContext, event: Fact) => { memory: ChartContext["memory"]; effects: Effect[] },
) {
  return enqueueActions<ChartContext, Fact, undefined, Fact, never, never, never, never, Effect>(
    ({ context, event, enqueue }) => {
      const { memory, effects } = change(context, event);
      enqueue.assign({ memory });
      for (const effect of effects) enqueue.emit(effect);
    },
  );
}

function firstFailure(machine: Machine): string {
  for (let seed = 1; seed <= seeds; seed++) {
    try {
      playStory(seed, machine);
    } catch (thrown) {
      return String(thrown);
    }
  }
  return "no seed fails";
}

describe("random stories", () => {
  it(`R3-6.2-01, R3-5.2.4-04: ${seeds} seeds: the invariants hold at every step, and one router serves in the end`, () => {
    let transitions = 0;
    for (let seed = 1; seed <= seeds; seed++) transitions += playStory(seed).transitions;
    expect(transitions).toBeGreaterThan(seeds * 4);
  });

  it("the same seed tells the same story", () => {
    expect(playStory(7)).toEqual(playStory(7));
  });
});

describe("planted bugs are caught", () => {
  it("skew in whole centiseconds", () => {
    const armTruncated = plant(({ memory, parameters }, { at }) => {
      const skew = Math.floor(((256 - parameters.priority) * memory.activeAdverInterval) / 256) * 10_000;
      const dueAt = at + 3 * memory.activeAdverInterval * 10_000 + skew;
      const generation = memory.generation + 1;
      const timer = { dueAt, generation };
      return {
        memory: { ...memory, generation, timers: { ...memory.timers, activeDownTimer: timer } },
        effects: [{ type: "timer.arm", timer: "activeDownTimer", ...timer } as Effect],
      };
    });
    const machine = virtualRouterMachine.provide({ actions: { armActiveDownTimer: armTruncated } });
    expect(firstFailure(machine)).toContain("Active_Down_Timer");
  });

  it("a backup that learns the interval from an advert it discards", () => {
    const learn = plant(({ memory }, event) => ({
      memory: {
        ...memory,
        lowerPriorityHeard: true,
        ...(event.type === "advert.received" ? { activeAdverInterval: event.advertisementInterval } : {}),
      },
      effects: [],
    }));
    const machine = virtualRouterMachine.provide({ actions: { noteLowerPriority: learn } });
    expect(firstFailure(machine)).toContain("learned interval");
  });

  it("R3-5.2.4-04: a resignation from a router that goes on", () => {
    const resign = plant(({ memory }) => ({
      memory,
      effects: [{ type: "advert.send", priority: 0, reason: "interval" }],
    }));
    const machine = virtualRouterMachine.provide({ actions: { sendAdvert: resign } });
    expect(firstFailure(machine)).toContain("sends priority 0");
  });

  it("R3-6.2-01: an active router without its Adver_Timer", () => {
    const keep = plant(({ memory }) => ({ memory, effects: [] }));
    const machine = virtualRouterMachine.provide({ actions: { armAdverTimer: keep } });
    expect(firstFailure(machine)).toContain("with the timers []");
  });

  it("an active router that keeps the addresses it no longer has", () => {
    const keep = plant(({ memory }) => ({ memory, effects: [] }));
    const machine = virtualRouterMachine.provide({ actions: { changeAddresses: keep } });
    expect(firstFailure(machine)).toContain("is active and holds the addresses");
  });

  it("a missing re-arm", () => {
    const keep = plant(({ memory }) => ({ memory, effects: [] }));
    const machine = virtualRouterMachine.provide({ actions: { armSkewTimer: keep } });
    expect(firstFailure(machine)).toContain("Active_Down_Timer");
  });
});
