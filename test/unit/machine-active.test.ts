/** A version 3 active router, text by text (RFC 9568 6.4.3), its owner, and why it is active (RFC 8347). */

import { describe, expect, it } from "vitest";
import type { Effect } from "../../contracts/events/effects.ts";
import type { Parameters } from "../../contracts/events/parameters.ts";
import { routerStateSchema } from "../../contracts/events/transitions.ts";
import { centiseconds } from "../../contracts/units.ts";
import {
  activeRouter,
  advert,
  backupRouter,
  connectedRouter,
  higherAddress,
  lowerAddress,
  names,
  ownAddress,
  remaining,
  version3,
} from "../support/router-script.ts";

/** As the text has it: one announcement, no lease. */
function settings(change: Partial<Parameters> = {}): Parameters {
  return version3({
    announcements: { repeat: 1, secondBurstDelay: centiseconds(0), lowerPriorityRepeat: 0 },
    addressLease: false,
    ...change,
  });
}

describe("the owner", () => {
  const owner = settings({ priority: 255 });

  it("R3-6.4.1-03, R3-6.4.1-05, R3-8.1.2-06, R3-8.2.2-06: initialize / Startup of 255 / advert, addresses, announcement, next advert after 1 s", () => {
    const router = connectedRouter(owner);
    expect(names(router.hear({ type: "router.started" }))).toEqual([
      "advert.send 255",
      "addresses.install",
      "addresses.announce 1",
      "timer.arm adverTimer",
      "initialize>active ownerStartup",
    ]);
    expect(remaining(router, "adverTimer")).toBe(1_000_000);
    expect(names(router.expire("adverTimer"))[0]).toBe("advert.send 255");
  });

  it("R3-7.1-07: active of 255 / adverts of every priority, the resignation too / no answer, no timer, no state", () => {
    const router = activeRouter(owner);
    const before = router.memory();
    for (const priority of [0, 1, 100, 254, 255]) {
      for (const source of [lowerAddress, higherAddress]) {
        expect(router.hear(advert(priority, source))).toEqual([]);
      }
    }
    expect(router.memory()).toEqual(before);
    expect(router.state()).toBe("active");
  });

  it("R2-6.1-02: version 2 preempts, and its owner takes over at once even if it is told not to preempt", () => {
    const backup = backupRouter(settings({ profile: "rfc3768", priority: 200 }));
    backup.hear(advert(100));
    expect(names(backup.expire("activeDownTimer")).at(-1)).toBe("backup>active preempted");
    const patient = connectedRouter(settings({ profile: "rfc3768", priority: 255, preempt: false }));
    expect(names(patient.hear({ type: "router.started" }))[0]).toBe("advert.send 255");
    expect(patient.state()).toBe("active");
  });
});

