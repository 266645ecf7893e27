/** The arithmetic of the timers against literal values (vrrp-conformance 2.2), in microseconds. */

import { describe, expect, it } from "vitest";
import { centiseconds, microseconds } from "../../contracts/units.ts";
import {
  activeDownInterval,
  advertsPerRenewal,
  leaseSeconds,
  nextDueTime,
  skewTime,
} from "../../machines/timing.ts";

const table = [
  [1, 996_094, 3_996_094, 99_610, 399_610],
  [50, 804_688, 3_804_688, 80_469, 380_469],
  [100, 609_375, 3_609_375, 60_938, 360_938],
  [150, 414_063, 3_414_063, 41_407, 341_407],
  [200, 218_750, 3_218_750, 21_875, 321_875],
  [254, 7_813, 3_007_813, 782, 300_782],
] as const;

describe("skew and down interval", () => {
  for (const [priority, skew, down, skewAt10, downAt10] of table) {
    it(`R3-6.1-01, R3-6.1-02, J-07: version 3, priority ${priority}`, () => {
      expect(skewTime("rfc9568", priority, centiseconds(100))).toBe(skew);
      expect(activeDownInterval("rfc9568", priority, centiseconds(100))).toBe(down);
      expect(skewTime("rfc9568", priority, centiseconds(10))).toBe(skewAt10);
      expect(activeDownInterval("rfc9568", priority, centiseconds(10))).toBe(downAt10);
    });
    it(`R2-6.1-01: version 2, priority ${priority}, the skew does not scale`, () => {
      expect(skewTime("rfc3768", priority, centiseconds(500))).toBe(skew);
      expect(activeDownInterval("rfc3768", priority, centiseconds(500))).toBe(skew + 15_000_000);
    });
  }
});

describe("the kernel lease", () => {
  it("outlasts the longest wait of any peer by less than a second", () => {
    expect(leaseSeconds("rfc3768", centiseconds(300))).toBe(10);
    expect(leaseSeconds("rfc3768", centiseconds(100))).toBe(4);
    expect(leaseSeconds("rfc9568", centiseconds(100))).toBe(4);
    expect(leaseSeconds("rfc9568", centiseconds(10))).toBe(2);
    expect(leaseSeconds("rfc9568", centiseconds(1))).toBe(2);
  });

  it("is renewed at least once a second", () => {
    expect(advertsPerRenewal(centiseconds(300))).toBe(1);
    expect(advertsPerRenewal(centiseconds(60))).toBe(1);
    expect(advertsPerRenewal(centiseconds(10))).toBe(10);
    expect(advertsPerRenewal(centiseconds(1))).toBe(100);
  });
});

describe("periodic timers", () => {
  it("count from the due time, and from now where a period was missed", () => {
    expect(nextDueTime(microseconds(1000), microseconds(1900), microseconds(1000))).toBe(2000);
    expect(nextDueTime(microseconds(1000), microseconds(2000), microseconds(1000))).toBe(3000);
    expect(nextDueTime(microseconds(1000), microseconds(9000), microseconds(1000))).toBe(10_000);
  });
});
