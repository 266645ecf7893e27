/** What is tracked and the machine: the first readings, faults, and a priority that moves while nothing else does. */

import { describe, expect, test } from "vitest";
import type { Tracked } from "../../contracts/events/parameters.ts";
import {
  activeRouter,
  advert,
  backupRouter,
  connectedRouter,
  higherAddress,
  names,
  parameters,
  type RouterScript,
} from "../support/router-script.ts";

const script: Tracked = { tracker: "script chk", weight: 0, isReversed: false, isNumber: false };
const weighted: Tracked = { ...script, weight: -30 };
const link: Tracked = { tracker: "interface eth2", weight: 20, isReversed: false, isNumber: false };

const read = (router: RouterScript, reading: number | null, tracker = "script chk") =>
  names(router.hear({ type: "tracker.changed", tracker, reading }));

describe("Startup (S5)", () => {
  test("waits for the first reading of a script without weight, and then is what it would have been", () => {
    const router = connectedRouter(parameters({ tracked: [script] }));
    expect(names(router.hear({ type: "router.started" }))).toEqual([]);
    expect(router.state()).toBe("initialize");
    expect(read(router, 1)).toEqual(["timer.arm activeDownTimer", "initialize>backup startup"]);
    expect(router.memory().awaitsReadings).toBe(false);
  });

  test("a first failure is a fault, and its end a start as a backup", () => {
    const router = connectedRouter(parameters({ tracked: [script] }));
    router.hear({ type: "router.started" });
    expect(read(router, 0)).toEqual(["initialize>fault faultRaised"]);
    expect(router.memory().faults).toEqual(["script chk failed"]);
    expect(read(router, 1)).toEqual(["timer.arm activeDownTimer", "fault>backup faultCleared"]);
  });

  test("every one of them is waited for, but none that cannot be run and none with a weight", () => {
    const second = { ...script, tracker: "script other" };
    const router = connectedRouter(parameters({ tracked: [script, second, weighted] }));
    router.hear({ type: "router.started" });
    expect(read(router, 1)).toEqual([]);
    expect(read(router, null, "script other")).toEqual([
      "timer.arm activeDownTimer",
      "initialize>backup startup",
    ]);
    expect(backupRouter(parameters({ tracked: [weighted] })).state()).toBe("backup");
  });

  test("readings before Startup count; Shutdown ends the wait", () => {
    const early = connectedRouter(parameters({ tracked: [script] }));
    expect(read(early, 1)).toEqual([]);
    expect(names(early.hear({ type: "router.started" }))).toContain("initialize>backup startup");
    const stopped = connectedRouter(parameters({ tracked: [script] }));
    stopped.hear({ type: "router.started" });
    stopped.hear({ type: "router.stopped" });
    expect(read(stopped, 1)).toEqual([]);
    expect(stopped.state()).toBe("initialize");
  });

  test("an owner waits too, and serves at once then", () => {
    const router = connectedRouter(parameters({ priority: 255, tracked: [script] }));
    router.hear({ type: "router.started" });
    expect(read(router, 1).at(-1)).toBe("initialize>active ownerStartup");
  });
});

describe("a script without weight (T2)", () => {
  test("failing: an active router resigns and is in fault", () => {
    const router = connectedRouter(parameters({ tracked: [script] }));
    read(router, 1);
    router.hear({ type: "router.started" });
    router.expire("activeDownTimer");
    expect(read(router, 0)).toEqual([
      ...["timer.cancel adverTimer", "timer.cancel announcementTimer"],
      ...["advert.send 0", "addresses.withdraw", "active>fault faultRaised"],
    ]);
    expect(router.memory().lastEvent).toBe("trackerDown");
  });

  test("failing: a backup is in fault, and comes back as one", () => {
    const router = connectedRouter(parameters({ tracked: [script] }));
    read(router, 1);
    router.hear({ type: "router.started" });
    expect(read(router, 0)).toEqual(["timer.cancel activeDownTimer", "backup>fault faultRaised"]);
    expect(read(router, 0)).toEqual([]);
    expect(read(router, 1)).toEqual(["timer.arm activeDownTimer", "fault>backup faultCleared"]);
    expect(router.memory().lastEvent).toBe("trackerUp");
  });

  test("one fault gone while another lasts: it stays in fault and says why", () => {
    const router = connectedRouter(parameters({ tracked: [script] }));
    router.hear({ type: "link.changed", interface: "eth1", state: "down" });
    read(router, 0);
    router.hear({ type: "router.started" });
    expect(router.memory().faults).toEqual(["interface eth1 is down", "script chk failed"]);
    expect(read(router, 1)).toEqual([]);
    expect(router.memory().faults).toEqual(["interface eth1 is down"]);
    expect(router.state()).toBe("fault");
  });
});

describe("a weight moves the priority (T1, T8)", () => {
  test("an active router sends the new one with its next advert, and not before", () => {
    const router = activeRouter(parameters({ priority: 120, tracked: [weighted] }));
    expect(read(router, 0)).toEqual([]);
    expect(router.memory().effectivePriority).toBe(90);
    expect(names(router.expire("adverTimer"))[0]).toBe("advert.send 90");
    expect(read(router, 1)).toEqual([]);
    expect(names(router.expire("adverTimer"))[0]).toBe("advert.send 120");
  });

  test("an active router gives way to what is now higher, a backup preempts what is now lower", () => {
    const active = activeRouter(parameters({ priority: 120, tracked: [weighted] }));
    read(active, 0);
    expect(names(active.hear(advert(100, higherAddress))).at(-1)).toBe("active>backup higherPriority");
    expect(active.memory().effectivePriority).toBe(90);
    expect(names(active.hear(advert(100, higherAddress)))).toEqual(["timer.arm activeDownTimer"]);
    read(active, 1);
    expect(names(active.hear(advert(100, higherAddress)))).toEqual([]);
    expect(names(active.expire("activeDownTimer")).at(-1)).toBe("backup>active preempted");
  });

  test("a link with a weight counts by its state", () => {
    const router = backupRouter(parameters({ priority: 100, tracked: [link] }));
    for (const [state, priority] of [
      ["up", 120],
      ["down", 100],
      ["up", 120],
      ["absent", 100],
    ] as const) {
      expect(names(router.hear({ type: "link.changed", interface: "eth2", state }))).toEqual([]);
      expect(router.memory().effectivePriority).toBe(priority);
    }
  });

  test("readings of what is not tracked are not remembered", () => {
    const router = backupRouter(parameters({ tracked: [weighted] }));
    read(router, 0, "script other");
    expect(router.memory().readings).toEqual({});
  });

  test("with other settings the readings stay, and what is no longer tracked is forgotten with its fault", () => {
    const router = backupRouter(parameters({ priority: 100, tracked: [weighted] }));
    read(router, 0);
    router.change({ tracked: [{ ...weighted, weight: -50 }] });
    expect(router.memory().effectivePriority).toBe(50);
    router.change({ tracked: [] });
    expect(router.memory()).toMatchObject({ effectivePriority: 100, readings: {} });
    const faulty = connectedRouter(parameters({ tracked: [script] }));
    read(faulty, 0);
    faulty.hear({ type: "router.started" });
    expect(faulty.state()).toBe("fault");
    expect(names(faulty.change({ tracked: [] })).at(-1)).toBe("fault>backup faultCleared");
  });
});
