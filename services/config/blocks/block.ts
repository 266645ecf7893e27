/** One block of settings -> a draft: the keyword table is asked, rules do the rest. The same for every block. */

import type { BlockName } from "../keywords.ts";
import { type Token, tokenLocation } from "../lexer.ts";
import type { Statement } from "../parser.ts";
import { keywordStatus } from "../vocabulary.ts";
import type { LowerContext } from "./context.ts";
import { reportUnknown } from "./unknown.ts";
import { reportAccepted, reportRefused } from "./unsupported.ts";

/** One statement as its rule sees it. */
export interface Setting {
  readonly keyword: Token;
  /** The words behind the keyword: at least as many as the rule asks for. */
  readonly parameters: readonly Token[];
  /** The first parameter, or the keyword where there is none: what a diagnostic about the value points at. */
  readonly value: Token;
  readonly block: readonly Statement[];
}

/** How a keyword changes the draft of its block. */
export interface Rule<Draft> {
  /** Words that must follow the keyword. */
  readonly minimum: number;
  /** Words that may follow; those behind are ignored with a warning. */
  readonly maximum: number;
  readonly hasBlock?: boolean;
  /** The fields that change. */
  readonly apply: (setting: Setting, draft: Draft, context: LowerContext) => Partial<Draft>;
}

export type RuleTable<Draft> = ReadonlyMap<string, Rule<Draft>>;

/**
 * Applies the statements of a block in order; a later setting of one field replaces an earlier one (P13). Stops
 * where so many errors were reported that a further one would not be kept.
 */
export function lowerBlock<Draft extends object>(
  name: BlockName,
  statements: readonly Statement[],
  rules: RuleTable<Draft>,
  start: Draft,
  context: LowerContext,
): Draft {
  const draft = { ...start };
  for (const statement of statements) {
    const [keyword] = statement.words;
    if (keyword === undefined) continue;
    if (!context.accepts("error")) break;
    const rule = rules.get(keyword.text);
    if (rule === undefined) lowerOther(name, keyword, statement, context);
    else {
      const setting = readSetting(name, keyword, statement, rule, context);
      if (setting !== undefined) Object.assign(draft, rule.apply(setting, draft, context));
    }
  }
  return draft;
}

/** The setting of a statement, or undefined (reported) where the rule cannot be applied. */
function readSetting<Draft>(
  name: BlockName,
  keyword: Token,
  statement: Statement,
  rule: Rule<Draft>,
  context: LowerContext,
): Setting | undefined {
  const parameters = statement.words.slice(1);
  if (parameters.length < rule.minimum) {
    reportMissingParameter(keyword, context);
    return undefined;
  }
  if (rule.hasBlock && statement.block === undefined) {
    context.report({
      severity: "error",
      code: "missing-block",
      message: `\`${keyword.text}\` needs a block: \`{ … }\``,
      location: tokenLocation(keyword),
    });
    return undefined;
  }
  const extra = parameters[rule.maximum];
  if (extra !== undefined) reportExtraWord(name, keyword, extra, context);
  else if (!rule.hasBlock && statement.block !== undefined) reportUnexpectedBlock(keyword, context);
  return { keyword, parameters, value: parameters[0] ?? keyword, block: statement.block ?? [] };
}

function reportMissingParameter(keyword: Token, context: LowerContext): void {
  context.report({
    severity: "error",
    code: "missing-parameter",
    message: `\`${keyword.text}\` needs a value`,
    location: tokenLocation(keyword),
    keepalived: `*** Configuration line starting \`${keyword.text}\` is missing a parameter; it exits with code 2`,
  });
}

function reportExtraWord(name: BlockName, keyword: Token, extra: Token, context: LowerContext): void {
  const isKeyword = keywordStatus(name, extra.text) !== undefined;
  context.report({
    severity: "warning",
    code: "extra-words",
    // The word itself is not repeated: behind auth_pass it may be the rest of a password.
    message: `\`${keyword.text}\` takes fewer words; from here on the line is ignored`,
    location: tokenLocation(extra),
    keepalived: "ignores them in silence",
    suggestion: isKeyword
      ? "each setting needs a line of its own"
      : "remove them, or quote a value with spaces",
  });
}

function reportUnexpectedBlock(keyword: Token, context: LowerContext): void {
  context.report({
    severity: "error",
    code: "unexpected-block",
    message: `\`${keyword.text}\` takes no block`,
    location: tokenLocation(keyword),
    keepalived: "Unexpected '{' - ignoring; the `}` that belongs to it then closes the block around it",
  });
}

/** A statement without a rule: read and set aside, refused, misplaced or unknown. Its block is skipped. */
function lowerOther(name: BlockName, keyword: Token, statement: Statement, context: LowerContext): void {
  const status = keywordStatus(name, keyword.text);
  if (status === "refused") reportRefused(keyword, context);
  else if (status !== undefined) reportAccepted(name, keyword, statement, context);
  else reportUnknown(name, keyword, statement, context);
}
