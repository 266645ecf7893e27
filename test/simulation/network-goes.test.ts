/** The multi-router scenarios of vrrp-conformance 7, with the literal bounds of its table, in seconds. */

import { describe, expect, it } from "vitest";
import { delay, entered, entries, loseAdverts, pair, phases, setup, startAll } from "./scenario.ts";

describe("the network goes", () => {
  it("S05: a cut makes two, the healing leaves the higher without a transition", () => {
    for (const phase of phases) {
      const world = pair(setup("a", 200), setup("b", 100));
      startAll(world, "a", "b");
      world.run(10 + phase);
      const cut = world.now();
      world.lan.cut("a", "b", true);
      world.run(20);
      expect(entered(world, "b", "active").at - cut).toBeGreaterThan(2.609);
      expect(entered(world, "b", "active").at - cut).toBeLessThanOrEqual(3.6101);
      const healed = world.now();
      world.lan.cut("a", "b", false);
      const announced = world.router("b").announcements;
      world.run(5);
      expect(entered(world, "b", "backup", healed).at - healed).toBeLessThanOrEqual(1.0021);
      expect(entries(world, "a")).toEqual(["backup", "active"]);
      expect(world.router("b").announcements).toBe(announced);
    }
  });

  it("S06: one direction lost: the higher stays and answers each lower advert", () => {
    const world = pair(setup("a", 200), setup("b", 100));
    startAll(world, "a", "b");
    world.run(10);
    world.lan.path("a", "b").cut = true;
    world.run(100);
    expect(world.router("b").state()).toBe("active");
    world.lan.path("a", "b").cut = false;
    world.run(2);
    expect(entered(world, "b", "backup", 110).at - 110).toBeLessThanOrEqual(1.0021);
    expect(world.router("a").sent.get(200)).toBeGreaterThan(190);
    expect(entries(world, "a")).toEqual(["backup", "active"]);
  });

  it("S06b: the other direction lost: nothing, a backup sends nothing", () => {
    const world = pair(setup("a", 200), setup("b", 100));
    startAll(world, "a", "b");
    world.run(10);
    world.lan.path("b", "a").cut = true;
    world.run(100);
    expect(entries(world, "b")).toEqual(["backup"]);
    expect(world.router("b").sent.size).toBe(0);
  });

  it("S14: a late advert overtaken by the resignation costs the fast handover, not more", () => {
    const world = pair(setup("a", 200), setup("b", 100));
    startAll(world, "a", "b");
    world.run(5);
    const next = 3.21875 + 2;
    world.run(next - world.now() - 0.0005);
    world.lan.path("a", "b").delay = 50_000;
    world.run(0.001);
    world.lan.path("a", "b").delay = 1_000;
    const stopped = world.now();
    world.stop("a");
    world.run(10);
    expect(entered(world, "b", "active").at - stopped).toBeLessThanOrEqual(0.05 + 3.609376);
    expect(entered(world, "b", "active").at - stopped).toBeGreaterThan(3.5);
  });

  for (const [lost, takeovers] of [
    [1, 0],
    [2, 0],
    [3, 1],
  ] as const) {
    it(`S15: ${lost} adverts in a row lost: ${takeovers} false takeovers, dual at most 2 ms`, () => {
      const world = pair(setup("a", 200), setup("b", 100));
      startAll(world, "a", "b");
      world.run(10);
      loseAdverts(world, "a", "b", lost);
      world.run(10);
      expect(entries(world, "b", 10).filter((state) => state === "active")).toHaveLength(takeovers);
      expect(world.router("b").state()).toBe("backup");
      expect(world.dual()).toBeLessThanOrEqual(2 * delay + 1e-6);
    });
  }
});
