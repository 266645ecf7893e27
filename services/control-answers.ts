/** What the daemon answers on its command socket: how it is, how a router is, what a reload did, what became of an operator's command. */

import type { StatusReport } from "../contracts/status.ts";
import type { AskNow } from "./bus/now-service.ts";
import type { ControlRequest } from "./control/protocol.ts";
import type { Handlings } from "./handlings.ts";
import type { Journal } from "./journal/journal.ts";
import type { Network } from "./network.ts";
import type { Operator } from "./operator.ts";
import type { Reloader } from "./reload.ts";
import { findProblems, noBus, routerStatus } from "./status-report.ts";
import type { Supervisor } from "./supervisor.ts";
import { version } from "./version.ts";

export interface ControlAnswersOptions {
  readonly node: string;
  /** RFC 3339. */
  readonly startedAt: string;
  readonly journal: Pick<Journal, "status">;
  readonly supervisor: Pick<Supervisor, "routers" | "named">;
  readonly network: Pick<Network, "unknownAdverts">;
  readonly reloader: Pick<Reloader, "reload">;
  readonly operator: Operator;
  readonly handlings: Handlings;
  /** Undefined before it is loaded. */
  readonly bus: () => StatusReport["bus"] | undefined;
}

export interface ControlAnswers {
  status(): StatusReport;
  readonly now: AskNow;
  answer(request: ControlRequest): unknown;
}

export function createControlAnswers(options: ControlAnswersOptions): ControlAnswers {
  const { node, startedAt, journal, supervisor, network, reloader, operator, handlings, bus } = options;
  const status = (): StatusReport => {
    const { directory, incarnation, position, unwritten, failures, overdue = null } = journal.status();
    const report = {
      ...{ node, pid: process.pid, version, startedAt },
      routers: [...supervisor.routers()].map((router) =>
        routerStatus(router, operator.priorityByHand(router.config.name)),
      ),
      maintenance: operator.maintenance() ?? null,
      unknownAdverts: network.unknownAdverts(),
      journal: { directory, incarnation, position, unwritten, failures, overdue },
      handlers: handlings.status(),
      bus: bus() ?? noBus,
    };
    return { ...report, problems: findProblems(report) };
  };
  const now: AskNow = (name, after) => {
    const router = supervisor.named(name);
    if (router === undefined) throw new Error(`no router of ${node} is called ${name}`);
    return { node, ...router.now(after) };
  };
  return {
    status,
    now,
    answer: (request) => {
      switch (request.command) {
        case "status":
          return status();
        case "now":
          return now(request.router, request.after);
        case "reload":
          return reloader.reload(request.dryRun);
        case "handover":
        case "maintenance":
        case "priority":
          return operator.perform(request);
        case "handled":
          return handlings.take(request);
      }
    },
  };
}
