/** The users of the daemon's own nats-server, and where on its host their keys lie. */

import { join } from "node:path";

/**
 * admin makes streams and consumers; daemon writes the events of its node; reader reads; handler also acknowledges, under a
 * durable name. docs/decisions/011 says why it is these.
 */
export const natsRoles = ["admin", "daemon", "reader", "handler"] as const;
export type NatsRole = (typeof natsRoles)[number];

export function keysDirectory(dataDirectory: string): string {
  return join(dataDirectory, "nats", "keys");
}

export function keyFile(directory: string, role: NatsRole): string {
  return join(directory, `${role}.nk`);
}

/** Whether every server of a URL is on this host. */
export function isLocal(servers: readonly string[]): boolean {
  return servers.every((server) => /^(?:127(?:\.\d+){3}|localhost|\[::1\]):/u.test(server));
}
