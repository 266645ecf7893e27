/** Every router on every node at a moment, problems first: what an operator sees when the page opens. */

import type { Group, Lane, Model, TransitionRow } from "./model.ts";
import { type LaneState, periodAt, periodsOf } from "./periods.ts";
import { placeAfter, type Row } from "./row.ts";

export type Severity = "bad" | "warning" | "good" | "idle";

export interface Cell {
  readonly node: string;
  readonly state: LaneState;
  /** Microseconds since 1970. */
  readonly since: number;
  readonly row: TransitionRow;
  /** Handlers that failed over what brought it here, or since then. */
  readonly failures: readonly Row[];
}

export interface RouterLine {
  readonly group: Group;
  readonly severity: Severity;
  /** What is wrong, as a sentence without a full stop; empty in health. */
  readonly problem: string;
  /** By node, in the order of the model's names; undefined where the node does not have the router, or not yet. */
  readonly cells: readonly (Cell | undefined)[];
  /** Of the router that serves; undefined while there is not exactly one. */
  readonly active: Cell | undefined;
}

/** For so long a failure is told of, in microseconds. */
const day = 86_400_000_000;

const order: readonly Severity[] = ["bad", "warning", "good", "idle"];

/** The routers at a moment, the worst first and by name among equals. */
export function overviewAt({ sorted, nodeNames }: Model, moment: number): RouterLine[] {
  const lines = sorted.map((group) => lineAt(group, nodeNames, moment));
  return order.flatMap((severity) => lines.filter((line) => line.severity === severity));
}

export function lineAt(group: Group, nodeNames: readonly string[], moment: number): RouterLine {
  const { lanes } = periodsOf(group);
  const present = group.lanes.flatMap((lane, place) => {
    const period = periodAt(lanes[place] ?? [], moment);
    return period === undefined
      ? []
      : [
          {
            ...{ node: lane.node, state: period.state, since: period.from, row: period.row },
            failures: failuresAt(lane, period.row.at, moment),
          },
        ];
  });
  const active = present.filter(({ state }) => state === "active");
  const cells = nodeNames.map((name) => present.find(({ node }) => node === name));
  return {
    ...{ group, cells, ...verdictOf(present) },
    active: active.length === 1 ? active[0] : undefined,
  };
}

function verdictOf(cells: readonly Cell[]): Pick<RouterLine, "severity" | "problem"> {
  const of = (state: LaneState) => cells.filter((cell) => cell.state === state).map(({ node }) => node);
  const [active, unheard, fault] = [of("active"), of("unheard"), of("fault")];
  const isOff = cells.every(({ state }) => state === "initialize");
  if (cells.length === 0) return { severity: "idle", problem: "" };
  if (isOff) return { severity: "idle", problem: "stopped on every node" };
  if (active.length > 1) return { severity: "bad", problem: `active on ${active.join(" and ")} at once` };
  if (active.length === 0) {
    const waits = of("backup").length > 0 ? "nobody is active" : "nobody can be active";
    return { severity: "bad", problem: fault.length > 0 ? `${waits}, fault on ${fault.join(", ")}` : waits };
  }
  if (unheard.length > 0)
    return { severity: "warning", problem: `nothing heard from ${unheard.join(", ")}: gone, or cut off` };
  if (fault.length > 0) return { severity: "warning", problem: `fault on ${fault.join(", ")}` };
  const stopped = of("initialize");
  if (stopped.length > 0) return { severity: "warning", problem: `stopped on ${stopped.join(", ")}` };
  const failed = cells.find(({ failures }) => failures.length > 0);
  if (failed !== undefined)
    return { severity: "warning", problem: `on ${failed.node} ${failed.failures[0]?.text}` };
  return { severity: "good", problem: "" };
}

/** Handlers that failed from an instant to another, as long as it is worth to look at. */
function failuresAt({ handlings }: Lane, from: number, to: number): Row[] {
  const begin = placeAfter(handlings, Math.max(from, to - day) - 1);
  return handlings.slice(begin, placeAfter(handlings, to)).filter(({ isTrouble }) => isTrouble);
}

export interface NodeLine {
  readonly node: string;
  /** How many routers are in each state. */
  readonly counts: Readonly<Partial<Record<LaneState, number>>>;
  /** The last record up to the moment. */
  readonly last: Row | undefined;
  /** Routers whose handlers failed over what brought them to their state. */
  readonly failedHandlers: number;
  /** The last trouble that the node, not one of its routers, told within a day. */
  readonly trouble: Row | undefined;
}

/** Each node at a moment. */
export function nodesAt(model: Model, lines: readonly RouterLine[], moment: number): NodeLine[] {
  return model.nodeNames.map((node, place) => {
    const counts: Partial<Record<LaneState, number>> = {};
    let failedHandlers = 0;
    for (const { cells } of lines) {
      const cell = cells[place];
      if (cell === undefined) continue;
      counts[cell.state] = (counts[cell.state] ?? 0) + 1;
      if (cell.failures.length > 0) failedHandlers += 1;
    }
    const own = lastOf(model.nodes.get(node), moment);
    const rows = [own, ...laneRows(model, node, moment)].filter((row) => row !== undefined);
    const last = rows.reduce<Row | undefined>(
      (latest, row) => (latest === undefined || row.at > latest.at ? row : latest),
      undefined,
    );
    const trouble = own?.isTrouble === true && own.at > moment - day ? own : undefined;
    return { node, counts, failedHandlers, last, trouble };
  });
}

function laneRows(model: Model, node: string, moment: number): (Row | undefined)[] {
  return model.sorted.map(({ lanes }) =>
    lastOf(
      lanes.find((lane) => lane.node === node),
      moment,
    ),
  );
}

function lastOf(lane: Lane | undefined, moment: number): Row | undefined {
  return lane?.rows[placeAfter(lane.rows, moment) - 1];
}
