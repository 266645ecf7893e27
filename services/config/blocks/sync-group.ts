/** `vrrp_sync_group`: routers that change state together. */

import type { Token } from "../lexer.ts";
import type { Rule, RuleTable } from "./block.ts";
import { type HandlersDraft, handlerRules } from "./handler.ts";
import { type NotificationsDraft, notificationRules } from "./notification-rules.ts";
import { type TrackingDraft, trackRules } from "./tracked.ts";

export interface SyncGroupDraft extends HandlersDraft, NotificationsDraft, TrackingDraft {
  readonly members?: readonly Token[];
  /** Weights of what the members track count; else they are left out (keepalived G4). */
  readonly keepsWeights?: boolean;
}

export const syncGroupRules: RuleTable<SyncGroupDraft> = new Map<string, Rule<SyncGroupDraft>>([
  ...trackRules,
  ...handlerRules,
  ...notificationRules,
  [
    "group",
    {
      minimum: 0,
      maximum: 0,
      hasBlock: true,
      // One or several names a line (P5).
      apply: (setting, draft) => ({
        members: [...(draft.members ?? []), ...setting.block.flatMap(({ words }) => words)],
      }),
    },
  ],
  ["sync_group_tracking_weight", { minimum: 0, maximum: 0, apply: () => ({ keepsWeights: true }) }],
  // Deprecated, and what it asks for is how it is.
  ["global_tracking", { minimum: 0, maximum: 0, apply: () => ({}) }],
]);
