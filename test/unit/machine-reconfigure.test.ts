/** Other settings while the router runs (J-10): every state with every kind of change, and what follows at once. */

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
  lowerAddress,
  names,
  ownAddress,
  type RouterScript,
  remaining,
  routerScript,
  version3,
  virtualAddressOf,
} from "../support/router-script.ts";

const first = virtualAddressOf("10.0.0.114");
const second = virtualAddressOf("10.0.0.115");
const third = virtualAddressOf("10.0.0.116");

/** One address that is announced twice, and no second burst. */
function settings(change: Partial<Parameters> = {}): Parameters {
  return version3({
    announcements: { repeat: 2, secondBurstDelay: centiseconds(0), lowerPriorityRepeat: 0 },
    addresses: [first],
    ...change,
  });
}

/** In fault, because its second interface is down. */
function faultyRouter(given: Parameters): RouterScript {
  const router = backupRouter(given);
  router.hear({ type: "link.changed", interface: "eth1", state: "down" });
  return router;
}

const states = {
  initialize: () => connectedRouter(settings()),
  fault: () => faultyRouter(settings()),
  backup: () => backupRouter(settings()),
  active: () => activeRouter(settings()),
} as const;

const changes = {
  nothing: {},
  "a lower priority": { priority: 50 },
  "a higher priority": { priority: 200 },
  "the priority of the owner": { priority: 255 },
  "a longer interval": { advertisementInterval: centiseconds(400) },
  "a shorter interval": { advertisementInterval: centiseconds(10) },
  "another address": { addresses: [first, second] },
  "other addresses": { addresses: [second, third] },
  "the same addresses in another order": { addresses: [first] },
  "one address with another length": { addresses: [{ ...first, prefixLength: 24 }] },
  "one address with another label": { addresses: [{ ...first, label: "eth0:1" }] },
  "one address with another flag": { addresses: [{ ...first, flags: ["noPrefixRoute"] }] },
  "one address that is not advertised": { addresses: [{ ...first, isExcluded: true }] },
  "no lease": { addressLease: false },
  "no preemption": { preempt: false },
} as const satisfies Readonly<Record<string, Partial<Parameters>>>;

/** What follows at once; nothing where it is left out. */
const consequences: Readonly<Record<string, readonly string[]>> = {
  "backup: the priority of the owner": [
    "timer.cancel activeDownTimer",
    "advert.send 255",
    "addresses.install",
    "addresses.announce 2",
    "timer.arm adverTimer",
    "backup>active ownerStartup",
  ],
  "active: a longer interval": ["addresses.install"],
  "active: a shorter interval": ["addresses.install", "advert.send 100", "timer.arm adverTimer"],
  "active: another address": ["addresses.install 10.0.0.115", "addresses.announce 2 10.0.0.115"],
  "active: other addresses": [
    "addresses.withdraw 10.0.0.114",
    "addresses.install 10.0.0.115 10.0.0.116",
    "addresses.announce 2 10.0.0.115 10.0.0.116",
  ],
  "active: one address with another length": [
    "addresses.withdraw 10.0.0.114",
    "addresses.install 10.0.0.114",
    "addresses.announce 2 10.0.0.114",
  ],
  "active: one address with another label": [
    "addresses.withdraw 10.0.0.114",
    "addresses.install 10.0.0.114",
    "addresses.announce 2 10.0.0.114",
  ],
  // The kernel changes it where it is.
  "active: one address with another flag": ["addresses.install 10.0.0.114"],
  "active: no lease": ["addresses.install"],
};

describe("J-10: state x change", () => {
  for (const [state, enter] of Object.entries(states)) {
    for (const [title, change] of Object.entries(changes)) {
      const wanted = consequences[`${state}: ${title}`] ?? [];
      it(`J-10: ${state} / ${title} / ${wanted.length === 0 ? "nothing follows at once" : wanted.join(", ")}`, () => {
        const router = enter();
        router.wait(100_000);
        const { timers } = router.memory();
        expect(names(router.change(change))).toEqual(wanted);
        const isOwner = state === "backup" && title === "the priority of the owner";
        expect(router.state()).toBe(isOwner ? "active" : state);
        expect(router.memory().effectivePriority).toBe("priority" in change ? change.priority : 100);
        if (!wanted.some((name) => name.startsWith("timer."))) expect(router.memory().timers).toEqual(timers);
        expect(router.change(change)).toEqual([]);
      });
    }
  }
});

