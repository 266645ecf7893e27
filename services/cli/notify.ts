/** `understudy notify`: the handlers of keepalived.conf, run from events, in a process of its own. */

import type { DaemonConfig } from "../../contracts/config/schema.ts";
import { parseNatsUrl } from "../client/connect.ts";
import { runNotify } from "../notify/notify.ts";
import type { NotifyLogEntry } from "../notify/options.ts";

export interface NotifyCommandOptions {
  /** Parsed already. */
  readonly config: DaemonConfig;
  readonly url: string;
  readonly log: (entry: NotifyLogEntry) => void;
  readonly signal: AbortSignal;
}

/** Exit statuses of `understudy notify`. */
export const notifyExit = { done: 0, usage: 2 } as const;

/** Resolves with the exit status after the signal, when the handlers that were running have ended. */
export async function notifyCommand({ config, url, log, signal }: NotifyCommandOptions): Promise<number> {
  const address = parseNatsUrl(url);
  if (!address.ok) {
    log({ level: "error", message: `--nats: ${address.error}` });
    return notifyExit.usage;
  }
  const { node, notifications } = config;
  const routers = [...config.routers, ...config.syncGroups.map((group) => ({ ...group, isGroup: true }))];
  const environment = process.env;
  await runNotify({ node, routers, notifications, address: address.value, environment, log, signal });
  return notifyExit.done;
}
