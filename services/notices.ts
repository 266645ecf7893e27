/** What the node says of itself. */

import { nodeRouterName } from "../contracts/events/subjects.ts";
import { monotonic } from "./io/clock.ts";
import type { Journal } from "./journal/journal.ts";
import { logSafely } from "./late-log.ts";
import type { Log } from "./log/log.ts";

/** What is not about one router: journaled under the node's own name, and logged. */
export function noticer(
  journal: Pick<Journal, "append">,
  log: Log,
): (notice: string, detail: string) => void {
  return (notice, detail) => {
    const record = journal.append({
      router: nodeRouterName,
      key: null,
      class: "fault",
      body: { notice, detail },
      at: monotonic(),
    });
    logSafely(log, record);
  };
}
