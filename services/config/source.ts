/** Octets of a file -> lines without comments. Any octets are taken: a comment may be in any encoding. */

import { isUtf8 } from "node:buffer";
import type { Location, Report } from "./diagnostics.ts";
import { maximumLineOctets } from "./limits.ts";

/**
 * One line that may hold a setting. The unit that include, conditions and definitions work on: whatever they produce is
 * again a list of these, each with the place it was written at.
 */
export interface SourceLine {
  readonly file: string;
  /** Counted from 1. */
  readonly line: number;
  /** The line up to its comment; `\#` and `\!` are still escaped, so that columns hold. */
  readonly text: string;
  /** Where in the file's line each character of `text` stands, counted from 0; left out where `text` is that line. */
  readonly origin?: readonly number[];
  /** How `text` was decoded, so that a password gives back the octets of the file. */
  readonly encoding: "utf8" | "latin1";
}

/** The physical lines of a file and how each was decoded. */
export interface DecodedFile {
  readonly lines: readonly string[];
  /** Indexes of the lines that are no valid UTF-8 and are read as one character for one octet. */
  readonly latin1: ReadonlySet<number>;
}

/**
 * All physical lines of a file. The encoding is UTF-8 for each line that is valid UTF-8, else one character for
 * one octet. A carriage return before the newline is dropped, and so is a byte order mark.
 */
export function decodeLines(octets: Uint8Array): DecodedFile {
  const buffer = Buffer.from(octets.buffer, octets.byteOffset, octets.byteLength);
  if (isUtf8(buffer))
    return { lines: splitLines(new TextDecoder("utf-8").decode(buffer)), latin1: new Set() };
  const latin1 = new Set<number>();
  const lines = splitLines(buffer.toString("latin1")).map((line, index) => {
    if (!/[\u0080-\u00ff]/u.test(line)) return line;
    const lineOctets = Buffer.from(line, "latin1");
    if (isUtf8(lineOctets)) return lineOctets.toString("utf8");
    latin1.add(index);
    return line;
  });
  return { lines, latin1 };
}

/**
 * The lines that may hold a setting, with comments cut (keepalived P2). A line with a NUL or of more than 1024 octets
 * is reported and left out, as keepalived leaves it out (P1).
 */
export function* meaningfulLines(file: string, decoded: DecodedFile, report: Report): Generator<SourceLine> {
  const { lines, latin1 } = decoded;
  for (let index = 0; index < lines.length; index++) {
    const line = lines[index] ?? "";
    const text = line.slice(0, commentStart(line));
    if (text.trim() === "") continue;
    const trouble = unreadable(line, { file, line: index + 1, column: 1 });
    if (trouble !== undefined) report(trouble);
    else yield { file, line: index + 1, text, encoding: latin1.has(index) ? "latin1" : "utf8" };
  }
}

/** Where the comment of a line starts (`#` or `!` outside double quotes, not escaped), or the length of the line. */
export function commentStart(text: string): number {
  const first = text.search(/["\\#!]/u);
  if (first === -1) return text.length;
  let quoted = false;
  for (let index = first; index < text.length; index++) {
    const character = text[index];
    if (character === '"') quoted = !quoted;
    else if (quoted) continue;
    else if (character === "\\" && isCommentSign(text[index + 1])) index += 1;
    else if (isCommentSign(character)) return index;
  }
  return text.length;
}

function isCommentSign(character: string | undefined): boolean {
  return character === "#" || character === "!";
}

function splitLines(text: string): string[] {
  const lines = text.split("\n");
  if (lines.at(-1) === "") lines.pop();
  return text.includes("\r") ? lines.map((line) => (line.endsWith("\r") ? line.slice(0, -1) : line)) : lines;
}

function unreadable(text: string, location: Location) {
  if (text.includes("\0")) {
    return {
      severity: "warning",
      code: "nul-in-line",
      message: "this line holds a NUL octet and is ignored",
      location: { ...location, column: text.indexOf("\0") + 1 },
      keepalived: "ignores the line",
      suggestion: "write the line again; the file may be damaged",
    } as const;
  }
  // A character is at most three octets of UTF-8 for one UTF-16 unit, so short lines need no count.
  if (text.length * 3 <= maximumLineOctets || Buffer.byteLength(text) <= maximumLineOctets) return undefined;
  return {
    severity: "warning",
    code: "line-too-long",
    message: `this line is longer than ${maximumLineOctets} octets and is ignored`,
    location,
    keepalived: "line too long - ignoring",
    suggestion: "break the line, or move its comment to a line of its own",
  } as const;
}
