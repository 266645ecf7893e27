/** `understudy state`: how a router of this host's daemon is at this moment, and with --follow every fact that it hears from then on. */

import { type RouterNow, readNow } from "../../contracts/now.ts";
import { type Watch, watchOn } from "../../machines/inspection/now.ts";
import { pause } from "../client/connect.ts";
import { askDaemon } from "../control/client.ts";
import { controlSocketPath, noPermission } from "../control/protocol.ts";
import { tellStep } from "../history/narrate.ts";
import { failure, type Outcome, success } from "../io/outcome.ts";
import { exitCodes } from "./exit-codes.ts";
import { complain } from "./operator-command.ts";
import { dataDirectoryOf, type Flags } from "./settings.ts";
import { textTable } from "./text-table.ts";

export interface StateRequest extends Flags {
  readonly router: string;
  readonly follow?: boolean | undefined;
  readonly json?: boolean | undefined;
  readonly stdout: (text: string) => void;
  readonly stderr: (text: string) => void;
  readonly signal: AbortSignal;
}

/** Milliseconds between two questions with --follow. */
const interval = 100;

/** 0; 2 for a router that is not there, 3 where the socket is not ours to use, 4 where no daemon answers. */
export async function stateCommand(request: StateRequest): Promise<number> {
  const { router, json = false, follow = false, stdout, signal } = request;
  const path = controlSocketPath(dataDirectoryOf(request));
  const first = await ask(path, router, undefined);
  if (!first.ok) return complain(request, first.error, codeOf(first.error));
  const { node, moment, at, heard } = first.value;
  stdout(
    json ? `${JSON.stringify({ node, router, at, heard, ...moment })}\n` : stateText(router, first.value),
  );
  let watch = watchOn(undefined, first.value);
  while (follow && !signal.aborted) {
    await pause(interval, signal);
    const next = await ask(path, router, watch.heard);
    if (!next.ok) return complain(request, next.error, codeOf(next.error));
    const former = watch;
    watch = watchOn(former, next.value);
    const lines = linesOf(router, former, watch, next.value.node, json);
    if (lines.length > 0) stdout(`${lines.join("\n")}\n`);
  }
  return exitCodes.ok;
}

async function ask(path: string, router: string, after: number | undefined): Promise<Outcome<RouterNow>> {
  const question = after === undefined ? { router } : { router, after };
  const answer = await askDaemon(path, { command: "now", ...question });
  if (!answer.ok) return answer;
  const now = readNow(answer.value);
  return "error" in now ? failure(now.error) : success(now);
}

function codeOf(error: string): number {
  if (error.startsWith("no router of")) return exitCodes.usage;
  return error.startsWith(noPermission) ? exitCodes.privilege : exitCodes.daemon;
}

/** A line for each fact. Those that led to a transition are in its records, and here is told that there were some. */
function linesOf(router: string, former: Watch, watch: Watch, node: string, json: boolean): string[] {
  const passed = watch.heard - former.heard;
  const steps = passed > 0 ? watch.steps.slice(-passed) : [];
  const present = Date.now();
  const timeOf = (at: number) => new Date(present - (watch.at - at) / 1000).toISOString();
  const about = { node, router, timeOf };
  if (steps.length > 0 || passed <= 0)
    return steps.map(({ fact, before, after, effects }) =>
      tellStep(about, { fact, moment: after, effects }, before.state, json),
    );
  const [from, to] = [former.moment.state, watch.moment.state];
  const time = timeOf(watch.at);
  if (json) return [JSON.stringify({ time, node, router, from, to, facts: passed })];
  const facts = passed === 1 ? "1 fact" : `${passed} facts`;
  return [`${time} ${node} ${router} ${from} -> ${to}  (${facts}, in \`understudy replay --facts\`)`];
}

/** What it is, what it remembers and which timers run. Ends with a newline. */
function stateText(router: string, { node, at, moment, heard }: RouterNow): string {
  const { timers, ...memory } = moment.context;
  const remembered = Object.entries(memory).map(([name, value]) => [name, wordOf(value)]);
  const running = Object.entries(timers).map(([name, { dueAt }]) => [
    name,
    `in ${((dueAt - at) / 1_000_000).toFixed(3)} s`,
  ]);
  const head = [`${router} on ${node} is ${moment.state}`, `${heard} facts heard`];
  return `${textTable(head, [...remembered, ...running])}\n`;
}

function wordOf(value: unknown): string {
  if (Array.isArray(value)) return value.length === 0 ? "none" : value.map(wordOf).join(", ");
  return typeof value === "object" && value !== null ? JSON.stringify(value) : String(value ?? "-");
}
