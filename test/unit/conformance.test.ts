/** docs/conformance.md tells the truth: it follows from the names of the tests, and nothing in it is stale. */

import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { checklist, matrixRows, vectors } from "../conformance/checklist.ts";
import { judgeProject, pagePath, renderPage } from "../conformance/generate.ts";
import { namesIn } from "../conformance/names.ts";
import { judge } from "../conformance/proofs.ts";

const verdict = judgeProject();

describe("the checklist", () => {
  it("has its 192 requirements, each with a test or a reason, and no name of a test has an unknown id", () => {
    expect(verdict.judged).toHaveLength(192);
    expect(verdict.complaints).toEqual([]);
  });

  it("docs/conformance.md is what the tests say; npm run conformance makes it anew", () => {
    expect(readFileSync(pagePath, "utf8")).toBe(renderPage(verdict, checklist));
  });
});

describe("the names of tests", () => {
  it("are found in every form that is used here", () => {
    const text = [
      'it("R3-7.1-01, V031: one", () => {});',
      "  test('S01b two', async () => {});",
      `it(\`\${vector.id} \${vector.name}\`, () => {});`,
      `it(\`\${row.id} \${profile}\`, () => {});`,
      '] as const)("RM-06 %s", () => {});',
      'expect(/S02/u.test("S02")).toBe(true);',
    ].join("\n");
    expect(namesIn("f", text).map(({ ids }) => ids)).toEqual([
      ["R3-7.1-01", "V031"],
      ["S01b"],
      vectors.map(({ id }) => id),
      [...new Set(matrixRows.map(({ id }) => id))],
      ["RM-06"],
    ]);
  });
});

describe("what is complained about", () => {
  const requirement = {
    id: "R3-9-99",
    section: "2.1",
    level: "MUST",
    requirement: "",
    cases: ["V001", "V002"],
  };
  const small = { ...checklist, requirements: [requirement] };
  const reason = { kind: "notYet", text: "no" } as const;
  const complaints = (reasons: Parameters<typeof judge>[2], ...names: string[]) =>
    judge(
      small,
      names.flatMap((name) => namesIn("f", `it("${name}", f);`)),
      reasons,
    ).complaints;

  it("a requirement with neither a test nor a reason, and one whose cases are not all tested", () => {
    expect(complaints({})).toEqual(["R3-9-99 has neither a test nor a reason"]);
    expect(complaints({}, "V001")).toHaveLength(1);
    expect(complaints({}, "V001", "V002")).toEqual([]);
    expect(complaints({ "R3-9-99": reason })).toEqual([]);
  });

  it("a reason for what is proven, or for nothing", () => {
    expect(complaints({ "R3-9-99": reason }, "R3-9-99: yes")).toHaveLength(1);
    expect(complaints({ "R3-9-98": reason }, "R3-9-99: yes")).toHaveLength(1);
  });

  it("an id that the checklist does not have", () => {
    expect(complaints({}, "R3-9-99: yes", "R3-9-9: no")).toEqual([
      'R3-9-9 is not in the checklist: f, "R3-9-9: no"',
    ]);
  });
});
