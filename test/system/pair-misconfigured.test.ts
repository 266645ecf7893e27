/** Pairs that cannot agree: both are active, as the protocol has it, and each says why it refuses the other. */

import { afterEach, describe, expect, test } from "vitest";
import type { EventRecord } from "../../contracts/events/envelope.ts";
import { rejectionSchema } from "../../contracts/events/rejections.ts";
import { openPair, type Pair } from "../support/pair.ts";
import { runUnderstudy } from "../support/pair-command.ts";
import type { PairRouter } from "../support/pair-router.ts";
import { waitFor } from "../support/pair-wait.ts";

let pair: Pair | undefined;
afterEach(() => pair?.close());

/**
 * Starts both and waits until each serves and refuses the other. keepalived 2.2.7 stays active and answers, but sends
 * no advert after its first while it refuses others.
 */
async function startStrangers({ a, b, adverts, awaitAnswer }: Pair): Promise<void> {
  a.start();
  b.start();
  for (const { name, kind } of [a, b]) {
    const enough = kind === "understudy" ? 5 : 1;
    await waitFor(`adverts of ${name}`, () => adverts(0, name).length >= enough, { seconds: 20 });
    await awaitAnswer(name, 0);
  }
}

function rejections(events: readonly EventRecord[]) {
  return events.flatMap(({ class: eventClass, body }) =>
    eventClass === "rejection" ? [rejectionSchema.parse(body)] : [],
  );
}

interface Refusal {
  readonly name: string;
  readonly source: string;
  readonly detail: string;
  /** keepalived's words. */
  readonly phrase: string;
  /** Adverts that were refused by then, at least. */
  readonly refused: number;
}

async function expectRefusal(
  router: PairRouter,
  { name, source, detail, phrase, refused }: Refusal,
): Promise<void> {
  const lines = router.log.filter((line) => line.includes(phrase));
  if (router.kind === "keepalived") {
    expect(lines.length).toBeGreaterThan(1);
    return;
  }
  await waitFor("the rejection by NATS", () => rejections(router.events).length > 0);
  expect(rejections(router.events)).toEqual([expect.objectContaining({ name, source, detail, count: 1 })]);
  expect(lines).toHaveLength(1);
  expect(lines[0]).toContain(`${phrase} refused advert from ${source}: ${detail}`);
  expect(router.log.length).toBeLessThan(15);

  const words = ["status", "--json", "--data-dir", router.dataDirectory];
  const { code, output } = await runUnderstudy(router.host, words);
  const report = JSON.parse(output.join("\n")) as {
    problems: string[];
    routers: { rejections: { count: number }[] }[];
  };
  const count = report.routers[0]?.rejections[0]?.count ?? 0;
  expect(code).toBe(1);
  expect(count).toBeGreaterThanOrEqual(refused);
  expect(report.problems).toEqual([
    `VI_1 is active and refuses ${source} (${count} ${count === 1 ? "advert" : "adverts"}): ${detail}`,
  ]);
}

describe.each(["understudy", "keepalived"] as const)("the peer is %s", (peer) => {
  const refused = peer === "understudy" ? 4 : 1;

  test("S22 the passwords differ: two active routers, and each says that the password differs", async () => {
    pair = await openPair({
      kinds: ["understudy", peer],
      settings: [{ password: "1111" }, { password: "2222" }],
    });
    await startStrangers(pair);
    const refusal = {
      name: "authentication",
      detail: "the password differs",
      refused,
      phrase: "(VI_1) received an invalid passwd!",
    };
    await expectRefusal(pair.a, { ...refusal, source: "10.10.10.12" });
    await expectRefusal(pair.b, { ...refusal, source: "10.10.10.11" });
    expect([...pair.a.log, ...pair.b.log].filter((line) => line.includes("2222"))).toEqual([]);
  });

  test("S21 the intervals differ: two active routers, and each names both intervals", async () => {
    pair = await openPair({
      kinds: ["understudy", peer],
      settings: [{ advertisementInterval: 1 }, { advertisementInterval: 2 }],
    });
    await startStrangers(pair);
    await expectRefusal(pair.a, {
      name: "interval",
      source: "10.10.10.12",
      detail: "advertises every 2 s, here it is 1 s",
      refused,
      phrase: "(VI_1) advertisement interval mismatch mine=1 sec rcv'd=2 sec",
    });
    await expectRefusal(pair.b, {
      name: "interval",
      source: "10.10.10.11",
      detail: "advertises every 1 s, here it is 2 s",
      refused,
      phrase: "(VI_1) advertisement interval mismatch mine=2 sec rcv'd=1 sec",
    });
  });

  test("one of them has no authentication: two active routers, and each names both types", async () => {
    pair = await openPair({ kinds: ["understudy", peer], settings: [{ password: undefined }, {}] });
    await startStrangers(pair);
    await expectRefusal(pair.a, {
      name: "authenticationTypeMismatch",
      source: "10.10.10.12",
      detail: "authentication type 1, here it is 0",
      refused,
      phrase: "(VI_1) received a 1 auth, expecting 0!",
    });
    await expectRefusal(pair.b, {
      name: "authenticationTypeMismatch",
      source: "10.10.10.11",
      detail: "authentication type 0, here it is 1",
      refused,
      phrase: "(VI_1) received a 0 auth, expecting 1!",
    });
  });
});
