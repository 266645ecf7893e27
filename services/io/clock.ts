/** The two clocks of the daemon: one to measure with, one to show to people. */

import { type Microseconds, microseconds } from "../../contracts/units.ts";

export type Clock = {
  /** Whole microseconds of CLOCK_MONOTONIC: never steps, starts at boot, does not count suspend. */
  readonly monotonic: () => Microseconds;
};

/** Whole microseconds of CLOCK_MONOTONIC. */
export function monotonic(): Microseconds {
  // The same clock as process.hrtime(), which makes an array for each call; an advert asks several times.
  return microseconds(Math.floor(performance.now() * 1000 + origin));
}

/** Microseconds of CLOCK_MONOTONIC at which performance.now() began: the least of some looks, as each ends a little late. */
const origin = Math.min(
  ...Array.from({ length: 20 }, () => {
    const now = performance.now();
    return Number(process.hrtime.bigint()) / 1000 - now * 1000;
  }),
);

export const systemClock: Clock = { monotonic };

/** RFC 3339 in UTC with six digits of a second, for example 2026-11-22T16:50:00.123456Z. */
export function wallClock(): string {
  const now = wallMicroseconds();
  const seconds = new Date(Math.floor(now / 1000)).toISOString().slice(0, 19);
  return `${seconds}.${String(now % 1_000_000).padStart(6, "0")}Z`;
}

let offset: number | undefined;

/**
 * Node reads the wall clock in whole milliseconds only. The digits below come from the monotonic clock plus an
 * offset, which every call squeezes into the millisecond that the wall clock shows: after a few calls the offset is
 * right to some microseconds, it follows a slewed or stepped clock, and the result always agrees with Date.now().
 */
function wallMicroseconds(): number {
  const measured: number = monotonic();
  const earliest = Date.now() * 1000;
  const estimate = Math.min(Math.max(measured + (offset ?? earliest - measured), earliest), earliest + 999);
  offset = estimate - measured;
  return estimate;
}
