/** Pairs with auth_type AH: each side believes the other through takeovers, and nobody without the password. */

import { afterEach, describe, expect, test } from "vitest";
import { rejectionSchema } from "../../contracts/events/rejections.ts";
import { now, openPair, type Pair } from "../support/pair.ts";
import type { SeenAdvert } from "../support/pair-frames.ts";
import type { RouterKind } from "../support/pair-program.ts";
import type { PairRouter } from "../support/pair-router.ts";
import {
  activeDownInterval,
  allowance,
  awaitPhase,
  awaitTransitions,
  expectBetween,
  expectOnlyOwner,
  expectSoundAdvert,
  startPair,
} from "../support/pair-steps.ts";
import { waitFor } from "../support/pair-wait.ts";

let pair: Pair | undefined;
afterEach(() => pair?.close());

const header = { authenticationType: "AH" } as const;
/** Version 2, VRID 51, one address, type 2 with data of zeros, advert_int 1. */
const message = "2133c8010201004e0a0a0a720000000000000000";

/** Numbers that never repeat, whoever sends: else the other side would take them for replays. */
function expectRising(adverts: readonly SeenAdvert[]): void {
  const numbers = adverts.map(({ sequenceNumber = 0 }) => sequenceNumber);
  expect(numbers.length).toBeGreaterThan(0);
  expect(numbers).toEqual([...new Set(numbers)].sort((left, right) => left - right));
}

function refusals({ events }: PairRouter) {
  return events.flatMap(({ class: eventClass, body }) =>
    eventClass === "rejection" ? [rejectionSchema.parse(body)] : [],
  );
}

describe.each([
  ["understudy", "keepalived"],
  ["keepalived", "understudy"],
  ["understudy", "understudy"],
] as const)("%s with priority 200, %s with 150", (kindA, kindB) => {
  const kinds: readonly [RouterKind, RouterKind] = [kindA, kindB];

  test("RA-5.3.6.3-01 the backup believes the active, takes over when it is killed, and gives way to its return", async () => {
    pair = await openPair({ kinds, settings: [header, header] });
    const { a, b } = pair;
    const first = await startPair(pair);
    expectSoundAdvert(pair, first, a);
    expect(first.message).toBe(message);
    expect(first.identification).toBe(1);
    // keepalived starts at 1, and we where the clock is.
    if (kindA === "keepalived") expect(first.sequenceNumber).toBe(1);
    else expect(first.sequenceNumber).toBeGreaterThan(200_000_000);
    const last = await awaitPhase(pair, "a", 400);
    expect(pair.adverts(0, "b")).toEqual([]);
    const killed = now();
    await a.kill();
    const taken = await pair.awaitAdvert("b", killed);
    expectBetween(taken.at - last.at, activeDownInterval.b, activeDownInterval.b + allowance);
    expect(taken.sequenceNumber).toBeGreaterThan(last.sequenceNumber ?? 0);
    await waitFor(
      "the end of the lease",
      () => pair?.hasVirtualAddress(a) === false || kindA === "keepalived",
    );

    const restarted = now();
    a.start();
    const back = await pair.awaitAdvert("a", restarted);
    expect(back.at - restarted).toBeGreaterThan(activeDownInterval.a);
    await expectOnlyOwner(pair, a, b);
    await awaitTransitions(b, "backup>active noResponse", "active>backup higherPriority");
    expectRising(pair.adverts(0));
    for (const router of [a, b]) expect(refusals(router)).toEqual([]);
  });
});

describe.each(["understudy", "keepalived"] as const)("the peer is %s", (peer) => {
  test("RA-7.1-01 an owner that was killed is believed again as soon as it is back", async () => {
    pair = await openPair({ kinds: ["understudy", peer], settings: [{ ...header, priority: 255 }, header] });
    const { a, b } = pair;
    a.start();
    await pair.awaitAdvert("a", 0);
    b.start();
    await b.awaitLog(/Entering BACKUP STATE/u);
    await awaitPhase(pair, "a", 400);
    const killed = now();
    await a.kill();
    await pair.awaitAdvert("b", killed);
    await pair.awaitAnswer("b", killed);
    const restarted = now();
    a.start();
    await pair.awaitAdvert("a", restarted);
    await expectOnlyOwner(pair, a, b);
    await awaitTransitions(b, "active>backup higherPriority");
    expectRising(pair.adverts(0));
    for (const router of [a, b]) expect(refusals(router)).toEqual([]);
    expect(b.log.filter((line) => line.includes("IPSEC-AH"))).toEqual([]);
  });

  test("with another password: both serve, and each says that the digest is wrong", async () => {
    pair = await openPair({
      kinds: ["understudy", peer],
      settings: [header, { ...header, password: "2222" }],
    });
    const { a, b, adverts } = pair;
    a.start();
    b.start();
    for (const { name } of [a, b]) {
      await waitFor(`an advert of ${name}`, () => adverts(0, name).length > 0, { seconds: 20 });
      await pair.awaitAnswer(name, 0);
    }
    for (const [router, source] of [
      [a, "10.10.10.12"],
      [b, "10.10.10.11"],
    ] as const) {
      await router.awaitLog(/\(VI_1\) IPSEC-AH : invalid IPSEC HMAC-MD5 value\./u);
      if (router.kind === "keepalived") continue;
      await waitFor("the rejection by NATS", () => refusals(router).length > 0);
      expect(refusals(router)).toEqual([
        expect.objectContaining({
          name: "authentication",
          source,
          detail: "the digest is wrong: the password differs, or the packet was changed on the way",
          accepted: false,
        }),
      ]);
    }
    expect([...a.log, ...b.log].filter((line) => line.includes("2222"))).toEqual([]);
  });

  test("with PASS: each serves, and the router with AH names both types", async () => {
    pair = await openPair({ kinds: ["understudy", peer], settings: [header, {}] });
    const { a, b } = pair;
    a.start();
    b.start();
    await waitFor("the rejection by NATS", () => refusals(a).length > 0, { seconds: 20 });
    expect(refusals(a)[0]).toMatchObject({
      name: "authenticationTypeMismatch",
      source: "10.10.10.12",
      detail: "authentication type 1, here it is 2",
    });
    for (const { name } of [a, b]) await pair.awaitAnswer(name, 0);
  });
});

test("two routers of one interface, one with AH and one with PASS, both serve", async () => {
  const other = [
    "}",
    "vrrp_instance VI_2 {",
    "    state BACKUP",
    "    interface enp3s0f0",
    "    virtual_router_id 52",
    "    priority 255",
    "    authentication {",
    "        auth_type PASS",
    "        auth_pass 3333",
    "    }",
    "    virtual_ipaddress {",
    "        10.10.10.115",
    "    }",
  ];
  pair = await openPair({
    kinds: ["understudy", "keepalived"],
    settings: [{ ...header, more: other }, header],
  });
  const { a, b, addresses } = pair;
  await startPair(pair);
  await waitFor("both addresses", () =>
    ["10.10.10.114", "10.10.10.115"].every((address) => addresses(a).includes(address)),
  );
  const isSecond = ({ advert }: SeenAdvert) => advert.virtualRouterId === 52;
  const plain = await pair.awaitAdvert("a", 0, isSecond);
  expect(plain).toMatchObject({ sequenceNumber: undefined, advert: { authenticationType: 1 } });
  expect(pair.adverts(0, "b")).toEqual([]);
  expect(b.log.filter((line) => line.includes("IPSEC-AH"))).toEqual([]);
});
