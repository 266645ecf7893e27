/** `understudy maintenance on|off`: holds every router of this node in backup, over restarts, or lets them go. */

import { askOperator, type OperatorFlags } from "./operator-command.ts";

export function maintenanceCommand(on: boolean, flags: OperatorFlags): Promise<number> {
  return askOperator({ command: "maintenance", on }, flags);
}
