/** `understudy notify`: the handlers of a configuration, run from events, in a process of its own. */

import { isDeepStrictEqual } from "node:util";
import type { DaemonConfig } from "../../contracts/config/schema.ts";
import type { NatsAddress } from "../client/address.ts";
import { controlSocketPath } from "../control/protocol.ts";
import { startReporter } from "../control/report.ts";
import type { Outcome } from "../io/outcome.ts";
import { runNotify } from "../notify/notify.ts";
import type { NotifyLogEntry, NotifyOptions, NotifyPlan } from "../notify/options.ts";

export interface NotifyCommandOptions {
  /** Parsed already. */
  readonly config: DaemonConfig;
  /** What the file says now; undefined where it cannot be used, which is told. */
  readonly reread: () => Promise<DaemonConfig | undefined>;
  readonly address: Outcome<NatsAddress>;
  /** Of the daemon, which is told what became of handlers. */
  readonly dataDirectory: string;
  readonly log: (entry: NotifyLogEntry) => void;
  readonly signal: AbortSignal;
  /** Calls back when the file is to be read again (SIGHUP), besides after each reload of the daemon. */
  readonly onHangup?: (again: () => void) => void;
}

/** Exit statuses of `understudy notify`. */
export const notifyExit = { done: 0, usage: 2 } as const;

/** Resolves with the exit status after the signal, when the handlers that were running have ended. */
export async function notifyCommand(options: NotifyCommandOptions): Promise<number> {
  const { address, log, signal, reread, onHangup } = options;
  if (!address.ok) {
    log({ level: "error", message: address.error });
    return notifyExit.usage;
  }
  let plan = planOf(options.config);
  let turn = new AbortController();
  let adopt: ((routers: NotifyPlan["routers"]) => void) | undefined;
  const readAgain = async () => {
    const config = await reread();
    if (config === undefined) return;
    // The node's name is in the subjects of a daemon that runs.
    const read = planOf(config);
    // Of a router that the reload removed the last events are still on their way.
    const gone = plan.routers.filter(({ name }) => !read.routers.some((each) => each.name === name));
    const next = { ...read, node: plan.node, routers: [...read.routers, ...gone] };
    if (isDeepStrictEqual(next, plan)) return;
    log({ level: "info", message: "the file says something else; going on with it" });
    const startsAnew = needsNewStart(plan, next);
    plan = next;
    if (startsAnew) turn.abort();
    else adopt?.(plan.routers);
  };
  onHangup?.(() => void readAgain());
  signal.addEventListener("abort", () => turn.abort());
  const reporter = startReporter({
    node: plan.node,
    path: controlSocketPath(options.dataDirectory),
    onChange: (problem) =>
      problem === undefined
        ? log({ level: "info", message: "what becomes of handlers is written down again" })
        : log({ level: "warn", message: `what becomes of handlers is not written down: ${problem}` }),
  });
  while (!signal.aborted) {
    turn = new AbortController();
    await runTurn(plan, address.value, options, {
      signal: turn.signal,
      onHandled: reporter.tell,
      onReloaded: () => void readAgain(),
      onRouters: (given) => {
        adopt = given;
      },
    });
  }
  await reporter.close();
  log({ level: "info", message: "notify stopped" });
  return notifyExit.done;
}

function runTurn(
  plan: NotifyPlan,
  address: NatsAddress,
  { log }: NotifyCommandOptions,
  turn: Pick<NotifyOptions, "signal" | "onHandled" | "onReloaded" | "onRouters">,
): Promise<void> {
  return runNotify({ ...plan, ...turn, address, environment: process.env, log });
}

/** FIFOs and mail are others, or handlers of other events: what is at hand may be told ten seconds later then. */
function needsNewStart(before: NotifyPlan, after: NotifyPlan): boolean {
  const told = ({ routers }: NotifyPlan) =>
    new Map(routers.map(({ name, handlers }) => [name, handlers.lowerPriority !== undefined]));
  const former = told(before);
  const areOthers = [...told(after)].some(([name, is]) => former.has(name) && former.get(name) !== is);
  return areOthers || !isDeepStrictEqual(before.notifications, after.notifications);
}

function planOf({ node, notifications, routers, syncGroups }: DaemonConfig): NotifyPlan {
  return {
    node,
    notifications,
    routers: [
      ...routers.map(({ name, handlers, notifications: wishes }) => ({
        name,
        handlers,
        notifications: wishes,
      })),
      ...syncGroups.map(({ name, handlers, notifications: wishes }) => ({
        ...{ name, handlers, notifications: wishes, isGroup: true },
      })),
    ],
  };
}
