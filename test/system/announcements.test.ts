/** When the addresses are announced, beside keepalived with the same file: refreshes, lower priorities, gaps. */

import { afterEach, expect, test } from "vitest";
import { foreignAdvertFrame } from "../support/foreign-advert.ts";
import { now, openPair, type Pair } from "../support/pair.ts";
import type { RouterSettings } from "../support/pair-config.ts";
import type { SeenClaim } from "../support/pair-frames.ts";
import type { PairRouter } from "../support/pair-router.ts";
import { waitFor } from "../support/pair-wait.ts";

let pair: Pair | undefined;
afterEach(() => pair?.close());

/** A pair of ours and keepalived with one file; the test lets one after the other run. */
async function openSame(settings: Partial<RouterSettings>): Promise<Pair & { both: readonly PairRouter[] }> {
  const same = { version: 3, password: undefined, advertisementInterval: 0.2, ...settings } as const;
  const opened = await openPair({ kinds: ["understudy", "keepalived"], settings: [same, same] });
  pair = opened;
  return { ...opened, both: [opened.a, opened.b] };
}

/** Starts the router alone; the moment of its first advert. */
async function serve({ awaitAdvert }: Pair, router: PairRouter): Promise<number> {
  const started = now();
  router.start();
  return (await awaitAdvert(router.name, started)).at;
}

/** "2 after 3 s": frames that left together. In half seconds, since keepalived looks only when it sends an advert. */
function bursts(frames: readonly SeenClaim[], since: number): string[] {
  const counts = new Map<number, number>();
  for (const { at } of frames) {
    const half = Math.round((at - since) / 500_000) / 2;
    counts.set(half, (counts.get(half) ?? 0) + 1);
  }
  return [...counts].map(([half, count]) => `${count} after ${half} s`);
}

test("the same file refreshes at the same times and as often (M2)", async () => {
  const site = await openSame({
    more: [
      ...["garp_master_repeat 3", "garp_master_delay 1"],
      ...["garp_master_refresh 2", "garp_master_refresh_repeat 2"],
    ],
  });
  for (const router of site.both) {
    const since = await serve(site, router);
    const frames = () => site.announcements(since, router.name);
    await waitFor(`ten announcements of ${router.kind}`, () => frames().length >= 10);
    expect(bursts(frames(), since), router.kind).toEqual([
      ...["3 after 0 s", "3 after 1 s", "2 after 2 s", "2 after 4 s"],
    ]);
    await router.stop();
  }
});

test.each([
  ["with an answer", [], 1],
  ["without one", ["lower_prio_no_advert"], 0],
] as const)(
  "the same file announces after a lower priority at the same times and as often, %s (M5)",
  async (_what, words, answers) => {
    const site = await openSame({
      more: [
        ...["garp_master_repeat 1", "garp_master_delay 0", ...words],
        ...["garp_lower_prio_repeat 2", "garp_lower_prio_delay 1"],
      ],
      advertisementInterval: 5,
    });
    const addresses = ["10.10.10.114"];
    const lower = {
      source: "10.10.10.9",
      hops: 255,
      virtualRouterId: 51,
      priority: 10,
      interval: 500,
      addresses,
    };
    for (const router of site.both) {
      // A resignation, so that it need not be waited for.
      router.start();
      await router.awaitLog(/Entering BACKUP STATE/u);
      const takeover = now();
      await site.send(foreignAdvertFrame({ ...lower, priority: 0 }));
      const first = await site.awaitAdvert(router.name, takeover);
      await waitFor("the first announcement", () => site.announcements(first.at, router.name).length === 1);
      const since = now();
      await site.send(foreignAdvertFrame(lower));
      const frames = () => site.announcements(since, router.name);
      await waitFor(`four announcements of ${router.kind}`, () => frames().length >= 4);
      expect(bursts(frames(), since), router.kind).toEqual(["2 after 0 s", "2 after 1 s"]);
      expect(site.adverts(since, router.name), router.kind).toHaveLength(answers);
      await router.stop();
    }
  },
);

test("gaps hold for all frames of an interface; keepalived leaves most of them out, we send them all in turn", async () => {
  const addresses = ["10.10.10.113", "10.10.10.114"];
  const site = await openSame({
    before: ["global_defs {", "vrrp_garp_interval 0.3", "}"],
    virtualAddresses: addresses,
    more: ["garp_master_repeat 3", "garp_master_delay 0"],
  });
  for (const [router, expected] of [
    [site.a, ["113", "114", "113", "114", "113", "114"]],
    [site.b, ["113", "113", "114"]],
  ] as const) {
    const since = await serve(site, router);
    const frames = () =>
      addresses
        .flatMap((each) => site.announcements(since, router.name, each))
        .sort((one, other) => one.at - other.at);
    await waitFor(`the announcements of ${router.kind}`, () => frames().length >= expected.length);
    expect(frames().map(({ address }) => address.split(".").at(-1))).toEqual(expected);
    const gaps = frames().map(({ at }, index) => at - (frames()[index - 1]?.at ?? 0));
    // A frame is stamped when it arrives, which may take a little longer for the one and less for the next.
    for (const gap of gaps) expect(gap).toBeGreaterThan(295_000);
    await router.stop();
  }
});
