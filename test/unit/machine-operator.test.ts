/** What an operator may tell a router: every state with a handover and with maintenance, what follows, and what must not. */

import { describe, expect, it } from "vitest";
import type { Effect } from "../../contracts/events/effects.ts";
import { explainTransition } from "../../contracts/events/explain.ts";
import type { Parameters } from "../../contracts/events/parameters.ts";
import { centiseconds } from "../../contracts/units.ts";
import {
  activeRouter,
  advert,
  backupRouter,
  connectedRouter,
  higherAddress,
  lowerAddress,
  names,
  type RouterScript,
  remaining,
  version3,
} from "../support/router-script.ts";

/** Two announcements, and no second burst of them. */
function settings(change: Partial<Parameters> = {}): Parameters {
  return version3({
    announcements: { repeat: 2, secondBurstDelay: centiseconds(0), lowerPriorityRepeat: 0 },
    ...change,
  });
}

function faultyRouter(given: Parameters): RouterScript {
  const router = backupRouter(given);
  router.hear({ type: "link.changed", interface: "eth1", state: "down" });
  return router;
}

/** As if it had been active and its operator had handed over to a peer of priority 50. */
function handedOver(given: Parameters = settings()): RouterScript {
  const router = activeRouter(given);
  router.hear({ type: "handover.requested" });
  router.wait(400_000);
  router.hear(advert(50, higherAddress, 100));
  return router;
}

function held(enter: (given: Parameters) => RouterScript, given: Parameters = settings()): RouterScript {
  const router = enter(given);
  router.hear({ type: "maintenance.changed", on: true });
  return router;
}

function toldBy(effects: readonly Effect[]): string[] {
  return effects.flatMap((effect) =>
    effect.type === "transition.record" ? [explainTransition(effect.transition)] : [],
  );
}

const takesOver = [
  ...["advert.send 100", "addresses.install", "addresses.announce 2", "timer.arm adverTimer"],
];
const stepsDown = [
  ...["timer.cancel adverTimer", "advert.send 0", "addresses.withdraw", "timer.arm activeDownTimer"],
];

describe("handover.requested", () => {
  it.each([
    ["initialize", connectedRouter],
    ["fault", faultyRouter],
    ["backup", backupRouter],
  ] as const)("%s / a handover / nothing follows and nothing is remembered", (state, enter) => {
    const router = enter(settings());
    const before = router.memory();
    expect(router.hear({ type: "handover.requested" })).toEqual([]);
    expect(router.memory()).toBe(before);
    expect(router.state()).toBe(state);
  });

  it("active / a handover / one resignation, the addresses go, and it waits as a backup", () => {
    const router = activeRouter(settings());
    const effects = router.hear({ type: "handover.requested" });
    expect(names(effects)).toEqual([...stepsDown, "active>backup handover"]);
    expect(toldBy(effects)).toEqual(["an operator handed over"]);
    expect(router.memory()).toMatchObject({ handedOver: true, activeAddress: null, lastEvent: "handover" });
  });

  it("active, about to announce again / a handover / no timer of the active state is left", () => {
    const announcements = {
      ...{ repeat: 2, secondBurstDelay: centiseconds(500), lowerPriorityRepeat: 0 },
      refresh: { interval: centiseconds(1000), repeat: 1 },
    };
    const router = activeRouter(settings({ announcements }));
    router.hear({ type: "handover.requested" });
    expect(Object.keys(router.memory().timers)).toEqual(["activeDownTimer"]);
  });

  it.each([
    ["rfc9568", 100, 100, 1_609_375],
    ["rfc9568", 150, 100, 1_414_063],
    ["rfc9568", 100, 10, 500_000],
    ["rfc3768", 100, 100, 1_609_375],
    ["rfc3768", 100, 300, 3_609_375],
  ] as const)(
    "%s, priority %i, every %i cs: where nobody takes over, it is active again after %i us",
    (profile, priority, interval, microseconds) => {
      const router = activeRouter(
        settings({ profile, priority, advertisementInterval: centiseconds(interval) }),
      );
      router.hear({ type: "handover.requested" });
      expect(remaining(router)).toBe(microseconds);
      expect(names(router.expire("activeDownTimer")).at(-1)).toBe("backup>active noResponse");
      expect(router.memory().handedOver).toBe(false);
    },
  );

  it("the owner of the addresses / a handover / nothing: whoever hears it gives way (RFC 9568 6.1)", () => {
    const router = activeRouter(settings({ priority: 255 }));
    const before = router.memory();
    expect(router.hear({ type: "handover.requested" })).toEqual([]);
    expect(router.memory()).toBe(before);
  });
});

