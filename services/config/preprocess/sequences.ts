/** `~SEQ`, `~SEQx` and `~LST` at the start of a line: the line once for each value of a name (keepalived P20). */

import type { Report } from "../diagnostics.ts";
import { maximumRepeatedLines } from "../limits.ts";
import type { SourceLine } from "../source.ts";
import { cut, locationIn } from "./line.ts";

export interface Sequence {
  /** What each repetition sets: a name to its value. Made one by one, since sequences in sequences may never come to the end. */
  readonly rounds: Iterable<ReadonlyMap<string, string>>;
  /** The line to repeat. */
  readonly rest: SourceLine;
}

/** Undefined where the line begins otherwise, "bad" where it was reported. */
export function readSequence(line: SourceLine, report: Report): Sequence | "bad" | undefined {
  const [, lead = "", kind, list] = /^(\s*)~(SEQx?|LST)\s*\(([^)]*)\)/u.exec(line.text) ?? [];
  if (kind === undefined || list === undefined) return undefined;
  const rounds = kind === "LST" ? readList(list) : readNumbers(list, kind === "SEQx");
  if (rounds !== undefined) return { rounds, rest: cut(line, line.text.indexOf(")") + 1) };
  report({
    severity: "error",
    code: "invalid-sequence",
    message: `\`~${kind}(${list})\` cannot be counted`,
    location: locationIn(line, lead.length),
    suggestion:
      kind === "LST"
        ? "write ~LST(NAME, value, value …) or ~LST({NAME, NAME}, {value, value} …)"
        : `write ~${kind}(NAME, start, step, end) with a step that leads to the end, at most ${maximumRepeatedLines} numbers`,
  });
  return "bad";
}

/** `NAME, end`, `NAME, start, end` or `NAME, start, step, end`. */
function readNumbers(list: string, isHexadecimal: boolean): Sequence["rounds"] | undefined {
  const [name = "", ...words] = list.split(",").map((word) => word.trim());
  const numbers = words.map(Number);
  const isSound = words.every((word) => /^-?(0x[0-9a-f]+|\d+)$/iu.test(word));
  if (!/^[A-Za-z_]\w*$/u.test(name) || !isSound || numbers.length === 0 || numbers.length > 3)
    return undefined;
  const [start = 1, end = 1] = numbers.length === 1 ? [1, ...numbers] : [numbers[0], numbers.at(-1)];
  const step = numbers.length === 3 ? (numbers[1] ?? 0) : end < start ? -1 : 1;
  const count = step === 0 ? Number.NaN : Math.floor((end - start) / step) + 1;
  if (!(count >= 1 && count <= maximumRepeatedLines)) return undefined;
  return countUp(name, { start, step, count }, isHexadecimal ? 16 : 10);
}

function* countUp(
  name: string,
  { start, step, count }: { readonly start: number; readonly step: number; readonly count: number },
  radix: number,
): Generator<ReadonlyMap<string, string>> {
  for (let index = 0; index < count; index++) yield new Map([[name, (start + index * step).toString(radix)]]);
}

/** `NAME, value …`, or `{NAME, NAME}, {value, value} …`. */
function readList(list: string): ReadonlyMap<string, string>[] | undefined {
  const groups = [...list.matchAll(/\{([^}]*)\}|([^,{}]+)/gu)]
    .map(([, braced, plain]) => (braced ?? plain ?? "").split(",").map((word) => word.trim()))
    .filter((words) => words.join("") !== "");
  const [names = [], ...values] = groups;
  if (values.length === 0 || !names.every((name) => /^[A-Za-z_]\w*$/u.test(name))) return undefined;
  if (values.some((words) => words.length !== names.length)) return undefined;
  return values.map((words) => new Map(names.map((name, index) => [name, words[index] ?? ""])));
}
