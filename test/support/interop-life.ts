/**
 * The life of a pair of two makes, as one story: start, clean stop, return, cable pulled, cable back, crash, return,
 * end. The judge is the observer at the switch: who advertises and when, who answers for the address, who announces it,
 * and each octet.
 */

import { expect } from "vitest";
import type { Dialect } from "./interop-dialects.ts";
import {
  expectAnnounced,
  expectOctets,
  expectSilence,
  expectSole,
  expectTakeover,
  type Stage,
  step,
} from "./interop-steps.ts";
import { now, openPair } from "./pair.ts";
import { readJournal } from "./pair-journal.ts";
import type { RouterKind } from "./pair-program.ts";
import { type PairRouter, transitionText } from "./pair-router.ts";
import { quiet, waitFor } from "./pair-wait.ts";

/** Nobody listens there: these stories need no NATS. */
const flags = ["--nats", "nats://127.0.0.1:1"];

export async function playLife(kinds: readonly [RouterKind, RouterKind], dialect: Dialect): Promise<void> {
  const { settings, unicast } = dialect;
  const reverse = unicast && { source: unicast.peer, peer: unicast.source };
  const pair = await openPair({
    kinds,
    settings: [
      { ...settings, unicast },
      { ...settings, unicast: reverse },
    ],
    routers: { subscribe: false },
  });
  const stage: Stage = { pair, dialect, timing: dialect.timing };
  try {
    await step("start", () => start(stage));
    await step("clean stop", () => stopActive(stage));
    await step("return", () => comeBack(stage));
    await step("cable pulled", () => pullCable(stage));
    await step("cable back", () => putCableBack(stage));
    await step("crash", () => crash(stage));
    await step("return after the crash", () => comeBack(stage));
    await step("end", () => end(stage));
    await step("octets", () => expectOctets(stage));
    for (const router of [pair.a, pair.b]) if (router.kind === "understudy") expectTransitions(router);
  } finally {
    await pair.close();
  }
}

/** The higher priority becomes active after its Active_Down_Interval, the other stays silent. */
async function start(stage: Stage): Promise<void> {
  const { pair, timing } = stage;
  const started = now();
  pair.a.start(flags);
  await pair.a.awaitLog(pair.a.backupLine);
  pair.b.start(flags);
  const first = await pair.awaitAdvert("a", started);
  expect(first.at - started).toBeGreaterThan(timing.activeDownInterval.a);
  await expectSole(stage, pair.a, pair.b);
  await expectAnnounced(stage, pair.a, first);
  await pair.b.awaitLog(pair.b.backupLine);
  const heard = await pair.awaitAdvert("a", now());
  await pair.awaitAdvert("a", heard.at + 2.5 * timing.interval);
  expect(pair.adverts(started, "b")).toEqual([]);
  // zebra takes the carrier from FRR's macvlan a moment after vrrpd has said that it waits.
  expect(pair.answers(heard.at, "b")).toEqual([]);
}

/** SIGTERM of the active: it resigns, and the other takes over after its Skew_Time. */
async function stopActive(stage: Stage): Promise<void> {
  const { pair, timing } = stage;
  const before = now();
  const ending = pair.a.stop();
  const resignation = await pair.awaitAdvert("a", before, ({ advert }) => advert.priority === 0);
  const first = await expectTakeover(stage, resignation.at, timing.skewTime.b);
  await ending;
  leaveNothing(stage);
  await expectSole(stage, pair.b, pair.a);
  await expectAnnounced(stage, pair.b, first);
  expect(pair.adverts(resignation.at + 1, "a")).toEqual([]);
}

/** The higher priority starts again and preempts after its Active_Down_Interval; there is no gap and hardly an overlap. */
async function comeBack(stage: Stage): Promise<void> {
  const { pair, timing } = stage;
  const before = now();
  pair.a.start(flags);
  const first = await pair.awaitAdvert("a", before);
  expect(first.at - before).toBeGreaterThan(timing.activeDownInterval.a);
  await expectPreempted(stage, before, first.at);
  await expectAnnounced(stage, pair.a, first);
}

