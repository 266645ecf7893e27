/** The lanes of one router: a bar for each period, one path for each state, since thousands of them may be in sight. */

import { useMemo, useState } from "preact/hooks";
import type { Group } from "../../../machines/inspection/model.ts";
import {
  type Disorder,
  disorderAt,
  type LaneState,
  type Period,
  periodAt,
  periodsOf,
} from "../../../machines/inspection/periods.ts";
import { stateWords } from "./badge.tsx";
import { durationOf, timeOf } from "./format.ts";
import { hashOf } from "./route.ts";
import { presentMoment } from "./store.ts";

export interface Range {
  readonly from: number;
  readonly to: number;
}

export const headHeight = 26;
const laneHeight = 28;
const barHeight = 20;
const space = 14;

export function groupHeight(group: Group | undefined): number {
  return group === undefined ? 0 : group.lanes.length * laneHeight + space;
}

interface GroupLanesProps {
  readonly group: Group;
  readonly version: number;
  readonly top: number;
  readonly range: Range;
  readonly width: number;
  readonly label: number;
  readonly onPick: (event: MouseEvent) => void;
  readonly timeAt: (event: MouseEvent) => number;
}

const states: readonly LaneState[] = ["initialize", "backup", "active", "fault", "unheard"];

export function GroupLanes(props: GroupLanesProps) {
  const { group, version, top, range, width, label, onPick, timeAt } = props;
  const [tip, setTip] = useState<{ x: number; lane: number; at: number }>();
  const present = Math.min(range.to, presentMoment());
  const drawn = useMemo(
    () => draw(group, range, width, present),
    // An open bar grows with the time, but by less than a pixel it need not be drawn anew.
    [
      group,
      version,
      range.from,
      range.to,
      width,
      Math.round(((present - range.from) / (range.to - range.from)) * width),
    ],
  );
  const height = group.lanes.length * laneHeight;
  return (
    <div
      class="group-lanes"
      style={{ transform: `translateY(${top}px)`, height: `${height}px` }}
      data-router={group.router}
    >
      <LaneLabels group={group} width={label} />
      <svg
        class="bars"
        width={width}
        height={height}
        aria-hidden="true"
        onClick={onPick}
        onMouseMove={(event) =>
          setTip({ x: event.offsetX, lane: Math.floor(event.offsetY / laneHeight), at: timeAt(event) })
        }
        onMouseLeave={() => setTip(undefined)}
      >
        {states.map((state) =>
          drawn[state] === "" ? null : (
            <path key={state} class={`bar state-${state}`} data-bar={state} d={drawn[state]} />
          ),
        )}
        {drawn.nobodyActive === "" ? null : (
          <path class="nobodyActive" data-bar="nobodyActive" d={drawn.nobodyActive} />
        )}
        {drawn.dualActive === "" ? null : (
          <path class="dualActive" data-bar="dualActive" d={drawn.dualActive} />
        )}
      </svg>
      {tip === undefined ? null : <Tip group={group} tip={tip} left={label + Math.min(tip.x, width - 260)} />}
    </div>
  );
}

function LaneLabels({ group: { router, lanes }, width }: { group: Group; width: number }) {
  return (
    <div class="lane-labels" style={{ width: `${width}px` }}>
      {lanes.map(({ node }, place) => (
        <a
          key={node}
          href={hashOf({ view: "router", subject: router, node })}
          style={{ height: `${laneHeight}px` }}
        >
          <b class={place === 0 ? "" : "unseen"}>{router}</b> <span class="soft">{node}</span>
        </a>
      ))}
    </div>
  );
}

type Drawn = Readonly<Record<LaneState | Disorder["kind"], string>>;

function draw(group: Group, range: Range, width: number, present: number): Drawn {
  const { lanes, disorders } = periodsOf(group);
  const x = (at: number) => ((Math.min(at, present) - range.from) / (range.to - range.from)) * width;
  const paths: Record<string, string[]> = {};
  const add = (kind: string, left: number, right: number, y: number, tall: number) => {
    const list = paths[kind] ?? [];
    paths[kind] = list;
    list.push(`M${left.toFixed(1)} ${y}H${right.toFixed(1)}V${y + tall}H${left.toFixed(1)}Z`);
  };
  for (const [place, periods] of lanes.entries()) {
    const y = place * laneHeight + (laneHeight - barHeight) / 2;
    for (const bar of merge(periods, range, x, width)) {
      const thin = bar.state === "backup" || bar.state === "initialize";
      add(bar.state, bar.left, bar.right, thin ? y + barHeight / 2 - 2 : y, thin ? 4 : barHeight);
    }
  }
  const tall = group.lanes.length * laneHeight;
  for (const { kind, from, to } of disorders) {
    if (to < range.from || from > range.to) continue;
    const left = Math.max(0, x(from));
    add(kind, left, Math.max(left + 2, Math.min(width, x(to))), 0, tall);
  }
  const path = (kind: string) => (paths[kind] ?? []).join("");
  return {
    ...{
      initialize: path("initialize"),
      backup: path("backup"),
      active: path("active"),
      fault: path("fault"),
    },
    ...{ unheard: path("unheard"), nobodyActive: path("nobodyActive"), dualActive: path("dualActive") },
  };
}

interface Bar {
  readonly state: LaneState;
  readonly left: number;
  right: number;
}

/** What is narrower than a pixel joins its like, so that a year of restlessness is no million of bars. */
function merge(periods: readonly Period[], range: Range, x: (at: number) => number, width: number): Bar[] {
  const bars = new Map<LaneState, Bar[]>();
  for (const { state, from, to } of periods) {
    if (to < range.from || from > range.to) continue;
    const left = Math.max(0, x(from));
    const right = Math.min(width, Math.max(left + 1, x(to) - 0.5));
    const list = bars.get(state) ?? [];
    bars.set(state, list);
    const last = list.at(-1);
    if (last !== undefined && left - last.right < 0.7) last.right = Math.max(last.right, right);
    else list.push({ state, left, right });
  }
  return [...bars.values()].flat();
}

function Tip({ group, tip, left }: { group: Group; tip: { lane: number; at: number }; left: number }) {
  const { lanes, disorders } = periodsOf(group);
  const lane = group.lanes[tip.lane];
  const period = periodAt(lanes[tip.lane] ?? [], tip.at);
  const disorder = disorderAt(disorders, tip.at);
  if (lane === undefined) return null;
  return (
    <div
      class="tip"
      style={{ transform: `translate(${left}px, ${(tip.lane + 1) * laneHeight}px)` }}
      role="presentation"
    >
      <p>
        <b>{timeOf(tip.at)}</b> {lane.node}
      </p>
      {period === undefined ? (
        <p>nothing known yet</p>
      ) : (
        <p>
          <b>{stateWords[period.state]}</b> since {timeOf(period.from, tip.at)}
          {Number.isFinite(period.to) ? `, for ${durationOf(period.to - period.from)}` : ""}
          <br />
          {period.row.text}
        </p>
      )}
      {disorder === undefined ? null : (
        <p class="fault-text">
          {disorder.kind === "dualActive" ? "two active" : "nobody active"}
          {Number.isFinite(disorder.to) ? ` for ${durationOf(disorder.to - disorder.from)}` : ""}
        </p>
      )}
    </div>
  );
}
