/** A version 3 backup, text by text (RFC 9568 6.4.1, 6.4.2): which timer runs, how long, and what is learned. */

import { describe, expect, it } from "vitest";
import { centiseconds } from "../../contracts/units.ts";
import {
  advert,
  backupRouter,
  connectedRouter,
  higherAddress,
  lowerAddress,
  names,
  remaining,
  version3,
} from "../support/router-script.ts";

describe("initialize", () => {
  it("R3-6.4.1-01: initialize / adverts before Startup / nothing leaves, no timer, no state", () => {
    const router = connectedRouter(version3());
    const before = router.memory();
    for (const priority of [0, 99, 100, 255]) expect(router.hear(advert(priority))).toEqual([]);
    expect(router.memory()).toEqual(before);
    expect(router.state()).toBe("initialize");
  });

  it("R3-6.1-03: backup of 100 at 50 cs / hears nothing / active after 1804.688 ms", () => {
    const router = backupRouter(version3({ advertisementInterval: centiseconds(50) }));
    expect(remaining(router)).toBe(1_804_688);
    expect(names(router.expire("activeDownTimer")).at(-1)).toBe("backup>active noResponse");
  });
});

describe("an advert in backup", () => {
  it("R3-6.4.2-10: backup of 100 at 100 cs / resignation / waits 609.375 ms, learns nothing from it", () => {
    const router = backupRouter(version3());
    router.wait(500_000);
    expect(names(router.hear(advert(0, lowerAddress, 4095)))).toEqual(["timer.arm activeDownTimer"]);
    expect(remaining(router)).toBe(609_375);
    expect(router.memory().activeAdverInterval).toBe(100);
    expect(router.state()).toBe("backup");
  });

  it("R3-6.4.2-10, J-08, J-09: every resignation re-arms the skew, whoever sends it", () => {
    const router = backupRouter(version3());
    router.hear(advert(200, lowerAddress, 100));
    router.wait(100_000);
    router.hear(advert(0));
    router.wait(600_000);
    router.hear(advert(0, higherAddress));
    expect(remaining(router)).toBe(609_375);
  });

  it("R3-6.4.2-11: backup / higher priority with another interval / learned, skew and timer follow it", () => {
    const router = backupRouter(version3());
    router.wait(1_000_000);
    expect(names(router.hear(advert(200, lowerAddress, 50)))).toEqual(["timer.arm activeDownTimer"]);
    expect(router.memory().activeAdverInterval).toBe(50);
    expect(remaining(router)).toBe(1_804_688);
    router.wait(100_000);
    router.hear(advert(0));
    expect(remaining(router)).toBe(304_688);
  });

  it("R3o-6.4.2-01: RFC 5798 / another interval / the skew follows it as well", () => {
    const router = backupRouter(version3({ profile: "rfc5798" }));
    router.hear(advert(200, lowerAddress, 50));
    expect(remaining(router)).toBe(1_804_688);
    router.hear(advert(0));
    expect(remaining(router)).toBe(304_688);
  });

  it("J-03: backup / an interval of 0 / followed, the old interval stays", () => {
    const router = backupRouter(version3());
    router.wait(1_000_000);
    router.hear(advert(200, lowerAddress, 0));
    expect(router.memory().activeAdverInterval).toBe(100);
    expect(remaining(router)).toBe(3_609_375);
  });

  it("R3-6.4.2-12: backup / its own priority from a lower and from a higher address / both re-arm the timer", () => {
    for (const source of [lowerAddress, higherAddress]) {
      const router = backupRouter(version3());
      router.wait(2_000_000);
      expect(names(router.hear(advert(100, source, 100)))).toEqual(["timer.arm activeDownTimer"]);
      expect(remaining(router)).toBe(3_609_375);
    }
  });

  it("R3-6.4.2-13: backup / a lower priority every 100 ms / fires at the original time, learns nothing", () => {
    const router = backupRouter(version3());
    for (let heard = 0; heard < 36; heard++) {
      router.wait(100_000);
      expect(router.hear(advert(99, higherAddress, 50))).toEqual([]);
    }
    expect(remaining(router)).toBe(9_375);
    expect(router.memory().activeAdverInterval).toBe(100);
    expect(names(router.expire("activeDownTimer")).at(-1)).toBe("backup>active preempted");
  });
});

describe("a backup of 200 that does not preempt", () => {
  const patient = version3({ priority: 200, preempt: false });

  it("R3-6.4.2-14: hears 100 / follows it and learns its interval", () => {
    const router = backupRouter(patient);
    for (let heard = 0; heard < 10; heard++) {
      router.wait(2_000_000);
      router.hear(advert(100, lowerAddress, 200));
    }
    expect(router.state()).toBe("backup");
    expect(router.memory().activeAdverInterval).toBe(200);
    expect(remaining(router)).toBe(6_437_500);
  });

  it("R3-6.4.2-15: hears 100, then silence / takes over after the whole wait", () => {
    const router = backupRouter(patient);
    router.hear(advert(100, lowerAddress, 100));
    expect(remaining(router)).toBe(3_218_750);
    expect(names(router.expire("activeDownTimer")).at(-1)).toBe("backup>active noResponse");
  });

  it("R3-6.4.2-15: hears 100, then its resignation / takes over after the skew", () => {
    const router = backupRouter(patient);
    router.hear(advert(100, lowerAddress, 100));
    router.hear(advert(0, lowerAddress, 100));
    expect(remaining(router)).toBe(218_750);
    expect(names(router.expire("activeDownTimer")).at(-1)).toBe("backup>active resignation");
  });
});

describe("a priority that changes at run time", () => {
  it("J-10: backup / from 100 to 200 / the running timer stays, the next advert is compared with 200", () => {
    const router = backupRouter(version3());
    router.wait(1_000_000);
    expect(router.change({ priority: 200 })).toEqual([]);
    expect(remaining(router)).toBe(2_609_375);
    expect(router.hear(advert(150, lowerAddress, 100))).toEqual([]);
    router.hear(advert(200, lowerAddress, 100));
    expect(remaining(router)).toBe(3_218_750);
  });
});
