/** The rehearsal before a takeover: told in time, once, and without a trace outside the process. */

import { afterEach, describe, expect, test } from "vitest";
import { microseconds } from "../../contracts/units.ts";
import { systemClock } from "../../services/io/clock.ts";
import { done } from "../../services/io/outcome.ts";
import { createTimers, type Timers } from "../../services/io/timers.ts";
import { emptyStage } from "../../services/network-ports.ts";
import { exampleRouter } from "../support/fake-ports.ts";

let timers: Timers | undefined;
afterEach(() => timers?.stop());

/** Arms timers and tells, in order, what was called and how many microseconds before they were due. */
function run(milliseconds: number, tolerance?: number): Promise<readonly (readonly [string, number])[]> {
  const calls: (readonly [string, number])[] = [];
  return new Promise((resolve) => {
    const dueAt = microseconds(systemClock.monotonic() + milliseconds * 1000);
    const note = (call: string) => calls.push([call, dueAt - systemClock.monotonic()]);
    timers = createTimers({
      clock: systemClock,
      onNear: () => note("near"),
      onExpired: () => {
        note("expired");
        resolve(calls);
      },
    });
    timers.arm("one", dueAt, 1, tolerance === undefined ? undefined : microseconds(tolerance));
  });
}

describe("an exact timer", () => {
  test("says once that it is near, three to five milliseconds before, and then expires", async () => {
    // A machine that is busy wakes later and skips the call: one run in a few will do.
    for (let attempt = 0; attempt < 20; attempt++) {
      const calls = await run(20);
      expect(calls.at(-1)?.[0]).toBe("expired");
      expect(calls.at(-1)?.[1]).toBeLessThanOrEqual(0);
      expect(calls.length).toBeLessThanOrEqual(2);
      const [first] = calls;
      if (first?.[0] !== "near") continue;
      expect(first[1]).toBeGreaterThan(2_000);
      expect(first[1]).toBeLessThanOrEqual(5_000);
      return;
    }
    throw new Error("it never said that it is near");
  });

  test("that may be late does not say that it is near", async () => {
    expect((await run(20, 1_000)).map(([call]) => call)).toEqual(["expired"]);
  });
});

describe("the empty stage", () => {
  test("asks the kernel only for what it refuses: a broadcast, and an interface that is none", () => {
    const sent: unknown[] = [];
    const stage = emptyStage({
      links: {
        link: (name) => ({ interface: name, index: 7, state: "up", hardwareAddress: "02:00:00:00:00:07" }),
      },
      announcer: {
        sendFrame: (index) => {
          sent.push(index);
          return done;
        },
      },
      segment: () => ({
        source: () => "192.0.2.1",
        socket: () => ({
          send: (_octets, destination) => {
            sent.push(destination);
            return done;
          },
        }),
      }),
    });
    expect(stage.sendAdvert(exampleRouter, 100)).toEqual(done);
    expect(stage.announceAddresses(exampleRouter, 1)).toEqual(done);
    expect(sent).toEqual(["255.255.255.255", 2 ** 31 - 1]);
  });
});
