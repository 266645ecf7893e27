/** The lines of `track_interface`, `track_script`, `track_file` and `track_process`: a name, and what its readings do to the router. */

import { type Token, tokenLocation } from "../lexer.ts";
import type { Statement } from "../parser.ts";
import { type NumberRange, readInteger } from "../values.ts";
import type { Rule } from "./block.ts";
import type { LowerContext } from "./context.ts";

export interface TrackedDraft {
  readonly name: Token;
  /** Undefined: the tracker's own. */
  readonly weight?: number;
  readonly isReversed?: boolean;
}

/** What a block says to be tracked: by a router, and by a sync group for its members. */
export interface TrackingDraft {
  readonly trackedInterfaces?: readonly TrackedDraft[];
  readonly trackedScripts?: readonly TrackedDraft[];
  readonly trackedFiles?: readonly TrackedDraft[];
  readonly trackedProcesses?: readonly TrackedDraft[];
}

/** keepalived's bounds of a weight. */
export const weightRange = { minimum: -253, maximum: 253 } as const;
/** Of files and processes. */
export const fileWeightRange = { minimum: -254, maximum: 254 } as const;

export const trackRules: ReadonlyMap<string, Rule<TrackingDraft>> = new Map([
  ["track_interface", trackRule("trackedInterfaces", weightRange)],
  ["track_script", trackRule("trackedScripts", weightRange)],
  ["track_file", trackRule("trackedFiles", fileWeightRange)],
  ["track_process", trackRule("trackedProcesses", fileWeightRange)],
]);

function trackRule(field: keyof TrackingDraft, range: NumberRange): Rule<TrackingDraft> {
  return {
    minimum: 0,
    maximum: 0,
    hasBlock: true,
    apply: ({ keyword, block }, draft, context) => ({
      [field]: [...(draft[field] ?? []), ...lowerTracked(keyword.text, range, block, context)],
    }),
  };
}

/** The entries in order, each name once. */
function lowerTracked(
  keyword: string,
  range: NumberRange,
  statements: readonly Statement[],
  context: LowerContext,
): readonly TrackedDraft[] {
  const entries: TrackedDraft[] = [];
  for (const { words } of statements) {
    const [name] = words;
    if (name === undefined) continue;
    const entry = { name, ...readWeight(keyword, words.slice(1), range, context) };
    if (!entries.some((known) => known.name.text === name.text)) entries.push(entry);
    else reportTwice(keyword, name, context);
  }
  return entries;
}

/** `weight N [reverse|noreverse]`, or the two alone. */
export function readWeight(
  keyword: string,
  words: readonly Token[],
  range: NumberRange,
  context: LowerContext,
): Omit<TrackedDraft, "name"> {
  const found: { weight?: number; isReversed?: boolean } = {};
  for (let index = 0; index < words.length; index++) {
    const word = words[index];
    if (word === undefined) break;
    if (word.text === "reverse") found.isReversed = true;
    else if (word.text === "noreverse") found.isReversed = false;
    else if (word.text !== "weight") reportWord(keyword, word, context);
    else {
      const value = words[++index];
      const weight =
        value === undefined
          ? reportMissing(word, context)
          : readInteger("weight", value, range, context.report);
      if (weight !== undefined) found.weight = weight;
    }
  }
  return found;
}

function reportTwice(keyword: string, name: Token, context: LowerContext): void {
  context.report({
    severity: "warning",
    code: keyword === "track_interface" ? "duplicate-interface" : "duplicate-tracker",
    message: `\`${name.text}\` is tracked twice`,
    location: tokenLocation(name),
    keepalived: `duplicate ${keyword} ${name.text} - ignoring`,
  });
}

function reportMissing(word: Token, context: LowerContext): undefined {
  context.report({
    severity: "error",
    code: "missing-parameter",
    message: "`weight` needs a value",
    location: tokenLocation(word),
  });
}

function reportWord(keyword: string, word: Token, context: LowerContext): void {
  context.report({
    severity: "error",
    code: "unknown-word",
    message: `\`${word.text}\` is not a word of ${keyword}`,
    location: tokenLocation(word),
    suggestion: "write one a line: `NAME [weight N [reverse]]`",
  });
}
