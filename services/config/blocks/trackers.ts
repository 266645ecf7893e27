/** `vrrp_script` and `track_file`: what can be tracked, with the weight it has where a router gives none. */

import type { Command } from "../../../contracts/config/command.ts";
import type { Tracker } from "../../../contracts/config/trackers.ts";
import { type Token, tokenLocation } from "../lexer.ts";
import { readInteger } from "../values.ts";
import type { Rule, RuleTable, Setting } from "./block.ts";
import type { LowerContext } from "./context.ts";
import { lowerCommand, readRunAs } from "./handler.ts";
import { fileWeightRange, readWeight, weightRange } from "./tracked.ts";
import { durationRule, integerRule, one } from "./value-rules.ts";

/** A tracker, and its own weight. */
export interface TrackerEntry {
  readonly tracker: Tracker;
  readonly weight: number;
  readonly isReversed: boolean;
}

export interface ScriptDraft {
  readonly command?: Command;
  /** Milliseconds. */
  readonly interval?: number;
  readonly timeout?: number;
  readonly weight?: number;
  readonly isReversed?: boolean;
  readonly rise?: number;
  readonly fall?: number;
  readonly isDownAtFirst?: boolean;
  readonly runAs?: Command["runAs"];
}

export interface FileDraft {
  readonly path?: string;
  readonly weight?: number;
  readonly isReversed?: boolean;
  readonly initial?: { readonly value: number; readonly overwrites: boolean };
}

/** Seconds; the schema's ten milliseconds is below what a program takes to start. */
const intervalRange = { minimum: 0.01, maximum: 86_400 } as const;
const countRange = { minimum: 1, maximum: 2 ** 31 - 1 } as const;
const numberRange = { minimum: -(2 ** 31), maximum: 2 ** 31 - 1 } as const;

const anyNumber = { minimum: 1, maximum: Number.POSITIVE_INFINITY } as const;

export const scriptRules: RuleTable<ScriptDraft> = new Map<string, Rule<ScriptDraft>>([
  [
    "script",
    {
      ...anyNumber,
      apply: (setting, _draft, context) => {
        const command = lowerCommand(setting, context);
        return command === undefined ? {} : { command };
      },
    },
  ],
  ["interval", durationRule(intervalRange, (interval) => ({ interval }))],
  ["timeout", durationRule(intervalRange, (timeout) => ({ timeout }))],
  ["rise", integerRule(countRange, (rise) => ({ rise }))],
  ["fall", integerRule(countRange, (fall) => ({ fall }))],
  ["init_fail", { minimum: 0, maximum: 0, apply: () => ({ isDownAtFirst: true }) }],
  [
    "weight",
    {
      minimum: 1,
      maximum: 2,
      apply: ({ keyword, parameters }, _draft, context) =>
        readWeight("vrrp_script", [keyword, ...parameters], weightRange, context),
    },
  ],
  ["user", { minimum: 1, maximum: 3, apply: ({ parameters }) => ({ runAs: readRunAs(parameters) }) }],
]);

export const fileRules: RuleTable<FileDraft> = new Map<string, Rule<FileDraft>>([
  ["file", { ...one, apply: ({ value }) => ({ path: value.text }) }],
  [
    "weight",
    {
      minimum: 1,
      maximum: 2,
      apply: ({ keyword, parameters }, _draft, context) =>
        readWeight("track_file", [keyword, ...parameters], fileWeightRange, context),
    },
  ],
  ["init_file", { minimum: 0, maximum: 2, apply: readInitial }],
]);

/** The script of a block; undefined where it has no command, which is reported. */
export function completeScript(
  name: Token,
  draft: ScriptDraft,
  context: LowerContext,
): TrackerEntry | undefined {
  const { command, weight = 0, isReversed = false, interval = 1000 } = draft;
  if (command === undefined) return reportNothing(name, "vrrp_script", "script", context);
  const { timeout = interval, rise = 1, fall = 1, isDownAtFirst = false, runAs = command.runAs } = draft;
  return {
    weight,
    isReversed,
    tracker: {
      kind: "script",
      name: name.text,
      command: runAs === undefined ? command : { ...command, runAs },
      ...{ interval, timeout, rise, fall, isDownAtFirst },
    },
  };
}

/** The file of a block; undefined where it has no path, which is reported. */
export function completeFile(name: Token, draft: FileDraft, context: LowerContext): TrackerEntry | undefined {
  const { path, weight = 1, isReversed = false, initial } = draft;
  if (path === undefined) return reportNothing(name, "track_file", "file", context);
  const tracker = { kind: "file" as const, name: name.text, path };
  return { weight, isReversed, tracker: initial === undefined ? tracker : { ...tracker, initial } };
}

function readInitial(
  { keyword, parameters }: Setting,
  _draft: FileDraft,
  { report }: LowerContext,
): Partial<FileDraft> {
  const overwrites = parameters.some(({ text }) => text === "overwrite");
  const word = parameters.find(({ text }) => text !== "overwrite");
  const value = word === undefined ? 0 : readInteger(keyword.text, word, numberRange, report);
  return value === undefined ? {} : { initial: { value, overwrites } };
}

/** keepalived drops it with a message, and whoever tracks it runs without. */
export function reportNothing(name: Token, block: string, keyword: string, context: LowerContext): undefined {
  context.report({
    severity: "warning",
    code: "tracker-without-command",
    message: `${block} \`${name.text}\` has no \`${keyword}\`; nothing is tracked by it`,
    location: tokenLocation(name),
    keepalived: `No ${keyword} set for ${block} ${name.text} - removing`,
    suggestion: `add \`${keyword}\``,
  });
}
