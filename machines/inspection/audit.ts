/**
 * What an auditor would ask about, found in the records alone: two active at once, nobody active, restlessness, records that are
 * missing or were changed, clocks that do not agree. Pure, so that the same finding comes from the same history.
 */

import { findBrokenChains, findClockTrouble } from "./audit-records.ts";
import type { Finding } from "./finding.ts";
import type { Group, Model } from "./model.ts";
import { periodsOf, stillOpen } from "./periods.ts";
import { takeoversOf } from "./story.ts";

/** Takeovers of one router within that time, in microseconds, that make it restless. */
export const restless = { takeovers: 5, within: 600_000_000 } as const;

/** The latest first. Before `begin` only single records are known, between which nothing is missing. */
export function findingsOf(model: Model, begin = 0): Finding[] {
  const groups = model.sorted.flatMap((group) => [
    ...findDisorders(group),
    ...findRestlessness(model, group),
  ]);
  const records = [...model.lanes.values(), ...model.nodes.values()].flatMap((lane) =>
    findBrokenChains(lane, begin),
  );
  return [...groups, ...records, ...findClockTrouble(model)].sort((one, other) => other.from - one.from);
}

export function findDisorders(group: Group): Finding[] {
  return periodsOf(group).disorders.map(({ kind, from, to, rows }) => {
    const lasts = to === stillOpen;
    const common = { kind, from, to, router: group.router, nodes: rows.map(({ node }) => node) };
    if (kind === "dualActive") {
      return { ...common, severity: "bad", what: `${common.nodes.join(" and ")} were active at once` };
    }
    const isPlanned = rows.every(({ change }) => change.reason === "resignation");
    return {
      ...common,
      severity: lasts ? "bad" : isPlanned ? "note" : "warning",
      what: lasts ? "nobody is active" : `nobody was active until ${common.nodes.join(", ")} took over`,
    };
  });
}

export function findRestlessness(model: Model, group: Group): Finding[] {
  const times = takeoversOf(model, group)
    .map(({ at }) => at)
    .reverse();
  const findings: Finding[] = [];
  let first = 0;
  while (first + restless.takeovers <= times.length) {
    const from = times[first] ?? 0;
    let last = first + restless.takeovers - 1;
    if ((times[last] ?? 0) - from > restless.within) {
      first += 1;
      continue;
    }
    while ((times[last + 1] ?? stillOpen) - (times[last] ?? 0) <= restless.within / restless.takeovers)
      last += 1;
    const count = last - first + 1;
    findings.push({
      ...{ kind: "flapping", severity: "warning", from, to: times[last] ?? from },
      ...{ router: group.router, nodes: group.lanes.map(({ node }) => node) },
      what: `${count} takeovers in a row`,
    });
    first = last + 1;
  }
  return findings;
}
