/** A reload of the active router beside keepalived: what is another is taken up, and nobody else hears of it. */

import { writeFileSync } from "node:fs";
import { afterEach, describe, expect, test } from "vitest";
import { type ConfigEvent, configEventSchema } from "../../contracts/events/configuration.ts";
import { type LabProcess, startInHost } from "../../services/lab/process.ts";
import { now, openPair, type Pair } from "../support/pair.ts";
import { runUnderstudy } from "../support/pair-command.ts";
import type { RouterKind } from "../support/pair-program.ts";
import type { PairRouter } from "../support/pair-router.ts";
import { expectBetween } from "../support/pair-steps.ts";
import { quiet, waitFor } from "../support/pair-wait.ts";
import { type RouterBlock, threeRouters, withChange, writeRouters } from "../support/reload-config.ts";

let pair: Pair | undefined;
let monitor: LabProcess | undefined;
afterEach(async () => {
  monitor?.signal("SIGKILL");
  await monitor?.ended;
  monitor = undefined;
  await pair?.close();
});

/** Microseconds. */
const interval = 200_000;
const allowance = 100_000;

interface Site extends Pair {
  /** What the kernel told of the addresses of a since the last reload: "Deleted ... 10.10.10.114/32 ...". */
  readonly addressLines: string[];
}

/** a is active for all routers, b is the backup; a's events have arrived. */
async function openReload(peer: RouterKind = "keepalived", routers = threeRouters): Promise<Site> {
  const opened = await openPair({ kinds: ["understudy", peer] });
  pair = opened;
  const { a, b } = opened;
  for (const each of [a, b]) writeRouters(each, routers);
  a.start();
  await a.awaitLog(/Entering BACKUP STATE/u);
  b.start();
  await waitFor("the start", () => transitionsOf(a, "VI_3").at(-1) === "backup>active", { seconds: 20 });
  await opened.awaitAnswer("a", now());
  // The second burst of announcements is over.
  await quiet(1_500);
  const addressLines: string[] = [];
  monitor = startInHost(a.host, {
    command: ["ip", "-o", "monitor", "address"],
    onLine: (line) => addressLines.push(line),
  });
  await quiet(200);
  return { ...opened, addressLines };
}

function configEvents({ events }: PairRouter): { readonly router: string; readonly event: ConfigEvent }[] {
  return events
    .filter((record) => record.class === "config")
    .map(({ router, body }) => ({ router, event: configEventSchema.parse(body) }));
}

function transitionsOf({ events }: PairRouter, name: string): string[] {
  return events
    .filter((record) => record.class === "transition" && record.router === name)
    .map(({ body }) => `${(body as { from: string }).from}>${(body as { to: string }).to}`);
}

/** SIGHUP; resolves when the daemon has said that it is done. The moment before it. */
async function reload(router: PairRouter, routers: readonly RouterBlock[]): Promise<number> {
  writeRouters(router, routers);
  const from = router.log.length;
  const asked = now();
  router.signal("SIGHUP");
  await router.awaitLog(/Reload complete/u, from);
  return asked;
}

/** Adverts of the VRID on the port follow one another at the interval, for a second before the reload and one after. */
async function expectRegular(
  { adverts }: Pair,
  port: string,
  virtualRouterId: number,
  since: number,
): Promise<void> {
  const own = () =>
    adverts(since - 1_000_000, port).filter(({ advert }) => advert.virtualRouterId === virtualRouterId);
  await waitFor("a second of adverts", () => (own().at(-1)?.at ?? 0) > since + 1_000_000);
  for (const [index, { at }] of own().slice(1).entries()) {
    expectBetween(at - (own()[index]?.at ?? 0), interval - allowance, interval + allowance);
  }
}

function announced({ announcements }: Pair, port: string, address: string, since: number): number {
  return announcements(since, port, address).length;
}