/** Silence: the other takes over after its Active_Down_Interval. */
async function pullCable(stage: Stage): Promise<void> {
  const { pair } = stage;
  pair.network.plug("a", false);
  const first = await expectSilence(stage, now());
  await expectSole(stage, pair.b, pair.a);
  await expectAnnounced(stage, pair.b, first);
}

/**
 * keepalived and we wait as a backup first. FRR has stayed active and goes on, and the other must yield to that. So it
 * must to what waited in a kernel that had no cable to ask for the peer's hardware address.
 */
async function putCableBack(stage: Stage): Promise<void> {
  const { pair, timing, dialect } = stage;
  const before = now();
  pair.network.plug("a", true);
  const first = await pair.awaitAdvert("a", before);
  if (pair.a.kind === "frr" || dialect.unicast !== undefined) return expectSole(stage, pair.a, pair.b);
  expect(first.at - before).toBeGreaterThan(timing.activeDownInterval.a);
  await expectPreempted(stage, before, first.at);
  await expectAnnounced(stage, pair.a, first);
}

/** SIGKILL. Our address ends with its lease; a host that crashed has none of the others' either. */
async function crash(stage: Stage): Promise<void> {
  const { pair } = stage;
  await pair.a.kill();
  const silence = now();
  if (pair.a.kind !== "understudy") pair.dropVirtualAddresses(pair.a);
  const first = await expectSilence(stage, silence);
  await expectSole(stage, pair.b, pair.a);
  await expectAnnounced(stage, pair.b, first);
}

/** A backup ends without a word; the active resigns and keeps nothing. */
async function end(stage: Stage): Promise<void> {
  const { pair } = stage;
  const before = now();
  await pair.b.stop();
  expect(pair.adverts(before, "b")).toEqual([]);
  await pair.a.stop();
  leaveNothing(stage);
  for (const router of [pair.a, pair.b]) {
    await waitFor(`${router.name} without the address`, () => !pair.hasVirtualAddress(router));
    const kept = router.settings.virtualAddresses.filter((each) => pair.addresses(router).includes(each));
    expect(kept).toEqual([]);
  }
  const gone = now();
  await quiet(100);
  expect(pair.answers(gone)).toEqual([]);
  expect(pair.adverts(gone)).toEqual([]);
}

/** FRR leaves its addresses to the kernel, and zebra may not hear the last words of vrrpd about the carrier. */
function leaveNothing({ pair }: Stage): void {
  for (const router of [pair.a, pair.b]) {
    if (router.kind === "frr" && router.pid() === 0) pair.dropVirtualAddresses(router);
  }
}

async function expectPreempted(stage: Stage, before: number, first: number): Promise<void> {
  const { pair, timing } = stage;
  await expectSole(stage, pair.a, pair.b);
  const answers = pair.answers(before);
  const gaps = answers.slice(1).map((answer, index) => answer.at - (answers[index]?.at ?? 0));
  expect(Math.max(...gaps)).toBeLessThan(timing.allowance);
  for (const each of [pair.adverts, pair.answers]) {
    expect(each(first + stage.timing.allowance, "b")).toEqual([]);
  }
}

/** The whole life, by the journal: each takeover once and for its reason, and none besides. */
function expectTransitions(router: PairRouter): void {
  const texts = readJournal(router.dataDirectory).flatMap(transitionText);
  expect(texts).toEqual(router.name === "a" ? lifeOfA : lifeOfB);
}

const lifeOfA = [
  ...["initialize>backup startup", "backup>active noResponse", "active>initialize shutdown"],
  ...["initialize>backup startup", "backup>active preempted"],
  ...["active>fault faultRaised", "fault>backup faultCleared", "backup>active preempted"],
  ...["initialize>backup startup", "backup>active preempted", "active>initialize shutdown"],
];

const lifeOfB = [
  ...["initialize>backup startup", "backup>active resignation", "active>backup higherPriority"],
  ...["backup>active noResponse", "active>backup higherPriority"],
  ...["backup>active noResponse", "active>backup higherPriority", "backup>initialize shutdown"],
];
