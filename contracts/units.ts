/**
 * Units live in types, so that a centisecond cannot be added to a microsecond unnoticed.
 * Three known VRRP implementations have a unit bug; the constructors here are the only casts.
 */

/** Hundredths of a second: the unit of the VRRPv3 advertisement interval (RFC 9568 5.2.7). */
export type Centiseconds = number & { readonly unit: "centiseconds" };

/**
 * Microseconds, as a duration or as an instant on the monotonic clock (CLOCK_MONOTONIC, which starts
 * at boot). Whole numbers; exact in a JavaScript number for 285 years.
 */
export type Microseconds = number & { readonly unit: "microseconds" };

export function centiseconds(value: number): Centiseconds {
  return value as Centiseconds;
}

export function microseconds(value: number): Microseconds {
  return value as Microseconds;
}

/** 1 cs = 10,000 µs. */
export function centisecondsToMicroseconds(value: Centiseconds): Microseconds {
  return microseconds(value * 10_000);
}

/** The sum of an instant and a duration, or of two durations. */
export function addMicroseconds(left: Microseconds, right: Microseconds): Microseconds {
  return microseconds(left + right);
}
