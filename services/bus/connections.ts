/** The bus's connections to one server: as who makes streams and as who writes events, which may be the same. They end together. */

import type { NatsConnection } from "@nats-io/transport-node";
import type { NatsAddress, NatsCredentials } from "../client/address.ts";
import { connectOnce } from "../client/connect.ts";
import { keyGiven } from "../client/credentials.ts";
import { describeThrown, type Outcome, success } from "../io/outcome.ts";

/** The roles that the daemon takes. */
export type BusCredentials = Readonly<Record<"admin" | "daemon", NatsCredentials>>;

export interface BusConnections {
  readonly admin: NatsConnection;
  readonly daemon: NatsConnection;
  isClosed(): boolean;
  close(): Promise<void>;
  /** Resolves when one of them has ended, with what ended it. */
  closed(): Promise<string | undefined>;
}

/** The error names the address and the cause. */
export async function connectBus(
  address: NatsAddress,
  credentials: BusCredentials | undefined,
  name: string,
): Promise<Outcome<BusConnections>> {
  const as = (role: keyof BusCredentials): NatsAddress =>
    credentials === undefined ? address : { ...address, credentials: credentials[role] };
  const admin = await connectOnce(as("admin"), `${name} provisioning`);
  if (!admin.ok) return admin;
  const [own, other] = (["admin", "daemon"] as const).map((role) => keyGiven(as(role).credentials ?? {}));
  if (own === other) {
    return success(together(admin.value, admin.value));
  }
  const daemon = await connectOnce(as("daemon"), name);
  if (!daemon.ok) {
    await admin.value.close();
    return daemon;
  }
  return success(together(admin.value, daemon.value));
}

function together(admin: NatsConnection, daemon: NatsConnection): BusConnections {
  const reason = (connection: NatsConnection) =>
    connection.closed().then((cause) => (cause instanceof Error ? cause.message : undefined), describeThrown);
  const close = async () => {
    await Promise.all([admin.close(), daemon.close()]);
  };
  const ended = Promise.race([reason(admin), reason(daemon)]).then(async (cause) => {
    await close();
    return cause;
  });
  return {
    admin,
    daemon,
    isClosed: () => admin.isClosed() || daemon.isClosed(),
    close,
    closed: () => ended,
  };
}
