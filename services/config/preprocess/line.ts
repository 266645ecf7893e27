/** A line in the making: text that remembers which column of the file each of its characters came from. */

import type { Location } from "../diagnostics.ts";
import type { SourceLine } from "../source.ts";

/** The line from `start` (to `end`), without white space in front of it. */
export function cut(line: SourceLine, start: number, end = line.text.length): SourceLine {
  const kept = line.text.slice(start, end);
  const from = start + kept.length - kept.trimStart().length;
  const origin = line.origin?.slice(from, end) ?? range(from, end);
  return { ...line, text: line.text.slice(from, end), origin };
}

/** The line with another text in place of `start` to `end`; all of it stands where the replaced text began. */
export function replace(line: SourceLine, start: number, end: number, text: string): SourceLine {
  const origin = line.origin ?? range(0, line.text.length);
  return {
    ...line,
    text: line.text.slice(0, start) + text + line.text.slice(end),
    origin: [
      ...origin.slice(0, start),
      ...Array<number>(text.length).fill(origin[start] ?? 0),
      ...origin.slice(end),
    ],
  };
}

/** Where a character of the line stands in the file. */
export function locationIn({ file, line, origin }: SourceLine, index: number): Location {
  return { file, line, column: (origin?.[index] ?? index) + 1 };
}

function range(from: number, to: number): number[] {
  return Array.from({ length: Math.max(0, to - from) }, (_, index) => from + index);
}
