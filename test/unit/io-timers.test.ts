/** Timers on the real event loop: never early, replaced as a whole, gone when cancelled. */

import { setTimeout as delay } from "node:timers/promises";
import { afterEach, describe, expect, test } from "vitest";
import { addMicroseconds, microseconds } from "../../contracts/units.ts";
import { monotonic, systemClock, wallClock } from "../../services/io/clock.ts";
import { createTimers, type TimerExpiry, type Timers } from "../../services/io/timers.ts";

let timers: Timers | undefined;

afterEach(() => timers?.stop());

/** Timers whose expiries are kept, with the instant each came at; `next` awaits the one after those seen so far. */
function started() {
  const expiries: (TimerExpiry & { readonly at: number })[] = [];
  const waiting: (() => void)[] = [];
  const created = createTimers({
    clock: systemClock,
    onExpired: (expiry) => {
      expiries.push({ ...expiry, at: monotonic() });
      for (const resolve of waiting.splice(0)) resolve();
    },
  });
  timers = created;
  const count = async (wanted: number) => {
    while (expiries.length < wanted) await new Promise<void>((resolve) => waiting.push(resolve));
  };
  return { ...created, expiries, count };
}

const inMicroseconds = (duration: number) => addMicroseconds(monotonic(), microseconds(duration));

describe("timers", () => {
  test("no timer is early, whatever part of a millisecond it is due at", async () => {
    const { arm, expiries, count } = started();
    for (let at = 0; at < 200; at++) arm(`t${at}`, inMicroseconds(1 + at * 137), at);
    await count(200);
    expect(expiries.every(({ at, dueAt }) => at >= dueAt)).toBe(true);
    expect(new Set(expiries.map(({ key }) => key)).size).toBe(200);
  });

  test("an instant in the past expires in a later turn, never inside arm", async () => {
    const { arm, expiries, count } = started();
    arm("late", microseconds(0), 7);
    expect(expiries).toEqual([]);
    await count(1);
    expect(expiries).toMatchObject([{ key: "late", generation: 7, dueAt: 0 }]);
  });

  test("arming a key again replaces it, earlier as well as later, with the new generation only", async () => {
    const { arm, expiries, count } = started();
    const earlier = inMicroseconds(3_000);
    arm("sooner", inMicroseconds(60_000_000), 1);
    arm("sooner", earlier, 2);
    arm("later", inMicroseconds(2_000), 1);
    const later = inMicroseconds(20_500);
    arm("later", later, 2);
    await count(2);
    expect(expiries).toMatchObject([
      { key: "sooner", generation: 2, dueAt: earlier },
      { key: "later", generation: 2, dueAt: later },
    ]);
    expect(expiries.every(({ at, dueAt }) => at >= dueAt)).toBe(true);
  });

  test("a cancelled timer does not expire, and cancelling twice or the unknown does nothing", async () => {
    const { arm, cancel, expiries, count } = started();
    arm("gone", inMicroseconds(2_000), 1);
    arm("gone at once", microseconds(0), 1);
    for (const key of ["gone", "gone", "gone at once", "never armed"]) cancel(key);
    arm("after", inMicroseconds(10_000), 1);
    await count(1);
    expect(expiries.map(({ key }) => key)).toEqual(["after"]);
  });

  test("a timer that is moved on again and again expires once, at its last instant", async () => {
    // On a busy machine the timer may be due before it is moved on: that round proves nothing.
    for (let round = 0; round < 50; round++) {
      const { arm, expiries, count, stop } = started();
      let last = inMicroseconds(5_000);
      let isInTime = true;
      for (let generation = 1; generation <= 10; generation++) {
        isInTime &&= monotonic() < last;
        last = inMicroseconds(5_000);
        arm("active-down", last, generation);
        await delay(2);
      }
      await count(1);
      stop();
      if (!isInTime) continue;
      expect(expiries).toMatchObject([{ key: "active-down", generation: 10, dueAt: last }]);
      expect(expiries[0]?.at).toBeGreaterThanOrEqual(last);
      return;
    }
    throw new Error("the timer was never moved on in time");
  });

  test("NaN, infinity and a delay over 2^31 - 1 ms do not fire at once", async () => {
    const { arm, expiries, count } = started();
    arm("nan", microseconds(Number.NaN), 1);
    arm("infinite", microseconds(Number.POSITIVE_INFINITY), 1);
    arm("long", inMicroseconds(2 ** 33 * 1000), 1);
    arm("after", inMicroseconds(20_000), 1);
    await count(1);
    expect(expiries.map(({ key }) => key)).toEqual(["after"]);
    // A key that waits for ever can be armed again.
    arm("nan", inMicroseconds(1_000), 2);
    await count(2);
    expect(expiries[1]).toMatchObject({ key: "nan", generation: 2 });
  });

  test("a timer with a tolerance is not early either, and the last arming decides the tolerance", async () => {
    const { arm, expiries, count } = started();
    for (let at = 0; at < 50; at++) arm(`t${at}`, inMicroseconds(at * 337), at, microseconds(1000));
    arm("moved", inMicroseconds(1_000), 1);
    arm("moved", inMicroseconds(5_300), 2, microseconds(1000));
    await count(51);
    expect(expiries.every(({ at, dueAt }) => at >= dueAt)).toBe(true);
    expect(expiries.find(({ key }) => key === "moved")?.generation).toBe(2);
  });

  test("stop forgets all of them", async () => {
    const { arm, stop, expiries } = started();
    arm("one", inMicroseconds(1_000), 1);
    arm("two", microseconds(0), 1);
    stop();
    await delay(10);
    expect(expiries).toEqual([]);
  });

  test("an expiry may arm its own key again: a steady interval does not drift", async () => {
    const seen: number[] = [];
    const interval = 2_000;
    const first = inMicroseconds(interval);
    await new Promise<void>((resolve) => {
      const created = createTimers({
        clock: systemClock,
        onExpired: ({ key, generation, dueAt }) => {
          seen.push(dueAt);
          if (seen.length === 20) resolve();
          else created.arm(key, addMicroseconds(dueAt, microseconds(interval)), generation + 1);
        },
      });
      timers = created;
      created.arm("adver", first, 1);
    });
    expect(seen).toEqual(Array.from({ length: 20 }, (_, at) => first + at * interval));
  });
});

