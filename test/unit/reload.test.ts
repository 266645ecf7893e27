/** A reload step by step: who is touched, in which order, what is written down, and what happens to a file that is wrong. */

import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { openRawSocket } from "../../services/io/native.ts";
import { done } from "../../services/io/outcome.ts";
import { unixAddress } from "../../services/log/systemd.ts";
import type { Reading } from "../../services/reload.ts";
import {
  address,
  configOf,
  first,
  reloading,
  router,
  routeTo,
  second,
  third,
} from "../support/reload-script.ts";

beforeEach(() => void vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout"] }));
afterEach(() => void vi.useRealTimers());

describe("what is applied", () => {
  it("nothing, where the file is the same: no router is asked for anything, and one record says so", async () => {
    const site = reloading();
    site.makeActive("VI_1");
    const known = [site.find("VI_1"), site.find("VI_2")].map((each) => each.statistics());
    expect(await site.take(configOf(first, second, third))).toMatchObject({
      outcome: "applied",
      unchanged: 3,
    });
    expect(site.calls).toEqual(["virtual MACs", "network", "trackers"]);
    expect(site.introduced).toEqual([]);
    expect([site.find("VI_1"), site.find("VI_2")].map((each) => each.statistics())).toEqual(known);
    expect(site.recorder.records.map((record) => record.router)).toEqual(["_node"]);
  });

  it("removals first, then interfaces and sockets, then other settings, then new routers", async () => {
    const site = reloading();
    site.makeActive("VI_1", "VI_2");
    const wanted = configOf(
      { ...second, addresses: [address(52), address(60)] },
      third,
      router("VI_4", 54, { priority: 255 }),
    );
    await site.take(wanted);
    expect(site.calls).toEqual([
      ...["VI_1 advert 0", "VI_1 withdraw 51"],
      ...["virtual MACs", "network", "trackers"],
      ...["VI_2 install 60", "VI_2 announce 60"],
      ...["VI_4 advert 255", "VI_4 install 54", "VI_4 announce 54"],
    ]);
    expect(site.introduced).toEqual(["VI_2", "VI_4"]);
    expect(site.states()).toEqual(["VI_2 active", "VI_3 backup", "VI_4 active"]);
  });

  it("two routers swap their VRIDs: both stop before either starts", async () => {
    const site = reloading();
    site.makeActive("VI_1", "VI_2");
    await site.take(configOf({ ...first, virtualRouterId: 52 }, { ...second, virtualRouterId: 51 }, third));
    expect(site.calls.slice(0, 4)).toEqual([
      ...["VI_1 advert 0", "VI_1 withdraw 51"],
      ...["VI_2 advert 0", "VI_2 withdraw 52"],
    ]);
    expect(site.supervisor.find({ ...first, virtualRouterId: 52 })?.config.name).toBe("VI_1");
    expect(site.supervisor.find({ ...first, virtualRouterId: 51 })?.config.name).toBe("VI_2");
    expect(site.states()).toEqual(["VI_3 backup", "VI_1 backup", "VI_2 backup"]);
  });

  it("an address that another active router gets is not withdrawn, whichever of the two is first (R7)", async () => {
    const site = reloading();
    site.makeActive("VI_1", "VI_2");
    await site.take(
      configOf({ ...first, addresses: second.addresses }, { ...second, addresses: first.addresses }, third),
    );
    expect(site.calls.slice(3)).toEqual([
      ...["VI_1 withdraw ", "VI_1 install 52", "VI_1 announce 52"],
      ...["VI_2 withdraw ", "VI_2 install 51", "VI_2 announce 51"],
    ]);
    site.find("VI_1").dispatch({ type: "router.stopped", at: site.clock.monotonic() });
    expect(site.calls.at(-1)).toBe("VI_1 withdraw 52");
  });

  it("a route that another active router gets is left, too, and one that a backup gets is not", async () => {
    const site = reloading(
      configOf({ ...first, routing: { routes: [routeTo(7), routeTo(8)], rules: [] } }, second, third),
    );
    site.makeActive("VI_1", "VI_2");
    await site.take(
      configOf(
        { ...first, routing: { routes: [], rules: [] } },
        { ...second, routing: { routes: [{ ...routeTo(7), isUntracked: true }], rules: [] } },
        { ...third, routing: { routes: [routeTo(8)], rules: [] } },
      ),
    );
    expect(site.calls.slice(3)).toEqual(["VI_1 unroute 10.8.0.0/16", "VI_2 route 10.7.0.0/16"]);
  });

  it("an address that a router gets which is a backup is withdrawn", async () => {
    const site = reloading();
    site.makeActive("VI_1");
    const [given, kept] = [address(51), address(70)];
    await site.take(configOf({ ...first, addresses: [kept] }, { ...second, addresses: [given] }, third));
    expect(site.calls.slice(3)).toEqual(["VI_1 withdraw 51", "VI_1 install 70", "VI_1 announce 70"]);
  });

  it("a router that crashed and waits starts at once with its new settings, and a removed one no more", async () => {
    const site = reloading();
    site.makeActive("VI_1", "VI_2");
    for (const name of ["VI_1", "VI_2"]) {
      site.find(name).dispatch({
        type: "advert.received",
        at: site.clock.monotonic(),
        source: "no address",
        priority: 51,
        advertisementInterval: 300 as never,
      });
    }
    expect(site.states()).toEqual(["VI_3 backup"]);
    await site.take(configOf({ ...first, priority: 90 }, third));
    expect(site.states()).toEqual(["VI_3 backup", "VI_1 backup"]);
    expect(site.find("VI_1").memory().effectivePriority).toBe(90);
    vi.advanceTimersByTime(60_000);
    expect(site.states().map((each) => each.split(" ")[0])).toEqual(["VI_3", "VI_1"]);
  });

  it("the next reload is compared with this one, and the name of the node and the settings of the process stay", async () => {
    const site = reloading();
    const daemon = { record: "full" } as const;
    const fixed = [{ setting: "node" }, { setting: "daemon.record", from: "the default", to: "full" }];
    const wanted = { ...configOf({ ...first, priority: 90 }, second, third), node: "node_b", daemon };
    expect(await site.take(wanted)).toMatchObject({
      changed: [{ router: "VI_1" }],
      fixed,
    });
    expect(await site.take(wanted)).toMatchObject({
      changed: [],
      unchanged: 3,
      fixed,
    });
  });
});

describe("what is written down", () => {
  it("the record of the node, then one of each router that names it as its cause, then what comes of them", async () => {
    const site = reloading();
    site.makeActive("VI_1", "VI_2");
    await site.take(configOf(first, { ...second, version: 3 }, router("VI_4", 54)));
    const told = site.recorder.records.map(({ router: who, class: what, body }) => {
      const { change, to } = body as { change?: string; to?: string };
      return [who, what, change ?? to ?? ""].join(" ").trim();
    });
    expect(told.slice(0, 4)).toEqual([
      ...["_node config reloaded", "VI_3 config removed", "VI_2 config replaced", "VI_4 config added"],
    ]);
    expect(told).toContain("VI_2 transition initialize");
    const [node, ...routers] = site.recorder.records;
    expect(routers.slice(0, 3).map(({ causationId }) => causationId)).toEqual([node?.id, node?.id, node?.id]);
    expect(node?.body).toMatchObject({
      added: ["VI_4"],
      removed: ["VI_3"],
      replaced: ["VI_2"],
      unchanged: 1,
    });
  });
});

describe("a file that cannot be used", () => {
  const text = "a.conf:3:20: error: number '999' outside range\n  3 | virtual_router_id 999";

  it("changes nothing, and its errors are answered, logged and recorded in one line each (R9)", async () => {
    const site = reloading();
    site.makeActive("VI_1");
    site.say(async () => ({ diagnostics: [{ severity: "error", text }] }));
    const report = await site.reloader.reload(false);
    expect(report).toMatchObject({ outcome: "refused", diagnostics: [{ text }] });
    expect(site.logged).toEqual(["Reloading", text]);
    expect(site.calls).toEqual([]);
    expect(site.recorder.records.map(({ body }) => body)).toEqual([
      { change: "refused", problems: ["a.conf:3:20: error: number '999' outside range"] },
    ]);
  });

  it.each<[string, () => Promise<Reading>, RegExp]>([
    ["has no router any more", async () => ({ config: configOf(), diagnostics: [] }), /no router any more/u],
    ["cannot be read", () => Promise.reject(new Error("EIO: it broke")), /EIO/u],
  ])("so does one that %s", async (_what, reading, expected) => {
    const site = reloading();
    site.say(reading);
    const report = await site.reloader.reload(false);
    expect(report.outcome).toBe("refused");
    expect(report.diagnostics[0]?.text).toMatch(expected);
    expect(site.calls).toEqual([]);
    expect(site.states()).toHaveLength(3);
  });

  it("a daemon without routers takes a file without routers", async () => {
    const site = reloading(configOf());
    expect(await site.take(configOf())).toMatchObject({ outcome: "applied" });
  });
});

describe("a dry run", () => {
  it("says what would change, and neither changes, records nor logs anything", async () => {
    const site = reloading();
    site.makeActive("VI_1");
    const report = await site.take(configOf({ ...first, priority: 90 }, third), true);
    expect(report).toMatchObject({ outcome: "planned", removed: ["VI_2"], changed: [{ router: "VI_1" }] });
    expect([site.calls, site.recorder.records, site.logged]).toEqual([[], [], []]);
    expect(site.states()).toHaveLength(3);
  });
});

describe("the turns", () => {
  it("two reloads that are asked for at once are done one after the other", async () => {
    const site = reloading();
    const release: (() => void)[] = [];
    site.say(async () => {
      await new Promise<void>((resolve) => release.push(resolve));
      return {
        config: configOf({ ...first, priority: 90 + release.length }, second, third),
        diagnostics: [],
      };
    });
    const both = [site.reloader.reload(false), site.reloader.reload(false)];
    await vi.waitFor(() => expect(release).toHaveLength(1));
    release[0]?.();
    await both[0];
    expect(site.find("VI_1").memory().effectivePriority).toBe(91);
    await vi.waitFor(() => expect(release).toHaveLength(2));
    release[1]?.();
    await both[1];
    expect(site.find("VI_1").memory().effectivePriority).toBe(92);
  });

  it("a daemon that stops meanwhile changes nothing any more, and answers so", async () => {
    const site = reloading();
    site.say(async () => {
      site.reloader.stop();
      return { config: configOf(first), diagnostics: [] };
    });
    await expect(site.reloader.reload(false)).rejects.toThrow("the daemon stops");
    expect(site.calls).toEqual([]);
  });
});

describe("systemd", () => {
  it("hears of the reload with the monotonic instant, and of its end, also where the file was refused", async () => {
    const directory = mkdtempSync(join(tmpdir(), "understudy-notify-"));
    const path = join(directory, "notify.sock");
    const socket = openRawSocket(1, 2, 0);
    if (!socket.ok) throw new Error(socket.error);
    try {
      expect(socket.value.bind(unixAddress(path))).toEqual(done);
      vi.stubEnv("NOTIFY_SOCKET", path);
      const site = reloading();
      site.clock.set(123_456_789);
      site.say(async () => ({ diagnostics: [{ severity: "error", text: "no" }] }));
      await site.reloader.reload(false);
      const heard = [socket.value.receive(), socket.value.receive()].map((received) =>
        received.ok ? received.value?.data.toString() : received.error,
      );
      expect(heard).toEqual(["RELOADING=1\nMONOTONIC_USEC=123456789", "READY=1"]);
    } finally {
      vi.unstubAllEnvs();
      socket.value.close();
      rmSync(directory, { recursive: true });
    }
  });
});
