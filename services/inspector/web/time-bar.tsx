/** The time of every view: a slider over the whole history with its marks, and the controls that play it. */

import { useMemo } from "preact/hooks";
import { extentOf } from "../../../machines/inspection/model.ts";
import { periodsOf } from "../../../machines/inspection/periods.ts";
import { dayOf, durationOf, fullTimeOf, rfc3339, timeOf } from "./format.ts";
import { pause, play, speeds, step } from "./player.ts";
import type { Route } from "./route.ts";
import { presentMoment, store, travelTo } from "./store.ts";

export function TimeBar({ route, moment }: { route: Route; moment: number }) {
  const extent = extentOf(store.model);
  if (extent === undefined) return null;
  const isFile = store.hello?.mode === "file";
  const present = Math.max(extent.to, presentMoment());
  const router = route.view === "router" && route.subject !== "" ? route.subject : undefined;
  const bar = { moment, from: extent.from, to: isFile ? extent.to : present, isFile, router };
  return (
    <section class="time-bar" aria-label="Time">
      <Controls {...bar} />
      <Slider {...bar} />
      <Moment {...bar} />
    </section>
  );
}

interface Bar {
  readonly moment: number;
  /** Of the whole history. */
  readonly from: number;
  readonly to: number;
  readonly isFile: boolean;
  /** Steps go from record to record of this one; of all where it is left out. */
  readonly router: string | undefined;
}

function Controls({ moment, from, isFile, router }: Bar) {
  const isLive = store.moment === undefined;
  const steps = router === undefined ? "event" : `event of ${router}`;
  const start = () => play(1, isLive ? from : moment);
  return (
    <div class="controls">
      <Control
        words={`To the ${steps} before`}
        d="M11 2v10L4 7zM3 2h1.6v10H3z"
        act={() => step(-1, router)}
      />
      {store.speed > 0 ? (
        <Control words="Pause" d="M3 2h3v10H3zM8 2h3v10H8z" act={pause} isMain />
      ) : (
        <Control words="Play" d="M3 1.5l9 5.5l-9 5.5z" act={start} isMain isOff={isLive && !isFile} />
      )}
      <Control
        words={`To the next ${steps}`}
        d="M3 2v10l7-5zM9.4 2H11v10H9.4z"
        act={() => step(1, router)}
        isOff={isLive}
      />
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
  );
}

interface ControlProps {
  readonly words: string;
  readonly d: string;
  readonly act: () => void;
  readonly isMain?: boolean;
  readonly isOff?: boolean;
}

function Control({ words, d, act, isMain = false, isOff = false }: ControlProps) {
  return (
    <button type="button" class={isMain ? "main" : ""} disabled={isOff} onClick={act} title={words}>
      <svg viewBox="0 0 14 14" width="14" height="14" aria-hidden="true">
        <path d={d} />
      </svg>
      <span class="unseen">{words}</span>
    </button>
  );
}

/** Steps of the slider: finer than any screen. */
const sliderSteps = 1_000_000;

function Slider({ moment, from, to, isFile, router }: Bar) {
  return (
    <div class="slider">
      <Marks from={from} to={to} />
      <input
        type="range"
        aria-label="Moment"
        aria-valuetext={store.moment === undefined ? "now" : fullTimeOf(moment)}
        min={0}
        max={sliderSteps}
        step="any"
        value={fraction(moment, from, to) * sliderSteps}
        onInput={({ currentTarget }) =>
          travelTo(from + (Number(currentTarget.value) / sliderSteps) * (to - from))
        }
        onKeyDown={(event) => {
          if (event.key !== "ArrowLeft" && event.key !== "ArrowRight") return;
          event.preventDefault();
          step(event.key === "ArrowRight" ? 1 : -1, router);
        }}
      />
      <div class="ends" aria-hidden="true">
        <span>{timeOf(from, to).slice(0, -4)}</span>
        <span>{isFile ? timeOf(to).slice(0, -4) : "now"}</span>
      </div>
    </div>
  );
}

function Moment({ moment, to, isFile }: Bar) {
  const isLive = store.moment === undefined;
  const back = durationOf(Math.max(0, to - moment)).replace(/\.\d+ s$/u, " s");
  return (
    <div class="moment">
      <output>
        <time class="clock" dateTime={rfc3339(moment)}>
          {timeOf(moment)}
        </time>
        <span class="day">
          {dayOf(moment)}
          {isLive ? "" : `, ${back} back`}
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

function fraction(at: number, from: number, to: number): number {
  return to <= from ? 1 : Math.min(1, Math.max(0, (at - from) / (to - from)));
}
