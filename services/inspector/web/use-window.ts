/** A lane at a moment, as exactly as the records allow: by the flight recorder's facts, else by the last transition. */

import { useMemo } from "preact/hooks";
import type { RouterMoment, Trace } from "../../../contracts/events/trace.ts";
import type { Transition, VirtualRouterContext } from "../../../contracts/events/transitions.ts";
import { changeAt, type Lane, type TransitionRow } from "../../../machines/inspection/model.ts";
import { placeAfter, placeBy, type Row, rowId } from "../../../machines/inspection/row.ts";
import { stepsOf, type WindowStep } from "../../../machines/inspection/window.ts";
import { useBodies } from "./use-body.ts";
import type { SeenNow } from "./use-now.ts";

export interface LaneMoment {
  readonly row: TransitionRow;
  /** What the router remembers; undefined until it is read. */
  readonly context: VirtualRouterContext | undefined;
  /** What it remembered before the last fact or transition. */
  readonly before: VirtualRouterContext | undefined;
  /** Settings, where the flight recorder has told them. */
  readonly parameters: RouterMoment["parameters"] | undefined;
  /** Facts up to the moment, the last one last. */
  readonly steps: readonly WindowStep[];
  /** The daemon itself says how the router is. */
  readonly isNow: boolean;
  /** Whether `context` is that of the moment itself, and not of the last transition before it. */
  readonly isExact: boolean;
  /** Microseconds on the node's monotonic clock. */
  readonly monotonic: number;
}

/** Undefined before the lane's first transition. */
export function useLaneMoment(
  lane: Lane | undefined,
  moment: number,
  now: SeenNow | undefined,
): LaneMoment | undefined {
  const row = lane === undefined ? undefined : changeAt(lane, moment);
  const place = row === undefined || lane === undefined ? -1 : lane.changes.indexOf(row);
  const former = lane?.changes[place - 1];
  const next = lane?.changes[place + 1];
  const behind = useSteps(lane, row);
  const ahead = useSteps(lane, next);
  const bodies = useBodies([row, former].flatMap((each) => (each === undefined ? [] : [rowId(each)])));
  if (row === undefined) return undefined;
  const monotonic = monotonicAt(row, next, moment);
  const passed = ahead.slice(
    0,
    placeBy(ahead, monotonic, ({ at }) => at),
  );
  // What the next window began with holds from the transition on.
  const begun = ahead[0]?.before;
  const steps = [...behind, ...passed];
  const last = passed.at(-1);
  const [own, previous] = (bodies ?? []) as readonly (Transition | undefined)[];
  // Of a state that has changed since, the news are on their way.
  if (next === undefined && now !== undefined && now.moment.state === row.change.to)
    return { row, isNow: true, isExact: true, ...present(now, [...behind, ...now.steps]) };
  return {
    ...{ row, monotonic, steps, isNow: false },
    context: last?.after.context ?? own?.context ?? behind.at(-1)?.after.context,
    before: last?.before.context ?? previous?.context ?? behind[0]?.before.context,
    parameters: last?.after.parameters ?? begun?.parameters ?? behind.at(-1)?.after.parameters,
    isExact: next !== undefined && begun !== undefined,
  };
}

function present({ at, seenAt, moment, steps }: SeenNow, all: readonly WindowStep[]) {
  return {
    ...{ context: moment.context, parameters: moment.parameters, steps: all },
    before: steps.at(-1)?.before.context,
    monotonic: at + (performance.now() - seenAt) * 1000,
  };
}

/** A clock that was set in between moves what lies behind it: the nearer transition counts. */
function monotonicAt(row: TransitionRow, next: TransitionRow | undefined, moment: number): number {
  const isNextNearer =
    next !== undefined && next.at - moment < moment - row.at && next.monotonic > row.monotonic;
  const beside = isNextNearer ? next : row;
  return beside.monotonic + moment - beside.at;
}

const noSteps: readonly WindowStep[] = [];

/** The facts that led to a transition: its traces stand behind it, in its story. */
function useSteps(lane: Lane | undefined, row: TransitionRow | undefined): readonly WindowStep[] {
  const traces = lane === undefined || row === undefined ? [] : tracesOf(lane, row);
  const ids = traces.map(rowId);
  const bodies = useBodies(ids);
  const key = ids.join("\n");
  return useMemo(
    () => (bodies === undefined || bodies.length === 0 ? noSteps : stepsOf(bodies.filter(isTrace))),
    [key, bodies === undefined],
  );
}

/** Rows behind a transition among which its traces are. */
const nearby = 40;

function tracesOf(lane: Lane, row: TransitionRow): Row[] {
  const place = placeAfter(lane.rows, row.at - 1);
  return lane.rows
    .slice(place, place + nearby)
    .filter((each) => each.class === "trace" && each.story === row.story && each.sequence > row.sequence);
}

/** The server has it from a record that was validated as it came in. */
function isTrace(body: unknown): body is Trace {
  return typeof body === "object" && body !== null && "heard" in body && "kinds" in body;
}
