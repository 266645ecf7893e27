/** What an active router tells its segment of its addresses beside the burst of a takeover, and when. */

import { describe, expect, test } from "vitest";
import type { Parameters } from "../../contracts/events/parameters.ts";
import { centiseconds } from "../../contracts/units.ts";
import {
  activeRouter,
  advert,
  backupRouter,
  lowerAddress,
  names,
  parameters,
  virtualAddressOf,
} from "../support/router-script.ts";

const burst = { repeat: 5, secondBurstDelay: centiseconds(500), lowerPriorityRepeat: 0 };
const announcing = (change: Partial<Parameters["announcements"]>) =>
  parameters({ announcements: { ...burst, ...change } });
const refresh = { interval: centiseconds(1000), repeat: 2 };

describe("refreshing (keepalived M2)", () => {
  test("a takeover arms the first refresh, and counts its period from there", () => {
    const router = backupRouter(announcing({ refresh }));
    const effects = names(router.expire("activeDownTimer"));
    expect(effects.slice(-4)).toEqual([
      ...["timer.arm adverTimer", "timer.arm announcementTimer", "timer.arm refreshTimer"],
      "backup>active noResponse",
    ]);
    const since = router.now();
    expect((router.memory().timers.refreshTimer?.dueAt ?? 0) - since).toBe(10_000_000);
  });

  test("active / refreshTimer expires / as many as configured, and the timer again", () => {
    const router = activeRouter(
      parameters({ announcements: { ...burst, refresh }, advertisementInterval: centiseconds(10_000) }),
    );
    expect(names(router.expire("refreshTimer"))).toEqual(["addresses.announce 2", "timer.arm refreshTimer"]);
    const since = router.now();
    expect((router.memory().timers.refreshTimer?.dueAt ?? 0) - since).toBe(10_000_000);
  });

  test("active / another period by a reload / it counts from now; none any more / the next expiry is the last", () => {
    const router = activeRouter(announcing({}));
    const slow = { ...burst, refresh: { interval: centiseconds(300), repeat: 1 } };
    expect(names(router.change({ announcements: slow }))).toEqual(["timer.arm refreshTimer"]);
    expect(names(router.change({ announcements: slow }))).toEqual([]);
    expect((router.memory().timers.refreshTimer?.dueAt ?? 0) - router.now()).toBe(3_000_000);
    expect(names(router.change({ announcements: burst }))).toEqual([]);
    expect(names(router.expire("refreshTimer"))).toEqual([]);
    expect(router.memory().timers.refreshTimer).toBeUndefined();
  });

  test("active / stops / the timers end with it", () => {
    const router = activeRouter(announcing({ refresh }));
    expect(names(router.hear({ type: "router.stopped" }))).toContain("timer.cancel refreshTimer");
    expect(router.memory().timers).toEqual({});
  });
});

describe("other interfaces (keepalived garp_extra_if)", () => {
  test("active / otherInterfacesTimer expires / one frame for one address of each, and the timer again", () => {
    const others = { interval: centiseconds(200), addresses: [virtualAddressOf("10.0.7.1")] };
    const router = activeRouter(announcing({ others }));
    expect(names(router.expire("otherInterfacesTimer"))).toEqual([
      "addresses.announce 1 10.0.7.1",
      "timer.arm otherInterfacesTimer",
    ]);
  });
});

describe("a lower priority (keepalived M5)", () => {
  const mending = { lowerPriorityRepeat: 3, lowerPriorityDelay: centiseconds(400) };

  test("active / lower priority / advert, announcement, and once more after the delay, which later adverts do not put off", () => {
    const router = activeRouter(announcing(mending));
    expect(names(router.hear(advert(10, lowerAddress)))).toEqual([
      ...["advert.send 50", "addresses.announce 3", "timer.arm lowerPriorityTimer"],
    ]);
    const due = router.memory().timers.lowerPriorityTimer?.dueAt ?? 0;
    expect(due - router.now()).toBe(4_000_000);
    router.wait(1_500_000);
    expect(names(router.hear(advert(10, lowerAddress)))).toEqual(["advert.send 50", "addresses.announce 3"]);
    expect(router.memory().timers.lowerPriorityTimer?.dueAt).toBe(due);
    expect(names(router.expire("lowerPriorityTimer"))).toEqual(["addresses.announce 3"]);
  });

  test("active that sends no answer / lower priority / the announcement all the same", () => {
    const router = activeRouter(
      parameters({ announcements: { ...burst, ...mending }, answersLowerPriority: false }),
    );
    expect(names(router.hear(advert(10, lowerAddress)))).toEqual([
      "addresses.announce 3",
      "timer.arm lowerPriorityTimer",
    ]);
  });

  test("active that neither answers nor announces / lower priority / nothing", () => {
    const router = activeRouter(parameters({ announcements: burst, answersLowerPriority: false }));
    expect(router.hear(advert(10, lowerAddress))).toEqual([]);
  });
});
