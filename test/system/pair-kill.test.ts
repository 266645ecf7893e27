/** SIGKILL of our active daemon: the peer takes over in time, the kernel ends the lease, the next start cleans up. */

import { afterEach, describe, expect, test } from "vitest";
import { now, openPair, type Pair } from "../support/pair.ts";
import { arrivedAndRecorded, readJournal } from "../support/pair-journal.ts";
import { transitionText } from "../support/pair-router.ts";
import {
  activeDownInterval,
  allowance,
  awaitPhase,
  awaitTransitions,
  expectBetween,
  expectOnlyOwner,
  leaseEnd,
  second,
  startPair,
} from "../support/pair-steps.ts";
import { waitFor } from "../support/pair-wait.ts";

let pair: Pair | undefined;
afterEach(() => pair?.close());

describe.each(["understudy", "keepalived"] as const)("the peer is %s", (peer) => {
  test("S03 SIGKILL of the active: takeover after one Active_Down_Interval, the dead router's address ends with its lease, the return preempts", async () => {
    pair = await openPair({ kinds: ["understudy", peer] });
    const { a, b } = pair;
    await startPair(pair);
    const last = await awaitPhase(pair, "a", 400);
    const killed = now();
    await a.kill();
    await waitFor("the end of nats-server", () => pair?.pids(a, "nats-server").length === 0, { seconds: 1 });

    const first = await pair.awaitAdvert("b", killed);
    expect(pair.adverts(last.at + 1, "a")).toEqual([]);
    expectBetween(first.at - last.at, activeDownInterval.b, activeDownInterval.b + allowance);
    expectBetween(first.at - killed, activeDownInterval.b - second, activeDownInterval.b + allowance);

    const { hasVirtualAddress } = pair;
    await waitFor("the end of the lease", () => !hasVirtualAddress(a), { seconds: 3 });
    expectBetween(now() - last.at, leaseEnd.earliest, leaseEnd.latest + allowance);
    await expectOnlyOwner(pair, b, a);
    const final = pair.answers(killed, "a").at(-1);
    expectBetween((final?.at ?? 0) - last.at, leaseEnd.earliest - 40_000, leaseEnd.latest);

    const restarted = now();
    a.start();
    const back = await pair.awaitAdvert("a", restarted);
    expect(back.at - restarted).toBeGreaterThan(activeDownInterval.a);
    await expectOnlyOwner(pair, a, b);
    await awaitTransitions(
      a,
      "initialize>backup startup",
      "backup>active noResponse",
      "initialize>backup startup",
      "backup>active preempted",
    );
    await awaitTransitions(b, "backup>active noResponse", "active>backup higherPriority");
    const { arrived, recorded } = await arrivedAndRecorded(a);
    expect(arrived).toEqual(recorded);
  });
});

describe("kill -9 with a lease that is far from its end, and a start right after", () => {
  // The owner serves at once, and ten seconds between adverts make a lease of 31 s.
  const owner = { priority: 255, advertisementInterval: 10 };

  test("keepalived S7: the start removes the leftover before anything else, and says so", async () => {
    pair = await openPair({ kinds: ["understudy", "understudy"], settings: [owner, {}] });
    const { a, hasVirtualAddress } = pair;
    a.start();
    await pair.awaitAdvert("a", 0);
    await waitFor("the address", () => hasVirtualAddress(a));
    await a.kill();
    expect(hasVirtualAddress(a)).toBe(true);
    const dead = readJournal(a.dataDirectory).length;

    a.configure({ priority: 100, advertisementInterval: 10 });
    a.start();
    await a.awaitLog(/left by a daemon that died/u);
    await a.awaitLog(/Entering BACKUP STATE/u);
    expect(hasVirtualAddress(a)).toBe(false);
    const said = readJournal(a.dataDirectory).slice(dead, dead + 2);
    expect(said.map((record) => transitionText(record)[0] ?? record.body)).toEqual([
      { notice: "leftover", detail: "removed 10.10.10.114/32@enp3s0f0, left by a daemon that died" },
      "initialize>backup startup",
    ]);
  });

  test("the journal knows addresses that the file no longer names", async () => {
    pair = await openPair({ kinds: ["understudy", "understudy"], settings: [owner, {}] });
    const { a, addresses, hasVirtualAddress } = pair;
    a.start();
    await a.awaitTransition("initialize>active ownerStartup");
    await waitFor("the record of the installation", () =>
      readJournal(a.dataDirectory).some(({ class: eventClass }) => eventClass === "effect"),
    );
    await a.kill();
    a.configure({ ...owner, virtualAddresses: ["10.10.10.115"] });
    a.start();
    await waitFor("the new address", () => addresses(a).includes("10.10.10.115"));
    expect(hasVirtualAddress(a)).toBe(false);
  });
});
