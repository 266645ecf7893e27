/**
 * A record as the inspector keeps it: what lists, lanes and stories need of it, small enough for a hundred thousand in a page.
 * The whole record is asked for when somebody looks at it.
 */

import type { EventClass } from "../../contracts/events/subjects.ts";
import type { LastEvent, RouterState, TransitionReason } from "../../contracts/events/transitions.ts";

export interface Row {
  readonly class: EventClass;
  readonly node: string;
  readonly router: string;
  readonly incarnation: string;
  readonly sequence: number;
  readonly position: number;
  /** Microseconds since 1970, by the node's wall clock. */
  readonly at: number;
  /** Microseconds since the node's boot. */
  readonly monotonic: number;
  /** "eth0/ipv4/51"; empty for a node and for a sync group. */
  readonly key: string;
  /** Id of the record that opened the story. */
  readonly story: string;
  /** Id of the record that led to this one; empty where none did. */
  readonly cause: string;
  /** One clause for people. */
  readonly text: string;
  /** The first 48 bits of its hash, and of the hash it continues; that is 0 for a first record. */
  readonly hash: number;
  readonly prevHash: number;
  /** Whether the whole hash fits the record. */
  readonly isSealed: boolean;
  /** It tells of something that went wrong. */
  readonly isTrouble: boolean;
  /** Null for what is no transition that can be read. */
  readonly change: Change | null;
}

/** What lists and lanes need of a transition and of the context after it. */
export interface Change {
  readonly from: RouterState;
  readonly to: RouterState;
  readonly reason: TransitionReason;
  readonly lastEvent: LastEvent;
  /** Type of the fact that caused it, and who sent it; empty where nobody did. */
  readonly fact: string;
  readonly source: string;
  /** When the timer that caused it was due, on the monotonic clock; 0 where none did. */
  readonly dueAt: number;
  readonly priority: number;
  /** Of the router that is active, as far as this one knows, and of itself; empty where there is none. */
  readonly activeAddress: string;
  readonly primaryAddress: string;
  /** Centiseconds. */
  readonly activeAdverInterval: number;
  /** Sentences, joined with "; ". */
  readonly faults: string;
  /** Which are armed, each with its monotonic due time. */
  readonly timers: readonly (readonly [string, number])[];
  readonly machine: string;
}

/** Rows on their way from the inspector's server to its page, in the order in which the server read them. */
export interface Page {
  /** Number of the first one in that order. */
  readonly first: number;
  readonly rows: readonly Row[];
}

/** One copy of each name over all rows: a hundred thousand of them share a few. */
export type Names = Map<string, string>;

export function shareNames(row: Row, names: Names): Row {
  const one = (name: string) => {
    const found = names.get(name);
    if (found !== undefined) return found;
    names.set(name, name);
    return name;
  };
  const { change } = row;
  return {
    ...row,
    ...{ node: one(row.node), router: one(row.router), incarnation: one(row.incarnation), key: one(row.key) },
    ...{ story: one(row.story), cause: one(row.cause), text: one(row.text) },
    change: change && {
      ...change,
      ...{ source: one(change.source), faults: one(change.faults), machine: one(change.machine) },
      ...{ activeAddress: one(change.activeAddress), primaryAddress: one(change.primaryAddress) },
    },
  };
}

export function rowId({ node, router, incarnation, sequence }: Row): string {
  return `${node}/${router}/${incarnation}/${sequence}`;
}

/** Whose records one lane shows. */
export function laneKey({ node, router }: Pick<Row, "node" | "router">): string {
  return `${router}\u0000${node}`;
}

/** What a list of rows is sorted by: the time, and in one node the order of its journal. */
export function compareRows(one: Row, other: Row): number {
  if (one.node === other.node && one.incarnation === other.incarnation) return one.position - other.position;
  return one.at - other.at;
}

/** The first place in a list that is sorted by time at which the time is later. */
export function placeAfter(rows: readonly Pick<Row, "at">[], at: number): number {
  return placeBy(rows, at, (row) => row.at);
}

/** The same for whatever has an instant. */
export function placeBy<T>(items: readonly T[], at: number, instant: (item: T) => number): number {
  let [low, high] = [0, items.length];
  while (low < high) {
    const middle = (low + high) >>> 1;
    const item = items[middle];
    if (item !== undefined && instant(item) <= at) low = middle + 1;
    else high = middle;
  }
  return low;
}
