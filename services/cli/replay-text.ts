/** What `understudy replay` prints for people. */

import { explainTransition } from "../../contracts/events/explain.ts";
import type { PastRouter } from "../history/moment.ts";
import { factText } from "../history/narrate.ts";
import type { Divergence, VerificationReport } from "../history/verify.ts";
import { textTable } from "./text-table.ts";

/** Broken links that are printed; the rest is a number. */
const brokenShown = 10;

export function verificationText(name: string, report: VerificationReport, seconds: number): string {
  const { records, facts, transitions, verified, differing, withoutFacts, ofOtherVersions, broken } = report;
  const rate = Math.round((records + facts) / Math.max(seconds, 0.001));
  const lines = [
    `${name}: ${records} records and ${facts} facts in ${seconds.toFixed(1)} s (${rate} a second)`,
    `${transitions} transitions: ${verified} come out of their facts as they are recorded, ${differing} ${differing === 1 ? "differs" : "differ"}`,
    ...(withoutFacts > 0 ? [`${withoutFacts} have no facts written down behind them`] : []),
    ...(ofOtherVersions > 0 ? [`${ofOtherVersions} are of another version of the machine`] : []),
    broken.length === 0
      ? "every hash fits, no record is missing"
      : `${broken.length} broken places in the chain:`,
    ...broken.slice(0, brokenShown).map((each) => `  ${each}`),
    ...(broken.length > brokenShown ? [`  and ${broken.length - brokenShown} more`] : []),
    ...(report.divergence === undefined ? [] : divergenceLines(report.divergence)),
  ];
  return `${lines.join("\n")}\n`;
}

function divergenceLines({ id, time, what, recorded, replayed }: Divergence): string[] {
  return [
    "",
    `the first that differs is ${id} of ${time}: ${what}`,
    ...differences(recorded, replayed).map(
      ({ path, left, right }) => `  ${path}: recorded ${left}, replayed ${right}`,
    ),
    `recorded: ${JSON.stringify(recorded ?? null)}`,
    `replayed: ${JSON.stringify(replayed ?? null)}`,
  ];
}

/** The leaves in which two JSON values differ. */
function differences(
  left: unknown,
  right: unknown,
  path = "",
): { readonly path: string; readonly left: string; readonly right: string }[] {
  if (isObject(left) && isObject(right)) {
    const names = new Set([...Object.keys(left), ...Object.keys(right)]);
    return [...names].flatMap((name) =>
      differences(left[name], right[name], path === "" ? name : `${path}.${name}`),
    );
  }
  const [was, is] = [left, right].map((value) => JSON.stringify(value) ?? "missing");
  return was === is || path === "" ? [] : [{ path, left: was ?? "", right: is ?? "" }];
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null;
}

export function pastText(at: string, routers: readonly PastRouter[]): string {
  if (routers.length === 0) return `no router had been started by ${at}\n`;
  const head = ["router", "node", "state", "since", "priority", "active router", "why", "last heard"];
  const rows = routers.map(({ router, node, state, since, context, transition, lastFact }) => [
    router,
    node,
    state,
    since,
    String(context.effectivePriority),
    context.activeAddress ?? "-",
    transition === undefined ? "-" : explainTransition(transition),
    lastFact === undefined ? "(no facts were written down)" : `${lastFact.time} ${factText(lastFact.fact)}`,
  ]);
  return `${textTable(head, rows)}\n`;
}
