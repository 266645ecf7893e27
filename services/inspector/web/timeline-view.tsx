/** Who was active when: a lane for each router on each node, with what was wrong marked, from a whole year to a millisecond. */

import { useEffect, useMemo, useRef, useState } from "preact/hooks";
import { extentOf, type Group } from "../../../machines/inspection/model.ts";
import { periodsOf } from "../../../machines/inspection/periods.ts";
import { StateShape, stateWords } from "./badge.tsx";
import { dayOf, durationOf, timeOf } from "./format.ts";
import { GroupLanes, groupHeight, headHeight, type Range } from "./lanes.tsx";
import { Scroll } from "./scroll.tsx";
import { presentMoment, store, travelTo } from "./store.ts";
import type { ViewProps } from "./view.tsx";

/** Microseconds: nothing is told more finely. */
const shortest = 1_000;

export function TimelineView({ moment }: ViewProps) {
  const extent = extentOf(store.model) ?? { from: 0, to: 1 };
  const end = store.hello?.mode === "file" ? extent.to : Math.max(extent.to, presentMoment());
  const [zoom, setZoom] = useState<Range | undefined>();
  // A whole that grows all the time would draw every lane anew all the time.
  const grain = Math.max(1, Math.round((end - extent.from) / 300));
  const whole = { from: extent.from, to: Math.ceil(end / grain) * grain };
  const range = zoom ?? whole;
  const change = (next: Range) => setZoom(clampRange(next, whole));
  const scale = (factor: number, around = middleOf(range, moment)) =>
    change({ from: around - (around - range.from) * factor, to: around + (range.to - around) * factor });
  const move = (share: number) => {
    const by = (range.to - range.from) * share;
    change({ from: range.from + by, to: range.to + by });
  };
  return (
    <section class="timeline">
      <div class="timeline-head">
        <h1>Timeline</h1>
        <p class="soft">
          {dayOf(range.from)} {timeOf(range.from)} to {timeOf(range.to, range.from)} (
          {durationOf(range.to - range.from)})
        </p>
        <div class="controls">
          <button type="button" onClick={() => scale(0.5)}>
            Zoom in
          </button>
          <button type="button" onClick={() => scale(2)} disabled={zoom === undefined}>
            Zoom out
          </button>
          <button type="button" onClick={() => setZoom(undefined)} disabled={zoom === undefined}>
            All
          </button>
        </div>
        <ul class="legend" aria-label="What the colours mean">
          {(["active", "backup", "fault", "initialize", "unheard"] as const).map((state) => (
            <li key={state}>
              <StateShape state={state} /> {stateWords[state]}
            </li>
          ))}
          <li>
            <span class="swatch nobodyActive" /> nobody active
          </li>
          <li>
            <span class="swatch dualActive" /> two active
          </li>
        </ul>
      </div>
      <Lanes range={range} moment={moment} scale={scale} move={move} />
      <Table />
    </section>
  );
}

function middleOf(range: Range, moment: number): number {
  return moment >= range.from && moment <= range.to ? moment : (range.from + range.to) / 2;
}

function clampRange({ from, to }: Range, whole: Range): Range | undefined {
  const length = Math.max(shortest, to - from);
  if (length >= whole.to - whole.from) return undefined;
  const start = Math.min(Math.max(from, whole.from), whole.to - length);
  return { from: start, to: start + length };
}

interface LanesProps {
  readonly range: Range;
  readonly moment: number;
  readonly scale: (factor: number, around?: number) => void;
  readonly move: (share: number) => void;
}

/** What is in sight of the lanes, and where their bars begin. */
interface Sight {
  readonly top: number;
  readonly height: number;
  readonly width: number;
  readonly label: number;
}

/** Follows size and scrolling, and hands keys on. */
function useSight(box: { readonly current: HTMLElement | null }, act: (key: string) => boolean): Sight {
  const [sight, setSight] = useState<Sight>({ top: 0, height: 600, width: 800, label: 180 });
  const onKey = useRef(act);
  onKey.current = act;
  useEffect(() => {
    const element = box.current;
    if (element === null) return undefined;
    const measure = () => {
      const label = element.clientWidth < 560 ? 118 : 180;
      const { scrollTop: top, clientHeight: height, clientWidth } = element;
      setSight({ top, height, width: clientWidth - label, label });
    };
    measure();
    const observer = new ResizeObserver(measure);
    observer.observe(element);
    const listen = (event: KeyboardEvent) => {
      if (event.target === element && onKey.current(event.key)) event.preventDefault();
    };
    element.addEventListener("scroll", measure);
    element.addEventListener("keydown", listen);
    return () => {
      observer.disconnect();
      element.removeEventListener("scroll", measure);
      element.removeEventListener("keydown", listen);
    };
  }, []);
  return sight;
}

function useTops() {
  const { sorted, lanes } = store.model;
  return useMemo(() => {
    let top = 0;
    return sorted.map((group) => {
      const place = { group, top };
      top += groupHeight(group);
      return place;
    });
  }, [sorted, lanes.size]);
}

