/** Definitions: `$NAME=value`, used as `$NAME` or `${NAME}` and replaced where they are used (keepalived P18, P19). */

import { dirname, resolve } from "node:path";
import type { Report } from "../diagnostics.ts";
import { maximumExpandedOctets, maximumExpansions } from "../limits.ts";
import type { SourceLine } from "../source.ts";
import { locationIn, replace } from "./line.ts";

/** One line, or the lines of a macro. */
export type Definition =
  | { readonly kind: "value"; readonly value: string }
  | { readonly kind: "macro"; readonly lines: readonly SourceLine[] };

export interface Definitions {
  readonly table: Map<string, Definition>;
  readonly environment: Readonly<Record<string, string | undefined>>;
  /** `instance NAME` of the file, for `${_INSTANCE}`. */
  readonly instance: string;
  readonly report: Report;
}

/** `$NAME=value` at the start of a line: name, value, and whether further lines belong to it. */
export function readDefinition(text: string) {
  const [, name, value] = /^\s*\$([A-Za-z_]\w*)\s*=\s*(.*?)\s*$/su.exec(text) ?? [];
  if (name === undefined || value === undefined) return undefined;
  const isMacro = value.endsWith("\\");
  return { name, value: isMacro ? value.slice(0, -1).trimEnd() : value, isMacro };
}

/** The macro that a line consists of, where it consists of one. */
export function macroOf(text: string, { table }: Definitions): readonly SourceLine[] | undefined {
  const [, bare, braced] = /^\s*\$(?:([A-Za-z_]\w*)|\{([A-Za-z_]\w*)\})\s*$/u.exec(text) ?? [];
  const definition = table.get(bare ?? braced ?? "");
  return definition?.kind === "macro" ? definition.lines : undefined;
}

/**
 * The line with every name replaced by its value, and values' own names by theirs. Names without a definition stay as
 * they are. A definition that holds itself is reported, once, and left.
 */
export function substitute(line: SourceLine, definitions: Definitions): SourceLine {
  let result = line;
  let from = 0;
  for (let count = 0; result.text.includes("$", from); count++) {
    const found = nextReference(result.text, from);
    if (found === undefined) return result;
    const value = replacementOf(found, result, definitions);
    if (value === undefined) {
      from = found.end;
      continue;
    }
    if (count === maximumExpansions || result.text.length + value.length > maximumExpandedOctets) {
      reportRecursion(found, result, definitions.report);
      return result;
    }
    result = replace(result, found.start, found.end, value);
    // From where it began: a value may use other names.
    from = found.start;
  }
  return result;
}

interface Reference {
  readonly name: string;
  /** Words behind a built-in name, as in `${_RANDOM 1 5}`. */
  readonly parameters: readonly string[];
  readonly start: number;
  readonly end: number;
}

const reference = /\$(?:([A-Za-z_]\w*)(?=[\s,)]|$)|\{([A-Za-z_]\w*)((?:\s+[^\s}]+)*)\s*\})/gu;

function nextReference(text: string, from: number): Reference | undefined {
  reference.lastIndex = from;
  const match = reference.exec(text);
  if (match === null) return undefined;
  const parameters = (match[3] ?? "").trim().split(/\s+/u).filter(Boolean);
  const end = match.index + match[0].length;
  return { name: match[1] ?? match[2] ?? "", parameters, start: match.index, end };
}

function replacementOf(found: Reference, line: SourceLine, definitions: Definitions): string | undefined {
  const { name, parameters } = found;
  const { table, environment, instance } = definitions;
  if (name === "_PWD") return resolve(dirname(line.file));
  if (name === "_INSTANCE") return instance;
  // Comments are cut off already, so these begin none.
  if (name === "_HASH") return "#";
  if (name === "_BANG") return "!";
  if (name === "_ENV") return parameters[0] === undefined ? undefined : (environment[parameters[0]] ?? "");
  if (name === "_RANDOM") return randomNumber(found, line, definitions.report);
  const definition = table.get(name);
  if (definition === undefined || parameters.length > 0) return undefined;
  if (definition.kind === "value") return definition.value;
  definitions.report({
    severity: "error",
    code: "macro-in-line",
    message: `\`${name}\` holds several lines and can only stand alone on a line`,
    location: locationIn(line, found.start),
    suggestion: "write it on a line of its own",
  });
  return undefined;
}

const randomRange = { minimum: 0, maximum: 32_767 };

/** The same number at each reading of the file would be no help to those who use it to spread timers. */
function randomNumber(
  { parameters, start }: Reference,
  line: SourceLine,
  report: Report,
): string | undefined {
  const numbers = parameters.map(Number);
  const [minimum = randomRange.minimum, maximum = randomRange.maximum] = numbers;
  if (numbers.every(Number.isSafeInteger) && maximum >= minimum)
    return String(minimum + Math.floor(Math.random() * (maximum - minimum + 1)));
  report({
    severity: "error",
    code: "not-a-number",
    message: "`_RANDOM` takes two whole numbers, the smaller one first",
    location: locationIn(line, start),
  });
  return undefined;
}

function reportRecursion({ name, start }: Reference, line: SourceLine, report: Report): void {
  report({
    severity: "error",
    code: "recursive-definition",
    message: `\`${name}\` holds itself, or grows without end`,
    location: locationIn(line, start),
    keepalived: "replaces it for ever and never starts",
    suggestion: "look where its value uses its own name",
  });
}
