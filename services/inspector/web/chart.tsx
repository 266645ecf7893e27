/** The state chart on the layout of the machine's version: the state that is lit, the way that led to it, and how it came. */

import { useEffect, useState } from "preact/hooks";
import { chartModel } from "../../../machines/chart.ts";
import { Scroll } from "./scroll.tsx";

interface Point {
  readonly x: number;
  readonly y: number;
}

interface Box extends Point {
  readonly width: number;
  readonly height: number;
}

/** machines/charts/<machine>.json. */
interface Layout {
  readonly width: number;
  readonly height: number;
  readonly states: Readonly<Record<string, Box>>;
  readonly arrows: readonly {
    readonly from: string;
    readonly to: string;
    readonly labels: readonly string[];
    readonly label: Box;
    readonly points: readonly Point[];
  }[];
}

const layouts = new Map<string, Promise<Layout | undefined>>();

async function readLayout(machine: string): Promise<Layout | undefined> {
  const response = await fetch(`/charts/${encodeURIComponent(machine)}.json`);
  return response.ok ? ((await response.json()) as Layout) : undefined;
}

function useLayout(machine: string): Layout | undefined {
  const [layout, setLayout] = useState<{ machine: string; layout: Layout | undefined }>();
  useEffect(() => {
    let isWanted = true;
    const reading = layouts.get(machine) ?? readLayout(machine);
    layouts.set(machine, reading);
    reading
      .then((read) => isWanted && setLayout({ machine, layout: read }))
      .catch(() => layouts.delete(machine));
    return () => {
      isWanted = false;
    };
  }, [machine]);
  // Until the other version's is there, the former one's is better than none.
  return layout?.layout;
}

const present = chartModel();
const descriptions = new Map(present.states.map(({ key, description }) => [key, description]));

/** The machine that this page has a copy of. */
export const presentMachine = `${present.id}-${present.version}`;

export interface ChartProps {
  /** "virtual-router-1.6.0". */
  readonly machine: string;
  readonly lit: string;
  /** The transition that led there; another `id` is another one, and is animated. */
  readonly fired:
    | { readonly from: string; readonly to: string; readonly fact: string; readonly id: string }
    | undefined;
  /** Of the lit state: what stands in its box, for example a timer. */
  readonly note: string;
}

const margin = 20;

export function Chart({ machine, lit, fired, note }: ChartProps) {
  const layout = useLayout(machine);
  if (layout === undefined) return <div class="chart waiting">The chart of {machine} is read…</div>;
  const { width, height, states, arrows } = layout;
  const isFired = ({ from, to }: { from: string; to: string }) => fired?.from === from && fired.to === to;
  // What is lit is drawn last, and so lies on top.
  const sorted = [...arrows].sort((one, other) => Number(isFired(one)) - Number(isFired(other)));
  const words = `State chart of ${machine}: ${lit} is the state${fired === undefined ? "" : `, reached from ${fired.from} by ${fired.fact}`}`;
  return (
    <Scroll class="chart scroll" label="State chart">
      <svg
        role="img"
        aria-label={words}
        viewBox={`${-margin} ${-margin} ${width + 2 * margin} ${height + 2 * margin}`}
        data-lit={lit}
      >
        <defs>
          {["tip", "tip-near", "tip-fired"].map((id) => (
            <marker
              key={id}
              id={id}
              viewBox="0 0 8 8"
              refX="7"
              refY="4"
              markerWidth="8"
              markerHeight="8"
              orient="auto"
              markerUnits="userSpaceOnUse"
            >
              <path class={id} d="M0 0L8 4L0 8z" />
            </marker>
          ))}
        </defs>
        {sorted.map((arrow) => {
          const fires = isFired(arrow);
          const near = arrow.from === lit;
          const kind = fires ? "fired" : near ? "near" : "far";
          const path = roundedPath(arrow.points);
          return (
            <g
              key={`${arrow.from} ${arrow.to}${fires ? fired?.id : ""}`}
              class={`arrow ${kind}`}
              data-from={arrow.from}
              data-to={arrow.to}
            >
              <path class="way" d={path} marker-end={`url(#tip${fires ? "-fired" : near ? "-near" : ""})`} />
              {fires ? <path class="spark" d={path} pathLength={100} /> : null}
              <rect
                class="ground"
                x={arrow.label.x - 4}
                y={arrow.label.y - 2}
                width={arrow.label.width + 8}
                height={arrow.label.height + 4}
                rx={5}
              />
              {arrow.labels.map((label, line) => (
                <Label
                  key={label}
                  label={label}
                  x={arrow.label.x + 2}
                  y={arrow.label.y + 12 + line * 15}
                  isFired={fires && label.startsWith(fired?.fact ?? " ")}
                />
              ))}
            </g>
          );
        })}
        {Object.entries(states).map(([key, box]) => (
          <State key={key} name={key} box={box} isLit={key === lit} note={key === lit ? note : ""} />
        ))}
      </svg>
    </Scroll>
  );
}

/** "link.changed [wouldBeFaulty]": the fact in front, what it depends on behind it and softer. */
function Label({ label, x, y, isFired }: { label: string; x: number; y: number; isFired: boolean }) {
  const [fact = "", guard] = label.split(" [");
  return (
    <text class={isFired ? "label fired" : "label"} x={x} y={y}>
      {fact}
      {guard === undefined ? null : <tspan class="guard"> [{guard}</tspan>}
    </text>
  );
}

const letters = 34;
const lineHeight = 15;

function State({ name, box, isLit, note }: { name: string; box: Box; isLit: boolean; note: string }) {
  const middle = box.x + box.width / 2;
  const lines = note === "" ? wrap(descriptions.get(name) ?? "") : [note];
  return (
    <g
      class={`chart-state state-${name}${isLit ? " lit" : ""}`}
      data-state={name}
      data-lit={isLit ? "yes" : "no"}
    >
      {isLit ? (
        <rect
          class="glow"
          x={box.x - 6}
          y={box.y - 6}
          width={box.width + 12}
          height={box.height + 12}
          rx={16}
        />
      ) : null}
      <rect class="box" x={box.x} y={box.y} width={box.width} height={box.height} rx={11} />
      <text class="state-name" x={middle} y={box.y + 27} text-anchor="middle">
        {name}
      </text>
      {lines.map((line, place) => (
        <text key={line} class="about" x={middle} y={box.y + 47 + place * lineHeight} text-anchor="middle">
          {line}
        </text>
      ))}
    </g>
  );
}

function wrap(text: string): string[] {
  const lines: string[] = [];
  for (const word of text.split(" ")) {
    const last = lines.at(-1);
    if (last !== undefined && last.length + 1 + word.length <= letters)
      lines[lines.length - 1] = `${last} ${word}`;
    else lines.push(word);
  }
  return lines;
}

/** Corners of arrows, in pixels. */
const radius = 9;

function roundedPath(points: readonly Point[]): string {
  return points
    .map((point, place) => {
      const [before, after] = [points[place - 1], points[place + 1]];
      if (before === undefined) return `M${point.x} ${point.y}`;
      if (after === undefined) return `L${point.x} ${point.y}`;
      const [start, end] = [towards(point, before), towards(point, after)];
      return `L${start.x} ${start.y}Q${point.x} ${point.y} ${end.x} ${end.y}`;
    })
    .join("");
}

function towards(from: Point, to: Point): Point {
  const length = Math.hypot(to.x - from.x, to.y - from.y);
  const share = length === 0 ? 0 : Math.min(radius, length / 2) / length;
  return { x: from.x + (to.x - from.x) * share, y: from.y + (to.y - from.y) * share };
}
