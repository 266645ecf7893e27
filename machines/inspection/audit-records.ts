/** What the records of a node say about themselves: gaps in the numbers, broken links of the chain, and clocks. */

import type { Finding } from "./finding.ts";
import type { Lane, Model, TransitionRow } from "./model.ts";
import type { Row } from "./row.ts";

/** Wall clocks that differ by more make the order of two nodes' records, and the length of an outage, doubtful. */
export const clockTolerance = 50_000;

export function findBrokenChains({ node, router, rows }: Lane, begin: number): Finding[] {
  const findings: Finding[] = [];
  const heads = new Map<string, Row>();
  for (const row of rows) {
    const head = heads.get(row.incarnation);
    heads.set(row.incarnation, row);
    const about = { from: row.at, to: row.at, router, nodes: [node] };
    if (!row.isSealed) {
      const what = `record ${row.sequence} was changed: its hash does not fit`;
      findings.push({ kind: "changed", severity: "bad", ...about, what });
    }
    if (head === undefined || head.at < begin) continue;
    if (row.sequence !== head.sequence + 1) {
      const missing = row.sequence - head.sequence - 1;
      const what = `${missing} ${missing === 1 ? "record is" : "records are"} missing behind record ${head.sequence}`;
      findings.push({ kind: "missing", severity: "bad", ...about, from: head.at, what });
    } else if (row.prevHash !== head.hash) {
      const what = `record ${row.sequence} does not continue record ${head.sequence}: the chain is broken`;
      findings.push({ kind: "chain", severity: "bad", ...about, what });
    }
  }
  return findings;
}

export function findClockTrouble(model: Model): Finding[] {
  return [...model.nodeNames.flatMap((node) => findSteps(model, node)), ...findSkew(model)];
}

/** Wall clock and monotonic clock of one node run side by side, unless somebody sets the one or the host starts anew. */
function findSteps(model: Model, node: string): Finding[] {
  const rows = model.rows
    .filter((row) => row.node === node)
    .sort((one, other) => one.position - other.position);
  return rows.flatMap((row, place): Finding[] => {
    const former = rows[place - 1];
    if (former === undefined || former.incarnation !== row.incarnation) return [];
    const rebooted = row.monotonic < former.monotonic - clockTolerance && row.at > former.at;
    const step = row.at - row.monotonic - (former.at - former.monotonic);
    if (rebooted || Math.abs(step) <= clockTolerance) return [];
    const what = `the clock was set ${step > 0 ? "forward" : "back"} by ${seconds(step)}`;
    return [
      {
        kind: "clockStep",
        severity: "warning",
        from: former.at,
        to: row.at,
        router: "",
        nodes: [node],
        what,
      },
    ];
  });
}

/**
 * Who preempts sends an advert as it becomes active, and the other gives way when it comes in: one instant, told by two clocks.
 * Of each pair of nodes the last such instant counts.
 */
function findSkew(model: Model): Finding[] {
  const findings = new Map<string, Finding>();
  for (const { router, lanes } of model.sorted) {
    const changes = lanes.flatMap((lane) => lane.changes);
    for (const yielded of changes.filter(isYielding)) {
      const winner = nearestStart(changes, yielded);
      if (winner === undefined) continue;
      const difference = yielded.at - winner.at;
      const pair = [winner.node, yielded.node].sort().join(" ");
      if (Math.abs(difference) <= clockTolerance) {
        findings.delete(pair);
        continue;
      }
      const [ahead, behind] = difference > 0 ? [yielded.node, winner.node] : [winner.node, yielded.node];
      const what = `the clock of ${ahead} is ${seconds(difference)} ahead of that of ${behind}`;
      const [from, to] = [Math.min(winner.at, yielded.at), Math.max(winner.at, yielded.at)];
      const about = { from, to, router, nodes: [ahead, behind], what };
      findings.set(pair, { kind: "clockSkew", severity: "warning", ...about });
    }
  }
  return [...findings.values()];
}

function isYielding({ change }: TransitionRow): boolean {
  return change.reason === "higherPriority" || change.reason === "higherAddress";
}

/** Looked for within this time on both sides, in microseconds. */
const neighbourhood = 5_000_000;

function nearestStart(changes: readonly TransitionRow[], yielded: TransitionRow): TransitionRow | undefined {
  const starts = changes.filter(
    ({ node, at, change }) =>
      node !== yielded.node &&
      change.to === "active" &&
      change.reason === "preempted" &&
      change.primaryAddress === yielded.change.source &&
      Math.abs(at - yielded.at) < neighbourhood,
  );
  return starts.sort((one, other) => Math.abs(one.at - yielded.at) - Math.abs(other.at - yielded.at))[0];
}

function seconds(microseconds: number): string {
  return `${(Math.abs(microseconds) / 1_000_000).toFixed(3)} s`;
}
