/** The multi-router scenarios of vrrp-conformance 7, with the literal bounds of its table, in seconds. */

import { describe, expect, it } from "vitest";
import type { Authentication } from "../../contracts/config/schema.ts";
import { centiseconds } from "../../contracts/units.ts";
import { delay, entries, loseAdverts, pair, setup, startAll } from "./scenario.ts";

describe("clocks, intervals and misconfiguration", () => {
  it("S07: a backup's clock may run up to 3.5 times too fast", () => {
    for (const [clockRate, takesOver] of [
      [0.9, false],
      [1.1, false],
      [1.2, false],
      [3.5, false],
      [3.7, true],
    ] as const) {
      const world = pair(setup("a", 200), { ...setup("b", 100), clockRate });
      world.start("a");
      world.run(10);
      world.start("b");
      world.run(60);
      expect(entries(world, "b").includes("active")).toBe(takesOver);
    }
  });

  it("S12: different intervals: at most one false takeover, then the interval is learned", () => {
    const world = pair(setup("a", 200), setup("b", 100, { advertisementInterval: centiseconds(10) }));
    world.start("a");
    world.run(10.5);
    world.start("b");
    world.run(20);
    expect(entries(world, "b").filter((state) => state === "active").length).toBeLessThanOrEqual(1);
    expect(world.router("b").memory().activeAdverInterval).toBe(100);
    expect(world.router("b").refused.get("interval")).toBeGreaterThan(0);
    expect(world.dual()).toBeLessThanOrEqual(2 * delay + 1e-6);
  });

  it("S17: different checksum forms: both active for good, both count it", () => {
    const world = pair(setup("a", 200), { ...setup("b", 100), checksum: "rfc5798" });
    startAll(world, "a", "b");
    world.run(50);
    expect([world.router("a").state(), world.router("b").state()]).toEqual(["active", "active"]);
    for (const name of ["a", "b"]) expect(world.router(name).refused.get("checksum")).toBeGreaterThan(40);
  });

  it("S20: adverts every 10 ms and one stall of 50 ms: one false takeover, dual at most 12 ms", () => {
    const fast = { advertisementInterval: centiseconds(1) };
    const world = pair(setup("a", 200, fast), setup("b", 100, fast));
    startAll(world, "a", "b");
    world.run(2);
    loseAdverts(world, "a", "b", 5);
    world.run(2);
    expect(entries(world, "b", 2).filter((state) => state === "active")).toHaveLength(1);
    expect(world.dual()).toBeLessThanOrEqual(0.012 + 1e-6);
  });

  it("S21: version 2 with different intervals: both drop everything, two active for good", () => {
    const world = pair(
      setup("a", 200, { profile: "rfc3768" }),
      setup("b", 100, { profile: "rfc3768", advertisementInterval: centiseconds(200) }),
    );
    startAll(world, "a", "b");
    world.run(50);
    expect([world.router("a").state(), world.router("b").state()]).toEqual(["active", "active"]);
    for (const name of ["a", "b"]) expect(world.router(name).refused.get("interval")).toBeGreaterThan(15);
  });

  it("S22: version 2 with different passwords: both drop everything, authentication failures grow", () => {
    const password = (text: string): Authentication => ({ type: "pass", password: [...Buffer.from(text)] });
    const world = pair(
      { ...setup("a", 200, { profile: "rfc3768" }), authentication: password("1111") },
      { ...setup("b", 100, { profile: "rfc3768" }), authentication: password("2222") },
    );
    startAll(world, "a", "b");
    world.run(50);
    expect([world.router("a").state(), world.router("b").state()]).toEqual(["active", "active"]);
    for (const name of ["a", "b"])
      expect(world.router(name).refused.get("authentication")).toBeGreaterThan(40);
  });
});