describe("a router that handed over", () => {
  it("follows a lower priority though it preempts, and learns its interval", () => {
    const router = handedOver();
    for (let heard = 0; heard < 60; heard++) {
      router.wait(2_000_000);
      expect(names(router.hear(advert(50, lowerAddress, 200)))).toEqual(["timer.arm activeDownTimer"]);
    }
    expect(router.state()).toBe("backup");
    expect(remaining(router)).toBe(7_218_750);
    expect(router.memory()).toMatchObject({ handedOver: true, activeAddress: lowerAddress });
  });

  it.each([
    ["hears nobody for a whole Active_Down_Interval", undefined, 3_609_375, "noResponse"],
    ["hears the other resign", 0, 609_375, "resignation"],
  ] as const)("%s / takes over, and preempts again from then on", (_title, priority, wait, reason) => {
    const router = handedOver();
    router.hear(advert(priority ?? 50, higherAddress, 100));
    expect(remaining(router)).toBe(wait);
    expect(names(router.expire("activeDownTimer"))).toEqual([...takesOver, `backup>active ${reason}`]);
    expect(router.memory().handedOver).toBe(false);
    router.hear(advert(200, higherAddress, 100));
    expect(router.hear(advert(50, lowerAddress, 100))).toEqual([]);
  });

  it("keeps it in mind through a fault, other settings and a new priority", () => {
    const router = handedOver();
    router.hear({ type: "link.changed", interface: "eth1", state: "down" });
    router.hear({ type: "link.changed", interface: "eth1", state: "up" });
    router.change({ priority: 200 });
    router.hear(advert(50, higherAddress, 100));
    expect(router.memory()).toMatchObject({ handedOver: true, lowerPriorityHeard: false });
  });

  it("that is made the owner of the addresses is active at once", () => {
    const router = handedOver();
    expect(names(router.change({ priority: 255 })).at(-1)).toBe("backup>active ownerStartup");
    expect(router.memory().handedOver).toBe(false);
  });

  it("forgets it with maintenance, after which it preempts as configured", () => {
    const router = handedOver();
    router.hear({ type: "maintenance.changed", on: true });
    router.hear({ type: "maintenance.changed", on: false });
    expect(router.hear(advert(50, higherAddress, 100))).toEqual([]);
    expect(names(router.expire("activeDownTimer")).at(-1)).toBe("backup>active preempted");
  });
});

describe("maintenance.changed", () => {
  it.each([
    ["initialize", connectedRouter],
    ["fault", faultyRouter],
  ] as const)("%s / on, then off / noted, and nothing follows", (state, enter) => {
    const router = enter(settings());
    for (const on of [true, false]) {
      expect(router.hear({ type: "maintenance.changed", on })).toEqual([]);
      expect(router.memory().maintenance).toBe(on);
      expect(router.state()).toBe(state);
    }
  });

  it("backup / on / its timer begins anew, and again when it is off; told twice changes nothing", () => {
    const router = backupRouter(settings());
    for (const on of [true, false]) {
      router.wait(1_000_000);
      expect(names(router.hear({ type: "maintenance.changed", on }))).toEqual(["timer.arm activeDownTimer"]);
      expect(remaining(router)).toBe(3_609_375);
      router.wait(1_000_000);
      const before = router.memory();
      expect(router.hear({ type: "maintenance.changed", on })).toEqual([]);
      expect(router.memory()).toBe(before);
    }
  });

  it("backup, about to preempt after its delay / on / the delay is gone, and counts anew when it is off", () => {
    const router = backupRouter(settings({ preemptDelay: centiseconds(1000) }));
    router.hear(advert(50, lowerAddress, 100));
    expect(names(router.hear({ type: "maintenance.changed", on: true }))).toEqual([
      ...["timer.cancel preemptDelayTimer", "timer.arm activeDownTimer"],
    ]);
    router.hear({ type: "maintenance.changed", on: false });
    expect(names(router.hear(advert(50, lowerAddress, 100)))).toContain("timer.arm preemptDelayTimer");
  });

  it.each([100, 255])("active with priority %i / on / resigns and is held in backup", (priority) => {
    const router = activeRouter(settings({ priority }));
    const effects = router.hear({ type: "maintenance.changed", on: true });
    expect(names(effects)).toEqual([...stepsDown, "active>backup maintenance"]);
    expect(toldBy(effects)).toEqual(["an operator holds this node in backup"]);
    expect(router.memory()).toMatchObject({
      ...{ maintenance: true, handedOver: false, activeAddress: null, lastEvent: "maintenance" },
    });
  });

  it("active / off / nothing follows", () => {
    const router = activeRouter(settings());
    const before = router.memory();
    expect(router.hear({ type: "maintenance.changed", on: false })).toEqual([]);
    expect(router.memory()).toBe(before);
  });
});

