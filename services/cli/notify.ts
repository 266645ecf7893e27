/** `understudy notify`: the handlers of keepalived.conf, run from events, in a process of its own. */

import type { DaemonConfig } from "../../contracts/config/schema.ts";
import { parseNatsUrl } from "../client/connect.ts";
import { type NotifyLogEntry, runNotify } from "../notify/notify.ts";

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
  const groups = config.syncGroups.map(({ name, handlers }) => ({ name, handlers, isGroup: true }));
  const routers = [...config.routers, ...groups].filter(({ handlers }) => Object.keys(handlers).length > 0);
  const environment = process.env;
  await runNotify({ node: config.node, routers, address: address.value, environment, log, signal });
  return notifyExit.done;
}
