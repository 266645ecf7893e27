/** Lays the chart of the present machine out and keeps it under its version: `npm run chart`. */

import { mkdirSync, writeFileSync } from "node:fs";
import { fileURLToPath, pathToFileURL } from "node:url";
import elkBundle from "elkjs/lib/elk.bundled.js";
import type { ELK, ElkExtendedEdge, ElkNode } from "elkjs/lib/elk-api.js";
import { type ChartModel, chartModel } from "../../machines/chart.ts";
import { bundlesOf } from "../../services/chart/formats.ts";
import { type Layout, layoutFile, letterWidth, lineHeight } from "../../services/chart/layout.ts";
import { aboutLetters, wrap } from "../../services/chart/svg.ts";
import { projectRoot } from "./checklist.ts";

/** The bundle is CommonJS: its types say less than it gives. */
const Elk = elkBundle as unknown as new () => ELK;

const layer = "elk.layered.layering.layerConstraint";

const options = {
  "elk.algorithm": "layered",
  "elk.direction": "DOWN",
  "elk.edgeRouting": "ORTHOGONAL",
  "elk.layered.spacing.nodeNodeBetweenLayers": "60",
  "elk.spacing.nodeNode": "60",
  "elk.spacing.edgeNode": "24",
  "elk.spacing.edgeEdge": "14",
  "elk.spacing.edgeLabel": "6",
  "elk.edgeLabels.inline": "false",
};

export async function layOut(model: ChartModel): Promise<Layout> {
  const bundles = bundlesOf(model.arrows);
  const laid: ElkNode = await new Elk().layout({
    id: "chart",
    layoutOptions: options,
    children: model.states.map(({ key, description }) => ({
      id: key,
      // As operators think of it: from the start at the top to the one that serves at the bottom.
      ...(key === model.initial ? { layoutOptions: { [layer]: "FIRST" } } : {}),
      ...(key === "active" ? { layoutOptions: { [layer]: "LAST" } } : {}),
      width: aboutLetters * letterWidth + 24,
      height: 44 + lineHeight * wrap(description, aboutLetters).length,
    })),
    edges: bundles.map(({ from, to, labels }, index) => ({
      id: `arrow-${index}`,
      sources: [from],
      targets: [to],
      labels: [
        {
          id: `label-${index}`,
          text: labels.join("\n"),
          width: Math.max(...labels.map((label) => label.length)) * letterWidth * 0.95 + 6,
          height: labels.length * lineHeight + 2,
        },
      ],
    })),
  });
  return {
    ...{ width: rounded(laid.width), height: rounded(laid.height) },
    states: Object.fromEntries((laid.children ?? []).map((node) => [node.id, boxOf(node)])),
    arrows: bundles.map(({ from, to, labels }, index) => {
      const edge = laid.edges?.find(({ id }) => id === `arrow-${index}`);
      return { from, to, labels: [...labels], label: boxOf(edge?.labels?.[0]), points: pointsOf(edge) };
    }),
  };
}

function boxOf(shape: Pick<ElkNode, "x" | "y" | "width" | "height"> | undefined) {
  return {
    ...{ x: rounded(shape?.x), y: rounded(shape?.y) },
    ...{ width: rounded(shape?.width), height: rounded(shape?.height) },
  };
}

function pointsOf(edge: ElkExtendedEdge | undefined) {
  const section = edge?.sections?.[0];
  if (section === undefined) throw new Error("an arrow has no way");
  const { startPoint, bendPoints = [], endPoint } = section;
  return [startPoint, ...bendPoints, endPoint].map(({ x, y }) => ({ x: rounded(x), y: rounded(y) }));
}

function rounded(value = 0): number {
  return Math.round(value * 10) / 10;
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const model = chartModel();
  const file = layoutFile(model, pathToFileURL(`${projectRoot}/`));
  mkdirSync(new URL("./", file), { recursive: true });
  writeFileSync(file, `${JSON.stringify(await layOut(model))}\n`);
}
