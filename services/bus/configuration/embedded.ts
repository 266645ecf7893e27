/** The text of a server for one node alone. The top-level nats.conf shows it with the default values. */

import { subjectToken } from "../../../contracts/identity.ts";
import { accountsText, type PublicKeys } from "./accounts.ts";

export interface ServerConfiguration {
  readonly node: string;
  readonly host: string;
  readonly port: number;
  /** Where the server keeps its streams. */
  readonly storeDirectory: string;
  readonly keys: PublicKeys;
}

/** Only settings that nats-server 2.9.10 knows: an unknown one keeps it from starting. */
export function embeddedConfiguration(configuration: ServerConfiguration): string {
  return `# The NATS server that "understudy run" starts beside itself when no --nats URL is given.
#
# The daemon writes its own copy of this text at every start (nats/nats.conf in its data directory) with the node's name, address,
# directory and keys filled in; edits there are overwritten. The keys below are samples that nobody holds. For a server of
# your own take what "understudy nats-conf" writes, and give it to the daemon with --nats-config.

${serverText(configuration, { storage: "512MB" })}
${accountsText(configuration.node, configuration.keys, "448MB")}`;
}

export interface ServerSizes {
  /** What all accounts together may take. */
  readonly storage: string;
  readonly memory?: string;
  /** Between two pings of a connection, and of a link: a black hole is found after two that are not answered. */
  readonly ping?: string;
  /** In a cluster all servers are one store. */
  readonly isClustered?: boolean;
}

/** What every server of ours has, whatever it is linked to. */
export function serverText(
  { node, host, port, storeDirectory }: Omit<ServerConfiguration, "keys">,
  { storage, memory = "16MB", ping = "5s", isClustered = false }: ServerSizes,
): string {
  const token = subjectToken(node);
  const listen = host.includes(":") ? `[${host}]:${port}` : `${host}:${port}`;
  return `# Shown in logs and to clients; the node's name with everything but letters, digits, "_" and "-" replaced.
server_name: ${JSON.stringify(token)}

# Loopback only, and for who has a key only. Other hosts are let in by a link between servers.
listen: ${JSON.stringify(listen)}

# The longest event is 56 kB; the rest is headers.
max_payload: 64KB
max_connections: 64
# For each connection: "understudy notify" holds one for each virtual router.
max_subscriptions: 4096
# A client that does not answer, or does not read, is given up after seconds, not minutes.
ping_interval: "${ping}"
ping_max: 2
write_deadline: "3s"

jetstream {
  store_dir: ${JSON.stringify(storeDirectory)}
${isClustered ? "" : domainText(token)}  max_memory_store: ${memory}
  # Keep this well under the free space: this server version hangs on a full disk. The node's stream takes 192 MB of it.
  max_file_store: ${storage}
}
`;
}

function domainText(token: string): string {
  return `  # Keeps the streams of several nodes apart once their servers are linked.
  domain: ${JSON.stringify(token)}
`;
}
