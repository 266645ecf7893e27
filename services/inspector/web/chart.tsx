/** The state chart on the layout of the machine's version: the state that is lit, the way that led to it, and how it came. */

import { useEffect, useRef, useState } from "preact/hooks";
import { chartModel } from "../../../machines/chart.ts";
import { Labels, largeLabels, margin } from "./labels.tsx";
import { type Box, type Layout, middleOf, roundedPath, useLayout } from "./layout.ts";
import { Scroll } from "./scroll.tsx";

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

export function Chart(props: ChartProps) {
  const { machine, lit } = props;
  const [all, setAll] = useState(false);
  const box = useRef<HTMLElement>(null);
  const layout = useLayout(machine);
  const middle = layout === undefined ? 0 : middleOf(layout, lit);
  useEffect(() => {
    // Where the chart is wider than the screen the state is what somebody wants to see.
    const element = box.current;
    if (element !== null) element.scrollLeft = middle * element.scrollWidth - element.clientWidth / 2;
  }, [middle]);
  if (layout === undefined) return <div class="chart waiting">The chart of {machine} is read…</div>;
  return (
    <>
      <Scroll class="chart scroll" label="State chart" box={box}>
        <Drawing {...props} layout={layout} all={all} />
      </Scroll>
      <label class="soft chart-all">
        <input
          type="checkbox"
          checked={all}
          onChange={({ currentTarget }) => setAll(currentTarget.checked)}
        />{" "}
        every label, not only those of the state
      </label>
    </>
  );
}

function Drawing({ machine, lit, fired, note, layout, all }: ChartProps & { layout: Layout; all: boolean }) {
  const { width, height, states, arrows } = layout;
  const isFired = ({ from, to }: { from: string; to: string }) => fired?.from === from && fired.to === to;
  // What is lit is drawn last, and so lies on top.
  const sorted = [...arrows].sort((one, other) => Number(isFired(one)) - Number(isFired(other)));
  const reached = fired === undefined ? "" : `, reached from ${fired.from} by ${fired.fact}`;
  return (
    <svg
      role="img"
      aria-label={`State chart of ${machine}: ${lit} is the state${reached}`}
      viewBox={`${-margin} ${-margin} ${width + 2 * margin} ${height + 2 * margin}`}
      data-lit={lit}
      data-record={fired?.id}
    >
      <Tips />
      {sorted.map((arrow) => (
        <Arrow
          key={`${arrow.from} ${arrow.to}${isFired(arrow) ? fired?.id : ""}`}
          arrow={arrow}
          kind={isFired(arrow) ? "fired" : arrow.from === lit ? "near" : "far"}
        />
      ))}
      {sorted
        .filter((arrow) => all || isFired(arrow) || arrow.from === lit)
        .map((arrow) => (
          <Labels
            key={`${arrow.from} ${arrow.to}`}
            arrow={arrow}
            scale={all ? 1 : largeLabels}
            room={width}
            fact={isFired(arrow) ? (fired?.fact ?? "") : ""}
          />
        ))}
      {Object.entries(states).map(([key, box]) => (
        <State key={key} name={key} box={box} isLit={key === lit} note={key === lit ? note : ""} />
      ))}
    </svg>
  );
}

const tips = { fired: "tip-fired", near: "tip-near", far: "tip" } as const;

function Tips() {
  return (
    <defs>
      {Object.values(tips).map((id) => (
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
  );
}

function Arrow({ arrow, kind }: { arrow: Layout["arrows"][number]; kind: keyof typeof tips }) {
  const path = roundedPath(arrow.points);
  return (
    <g class={`arrow ${kind}`} data-from={arrow.from} data-to={arrow.to}>
      <path class="way" d={path} marker-end={`url(#${tips[kind]})`} />
      {kind === "fired" ? <path class="spark" d={path} pathLength={100} /> : null}
    </g>
  );
}

function State({ name, box, isLit, note }: { name: string; box: Box; isLit: boolean; note: string }) {
  const middle = box.x + box.width / 2;
  const hasNote = note !== "";
  return (
    <g
      class={`chart-state state-${name}${isLit ? " lit" : ""}`}
      data-state={name}
      data-lit={isLit ? "yes" : "no"}
    >
      <title>{descriptions.get(name) ?? name}</title>
      {isLit ? (
        <rect
          class="glow"
          x={box.x - 7}
          y={box.y - 7}
          width={box.width + 14}
          height={box.height + 14}
          rx={17}
        />
      ) : null}
      <rect class="box" x={box.x} y={box.y} width={box.width} height={box.height} rx={12} />
      <text
        class="state-name"
        x={middle}
        y={box.y + box.height / 2 + (hasNote ? 1 : 10)}
        text-anchor="middle"
      >
        {name}
      </text>
      {hasNote ? (
        <text class="about" x={middle} y={box.y + box.height / 2 + 25} text-anchor="middle">
          {note}
        </text>
      ) : null}
    </g>
  );
}
