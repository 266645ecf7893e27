/** What a stranger on the segment sends to a running daemon: refused adverts touch nothing, foreign ones are counted. */

import { describe, expect, test } from "vitest";
import { type ForeignAdvert, foreignAdvertFrame } from "../support/foreign-advert.ts";
import { openPair, type Pair } from "../support/pair.ts";
import type { RouterSettings } from "../support/pair-config.ts";
import { readJournal } from "../support/pair-journal.ts";
import { waitFor } from "../support/pair-wait.ts";

const nowhere = ["--nats", "nats://127.0.0.1:1"];
const version3: Partial<RouterSettings> = { version: 3, password: undefined, advertisementInterval: 0.2 };

const families = [
  { family: "IPv4", source: "10.10.10.99", addresses: ["10.10.10.114"], word: "TTL" },
  { family: "IPv6", source: "fe80::99", addresses: ["fe80::114", "fd00:10::114"], word: "hop limit" },
] as const;

/** Router a alone, while `frame` comes ten times a second. */
async function withStranger(
  addresses: readonly string[],
  play: (pair: Pair, stranger: { readonly say: (advert: Partial<ForeignAdvert>) => void }) => Promise<void>,
  advert: ForeignAdvert,
): Promise<void> {
  const settings = { ...version3, virtualAddresses: addresses };
  const pair = await openPair({
    kinds: ["understudy", "understudy"],
    settings: [settings, settings],
    routers: { subscribe: false },
  });
  let frame = foreignAdvertFrame(advert);
  const talking = setInterval(() => void pair.send(frame), 100);
  try {
    await play(pair, {
      say: (change) => {
        frame = foreignAdvertFrame({ ...advert, ...change });
      },
    });
  } finally {
    clearInterval(talking);
    await pair.close();
  }
}

async function status({ a }: Pair) {
  const report = await a.status();
  return { ...report, router: report?.routers[0] };
}

function rejections({ a }: Pair) {
  return readJournal(a.dataDirectory).filter(({ class: eventClass }) => eventClass === "rejection");
}

describe.concurrent.each(families)("$family", ({ source, addresses, word }) => {
  const stranger = { source, hops: 254, virtualRouterId: 51, priority: 250, interval: 20, addresses };

  test(`adverts of priority 250 with a ${word} of 254, backup and active / refused, counted and told; no timer and no state hears of them; with 255 one is obeyed (R3-5.1.1.3-02, R3-5.1.2.3-02, R3-7.1-01, R3-7.1-08, R3-7.1-11)`, async () => {
    await withStranger(
      addresses,
      async (pair, { say }) => {
        const { a } = pair;
        a.start(nowhere);
        await a.awaitLog(a.backupLine);
        // Each of them would put the Active_Down_Interval of 643.75 ms off, if it were believed.
        const first = await pair.awaitAdvert("a", 0);
        const tenth = await waitFor("ten adverts", () => pair.adverts(first.at, "a")[9]);
        expect((tenth.at - first.at) / 9).toBeLessThan(250_000);
        const { router } = await status(pair);
        expect(router).toMatchObject({
          state: "active",
          rejections: [{ name: "ttl", source, detail: "TTL is 254", received: 254, expected: 255 }],
        });
        expect(router?.statistics["ip-ttl-errors"]).toBeGreaterThan(15);
        expect(router?.statistics["advertisement-rcvd"]).toBeUndefined();
        expect(rejections(pair).map(({ body }) => body)).toEqual([
          expect.objectContaining({ name: "ttl", source, accepted: false }),
        ]);

        say({ hops: 255 });
        await waitFor("the backup", async () => (await status(pair)).router?.state === "backup");
        expect((await status(pair)).router?.activeAddress).toBe(source);
      },
      stranger,
    );
  });

  test("J-12: adverts for a VRID that nobody has here / a number in the status, no rejection, no event", async () => {
    await withStranger(
      addresses,
      async (pair) => {
        const { a } = pair;
        a.start(nowhere);
        await a.awaitLog(a.backupLine);
        await pair.awaitAdvert("a", 0);
        await waitFor("five of them", async () => ((await a.status())?.unknownAdverts ?? 0) >= 5);
        const { router } = await status(pair);
        expect(router).toMatchObject({ state: "active", rejections: [] });
        expect(router?.statistics["vrid-errors"]).toBeUndefined();
        expect(rejections(pair)).toEqual([]);
      },
      { ...stranger, hops: 255, virtualRouterId: 77 },
    );
  });
});
