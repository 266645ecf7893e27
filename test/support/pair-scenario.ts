/**
 * The life of a pair as one story, for every pairing of Understudy and keepalived: start, clean stop, return, cable
 * pulled, cable back, end. Router a has priority 200, router b 150; both advertise every second (VRRPv2, PASS).
 */

import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { now, openPair, type Pair } from "./pair.ts";
import { arrivedAndRecorded } from "./pair-journal.ts";
import type { RouterKind } from "./pair-program.ts";
import type { PairRouter } from "./pair-router.ts";
import {
  activeDownInterval,
  allowance,
  awaitTransitions,
  expectBetween,
  expectOnlyOwner,
  expectSoundAdvert,
  messages,
  readingError,
  second,
  skewTime,
} from "./pair-steps.ts";
import { quiet, waitFor } from "./pair-wait.ts";

export function describePairing(kinds: readonly [RouterKind, RouterKind]): void {
  const [kindA, kindB] = kinds;
  describe(`${kindA} with priority 200 and ${kindB} with priority 150`, () => {
    let pair: Pair;
    let a: PairRouter;
    let b: PairRouter;
    beforeAll(async () => {
      pair = await openPair({ kinds });
      ({ a, b } = pair);
    });
    afterAll(() => pair?.close());

    test("start: the higher priority becomes active after its Active_Down_Interval, the other stays silent (R3-6.4.1-06)", async () => {
      const started = now();
      a.start();
      // keepalived starts faster than the skew of its lower priority is long.
      await a.awaitLog(/Entering BACKUP STATE/u);
      b.start();
      const first = await pair.awaitAdvert("a", started);
      expect(first.at - started).toBeGreaterThan(activeDownInterval.a);
      await expectOnlyOwner(pair, a, b);
      const fifth = await waitFor("three adverts of a", () => pair.adverts(started, "a")[2]);
      // The first may have been late, which the next ones make up for.
      expectBetween(fifth.at - first.at, 2 * second - allowance, 2 * second + allowance);
      expect(pair.adverts(started, "b")).toEqual([]);
      expect(pair.announcements(started, "a").slice(0, 5)).toHaveLength(5);
      expect(pair.announcements(started, "a")[0]).toMatchObject({
        hardwareAddress: pair.hardwareAddress(a),
        destinationHardware: "ff:ff:ff:ff:ff:ff",
        targetHardware: "ff:ff:ff:ff:ff:ff",
      });
      await awaitTransitions(a, "initialize>backup startup", "backup>active noResponse");
      await awaitTransitions(b, "initialize>backup startup");
    });

    test("each advert is keepalived's own to the octet: TTL 255, TOS 0xc0, version 2, PASS, checksum (R2, RA)", () => {
      const adverts = pair.adverts(0, "a");
      for (const advert of adverts) {
        expectSoundAdvert(pair, advert, a);
        expect(advert.message).toBe(messages[200]);
      }
      expect(adverts.length).toBeGreaterThan(2);
    });

    test("S04 SIGTERM of the active: it resigns and the other takes over after its Skew_Time", async () => {
      const before = now();
      const ending = a.stop();
      const resignation = await pair.awaitAdvert("a", before, ({ advert }) => advert.priority === 0);
      const first = await pair.awaitAdvert("b", before);
      expectBetween(first.at - resignation.at, skewTime.b, skewTime.b + allowance);
      expectSoundAdvert(pair, resignation, a);
      expect(resignation.message).toBe(messages[0]);
      expectSoundAdvert(pair, first, b);
      expect(first.message).toBe(messages[150]);
      await expectOnlyOwner(pair, b, a);
      await ending;
      expect(pair.adverts(resignation.at + 1, "a")).toEqual([]);
      expect(pair.answers(resignation.at + readingError, "a")).toEqual([]);
      await awaitTransitions(b, "backup>active resignation");
    });

    test("return of the higher priority: it preempts after its Active_Down_Interval and never is there a gap", async () => {
      const before = now();
      a.start();
      const first = await pair.awaitAdvert("a", before);
      expect(first.at - before).toBeGreaterThan(activeDownInterval.a);
      expect(first.message).toBe(messages[200]);
      await expectOnlyOwner(pair, a, b);
      const answers = pair.answers(before);
      const gaps = answers.slice(1).map((answer, index) => answer.at - (answers[index]?.at ?? 0));
      expect(Math.max(...gaps)).toBeLessThan(allowance);
      const late = pair.adverts(first.at + readingError, "b");
      expect(late).toEqual([]);
      await awaitTransitions(a, "initialize>backup startup", "backup>active preempted");
      await awaitTransitions(b, "active>backup higherPriority");
    });

    test("S05 cable of the active pulled: it is in fault without the address and the other takes over", async () => {
      const before = now();
      pair.network.plug("a", false);
      const first = await pair.awaitAdvert("b", before);
      const last = pair.adverts(0, "a").at(-1);
      expectBetween(first.at - (last?.at ?? 0), activeDownInterval.b, activeDownInterval.b + allowance);
      expectBetween(first.at - before, activeDownInterval.b - second, activeDownInterval.b + allowance);
      await expectOnlyOwner(pair, b, a);
      await awaitTransitions(a, "active>fault faultRaised");
      await awaitTransitions(b, "backup>active noResponse");
    });

    test("cable put back: it waits as a backup and preempts; nobody else takes part", async () => {
      const before = now();
      pair.network.plug("a", true);
      const first = await pair.awaitAdvert("a", before);
      expectBetween(first.at - before, activeDownInterval.a, activeDownInterval.a + allowance + second);
      await expectOnlyOwner(pair, a, b);
      await awaitTransitions(a, "fault>backup faultCleared", "backup>active preempted");
      await awaitTransitions(b, "active>backup higherPriority");
    });

    test("each event has arrived by NATS once and in the order of the journal", async () => {
      for (const router of [a, b].filter(({ kind }) => kind === "understudy")) {
        const { arrived, recorded } = await arrivedAndRecorded(router);
        expect(arrived).toEqual(recorded);
        expect(router.events.map(({ position }) => position)).toEqual(recorded.map((_, index) => index + 1));
      }
    });

    test("stop of both: a backup sends nothing, nobody keeps the address, no process stays", async () => {
      const before = now();
      const codeB = await b.stop();
      expect(pair.adverts(before, "b")).toEqual([]);
      const codeA = await a.stop();
      if (b.kind === "understudy") expect(codeB).toBe(0);
      if (a.kind === "understudy") expect(codeA).toBe(0);
      expect(pair.addresses(a)).toEqual(["10.10.10.11"]);
      expect(pair.addresses(b)).toEqual(["10.10.10.12"]);
      const gone = now();
      await quiet(100);
      expect(pair.answers(gone)).toEqual([]);
      expect(pair.adverts(gone)).toEqual([]);
    });
  });
}
