/** The virtual router beyond the matrix: whole ordered effect lists, faults, leases, stalls and limits. */

import { describe, expect, it } from "vitest";
import { centiseconds } from "../../contracts/units.ts";
import {
  activeRouter,
  advert,
  backupRouter,
  connectedRouter,
  higherAddress,
  names,
  parameters,
} from "../support/router-script.ts";

const example = parameters();

describe("becoming active", () => {
  it("R3-6.4.2-07: backup / activeDownTimer expires / advert, addresses, announcement, timers, record, in this order", () => {
    const router = backupRouter(example);
    expect(names(router.expire("activeDownTimer"))).toEqual([
      "advert.send 50",
      "addresses.install",
      "addresses.announce 5",
      "timer.arm adverTimer",
      "timer.arm announcementTimer",
      "backup>active noResponse",
    ]);
  });

  it("R2-6.1-01: backup of priority 50 at 3 s waits 9.804688 s", () => {
    const router = backupRouter(example);
    expect((router.memory().timers.activeDownTimer?.dueAt ?? 0) - router.now()).toBe(9_804_688);
  });

  it("R2-6.4.2-02: backup / resignation / waits 0.804688 s and says resignation", () => {
    const router = backupRouter(example);
    router.wait(1_000_000);
    expect(names(router.hear(advert(0)))).toEqual(["timer.arm activeDownTimer"]);
    expect((router.memory().timers.activeDownTimer?.dueAt ?? 0) - router.now()).toBe(804_688);
    expect(names(router.expire("activeDownTimer")).at(-1)).toBe("backup>active resignation");
    expect(router.memory().newActiveReason).toBe("priority");
  });

  it("R3-6.4.2-13: backup of 51 / adverts of 50 / timer keeps running and the reason is preempted", () => {
    const router = backupRouter(parameters({ priority: 51 }));
    const due = router.memory().timers.activeDownTimer?.dueAt;
    router.wait(3_000_000);
    expect(router.hear(advert(50))).toEqual([]);
    expect(router.memory().timers.activeDownTimer?.dueAt).toBe(due);
    expect(names(router.expire("activeDownTimer")).at(-1)).toBe("backup>active preempted");
  });

  it("announces a second time after the configured delay", () => {
    const router = activeRouter(example);
    expect(names(router.expire("announcementTimer"))).toEqual(["addresses.announce 5"]);
    expect(router.memory().timers.announcementTimer).toBeUndefined();
  });
});

