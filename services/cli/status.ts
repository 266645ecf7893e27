/** `understudy status`: what the daemon of this host is doing, and what deserves attention. */

import { type RouterStatus, type StatusReport, statusReportSchema } from "../../contracts/status.ts";
import { askDaemon } from "../control/client.ts";
import { controlSocketPath } from "../control/protocol.ts";
import { exitCodes } from "./exit-codes.ts";
import { dataDirectoryOf, type Flags } from "./settings.ts";
import { textTable } from "./text-table.ts";

export interface StatusRequest extends Flags {
  readonly json?: boolean | undefined;
  readonly stdout: (text: string) => void;
  readonly stderr: (text: string) => void;
}

/** 0 in health, 1 where something needs attention, 4 where no daemon answers. */
export async function statusCommand(request: StatusRequest): Promise<number> {
  const answer = await askDaemon(controlSocketPath(dataDirectoryOf(request)), { command: "status" });
  if (!answer.ok) {
    request.stderr(`understudy: ${answer.error}\n`);
    return exitCodes.daemon;
  }
  const report = statusReportSchema.parse(answer.value);
  request.stdout(request.json ? `${JSON.stringify(report, undefined, 2)}\n` : statusText(report));
  return report.problems.length > 0 ? exitCodes.attention : exitCodes.ok;
}

/** The report as a person reads it: problems first. Ends with a newline. */
export function statusText(report: StatusReport): string {
  const { node, bus, journal, problems, version, startedAt } = report;
  const lines = [
    ...problems.map((problem) => `! ${problem}`),
    ...(problems.length > 0 ? [""] : []),
    routerTable(report.routers),
    "",
    `node ${node}, understudy ${version}, running since ${localTime(startedAt)}`,
    `journal ${journal.directory} at ${journal.position}`,
    `events ${bus.state} at ${bus.url}, ${bus.acknowledged} stored in ${bus.stream}${bus.backlog > 0 ? `, ${bus.backlog} waiting` : ""}`,
  ];
  return `${lines.join("\n")}\n`;
}

function routerTable(routers: readonly RouterStatus[]): string {
  const head = ["router", "state", "since", "priority", "active router", "why", "addresses"];
  const rows = routers.map((router) => [
    `${router.name} (${router.interface}/${router.virtualRouterId})`,
    router.state,
    router.since === null ? "-" : localTime(router.since),
    priorityText(router),
    router.activeAddress ?? "-",
    router.explanation,
    router.addresses.join("\n"),
  ]);
  return textTable(head, rows);
}

/** "100", "150 (set by hand; file says 100)". */
function priorityText({ effectivePriority, priorityByHand: byHand }: RouterStatus): string {
  return byHand === null
    ? String(effectivePriority)
    : `${effectivePriority} (${byHand.priority === effectivePriority ? "" : `${byHand.priority} `}set by hand; file says ${byHand.configured})`;
}

/** "11-22 16:50:01" in local time. */
function localTime(rfc3339: string): string {
  const at = new Date(rfc3339);
  const two = (value: number) => String(value).padStart(2, "0");
  return `${two(at.getMonth() + 1)}-${two(at.getDate())} ${at.toTimeString().slice(0, 8)}`;
}
