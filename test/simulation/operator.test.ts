/** What operators do to a pair, in seconds: who serves, since when, and that nobody is asked twice. */

import { describe, expect, it } from "vitest";
import { delay, entered, entries, pair, phases, setup, startAll } from "./scenario.ts";
import type { World } from "./world.ts";

/** Priorities 200 and 100, which preempt: `a` is active since 3.219 s. */
function servingPair(): World {
  const world = pair(setup("a", 200), setup("b", 100));
  startAll(world, "a", "b");
  world.run(20);
  expect(world.router("a").state()).toBe("active");
  return world;
}

describe("a handover", () => {
  it("moves the role within the peer's skew at every phase, and it stays there, though the former preempts", () => {
    for (const phase of phases) {
      const world = servingPair();
      world.run(phase);
      const at = world.now();
      const before = { none: world.none(), dual: world.dual() };
      world.handOver("a");
      world.run(120);
      expect(entered(world, "b", "active", at)).toMatchObject({ reason: "resignation" });
      expect(entered(world, "b", "active", at).at - at).toBeCloseTo(0.609375 + delay, 5);
      expect(entries(world, "a", at - 0.001)).toEqual(["backup"]);
      expect(world.none() - before.none).toBeCloseTo(0.609375 + delay, 5);
      expect(world.dual() - before.dual).toBe(0);
    }
  });

  it("is over when the other resigns or falls silent: the former is active again and preempts from then on", () => {
    for (const [end, wait] of [
      ["stop", 0.21875 + delay],
      ["crash", 3.21975],
    ] as const) {
      const world = servingPair();
      world.handOver("a");
      world.run(10.25);
      const at = world.now();
      world[end]("b");
      world.run(10);
      const back = entered(world, "a", "active", at);
      expect(back.at - at).toBeLessThan(wait + 0.000_01);
      expect(world.router("a").memory().handedOver).toBe(false);
      world.start("b");
      world.run(60);
      expect(world.router("a").state()).toBe("active");
    }
  });

  it("to nobody costs an interval and its own skew: 1.219 s", () => {
    const world = pair(setup("a", 200), setup("b", 100));
    startAll(world, "a");
    world.run(20);
    const before = world.none();
    world.handOver("a");
    world.run(60);
    expect(world.none() - before).toBeCloseTo(1.21875, 5);
    expect(entries(world, "a")).toEqual(["backup", "active", "backup", "active"]);
  });

  it("of the highest of three goes to the next, whose own handover asks all others, the highest first", () => {
    const world = pair(setup("a", 200), setup("b", 150), setup("c", 100));
    startAll(world, "a", "b", "c");
    world.run(20);
    world.handOver("a");
    world.run(20);
    expect(world.router("b").state()).toBe("active");
    world.handOver("b");
    world.run(60);
    expect(["a", "b", "c"].map((name) => world.router(name).state())).toEqual(["active", "backup", "backup"]);
  });
});

describe("maintenance", () => {
  it("moves the role at once, holds over a restart, and ends with an ordinary preemption", () => {
    const world = servingPair();
    const at = world.now();
    const dual = world.dual();
    world.maintain("a", true);
    world.run(30);
    expect(entered(world, "b", "active", at).at - at).toBeCloseTo(0.609375 + delay, 5);
    world.stop("a");
    world.start("a");
    world.run(30);
    expect(world.router("a").state()).toBe("backup");
    const end = world.now();
    world.maintain("a", false);
    world.run(30);
    const back = entered(world, "a", "active", end);
    expect(back.reason).toBe("preempted");
    expect(back.at - end).toBeCloseTo(3.21875, 5);
    // Until its first advert has arrived.
    expect(world.dual() - dual).toBeCloseTo(delay, 5);
  });

  it("of all nodes leaves nobody, until one is let go", () => {
    const world = servingPair();
    for (const name of ["a", "b"]) world.maintain(name, true);
    world.run(60);
    expect(["a", "b"].map((name) => world.router(name).state())).toEqual(["backup", "backup"]);
    world.maintain("b", false);
    world.run(3.62);
    expect(world.router("b").state()).toBe("active");
  });

  it("holds the owner of the addresses, over a restart too, and lets it go on after one wait", () => {
    const world = pair(setup("a", 255), setup("b", 100));
    startAll(world, "a", "b");
    world.run(10);
    world.maintain("a", true);
    world.run(5);
    world.crash("a");
    world.start("a");
    world.run(10);
    expect(["a", "b"].map((name) => world.router(name).state())).toEqual(["backup", "active"]);
    world.maintain("a", false);
    world.run(3.1);
    expect(["a", "b"].map((name) => world.router(name).state())).toEqual(["active", "backup"]);
  });
});
