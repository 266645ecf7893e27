/** `notify*` and `script`: a command that is run, and as whom. */

import type { Command, RunAs } from "../../../contracts/config/command.ts";
import type { Handlers } from "../../../contracts/config/schema.ts";
import { splitCommandLine } from "../command-line.ts";
import { type Token, tokenLocation } from "../lexer.ts";
import type { Rule, Setting } from "./block.ts";
import type { LowerContext } from "./context.ts";

/** What a block says about handlers: of a router, and of a sync group. */
export interface HandlersDraft {
  readonly handlers?: Handlers;
}

export interface RouterHandlersDraft extends HandlersDraft {
  /** A removal is told as such. */
  readonly tellsRemoval?: boolean;
}

export const handlerRules: ReadonlyMap<string, Rule<HandlersDraft>> = new Map([
  ["notify_master", handlerRule("active")],
  ["notify_backup", handlerRule("backup")],
  ["notify_fault", handlerRule("fault")],
  ["notify_stop", handlerRule("stop")],
  ["notify", handlerRule("any")],
]);

/** Of a router alone. */
export const routerHandlerRules: ReadonlyMap<string, Rule<RouterHandlersDraft>> = new Map<
  string,
  Rule<RouterHandlersDraft>
>([
  ["notify_master_rx_lower_pri", handlerRule("lowerPriority")],
  [
    "notify_deleted",
    {
      minimum: 0,
      maximum: Number.POSITIVE_INFINITY,
      apply: (setting, draft, context) => ({
        tellsRemoval: true,
        ...(setting.parameters.length === 0 ? {} : handlerRule("deleted").apply(setting, draft, context)),
      }),
    },
  ],
]);

function handlerRule(name: keyof Handlers): Rule<HandlersDraft> {
  return {
    minimum: 1,
    maximum: Number.POSITIVE_INFINITY,
    apply: (setting, { handlers }, context) => {
      if (keepsEarlier(handlers?.[name], setting, context)) return {};
      const command = lowerCommand(setting, context);
      return command === undefined ? {} : { handlers: { ...handlers, [name]: command } };
    },
  };
}

/**
 * The command of a script keyword: one quoted string or one bare word, split once more into its words; then, in
 * keepalived's language, a user and a group, or else those of script_user. Undefined where there is none to run
 * (reported).
 */
export function lowerCommand(setting: Setting, context: LowerContext): Command | undefined {
  const { keyword, value, parameters } = setting;
  const last = parameters.at(-1) ?? value;
  const rest = value.source.text.slice(value.start, last.end).replace(/\\([#!])/gu, "$1");
  const outer = splitCommandLine(rest);
  if (outer.unterminated !== undefined) return reportQuote(value, outer.unterminated, context);
  const [command = "", user, ...group] = outer.words;
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
  const runAs = user === undefined ? context.runAs : runAsOf(user, group.join(""));
  return { argv: [...inner.words], ...(runAs === undefined ? {} : { runAs }), source: { file, line } };
}

/** `USER [:][GROUP]`; the colon may stand alone or in front of the group. */
function runAsOf(user: string, group: string | undefined): RunAs {
  const name = group?.replace(/^:/u, "") ?? "";
  return name === "" ? { user } : { user, group: name };
}

/** The same as words of a line of its own. */
export function readRunAs(words: readonly Token[]): RunAs {
  const [user = "", ...group] = words.map(({ text }) => text);
  return runAsOf(user, group.join(""));
}

/** keepalived keeps the first of two commands; says so and returns whether `earlier` stands. */
function keepsEarlier(
  earlier: Command | undefined,
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
