/** The chart that `understudy chart` prints is the machine's own definition. */

import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { chartAsMermaid } from "../../machines/chart.ts";

describe("the state chart as Mermaid", () => {
  const chart = chartAsMermaid();

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
