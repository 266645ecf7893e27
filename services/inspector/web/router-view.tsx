/** One router on one node: the live chart, its timers, what it remembers, what it heard, and what it would do. */

import { useMemo, useState } from "preact/hooks";
import type { Group, Lane } from "../../../machines/inspection/model.ts";
import { periodAt, periodsOf } from "../../../machines/inspection/periods.ts";
import { rowId } from "../../../machines/inspection/row.ts";
import { StateBadge } from "./badge.tsx";
import { Chart, presentMachine } from "./chart.tsx";
import { ContextTable } from "./context-table.tsx";
import { Facts } from "./facts.tsx";
import { ageOf, durationOf, timeOf } from "./format.ts";
import { Guards } from "./guards.tsx";
import { hashOf } from "./route.ts";
import { store } from "./store.ts";
import { Timers } from "./timers.tsx";
import { isLive, useNow } from "./use-now.ts";
import { type LaneMoment, useLaneMoment } from "./use-window.ts";
import { Empty, type ViewProps } from "./view.tsx";
import { WhatIf } from "./what-if.tsx";

export function RouterView({ route, moment }: ViewProps) {
  const groups = store.model.sorted;
  const group = store.model.groups.get(route.subject) ?? (route.subject === "" ? groups[0] : undefined);
  if (group === undefined) return <Empty>No router is called {route.subject}.</Empty>;
  const lane = group.lanes.find(({ node }) => node === route.node) ?? servingLane(group, moment);
  return (
    <section class="router">
      <div class="router-head">
        <h1>
          <label>
            <span class="unseen">Router</span>
            <select
              value={group.router}
              onChange={({ currentTarget }) => {
                location.hash = hashOf({ view: "router", subject: currentTarget.value });
              }}
            >
              {groups.map(({ router }) => (
                <option key={router} value={router}>
                  {router}
                </option>
              ))}
            </select>
          </label>
        </h1>
        <ul class="lane-tabs" aria-label="Nodes">
          {group.lanes.map((each, place) => (
            <li key={each.node}>
              <a
                href={hashOf({ view: "router", subject: group.router, node: each.node })}
                {...(each === lane ? { "aria-current": "true" as const } : {})}
              >
                {each.node} <LaneState group={group} place={place} moment={moment} />
              </a>
            </li>
          ))}
        </ul>
        {lane?.key ? <p class="soft key">{lane.key}</p> : null}
      </div>
      {lane === undefined ? null : (
        <LaneDetail key={`${lane.router} ${lane.node}`} lane={lane} moment={moment} />
      )}
    </section>
  );
}

function LaneState({ group, place, moment }: { group: Group; place: number; moment: number }) {
  const period = periodAt(periodsOf(group).lanes[place] ?? [], moment);
  return period === undefined ? <span class="soft">not yet</span> : <StateBadge state={period.state} />;
}

/** Where the router is looked at when nobody says where. */
function servingLane(group: Group, moment: number): Lane | undefined {
  const { lanes } = periodsOf(group);
  return (
    group.lanes.find((_, place) => periodAt(lanes[place] ?? [], moment)?.state === "active") ?? group.lanes[0]
  );
}

function LaneDetail({ lane, moment }: { lane: Lane; moment: number }) {
  const found = useLaneMoment(lane, moment, useNow(lane.node, lane.router, isLive() && lane.key !== ""));
  const [tries, setTries] = useState(false);
  if (found === undefined) return <Empty>{lane.node} has told nothing of it up to this moment.</Empty>;
  return (
    <>
      <Because found={found} moment={moment} tries={tries} onTry={() => setTries(!tries)} />
      {tries && found.context !== undefined ? (
        <WhatIf found={{ ...found, context: found.context }} />
      ) : (
        <Happened lane={lane} found={found} moment={moment} />
      )}
    </>
  );
}

/** Parts are made anew only where what they show is another. */
function Happened({ lane, found, moment }: { lane: Lane; found: LaneMoment; moment: number }) {
  const { row } = found;
  return (
    <div class="router-grid">
      <div class="panel chart-panel">
        {useMemo(
          () => (
            <Chart
              machine={row.change.machine.startsWith("virtual-router") ? row.change.machine : presentMachine}
              lit={row.change.to}
              fired={{ ...row.change, id: rowId(row) }}
              note={`since ${timeOf(row.at).slice(0, -4)}`}
            />
          ),
          [row],
        )}
      </div>
      <div class="side">
        <Timers found={found} />
        {useMemo(
          () => (
            <Guards found={found} />
          ),
          [row, found.steps.at(-1)],
        )}
        {useMemo(
          () => (
            <ContextTable found={found} />
          ),
          [found.context, found.before, found.isExact, found.isNow],
        )}
      </div>
      <Facts lane={lane} found={found} moment={moment} />
    </div>
  );
}

interface BecauseProps {
  readonly found: LaneMoment;
  readonly moment: number;
  readonly tries: boolean;
  readonly onTry: () => void;
}

/** The state in one sentence: since when, and why. */
function Because({ found: { row, context }, moment, tries, onTry }: BecauseProps) {
  const { change } = row;
  const length = Math.max(0, moment - row.at);
  return (
    <p class={`because state-${change.to}`} role="status">
      <StateBadge state={change.to} />
      <span>
        since {timeOf(row.at, moment)} ({length < 1_000_000 ? durationOf(length) : ageOf(length)}):{" "}
        <b>{row.text.replace(/^\w+ -> \w+\s+/u, "").replace(/\s*\(\w+\)$/u, "")}</b>
      </span>
      <span class="soft">
        {change.reason}, by {change.fact}
        {change.source === "" ? "" : ` from ${change.source}`}; priority {change.priority}
        {change.activeAddress === "" ? "" : `; active ${change.activeAddress}`}
      </span>
      {change.to === "active" ? (
        <a href={hashOf({ view: "story", subject: row.story })}>How it came about</a>
      ) : null}
      <button type="button" class="try" aria-pressed={tries} disabled={context === undefined} onClick={onTry}>
        {tries ? "Back to what happened" : "What if…"}
      </button>
    </p>
  );
}
