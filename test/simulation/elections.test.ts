/** The multi-router scenarios of vrrp-conformance 7, with the literal bounds of its table, in seconds. */

import { describe, expect, it } from "vitest";
import { delay, entered, entries, pair, setup, startAll } from "./scenario.ts";

describe("elections", () => {
  for (const profile of ["rfc9568", "rfc5798", "rfc3768"] as const) {
    it(`S01 ${profile}: equal priorities that start together: the greater address stays, dual at most one way`, () => {
      const world = pair(setup("a", 100, { profile }), setup("b", 100, { profile }));
      startAll(world, "a", "b");
      world.run(20);
      expect(entered(world, "b", "active").at).toBeCloseTo(3.609375, 6);
      expect(world.router("a").state()).toBe("backup");
      expect(world.router("b").state()).toBe("active");
      expect(world.dual()).toBeLessThanOrEqual(delay + 1e-6);
    });
  }

  it("S01b: the first to fire stays, though its address is lower", () => {
    const world = pair(setup("a", 100), setup("b", 100));
    world.start("a");
    world.after(0.5, () => world.start("b"));
    world.run(20);
    expect(entered(world, "a", "active").at).toBeCloseTo(3.609375, 6);
    expect(entries(world, "b")).toEqual(["backup"]);
    expect(world.dual()).toBe(0);
  });

  it("S02: of three that start together the highest takes over, the others make one transition each", () => {
    const world = pair(setup("a", 200), setup("b", 150), setup("c", 100));
    startAll(world, "a", "b", "c");
    world.run(20);
    expect(entered(world, "a", "active").at).toBeCloseTo(3.21875, 6);
    expect([entries(world, "b"), entries(world, "c")]).toEqual([["backup"], ["backup"]]);
    expect([world.router("b").announcements, world.router("c").announcements]).toEqual([0, 0]);
  });

  it("S11: an owner that does not preempt takes over at once all the same", () => {
    const world = pair(setup("a", 100), setup("b", 255, { preempt: false }));
    world.start("a");
    world.run(10);
    world.start("b");
    world.run(10);
    expect(entered(world, "b", "active").at).toBe(10);
    expect(world.router("a").state()).toBe("backup");
    expect(world.dual()).toBeLessThanOrEqual(delay + 1e-6);
  });

  it("S16: two owners stay both for good in version 3; in RFC 2338 the greater address stays", () => {
    const strict = pair(setup("a", 255), setup("b", 255));
    startAll(strict, "a", "b");
    strict.run(100);
    expect(strict.dual()).toBeCloseTo(100, 6);
    const old = pair(setup("a", 255, { profile: "rfc2338" }), setup("b", 255, { profile: "rfc2338" }));
    startAll(old, "a", "b");
    old.run(100);
    expect(old.dual()).toBeLessThanOrEqual(delay + 1e-6);
    expect(old.router("b").state()).toBe("active");
  });

  it("S18, J-05: equal priority and equal address: two quiet routers, no storm", () => {
    const world = pair(setup("a", 100), { ...setup("b", 100), address: "192.0.2.2" });
    startAll(world, "a", "b");
    world.run(14);
    expect(world.router("a").sent.get(100)).toBeLessThanOrEqual(11);
    expect(world.router("a").refused.get("ownPacket")).toBeGreaterThanOrEqual(10);
  });
});
