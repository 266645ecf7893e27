/**
 * What an inspector knows: rows in lanes, one lane for each router on each node. It only ever grows; a view is a function of
 * it and of a moment, so that travelling through time is nothing but another moment.
 */

import { nodeRouterName } from "../../contracts/events/subjects.ts";
import { compareRows, laneKey, placeAfter, type Row, rowId } from "./row.ts";

/** A router, or a node itself, on one node. Lists are in the order of the journal. */
export interface Lane {
  readonly node: string;
  readonly router: string;
  /** "eth0/ipv4/51"; empty for a node and for a sync group. */
  key: string;
  rows: Row[];
  changes: TransitionRow[];
  /** What became of handlers. */
  handlings: Row[];
}

export type TransitionRow = Row & { readonly change: NonNullable<Row["change"]> };

/** Lanes of the same router on several nodes, sorted by node. */
export interface Group {
  readonly router: string;
  readonly lanes: Lane[];
  /** Another number whenever a lane got a transition; what is made from the transitions is kept until then. */
  version: number;
}

export interface Model {
  /** Sorted by time. */
  rows: Row[];
  readonly lanes: Map<string, Lane>;
  readonly groups: Map<string, Group>;
  /** The groups, sorted by name. */
  sorted: readonly Group[];
  /** What nodes say about themselves, by name. */
  readonly nodes: Map<string, Lane>;
  /** Sorted. */
  nodeNames: readonly string[];
  /** Rows that belong to the story of another one, by its id. */
  readonly stories: Map<string, Row[]>;
  version: number;
}

export function emptyModel(): Model {
  return {
    ...{ rows: [], lanes: new Map(), groups: new Map(), sorted: [], nodes: new Map(), nodeNames: [] },
    ...{ stories: new Map(), version: 0 },
  };
}

/** Takes up rows in any order; one that is known already is left out. */
export function addRows(model: Model, rows: readonly Row[]): void {
  if (rows.length === 0) return;
  const fresh = rows.length <= fewRows ? rows.filter((row) => addOne(model, row)) : addMany(model, rows);
  for (const row of fresh) {
    if (row.story === rowId(row)) continue;
    const story = model.stories.get(row.story) ?? [];
    model.stories.set(row.story, story);
    insert(story, row);
  }
  model.version += 1;
}

/** So many are put in their places one by one; more of them are quicker to sort with the rest. */
const fewRows = 20;

function addOne(model: Model, row: Row): boolean {
  const lane = laneOf(model, row);
  if (!insert(lane.rows, row)) return false;
  if (row.key !== "") lane.key = row.key;
  insert(model.rows, row);
  if (isHandling(row)) insert(lane.handlings, row);
  if (!isTransition(row)) return true;
  insert(lane.changes, row);
  const group = model.groups.get(row.router);
  if (group !== undefined) group.version += 1;
  return true;
}

function addMany(model: Model, rows: readonly Row[]): readonly Row[] {
  const touched = new Map<Lane, Row[]>();
  for (const row of rows) {
    const lane = laneOf(model, row);
    const added = touched.get(lane);
    if (added === undefined) touched.set(lane, [row]);
    else added.push(row);
  }
  const fresh: Row[] = [];
  for (const [lane, added] of touched) {
    const former = new Set(lane.rows);
    lane.rows = withoutTwins([...lane.rows, ...added].sort(compareRows));
    lane.changes = lane.rows.filter(isTransition);
    lane.handlings = lane.rows.filter(isHandling);
    lane.key = lane.rows.findLast(({ key }) => key !== "")?.key ?? "";
    for (const row of lane.rows) if (!former.has(row)) fresh.push(row);
    const group = model.groups.get(lane.router);
    if (group !== undefined) group.version += 1;
  }
  model.rows = [...model.rows, ...fresh].sort((one, other) => one.at - other.at);
  return fresh;
}

function withoutTwins(sorted: readonly Row[]): Row[] {
  return sorted.filter((row, place) => place === 0 || !isSame(row, sorted[place - 1]));
}

/** Of one lane. */
function isSame(row: Row, other: Row | undefined): boolean {
  return other !== undefined && row.sequence === other.sequence && row.incarnation === other.incarnation;
}

export function isTransition(row: Row): row is TransitionRow {
  return row.change !== null;
}

function isHandling({ class: eventClass }: Row): boolean {
  return eventClass === "handler";
}

function laneOf(model: Model, row: Row): Lane {
  const key = laneKey(row);
  const found = row.router === nodeRouterName ? model.nodes.get(row.node) : model.lanes.get(key);
  if (found !== undefined) return found;
  const lists = { rows: [], changes: [], handlings: [] };
  const lane: Lane = { node: row.node, router: row.router, key: row.key, ...lists };
  if (!model.nodeNames.includes(row.node)) {
    model.nodeNames = [...model.nodeNames, row.node].sort(compareNames);
  }
  if (row.router === nodeRouterName) {
    model.nodes.set(row.node, lane);
    return lane;
  }
  model.lanes.set(key, lane);
  const group = model.groups.get(row.router) ?? { router: row.router, lanes: [], version: 0 };
  group.lanes.push(lane);
  group.lanes.sort((one, other) => compareNames(one.node, other.node));
  model.groups.set(row.router, group);
  model.sorted = [...model.groups.values()].sort((one, other) => compareNames(one.router, other.router));
  return lane;
}

const names = new Intl.Collator("en", { numeric: true });

/** VI_2 before VI_10. */
export function compareNames(one: string, other: string): number {
  return names.compare(one, other);
}

/** False where it is there already. */
function insert<R extends Row>(rows: R[], row: R): boolean {
  let [low, high] = [0, rows.length];
  while (low < high) {
    const middle = (low + high) >>> 1;
    const former = rows[middle];
    if (former !== undefined && compareRows(former, row) <= 0) low = middle + 1;
    else high = middle;
  }
  const former = rows[low - 1];
  if (former !== undefined && former.router === row.router && former.node === row.node && isSame(row, former))
    return false;
  rows.splice(low, 0, row);
  return true;
}

/** The last transition of a lane up to a moment; undefined before the first one. */
export function changeAt(lane: Lane, moment: number): TransitionRow | undefined {
  return lane.changes[placeAfter(lane.changes, moment) - 1];
}

/** From the first record to the last one; undefined while nothing is known. */
export function extentOf({ rows }: Model): { readonly from: number; readonly to: number } | undefined {
  const [first, last] = [rows[0], rows.at(-1)];
  return first === undefined || last === undefined ? undefined : { from: first.at, to: last.at };
}
