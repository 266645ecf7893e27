/**
 * When the kernel had a datagram, on the monotonic clock. A process that sleeps is woken a quarter to half a millisecond
 * late, and a timer that is armed from then is late by as much; the kernel's own stamp is not. The kernel stamps with
 * the wall clock, so the distance of the two clocks has to be known, to the microsecond and whatever the wall clock does.
 */

import { type Microseconds, microseconds } from "../../contracts/units.ts";
import { monotonic } from "./clock.ts";
import { type ControlMessage, firstControl, hostLong, type RawSocket } from "./native.ts";
import type { Outcome } from "./outcome.ts";

export type ReceiveClock = {
  /** The instant of a stamp; now where the stamp makes no sense. */
  readonly instantOf: (stamp: number | undefined) => Microseconds;
};

export type ReceiveClockOptions = {
  readonly monotonic: () => Microseconds;
  /** Whole milliseconds, as `Date.now` gives them. */
  readonly wallMilliseconds: () => number;
  /** Stamps that are older make no sense. Default: `oldestStamp`. */
  readonly oldest?: Microseconds;
};

/**
 * A stamp older than this says that the wall clock was set, or that the process did not run: then the machine is to hear
 * of the present, as it did not before.
 */
export const oldestStamp = microseconds(20_000);

/**
 * Each look at both clocks bounds their distance to one millisecond, and the looks together to far less. Where two looks
 * contradict each other the wall clock was set in between, and the newer one counts; a step below a millisecond may take
 * some looks to show. The least distance is taken: an instant may come out late by what is not known, and not early, so
 * that no timer ends before its time.
 */
export function createReceiveClock(options: ReceiveClockOptions): ReceiveClock {
  const { monotonic, wallMilliseconds, oldest = oldestStamp } = options;
  let least = Number.NEGATIVE_INFINITY;
  let below = Number.POSITIVE_INFINITY;

  const look = (): Microseconds => {
    const before = monotonic();
    const wall = wallMilliseconds() * 1000;
    const now = monotonic();
    const [lower, upper] = [wall - now, wall + 1000 - before];
    const contradicts = lower >= below || upper <= least;
    least = contradicts ? lower : Math.max(least, lower);
    below = contradicts ? upper : Math.min(below, upper);
    return now;
  };

  // The wall clock shows its first microsecond when its milliseconds change: waited for once.
  for (let [now, end] = [look(), monotonic() + 2000]; below - least > narrow && now < end; ) now = look();

  return {
    instantOf: (stamp) => {
      const now = look();
      if (stamp === undefined) return now;
      const age = now + least - stamp;
      return age > 0 && age <= oldest ? microseconds(now - age) : now;
    },
  };
}

/** From now on each datagram of the socket carries the kernel's stamp beside it. */
export function stampReceives(socket: Pick<RawSocket, "setOption">): Outcome {
  return socket.setOption(solSocket, soTimestampNanoseconds, 1);
}

/** The stamp among ancillary data, in microseconds of the wall clock; undefined where there is none. */
export function stampOf(messages: readonly ControlMessage[]): number | undefined {
  for (const { level, type, data } of messages) {
    if (level !== solSocket || type !== soTimestampNanoseconds || data.length < 16) continue;
    return microsecondsOf(data);
  }
  return undefined;
}

/** The stamp of a socket that asks for no other ancillary data. */
export function onlyStamp(control: Buffer): number | undefined {
  const data = firstControl(control, solSocket, soTimestampNanoseconds);
  return data === undefined || data.length < 16 ? undefined : microsecondsOf(data);
}

function microsecondsOf(data: Buffer): number {
  return hostLong(data, 0) * 1_000_000 + Math.floor(hostLong(data, 8) / 1000);
}

let shared: ReceiveClock | undefined;

/** The one of this process, made when first asked for. */
export function receiveClock(): ReceiveClock {
  shared ??= createReceiveClock({ monotonic, wallMilliseconds: Date.now });
  return shared;
}

const solSocket = 1;
const soTimestampNanoseconds = 35;
/** Microseconds; a look takes about one. */
const narrow = 10;
