/** `vrrp_track_process`: processes that are to run, and how many (keepalived T6). */

import { type Token, tokenLocation } from "../lexer.ts";
import type { Rule, RuleTable, Setting } from "./block.ts";
import type { LowerContext } from "./context.ts";
import { fileWeightRange, readWeight } from "./tracked.ts";
import { reportNothing, type TrackerEntry } from "./trackers.ts";
import { durationRule, integerRule } from "./value-rules.ts";

export interface ProcessDraft {
  readonly words?: readonly string[];
  /** `param_match`, with or without a word behind it. */
  readonly parameters?: "all" | "first" | "beginning";
  readonly hasFullCommand?: boolean;
  readonly weight?: number;
  readonly isReversed?: boolean;
  readonly quorum?: number;
  readonly quorumMaximum?: number;
  /** Milliseconds. */
  readonly forkDelay?: number;
  readonly terminateDelay?: number;
}

/** keepalived's bounds. */
const quorumRange = { minimum: 1, maximum: 65_535 } as const;
const quorumMaximumRange = { minimum: 0, maximum: 65_535 } as const;
const delayRange = { minimum: 0, maximum: 3600 } as const;

export const processRules: RuleTable<ProcessDraft> = new Map<string, Rule<ProcessDraft>>([
  [
    "process",
    {
      minimum: 1,
      maximum: Number.POSITIVE_INFINITY,
      apply: ({ parameters }) => ({ words: parameters.map(({ text }) => text) }),
    },
  ],
  ["param_match", { minimum: 0, maximum: 1, apply: readMatch }],
  ["full_command", { minimum: 0, maximum: 0, apply: () => ({ hasFullCommand: true }) }],
  [
    "weight",
    {
      minimum: 1,
      maximum: 2,
      apply: ({ keyword, parameters }, _draft, context) =>
        readWeight("vrrp_track_process", [keyword, ...parameters], fileWeightRange, context),
    },
  ],
  ["quorum", integerRule(quorumRange, (quorum) => ({ quorum }))],
  ["quorum_max", integerRule(quorumMaximumRange, (quorumMaximum) => ({ quorumMaximum }))],
  ["delay", durationRule(delayRange, (delay) => ({ forkDelay: delay, terminateDelay: delay }))],
  ["fork_delay", durationRule(delayRange, (forkDelay) => ({ forkDelay }))],
  ["terminate_delay", durationRule(delayRange, (terminateDelay) => ({ terminateDelay }))],
]);

/** The tracker of a block; undefined where it names no process, which is reported. */
export function completeProcess(
  name: Token,
  draft: ProcessDraft,
  context: LowerContext,
): TrackerEntry | undefined {
  const { words = [], weight = 0, isReversed = false, forkDelay = 0, terminateDelay = 0 } = draft;
  const [program = "", ...parameters] = words;
  if (program === "") return reportNothing(name, "vrrp_track_process", "process", context);
  const { quorumMaximum } = draft;
  return {
    weight,
    isReversed,
    tracker: {
      ...{ kind: "process", name: name.text, program, parameters, match: matchOf(draft, parameters.length) },
      quorum: resolveQuorum(name, draft, context),
      ...(quorumMaximum === undefined ? {} : { quorumMaximum }),
      ...{ forkDelay, terminateDelay },
    },
  };
}

/** Words behind the program, or `param_match`, ask for the command line as `full_command` does (measured). */
function matchOf({ parameters, hasFullCommand = false }: ProcessDraft, count: number) {
  if (parameters !== undefined) return parameters;
  if (count > 0) return "all";
  return hasFullCommand ? "program" : "name";
}

/** `quorum_max 0` asks for none of them; any other maximum below the quorum could never hold. */
function resolveQuorum(
  name: Token,
  { quorum = 1, quorumMaximum }: ProcessDraft,
  { report }: LowerContext,
): number {
  if (quorumMaximum === undefined || quorumMaximum >= quorum) return quorum;
  if (quorumMaximum > 0) {
    report({
      severity: "error",
      code: "quorum-above-maximum",
      message: `\`${name.text}\` asks for ${quorum} processes at least and ${quorumMaximum} at most`,
      location: tokenLocation(name),
      suggestion: "lower `quorum`, or raise `quorum_max`",
    });
  }
  return quorumMaximum;
}

function readMatch({ parameters: [word] }: Setting, _draft: ProcessDraft, { report }: LowerContext) {
  if (word === undefined) return { parameters: "all" } as const;
  if (word.text === "partial") return { parameters: "first" } as const;
  if (word.text === "initial") return { parameters: "beginning" } as const;
  report({
    severity: "error",
    code: "unknown-word",
    message: `\`${word.text}\` is not a word of param_match`,
    location: tokenLocation(word),
    suggestion: "write `initial`, `partial` or nothing",
  });
  return {};
}
