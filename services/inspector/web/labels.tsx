/** What stands beside the arrows of a chart. */

import type { Layout, Point } from "./layout.ts";

/** Around a chart, in its pixels. */
export const margin = 20;

/** The labels that matter at the moment are drawn larger than the layout has room for: the others are not there. */
export const largeLabels = 1.7;

interface LabelsProps {
  readonly arrow: Layout["arrows"][number];
  readonly scale: number;
  readonly room: number;
  /** The one that led to the state, where it is among them. */
  readonly fact: string;
}

/** Beside its arrow, on the side where the layout has it. */
export function Labels({ arrow: { label, labels, points }, scale, room, fact }: LabelsProps) {
  const shown = scale === 1 ? labels : shorten(labels, fact).flatMap(broken);
  const height = shown.length * lineHeight + 2;
  const wide = scale * Math.max(...shown.map((line) => line.length * letterWidth));
  const isLeft = distanceTo(points, label.x + label.width) < distanceTo(points, label.x);
  const x = isLeft ? label.x + label.width * (1 - scale) : label.x;
  const begin = isLeft ? x + label.width * scale - wide : x;
  const left = x + Math.max(-margin, Math.min(room + margin - wide, begin)) - begin;
  const top = label.y + (label.height - height * scale) / 2;
  return (
    <g class="labels" transform={`translate(${left} ${top}) scale(${scale})`}>
      <title>{labels.join(", ")}</title>
      {shown.map((each, line) => (
        <Label
          key={each}
          label={each}
          x={isLeft ? label.width - 2 : 2}
          y={12 + line * lineHeight}
          isLeft={isLeft}
          isFired={fact !== "" && each.startsWith(fact)}
        />
      ))}
    </g>
  );
}

function distanceTo(points: readonly Point[], x: number): number {
  return Math.min(...points.map((point) => Math.abs(point.x - x)));
}

/** As the layout reckons it. */
const letterWidth = 6.9;

/** Letters of a line. */
const longest = 42;

/** The guards of a long label in lines of their own. */
function broken(label: string): string[] {
  if (label.length <= longest) return [label];
  const [fact = "", guards = ""] = label.split(" [");
  return [
    fact,
    ...guards
      .split(" or ")
      .map((guard, place) => `${place === 0 ? " [" : " [or "}${guard.replace("]", "")}]`),
  ];
}

/** So many facts with the same guard are told one by one. */
const mostAlike = 3;

function shorten(labels: readonly string[], fact: string): string[] {
  const guardOf = (label: string) => /\[[^\]]*\]$/u.exec(label)?.[0] ?? "";
  const counts = new Map<string, number>();
  for (const label of labels) counts.set(guardOf(label), (counts.get(guardOf(label)) ?? 0) + 1);
  const told = new Set<string>();
  return labels.flatMap((label) => {
    const guard = guardOf(label);
    const count = counts.get(guard) ?? 0;
    if (guard === "" || count <= mostAlike || label.startsWith(`${fact} `)) return [label];
    if (told.has(guard)) return [];
    told.add(guard);
    return [`one of ${count} facts ${guard}`];
  });
}

/** "link.changed [wouldBeFaulty]": the fact in front, what it depends on behind it and softer. */
interface LabelProps {
  readonly label: string;
  readonly x: number;
  readonly y: number;
  readonly isLeft: boolean;
  readonly isFired: boolean;
}

function Label({ label, x, y, isLeft, isFired }: LabelProps) {
  const [fact = "", guard] = label.split(" [");
  return (
    <text class={isFired ? "label fired" : "label"} x={x} y={y} text-anchor={isLeft ? "end" : "start"}>
      {fact}
      {guard === undefined ? null : <tspan class="guard"> [{guard}</tspan>}
    </text>
  );
}

const lineHeight = 15;
