/** The supervisor: a router that crashes is taken out of service and started anew, alone. */

import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { superviseRouters } from "../../services/supervisor.ts";
import type { VirtualRouter } from "../../services/virtual-router.ts";
import { exampleRouter, fakeClock, fakePorts, fakeRecorder } from "../support/fake-ports.ts";

beforeEach(() => void vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout"] }));
afterEach(() => void vi.useRealTimers());

function supervised() {
  const ports = fakePorts();
  const clock = fakeClock();
  const notices: string[] = [];
  const introduced: string[] = [];
  const supervisor = superviseRouters({
    configs: [exampleRouter, { ...exampleRouter, name: "VI_2", virtualRouterId: 52 }],
    clock,
    recorder: fakeRecorder(),
    ports,
    introduce: (router: VirtualRouter) => {
      introduced.push(router.config.name);
      router.dispatch({ type: "primaryAddress.changed", at: clock.monotonic(), address: "10.0.0.1" });
    },
    onRecord: () => undefined,
    onUnrecorded: () => undefined,
    onNotice: (notice, detail) => notices.push(`${notice} ${detail}`),
  });
  const find = (name: string) => {
    for (const router of supervisor.routers()) if (router.config.name === name) return router;
    throw new Error(`${name} is not running`);
  };
  return { supervisor, ports, notices, introduced, find, clock };
}

/** A fact that no guard survives: the machine's actor stops with an error. */
function crash(router: VirtualRouter, at: ReturnType<ReturnType<typeof fakeClock>["monotonic"]>) {
  router.dispatch({
    type: "advert.received",
    at,
    source: "no address",
    priority: 51,
    advertisementInterval: 300 as never,
  });
}

describe("a crash", () => {
  it("resigns and withdraws, and starts that router alone a second later", () => {
    const { supervisor, ports, notices, introduced, find, clock } = supervised();
    supervisor.start();
    const other = find("VI_2");
    const crashing = find("VI_1");
    makeActive(crashing, clock);
    ports.calls.length = 0;
    crash(crashing, clock.monotonic());
    expect(ports.calls).toEqual(["sendAdvert 0", "withdrawRouting", "withdrawAddresses"]);
    expect(notices[0]).toMatch(/^routerCrashed VI_1: .*not an address/su);
    expect([...supervisor.routers()]).toEqual([other]);
    vi.advanceTimersByTime(1000);
    expect(find("VI_1").state()).toBe("backup");
    expect(introduced).toEqual(["VI_1", "VI_2", "VI_1"]);
    supervisor.stop();
  });

  it("waits twice as long after each further crash", () => {
    const { supervisor, notices, find, clock } = supervised();
    supervisor.start();
    for (const seconds of [1, 2, 4]) {
      const router = find("VI_1");
      makeActive(router, clock);
      crash(router, clock.monotonic());
      expect(notices.at(-1)).toContain(`in ${seconds} s`);
      vi.advanceTimersByTime(seconds * 1000);
    }
    supervisor.stop();
  });

  it("is not followed by a start once the daemon stops", () => {
    const { supervisor, find, clock } = supervised();
    supervisor.start();
    const router = find("VI_1");
    makeActive(router, clock);
    crash(router, clock.monotonic());
    supervisor.stop();
    vi.advanceTimersByTime(60_000);
    expect([...supervisor.routers()].map(({ config }) => config.name)).toEqual(["VI_2"]);
  });
});

function makeActive(router: VirtualRouter, clock: ReturnType<typeof fakeClock>): void {
  const armed = router.memory().timers.activeDownTimer;
  if (armed === undefined) throw new Error("not a backup");
  clock.set(armed.dueAt);
  router.dispatch({
    type: "activeDownTimer.expired",
    at: clock.monotonic(),
    dueAt: clock.monotonic(),
    generation: armed.generation,
  });
}
