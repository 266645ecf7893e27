/** nats-server frozen for half a minute while the pair fails over again and again: each takeover on time, each event once. */

import { afterEach, expect, test } from "vitest";
import { now, openPair, type Pair } from "../support/pair.ts";
import { arrivedAndRecorded } from "../support/pair-journal.ts";
import {
  activeDownInterval,
  allowance,
  awaitPhase,
  expectBetween,
  expectOnlyOwner,
  second,
  startPair,
} from "../support/pair-steps.ts";
import { waitFor } from "../support/pair-wait.ts";

let pair: Pair | undefined;
afterEach(() => pair?.close());

test("S03 thirty seconds without an answer from NATS", async () => {
  pair = await openPair({ kinds: ["understudy", "understudy"] });
  const { a, b, pids } = pair;
  await startPair(pair);
  await waitFor("the first event of b", () => b.events.length > 0);
  // A server that answers nobody is started again by its daemon: that one is frozen, too.
  const frozen = new Set<number>();
  const freeze = () => {
    for (const pid of pids(b, "nats-server")) {
      process.kill(pid, "SIGSTOP");
      frozen.add(pid);
    }
  };
  const frozenAt = now();
  let takeovers = 0;
  for (; now() - frozenAt < 30 * second; takeovers += 1) {
    freeze();
    const last = await awaitPhase(pair, "a", 300);
    const killed = now();
    await a.kill();
    const first = await pair.awaitAdvert("b", killed);
    expectBetween(first.at - last.at, activeDownInterval.b, activeDownInterval.b + allowance);
    const restarted = now();
    a.start();
    await pair.awaitAdvert("a", restarted);
    await expectOnlyOwner(pair, a, b);
  }
  for (const pid of pids(b, "nats-server")) process.kill(pid, "SIGCONT");
  const { arrived, recorded } = await arrivedAndRecorded(b);
  expect(arrived).toEqual(recorded);
  expect(frozen.size).toBeGreaterThan(1);
  expect(b.transitions().filter((text) => text === "backup>active noResponse")).toHaveLength(takeovers);
  const counts = `${recorded.length} written, ${arrived.length} arrived, 0 lost, twice or out of order`;
  console.log(`${takeovers} takeovers with ${frozen.size} frozen servers: ${counts}`);
});
