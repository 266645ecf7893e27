/**
 * Who was what, from when to when: the periods of each lane, and what is wrong between the lanes of one router: nobody active,
 * two active at once. A process that dies writes nothing down, so that its end is told by the others.
 */

import type { RouterState } from "../../contracts/events/transitions.ts";
import type { Group, Lane, TransitionRow } from "./model.ts";
import { placeAfter, placeBy } from "./row.ts";

/** `unheard`: it was active, a peer heard nothing of it any more and took over, and nothing was heard of it since. */
export type LaneState = RouterState | "unheard";

export interface Period {
  readonly state: LaneState;
  /** Microseconds since 1970; the end is open for what lasts. */
  readonly from: number;
  readonly to: number;
  /** The transition it began with. */
  readonly row: TransitionRow;
}

/** A time in which a router of several nodes was not served by exactly one. */
export interface Disorder {
  readonly kind: "nobodyActive" | "dualActive";
  readonly from: number;
  readonly to: number;
  /** Of those who are active in it; of nobody active the takeover that ended it, where there was one. */
  readonly rows: readonly TransitionRow[];
}

export interface GroupPeriods {
  /** In the order of the group's lanes. */
  readonly lanes: readonly (readonly Period[])[];
  readonly disorders: readonly Disorder[];
}

/** For what lasts. */
export const stillOpen = Number.POSITIVE_INFINITY;

const kept = new WeakMap<Group, { readonly version: number; readonly periods: GroupPeriods }>();

export function periodsOf(group: Group): GroupPeriods {
  const former = kept.get(group);
  if (former?.version === group.version) return former.periods;
  const takeovers = group.lanes.flatMap(({ changes }) => changes.filter(isTakeoverFromSilence));
  const lanes = group.lanes.map((lane) => lanePeriods(lane, takeovers));
  const periods = { lanes, disorders: disordersOf(lanes) };
  kept.set(group, { version: group.version, periods });
  return periods;
}

function isTakeoverFromSilence({ change }: TransitionRow): boolean {
  return change.to === "active" && change.reason === "noResponse";
}

function lanePeriods(lane: Lane, takeovers: readonly TransitionRow[]): Period[] {
  return lane.changes.flatMap((row, place) => {
    const next = lane.changes[place + 1];
    const period: Period = { state: row.change.to, from: row.at, to: next?.at ?? stillOpen, row };
    if (period.state !== "active" || (next !== undefined && next.change.from === "active")) return [period];
    // Of its end nothing is written: it is still active, or it died in the meantime.
    const silence = takeovers.find(
      (takeover) => takeover.node !== lane.node && takeover.at > period.from && takeover.at < period.to,
    );
    if (silence === undefined || saidSomething(lane, silence.at, period.to)) return [period];
    const end = Math.max(period.from, lastHeardBefore(silence));
    return [
      { ...period, to: end },
      { ...period, state: "unheard" as const, from: end },
    ];
  });
}

/** Whoever writes a record is alive: it is cut off from the others, and active beside them. */
function saidSomething({ rows }: Lane, from: number, to: number): boolean {
  const row = rows[placeAfter(rows, from)];
  return row !== undefined && row.at < to;
}

/**
 * About when the last advert came in that a takeover from silence waited after: three intervals and Skew_Time before its
 * timer was due (RFC 9568 6.1). Skew_Time of version 2 does not scale, which makes a difference of less than an interval.
 */
export function lastHeardBefore({ at, monotonic, change }: TransitionRow): number {
  const interval = change.activeAdverInterval * 10_000;
  const late = change.dueAt > 0 ? Math.max(0, monotonic - change.dueAt) : 0;
  return at - late - 3 * interval - Math.round(((256 - change.priority) * interval) / 256);
}

/** What is taken for two who change places and not for two who serve at once, in microseconds: an advert on its way. */
const handoverTime = 5_000;

function disordersOf(lanes: readonly (readonly Period[])[]): Disorder[] {
  const edges = lanes
    .flat()
    .filter(({ state }) => state === "active")
    .flatMap((period) => [
      { at: period.from, step: 1, period },
      { at: period.to, step: -1, period },
    ])
    .filter(({ at }) => at !== stillOpen)
    .sort((one, other) => one.at - other.at || other.step - one.step);
  const disorders: Disorder[] = [];
  const active = new Set<Period>();
  for (const [place, { at, step, period }] of edges.entries()) {
    if (step > 0) active.add(period);
    else active.delete(period);
    const next = edges[place + 1];
    const to = next?.at ?? stillOpen;
    if (to === at) continue;
    if (active.size === 0) {
      const rows = next === undefined ? [] : [next.period.row];
      disorders.push({ kind: "nobodyActive", from: at, to, rows });
    }
    if (active.size > 1 && to - at > handoverTime)
      disorders.push({ kind: "dualActive", from: at, to, rows: [...active].map(({ row }) => row) });
  }
  return disorders;
}

export function periodAt(periods: readonly Period[], moment: number): Period | undefined {
  return periods[placeBy(periods, moment, ({ from }) => from) - 1];
}

/** What is wrong at a moment. */
export function disorderAt(disorders: readonly Disorder[], moment: number): Disorder | undefined {
  return disorders.find(({ from, to }) => from <= moment && moment < to);
}