describe.each(["keepalived", "understudy"] as const)(
  "a is active for three routers, b (%s) is the backup",
  (peer) => {
    test("a lower priority for VI_2: b takes over VI_2, and VI_1 and VI_3 advertise on without an event or announcement", async () => {
      const site = await openReload(peer);
      const { a } = site;
      const before = a.events.length;
      const since = await reload(a, withChange("VI_2", { priority: 100 }));
      const taken = await site.awaitAdvert("b", since, ({ advert }) => advert.virtualRouterId === 52);
      expect(taken.advert.priority).toBe(150);
      await waitFor("the event", () => transitionsOf(a, "VI_2").at(-1) === "active>backup");
      await quiet(1_000);
      for (const virtualRouterId of [51, 53]) await expectRegular(site, "a", virtualRouterId, since);
      for (const address of ["10.10.10.114", "10.10.10.116"])
        expect(announced(site, "a", address, since)).toBe(0);
      expect(
        site.addressLines.filter((line) => /Deleted/u.test(line) && !line.includes("10.10.10.115")),
      ).toEqual([]);
      expect(configEvents(a)).toEqual([
        {
          router: "_node",
          event: {
            ...{ change: "reloaded", added: [], removed: [], replaced: [], changed: ["VI_2"] },
            ...{ unchanged: 2, shared: [], fixed: [] },
          },
        },
        {
          router: "VI_2",
          event: { change: "changed", settings: [{ setting: "priority", from: "200", to: "100" }] },
        },
      ]);
      const others = a.events.slice(before).filter(({ router }) => router === "VI_1" || router === "VI_3");
      expect(others).toEqual([]);
    });

    test("an address is added to VI_1 and its former one removed: the new one alone is announced", async () => {
      const site = await openReload(peer);
      const { a, b } = site;
      const routers = withChange("VI_1", { addresses: ["10.10.10.117", "10.10.10.118"] });
      await reload(b, routers);
      const since = await reload(a, routers);
      await waitFor("the announcements", () => announced(site, "a", "10.10.10.118", since) === 5);
      expect(site.addresses(a)).toEqual(expect.arrayContaining(["10.10.10.117", "10.10.10.118"]));
      expect(site.addresses(a)).not.toContain("10.10.10.114");
      await quiet(1_000);
      expect(announced(site, "a", "10.10.10.117", since)).toBe(5);
      for (const address of ["10.10.10.114", "10.10.10.115", "10.10.10.116"]) {
        expect(announced(site, "a", address, since)).toBe(0);
      }
      for (const virtualRouterId of [52, 53]) await expectRegular(site, "a", virtualRouterId, since);
      expect(transitionsOf(a, "VI_1")).toEqual(["initialize>backup", "backup>active"]);
    });

    test("an address moves from VI_1 to VI_2 and another one back (R7): neither leaves the interface, each is announced once", async () => {
      const first = threeRouters.map((router) =>
        router.name === "VI_3"
          ? router
          : { ...router, addresses: [...router.addresses, ...(moving[router.name] ?? [])] },
      );
      const site = await openReload(peer, first);
      const { a, b } = site;
      const second = first.map((router) => ({
        ...router,
        addresses: router.addresses.map(
          (each) => ({ "10.10.10.121": "10.10.10.122", "10.10.10.122": "10.10.10.121" })[each] ?? each,
        ),
      }));
      await reload(b, second);
      const since = await reload(a, second);
      await quiet(1_500);
      for (const address of ["10.10.10.121", "10.10.10.122"]) {
        expect(site.addresses(a)).toContain(address);
        expect(announced(site, "a", address, since)).toBe(5);
      }
      expect(site.addressLines.filter((line) => line.includes("Deleted"))).toEqual([]);
      for (const virtualRouterId of [51, 52, 53]) await expectRegular(site, "a", virtualRouterId, since);
      for (const name of ["VI_1", "VI_2"]) {
        expect(transitionsOf(a, name)).toEqual(["initialize>backup", "backup>active"]);
      }
    });

    test("VI_1 and VI_2 swap their VRIDs: both start anew, serve again, and VI_3 hears nothing of it", async () => {
      const site = await openReload(peer);
      const { a, b } = site;
      const swapped = threeRouters.map((router) => ({
        ...router,
        virtualRouterId: { VI_1: 52, VI_2: 51 }[router.name] ?? router.virtualRouterId,
      }));
      await reload(b, swapped);
      const since = await reload(a, swapped);
      for (const [virtualRouterId, address] of [
        [52, [10, 10, 10, 114]],
        [51, [10, 10, 10, 115]],
      ] as const) {
        await site.awaitAdvert(
          "a",
          since,
          ({ advert }) =>
            advert.virtualRouterId === virtualRouterId &&
            advert.priority === 200 &&
            advert.addresses.join() === address.join("."),
        );
      }
      await site.awaitAnswer("a", now());
      await waitFor("the events", () => transitionsOf(a, "VI_2").length === 5);
      const life = ["initialize>backup", "backup>active"];
      for (const name of ["VI_1", "VI_2"]) {
        expect(transitionsOf(a, name)).toEqual([...life, "active>initialize", ...life]);
      }
      await expectRegular(site, "a", 53, since);
      expect(announced(site, "a", "10.10.10.116", since)).toBe(0);
    });

    test("VI_2 is removed and VI_4 added: VI_2 resigns and b does not serve it for us, VI_4 starts as a backup and takes over", async () => {
      const site = await openReload(peer);
      const { a, b } = site;
      const routers = [
        ...threeRouters.filter(({ name }) => name !== "VI_2"),
        { name: "VI_4", virtualRouterId: 54, addresses: ["10.10.10.119"] },
      ];
      await reload(b, routers);
      const since = await reload(a, routers);
      const resigned = await site.awaitAdvert(
        "a",
        since,
        ({ advert }) => advert.virtualRouterId === 52 && advert.priority === 0,
      );
      await site.awaitAdvert("a", since, ({ advert }) => advert.virtualRouterId === 54);
      await waitFor("the address", () => site.addresses(a).includes("10.10.10.119"));
      expect(site.addresses(a)).not.toContain("10.10.10.115");
      await quiet(500);
      const after = site.adverts(resigned.at + 1, "a").filter(({ advert }) => advert.virtualRouterId === 52);
      expect(after).toEqual([]);
      for (const virtualRouterId of [51, 53]) await expectRegular(site, "a", virtualRouterId, since);
      await waitFor("the events", () => transitionsOf(a, "VI_4").length === 2);
      expect(transitionsOf(a, "VI_2").at(-1)).toBe("active>initialize");
      const last = configEvents(a).slice(-3);
      expect(last[0]?.event).toMatchObject({
        change: "reloaded",
        added: ["VI_4"],
        removed: ["VI_2"],
        unchanged: 2,
      });
      expect(last.slice(1)).toEqual([
        { router: "VI_2", event: { change: "removed" } },
        { router: "VI_4", event: { change: "added" } },
      ]);
    });
  },
);

