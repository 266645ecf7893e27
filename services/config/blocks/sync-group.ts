/** `vrrp_sync_group`: routers that change state together. */

import type { Handlers } from "../../../contracts/config/schema.ts";
import type { Token } from "../lexer.ts";
import type { Rule, RuleTable } from "./block.ts";
import { keepsEarlier, lowerCommand } from "./handler.ts";
import { fileWeightRange, lowerTracked, type TrackedDraft, weightRange } from "./tracked.ts";

export interface SyncGroupDraft {
  readonly members?: readonly Token[];
  readonly trackedInterfaces?: readonly TrackedDraft[];
  readonly trackedScripts?: readonly TrackedDraft[];
  readonly trackedFiles?: readonly TrackedDraft[];
  /** Weights of what the members track count; else they are left out (keepalived G4). */
  readonly keepsWeights?: boolean;
  readonly handlers?: Handlers;
}

type GroupRule = Rule<SyncGroupDraft>;

const block = { minimum: 0, maximum: 0, hasBlock: true } as const;

export const syncGroupRules: RuleTable<SyncGroupDraft> = new Map<string, GroupRule>([
  [
    "group",
    {
      ...block,
      // One or several names a line (P5).
      apply: (setting, draft) => ({
        members: [...(draft.members ?? []), ...setting.block.flatMap(({ words }) => words)],
      }),
    },
  ],
  ["track_interface", trackRule("trackedInterfaces", weightRange)],
  ["track_script", trackRule("trackedScripts", weightRange)],
  ["track_file", trackRule("trackedFiles", fileWeightRange)],
  ["sync_group_tracking_weight", { minimum: 0, maximum: 0, apply: () => ({ keepsWeights: true }) }],
  // Deprecated, and what it asks for is how it is.
  ["global_tracking", { minimum: 0, maximum: 0, apply: () => ({}) }],
  ["notify_master", handlerRule("active")],
  ["notify_backup", handlerRule("backup")],
  ["notify_fault", handlerRule("fault")],
  ["notify_stop", handlerRule("stop")],
  ["notify", handlerRule("any")],
]);

function trackRule(
  field: "trackedInterfaces" | "trackedScripts" | "trackedFiles",
  range: typeof weightRange | typeof fileWeightRange,
): GroupRule {
  return {
    ...block,
    apply: ({ keyword, block: lines }, draft, context) => ({
      [field]: [...(draft[field] ?? []), ...lowerTracked(keyword.text, range, lines, context)],
    }),
  };
}

function handlerRule(name: keyof Handlers): GroupRule {
  return {
    minimum: 1,
    maximum: Number.POSITIVE_INFINITY,
    apply: (setting, draft, context) => {
      if (keepsEarlier(draft.handlers?.[name], setting, context)) return {};
      const command = lowerCommand(setting, context);
      return command === undefined ? {} : { handlers: { ...draft.handlers, [name]: command } };
    },
  };
}
