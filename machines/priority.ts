/**
 * What is tracked and what it does to a router: a reading moves the priority by its weight or, without one, is a fault
 * (keepalived T1 to T3). Pure.
 */

import { ownerPriority } from "../contracts/config/limits.ts";
import type { Fact } from "../contracts/events/facts.ts";
import type { Tracked } from "../contracts/events/parameters.ts";

/** 1 is up, 0 is down; a file gives its own number. Undefined before the first reading, null where there can be none. */
export type Reading = number | null | undefined;

/** The last readings by what was read. */
export type Readings = Readonly<Record<string, number | null>>;

/** The readings of what is tracked, once the fact is taken into account; an interface counts by its link. */
export function readingsAfter(readings: Readings, fact: Fact, tracked: readonly Tracked[]): Readings {
  const [tracker, reading] =
    fact.type === "tracker.changed"
      ? [fact.tracker, fact.reading]
      : fact.type === "link.changed"
        ? [`interface ${fact.interface}`, Number(fact.state === "up")]
        : [undefined, null];
  if (tracker === undefined || !tracked.some((each) => each.tracker === tracker)) return readings;
  return { ...readings, [tracker]: reading };
}

/** Bounds of a priority that is moved; 255 is the owner's and never moved (keepalived T1). */
const movedPriority = { minimum: 1, maximum: 254 } as const;
/** A file that takes this much away, or more, is a fault (keepalived T3). */
const ruinousContribution = -254;

/** The priority in effect: the configured one and what every reading adds, 1..254. */
export function priorityInEffect(
  configured: number,
  tracked: readonly Tracked[],
  readings: Readings,
): number {
  if (configured === ownerPriority) return configured;
  const moved = tracked.reduce((sum, each) => sum + contribution(each, readings[each.tracker]), configured);
  return Math.min(movedPriority.maximum, Math.max(movedPriority.minimum, moved));
}

/** Whether the reading alone keeps the router from taking part. */
export function isFault(tracked: Tracked, reading: Reading): boolean {
  if (typeof reading !== "number") return false;
  if (tracked.isNumber && tracked.weight !== 0) return contribution(tracked, reading) <= ruinousContribution;
  // A file without weight is well at 0, everything else is well when it is up.
  const isWell = tracked.isNumber ? reading === 0 : reading !== 0;
  return tracked.weight === 0 && isWell === tracked.isReversed;
}

/** Whether the router waits for the first reading before it starts: it cannot tell yet whether it is in fault (keepalived S5). */
export function holdsStart(tracked: Tracked, reading: Reading): boolean {
  return reading === undefined && tracked.weight === 0;
}

function contribution({ weight, isReversed, isNumber }: Tracked, reading: Reading): number {
  if (typeof reading !== "number") return 0;
  const signed = isReversed ? -weight : weight;
  if (isNumber) return reading * signed;
  const isUp = reading !== 0;
  return isUp === weight > 0 ? signed : 0;
}
