/** The multi-router scenarios of vrrp-conformance 7, with the literal bounds of its table, in seconds. */

import { describe, expect, it } from "vitest";
import { delay, entered, entries, pair, phases, setup, startAll } from "./scenario.ts";

describe("the active router goes", () => {
  for (const [priority, least, most] of [
    [150, 2.414, 3.4151],
    [254, 2.007, 3.0091],
    [1, 2.995, 3.9971],
  ] as const) {
    it(`S03: dies silently in any phase, a backup of ${priority} takes over in (${least}, ${most}]`, () => {
      for (const phase of phases) {
        const world = pair(setup("a", 255), setup("b", priority));
        startAll(world, "a", "b");
        world.run(10 + phase);
        const died = world.now();
        world.crash("a");
        world.run(10);
        const takeover = entered(world, "b", "active", died);
        expect(takeover.reason).toBe("noResponse");
        expect(takeover.at - died).toBeGreaterThan(least);
        expect(takeover.at - died).toBeLessThanOrEqual(most);
      }
    });
  }

  it("S04: shuts down, the next takes over after its skew, the third makes no transition", () => {
    const world = pair(setup("a", 200), setup("b", 150), setup("c", 100));
    startAll(world, "a", "b", "c");
    world.run(10);
    world.stop("a");
    world.run(10);
    const takeover = entered(world, "b", "active");
    expect(takeover.reason).toBe("resignation");
    expect(takeover.at - 10).toBeCloseTo(0.415, 3);
    expect(entries(world, "c")).toEqual(["backup"]);
  });

  it("S08: dies and starts again after 0.2 s: back within 3.419 s of the crash, in every phase", () => {
    for (const phase of phases) {
      const world = pair(setup("a", 200), setup("b", 100));
      startAll(world, "a", "b");
      world.run(10 + phase);
      const died = world.now();
      world.crash("a");
      world.run(0.2);
      world.start("a");
      world.run(10);
      expect(entered(world, "a", "active", died).at - died).toBeLessThanOrEqual(3.4191);
      expect(world.router("a").state()).toBe("active");
      expect(world.dual()).toBeLessThanOrEqual(2 * delay + 1e-6);
    }
  });

  it("S13: every packet arrives twice, 0.3 s apart: the second resignation re-arms the skew", () => {
    const world = pair(setup("a", 200), setup("b", 100));
    Object.assign(world.lan.path("a", "b"), { duplicate: 1, duplicateDelay: 300_000 });
    startAll(world, "a", "b");
    world.run(10);
    expect(entries(world, "b")).toEqual(["backup"]);
    world.stop("a");
    world.run(10);
    expect(entered(world, "b", "active").at - 10).toBeCloseTo(0.91, 3);
  });

  it("S19: a third router follows only if the delay exceeds the gap of the skews", () => {
    for (const [oneWay, third] of [
      [1_000, []],
      [3_000, []],
      [10_000, ["active", "backup"]],
    ] as const) {
      const world = pair(setup("a", 200), setup("b", 101), setup("c", 100));
      for (const from of ["a", "b", "c"])
        for (const to of ["a", "b", "c"]) world.lan.path(from, to).delay = oneWay;
      startAll(world, "a", "b", "c");
      world.run(10);
      world.stop("a");
      world.run(10);
      expect(entries(world, "c", 9)).toEqual(third);
      expect(world.router("b").state()).toBe("active");
    }
  });
});
