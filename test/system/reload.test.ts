/** A reload of the active router beside keepalived and beside ours: what is another is taken up, and nobody else hears of it. */

import { afterEach, describe, expect, test } from "vitest";
import { now } from "../support/pair.ts";
import { quiet, waitFor } from "../support/pair-wait.ts";
import { threeRouters, withChange } from "../support/reload-config.ts";
import {
  announced,
  closeReload,
  configEvents,
  expectRegular,
  openReload,
  reload,
  transitionsOf,
} from "../support/reload-site.ts";

afterEach(closeReload);

const moving: Readonly<Record<string, readonly string[]>> = {
  VI_1: ["10.10.10.121"],
  VI_2: ["10.10.10.122"],
};

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
