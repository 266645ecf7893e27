/** Unicast pairs: adverts leave from any address of the interface with the TTL that is asked for, and bounds are kept. */

import { afterEach, describe, expect, test } from "vitest";
import { rejectionSchema } from "../../contracts/events/rejections.ts";
import { now, openPair, type Pair } from "../support/pair.ts";
import type { RouterSettings } from "../support/pair-config.ts";
import { quick } from "../support/pair-quick.ts";
import type { PairRouter } from "../support/pair-router.ts";
import {
  activeDownInterval,
  allowance,
  awaitPhase,
  awaitTransitions,
  expectBetween,
  expectOnlyOwner,
  startPair,
} from "../support/pair-steps.ts";
import { waitFor } from "../support/pair-wait.ts";

let pair: Pair | undefined;
afterEach(() => pair?.close());

/** Each side sends from the second address of its interface. */
const second = { a: "10.10.10.21", b: "10.10.10.22" } as const;

function unicast(own: string, peer: string, ttl: number): Pick<RouterSettings, "more"> {
  return { more: [`unicast_src_ip ${own}`, `unicast_ttl ${ttl}`, "unicast_peer {", `    ${peer}`, "}"] };
}

function addAddress({ network }: Pair, { host }: PairRouter, address: string): void {
  const flags = address.includes(":") ? ["nodad"] : [];
  network.ip(host.namespace, "address", "add", address, "dev", host.interface, ...flags);
}

function rejections({ events }: PairRouter) {
  return events.flatMap(({ class: eventClass, body }) =>
    eventClass === "rejection" ? [rejectionSchema.parse(body)] : [],
  );
}

describe.each([
  ["understudy", "keepalived", "PASS"],
  ["keepalived", "understudy", "PASS"],
  ["understudy", "keepalived", "AH"],
  ["keepalived", "understudy", "AH"],
] as const)("%s with priority 200, %s with 150, %s", (kindA, kindB, authenticationType) => {
  test("RA-5.3.6.3-01 the secondary address sends with its TTL, the peer believes it and takes over when it is killed", async () => {
    pair = await openPair({
      kinds: [kindA, kindB],
      settings: [
        { authenticationType, ...unicast(second.a, `${second.b} min_ttl 77 max_ttl 77`, 64) },
        { authenticationType, ...unicast(second.b, `${second.a} min_ttl 64 max_ttl 64`, 77) },
      ],
    });
    const { a, b } = pair;
    addAddress(pair, a, `${second.a}/24`);
    addAddress(pair, b, `${second.b}/24`);
    const first = await startPair(pair);
    expect(first).toMatchObject({
      destinationHardware: pair.hardwareAddress(b),
      typeOfService: 0xc0,
      timeToLive: 64,
      fragmentation: 0,
      ipChecksumHolds: true,
      source: second.a,
      destination: second.b,
    });
    const last = await awaitPhase(pair, "a", 400);
    expect(pair.adverts(0, "b")).toEqual([]);
    const killed = now();
    await a.kill();
    const taken = await pair.awaitAdvert("b", killed);
    expectBetween(taken.at - last.at, activeDownInterval.b, activeDownInterval.b + allowance);
    expect(taken).toMatchObject({ source: second.b, destination: second.a, timeToLive: 77 });
    const returned = now();
    a.start();
    await pair.awaitAdvert("a", returned);
    await expectOnlyOwner(pair, a, b);
    await awaitTransitions(b, "backup>active noResponse", "active>backup higherPriority");
    for (const router of [a, b]) expect(rejections(router)).toEqual([]);
  });
});

test("a peer farther away than its bounds allow is refused by its TTL, and a stranger by its address", async () => {
  pair = await openPair({
    kinds: ["understudy", "keepalived"],
    settings: [
      unicast("10.10.10.11", "10.10.10.12 min_ttl 254", 64),
      unicast("10.10.10.12", "10.10.10.11", 253),
    ],
  });
  const { a, b } = pair;
  a.start();
  b.start();
  await waitFor("the rejection by NATS", () => rejections(a).length > 0, { seconds: 20 });
  expect(rejections(a)[0]).toMatchObject({
    name: "ttl",
    source: "10.10.10.12",
    detail: "TTL is 253, of this peer it is to be 254 to 255",
  });
});

test("a source address that is missing is a fault that names it, and one that comes ends the fault", async () => {
  pair = await openPair({
    kinds: ["understudy", "keepalived"],
    settings: [unicast(second.a, "10.10.10.12", 255), unicast("10.10.10.12", second.a, 255)],
  });
  const { a } = pair;
  a.start();
  await a.awaitLog(/source address 10\.10\.10\.21 is not on interface enp3s0f0/u);
  addAddress(pair, a, `${second.a}/24`);
  const advert = await pair.awaitAdvert("a", 0);
  expect(advert).toMatchObject({ source: second.a, destination: "10.10.10.12" });
  await awaitTransitions(a, "fault>backup faultCleared", "backup>active noResponse");
  pair.network.ip(a.host.namespace, "address", "del", `${second.a}/24`, "dev", a.host.interface);
  await awaitTransitions(a, "active>fault faultRaised");
});

describe.each([
  ["understudy", "keepalived"],
  ["keepalived", "understudy"],
] as const)("IPv6: %s with priority 200, %s with 150", (kindA, kindB) => {
  const common = { ...quick, virtualAddresses: ["fd00::51"] };

  test("R3-5.1.2.3-02 global addresses carry the adverts with their hop limits, and the peer takes over when it is killed", async () => {
    pair = await openPair({
      kinds: [kindA, kindB],
      settings: [
        { ...common, ...unicast("fd00::21", "fd00::22 min_ttl 77 max_ttl 77", 64) },
        { ...common, ...unicast("fd00::22", "fd00::21 min_ttl 64 max_ttl 64", 77) },
      ],
    });
    const { a, b, adverts } = pair;
    addAddress(pair, a, "fd00::21/64");
    addAddress(pair, b, "fd00::22/64");
    a.start();
    await a.awaitLog(/Entering MASTER STATE/u);
    b.start();
    await b.awaitLog(/Entering BACKUP STATE/u);
    // That is longer than the 683 ms after which b would be active if it refused them.
    const waiting = now();
    await waitFor("six adverts", () => adverts(waiting, "a").length >= 6);
    expect(b.log.filter((line) => line.includes("MASTER"))).toEqual([]);
    await a.kill();
    await b.awaitLog(/Entering MASTER STATE/u);
    const from = b.log.length;
    a.start();
    await b.awaitLog(/Entering BACKUP STATE/u, from);
    for (const router of [a, b]) expect(rejections(router)).toEqual([]);
  });
});
