/** The chart that `understudy chart` prints is the machine's own definition. */

import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { chartAsMermaid, chartModel } from "../../machines/chart.ts";
import { chartAsDot, chartAsScxml } from "../../services/chart/formats.ts";
import { readLayout } from "../../services/chart/layout.ts";
import { chartAsSvg } from "../../services/chart/svg.ts";
import { layOut } from "../conformance/chart-layout.ts";

const root = new URL("../../", import.meta.url);

describe("the state chart as Mermaid", () => {
  const chart = chartAsMermaid(chartModel());

  it("starts in initialize and names the four states", () => {
    expect(chart.split("\n")[0]).toBe("stateDiagram-v2");
    expect(chart).toContain("[*] --> initialize");
    for (const state of ["initialize", "fault", "backup", "active"])
      expect(chart).toContain(`note right of ${state}: `);
  });

  it("has an arrow for every transition, with its guard", () => {
    expect(chart).toContain("initialize --> active: router.started [isOwner]");
    expect(chart).toContain("backup --> active: activeDownTimer.expired [heardResignation]");
    expect(chart).toContain("active --> backup: advert.received [hasHigherAddress]");
    expect(chart).toContain("active --> initialize: router.stopped");
  });

  it("is the picture in machines/README.md", () => {
    const readme = readFileSync(new URL("../../machines/README.md", import.meta.url), "utf8");
    expect(readme).toContain(`\`\`\`mermaid\n${chart}\`\`\``);
  });
});

describe("the state chart for other programs", () => {
  const model = chartModel();

  it("has every way of every fact, those that change no state too, with guards and steps", () => {
    expect(model.arrows).toContainEqual({
      ...{ from: "backup", to: "backup", fact: "advert.received", guard: "isResignation" },
      actions: ["noteResignation", "armSkewTimer"],
    });
    expect(new Set(model.arrows.flatMap(({ from, to }) => [from, to]))).toEqual(
      new Set(["initialize", "fault", "backup", "active"]),
    );
  });

  it("is Graphviz with one arrow between two states, and the lit state filled", () => {
    const dot = chartAsDot(model, "backup");
    expect(dot.match(/backup -> active/gu)).toHaveLength(1);
    expect(dot).toContain("group.granted\\n");
    expect(dot).toMatch(/^ {2}backup \[.*fillcolor="#ffd54a"\]$/mu);
  });

  it("is SCXML that is well-formed and names every state once", () => {
    const scxml = chartAsScxml(model);
    expect(scxml.match(/<state /gu)).toHaveLength(4);
    expect(scxml.match(/<transition /gu)).toHaveLength(model.arrows.length);
    expect(scxml).toContain('<transition event="router.stopped" target="initialize">');
    expect(scxml.match(/<(?!\?|!)[a-z]+[^>]*[^/]>/gu)).toHaveLength((scxml.match(/<\//gu) ?? []).length);
  });

  it("has a layout for the machine's version, which `npm run chart` makes", async () => {
    expect(readLayout(model, root)).toEqual(await layOut(model));
  });

  it("is an SVG with every state and arrow, the lit state marked, and nothing loaded from elsewhere", () => {
    const svg = chartAsSvg(model, readLayout(model, root), "active");
    for (const { key } of model.states) expect(svg).toContain(`id="state-${key}"`);
    expect(svg).toContain('<g class="state lit" id="state-active">');
    expect(svg).toContain("<title>virtual-router");
    expect(svg).not.toMatch(/https?:(?!\/\/www\.w3\.org\/2000\/svg)|<script|url\((?!#)/u);
  });
});
