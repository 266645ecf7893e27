/** `track_interface`: interfaces whose loss is a fault. Weights change the priority and are refused for now. */

import { type Token, tokenLocation } from "../lexer.ts";
import type { Statement } from "../parser.ts";
import { readInteger } from "../values.ts";
import type { LowerContext } from "./context.ts";

/** keepalived's bounds of a weight. */
const weightRange = { minimum: -253, maximum: 253 } as const;

/** The interfaces in order, each once. */
export function lowerTrackedInterfaces(
  statements: readonly Statement[],
  context: LowerContext,
): readonly Token[] {
  const interfaces: Token[] = [];
  for (const { words } of statements) {
    const [name] = words;
    if (name === undefined) continue;
    readOptions(words.slice(1), context);
    if (!interfaces.some((known) => known.text === name.text)) interfaces.push(name);
    else {
      context.report({
        severity: "warning",
        code: "duplicate-interface",
        message: `\`${name.text}\` is tracked twice`,
        location: tokenLocation(name),
      });
    }
  }
  return interfaces;
}

function readOptions(words: readonly Token[], context: LowerContext): void {
  for (let index = 0; index < words.length; index++) {
    const word = words[index];
    if (word === undefined) return;
    if (word.text === "weight") readWeight(word, words[++index], context);
    else if (word.text === "reverse")
      reportRefused(word, "go to fault when that interface is down, not up", context);
    else if (word.text !== "noreverse") reportWord(word, context);
  }
}

function readWeight(keyword: Token, value: Token | undefined, context: LowerContext): void {
  if (value === undefined) {
    context.report({
      severity: "error",
      code: "missing-parameter",
      message: "`weight` needs a value",
      location: tokenLocation(keyword),
    });
    return;
  }
  const weight = readInteger("weight", value, weightRange, context.report);
  if (weight !== undefined && weight !== 0) {
    reportRefused(keyword, "go to fault instead of changing the priority", context);
  }
}

function reportRefused(word: Token, consequence: string, context: LowerContext): void {
  context.report({
    severity: "error",
    code: "unsupported-keyword",
    message: `\`${word.text}\` is not supported yet; running without it would ${consequence}`,
    location: tokenLocation(word),
  });
}

function reportWord(word: Token, context: LowerContext): void {
  context.report({
    severity: "error",
    code: "unknown-word",
    message: `\`${word.text}\` is not a word of track_interface`,
    location: tokenLocation(word),
    suggestion: "write one interface a line: `IF [weight N]`",
  });
}
