/** The state chart for other programs: Graphviz, and the W3C's SCXML. */

import type { ChartArrow, ChartModel } from "../../machines/chart.ts";

/** Graphviz; arrows of one fact and another between the same states are one, as a picture needs it. */
export function chartAsDot({ id, version, initial, states, arrows }: ChartModel, lit?: string): string {
  const lines = [
    `digraph ${JSON.stringify(`${id} ${version}`)} {`,
    '  graph [rankdir=LR, fontname="sans-serif"]',
    '  node [shape=box, style="rounded,filled", fillcolor=white, fontname="sans-serif"]',
    '  edge [fontname="sans-serif", fontsize=9]',
    "  start [shape=point]",
    `  start -> ${initial}`,
    ...states.map(
      ({ key, description }) =>
        `  ${key} [tooltip=${JSON.stringify(description)}${key === lit ? ', fillcolor="#ffd54a"' : ""}]`,
    ),
    ...bundlesOf(arrows).map(
      ({ from, to, labels }) => `  ${from} -> ${to} [label=${JSON.stringify(`${labels.join("\n")}\n`)}]`,
    ),
    "}",
  ];
  return `${lines.join("\n")}\n`;
}

/** SCXML 1.0: facts are events, guards are conditions by name, actions are comments in front of their place. */
export function chartAsScxml({ id, initial, states, arrows }: ChartModel): string {
  const lines = [
    '<?xml version="1.0" encoding="UTF-8"?>',
    `<scxml xmlns="http://www.w3.org/2005/07/scxml" version="1.0" name="${escapeXml(id)}" initial="${escapeXml(initial)}">`,
  ];
  for (const { key, description } of states) {
    lines.push(
      `  <state id="${escapeXml(key)}">`,
      `    <!-- ${escapeXml(description).replaceAll("--", "- -")} -->`,
    );
    for (const { to, fact, guard, actions } of arrows.filter(({ from }) => from === key)) {
      const condition = guard === null ? "" : ` cond="${escapeXml(guard)}"`;
      const target = to === key ? "" : ` target="${escapeXml(to)}"`;
      const steps = actions.map((action) => `<log label="${escapeXml(action)}"/>`).join("");
      lines.push(`    <transition event="${escapeXml(fact)}"${condition}${target}>${steps}</transition>`);
    }
    lines.push("  </state>");
  }
  return `${lines.join("\n")}\n</scxml>\n`;
}

/** The arrows from one state to another one, as one with a label for each fact. */
export interface Bundle {
  readonly from: string;
  readonly to: string;
  /** "router.stopped", or "advert.received [hasHigherPriority or hasHigherAddress]" where it depends. */
  readonly labels: readonly string[];
}

/** Facts that change no state are left out. */
export function bundlesOf(arrows: readonly ChartArrow[]): readonly Bundle[] {
  const bundles = new Map<string, { from: string; to: string; facts: Map<string, (string | null)[]> }>();
  for (const { from, to, fact, guard } of arrows) {
    if (from === to) continue;
    const bundle = bundles.get(`${from} ${to}`) ?? { from, to, facts: new Map<string, (string | null)[]>() };
    bundles.set(`${from} ${to}`, bundle);
    bundle.facts.set(fact, [...(bundle.facts.get(fact) ?? []), guard]);
  }
  return [...bundles.values()].map(({ from, to, facts }) => ({
    ...{ from, to },
    labels: [...facts].map(([fact, guards]) =>
      guards.includes(null) ? fact : `${fact} [${guards.join(" or ")}]`,
    ),
  }));
}

export function escapeXml(text: string): string {
  return text
    .replaceAll("&", "&amp;")
    .replaceAll("<", "&lt;")
    .replaceAll(">", "&gt;")
    .replaceAll('"', "&quot;");
}