describe("a router in maintenance", () => {
  it.each([1, 100, 255])("with priority %i that hears nobody waits on, without end", (priority) => {
    const router = held(connectedRouter, settings({ priority }));
    expect(names(router.hear({ type: "router.started" })).at(-1)).toBe("initialize>backup startup");
    for (let waited = 0; waited < 20; waited++)
      expect(names(router.expire("activeDownTimer"))).toEqual(["timer.arm activeDownTimer"]);
    expect(router.state()).toBe("backup");
    expect(router.memory()).toMatchObject({ maintenance: true, wantsActive: false, activeAddress: null });
  });

  it("that hears a resignation, a lower priority or both does not take over", () => {
    const router = held(backupRouter, settings({ priority: 255, profile: "rfc2338" }));
    router.hear(advert(50, lowerAddress, 100));
    expect(router.memory()).toMatchObject({ activeAddress: lowerAddress, lowerPriorityHeard: false });
    router.hear(advert(0, lowerAddress, 100));
    expect(names(router.expire("activeDownTimer"))).toEqual(["timer.arm activeDownTimer"]);
    expect(router.memory()).toMatchObject({ activeAddress: null, resignationHeard: false });
  });

  it("that leaves a fault, or is made the owner of the addresses, is a backup", () => {
    const router = held(faultyRouter, settings({ priority: 255 }));
    const effects = router.hear({ type: "link.changed", interface: "eth1", state: "up" });
    expect(names(effects)).toEqual(["timer.arm activeDownTimer", "fault>backup faultCleared"]);
    expect(toldBy(effects)).toEqual(["the fault is gone, held in backup"]);
    const backup = held(backupRouter);
    expect(backup.change({ priority: 255 })).toEqual([]);
    expect(backup.state()).toBe("backup");
  });

  it("goes to fault as any other", () => {
    const router = held(backupRouter);
    expect(names(router.hear({ type: "link.changed", interface: "eth1", state: "down" }))).toEqual([
      ...["timer.cancel activeDownTimer", "backup>fault faultRaised"],
    ]);
  });

  it("in a sync group wants nothing and takes nothing, and wants as before when it is off", () => {
    const router = backupRouter(settings({ syncGroup: "VG" }));
    router.expire("activeDownTimer");
    expect(router.memory().wantsActive).toBe(true);
    router.hear({ type: "maintenance.changed", on: true });
    expect(router.memory().wantsActive).toBe(false);
    expect(router.hear({ type: "group.granted" })).toEqual([]);
    router.expire("activeDownTimer");
    expect(router.memory().wantsActive).toBe(false);
    router.hear({ type: "maintenance.changed", on: false });
    expect(router.expire("activeDownTimer")).toEqual([]);
    expect(router.memory().wantsActive).toBe(true);
  });

  it("takes over in the ordinary time when it is off: a lower priority is heard for one whole wait", () => {
    const router = held(activeRouter);
    router.hear(advert(50, lowerAddress, 100));
    router.hear({ type: "maintenance.changed", on: false });
    router.wait(3_000_000);
    expect(router.hear(advert(50, lowerAddress, 100))).toEqual([]);
    expect(remaining(router)).toBe(609_375);
    expect(names(router.expire("activeDownTimer"))).toEqual([...takesOver, "backup>active preempted"]);
  });
});
