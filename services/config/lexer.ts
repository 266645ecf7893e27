/** A line -> words and braces (keepalived P3, P4). */

import type { Location, Report } from "./diagnostics.ts";
import type { SourceLine } from "./source.ts";
import { scriptKeywords } from "./vocabulary.ts";

export interface Token {
  readonly kind: "word" | "open" | "close";
  /** The word without its quotes, with `\#` and `\!` made literal. */
  readonly text: string;
  readonly source: SourceLine;
  /** Where it starts in `source.text`, counted from 0, its quote included. */
  readonly start: number;
  /** Where it ends in `source.text`, exclusive. */
  readonly end: number;
}

/**
 * The tokens of one line. Braces outside quotes stand alone; `${NAME}` is one word, so an undefined name does no
 * harm. On the line of a script keyword single quotes and backslashes protect braces too. A double quote that is not
 * closed is reported; the word is then the rest of the line.
 */
export function lexLine(source: SourceLine, report: Report): readonly Token[] {
  const { text } = source;
  const tokens: Token[] = [];
  let isScript = false;
  let index = 0;
  while (index < text.length) {
    const character = text[index] ?? "";
    if (isSpace(character)) {
      index += 1;
    } else if (character === "{" || character === "}") {
      tokens.push({
        kind: character === "{" ? "open" : "close",
        text: character,
        source,
        start: index,
        end: index + 1,
      });
      isScript = false;
      index += 1;
    } else if (character === '"' && !isScript) {
      const token = quotedWord(source, index, report);
      tokens.push(token);
      index = token.end;
    } else {
      const end = isScript ? scriptWordEnd(text, index) : wordEnd(text, index);
      const word = text.slice(index, end).replace(/\\([#!])/gu, "$1");
      if (tokens.at(-1)?.kind !== "word") isScript = scriptKeywords.has(word);
      tokens.push({ kind: "word", text: word, source, start: index, end });
      index = end;
    }
  }
  return tokens;
}

/** Where a token stands, for a diagnostic. */
export function tokenLocation(token: Token): Location {
  const { file, line, origin } = token.source;
  return { file, line, column: (origin?.[token.start] ?? token.start) + 1 };
}

function isSpace(character: string): boolean {
  return (
    character === " " || character === "\t" || character === "\v" || character === "\f" || character === "\r"
  );
}

function quotedWord(source: SourceLine, start: number, report: Report): Token {
  const closing = source.text.indexOf('"', start + 1);
  if (closing !== -1) {
    const text = source.text.slice(start + 1, closing);
    return { kind: "word", text, source, start, end: closing + 1 };
  }
  const end = source.text.length;
  const token: Token = { kind: "word", text: source.text.slice(start + 1), source, start, end };
  report({
    severity: "error",
    code: "unterminated-quote",
    message: 'this " has no closing "',
    location: tokenLocation(token),
    suggestion: 'close it on the same line: a quoted word ends with "',
  });
  return token;
}

function wordEnd(text: string, start: number): number {
  let index = start;
  while (index < text.length) {
    const character = text[index] ?? "";
    if (character === "$" && text[index + 1] === "{") {
      const closing = text.indexOf("}", index);
      if (closing === -1) return text.length;
      index = closing + 1;
    } else if (isSpace(character) || character === "{" || character === "}" || character === '"') {
      return index;
    } else {
      index += 1;
    }
  }
  return index;
}

/** A word of a command line, its quotes and escapes left as they are: command-line.ts reads them. */
function scriptWordEnd(text: string, start: number): number {
  let index = start;
  let quote = "";
  while (index < text.length) {
    const character = text[index] ?? "";
    if (character === "\\" && quote !== "'") {
      index += 1;
    } else if (quote !== "") {
      if (character === quote) quote = "";
    } else if (character === '"' || character === "'") {
      quote = character;
    } else if (isSpace(character) || character === "}") {
      return index;
    } else if (character === "{" && text[index - 1] !== "$") {
      return index;
    } else if (character === "{") {
      const closing = text.indexOf("}", index);
      if (closing !== -1) index = closing;
    }
    index += 1;
  }
  return Math.min(index, text.length);
}
