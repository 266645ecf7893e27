/** The multi-router scenarios of vrrp-conformance 7 about preemption delay and changed priorities, in seconds. */

import { describe, expect, it } from "vitest";
import { centiseconds } from "../../contracts/units.ts";
import { delay, entered, entries, pair, phases, setup, startAll } from "./scenario.ts";

describe("preemption delay", () => {
  it("S09, J-17: a hold of 10 s: follows first, then preempts in (12.218, 13.219] s after it first hears the other", () => {
    for (const phase of phases) {
      const world = pair(setup("a", 100), setup("b", 200, { preemptDelay: centiseconds(1000) }));
      world.start("a");
      world.run(10 + phase);
      const heard = Math.ceil(world.now() - 3.609375) + 3.609375 + delay;
      world.start("b");
      world.run(20);
      const takeover = entered(world, "b", "active");
      expect(takeover.reason).toBe("preempted");
      expect(takeover.at - heard).toBeGreaterThan(12.218);
      expect(takeover.at - heard).toBeLessThanOrEqual(13.2191);
    }
  });

  it("S09b: a hold does not delay a takeover for silence", () => {
    const world = pair(setup("a", 100), setup("b", 200, { preemptDelay: centiseconds(3000) }));
    world.start("a");
    world.run(20);
    world.start("b");
    world.run(5);
    world.crash("a");
    world.run(10);
    const takeover = entered(world, "b", "active");
    expect(takeover.reason).toBe("noResponse");
    expect(takeover.at - 25).toBeLessThanOrEqual(3.2191);
  });

  it("a resignation ends the waiting too", () => {
    const world = pair(setup("a", 100), setup("b", 200, { preemptDelay: centiseconds(3000) }));
    world.start("a");
    world.run(20);
    world.start("b");
    world.run(5);
    world.stop("a");
    world.run(10);
    expect(entered(world, "b", "active").at - 25).toBeCloseTo(0.21975, 5);
  });

  it("a higher router in between makes the hold begin anew", () => {
    const hold = { preemptDelay: centiseconds(500) };
    const world = pair(setup("a", 100), setup("b", 200, hold), setup("c", 250));
    startAll(world, "a");
    world.run(10);
    world.start("b");
    world.run(3);
    world.start("c");
    world.run(20);
    expect(entries(world, "b")).toEqual(["backup"]);
    world.crash("c");
    world.run(10);
    expect(entered(world, "b", "active").reason).toBe("noResponse");
  });
});

describe("a priority that changes at run time", () => {
  it("S10: the active lowers itself from 200 to 50: the other takes over in (2.609, 3.610] s, dual at most one way", () => {
    for (const phase of phases) {
      const world = pair(setup("a", 200), setup("b", 100));
      startAll(world, "a", "b");
      world.run(10 + phase);
      const changed = world.now();
      world.change("a", { priority: 50 });
      world.run(10);
      const takeover = entered(world, "b", "active");
      expect(takeover.reason).toBe("preempted");
      expect(takeover.at - changed).toBeGreaterThan(2.609);
      expect(takeover.at - changed).toBeLessThanOrEqual(3.6101);
      expect(world.router("a").state()).toBe("backup");
      expect(world.dual()).toBeLessThanOrEqual(delay + 1e-6);
    }
  });

  it("S10b: the backup raises itself from 100 to 220: the same, by the timer of its old priority", () => {
    const world = pair(setup("a", 200), setup("b", 100));
    startAll(world, "a", "b");
    world.run(10.5);
    world.change("b", { priority: 220 });
    world.run(10);
    const took = entered(world, "b", "active").at - 10.5;
    expect(took).toBeGreaterThan(2.609);
    expect(took).toBeLessThanOrEqual(3.6101);
    expect(world.dual()).toBeLessThanOrEqual(delay + 1e-6);
  });

  it("J-10: a backup that becomes the owner takes over at once", () => {
    const world = pair(setup("a", 200), setup("b", 100));
    startAll(world, "a", "b");
    world.run(10);
    world.change("b", { priority: 255 });
    world.run(1);
    expect(entered(world, "b", "active")).toEqual({ at: 10, reason: "ownerStartup" });
    expect(world.router("a").state()).toBe("backup");
  });
});
