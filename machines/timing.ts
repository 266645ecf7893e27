/**
 * The arithmetic of the timers, in microseconds. Multiply first, divide last, round up once where a timer
 * is armed: truncating to centiseconds makes Backups of high priority fire together (J-07).
 */

import type { Profile } from "../contracts/events/parameters.ts";
import {
  addMicroseconds,
  type Centiseconds,
  centisecondsToMicroseconds,
  type Microseconds,
  microseconds,
} from "../contracts/units.ts";

const second = 1_000_000;

/** True where Skew_Time scales with the interval and the interval is learned (RFC 9568 6.1). */
export function learnsInterval(profile: Profile): boolean {
  return profile === "rfc9568" || profile === "rfc5798";
}

/**
 * Skew_Time. Version 3: ((256 - Priority) * Active_Adver_Interval) / 256 (RFC 9568 6.1).
 * Version 2: (256 - Priority) / 256 seconds, whatever the interval (RFC 3768 6.1).
 */
export function skewTime(profile: Profile, priority: number, interval: Centiseconds): Microseconds {
  return microseconds(Math.ceil(exactSkewTime(profile, priority, interval)));
}

/** Active_Down_Interval: 3 * interval + Skew_Time (RFC 9568 6.1, RFC 3768 6.1), or as many intervals as are told. */
export function activeDownInterval(
  profile: Profile,
  priority: number,
  interval: Centiseconds,
  adverts = 3,
): Microseconds {
  const intervals = adverts * centisecondsToMicroseconds(interval);
  return microseconds(Math.ceil(intervals + exactSkewTime(profile, priority, interval)));
}

/**
 * The next due time of a periodic timer: counted from the last due time so that it does not drift, from now
 * where a whole period was missed.
 */
export function nextDueTime(lastDue: Microseconds, now: Microseconds, period: Microseconds): Microseconds {
  const next = addMicroseconds(lastDue, period);
  return next > now ? next : addMicroseconds(now, period);
}

/**
 * Seconds of the kernel lease of a virtual address: a little longer than any peer's Active_Down_Interval (the
 * lowest priority has the longest), so that an address whose owner died is gone about when a peer takes over and never
 * before a peer could. Whole seconds are all the kernel knows. Below a second between adverts the lease is
 * renewed once a second and lasts a second longer.
 */
export function leaseSeconds(profile: Profile, interval: Centiseconds, adverts = 3): number {
  const longestPeerWait = activeDownInterval(profile, 1, interval, adverts);
  const renewalGap = Math.max(0, second - centisecondsToMicroseconds(interval));
  return Math.ceil((longestPeerWait + renewalGap) / second);
}

/** Adverts between two renewals of the lease: every one from a second up, else as many as a second holds. */
export function advertsPerRenewal(interval: Centiseconds): number {
  return Math.max(1, Math.floor(second / centisecondsToMicroseconds(interval)));
}

function exactSkewTime(profile: Profile, priority: number, interval: Centiseconds): number {
  const scale = learnsInterval(profile) ? centisecondsToMicroseconds(interval) : second;
  return ((256 - priority) * scale) / 256;
}
