/** Where the parts of a chart stand: machines/charts, laid out when a machine got its version. */

import { useEffect, useState } from "preact/hooks";

export interface Point {
  readonly x: number;
  readonly y: number;
}

export interface Box extends Point {
  readonly width: number;
  readonly height: number;
}

/** machines/charts/<machine>.json. */
export interface Layout {
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

/** Undefined until it is read. */
export function useLayout(machine: string): Layout | undefined {
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

/** Of the state, as a share of the whole width. */
export function middleOf({ width, states }: Layout, name: string): number {
  const box = states[name];
  return box === undefined ? 0.5 : (box.x + box.width / 2) / width;
}

/** Corners of arrows, in pixels. */
const radius = 9;

/** The way of an arrow as an SVG path. */
export function roundedPath(points: readonly Point[]): string {
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
