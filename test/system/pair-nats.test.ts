/** NATS absent, killed or frozen during a failover: the takeover does not notice, and the events arrive afterwards. */

import { afterEach, expect, test } from "vitest";
import { now, openPair, type Pair } from "../support/pair.ts";
import { arrivedAndRecorded } from "../support/pair-journal.ts";
import type { PairRouter } from "../support/pair-router.ts";
import {
  activeDownInterval,
  allowance,
  awaitPhase,
  awaitTransitions,
  expectBetween,
  expectRegularAdverts,
  startPair,
} from "../support/pair-steps.ts";
import { waitFor } from "../support/pair-wait.ts";

let pair: Pair | undefined;
afterEach(() => pair?.close());

/** Nobody listens there. */
const nowhere = ["--nats", "nats://127.0.0.1:1"];

/** SIGKILL of a; b takes over when it must and then advertises on time for three seconds. */
async function failOver(opened: Pair, during: () => void): Promise<void> {
  const last = await awaitPhase(opened, "a", 300);
  const killed = now();
  during();
  await opened.a.kill();
  const first = await opened.awaitAdvert("b", killed);
  expectBetween(first.at - last.at, activeDownInterval.b, activeDownInterval.b + allowance);
  await opened.awaitAnswer("b", first.at);
  await waitFor("four adverts of b", () => opened.adverts(killed, "b").length >= 4);
  expect(expectRegularAdverts(opened, "b", killed)).toBeGreaterThanOrEqual(4);
}

async function expectEachOnce(router: PairRouter): Promise<void> {
  const { arrived, recorded } = await arrivedAndRecorded(router);
  expect(arrived).toEqual(recorded);
  expect(router.events.map(({ position }) => position)).toEqual(router.events.map((_, index) => index + 1));
}

test("no nats-server answers: takeover on time, status says so, and the next start delivers every event once and in order", async () => {
  pair = await openPair({ kinds: ["understudy", "understudy"] });
  const { a, b } = pair;
  await startPair(pair, nowhere);
  await failOver(pair, () => undefined);
  const status = await b.status();
  expect(status?.routers[0]?.state).toBe("active");
  expect(status?.bus).toMatchObject({ acknowledged: 0, backlog: status?.journal.position });
  expect(status?.problems).toEqual([expect.stringContaining("events do not reach nats://127.0.0.1:1")]);
  expect(b.log.filter((line) => line.includes("127.0.0.1:1")).length).toBeLessThanOrEqual(3);
  expect(b.events).toEqual([]);

  await b.stop();
  b.start();
  a.start();
  await awaitTransitions(
    b,
    "initialize>backup startup",
    "backup>active noResponse",
    "active>initialize shutdown",
    "initialize>backup startup",
  );
  await expectEachOnce(b);
  await expectEachOnce(a);
});

test("nats-server is killed in the moment of the failover: takeover on time, each event arrives once and in order", async () => {
  pair = await openPair({ kinds: ["understudy", "understudy"] });
  const { b, pids } = pair;
  await startPair(pair);
  await waitFor("the first event of b", () => b.events.length > 0);
  const killServer = () => {
    for (const pid of pids(b, "nats-server")) process.kill(pid, "SIGKILL");
  };
  const before = pids(b, "nats-server");
  expect(before).toHaveLength(1);
  await failOver(pair, killServer);
  await awaitTransitions(b, "initialize>backup startup", "backup>active noResponse");
  await expectEachOnce(b);
  const after = pids(b, "nats-server");
  expect(after).toHaveLength(1);
  expect(after).not.toEqual(before);
});

test("nats-server is frozen during the failover: takeover and adverts on time, thawed it gets each event once and in order", async () => {
  pair = await openPair({ kinds: ["understudy", "understudy"] });
  const { b, pids } = pair;
  await startPair(pair);
  await waitFor("the first event of b", () => b.events.length > 0);
  const signalServer = (signal: NodeJS.Signals) => {
    for (const pid of pids(b, "nats-server")) process.kill(pid, signal);
  };
  await failOver(pair, () => signalServer("SIGSTOP"));
  expect(b.transitions()).toEqual(["initialize>backup startup"]);
  signalServer("SIGCONT");
  await awaitTransitions(b, "initialize>backup startup", "backup>active noResponse");
  await expectEachOnce(b);
});
