/**
 * Where the parts of a chart stand. Laid out when the project is built (`npm run chart`) and kept for each version of the
 * machine, so that old history shows on the chart of its time and no layout engine is shipped.
 */

import { readFileSync } from "node:fs";
import { z } from "zod";
import type { ChartModel } from "../../machines/chart.ts";

const boxSchema = z.strictObject({ x: z.number(), y: z.number(), width: z.number(), height: z.number() });
const pointSchema = z.strictObject({ x: z.number(), y: z.number() });

export const layoutSchema = z.strictObject({
  width: z.number(),
  height: z.number(),
  states: z.record(z.string(), boxSchema),
  arrows: z.array(
    z.strictObject({
      from: z.string(),
      to: z.string(),
      labels: z.array(z.string()),
      label: boxSchema,
      points: z.array(pointSchema).min(2),
    }),
  ),
});
export type Layout = Readonly<z.infer<typeof layoutSchema>>;
export type Box = z.infer<typeof boxSchema>;

/** Pixels of a letter and of a line, from which the room that text needs is reckoned. */
export const letterWidth = 6.6;
export const lineHeight = 15;

/** The file of a machine's version, as seen from the built program and from the sources alike. */
export function layoutFile({ id, version }: Pick<ChartModel, "id" | "version">, root: URL): URL {
  return new URL(`machines/charts/${id}-${version}.json`, root);
}

/** Throws where there is none: a release without the chart of its machine does not pass its tests. */
export function readLayout(model: ChartModel, root: URL): Layout {
  return layoutSchema.parse(JSON.parse(readFileSync(layoutFile(model, root), "utf8")));
}