describe("an active router", () => {
  it("R3-7.2-01: a longer interval waits for the running timer and then lasts, from the last due time", () => {
    const router = activeRouter(settings());
    router.wait(300_000);
    router.change({ advertisementInterval: centiseconds(400) });
    expect(remaining(router, "adverTimer")).toBe(700_000);
    router.expire("adverTimer");
    expect(remaining(router, "adverTimer")).toBe(4_000_000);
  });

  it("R3-7.2-01: a shorter interval than is left sends at once; one that is not leaves the timer", () => {
    const router = activeRouter(settings({ advertisementInterval: centiseconds(1000) }));
    router.wait(300_000);
    expect(names(router.change({ advertisementInterval: centiseconds(200) })).at(-1)).toBe(
      "timer.arm adverTimer",
    );
    expect(remaining(router, "adverTimer")).toBe(2_000_000);
    router.wait(1_500_000);
    expect(names(router.change({ advertisementInterval: centiseconds(100) }))).toEqual(["addresses.install"]);
    expect(remaining(router, "adverTimer")).toBe(500_000);
  });

  it("leaves, when it stops, with the addresses it has then", () => {
    const router = activeRouter(settings());
    router.change({ addresses: [second, third] });
    expect(names(router.hear({ type: "router.stopped" }))).toContain("addresses.withdraw");
    expect(router.state()).toBe("initialize");
  });

  it("that was stalled takes away what it had and waits as a backup, with the new settings", () => {
    const router = activeRouter(settings());
    router.wait(9_000_000);
    const effects = router.change({ addresses: [second], advertisementInterval: centiseconds(200) });
    expect(names(effects)).toEqual([
      "timer.cancel adverTimer",
      "addresses.withdraw 10.0.0.114",
      "timer.arm activeDownTimer",
      "active>backup stalled",
    ]);
    expect(remaining(router)).toBe(7_218_750);
  });

  it("whose new address cannot be installed goes to fault as at a takeover", () => {
    const router = activeRouter(settings());
    router.change({ addresses: [first, second] });
    const error = "EPERM: not permitted";
    router.hear({ type: "effect.failed", effect: "addresses.install", error });
    expect(router.state()).toBe("fault");
    expect(router.memory().faults).toEqual([`addresses cannot be installed: ${error}`]);
  });
});

describe("a backup", () => {
  it("J-10: version 2 / another interval / the running timer stays, the next one is of the new interval", () => {
    const router = backupRouter(settings({ profile: "rfc3768" }));
    router.hear(advert(200, lowerAddress, 100));
    router.wait(1_000_000);
    router.change({ advertisementInterval: centiseconds(300) });
    expect(remaining(router)).toBe(2_609_375);
    router.hear(advert(200, lowerAddress, 300));
    expect(remaining(router)).toBe(9_609_375);
  });

  it("J-10: version 3 / another interval / an interval that was learned stays learned", () => {
    const router = backupRouter(settings());
    expect(router.memory().activeAdverInterval).toBe(100);
    router.change({ advertisementInterval: centiseconds(300) });
    expect(router.memory().activeAdverInterval).toBe(300);
    router.hear(advert(200, lowerAddress, 50));
    router.change({ advertisementInterval: centiseconds(10) });
    expect(router.memory().activeAdverInterval).toBe(50);
    expect(remaining(router)).toBe(1_804_688);
  });

  it("takes over with the addresses, the interval and the announcements of the day", () => {
    const router = backupRouter(settings());
    const announcements = { repeat: 7, secondBurstDelay: centiseconds(0), lowerPriorityRepeat: 0 };
    router.change({ announcements, advertisementInterval: centiseconds(30), priority: 120 });
    expect(names(router.expire("activeDownTimer"))).toEqual([
      "advert.send 120",
      "addresses.install",
      "addresses.announce 7",
      "timer.arm adverTimer",
      "backup>active noResponse",
    ]);
    expect(remaining(router, "adverTimer")).toBe(300_000);
  });

  it("that becomes the owner says so", () => {
    const router = backupRouter(settings());
    const told = router
      .change({ priority: 255 })
      .flatMap((effect: Effect) => (effect.type === "transition.record" ? [effect.transition] : []));
    expect(told.map(explainTransition)).toEqual(["was given the priority of the owner of the addresses"]);
  });
});

describe("faults", () => {
  it("an interface that is no longer tracked is no reason any more: the router leaves fault", () => {
    const router = faultyRouter(settings());
    expect(names(router.change({ trackedInterfaces: ["eth0"] }))).toEqual([
      "timer.arm activeDownTimer",
      "fault>backup faultCleared",
    ]);
    const owner = faultyRouter(settings());
    expect(names(owner.change({ trackedInterfaces: ["eth0"], priority: 255 })).at(-1)).toBe(
      "fault>active faultCleared",
    );
    expect(owner.memory()).toMatchObject({ effectivePriority: 255, faults: [] });
  });

  it("a source address that is missing is named as it is configured now", () => {
    const router = routerScript(settings({ sourceAddress: "10.0.0.21" }));
    router.hear({ type: "link.changed", interface: "eth0", state: "up" });
    router.hear({ type: "primaryAddress.changed", address: null });
    router.hear({ type: "router.started" });
    expect(router.memory().faults).toEqual(["source address 10.0.0.21 is not on interface eth0"]);
    router.change({ sourceAddress: "10.0.0.22" });
    expect(router.memory().faults).toEqual(["source address 10.0.0.22 is not on interface eth0"]);
    router.hear({ type: "primaryAddress.changed", address: ownAddress });
    expect(router.state()).toBe("backup");
  });
});
