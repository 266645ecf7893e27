/** `understudy check --sarif`: what code scanning gets. */

import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, test } from "vitest";
import { checkCommand } from "../../services/cli/check.ts";
import { formatSarif } from "../../services/cli/sarif.ts";
import type { Diagnostic } from "../../services/config/diagnostics.ts";
import { nativeForm } from "../../services/config/native/read.ts";

const folder = mkdtempSync(join(tmpdir(), "understudy-sarif-"));
afterAll(() => rmSync(folder, { recursive: true }));

const diagnostic: Diagnostic = {
  ...{ severity: "error", code: "some-code", message: "what is wrong" },
  location: { file: "etc/node a.conf", line: 14, column: 5 },
};

/** The places where SARIF keeps what is asked for here. */
interface Sarif {
  readonly version: string;
  readonly runs: readonly {
    readonly tool: { readonly driver: object };
    readonly results: readonly object[];
  }[];
}

const read = (text: string): Sarif => JSON.parse(text);

test("a result has its rule, level, message, hint and place", () => {
  const { version, runs } = read(
    formatSarif([{ ...diagnostic, keepalived: "goes on", suggestion: "write it" }]),
  );
  expect(version).toBe("2.1.0");
  expect(runs).toMatchObject([
    {
      tool: { driver: { name: "understudy", rules: [{ id: "some-code" }] } },
      columnKind: "utf16CodeUnits",
      results: [
        {
          ...{ ruleId: "some-code", ruleIndex: 0, level: "error" },
          message: { text: "what is wrong\nkeepalived: goes on\nhint: write it" },
          locations: [
            {
              physicalLocation: {
                artifactLocation: { uri: "etc/node%20a.conf" },
                region: { startLine: 14, startColumn: 5 },
              },
            },
          ],
        },
      ],
    },
  ]);
});

test("each rule stands once, in order, and each result points at its own", () => {
  const { runs } = read(
    formatSarif([diagnostic, { ...diagnostic, code: "a-code", severity: "note" }, diagnostic]),
  );
  expect(runs).toMatchObject([
    {
      tool: { driver: { rules: [{ id: "a-code" }, { id: "some-code" }] } },
      results: [{ ruleIndex: 1 }, { ruleIndex: 0, level: "note" }, { ruleIndex: 1 }],
    },
  ]);
});

test("check prints it for keepalived.conf and understudy.yaml alike, without a password, and keeps its exit code", () => {
  const conf = join(folder, "a.conf");
  const yaml = join(folder, "b.yaml");
  writeFileSync(conf, "vrrp_instance VI_1 {\nauthentication {\nauth_type PASS\nauth_pass verysecret\n}\n}\n");
  writeFileSync(yaml, "routers:\n  - authentication: { type: pass, password: verysecret }\n");
  const printed: string[] = [];
  const code = checkCommand({
    files: [conf, yaml],
    sarif: true,
    native: nativeForm,
    stdout: (text) => void printed.push(text),
  });
  expect(code).toBe(2);
  expect(printed.join("")).not.toContain("verysecret");
  const found = read(printed.join("")).runs.flatMap(({ results }) => results);
  expect(found).toContainEqual(expect.objectContaining({ ruleId: "password-cut", level: "warning" }));
  expect(found).toContainEqual(expect.objectContaining({ ruleId: "missing-key", level: "error" }));
});

test("a clean file is a run without results", () => {
  expect(read(formatSarif([])).runs).toMatchObject([{ results: [], tool: { driver: { rules: [] } } }]);
});
