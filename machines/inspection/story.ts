/**
 * A failover as one chain: the last that was heard of the former active router, the wait, the takeover, what became of the
 * addresses, and what the others made of it. Each step with its time from the beginning.
 */

import type { Group, Lane, Model, TransitionRow } from "./model.ts";
import { lastHeardBefore, periodsOf } from "./periods.ts";
import { placeAfter, type Row, rowId } from "./row.ts";

export interface StoryStep {
  /** Microseconds since 1970. */
  readonly at: number;
  readonly node: string;
  readonly what: string;
  /** Reckoned from what the records say, not written down by anybody. */
  readonly isReckoned: boolean;
  readonly row: Row | undefined;
}

export interface Story {
  /** Correlation id: that of the takeover. */
  readonly id: string;
  readonly takeover: TransitionRow;
  /** In the order of time; the first is the beginning. */
  readonly steps: readonly StoryStep[];
  /** From the end of the former active router to the addresses on the new one, in microseconds; undefined where nobody served before. */
  readonly unserved: number | undefined;
}

/** How long before and after a takeover another node's records belong to it, in microseconds. */
const before = 120_000_000;
const after = 3_000_000;

/** The takeovers of a router, the latest first; or of all where none is given. */
export function takeoversOf(model: Model, group?: Group): TransitionRow[] {
  const lanes = group?.lanes ?? model.sorted.flatMap((each) => each.lanes);
  return lanes
    .flatMap(({ changes }) => changes.filter(({ change }) => change.to === "active"))
    .sort((one, other) => other.at - one.at);
}

export function storyOf(model: Model, takeover: TransitionRow): Story {
  const id = takeover.story;
  const group = model.groups.get(takeover.router);
  const others = (group?.lanes ?? []).filter(({ node }) => node !== takeover.node);
  const leaving = others.flatMap((lane) => leftBefore(lane, takeover));
  const told = model.stories.get(id) ?? [];
  const following = others.flatMap((lane) => followedAfter(lane, takeover));
  const steps = [
    ...[...leaving, ...following].flatMap((row) => [row, ...handlingsOf(model, row)]).map(stepOf),
    ...reckonedSteps(takeover),
    stepOf(takeover),
    ...told.filter((row) => row.class !== "trace").map(stepOf),
  ].sort((one, other) => one.at - other.at);
  const known = new Set<string>();
  const unique = steps.filter(({ row }) => {
    const key = row === undefined ? undefined : rowId(row);
    if (key !== undefined && known.has(key)) return false;
    if (key !== undefined) known.add(key);
    return true;
  });
  return { id, takeover, steps: unique, unserved: unservedTime(group, takeover, told) };
}

/** "VI_1 on n2 took over from n1". */
export function titleOf(model: Model, { router, node, at, change }: TransitionRow): string {
  const former = (model.groups.get(router)?.lanes ?? [])
    .filter((lane) => lane.node !== node)
    .flatMap(
      ({ changes }) =>
        changes.slice(0, placeAfter(changes, at)).findLast((row) => row.change.to === "active") ?? [],
    )
    .sort((one, other) => other.at - one.at)[0];
  if (change.reason === "ownerStartup") return `${node} serves ${router} as owner of its addresses`;
  return former === undefined
    ? `${node} serves ${router}`
    : `${node} took ${router} over from ${former.node}`;
}

function stepOf(row: Row): StoryStep {
  return { at: row.at, node: row.node, what: row.text, isReckoned: false, row };
}

/** The transition by which another node stopped to serve, where it did so for this takeover. */
function leftBefore({ changes }: Lane, { at }: TransitionRow): TransitionRow[] {
  const last = changes[placeAfter(changes, at) - 1];
  return last !== undefined && last.change.from === "active" && last.at > at - before ? [last] : [];
}

function reckonedSteps(takeover: TransitionRow): StoryStep[] {
  const { node, at, monotonic, change } = takeover;
  const reckoned = (instant: number, what: string) => ({
    at: instant,
    node,
    what,
    isReckoned: true,
    row: undefined,
  });
  if (change.dueAt === 0) return [];
  const due = at - Math.max(0, monotonic - change.dueAt);
  const expiry = reckoned(due, "Active_Down_Timer was due");
  if (change.reason !== "noResponse") return [expiry];
  return [reckoned(lastHeardBefore(takeover), "the last advert of the active router, about"), expiry];
}

/** What other nodes did because of it: they gave way. */
function followedAfter({ changes }: Lane, { at }: TransitionRow): TransitionRow[] {
  return changes
    .slice(placeAfter(changes, at), placeAfter(changes, at + after))
    .filter(({ change }) => change.from === "active" && change.to === "backup");
}

/** What became of the handlers that were told of a transition. */
export function handlingsOf(model: Model, transition: TransitionRow): Row[] {
  const id = rowId(transition);
  return (model.stories.get(transition.story) ?? []).filter(
    ({ class: eventClass, cause }) => eventClass === "handler" && cause === id,
  );
}

/** By the periods of the router: from the end of the former active one to the addresses on the new one. */
function unservedTime(
  group: Group | undefined,
  takeover: TransitionRow,
  told: readonly Row[],
): number | undefined {
  const disorders = group === undefined ? [] : periodsOf(group).disorders;
  const gap = disorders.find(({ kind, rows }) => kind === "nobodyActive" && rows.includes(takeover));
  const installed = told.find(({ class: eventClass, isTrouble }) => eventClass === "effect" && !isTrouble);
  return gap === undefined ? undefined : (installed?.at ?? takeover.at) - gap.from;
}
