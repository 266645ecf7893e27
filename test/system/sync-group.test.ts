/** A sync group beside keepalived with the same file: one member's fault takes all, and only all of them take over. */

import { afterEach, expect, test } from "vitest";
import { now, openPair, type Pair } from "../support/pair.ts";
import type { RouterKind } from "../support/pair-program.ts";
import { quick } from "../support/pair-quick.ts";
import { waitFor } from "../support/pair-wait.ts";
import { inside } from "../support/virtual-mac-site.ts";

let pair: Pair | undefined;
afterEach(() => pair?.close());

/** VI_1 is the pair's own instance; VI_2 shares its fate and depends on another interface of its node. */
function secondInstance(priority: number): string[] {
  return [
    ...["vrrp_sync_group VG {", "group {", "VI_1", "VI_2", "}", "}"],
    ...["vrrp_instance VI_2 {", "state BACKUP", "interface enp3s0f0", "virtual_router_id 52", "version 3"],
    ...[`priority ${priority}`, "advert_int 0.2", "track_interface {", "side0", "}"],
    ...["virtual_ipaddress {", "10.10.10.115", "}", "}"],
  ];
}

test.each<[RouterKind, RouterKind]>([
  ["understudy", "understudy"],
  ["understudy", "keepalived"],
  ["keepalived", "understudy"],
])(
  "%s with 200 and %s with 150: a link of one member lost moves both addresses, found again it brings both back (G1, G2, G3)",
  async (...kinds) => {
    const opened = await openPair({
      kinds,
      settings: [
        { ...quick, before: secondInstance(200) },
        { ...quick, before: secondInstance(150) },
      ],
    });
    pair = opened;
    const { a, b } = opened;
    for (const router of [a, b]) {
      inside(router, "ip", "link", "add", "side0", "type", "veth", "peer", "name", "side1");
      for (const name of ["side0", "side1"]) inside(router, "ip", "link", "set", name, "up");
    }
    const advertsOf = (port: string, id: number, since: number) =>
      opened.adverts(since, port).filter(({ advert }) => advert.virtualRouterId === id);
    const serves = async (router: typeof a, other: typeof a) => {
      const both = (host: typeof a) =>
        ["10.10.10.114", "10.10.10.115"].map((each) => inside(host, "ip", "address").includes(`${each}/`));
      await waitFor(`both addresses on ${router.name}`, () => both(router).every(Boolean));
      await waitFor(`neither on ${other.name}`, () => !both(other).some(Boolean));
      const settled = now();
      for (const id of [51, 52])
        await waitFor(`an advert of VRID ${id}`, () => advertsOf(router.name, id, settled).length > 0);
    };
    a.start();
    await a.awaitLog(/VI_2\) Entering BACKUP STATE/u);
    b.start();
    await serves(a, b);

    const lost = now();
    inside(a, "ip", "link", "set", "side1", "down");
    await serves(b, a);
    for (const id of [51, 52]) {
      const resignations = advertsOf("a", id, lost).filter(({ advert }) => advert.priority === 0);
      expect(resignations.length).toBeGreaterThan(0);
    }
    inside(a, "ip", "link", "set", "side1", "up");
    await serves(a, b);
    if (a.kind === "understudy") {
      const problems = (await a.status())?.problems;
      expect(problems).toEqual([]);
      const group = a.events
        .filter(({ router }) => router === "VG")
        .map(({ body }) => (body as { to: string }).to);
      expect(group).toEqual(["backup", "active", "fault", "backup", "active"]);
      expect(a.log.join("\n")).toMatch(/VRRP_Group\(VG\) Syncing instances to MASTER state/u);
    }
  },
);
