/** Servers of several hosts, linked: the texts of a pair, of an audit hub, and of the routers that report to one. */

import { subjectToken } from "../../../contracts/identity.ts";
import { accountsText, eventAccount } from "./accounts.ts";
import { type ServerConfiguration, serverText } from "./embedded.ts";

/** Where the other end of a link listens, and how we are known there. */
export interface Link {
  /** The name of who solicits: its user at the other end. */
  readonly user: string;
  readonly secret: string;
}

export interface LinkedConfiguration extends ServerConfiguration {
  /** Whom we let in, on HOST:PORT; undefined where nobody is. */
  readonly listen?: { readonly address: string; readonly links: readonly Link[] } | undefined;
  /** Where we solicit a link. */
  readonly remotes: readonly (Link & { readonly address: string })[];
  /** Directory of ca.pem, <node>.pem and <node>.key; left out, links are not encrypted. */
  readonly tls?: string | undefined;
}

/**
 * What does not cross a link: events travel by mirrors, so that no server can put one into another's stream, states and
 * requests for consumers are each server's own, and nobody removes anything over there.
 */
const kept = [
  "vrrp.v1.>",
  "$KV.>",
  "$JS.*.API.STREAM.DELETE.>",
  "$JS.*.API.STREAM.PURGE.>",
  "$JS.*.API.STREAM.UPDATE.>",
  "$JS.*.API.STREAM.MSG.DELETE.>",
];

/** A router's server with its links. Only one end of a link solicits: where both do, the server takes it for a loop. */
export function linkedConfiguration(configuration: LinkedConfiguration): string {
  const { node, keys, remotes, listen, tls } = configuration;
  const parts = [
    ...(listen === undefined ? [] : [listenText(listen, eventAccount, tlsText(tls, node, true))]),
    ...(remotes.length === 0 ? [] : [remotesText(remotes, tlsText(tls, node, false))]),
  ];
  return `# The NATS server of ${JSON.stringify(node)}, written by "understudy nats-conf". Keep it as secret as a key: it says how this
# server is known to others. "understudy run --nats-config" starts it.

${serverText(configuration, { storage: "1GB", ping: "3s" })}
leafnodes {
${parts.join("\n")}
}

${accountsText(node, keys, "960MB")}`;
}

export interface ClusterConfiguration extends ServerConfiguration {
  /** HOST:PORT of every server's routes, our own first. */
  readonly routes: readonly string[];
  readonly secret: string;
  readonly tls?: string | undefined;
}

/** One of three servers or more that keep each stream three times. Each lets in the users of its own node. */
export function clusterConfiguration(configuration: ClusterConfiguration): string {
  const { node, keys, routes, secret, tls } = configuration;
  const [own, ...others] = routes;
  const urls = others.map((address) => `    "nats-route://route:${secret}@${address}"`);
  return `# The NATS server of ${JSON.stringify(node)} in a cluster, written by "understudy nats-conf". Keep it as secret as a key.
# "understudy run --nats-config" starts it.

${serverText(configuration, { storage: "2GB", ping: "3s", isClustered: true })}
cluster {
  name: understudy
  listen: ${JSON.stringify(own)}
  no_advertise: true
${tlsText(tls, node, true)}  authorization { user: route, password: "${secret}", timeout: 2 }
  routes: [
${urls.join("\n")}
  ]
}

${accountsText(node, keys, "1920MB")}`;
}

export interface HubConfiguration {
  readonly hub: Omit<ServerConfiguration, "keys">;
  /** HOST:PORT for the routers. */
  readonly address: string;
  /** The routers, each with the public key of who reads its events here. */
  readonly routers: readonly (Link & { readonly auditor: string })[];
  readonly tls?: string | undefined;
}

/** One account for each router: routers that are linked to each other would make a loop within one. */
export function hubConfiguration({ hub, address, routers, tls }: HubConfiguration): string {
  const accounts = routers.map(
    ({ user, auditor }) => `  ${hubAccount(user)} {
    jetstream: { max_mem: 16MB, max_file: 960MB, max_streams: 16, max_consumers: 256 }
    users: [ { nkey: ${auditor} } ]
  }`,
  );
  const users = routers.map(
    ({ user, secret }) =>
      `      { user: ${JSON.stringify(user)}, password: "${secret}", account: ${hubAccount(user)} }`,
  );
  const sizes = { storage: `${routers.length}GB`, memory: `${routers.length * 16}MB`, ping: "3s" };
  return `# The audit hub ${JSON.stringify(hub.node)}, written by "understudy nats-conf". Keep it as secret as a key.

${serverText(hub, sizes)}
leafnodes {
  listen: ${JSON.stringify(address)}
  no_advertise: true
${tlsText(tls, hub.node, true)}  authorization {
    users: [
${users.join("\n")}
    ]
  }
}

accounts {
${accounts.join("\n")}
  SYS { }
}
system_account: SYS
`;
}

function hubAccount(router: string): string {
  return `N_${subjectToken(router)}`;
}

function listenText(
  { address, links }: NonNullable<LinkedConfiguration["listen"]>,
  account: string,
  tls: string,
): string {
  const users = links.map(
    ({ user, secret }) => `{ user: ${JSON.stringify(user)}, password: "${secret}", account: ${account} }`,
  );
  return `  listen: ${JSON.stringify(address)}
  no_advertise: true
${tls}  authorization { users: [ ${users.join(", ")} ] }`;
}

function remotesText(remotes: LinkedConfiguration["remotes"], tls: string): string {
  const list = kept.map((subject) => `"${subject}"`).join(", ");
  const entries = remotes.map(
    ({ user, secret, address }) => `    {
      url: "${tls === "" ? "nats-leaf" : "tls"}://${encodeURIComponent(user)}:${secret}@${address}"
      account: ${eventAccount}
      deny_exports: [ ${list} ]
      deny_imports: [ ${list} ]
${tls}    }`,
  );
  return `  remotes: [
${entries.join("\n")}
  ]`;
}

function tlsText(directory: string | undefined, node: string, isServer: boolean): string {
  if (directory === undefined) return "";
  const file = (name: string) => JSON.stringify(`${directory}/${name}`);
  const own = subjectToken(node);
  const verify = isServer ? ", verify: true" : "";
  return `  tls { cert_file: ${file(`${own}.pem`)}, key_file: ${file(`${own}.key`)}, ca_file: ${file("ca.pem")}${verify}, timeout: 3 }
`;
}