describe("being active", () => {
  it("R3-6.4.3-10: 10,000 adverts leave without drift although each timer fires late", () => {
    const router = activeRouter(
      parameters({ announcements: { ...example.announcements, secondBurstDelay: centiseconds(0) } }),
    );
    const first = router.memory().timers.adverTimer?.dueAt ?? 0;
    for (let sent = 0; sent < 10_000; sent++) router.expire("adverTimer", 900);
    expect((router.memory().timers.adverTimer?.dueAt ?? 0) - first).toBe(10_000 * 3_000_000);
  });

  it("renews the lease with every advert from one second up", () => {
    const router = activeRouter(example);
    expect(names(router.expire("adverTimer"))).toEqual([
      "advert.send 50",
      "timer.arm adverTimer",
      "addresses.renew",
    ]);
  });

  it("renews the lease once a second at 100 ms adverts", () => {
    const router = activeRouter(parameters({ profile: "rfc9568", advertisementInterval: centiseconds(10) }));
    const renewals = Array.from({ length: 30 }, () => names(router.expire("adverTimer"))).filter((effects) =>
      effects.includes("addresses.renew"),
    );
    expect(renewals).toHaveLength(3);
  });

  it("never renews without a lease", () => {
    const router = activeRouter(parameters({ addressLease: false }));
    expect(names(router.expire("adverTimer"))).toEqual(["advert.send 50", "timer.arm adverTimer"]);
  });

  it("R3-6.4.3-12: active / higher priority / withdraws at once and sends no resignation", () => {
    const router = activeRouter(example);
    expect(names(router.hear(advert(51)))).toEqual([
      "timer.cancel adverTimer",
      "timer.cancel announcementTimer",
      "addresses.withdraw",
      "timer.arm activeDownTimer",
      "active>backup higherPriority",
    ]);
    expect(router.memory().activeAddress).toBe("10.0.0.1");
  });

  it("R3-6.4.3-13: active / equal priority from a higher address / gives way", () => {
    const router = activeRouter(example);
    expect(names(router.hear(advert(50, higherAddress))).at(-1)).toBe("active>backup higherAddress");
  });

  it("R3-6.4.3-14, J-05: active / lower priority / one advert in 10 ms and one announcement in a second", () => {
    const router = activeRouter(example);
    router.wait(2_000_000);
    expect(names(router.hear(advert(40)))).toEqual(["advert.send 50", "addresses.announce 5"]);
    router.wait(9_999);
    expect(router.hear(advert(40))).toEqual([]);
    router.wait(1);
    expect(names(router.hear(advert(40)))).toEqual(["advert.send 50"]);
    router.wait(990_000);
    expect(names(router.hear(advert(40)))).toEqual(["advert.send 50", "addresses.announce 5"]);
  });

  it("R3-6.4.3-09: active / shutdown / resigns before it withdraws", () => {
    const router = activeRouter(example);
    expect(names(router.hear({ type: "router.stopped" }))).toEqual([
      "timer.cancel adverTimer",
      "timer.cancel announcementTimer",
      "advert.send 0",
      "addresses.withdraw",
      "active>initialize shutdown",
    ]);
  });

  it("restores a lost address at once, and a second one only a second later", () => {
    const router = activeRouter(example);
    const lost = { type: "address.lost", address: "10.10.10.114" } as const;
    expect(names(router.hear(lost))).toEqual(["addresses.install", "addresses.announce 5"]);
    router.wait(999_999);
    expect(router.hear(lost)).toEqual([]);
    router.wait(1);
    expect(names(router.hear(lost))).toEqual(["addresses.install", "addresses.announce 5"]);
  });
});

describe("faults", () => {
  it("F3: backup / own interface goes down / fault without a timer, and back with a full wait", () => {
    const router = backupRouter(example);
    expect(names(router.hear({ type: "link.changed", interface: "eth0", state: "down" }))).toEqual([
      "timer.cancel activeDownTimer",
      "backup>fault faultRaised",
    ]);
    expect(router.memory().faults).toEqual(["interface eth0 is down"]);
    expect(names(router.hear({ type: "link.changed", interface: "eth0", state: "up" }))).toEqual([
      "timer.arm activeDownTimer",
      "fault>backup faultCleared",
    ]);
  });

  it("J-13: active / own interface goes down / no resignation can leave", () => {
    const router = activeRouter(example);
    expect(names(router.hear({ type: "link.changed", interface: "eth0", state: "down" }))).toEqual([
      "timer.cancel adverTimer",
      "timer.cancel announcementTimer",
      "addresses.withdraw",
      "active>fault faultRaised",
    ]);
  });

  it("J-13: active / a tracked interface goes down / resigns on its own, healthy one", () => {
    const router = activeRouter(example);
    expect(names(router.hear({ type: "link.changed", interface: "eth1", state: "absent" }))).toContain(
      "advert.send 0",
    );
    expect(router.memory().faults).toEqual(["interface eth1 does not exist"]);
  });

  it("active / an interface that is not tracked goes down / nothing", () => {
    const router = activeRouter(example);
    expect(router.hear({ type: "link.changed", interface: "eth9", state: "down" })).toEqual([]);
  });

  it("F1: fault ends only when the last reason is gone", () => {
    const router = backupRouter(example);
    router.hear({ type: "link.changed", interface: "eth0", state: "down" });
    router.hear({ type: "primaryAddress.changed", address: null });
    router.hear({ type: "link.changed", interface: "eth0", state: "up" });
    expect(router.state()).toBe("fault");
    router.hear({ type: "primaryAddress.changed", address: "10.0.0.7" });
    expect(router.state()).toBe("backup");
    expect(router.memory().primaryAddress).toBe("10.0.0.7");
  });

  it("F4: the owner leaves fault straight into active", () => {
    const router = activeRouter(parameters({ priority: 255 }));
    router.hear({ type: "link.changed", interface: "eth0", state: "down" });
    const effects = names(router.hear({ type: "link.changed", interface: "eth0", state: "up" }));
    expect(effects[0]).toBe("advert.send 255");
    expect(effects.at(-1)).toBe("fault>active faultCleared");
  });

  it("initialize / startup with the interface down / fault", () => {
    const router = connectedRouter(example);
    router.hear({ type: "link.changed", interface: "eth0", state: "down" });
    expect(names(router.hear({ type: "router.started" }))).toEqual(["initialize>fault faultRaised"]);
  });

  it("active / addresses cannot be installed / resigns, goes to fault and tries again after 10 s", () => {
    const router = activeRouter(example);
    const effects = router.hear({ type: "effect.failed", effect: "addresses.install", error: "EPERM" });
    expect(names(effects)).toEqual([
      "timer.cancel adverTimer",
      "timer.cancel announcementTimer",
      "advert.send 0",
      "addresses.withdraw",
      "timer.arm recoveryTimer",
      "active>fault faultRaised",
    ]);
    expect(router.memory().faults).toEqual(["addresses cannot be installed: EPERM"]);
    const failed = router.now();
    expect(names(router.expire("recoveryTimer")).at(-1)).toBe("fault>backup faultCleared");
    expect(router.now() - failed).toBe(10_000_000);
  });

  it("active / an advert cannot be sent / stays, since the peers will say who is heard", () => {
    const router = activeRouter(example);
    expect(router.hear({ type: "effect.failed", effect: "advert.send", error: "EPERM" })).toEqual([]);
    expect(router.state()).toBe("active");
  });
});

