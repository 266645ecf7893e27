/** `understudy status`: what the daemon of this host is doing, and what deserves attention. */

import { type RouterStatus, type StatusReport, statusReportSchema } from "../../contracts/status.ts";
import { askDaemon } from "../control/client.ts";
import { controlSocketPath } from "../control/protocol.ts";
import { type Outcome, success } from "../io/outcome.ts";
import { exitCodes } from "./exit-codes.ts";
import { dataDirectoryOf, type Flags, natsAddressesOf } from "./settings.ts";
import { localTime, textTable } from "./text-table.ts";

export interface StatusRequest extends Omit<Flags, "nats" | "natsKey"> {
  /** Every node, from these servers; the daemon's own where they are left out. */
  readonly all?: boolean | undefined;
  readonly nats?: readonly string[] | undefined;
  /** One for all of them, or one for each. */
  readonly natsKey?: readonly string[] | undefined;
  /** Again and again, until the signal is aborted. */
  readonly watch?: boolean | undefined;
  readonly json?: boolean | undefined;
  readonly isTerminal: boolean;
  readonly signal: AbortSignal;
  readonly stdout: (text: string) => void;
  readonly stderr: (text: string) => void;
}

/** 0 in health, 1 where something needs attention, 2 for unusable words, 4 where no daemon or no server answers. */
export async function statusCommand(request: StatusRequest): Promise<number> {
  const { stdout, stderr, signal, isTerminal } = request;
  const ask = request.all === true ? await lookAtAll(request) : success(() => lookAtOwn(request));
  if (!ask.ok) {
    stderr(`understudy: ${ask.error}\n`);
    return exitCodes.usage;
  }
  const look = ask.value;
  if (request.watch === true) {
    const { watch } = await import("./watch.ts");
    return watch({ look: async () => seenText(await look()), isTerminal, stdout, signal });
  }
  const seen = await look();
  if (seen.ok) stdout(seen.value.text);
  else stderr(`understudy: ${seen.error}\n`);
  return seen.ok ? seen.value.code : exitCodes.daemon;
}

interface Seen {
  readonly text: string;
  readonly code: number;
}

function seenText(seen: Outcome<Seen>): Seen {
  return seen.ok ? seen.value : { text: `! ${seen.error}\n`, code: exitCodes.daemon };
}

async function lookAtOwn({ json, dataDir, settings }: StatusRequest): Promise<Outcome<Seen>> {
  const answer = await askDaemon(controlSocketPath(dataDirectoryOf({ dataDir, settings })), {
    command: "status",
  });
  if (!answer.ok) return answer;
  const report = statusReportSchema.parse(answer.value);
  return success({
    text: json === true ? `${JSON.stringify(report, undefined, 2)}\n` : statusText(report),
    code: report.problems.length > 0 ? exitCodes.attention : exitCodes.ok,
  });
}

/** Loaded when it is asked for: the daemon's own answer needs no NATS. */
async function lookAtAll(request: StatusRequest): Promise<Outcome<() => Promise<Outcome<Seen>>>> {
  const addresses = natsAddressesOf(request, "reader");
  if (!addresses.ok) return addresses;
  const { askNodes, exitCodeOf, nodesText } = await import("./status-all.ts");
  return success(async () => {
    const report = await askNodes(addresses.value);
    if (!report.ok) return report;
    const text =
      request.json === true ? `${JSON.stringify(report.value, undefined, 2)}\n` : nodesText(report.value);
    return success({ text, code: exitCodeOf(report.value) });
  });
}

/** The report as a person reads it: problems first. Ends with a newline. */
export function statusText(report: StatusReport): string {
  const { node, bus, journal, handlers, problems, version, startedAt } = report;
  const lines = [
    ...problems.map((problem) => `! ${problem}`),
    ...(problems.length > 0 ? [""] : []),
    routerTable(report.routers),
    "",
    `node ${node}, understudy ${version}, running since ${localTime(startedAt)}`,
    `journal ${journal.directory} at ${journal.position}`,
    `events ${bus.state} at ${bus.url}, ${bus.acknowledged} stored in ${bus.stream}${bus.backlog > 0 ? `, ${bus.backlog} waiting` : ""}`,
    ...(handlers.state === "none" ? [] : [handlersLine(handlers)]),
  ];
  return `${lines.join("\n")}\n`;
}

/** Where nobody runs them, how somebody would. */
function handlersLine({ state, told, failed }: StatusReport["handlers"]): string {
  if (state === "unheard")
    return "handlers are run by nobody here: start `understudy notify -f FILE`, or run with --notify";
  return `handlers ${state}, ${told} done${failed > 0 ? `, ${failed} of them failed` : ""}`;
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
