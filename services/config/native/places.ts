/** Offsets of a text -> lines and columns, and words that stand there for what both forms are checked by. */

import type { Location } from "../diagnostics.ts";
import type { Token } from "../lexer.ts";
import type { Placed } from "./document.ts";

export interface Places {
  readonly at: (offset: number) => Location;
  /** `text` as a word of the file, where `placed` stands. */
  readonly word: (text: string, placed: Placed | undefined) => Token;
}

export function createPlaces(file: string, text: string): Places {
  const starts = [0];
  for (let at = text.indexOf("\n"); at !== -1; at = text.indexOf("\n", at + 1)) starts.push(at + 1);
  // What is missing at the end is missing in the last line that there is.
  if (starts.length > 1 && starts.at(-1) === text.length) starts.pop();
  const at = (offset: number): Location => {
    let [low, high] = [0, starts.length - 1];
    while (low < high) {
      const middle = Math.ceil((low + high) / 2);
      if ((starts[middle] ?? 0) <= offset) low = middle;
      else high = middle - 1;
    }
    return { file, line: low + 1, column: Math.max(0, offset - (starts[low] ?? 0)) + 1 };
  };
  const word = (word: string, placed: Placed | undefined): Token => {
    const { line, column } = at(placed?.offset ?? 0);
    const source = { file, line, text: "", encoding: "utf8" as const };
    return { kind: "word", text: word, source, start: column - 1, end: column - 1 + word.length };
  };
  return { at, word };
}

/** What stands at a path, or the deepest thing on the way there. */
export function partAt(root: Placed, ...path: readonly PropertyKey[]): Placed {
  let placed = root;
  for (const step of path) {
    const part = placed.parts.get(step);
    if (part === undefined) return placed;
    placed = part;
  }
  return placed;
}
