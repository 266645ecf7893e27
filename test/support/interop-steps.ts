/** What the steps of the interoperation stories have in common: who serves from when on, and with which octets. */

import { expect } from "vitest";
import type { Dialect, Timing } from "./interop-dialects.ts";
import type { Pair } from "./pair.ts";
import type { SeenAdvert, SeenClaim } from "./pair-frames.ts";
import type { PairRouter } from "./pair-router.ts";
import { expectOnlyOwner, expectSoundAdvert, readingError } from "./pair-steps.ts";
import { waitFor } from "./pair-wait.ts";

export interface Stage {
  readonly pair: Pair;
  readonly dialect: Dialect;
  readonly timing: Timing;
}

/** Names the step in what it throws. */
export async function step(name: string, play: () => unknown): Promise<void> {
  try {
    await play();
  } catch (thrown) {
    if (thrown instanceof Error) thrown.message = `${name}: ${thrown.message}`;
    throw thrown;
  }
}

/** The first advert of b comes `wait` after the resignation of a. */
export async function expectTakeover(stage: Stage, resignation: number, wait: number): Promise<SeenAdvert> {
  const first = await stage.pair.awaitAdvert("b", resignation);
  expectWait(first.at - resignation, wait, stage);
  return first;
}

/** The first advert of b comes an Active_Down_Interval after the last one of a, which was sent before the silence. */
export async function expectSilence(stage: Stage, silence: number): Promise<SeenAdvert> {
  const { pair, timing } = stage;
  const first = await pair.awaitAdvert("b", silence);
  const last = pair.adverts(0, "a").at(-1)?.at ?? 0;
  expect(last).toBeLessThan(silence + readingError);
  expectWait(first.at - last, timing.activeDownInterval.b, stage);
  return first;
}

function expectWait(waited: number, wait: number, { timing }: Stage): void {
  expect(waited).toBeGreaterThanOrEqual(wait - readingError);
  expect(waited).toBeLessThanOrEqual(wait + timing.allowance);
}

/** From now on one router answers, under its own hardware address, and the other has lost the address. */
export async function expectSole({ pair }: Stage, owner: PairRouter, other: PairRouter): Promise<void> {
  await waitFor(`the end of ${other.name}'s address`, () => !pair.hasVirtualAddress(other), { seconds: 4 });
  await expectOnlyOwner(pair, owner, other);
}

/**
 * From the first advert on each virtual address is announced: five times at once as keepalived does, once by FRR. Its
 * first advert over IPv6 fails, since the carrier of its macvlan is not there yet, and the second comes an interval later.
 */
export async function expectAnnounced(
  { pair, timing }: Stage,
  router: PairRouter,
  { at }: SeenAdvert,
): Promise<void> {
  const isFrr = router.kind === "frr";
  const times = isFrr ? 1 : 5;
  const since = at - (isFrr ? timing.interval : 0) - readingError;
  for (const address of router.settings.virtualAddresses) {
    const announced = await waitFor(
      `${router.name}'s announcements of ${address}`,
      () => {
        const seen = pair.announcements(since, router.name, address);
        return seen.length >= times && seen;
      },
      { seconds: 4 },
    );
    for (const claim of announced) expectSoundAnnouncement(claim, pair.hardwareAddress(router), router);
  }
}

function expectSoundAnnouncement(claim: SeenClaim, hardwareAddress: string, { kind }: PairRouter): void {
  expect(claim).toMatchObject({ hardwareAddress, sourceHardware: hardwareAddress });
  if (claim.kind === "arp") {
    const all = "ff:ff:ff:ff:ff:ff";
    expect(claim).toMatchObject({ operation: "request", destinationHardware: all, targetHardware: all });
    return;
  }
  expect(claim).toMatchObject({
    destinationHardware: "33:33:00:00:00:01",
    destination: "ff02::1",
    source: claim.address,
    hopLimit: 255,
    override: true,
    // Where the host forwards, as in keepalived; FRR says so always.
    router: kind === "frr",
  });
}

/** Every advert of the story, with its headers, and from the ports that may send at all. */
export function expectOctets({ pair, dialect }: Stage): void {
  for (const router of [pair.a, pair.b]) {
    const messages = (router.kind === "frr" ? dialect.frrMessages : undefined) ?? dialect.messages;
    const adverts = pair.adverts(0, router.name);
    for (const seen of adverts) {
      expectSoundAdvert(pair, seen, router);
      const isResignation = router.name === "a" && seen.advert.priority === 0;
      expect(seen.message).toBe(
        isResignation ? messages.resignation : messages[router.name === "a" ? "a" : "b"],
      );
    }
    expect(adverts.length).toBeGreaterThan(0);
  }
  expect(pair.adverts(0, "client")).toEqual([]);
}
