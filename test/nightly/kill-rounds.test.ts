/** Ten rounds of kill and restart at random phases: what the journal holds is what NATS delivers, and nobody serves twice. */

import { afterEach, expect, test } from "vitest";
import { now, openPair, type Pair } from "../support/pair.ts";
import { arrivedAndRecorded, readJournal } from "../support/pair-journal.ts";
import {
  activeDownInterval,
  allowance,
  awaitPhase,
  expectBetween,
  expectOnlyOwner,
  leaseEnd,
  startPair,
} from "../support/pair-steps.ts";
import { quiet } from "../support/pair-wait.ts";

let pair: Pair | undefined;
afterEach(() => pair?.close());

const rounds = 10;

test("S03, S08 in each round one takeover, one return, and every record by NATS once and in order", async () => {
  pair = await openPair({ kinds: ["understudy", "understudy"] });
  const { a, b } = pair;
  await startPair(pair);
  for (let round = 1; round <= rounds; round++) {
    const phase = Math.round(Math.random() * 950);
    const story = `round ${round}, killed ${phase} ms after an advert`;
    const last = await awaitPhase(pair, "a", phase);
    const killed = now();
    await a.kill();
    const first = await pair.awaitAdvert("b", killed);
    const latest = pair.adverts(0, "a").at(-1)?.at ?? last.at;
    expectBetween(first.at - latest, activeDownInterval.b, activeDownInterval.b + allowance);
    await quiet(Math.random() * 2000);
    const restarted = now();
    a.start();
    await pair.awaitAdvert("a", restarted);
    await expectOnlyOwner(pair, a, b);
    const doubles = pair.answers(latest + leaseEnd.latest, "a").filter(({ at }) => at < restarted);
    expect(doubles, story).toEqual([]);
    // The whole chain: every sequence of the router is there once, each record names the hash of the one before.
    for (const router of [a, b]) {
      const { arrived, recorded } = await arrivedAndRecorded(router);
      expect(arrived, story).toEqual(recorded);
      const own = readJournal(router.dataDirectory).filter((record) => record.router === "VI_1");
      expect(own.map(({ sequence }) => sequence)).toEqual(own.map((_, index) => index + 1));
      expect(own.slice(1).map(({ prevHash }) => prevHash)).toEqual(own.slice(0, -1).map(({ hash }) => hash));
    }
  }
  const takeovers = b.transitions().filter((text) => text === "backup>active noResponse");
  expect(takeovers).toHaveLength(rounds);
});
