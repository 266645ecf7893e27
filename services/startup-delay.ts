/** How long the routers of a daemon that starts wait before they take part (keepalived S6). */

import { uptime } from "node:os";
import type { DaemonConfig } from "../contracts/config/schema.ts";

/** Milliseconds; the longer of the two counts. `seconds` is how long the host has been up. */
export function startupDelayOf({ startup = {} }: Pick<DaemonConfig, "startup">, seconds = uptime()): number {
  const { delay = 0, afterBoot = 0 } = startup;
  return Math.max(delay, Math.ceil(afterBoot - seconds * 1000), 0);
}
