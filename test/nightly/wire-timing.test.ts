/** Advert intervals on the wire that take long to see: 10,000 of the shortest, and the longest twice. */

import { expect, test } from "vitest";
import { intervalField, meansOfRuns } from "../support/advert-pace.ts";
import { now, openPair } from "../support/pair.ts";
import { waitFor } from "../support/pair-wait.ts";

const nowhere = ["--nats", "nats://127.0.0.1:1"];
const version3 = { version: 3, password: undefined } as const;

test("10,000 adverts every 10 ms: their mean interval is 10 ms (R3-5.2.7-01, R3-6.4.3-10)", async () => {
  const settings = { ...version3, priority: 255, advertisementInterval: 0.01 };
  const pair = await openPair({
    kinds: ["understudy", "understudy"],
    settings: [settings, settings],
    routers: { subscribe: false },
  });
  try {
    const { a } = pair;
    a.start(nowhere);
    await a.awaitLog(/events wait in the journal/u);
    const since = now();
    await waitFor("the adverts", () => pair.adverts(since, "a").length >= 10_001, { seconds: 200 });
    const adverts = pair.adverts(since, "a").slice(0, 10_001);
    const means = meansOfRuns(adverts);
    expect(means).toHaveLength(200);
    expect(means[50]).toBeGreaterThan(9_900);
    expect(means[50]).toBeLessThan(10_050);
    const mean = ((adverts.at(-1)?.at ?? 0) - (adverts[0]?.at ?? 0)) / 10_000;
    expect(mean).toBeGreaterThan(9_990);
    expect(mean).toBeLessThan(10_200);
  } finally {
    await pair.close();
  }
});

test.each([
  ["understudy", "keepalived"],
  ["keepalived", "understudy"],
] as const)(
  "40.95 s between the adverts of %s: the second comes then, and after the resignation %s waits its Skew_Time of 16.956 s (R3-5.2.7-01, R3-6.1-01)",
  async (...kinds) => {
    const settings = { ...version3, advertisementInterval: 40.95 };
    const pair = await openPair({
      kinds,
      settings: [
        { ...settings, priority: 255, more: kinds[0] === "keepalived" ? ["state MASTER"] : [] },
        settings,
      ],
      routers: { subscribe: false },
    });
    try {
      const { a, b } = pair;
      b.start(nowhere);
      await b.awaitLog(b.backupLine);
      a.start(nowhere);
      const first = await pair.awaitAdvert("a", 0);
      const second = await waitFor("the second advert", () => pair.adverts(0, "a")[1], { seconds: 60 });
      expect([first, second].map(intervalField)).toEqual(["0fff", "0fff"]);
      expect(second.at - first.at).toBeGreaterThan(40_900_000);
      expect(second.at - first.at).toBeLessThan(41_250_000);

      await a.stop();
      const resignation = await pair.awaitAdvert("a", second.at, ({ advert }) => advert.priority === 0);
      const taken = await waitFor("the takeover", () => pair.adverts(0, "b")[0], { seconds: 60 });
      expect(taken.at - resignation.at).toBeGreaterThan(16_900_000);
      expect(taken.at - resignation.at).toBeLessThan(17_256_000);
    } finally {
      await pair.close();
    }
  },
);
