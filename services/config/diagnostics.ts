/** What is wrong with a configuration, where, what keepalived makes of it, and what to write instead. */

import { maximumDiagnostics } from "./limits.ts";

export type Severity = "error" | "warning" | "note";

/** A place in a file: line and column count from 1; a column counts UTF-16 units of the line. */
export interface Location {
  readonly file: string;
  readonly line: number;
  readonly column: number;
}

export interface Diagnostic {
  /** An error keeps the daemon from starting; a warning and a note do not. */
  readonly severity: Severity;
  /** Stable and kebab-case: programs may rely on it, the message may change. */
  readonly code: string;
  readonly message: string;
  readonly location: Location;
  /** What keepalived does with the same line, where that differs or surprises. */
  readonly keepalived?: string;
  /** What to write instead. */
  readonly suggestion?: string;
}

export type Report = (diagnostic: Diagnostic) => void;

/** Collects diagnostics within the bound of each severity. */
export interface DiagnosticSink {
  readonly report: Report;
  /** Whether a further diagnostic of this severity is still kept; costly hints ask first. */
  readonly accepts: (severity: Severity) => boolean;
  /** All that were kept, by file (in order of appearance), line and column, with a note of how many were not. */
  readonly collect: () => readonly Diagnostic[];
}

export interface FormatOptions {
  /** The line the diagnostic is about, as it stands in the file; printed with a caret below it. */
  readonly sourceLine?: string | undefined;
  /** ANSI colours. Off unless asked for. */
  readonly colour?: boolean;
}

export function createDiagnosticSink(): DiagnosticSink {
  const kept: Diagnostic[] = [];
  const counts: Record<Severity, number> = { error: 0, warning: 0, note: 0 };
  const accepts = (severity: Severity) => counts[severity] < maximumDiagnostics;
  const report = (diagnostic: Diagnostic) => {
    if (accepts(diagnostic.severity)) kept.push(diagnostic);
    counts[diagnostic.severity] += 1;
  };
  const collect = () => {
    const sorted = sortByPlace(kept);
    const last = sorted.at(-1);
    const hidden = counts.error + counts.warning + counts.note - kept.length;
    if (last === undefined || hidden === 0) return sorted;
    const message = `${hidden} more are not shown; at most ${maximumDiagnostics} of each severity are`;
    const note: Diagnostic = {
      severity: "note",
      code: "too-many-diagnostics",
      message,
      location: last.location,
    };
    return [...sorted, note];
  };
  return { report, accepts, collect };
}

export function hasErrors(diagnostics: readonly Diagnostic[]): boolean {
  return diagnostics.some((diagnostic) => diagnostic.severity === "error");
}

export function countSeverity(diagnostics: readonly Diagnostic[], severity: Severity): number {
  return diagnostics.filter((diagnostic) => diagnostic.severity === severity).length;
}

/**
 * One diagnostic as an operator reads it, without a final newline:
 *
 *     keepalived.conf:14:5: error: message [code]
 *         priority 256
 *         ^
 *     keepalived: what it does
 *     hint: what to write
 */
export function formatDiagnostic(diagnostic: Diagnostic, options: FormatOptions = {}): string {
  const { location, severity, message, code, keepalived, suggestion } = diagnostic;
  const paint = (style: string, text: string) => (options.colour ? `\u001b[${style}m${text}\u001b[0m` : text);
  const place = `${location.file}:${location.line}:${location.column}:`;
  const lines = [
    `${paint("1", place)} ${paint(severityStyles[severity], `${severity}:`)} ${message} [${code}]`,
  ];
  const { sourceLine } = options;
  if (sourceLine !== undefined && sourceLine.trim() !== "") {
    // Column 1 may stand for the whole line: the caret then points at its first word.
    const column = Math.max(location.column, sourceLine.search(/\S/u) + 1);
    lines.push(printable(sourceLine), `${caretIndent(sourceLine, column)}${paint("32", "^")}`);
  }
  if (keepalived !== undefined) lines.push(`keepalived: ${keepalived}`);
  if (suggestion !== undefined) lines.push(`hint: ${suggestion}`);
  return lines.join("\n");
}

const severityStyles: Readonly<Record<Severity, string>> = { error: "1;31", warning: "1;33", note: "1;36" };

/** Characters that take two columns of a terminal: CJK, Hangul, full-width forms, emoji. */
const wideCharacter =
  /[\u1100-\u115f\u2e80-\u303e\u3041-\ua4cf\uac00-\ud7a3\uf900-\ufaff\ufe30-\ufe6f\uff00-\uff60\uffe0-\uffe6\u{1f300}-\u{1faff}\u{20000}-\u{3fffd}]/u;
const combiningCharacter = /\p{Mn}|\p{Me}|\p{Cf}/u;
const controlCharacters = /(?!\t)\p{Cc}/gu;

/** White space that is as wide as the text before the column; tabs stay tabs, so any tab width fits. */
function caretIndent(sourceLine: string, column: number): string {
  let indent = "";
  for (const character of printable(sourceLine.slice(0, column - 1))) {
    if (character === "\t") indent += "\t";
    else if (wideCharacter.test(character)) indent += "  ";
    else if (!combiningCharacter.test(character)) indent += " ";
  }
  return indent;
}

/** A file must not be able to steer the terminal it is printed on. */
function printable(text: string): string {
  return text.replace(controlCharacters, "\ufffd");
}

function sortByPlace(diagnostics: readonly Diagnostic[]): Diagnostic[] {
  const order = new Map<string, number>();
  for (const { location } of diagnostics) {
    if (!order.has(location.file)) order.set(location.file, order.size);
  }
  const rank = (file: string) => order.get(file) ?? 0;
  return diagnostics.toSorted(
    (a, b) =>
      rank(a.location.file) - rank(b.location.file) ||
      a.location.line - b.location.line ||
      a.location.column - b.location.column,
  );
}
