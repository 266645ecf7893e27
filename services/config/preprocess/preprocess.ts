/**
 * keepalived's preprocessor: include, conditions, definitions, sequences. The stage between lines and tokens; what comes
 * out are plain lines, each with the place it was written at.
 */

import type { Report } from "../diagnostics.ts";
import { maximumFiles, maximumInclusion, maximumRepeatedLines } from "../limits.ts";
import type { SourceLine } from "../source.ts";
import { type Definitions, macroOf, readDefinition, substitute } from "./definitions.ts";
import { findFiles, mustBeReadable } from "./include.ts";
import { cut, locationIn } from "./line.ts";
import { readSequence } from "./sequences.ts";

/** The meaningful lines of a file, or why it cannot be read. */
export type LineReader = (path: string) => Iterable<SourceLine> | { readonly unreadable: string };

export interface PreprocessOptions {
  readonly readLines: LineReader;
  /** What `@NAME` asks for: the host name up to its first dot, or what `-i` gave (keepalived P21). */
  readonly configId: string;
  readonly environment: Readonly<Record<string, string | undefined>>;
  readonly report: Report;
}

/** The lines of a configuration whose first file's lines are given. */
export function* preprocess(lines: Iterable<SourceLine>, options: PreprocessOptions): Generator<SourceLine> {
  const { environment, report } = options;
  const table: Definitions["table"] = new Map();
  const work: Work = {
    ...options,
    definitions: { table, environment, report, instance: "" },
    fileCount: 1,
    lineCount: 0,
  };
  yield* processLines(lines, work, 0);
}

interface Work extends PreprocessOptions {
  definitions: Definitions;
  fileCount: number;
  lineCount: number;
}

function* processLines(lines: Iterable<SourceLine>, work: Work, depth: number): Generator<SourceLine> {
  let macro: { readonly lines: SourceLine[] } | undefined;
  for (const physical of lines) {
    if (macro !== undefined) {
      const isLast = !physical.text.trimEnd().endsWith("\\");
      macro.lines.push(isLast ? physical : withoutBackslash(physical));
      if (isLast) macro = undefined;
      continue;
    }
    const { isKept, line } = applyCondition(physical, work.configId);
    const definition = readDefinition(line.text);
    if (definition?.isMacro) {
      // Its lines belong to it whether or not the condition keeps them.
      macro = { lines: [] };
      if (isKept) work.definitions.table.set(definition.name, { kind: "macro", lines: macro.lines });
    } else if (isKept && definition !== undefined) {
      work.definitions.table.set(definition.name, { kind: "value", value: definition.value });
    } else if (isKept) {
      yield* processLine(line, work, depth);
    }
  }
}

/** A line that is no definition and that its condition keeps. */
function* processLine(line: SourceLine, work: Work, depth: number): Generator<SourceLine> {
  const { definitions, report } = work;
  if (!line.text.includes("$") && !/^\s*[~i]/u.test(line.text)) {
    yield line;
    return;
  }
  const sequence = /^\s*~/u.test(line.text)
    ? readSequence(substituteArguments(line, definitions), report)
    : undefined;
  if (sequence === "bad") return;
  if (sequence !== undefined) {
    yield* repeat(sequence.rest, sequence.rounds, work, depth);
    return;
  }
  const macro = macroOf(line.text, definitions);
  if (macro !== undefined) {
    if (isTooDeep(line, work, depth)) return;
    yield* processLines(macro, work, depth + 1);
    return;
  }
  const expanded = substitute(line, definitions);
  const [, keyword, pattern] = /^\s*(include[rmwba]?)(?:\s+(\S+))?\s*$/u.exec(expanded.text) ?? [];
  if (keyword !== undefined && pattern === undefined) {
    reportNoPattern(keyword, expanded, report);
    return;
  }
  if (keyword !== undefined && pattern !== undefined) {
    yield* includeFiles(keyword, pattern, expanded, work, depth);
    return;
  }
  reportReferences(expanded, report);
  rememberInstance(expanded.text, work);
  yield expanded;
}

/** What stands in the brackets of a sequence is replaced; what is repeated sees the sequence's own names first. */
function substituteArguments(line: SourceLine, definitions: Definitions): SourceLine {
  const end = line.text.indexOf(")") + 1;
  const head = substitute(cut(line, 0, end), definitions);
  const rest = cut(line, end);
  const origin = [...(head.origin ?? []), ...(rest.origin ?? [])];
  return { ...line, text: head.text + rest.text, origin };
}

