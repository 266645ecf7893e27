/** The multi-router scenarios of vrrp-conformance 7, with the literal bounds of its table, in seconds. */

import { describe, expect, it } from "vitest";
import type { Authentication } from "../../contracts/config/schema.ts";
import { centiseconds } from "../../contracts/units.ts";
import type { Parameters } from "../../machines/parameters.ts";
import { createWorld, type RouterSetup, type World } from "./world.ts";

/** Version 3, RFC 9568, 1 s, preempting, one way 1 ms: what the table says where it says nothing else. */
function setup(name: string, priority: number, change: Partial<Parameters> = {}): RouterSetup {
  const host = { a: 2, b: 3, c: 4 }[name] ?? 9;
  return {
    name,
    address: `192.0.2.${host}`,
    parameters: {
      profile: "rfc9568",
      priority,
      preempt: true,
      advertisementInterval: centiseconds(100),
      interface: "eth0",
      trackedInterfaces: ["eth0"],
      announcements: { repeat: 1, secondBurstDelay: centiseconds(0), lowerPriorityRepeat: 0 },
      answersLowerPriority: change.profile === undefined || change.profile === "rfc9568",
      addressLease: false,
      ...change,
    },
  };
}

/** One way, in seconds. */
const delay = 0.001;

function pair(first: RouterSetup, second: RouterSetup, ...more: RouterSetup[]): World {
  return createWorld(1, [first, second, ...more]);
}

function startAll(world: World, ...names: string[]): void {
  for (const name of names) world.start(name);
}

/** When the router next entered the state after `since`, and why. */
function entered(world: World, router: string, to: string, since = 0): { at: number; reason: string } {
  const found = world.transitions.find((each) => each.router === router && each.to === to && each.at > since);
  if (found === undefined) throw new Error(`${router} never became ${to}`);
  return { at: found.at, reason: found.reason };
}

/** The states the router entered, from the beginning or after `since`. */
function entries(world: World, router: string, since = -1): string[] {
  return world.transitions.filter((each) => each.router === router && each.at > since).map((each) => each.to);
}

/** Loses the next adverts of the active router on their way, and nothing else. */
function loseAdverts(world: World, from: string, to: string, count: number): void {
  for (let lost = 0; lost < count; lost++) {
    const due = (world.router(from).memory().timers.adverTimer?.dueAt ?? 0) / 1e6;
    world.run(due - world.now() - 0.0001);
    world.lan.path(from, to).cut = true;
    world.run(0.0002);
    world.lan.path(from, to).cut = false;
  }
}

/** The sequence of phases in which an event of one second's period is tried. */
const phases = [0, 0.1, 0.25, 0.4, 0.5, 0.6, 0.75, 0.9, 0.99];

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

  it("S18: equal priority and equal address: two quiet routers, no storm", () => {
    const world = pair(setup("a", 100), { ...setup("b", 100), address: "192.0.2.2" });
    startAll(world, "a", "b");
    world.run(14);
    expect(world.router("a").sent.get(100)).toBeLessThanOrEqual(11);
    expect(world.router("a").refused.get("ownPacket")).toBeGreaterThanOrEqual(10);
  });
});

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
