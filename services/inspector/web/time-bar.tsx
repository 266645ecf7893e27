/** The time of every view: a slider over the whole history with its marks, and the controls that play it. */

import { useMemo } from "preact/hooks";
import { extentOf } from "../../../machines/inspection/model.ts";
import { periodsOf } from "../../../machines/inspection/periods.ts";
import { dayOf, durationOf, fullTimeOf, timeOf } from "./format.ts";
import { pause, play, speeds, step } from "./player.ts";
import type { Route } from "./route.ts";
import { presentMoment, store, travelTo } from "./store.ts";

export function TimeBar({ route, moment }: { route: Route; moment: number }) {
  const extent = extentOf(store.model);
  if (extent === undefined) return null;
  const isFile = store.hello?.mode === "file";
  const present = Math.max(extent.to, presentMoment());
  const end = isFile ? extent.to : present;
  const router = route.view === "router" && route.subject !== "" ? route.subject : undefined;
  const isLive = store.moment === undefined;
  const steps = router === undefined ? "event" : `event of ${router}`;
  return (
    <section class="time-bar" aria-label="Time">
      <div class="controls">
        <button type="button" onClick={() => step(-1, router)} title={`To the ${steps} before`}>
          <Icon d="M11 2v10L4 7zM3 2h1.6v10H3z" />
          <span class="unseen">To the {steps} before</span>
        </button>
        {store.speed > 0 ? (
          <button type="button" class="main" onClick={pause}>
            <Icon d="M3 2h3v10H3zM8 2h3v10H8z" />
            <span class="unseen">Pause</span>
          </button>
        ) : (
          <button
            type="button"
            class="main"
            disabled={isLive && !isFile}
            onClick={() => play(1, isLive ? extent.from : moment)}
          >
            <Icon d="M3 1.5l9 5.5l-9 5.5z" />
            <span class="unseen">Play</span>
          </button>
        )}
        <button
          type="button"
          onClick={() => step(1, router)}
          disabled={isLive}
          title={`To the next ${steps}`}
        >
          <Icon d="M3 2v10l7-5zM9.4 2H11v10H9.4z" />
          <span class="unseen">To the next {steps}</span>
        </button>
        <select
          aria-label="Speed"
          value={String(store.speed || 1)}
          disabled={isLive}
          onChange={({ currentTarget }) => play(Number(currentTarget.value))}
        >
          {speeds.map((speed) => (
            <option key={speed} value={String(speed)}>
              {speed}×
            </option>
          ))}
        </select>
      </div>
      <div class="slider">
        <Marks from={extent.from} to={end} />
        <input
          type="range"
          aria-label="Moment"
          aria-valuetext={isLive ? "now" : fullTimeOf(moment)}
          min={0}
          max={1_000_000}
          step="any"
          value={fraction(moment, extent.from, end) * 1_000_000}
          onInput={({ currentTarget }) =>
            travelTo(extent.from + (Number(currentTarget.value) / 1_000_000) * (end - extent.from))
          }
          onKeyDown={(event) => {
            if (event.key !== "ArrowLeft" && event.key !== "ArrowRight") return;
            event.preventDefault();
            step(event.key === "ArrowRight" ? 1 : -1, router);
          }}
        />
        <div class="ends" aria-hidden="true">
          <span>{timeOf(extent.from, end).slice(0, -4)}</span>
          <span>{isFile ? timeOf(end).slice(0, -4) : "now"}</span>
        </div>
      </div>
      <div class="moment">
        <output>
          <span class="clock">{timeOf(moment)}</span>
          <span class="day">
            {dayOf(moment)}
            {isLive ? "" : `, ${durationOf(Math.max(0, present - moment)).replace(/\.\d+ s$/u, " s")} back`}
          </span>
        </output>
        <button
          type="button"
          class={`live${isLive ? " on" : ""}`}
          aria-pressed={isLive}
          onClick={() => travelTo(undefined)}
        >
          {isFile ? "End" : "Live"}
        </button>
      </div>
    </section>
  );
}

function Icon({ d }: { d: string }) {
  return (
    <svg viewBox="0 0 14 14" width="14" height="14" aria-hidden="true">
      <path d={d} />
    </svg>
  );
}

/** Marks closer together than this share of the bar are one. */
const finest = 1 / 800;

/** Takeovers, and where a router was served by nobody or by two. */
function Marks({ from, to }: { from: number; to: number }) {
  const { version } = store.model;
  // The end moves with the time; the marks only every so often.
  const grain = Math.max(1, (to - from) / 400);
  const marks = useMemo(() => marksOf(from, to), [version, from, Math.round(to / grain)]);
  return (
    <svg class="marks" viewBox="0 0 1000 10" preserveAspectRatio="none" aria-hidden="true">
      {(["takeover", "nobodyActive", "dualActive"] as const).map((kind) => (
        <path key={kind} class={`mark-${kind}`} d={marks[kind]} />
      ))}
    </svg>
  );
}

function marksOf(from: number, to: number) {
  const places = {
    takeover: new Set<number>(),
    nobodyActive: new Set<number>(),
    dualActive: new Set<number>(),
  };
  const place = (at: number) => Math.round(fraction(at, from, to) / finest) * finest;
  for (const group of store.model.sorted) {
    for (const { kind, from: start } of periodsOf(group).disorders) places[kind].add(place(start));
    for (const { changes } of group.lanes)
      for (const { at, change } of changes) if (change.to === "active") places.takeover.add(place(at));
  }
  const path = (of: ReadonlySet<number>) =>
    [...of].map((at) => `M${(at * 1000).toFixed(1)} 0h1.6v10h-1.6z`).join("");
  return {
    takeover: path(places.takeover),
    nobodyActive: path(places.nobodyActive),
    dualActive: path(places.dualActive),
  };
}

export function fraction(at: number, from: number, to: number): number {
  return to <= from ? 1 : Math.min(1, Math.max(0, (at - from) / (to - from)));
}
