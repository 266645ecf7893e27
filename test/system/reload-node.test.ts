/** What a reload does on its node: files that cannot be used, dry runs, other interfaces, virtual MACs. */

import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, describe, expect, test } from "vitest";
import { now } from "../support/pair.ts";
import { runUnderstudy } from "../support/pair-command.ts";
import { quiet, waitFor } from "../support/pair-wait.ts";
import { type RouterBlock, threeRouters, withChange, writeRouters } from "../support/reload-config.ts";
import {
  addSecondInterface,
  closeReload,
  configEvents,
  expectRegular,
  openReload,
  reload,
} from "../support/reload-site.ts";
import { inside } from "../support/virtual-mac-site.ts";

afterEach(closeReload);

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
    const { a } = site;
    addSecondInterface(site, a);
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

  test("an interface that is gone keeps nobody from a reload: its router is in fault, the others change", async () => {
    const site = await openReload("understudy", [
      ...threeRouters,
      { name: "VI_4", virtualRouterId: 54, addresses: ["10.20.0.9"], interface: "lan2" },
    ]);
    const { a } = site;
    site.network.ip(a.host.namespace, "link", "delete", "lan2");
    const find = async () => (await a.status())?.routers.find(({ name }) => name === "VI_4");
    await waitFor("VI_4 in fault", async () => (await find())?.state === "fault");
    const priority = { priority: 210 };
    const changed = withChange("VI_2", priority);
    const since = await reload(a, [
      ...changed,
      { name: "VI_4", virtualRouterId: 54, addresses: ["10.20.0.9"], interface: "lan2" },
    ]);
    await site.awaitAdvert("a", since, ({ advert }) => advert.priority === 210);
    expect((await find())?.state).toBe("fault");
    // What is new needs its interface.
    writeRouters(a, [
      ...changed,
      { name: "VI_5", virtualRouterId: 55, addresses: ["10.20.0.8"], interface: "lan3" },
    ]);
    const refused = await runUnderstudy(a.host, ["reload", "--data-dir", a.dataDirectory]);
    expect(refused.code).toBe(2);
    expect(refused.errors.join("\n")).toMatch(/interface lan3 for vrrp_instance VI_5 doesn't exist/u);
  });

  test("a file that VI_2 tracks from a reload on moves its priority, and no longer when a reload leaves it out (R6)", async () => {
    const site = await openReload("understudy");
    const { a } = site;
    const flag = join(site.directory, "load");
    writeFileSync(flag, "-100");
    const head = ["track_file load {", `file ${flag}`, "}"];
    const tracking = withChange("VI_2", { more: ["track_file {", "load weight 1", "}"] });
    const lowered = await reload(a, tracking, head);
    const taken = await site.awaitAdvert("b", lowered, ({ advert }) => advert.virtualRouterId === 52);
    expect(taken.advert.priority).toBe(150);
    await expectRegular(site, "a", 51, lowered);
    const left = await reload(a, threeRouters);
    await site.awaitAdvert(
      "a",
      left,
      ({ advert }) => advert.virtualRouterId === 52 && advert.priority === 200,
    );
    await expectRegular(site, "a", 51, left);
  });

  test("VI_1 gets no_accept and loses it again: the firewall has its address meanwhile, and is gone afterwards", async () => {
    const site = await openReload("understudy");
    const { a } = site;
    const rules = () => inside(a, "nft", "list", "ruleset");
    expect(rules()).toBe("");
    const since = await reload(
      a,
      withChange("VI_1", { more: ["no_accept"], addresses: ["10.10.10.114", "10.10.10.117"] }),
    );
    expect(rules()).toMatch(/unaccepted_ipv4[^}]*10\.10\.10\.114[^}]*10\.10\.10\.117/u);
    await reload(a, threeRouters);
    expect(rules()).toBe("");
    for (const virtualRouterId of [51, 52, 53]) await expectRegular(site, "a", virtualRouterId, since);
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
