/** The daemon's answer about itself, and what in it deserves an operator's attention. */

import { formatVirtualAddress } from "../contracts/config/difference.ts";
import { explainTransition } from "../contracts/events/explain.ts";
import { describeMaintenance, type RouterStatus, type StatusReport } from "../contracts/status.ts";
import { microseconds } from "../contracts/units.ts";
import type { VirtualRouter } from "./virtual-router.ts";

/** A refused advert is reported as long as it happened within this time. */
const recentRefusal = microseconds(120_000_000);

/** Before there is one. */
export const noBus: StatusReport["bus"] = {
  state: "starting",
  url: "",
  stream: "",
  acknowledged: 0,
  backlog: 0,
  lastError: null,
  shortcomings: [],
};

export function routerStatus(
  router: VirtualRouter,
  priorityByHand: RouterStatus["priorityByHand"],
): RouterStatus {
  const { config } = router;
  const memory = router.memory();
  const last = router.lastTransition();
  return {
    name: config.name,
    interface: config.interface,
    virtualRouterId: config.virtualRouterId,
    version: config.version,
    state: router.state(),
    since: router.since() ?? null,
    reason: last?.reason ?? null,
    explanation: last === undefined ? "not started" : explainTransition(last),
    effectivePriority: memory.effectivePriority,
    priorityByHand,
    activeAddress: memory.activeAddress,
    primaryAddress: memory.primaryAddress,
    lastEvent: memory.lastEvent,
    newActiveReason: memory.newActiveReason,
    faults: [...memory.faults],
    addresses: config.addresses.map(formatVirtualAddress),
    rejections: router.refusals(recentRefusal).map(({ lastAt: _lastAt, ...rejection }) => rejection),
    statistics: { ...router.statistics() },
  };
}

/** Sentences, most urgent first: maintenance, routers in fault, peers that are refused, then what threatens the history. */
export function findProblems(report: Omit<StatusReport, "problems">): string[] {
  const { routers, journal, bus, maintenance, handlers } = report;
  return [
    ...(maintenance === null ? [] : [describeMaintenance(maintenance)]),
    ...routers
      .filter(({ state }) => state === "fault")
      .map(({ name, faults }) => `${name} is in fault: ${faults.join("; ")}`),
    ...routers.flatMap(({ name, state, rejections }) =>
      rejections
        .filter(({ accepted }) => !accepted)
        .map(
          ({ source, detail, count }) =>
            `${name} is ${state} and refuses ${source} (${count} ${count === 1 ? "advert" : "adverts"}): ${detail}`,
        ),
    ),
    ...(handlers.state === "silent" ? ["understudy notify is silent: handlers may not run"] : []),
    ...handlers.failing.map(
      ({ router, handler, sentence, at }) => `${router}: handler ${handler} failed at ${at}: ${sentence}`,
    ),
    ...(journal.unwritten > 0
      ? [`${journal.unwritten} records wait for the disk of ${journal.directory}`]
      : []),
    ...(journal.overdue === null ? [] : [journal.overdue]),
    ...(bus.state === "live" || bus.state === "draining"
      ? []
      : [`events do not reach ${bus.url}: ${bus.lastError ?? bus.state}`]),
    ...bus.shortcomings.map((shortcoming) => `${bus.stream}: ${shortcoming}`),
  ];
}
