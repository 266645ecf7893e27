/** What the tests of a pair have in common: the protocol's bounds as literals, and the checks of who serves. */

import { expect } from "vitest";
import { now, type Pair } from "./pair.ts";
import { familyOf } from "./pair-config.ts";
import type { SeenAdvert } from "./pair-frames.ts";
import { sourceAddressOf } from "./pair-host.ts";
import type { PairRouter } from "./pair-router.ts";
import { waitFor } from "./pair-wait.ts";

/** Microseconds a timer may be late on a busy machine of two processors. */
export const allowance = 300_000;
/** What looks early by less than this is not: the frame before it may have left late. */
export const readingError = 20_000;
export const second = 1_000_000;

/** VRRPv2 with an interval of a second, microseconds: 3 s + (256 - priority) / 256 s. */
export const activeDownInterval = { a: 3_218_750, b: 3_414_063 } as const;
export const skewTime = { a: 218_750, b: 414_063 } as const;

/** A lease of four seconds ends then; the kernel looks for ended ones up to a quarter of a second late, and its timers are coarse. */
export const leaseEnd = { earliest: 3_960_000, latest: 4_560_000 } as const;

/** The message of a router of this priority: version 2, VRID 51, one address, PASS 1111, advert_int 1. */
export const messages = {
  200: "2133c80101019eeb0a0a0a723131313100000000",
  150: "213396010101d0eb0a0a0a723131313100000000",
  0: "21330001010166ec0a0a0a723131313100000000",
} as const;

export function expectBetween(value: number, from: number, to: number): void {
  expect(value).toBeGreaterThanOrEqual(from - readingError);
  expect(value).toBeLessThanOrEqual(to);
}

/** From this advert on the router is the only one that advertises, answers and has the address. */
export async function expectOnlyOwner(pair: Pair, owner: PairRouter, other: PairRouter): Promise<void> {
  const taken = now();
  await pair.awaitAnswer(owner.name, taken);
  await waitFor(`${other.name} without the address`, () => !pair.hasVirtualAddress(other), { seconds: 1 });
  const settled = now();
  const answer = await pair.awaitAnswer(owner.name, settled + 40_000);
  expect(answer.hardwareAddress).toBe(pair.hardwareAddress(owner));
  expect(pair.answers(settled, other.name)).toEqual([]);
  expect(pair.hasVirtualAddress(owner)).toBe(true);
}

export function expectSoundAdvert(pair: Pair, seen: SeenAdvert, sender: PairRouter): void {
  expect(seen).toMatchObject({
    port: sender.name,
    sourceHardware: pair.hardwareAddress(sender),
    typeOfService: 0xc0,
    timeToLive: hopsOf(sender),
    // Only FRR forbids fragments.
    fragmentation: sender.kind === "frr" && familyOf(sender.settings) === "ipv4" ? 0x4000 : 0,
    ipChecksumHolds: true,
    source: sourceAddressOf(sender),
    ...destinationOf(pair, sender),
  });
}

/** keepalived 2.2.7 leaves the kernel's default to what goes to an IPv6 peer; RFC 9568 5.1.2.3 has 255 for all. */
function hopsOf({ kind, settings }: PairRouter): number {
  const isForPeer = familyOf(settings) === "ipv6" && settings.unicast !== undefined;
  return kind === "keepalived" && isForPeer ? 64 : 255;
}

function destinationOf(pair: Pair, { name, settings }: PairRouter) {
  if (settings.unicast !== undefined) {
    const peer = name === "a" ? pair.b : pair.a;
    return { destinationHardware: pair.hardwareAddress(peer), destination: settings.unicast.peer };
  }
  return familyOf(settings) === "ipv4"
    ? { destinationHardware: "01:00:5e:00:00:12", destination: "224.0.0.18" }
    : { destinationHardware: "33:33:00:00:00:12", destination: "ff02::12" };
}

/** Starts a, then b, and returns the first advert of a, which is the only active router then. */
export async function startPair(pair: Pair, flags: readonly string[] = []): Promise<SeenAdvert> {
  const started = now();
  pair.a.start(flags);
  // keepalived starts faster than the skew of its lower priority is long.
  await pair.a.awaitLog(/Entering BACKUP STATE/u);
  pair.b.start(flags);
  const first = await pair.awaitAdvert("a", started);
  await expectOnlyOwner(pair, pair.a, pair.b);
  return first;
}

/** Waits until these are the last transitions that arrived by NATS. Other makes tell none. */
export async function awaitTransitions(router: PairRouter, ...texts: readonly string[]): Promise<void> {
  if (router.kind !== "understudy") return;
  await waitFor(
    `${router.name}: ${texts.join(", ")}`,
    () => router.transitions().slice(-texts.length).join() === texts.join(),
    { explain: () => `NATS has ${router.transitions().join(", ")}` },
  );
}

/** Resolves a little after an advert of the port, at a phase of the interval that the test chooses. */
export async function awaitPhase(pair: Pair, port: string, milliseconds: number): Promise<SeenAdvert> {
  const advert = await pair.awaitAdvert(port, now());
  await waitFor("the phase", () => now() >= advert.at + milliseconds * 1000);
  return advert;
}

/** Every gap between adverts of the port since a moment is an interval of a second. Returns their number. */
export function expectRegularAdverts(pair: Pair, port: string, since: number): number {
  const adverts = pair.adverts(since, port);
  for (const [index, advert] of adverts.slice(1).entries()) {
    expectBetween(advert.at - (adverts[index]?.at ?? 0), second - allowance, second + allowance);
  }
  return adverts.length;
}
