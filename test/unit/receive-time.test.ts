/** The kernel's receive stamps on the monotonic clock: exact, never early, and unmoved by a wall clock that is set. */

import { describe, expect, test } from "vitest";
import { microseconds } from "../../contracts/units.ts";
import { createReceiveClock, oldestStamp, stampOf } from "../../services/io/receive-time.ts";

/** Two clocks in step; each look at one takes a microsecond. */
function fakeClocks(distance: number) {
  let now = 1_000_000;
  let ahead = distance;
  return {
    monotonic: () => microseconds(now++),
    wallMilliseconds: () => Math.floor((now++ + ahead) / 1000),
    /** Of the wall clock. */
    stamp: () => now + ahead,
    now: () => now,
    pass: (duration: number) => {
      now += duration;
    },
    setWallClock: (by: number) => {
      ahead += by;
    },
  };
}

describe("the instant of a stamp", () => {
  test.each([1_700_000_000_000_000, 1_700_000_000_000_999, 1_700_000_000_000_500])(
    "is right to ten microseconds and never early, with the clocks %d apart",
    (distance) => {
      const clocks = fakeClocks(distance);
      const { instantOf } = createReceiveClock(clocks);
      for (let round = 0; round < 500; round++) {
        const [stamp, at] = [clocks.stamp(), clocks.now()];
        clocks.pass(37 + ((round * 13) % 5_000));
        const instant = instantOf(stamp);
        expect(instant - at).toBeGreaterThanOrEqual(0);
        expect(instant - at).toBeLessThanOrEqual(10);
      }
    },
  );

  test("is now for no stamp, for one of the future and for one too old to be true", () => {
    const clocks = fakeClocks(5_000_000_123);
    const { instantOf } = createReceiveClock(clocks);
    for (const stamp of [
      undefined,
      clocks.stamp() + 50_000,
      clocks.stamp() - oldestStamp - 100,
      Number.NaN,
    ]) {
      const before = clocks.now();
      const instant = instantOf(stamp);
      expect(instant).toBeGreaterThanOrEqual(before);
      expect(instant).toBeLessThanOrEqual(clocks.now());
    }
  });

  test.each([3_600_000_000, -3_600_000_000, 7_000, -7_000])(
    "is right again right after the wall clock was set by %d microseconds",
    (step) => {
      const clocks = fakeClocks(1_700_000_000_000_250);
      const { instantOf } = createReceiveClock(clocks);
      clocks.setWallClock(step);
      for (let round = 0; round < 200; round++) {
        const [stamp, at] = [clocks.stamp(), clocks.now()];
        clocks.pass(311);
        const instant = instantOf(stamp);
        // After the step the distance is known to a millisecond, and with each look better.
        expect(instant).toBeGreaterThanOrEqual(at);
        expect(instant).toBeLessThanOrEqual(clocks.now());
      }
      const [stamp, at] = [clocks.stamp(), clocks.now()];
      clocks.pass(800);
      expect(instantOf(stamp) - at).toBeLessThanOrEqual(50);
    },
  );
});

describe("the stamp among ancillary data", () => {
  const data = Buffer.from(new BigInt64Array([1_700_000_000n, 123_456_789n]).buffer);

  test("is seconds and nanoseconds of SO_TIMESTAMPNS, in microseconds", () => {
    expect(stampOf([{ level: 1, type: 35, data }])).toBe(1_700_000_000_123_456);
    expect(
      stampOf([
        { level: 41, type: 52, data: Buffer.alloc(4) },
        { level: 1, type: 35, data },
      ]),
    ).toBe(1_700_000_000_123_456);
  });

  test("is undefined where there is none or it is cut off", () => {
    expect(stampOf([])).toBeUndefined();
    expect(stampOf([{ level: 1, type: 40, data }])).toBeUndefined();
    expect(stampOf([{ level: 1, type: 35, data: data.subarray(0, 8) }])).toBeUndefined();
  });
});