describe("a process that did not run", () => {
  it("active / frozen for longer than a peer waits / withdraws and waits as a backup", () => {
    const router = activeRouter(parameters({ priority: 51 }));
    const effects = names(router.expire("adverTimer", 20_000_000));
    expect(effects).toEqual([
      "timer.cancel adverTimer",
      "timer.cancel announcementTimer",
      "addresses.withdraw",
      "timer.arm activeDownTimer",
      "active>backup stalled",
    ]);
  });

  it("active / frozen, then hears the router that replaced it first / gives way without an advert", () => {
    const router = activeRouter(parameters({ priority: 51 }));
    router.wait(20_000_000);
    expect(names(router.hear(advert(50)))).not.toContain("advert.send 51");
    expect(router.state()).toBe("backup");
  });

  it("active / a stall shorter than any peer waits / carries on", () => {
    const router = activeRouter(parameters({ priority: 51 }));
    expect(names(router.expire("adverTimer", 6_000_000))[0]).toBe("advert.send 51");
  });

  it("backup / its timer fires more than an interval late / reads the socket for Skew_Time first", () => {
    const router = backupRouter(example);
    expect(names(router.expire("activeDownTimer", 3_000_001))).toEqual(["timer.arm activeDownTimer"]);
    expect(names(router.hear(advert(51)))).toEqual(["timer.arm activeDownTimer"]);
    expect(router.state()).toBe("backup");
  });

  it("J-20: an expiry of an earlier generation changes nothing", () => {
    const router = backupRouter(example);
    const stale = router.memory().timers.activeDownTimer;
    router.hear(advert(51));
    const dueAt = router.now();
    expect(
      router.hear({ type: "activeDownTimer.expired", dueAt, generation: stale?.generation ?? -1 }),
    ).toEqual([]);
    expect(router.state()).toBe("backup");
  });
});

describe("what is written down", () => {
  it("is JSON: the context survives a round trip and names why the router is active", () => {
    const router = backupRouter(example);
    const record = router.expire("activeDownTimer").at(-1);
    expect(record?.type).toBe("transition.record");
    expect(JSON.parse(JSON.stringify(record))).toEqual(record);
    if (record?.type !== "transition.record") return;
    expect(record.transition.context).toMatchObject({
      activeAddress: "10.0.0.2",
      effectivePriority: 50,
      newActiveReason: "noResponse",
      lastEvent: "activeTimeout",
    });
    expect(record.transition.cause.type).toBe("activeDownTimer.expired");
  });
});