describe("clocks", () => {
  test("monotonic is whole microseconds and never goes back", () => {
    let before = monotonic();
    for (let round = 0; round < 10_000; round++) {
      const now = monotonic();
      expect(Number.isInteger(now) && now >= before).toBe(true);
      before = now;
    }
  });

  test("the wall clock is RFC 3339 with microseconds and agrees with Date", () => {
    for (let round = 0; round < 1_000; round++) {
      const before = Date.now();
      const text = wallClock();
      const after = Date.now();
      expect(text).toMatch(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z$/u);
      const milliseconds = Date.parse(`${text.slice(0, 23)}Z`);
      expect(milliseconds).toBeGreaterThanOrEqual(before);
      expect(milliseconds).toBeLessThanOrEqual(after);
    }
  });
});

describe("serving", () => {
  test("goes through all that is due in the order of the instants before it says that nothing is left", async () => {
    const story: string[] = [];
    const told = new Promise<void>((resolve) => {
      const created = createTimers({
        clock: systemClock,
        onExpired: ({ key }) => {
          story.push(key);
          // Whatever is due by now is served too, before anything else.
          if (key === "b") created.arm("d", microseconds(0), 1);
        },
        onServing: () => story.push("serving"),
        onServed: (isLeft) => {
          story.push(isLeft ? "left" : "served");
          resolve();
        },
      });
      timers = created;
      const now = monotonic();
      for (const [key, age] of [
        ["c", 1_000],
        ["a", 3_000],
        ["b", 2_000],
      ] as const)
        created.arm(key, microseconds(now - age), 1, microseconds(key === "a" ? 1_000 : 0));
    });
    await told;
    expect(story).toEqual(["serving", "a", "b", "d", "c", "served"]);
  });

  test("lets the event loop turn where it takes longer than five milliseconds, and says so", async () => {
    const story: string[] = [];
    await new Promise<void>((resolve) => {
      const created = createTimers({
        clock: systemClock,
        onExpired: ({ key }) => {
          story.push(key);
          const end = monotonic() + 6_000;
          while (monotonic() < end);
        },
        onServed: (isLeft) => {
          story.push(isLeft ? "left" : "served");
          if (isLeft) setImmediate(() => story.push("turn"));
          else resolve();
        },
      });
      timers = created;
      for (const [index, key] of ["a", "b"].entries()) created.arm(key, microseconds(index), 1);
    });
    expect(story.filter((each) => each !== "turn")).toEqual(["a", "left", "b", "served"]);
    expect(story.indexOf("turn")).toBeGreaterThan(story.indexOf("left"));
  });
});
