/** `notify*`: the command that runs at a transition. */

import type { HandlerCommand } from "../../../contracts/config/schema.ts";
import { splitCommandLine } from "../command-line.ts";
import { type Token, tokenLocation } from "../lexer.ts";
import type { Setting } from "./block.ts";
import type { LowerContext } from "./context.ts";

/**
 * The command of a notify keyword: one quoted string or one bare word, split once more into its words; then, in
 * keepalived's language, a user and a group. Undefined where there is none to run (reported).
 */
export function lowerHandler(setting: Setting, context: LowerContext): HandlerCommand | undefined {
  const { keyword, value, parameters } = setting;
  const last = parameters.at(-1) ?? value;
  const rest = value.source.text.slice(value.start, last.end).replace(/\\([#!])/gu, "$1");
  const outer = splitCommandLine(rest);
  if (outer.unterminated !== undefined) return reportQuote(value, outer.unterminated, context);
  const [command = "", user] = outer.words;
  if (user !== undefined && user !== "root") {
    reportUser(keyword, parameters[1] ?? value, user, context);
    return undefined;
  }
  const inner = splitCommandLine(command);
  if (inner.unterminated !== undefined) return reportQuote(value, inner.unterminated, context);
  if (inner.words[0] === undefined || inner.words[0] === "") {
    context.report({
      severity: "error",
      code: "missing-parameter",
      message: `\`${keyword.text}\` needs a command`,
      location: tokenLocation(keyword),
    });
    return undefined;
  }
  const { file, line } = keyword.source;
  return { argv: [...inner.words], source: { file, line } };
}

/** keepalived keeps the first of two commands; says so and returns whether `earlier` stands. */
export function keepsEarlier(
  earlier: HandlerCommand | undefined,
  { keyword, value }: Setting,
  context: LowerContext,
): boolean {
  if (earlier === undefined) return false;
  context.report({
    severity: "warning",
    code: "repeated-handler",
    message: `a second \`${keyword.text}\` is ignored; the one of line ${earlier.source.line} stays`,
    location: tokenLocation(keyword),
    keepalived: `${keyword.text} script already specified - ignoring ${value.text.replaceAll('"', "")}`,
    suggestion: "call both from one script",
  });
  return true;
}

function reportQuote(value: Token, quote: string, context: LowerContext): undefined {
  context.report({
    severity: "warning",
    code: "unterminated-quote",
    message: `this command has a ${quote} without its end, so the handler is left out`,
    location: tokenLocation(value),
    keepalived: `missing terminating ${quote}`,
    suggestion: "put the whole command in double quotes; `#` and `!` outside of them start a comment",
  });
  return undefined;
}

function reportUser(keyword: Token, place: Token, user: string, context: LowerContext): void {
  context.report({
    severity: "error",
    code: "handler-user-unsupported",
    message: `\`${user}\` is read as the user to run \`${keyword.text}\` as, which is not supported yet`,
    location: tokenLocation(place),
    keepalived: "takes one word or one quoted string as the command, then a user and a group",
    suggestion: `if it is an argument, quote the whole command: \`${keyword.text} "COMMAND ARGUMENTS"\``,
  });
}
