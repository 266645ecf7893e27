/** SIGSTOP of our daemon: what did not run must not serve, and finds out by itself when it runs again. */

import { afterEach, describe, expect, test } from "vitest";
import { now, openPair, type Pair } from "../support/pair.ts";
import {
  activeDownInterval,
  allowance,
  awaitPhase,
  awaitTransitions,
  expectBetween,
  expectOnlyOwner,
  leaseEnd,
  readingError,
  second,
  startPair,
} from "../support/pair-steps.ts";
import { quiet, waitFor } from "../support/pair-wait.ts";

let pair: Pair | undefined;
afterEach(() => pair?.close());

describe.each(["understudy", "keepalived"] as const)("the peer is %s", (peer) => {
  test("the active is frozen: takeover, its address ends with the lease, thawed it steps down (stalled) and preempts", async () => {
    pair = await openPair({ kinds: ["understudy", peer] });
    const { a, b, hasVirtualAddress } = pair;
    await startPair(pair);
    const last = await awaitPhase(pair, "a", 300);
    const frozen = now();
    a.signal("SIGSTOP");

    const first = await pair.awaitAdvert("b", frozen);
    expectBetween(first.at - last.at, activeDownInterval.b, activeDownInterval.b + allowance);
    await waitFor("the end of the lease", () => !hasVirtualAddress(a), { seconds: 3 });
    expectBetween(now() - last.at, leaseEnd.earliest, leaseEnd.latest + allowance);
    await expectOnlyOwner(pair, b, a);
    expect((pair.answers(frozen, "a").at(-1)?.at ?? 0) - last.at).toBeLessThanOrEqual(leaseEnd.latest);

    const thawed = now();
    a.signal("SIGCONT");
    await awaitTransitions(a, "active>backup stalled");
    const back = await pair.awaitAdvert("a", thawed);
    expectBetween(back.at - thawed, activeDownInterval.a, activeDownInterval.a + second + allowance);
    expect(pair.answers(thawed, "a").filter(({ at }) => at < back.at - readingError)).toEqual([]);
    await expectOnlyOwner(pair, a, b);
    await awaitTransitions(a, "active>backup stalled", "backup>active preempted");
    await awaitTransitions(b, "backup>active noResponse", "active>backup higherPriority");
  });
});

test("the active is frozen for less than a peer waits: it goes on, nobody takes over and the address stays", async () => {
  pair = await openPair({ kinds: ["understudy", "understudy"] });
  const { a, b, hasVirtualAddress } = pair;
  await startPair(pair);
  await awaitPhase(pair, "a", 100);
  const frozen = now();
  a.signal("SIGSTOP");
  await quiet(2500);
  expect(hasVirtualAddress(a)).toBe(true);
  a.signal("SIGCONT");
  await pair.awaitAdvert("a", now());
  await awaitPhase(pair, "a", 0);
  expect(hasVirtualAddress(a)).toBe(true);
  expect(pair.adverts(frozen, "b")).toEqual([]);
  await awaitTransitions(a, "initialize>backup startup", "backup>active noResponse");
  await awaitTransitions(b, "initialize>backup startup");
});

test("a backup is frozen for longer than its Active_Down_Interval: thawed it reads what waited and takes nothing over", async () => {
  pair = await openPair({ kinds: ["understudy", "understudy"] });
  const { a, b } = pair;
  await startPair(pair);
  await awaitPhase(pair, "a", 100);
  const frozen = now();
  b.signal("SIGSTOP");
  await quiet(5000);
  b.signal("SIGCONT");
  await quiet(1500);
  expect(pair.adverts(frozen, "b")).toEqual([]);
  expect(pair.answers(frozen, "b")).toEqual([]);
  await awaitTransitions(a, "initialize>backup startup", "backup>active noResponse");
  await awaitTransitions(b, "initialize>backup startup");
});
