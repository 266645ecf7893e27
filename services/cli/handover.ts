/** `understudy handover ROUTER`: it resigns once, so that a backup takes over, and does not preempt it. */

import { askOperator, type OperatorFlags } from "./operator-command.ts";

export function handoverCommand(router: string, flags: OperatorFlags): Promise<number> {
  return askOperator({ command: "handover", router }, flags);
}
