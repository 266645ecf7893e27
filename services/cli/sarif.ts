/** Diagnostics as SARIF 2.1.0, which code scanning and editors read. */

import { isAbsolute } from "node:path";
import { pathToFileURL } from "node:url";
import type { Diagnostic, Severity } from "../config/diagnostics.ts";
import { version } from "../version.ts";

/** One run with a result for each diagnostic, as text that ends with a newline. */
export function formatSarif(diagnostics: readonly Diagnostic[]): string {
  const codes = [...new Set(diagnostics.map(({ code }) => code))].toSorted();
  const document = {
    $schema: "https://json.schemastore.org/sarif-2.1.0.json",
    version: "2.1.0",
    runs: [
      {
        tool: { driver: { name: "understudy", version, rules: codes.map((id) => ({ id })) } },
        columnKind: "utf16CodeUnits",
        results: diagnostics.map((each) => resultOf(each, codes)),
      },
    ],
  };
  return `${JSON.stringify(document, undefined, 2)}\n`;
}

/** SARIF has the same three words. */
const levels: Readonly<Record<Severity, string>> = { error: "error", warning: "warning", note: "note" };

/** Without the line itself, which may hold a password. */
function resultOf(diagnostic: Diagnostic, codes: readonly string[]) {
  const { code, severity, message, location, keepalived, suggestion } = diagnostic;
  const lines = [
    message,
    ...(keepalived === undefined ? [] : [`keepalived: ${keepalived}`]),
    ...(suggestion === undefined ? [] : [`hint: ${suggestion}`]),
  ];
  return {
    ruleId: code,
    ruleIndex: codes.indexOf(code),
    level: levels[severity],
    message: { text: lines.join("\n") },
    locations: [
      {
        physicalLocation: {
          artifactLocation: { uri: uriOf(location.file) },
          region: { startLine: location.line, startColumn: location.column },
        },
      },
    ],
  };
}

/** A relative path stays one: code scanning takes it from the top of the repository. */
function uriOf(path: string): string {
  if (isAbsolute(path)) return pathToFileURL(path).href;
  return path.replace(/^\.\//u, "").split("/").map(encodeURIComponent).join("/");
}