/** Only the lanes that are in sight are drawn. */
function Lanes({ range, moment, scale, move }: LanesProps) {
  const box = useRef<HTMLElement>(null);
  const view = useSight(box, (key) => {
    if (key === "+") scale(0.5);
    else if (key === "-") scale(2);
    else if (key === "ArrowLeft") move(-0.2);
    else if (key === "ArrowRight") move(0.2);
    else return false;
    return true;
  });
  const tops = useTops();
  const height = (tops.at(-1)?.top ?? 0) + groupHeight(tops.at(-1)?.group);
  const at = (event: MouseEvent) => {
    const left = box.current?.getBoundingClientRect().left ?? 0;
    const share = (event.clientX - left - view.label) / view.width;
    return range.from + share * (range.to - range.from);
  };
  const x = ((moment - range.from) / (range.to - range.from)) * view.width;
  const seen = tops.filter(
    ({ group, top }) => top + groupHeight(group) > view.top - 100 && top < view.top + view.height + 100,
  );
  return (
    <Scroll
      class="lanes"
      box={box}
      label="Lanes: arrow keys move, plus and minus zoom"
      onWheel={(event) => {
        if (event.ctrlKey || event.metaKey) {
          event.preventDefault();
          scale(event.deltaY > 0 ? 1.3 : 1 / 1.3, at(event));
        } else if (Math.abs(event.deltaX) > Math.abs(event.deltaY)) move(event.deltaX / view.width);
      }}
    >
      <div class="lanes-whole" style={{ height: `${height + headHeight}px` }}>
        <Axis range={range} width={view.width} label={view.label} />
        {seen.map(({ group, top }) => (
          <GroupLanes
            key={group.router}
            group={group}
            version={group.version}
            top={top + headHeight}
            range={range}
            width={view.width}
            label={view.label}
            onPick={(event) => travelTo(Math.min(at(event), presentMoment()))}
            timeAt={at}
          />
        ))}
        {x >= 0 && x <= view.width ? (
          <div class="now-line" style={{ transform: `translateX(${view.label + x}px)` }} aria-hidden="true" />
        ) : null}
      </div>
    </Scroll>
  );
}

/** Steps of the axis, in microseconds. */
const stepLengths = [1, 2, 5, 10, 20, 50, 100, 200, 500]
  .flatMap((count) => [count * 1e3])
  .concat([1, 2, 5, 10, 15, 30].map((seconds) => seconds * 1e6))
  .concat([1, 2, 5, 10, 15, 30].map((minutes) => minutes * 60e6))
  .concat([1, 2, 3, 6, 12].map((hours) => hours * 3600e6))
  .concat([1, 2, 7, 14, 30, 90].map((days) => days * 86400e6));

function Axis({ range, width, label }: { range: Range; width: number; label: number }) {
  const wanted = (range.to - range.from) / Math.max(2, width / 130);
  const length = stepLengths.find((each) => each >= wanted) ?? 365 * 86400e6;
  const first = Math.ceil(range.from / length) * length;
  const marks: number[] = [];
  for (let at = first; at < range.to && marks.length < 40; at += length) marks.push(at);
  return (
    <div class="axis" aria-hidden="true">
      {marks.map((at) => (
        <span
          key={at}
          style={{
            transform: `translateX(${label + ((at - range.from) / (range.to - range.from)) * width}px)`,
          }}
        >
          {length >= 86400e6 ? dayOf(at) : length >= 1e6 ? timeOf(at).slice(0, -4) : timeOf(at)}
        </span>
      ))}
    </div>
  );
}

/** Rows of the list below the lanes. */
const mostRows = 100;

/** The same for those who cannot see the lanes: what was wrong, when and for how long. */
function Table() {
  const { version, sorted } = store.model;
  const disorders = useMemo(
    () =>
      sorted
        .flatMap((group: Group) =>
          periodsOf(group).disorders.map((each) => ({ ...each, router: group.router })),
        )
        .sort((one, other) => other.from - one.from),
    [version],
  );
  if (disorders.length === 0)
    return <p class="soft">Each router had exactly one active node all the time.</p>;
  return (
    <details class="panel">
      <summary>
        {disorders.length} marked {disorders.length === 1 ? "period" : "periods"} as a list
      </summary>
      <table class="context">
        <thead>
          <tr>
            <th scope="col">Router</th>
            <th scope="col">What</th>
            <th scope="col">From</th>
            <th scope="col">For</th>
          </tr>
        </thead>
        <tbody>
          {disorders.slice(0, mostRows).map(({ router, kind, from, to }) => (
            <tr key={`${router} ${from}`}>
              <th scope="row">{router}</th>
              <td>{kind === "dualActive" ? "two active" : "nobody active"}</td>
              <td>
                <button type="button" class="time" onClick={() => travelTo(from)}>
                  {timeOf(from, Date.now() * 1000)}
                </button>
              </td>
              <td>{Number.isFinite(to) ? durationOf(to - from) : "lasts"}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </details>
  );
}