describe("an advert while active", () => {
  it("R3-6.4.3-11: active / resignation / an advert at once, and the next one a whole interval later", () => {
    const router = activeRouter(settings());
    router.wait(300_000);
    expect(names(router.hear(advert(0)))).toEqual(["advert.send 100", "timer.arm adverTimer"]);
    expect(remaining(router, "adverTimer")).toBe(1_000_000);
  });

  it("R3-6.4.3-12: active / higher priority / backup on the learned interval, without a resignation", () => {
    const router = activeRouter(settings());
    expect(names(router.hear(advert(200, lowerAddress, 50)))).toEqual([
      "timer.cancel adverTimer",
      "addresses.withdraw",
      "timer.arm activeDownTimer",
      "active>backup higherPriority",
    ]);
    expect(router.memory().activeAdverInterval).toBe(50);
    expect((router.memory().timers.activeDownTimer?.dueAt ?? 0) - router.now()).toBe(1_804_688);
  });

  it("R3-6.4.3-13: active / its own priority / the address decides as an unsigned number in network order", () => {
    for (const [source, state] of [
      ["9.255.255.255", "active"],
      ["10.0.0.1", "active"],
      ["10.0.0.3", "backup"],
      ["10.0.1.0", "backup"],
      ["128.0.0.1", "backup"],
      ["255.0.0.1", "backup"],
    ] as const) {
      const router = activeRouter(settings());
      router.hear(advert(100, source, 100));
      expect([source, router.state()]).toEqual([source, state]);
    }
  });

  it("R3-6.4.3-14, J-06: active / lower, or equal from a lower address / one advert at once, Adver_Timer stays", () => {
    for (const priority of [99, 100]) {
      const router = activeRouter(settings());
      router.wait(300_000);
      expect(names(router.hear(advert(priority, lowerAddress)))).toEqual(["advert.send 100"]);
      expect(remaining(router, "adverTimer")).toBe(700_000);
    }
  });

  it("R3o-6.4.3-01: RFC 5798 / lower, or equal from a lower address / nothing leaves", () => {
    for (const priority of [99, 100]) {
      const router = activeRouter(settings({ profile: "rfc5798", answersLowerPriority: false }));
      const before = router.memory();
      expect(router.hear(advert(priority, lowerAddress))).toEqual([]);
      expect(router.memory()).toEqual(before);
    }
  });

  it("R3-6.4.3-15: active that does not preempt / higher priority / gives way all the same", () => {
    const router = activeRouter(settings({ preempt: false }));
    router.hear(advert(101));
    expect(router.state()).toBe("backup");
  });

  it("J-10: active of 200 / becomes 50 / stays active, its next advert says 50, and then it gives way to 100", () => {
    const router = activeRouter(settings({ priority: 200 }));
    expect(router.change({ priority: 50 })).toEqual([]);
    expect(names(router.expire("adverTimer"))[0]).toBe("advert.send 50");
    router.hear(advert(100));
    expect(router.state()).toBe("backup");
  });
});

describe("what management is told (RFC 8347)", () => {
  const recorded = (effects: readonly Effect[]) =>
    effects.flatMap((effect) => (effect.type === "transition.record" ? [effect.transition] : []));

  it("RM-01: the states are initialize, backup and active, and keepalived's fault beside them", () => {
    expect([...routerStateSchema.options].sort()).toEqual(["active", "backup", "fault", "initialize"]);
  });

  it("RM-03: backup / takes over / one transition to active with its address and reason; losing the role is none", () => {
    const router = backupRouter(settings());
    const [transition, ...others] = recorded(router.expire("activeDownTimer"));
    expect(others).toEqual([]);
    expect(transition).toMatchObject({
      to: "active",
      context: { activeAddress: ownAddress, newActiveReason: "noResponse" },
    });
    const [lost] = recorded(router.hear(advert(200, higherAddress)));
    expect(lost).toMatchObject({ to: "backup", context: { activeAddress: higherAddress } });
  });

  it("RM-07, J-14: the reason of the last takeover stays when the role is lost; notActive only before the first", () => {
    const router = backupRouter(settings());
    expect(router.memory().newActiveReason).toBe("notActive");
    const reasons = [undefined, 99, 0].map((heard) => {
      if (heard !== undefined) router.hear(advert(heard));
      router.expire("activeDownTimer");
      const gained = router.memory().newActiveReason;
      router.hear(advert(200));
      expect(router.memory().newActiveReason).toBe(gained);
      return gained;
    });
    expect(reasons).toEqual(["noResponse", "preempted", "priority"]);
    expect(activeRouter(settings({ priority: 255 })).memory().newActiveReason).toBe("priority");
  });

  it("names the last event of every change", () => {
    const router = connectedRouter(settings());
    expect(router.memory().lastEvent).toBe("none");
    const events = [
      () => router.hear({ type: "router.started" }),
      () => router.expire("activeDownTimer"),
      () => router.hear(advert(200)),
      () => router.hear({ type: "link.changed", interface: "eth0", state: "down" }),
      () => router.hear({ type: "link.changed", interface: "eth0", state: "up" }),
      () => router.hear({ type: "primaryAddress.changed", address: null }),
      () => router.hear({ type: "primaryAddress.changed", address: ownAddress }),
      () => router.change({ priority: 255 }),
      () => router.hear({ type: "router.stopped" }),
    ].map((cause) => {
      cause();
      return router.memory().lastEvent;
    });
    expect(events).toEqual([
      "startup",
      "activeTimeout",
      "higherPriorityBackup",
      "interfaceDown",
      "interfaceUp",
      "noPrimaryAddress",
      "primaryAddress",
      "ownerPreempt",
      "shutdown",
    ]);
  });
});
