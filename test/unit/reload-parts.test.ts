/** What the parts of the daemon do when they adopt another configuration: sync groups, trackers, addresses, slices. */

import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import type { VirtualRouterConfig } from "../../contracts/config/schema.ts";
import type { Tracker } from "../../contracts/config/trackers.ts";
import type { Fact } from "../../contracts/events/facts.ts";
import type { RouterState } from "../../contracts/events/transitions.ts";
import { runAtOnce, runInSlices, type Sliced } from "../../services/config/slices.ts";
import { createSyncGroups } from "../../services/sync-groups.ts";
import { createTracking } from "../../services/tracking.ts";
import { createVirtualAddresses } from "../../services/virtual-addresses.ts";
import { startVirtualRouter, type VirtualRouter } from "../../services/virtual-router.ts";
import { exampleRouter, fakeClock, fakePorts, fakeRecorder } from "../support/fake-ports.ts";

/** A router that notes what it is told. */
function listener(name: string, change: Partial<VirtualRouterConfig> = {}) {
  const heard: Fact[] = [];
  let state: RouterState = "backup";
  let memory = { wantsActive: false, faults: [] as string[] };
  const real = startVirtualRouter({
    ...{ config: { ...exampleRouter, ...change, name }, ports: fakePorts(), recorder: fakeRecorder() },
    ...{
      clock: fakeClock(),
      onRecord: () => undefined,
      onUnrecorded: () => undefined,
      onCrash: () => undefined,
    },
  });
  const router: VirtualRouter = {
    ...real,
    config: real.config,
    dispatch: (fact) => void heard.push(fact),
    state: () => state,
    memory: () => ({ ...real.memory(), ...memory }),
  };
  return {
    router,
    told: () => heard.splice(0).map((fact) => ("member" in fact ? `${fact.type} ${fact.member}` : fact.type)),
    readings: () =>
      heard.splice(0).flatMap((fact) => (fact.type === "tracker.changed" ? [fact.reading] : [])),
    become: (next: RouterState, other: Partial<typeof memory> = {}) => {
      state = next;
      memory = { ...memory, ...other };
    },
  };
}

describe("sync groups", () => {
  const group = (name: string, ...members: string[]) => ({ name, members, handlers: {} });

  function grouped() {
    const routers = new Map(["A", "B", "C"].map((name) => [name, listener(name, { syncGroup: "VG" })]));
    const groups = createSyncGroups({
      groups: [group("VG", "A", "B")],
      clock: fakeClock(),
      recorder: fakeRecorder(),
      find: (name) => routers.get(name)?.router,
      onRecord: () => undefined,
    });
    const of = (name: string) => {
      const found = routers.get(name);
      if (found === undefined) throw new Error(name);
      return found;
    };
    return { groups, of, settle: (name: string) => groups.settle(of(name).router) };
  }

  it("a group that stays hears nothing, and goes on from where it was", () => {
    const { groups, of, settle } = grouped();
    of("A").become("backup", { wantsActive: true });
    settle("A");
    groups.adopt([group("VG", "A", "B")]);
    expect(of("A").told()).toEqual([]);
    of("B").become("backup", { wantsActive: true });
    settle("B");
    expect([of("A").told(), of("B").told()]).toEqual([["group.granted"], ["group.granted"]]);
  });

  it("who waited for a group that is gone waits for its own timer again", () => {
    const { groups, of, settle } = grouped();
    of("A").become("backup", { wantsActive: true });
    settle("A");
    groups.adopt([]);
    expect([of("A").told(), of("B").told()]).toEqual([["group.yielded A"], []]);
  });

  it("who leaves takes its fault along, and who comes brings its own", () => {
    const { groups, of, settle } = grouped();
    of("A").become("fault", { faults: ["interface eth1 is down"] });
    settle("A");
    expect(of("B").told()).toEqual(["group.faulted A"]);
    of("C").become("fault", { faults: ["interface eth2 is down"] });
    groups.adopt([group("VG", "B", "C")]);
    expect(of("B").told()).toEqual(["group.recovered A"]);
    for (const name of ["A", "B", "C"]) settle(name);
    expect([of("A").told(), of("B").told()]).toEqual([[], ["group.faulted C"]]);
  });
});

describe("trackers", () => {
  it("one that is the same goes on, one that is gone ends, one that is another starts anew (R6)", () => {
    const directory = mkdtempSync(join(tmpdir(), "understudy-trackers-"));
    const fileOf = (name: string, path: string): Tracker => ({
      kind: "file",
      name,
      path: join(directory, path),
    });
    const tracked = (["one", "two"] as const).map((name) => ({
      ...({ kind: "file", name, weight: 1, isReversed: false } as const),
    }));
    const { router, readings } = listener("VI_1", { tracked });
    writeFileSync(join(directory, "5"), "5");
    writeFileSync(join(directory, "7"), "7");
    const tracking = createTracking({
      trackers: [fileOf("one", "5"), fileOf("two", "7")],
      clock: fakeClock(),
      routers: () => [router],
      onRemark: () => undefined,
    });
    try {
      tracking.start();
      expect(readings()).toEqual([5, 7]);
      tracking.adopt([fileOf("one", "5"), fileOf("two", "5")]);
      expect(readings()).toEqual([5]);
      tracking.adopt([fileOf("one", "5")]);
      tracking.introduce(router);
      expect(readings()).toEqual([5]);
    } finally {
      tracking.stop();
      rmSync(directory, { recursive: true });
    }
  });
});

describe("virtual addresses", () => {
  const withAddress = (address: string): VirtualRouterConfig => ({
    ...exampleRouter,
    addresses: [{ address, prefixLength: 32, interface: "eth0" }],
  });

  it("one that is no longer configured stays one until it has left its interface, or at once where it is not there", () => {
    const present = ["10.0.0.1"];
    const addresses = createVirtualAddresses({
      addresses: () => present.map((address) => ({ address })),
    });
    addresses.adopt([withAddress("10.0.0.1"), withAddress("10.0.0.2")]);
    addresses.leave("10.0.0.1");
    expect(["10.0.0.1", "10.0.0.2"].map(addresses.has)).toEqual([true, true]);
    addresses.adopt([withAddress("10.0.0.3")]);
    expect(["10.0.0.1", "10.0.0.2", "10.0.0.3"].map(addresses.has)).toEqual([true, false, true]);
    addresses.leave("10.0.0.1");
    expect(addresses.has("10.0.0.1")).toBe(false);
  });
});

describe("work in slices", () => {
  function* counting(until: number, seen: number[]): Sliced<string> {
    for (let number = 0; number < until; number++) {
      seen.push(number);
      yield;
    }
    return "done";
  }

  it("gives everything else its turn, and has the result of the same work in one go", async () => {
    const seen: number[] = [];
    const work = runInSlices(counting(3, seen), 0);
    expect(seen).toEqual([0]);
    await new Promise((resolve) => setImmediate(resolve));
    expect(seen).toEqual([0, 1]);
    expect(await work).toBe("done");
    expect(runAtOnce(counting(2, seen))).toBe("done");
    expect(seen).toEqual([0, 1, 2, 0, 1]);
  });

  it("rejects with what the work throws", async () => {
    // biome-ignore lint/correctness/useYield: it ends before it would.
    function* failing(): Sliced<void> {
      throw new Error("no");
    }
    await expect(runInSlices(failing(), 1)).rejects.toThrow("no");
  });
});
