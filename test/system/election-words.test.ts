/** Keywords about elections, beside keepalived with the same file: other groups, delays, and what is no fault. */

import { afterEach, describe, expect, test } from "vitest";
import { now, openPair, type Pair } from "../support/pair.ts";
import { bothOrders, quick, startBoth, stopAndTakeOver } from "../support/pair-quick.ts";
import { allowance, expectBetween, expectOnlyOwner } from "../support/pair-steps.ts";
import { quiet, waitFor } from "../support/pair-wait.ts";

let pair: Pair | undefined;
afterEach(() => pair?.close());

describe.each(bothOrders)("%s with priority 200, %s with 150", (...kinds) => {
  test("another group, of the instance here and of the file there, carries the adverts both ways", async () => {
    pair = await openPair({
      kinds,
      settings: [
        { ...quick, more: ["mcast_dst_ip 224.0.0.77", "higher_prio_send_advert"] },
        { ...quick, before: ["global_defs {", "vrrp_mcast_group4 224.0.0.77", "}"] },
      ],
    });
    const { a, b } = pair;
    await startBoth(pair);
    await expectOnlyOwner(pair, a, b);
    await stopAndTakeOver(pair);
    const back = now();
    a.start();
    await pair.awaitAdvert("a", back);
    await expectOnlyOwner(pair, a, b);
    const groups = new Set(
      [...pair.adverts(0, "a"), ...pair.adverts(0, "b")].map(({ destination }) => destination),
    );
    expect([...groups]).toEqual(["224.0.0.77"]);
  });

  test("another group over IPv6 carries the adverts both ways", async () => {
    const virtualAddresses = ["fe80::114/64", "fd00:10::114/64"];
    pair = await openPair({
      kinds,
      settings: [
        { ...quick, virtualAddresses, before: ["global_defs {", "vrrp_mcast_group6 ff02::77", "}"] },
        { ...quick, virtualAddresses, more: ["mcast_dst_ip ff02::77"] },
      ],
    });
    const { a, b } = pair;
    await startBoth(pair);
    await expectOnlyOwner(pair, a, b);
    await stopAndTakeOver(pair);
    const groups = new Set(
      [...pair.adverts(0, "a"), ...pair.adverts(0, "b")].map(({ destination }) => destination),
    );
    expect([...groups]).toEqual(["ff02::77"]);
  });

  test("nine missed adverts: the peer of a killed one waits for nine intervals and the skew", async () => {
    const more = ["down_timer_adverts 9"];
    pair = await openPair({
      kinds,
      settings: [
        { ...quick, more },
        { ...quick, more },
      ],
    });
    const { a } = pair;
    await startBoth(pair);
    const killed = now();
    await a.kill();
    const first = await pair.awaitAdvert("b", killed);
    const last = pair.adverts(0, "a").at(-1)?.at ?? Number.NaN;
    // 9 * 200 ms and (256 - 150) / 256 of 200 ms.
    expectBetween(first.at - last, 1_882_813, 1_882_813 + allowance);
  });
});

test.each(["understudy", "keepalived"] as const)(
  "%s waits for vrrp_startup_delay, and then for its Active_Down_Interval (S6)",
  async (kind) => {
    pair = await openPair({ kinds: [kind, kind], settings: [quick, quick] });
    const { a } = pair;
    a.configure({ before: ["global_defs {", "vrrp_startup_delay 2", "}"] });
    const started = now();
    a.start();
    await a.awaitLog(/Delaying startup for 2 seconds/u);
    const first = await pair.awaitAdvert("a", started);
    // 2 s, three intervals of 200 ms and (256 - 200) / 256 of one.
    expectBetween(first.at - started, 2_643_750, 2_643_750 + 1_500_000);
  },
);

test("dynamic_interfaces: a router whose interface is not there waits in fault, and serves once it is (N5)", async () => {
  pair = await openPair({ kinds: ["understudy", "understudy"], settings: [quick, quick] });
  const { a } = pair;
  a.configure({ before: ["global_defs {", "dynamic_interfaces", "}"] });
  pair.deleteInterface(a);
  a.start();
  await a.awaitTransition("initialize>fault faultRaised");
  expect((await a.status())?.problems).toEqual([expect.stringMatching(/enp3s0f0 does not exist/u)]);
  await pair.createInterface(a);
  const { namespace, interface: name } = a.host;
  const addressed = now();
  pair.network.ip(namespace, "address", "add", "10.10.10.11/24", "dev", name);
  await pair.awaitAdvert("a", addressed);
  // Under another name it is another interface, and under its own it is the router's again.
  pair.network.ip(namespace, "link", "set", name, "down");
  pair.network.ip(namespace, "link", "set", name, "name", "other0");
  await a.awaitTransition("active>fault faultRaised");
  await waitFor("the interface to be missed", async () =>
    ((await pair?.a.status())?.problems ?? []).some((each) => each.includes("does not exist")),
  );
  pair.network.ip(namespace, "link", "set", "other0", "name", name);
  pair.network.ip(namespace, "link", "set", name, "up");
  const back = now();
  await pair.awaitAdvert("a", back);
});

test.each(["understudy", "keepalived"] as const)(
  "%s with dont_track_primary stays active without its link, and sends again when it is back (F7)",
  async (kind) => {
    pair = await openPair({
      kinds: [kind, kind],
      settings: [{ ...quick, more: ["dont_track_primary"] }, quick],
    });
    const { a } = pair;
    const started = now();
    a.start();
    await pair.awaitAdvert("a", started);
    const { namespace, interface: name } = a.host;
    pair.network.ip(namespace, "link", "set", name, "down");
    // Longer than any peer would wait.
    await quiet(1000);
    pair.network.ip(namespace, "link", "set", name, "up");
    const back = now();
    await pair.awaitAdvert("a", back);
    expect(a.log.join("\n")).not.toMatch(/FAULT/u);
  },
);
