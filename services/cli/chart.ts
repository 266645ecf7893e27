/** `understudy chart`: the state machine as a picture or for other programs; with a router's name, its present state lit. */

import { statusReportSchema } from "../../contracts/status.ts";
import { chartAsMermaid, chartModel } from "../../machines/chart.ts";
import { chartAsDot, chartAsScxml } from "../chart/formats.ts";
import { readLayout } from "../chart/layout.ts";
import { chartAsSvg } from "../chart/svg.ts";
import { askDaemon } from "../control/client.ts";
import { controlSocketPath } from "../control/protocol.ts";
import { failure, type Outcome, success } from "../io/outcome.ts";
import { exitCodes } from "./exit-codes.ts";
import { dataDirectoryOf, type Flags } from "./settings.ts";

export const chartFormats = ["mermaid", "svg", "dot", "json", "scxml"] as const;
export type ChartFormat = (typeof chartFormats)[number];

export interface ChartRequest extends Flags {
  readonly router?: string | undefined;
  readonly format: ChartFormat;
  readonly stdout: (text: string) => void;
  readonly stderr: (text: string) => void;
}

/** 0; 1 where the daemon has no such router, 4 where no daemon answers. */
export async function chartCommand(request: ChartRequest): Promise<number> {
  const { router, format, stdout, stderr } = request;
  const found = router === undefined ? success(undefined) : await stateOf(router, request);
  if (!found.ok) {
    stderr(`understudy: ${found.error}\n`);
    return found.error.startsWith("the daemon has no") ? exitCodes.attention : exitCodes.daemon;
  }
  stdout(render(format, found.value));
  return exitCodes.ok;
}

function render(format: ChartFormat, lit: string | undefined): string {
  const model = chartModel();
  switch (format) {
    case "mermaid":
      return chartAsMermaid(model, lit);
    case "svg":
      return chartAsSvg(model, readLayout(model, root), lit);
    case "dot":
      return chartAsDot(model, lit);
    case "json":
      return `${JSON.stringify({ ...model, ...(lit === undefined ? {} : { state: lit }) }, undefined, 2)}\n`;
    case "scxml":
      return chartAsScxml(model);
  }
}

/** Of this checkout or installation, as seen from the built program. */
const root = new URL("../../../", import.meta.url);

async function stateOf(router: string, flags: Flags): Promise<Outcome<string>> {
  const answer = await askDaemon(controlSocketPath(dataDirectoryOf(flags)), { command: "status" });
  if (!answer.ok) return answer;
  const { routers } = statusReportSchema.parse(answer.value);
  const known = routers.find(({ name }) => name === router);
  return known === undefined ? failure(`the daemon has no router \`${router}\``) : success(known.state);
}
