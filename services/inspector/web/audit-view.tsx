/** Findings: what somebody ought to explain. */

import { useMemo } from "preact/hooks";
import { findingsOf } from "../../../machines/inspection/audit.ts";
import type { Finding, FindingKind } from "../../../machines/inspection/finding.ts";
import { stillOpen } from "../../../machines/inspection/periods.ts";
import { durationOf, timeOf } from "./format.ts";
import { hashOf } from "./route.ts";
import { store } from "./store.ts";
import type { ViewProps } from "./view.tsx";

const titles: Readonly<Record<FindingKind, string>> = {
  dualActive: "Two active at once",
  nobodyActive: "Nobody active",
  flapping: "Restless",
  missing: "Missing records",
  chain: "Broken chain",
  changed: "Changed record",
  clockSkew: "Clocks disagree",
  clockStep: "Clock was set",
};

const checks = [
  "two nodes active at once",
  "nobody active between two who were",
  "five takeovers and more in a row",
  "sequence numbers without a gap",
  "each record continues the one before, and fits its hash",
  "clocks of the nodes agree within 50 ms",
];

/** Findings at once. */
const most = 500;

export function AuditView({ moment }: ViewProps) {
  const { isRead, begin } = store;
  const { version } = store.model;
  const all = useMemo(() => (isRead ? findingsOf(store.model, begin) : []), [version, isRead, begin]);
  const findings = all.filter(({ from }) => from <= moment);
  const worse = findings.filter(({ severity }) => severity !== "note").length;
  return (
    <section class="audit">
      <h1>Audit</h1>
      <p class="soft">
        {store.model.rows.length.toLocaleString("en")} records were looked through for: {checks.join("; ")}.
      </p>
      {!isRead ? (
        <p role="status">The history is still being read; what is missing in it shows then.</p>
      ) : findings.length === 0 ? (
        <p class="verdict good">Nothing was found.</p>
      ) : (
        <p>
          {findings.length} {findings.length === 1 ? "finding" : "findings"}
          {worse < findings.length
            ? `, ${findings.length - worse} of them as they have to be: a planned handover`
            : ""}
          .
        </p>
      )}
      <ol class="findings">
        {findings.slice(0, most).map((finding) => (
          <Item
            key={`${finding.kind} ${finding.from} ${finding.router} ${finding.nodes.join()}`}
            finding={finding}
          />
        ))}
      </ol>
      {findings.length > most ? <p class="soft">The {findings.length - most} oldest are left out.</p> : null}
    </section>
  );
}

function Item({ finding }: { finding: Finding }) {
  const { kind, severity, from, to, router, nodes, what } = finding;
  const length = to === stillOpen ? "lasts" : to > from ? durationOf(to - from) : "";
  return (
    <li class={severity} data-kind={kind}>
      <span class="mark" aria-hidden="true" />
      <div>
        <h2>
          {titles[kind]}
          {router === "" ? "" : ` · ${router}`}
        </h2>
        <p>
          {nodes.length > 0 && !what.includes(nodes[0] ?? "") ? `${nodes.join(", ")}: ` : ""}
          {what}
        </p>
      </div>
      <p class="when">
        <a href={hashOf(router === "" ? { view: "timeline" } : { view: "router", subject: router }, from)}>
          {timeOf(from, Date.now() * 1000)}
        </a>
        <span class="soft">{length}</span>
      </p>
    </li>
  );
}
