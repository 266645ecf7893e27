/** Lines -> a tree of statements. Knows braces and nothing of what a keyword means. */

import type { DiagnosticSink, Report } from "./diagnostics.ts";
import { lexLine, type Token, tokenLocation } from "./lexer.ts";
import { maximumNesting, maximumStatements } from "./limits.ts";
import { runAtOnce, type Sliced } from "./slices.ts";
import type { SourceLine } from "./source.ts";

/** One setting: its words, the keyword first, and the block behind it where it has one. Never without words. */
export interface Statement {
  readonly words: readonly Token[];
  readonly block?: readonly Statement[];
}

interface OpenStatement {
  words: readonly Token[];
  block?: OpenStatement[];
}

interface OpenBlock {
  readonly brace: Token;
  readonly opener: OpenStatement | undefined;
  readonly statements: OpenStatement[];
}

/** A fraction of a millisecond. */
const linesPerSlice = 50;

interface ParserState {
  readonly report: Report;
  readonly top: OpenStatement[];
  readonly stack: OpenBlock[];
  count: number;
  /** A limit is passed: what was read so far is all there is. */
  stopped: boolean;
}

/**
 * The statements of a configuration. A brace may stand at the end of the keyword's line, on the next line, or in
 * one line with what it holds (keepalived P4). A missing, extra or stray brace is reported as an error and the tree
 * holds what could be read. Reading stops at too many statements, too deep a nesting, or too many errors.
 */
export function parse(lines: Iterable<SourceLine>, sink: DiagnosticSink): readonly Statement[] {
  return runAtOnce(parseSliced(lines, sink));
}

/** As parse; it may pause between two lines. */
export function* parseSliced(
  lines: Iterable<SourceLine>,
  sink: DiagnosticSink,
): Sliced<readonly Statement[]> {
  const state: ParserState = { report: sink.report, top: [], stack: [], count: 0, stopped: false };
  let lineCount = 0;
  for (const line of lines) {
    lineCount += 1;
    if (lineCount % linesPerSlice === 0) yield;
    readLine(state, lexLine(line, sink.report));
    if (state.stopped || !sink.accepts("error")) return state.top;
  }
  const unclosed = state.stack.at(-1);
  if (unclosed !== undefined) reportUnclosed(state, unclosed);
  return state.top;
}

function readLine(state: ParserState, tokens: readonly Token[]): void {
  let words: Token[] = [];
  for (const token of tokens) {
    if (token.kind === "word") {
      words.push(token);
      continue;
    }
    if (words.length > 0) addStatement(state, { words });
    words = [];
    if (token.kind === "open") openBlock(state, token);
    else closeBlock(state, token);
    if (state.stopped) return;
  }
  if (words.length > 0) addStatement(state, { words });
}

function currentStatements(state: ParserState): OpenStatement[] {
  return state.stack.at(-1)?.statements ?? state.top;
}

function addStatement(state: ParserState, statement: OpenStatement): void {
  state.count += 1;
  if (state.count <= maximumStatements) {
    currentStatements(state).push(statement);
    return;
  }
  const [first] = statement.words;
  if (first === undefined || state.stopped) return;
  state.stopped = true;
  state.report({
    severity: "error",
    code: "too-many-statements",
    message: `more than ${maximumStatements} settings; reading stops here`,
    location: tokenLocation(first),
  });
}

function openBlock(state: ParserState, brace: Token): void {
  if (state.stack.length >= maximumNesting) {
    state.stopped = true;
    state.report({
      severity: "error",
      code: "nesting-too-deep",
      message: `more than ${maximumNesting} blocks inside one another; reading stops here`,
      location: tokenLocation(brace),
      suggestion: "is a `}` missing above?",
    });
    return;
  }
  const opener = currentStatements(state).at(-1);
  if (opener === undefined || opener.block !== undefined) {
    state.report({
      severity: "error",
      code: "unexpected-brace",
      message: "this `{` has no keyword in front of it",
      location: tokenLocation(brace),
      keepalived: "Unexpected '{' - ignoring; the `}` that belongs to it then closes the block around it",
    });
    state.stack.push({ brace, opener: undefined, statements: [] });
    return;
  }
  const statements: OpenStatement[] = [];
  opener.block = statements;
  state.stack.push({ brace, opener, statements });
}

function closeBlock(state: ParserState, brace: Token): void {
  if (state.stack.pop() !== undefined) return;
  state.report({
    severity: "error",
    code: "extra-brace",
    message: "this `}` closes nothing",
    location: tokenLocation(brace),
    keepalived: "Extra '}' found; it goes on",
    suggestion: "remove it, or look for a block above that is closed too early",
  });
}

function reportUnclosed(state: ParserState, block: OpenBlock): void {
  const missing = state.stack.length;
  const keyword = block.opener?.words.map((word) => word.text).join(" ");
  state.report({
    severity: "error",
    code: "missing-brace",
    message: `${keyword === undefined ? "this block" : `the block \`${keyword}\``} is not closed`,
    location: tokenLocation(block.brace),
    keepalived: `There are ${missing} missing '}'s or extra '{'s; it goes on with what it read`,
    suggestion:
      missing === 1 ? "add the missing `}`" : `${missing} closing braces are missing at the end of the file`,
  });
}