function* repeat(
  rest: SourceLine,
  rounds: Iterable<ReadonlyMap<string, string>>,
  work: Work,
  depth: number,
): Generator<SourceLine> {
  if (isTooDeep(rest, work, depth)) return;
  const outer = work.definitions;
  for (const round of rounds) {
    const table = new Map(outer.table);
    for (const [name, value] of round) table.set(name, { kind: "value", value });
    work.definitions = { ...outer, table };
    if (work.lineCount > maximumRepeatedLines) break;
    // A long line costs more than a short one to repeat.
    work.lineCount += Math.ceil((rest.text.length + 1) / octetsOfLine);
    if (work.lineCount > maximumRepeatedLines) {
      const limit = `sequences make more than ${maximumRepeatedLines} lines`;
      tell(rest, work, "sequence-too-long", `${limit}; the others are left out`);
      break;
    }
    yield* processLine(rest, work, depth + 1);
  }
  work.definitions = outer;
}

/** What counts as one line where it is repeated. */
const octetsOfLine = 64;

function* includeFiles(
  keyword: string,
  pattern: string,
  line: SourceLine,
  work: Work,
  depth: number,
): Generator<SourceLine> {
  if (isTooDeep(line, work, depth)) return;
  for (const path of findFiles(keyword, pattern, line, work.report)) {
    work.fileCount += 1;
    if (work.fileCount > maximumFiles) {
      tell(line, work, "too-many-files", `more than ${maximumFiles} files; the others are not read`);
      return;
    }
    const lines = work.readLines(path);
    if ("unreadable" in lines) {
      work.report({
        severity: mustBeReadable(keyword) ? "error" : "warning",
        code: "include-unreadable",
        message: `\`${path}\`: ${lines.unreadable}; nothing of it is included`,
        location: locationIn(line, 0),
      });
    } else {
      yield* processLines(lines, work, depth + 1);
    }
  }
}

function reportNoPattern(keyword: string, line: SourceLine, report: Report): void {
  report({
    severity: "error",
    code: "missing-parameter",
    message: `\`${keyword}\` needs the name of a file, or a pattern`,
    location: locationIn(line, line.text.search(/\S/u)),
  });
}

/** `@NAME line` stands where the configuration id is NAME, `@^NAME line` where it is another. */
function applyCondition(line: SourceLine, configId: string): { isKept: boolean; line: SourceLine } {
  const [all, , not, name] = /^(\s*)@(\^?)(\S+)/u.exec(line.text) ?? [];
  if (all === undefined) return { isKept: true, line };
  return { isKept: (name === configId) === (not === ""), line: cut(line, all.length) };
}

function withoutBackslash(line: SourceLine): SourceLine {
  return { ...line, text: line.text.slice(0, line.text.lastIndexOf("\\")) };
}

function isTooDeep(line: SourceLine, work: Work, depth: number): boolean {
  if (depth < maximumInclusion) return false;
  // What is left of the sequences around it is left out as well: there may be no end of it.
  work.lineCount = Math.max(work.lineCount, maximumRepeatedLines + 1);
  const what = `files, macros or sequences stand more than ${maximumInclusion} deep inside one another`;
  tell(line, work, "inclusion-too-deep", `${what}; this one is left out`);
  return true;
}

function tell(line: SourceLine, { report }: Work, code: string, message: string): void {
  report({
    severity: "error",
    code,
    message,
    location: locationIn(line, 0),
    keepalived: "goes on until its memory ends",
    suggestion: "does a file include itself, or a macro use itself?",
  });
}

/** `instance NAME` gives `${_INSTANCE}` its value for the lines behind it. */
function rememberInstance(text: string, work: Work): void {
  const [, instance] = /^\s*instance\s+(\S+)/u.exec(text) ?? [];
  if (instance !== undefined) work.definitions = { ...work.definitions, instance };
}

function reportReferences(line: SourceLine, report: Report): void {
  if (!line.text.includes("$")) return;
  // Inside double quotes an undefined name is harmless, as in keepalived (P8): blank them out, keep the columns.
  const bare = line.text.replace(/"[^"]*("|$)/gu, (quoted) => " ".repeat(quoted.length));
  const reference = /\$\{[^}]*\}?/u.exec(bare);
  if (reference === null) return;
  report({
    severity: "warning",
    code: "undefined-name",
    message: `\`${reference[0]}\` is not defined and is read as it stands`,
    location: locationIn(line, reference.index),
    keepalived: "takes its braces for a block, which loses the lines that follow",
  });
}