const moving: Readonly<Record<string, readonly string[]>> = {
  VI_1: ["10.10.10.121"],
  VI_2: ["10.10.10.122"],
};

describe("with another node of ours", () => {
  test("a file that cannot be used changes nothing and says why, in the log, in the answer and as an event (R9)", async () => {
    const site = await openReload("understudy");
    const { a } = site;
    const since = now();
    writeRouters(a, withChange("VI_2", { virtualRouterId: 999, priority: 100 }));
    const refused = await runUnderstudy(a.host, ["reload", "--data-dir", a.dataDirectory]);
    expect(refused.code).toBe(2);
    expect(refused.errors.join("\n")).toMatch(/keepalived\.conf:\d+:\d+.*999/u);
    expect(refused.output).toEqual(["refused: nothing was changed"]);
    await a.awaitLog(/999/u);
    await waitFor("the event", () => configEvents(a).length === 1);
    expect(configEvents(a)[0]).toMatchObject({ router: "_node", event: { change: "refused" } });
    // An empty file is what an editor or a full disk leaves behind.
    writeFileSync(a.file, "");
    const empty = await runUnderstudy(a.host, ["reload", "--data-dir", a.dataDirectory]);
    expect(empty.code).toBe(2);
    await quiet(500);
    for (const virtualRouterId of [51, 52, 53]) await expectRegular(site, "a", virtualRouterId, since);
    expect(site.addressLines.filter((line) => line.includes("Deleted"))).toEqual([]);
  });

  test("a dry run prints the difference and changes nothing; a reload without one does nothing", async () => {
    const site = await openReload("understudy");
    const { a } = site;
    const since = now();
    const ask = (...words: string[]) =>
      runUnderstudy(a.host, ["reload", ...words, "--data-dir", a.dataDirectory]);
    const same = await ask();
    expect(same.code).toBe(0);
    expect(same.output[0]).toBe("no difference");
    writeRouters(a, withChange("VI_2", { addresses: ["10.10.10.117"], priority: 120 }));
    const dry = await ask("--dry-run");
    expect(dry.code).toBe(0);
    expect(dry.output).toEqual([
      "~ VI_2",
      "    priority 200 -> 120",
      "    addresses -10.10.10.115/32@enp3s0f0 +10.10.10.117/32@enp3s0f0",
      "2 routers stay as they are; nothing was changed (dry run)",
    ]);
    const report = JSON.parse((await ask("--dry-run", "--json")).output.join("\n"));
    expect(report).toMatchObject({ outcome: "planned", unchanged: 2, changed: [{ router: "VI_2" }] });
    await quiet(500);
    for (const virtualRouterId of [51, 52, 53]) await expectRegular(site, "a", virtualRouterId, since);
    expect(site.addresses(a)).toContain("10.10.10.115");
    expect(configEvents(a)).toHaveLength(1);
  });

  test("VI_3 moves to another interface: it resigns on the first and serves on the second", async () => {
    const site = await openReload("understudy");
    const { a, network } = site;
    network.ip(a.host.namespace, "link", "add", "lan2", "type", "veth", "peer", "name", "far2");
    for (const name of ["lan2", "far2"]) network.ip(a.host.namespace, "link", "set", name, "up");
    network.ip(a.host.namespace, "address", "add", "10.20.0.1/24", "dev", "lan2");
    const since = await reload(a, withChange("VI_3", { interface: "lan2" }));
    await site.awaitAdvert(
      "a",
      since,
      ({ advert }) => advert.virtualRouterId === 53 && advert.priority === 0,
    );
    const find = async () => (await a.status())?.routers.find(({ name }) => name === "VI_3");
    await waitFor("VI_3 on lan2", async () => (await find())?.state === "active");
    expect(await find()).toMatchObject({ interface: "lan2", addresses: ["10.10.10.116/32@lan2"] });
    expect(site.addresses(a)).not.toContain("10.10.10.116");
    for (const virtualRouterId of [51, 52]) await expectRegular(site, "a", virtualRouterId, since);
  });

  test("routers with virtual MACs swap VRIDs and a third gets one: the interfaces follow, and go when nobody needs them", async () => {
    const own = (routers: readonly RouterBlock[]) =>
      routers.map((router) => (router.name === "VI_3" ? router : { ...router, more: ["use_vmac"] }));
    const site = await openReload("understudy", own(threeRouters));
    const { a, b, network } = site;
    const swapped = threeRouters.map((router) => ({
      ...router,
      virtualRouterId: { VI_1: 52, VI_2: 51 }[router.name] ?? router.virtualRouterId,
      more: ["use_vmac"],
    }));
    await reload(b, swapped);
    await reload(a, swapped);
    const shown = () => network.ip(a.host.namespace, "-o", "address", "show");
    const has = (address: string, name: string) => new RegExp(`${name}.* ${address}/`, "u").test(shown());
    await waitFor("the addresses", () =>
      [
        ["10.10.10.114", "vrrp.52"],
        ["10.10.10.115", "vrrp.51"],
        ["10.10.10.116", "vrrp.53"],
      ].every(([address = "", name = ""]) => has(address, name)),
    );
    const back = now();
    await reload(a, threeRouters);
    const links = () => network.ip(a.host.namespace, "-o", "link", "show", "type", "macvlan");
    await waitFor("no virtual MAC", () => links() === "");
    await site.awaitAnswer("a", back + 1_000_000);
    const rules = network.ip(a.host.namespace, "-o", "link", "show");
    expect(rules).not.toContain("vrrp.");
  });
});
