/** `understudy reload`: has the daemon of this host read its file again, and prints what that changed or would change. */

import {
  describeSetting,
  type ReloadReport,
  reloadReportSchema,
  type SettingChange,
} from "../../contracts/events/configuration.ts";
import { askDaemon } from "../control/client.ts";
import { controlSocketPath } from "../control/protocol.ts";
import { exitCodes } from "./exit-codes.ts";
import { dataDirectoryOf, type Flags } from "./settings.ts";

export interface ReloadRequest extends Flags {
  readonly dryRun?: boolean | undefined;
  readonly json?: boolean | undefined;
  readonly stdout: (text: string) => void;
  readonly stderr: (text: string) => void;
}

/** 0 where the file was taken up, or could be; 2 where it cannot be used; 4 where no daemon answers. */
export async function reloadCommand(request: ReloadRequest): Promise<number> {
  const { dryRun = false, json = false, stdout, stderr } = request;
  const path = controlSocketPath(dataDirectoryOf(request));
  const answer = await askDaemon(path, { command: "reload", dryRun });
  if (!answer.ok) {
    stderr(`understudy: ${answer.error}\n`);
    return exitCodes.daemon;
  }
  const report = reloadReportSchema.parse(answer.value);
  if (json) stdout(`${JSON.stringify(report, undefined, 2)}\n`);
  else {
    for (const { text } of report.diagnostics) stderr(`${text}\n`);
    stdout(reloadText(report));
  }
  return report.outcome === "refused" ? exitCodes.usage : exitCodes.ok;
}

/** The report as a person reads it, a line for each router that is concerned. Ends with a newline. */
export function reloadText(report: ReloadReport): string {
  const { outcome, unchanged, milliseconds } = report;
  if (outcome === "refused") return "refused: nothing was changed\n";
  const lines = [
    ...report.removed.map((router) => `- ${router}`),
    ...report.replaced.flatMap(({ router, settings }) => withSettings(`! ${router} starts anew`, settings)),
    ...report.changed.flatMap(({ router, settings }) => withSettings(`~ ${router}`, settings)),
    ...report.added.map((router) => `+ ${router}`),
    ...report.shared.map((setting) => `~ ${describeSetting(setting)}`),
    ...report.fixed.map((setting) => `? ${describeSetting(setting)} needs a restart of the daemon`),
  ];
  const same = unchanged === 1 ? "1 router stays as it is" : `${unchanged} routers stay as they are`;
  const end =
    outcome === "planned"
      ? `${same}; nothing was changed (dry run)`
      : `${same}; done in ${milliseconds.toFixed(0)} ms`;
  return `${[...(lines.length === 0 ? ["no difference"] : lines), end].join("\n")}\n`;
}

function withSettings(title: string, settings: readonly SettingChange[]): string[] {
  return [title, ...settings.map((setting) => `    ${describeSetting(setting)}`)];
}
