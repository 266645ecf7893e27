/** `understudy nats-conf`: the server configurations and keys of each node of a topology, a directory for each. */

import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { embeddedConfiguration, type ServerConfiguration } from "../bus/configuration/embedded.ts";
import {
  clusterConfiguration,
  hubConfiguration,
  type Link,
  linkedConfiguration,
} from "../bus/configuration/links.ts";
import { ensureKey, ensureKeys, ensureSecret, writePrivately } from "../bus/keys.ts";
import { keyFile } from "../client/roles.ts";
import { describeThrown, failure, type Outcome, success } from "../io/outcome.ts";
import { exitCodes } from "./exit-codes.ts";
import { defaultDataDirectory, defaultNatsListen, parseListen } from "./settings.ts";

export type Topology = "embedded" | "pair" | "cluster" | "hub";

export interface NatsConfRequest {
  readonly topology: Topology;
  /** NAME, or NAME=ADDRESS where others link to it. */
  readonly node: string;
  readonly peer?: readonly string[] | undefined;
  readonly hub?: string | undefined;
  /** For clients, on each host. */
  readonly listen?: string | undefined;
  /** Of the daemons. */
  readonly dataDir?: string | undefined;
  /** On each host: ca.pem, NAME.pem, NAME.key. */
  readonly tlsDir?: string | undefined;
  readonly output: string;
  readonly stdout: (text: string) => void;
  readonly stderr: (text: string) => void;
}

/** Ports of links between servers, and between those of a cluster, where an address says none. */
const leafPort = 7422;
const routePort = 6222;

interface Site {
  readonly name: string;
  /** HOST:PORT for links; undefined where none was given. */
  readonly address: string | undefined;
}

/** Keys and secrets that are there already are kept, so that it can be called again for other addresses. */
export function natsConfCommand(request: NatsConfRequest): number {
  const plan = planOf(request);
  if (!plan.ok) {
    request.stderr(`understudy nats-conf: ${plan.error}\n`);
    return exitCodes.usage;
  }
  try {
    mkdirSync(request.output, { recursive: true, mode: 0o700 });
    const written = [...writeNodes(request, plan.value), ...writeHub(request, plan.value)];
    for (const path of written) request.stdout(`${path}\n`);
    if (request.tlsDir === undefined && request.topology !== "embedded") {
      request.stderr("understudy nats-conf: links are not encrypted (--tls-dir DIR has them so)\n");
    }
    return exitCodes.ok;
  } catch (thrown) {
    request.stderr(`understudy nats-conf: ${describeThrown(thrown)}\n`);
    return exitCodes.failure;
  }
}

interface Plan {
  /** By name: the first of a pair listens, the second solicits. */
  readonly nodes: readonly Site[];
  readonly hub: Site | undefined;
  readonly host: string;
  readonly port: number;
}

function planOf({
  topology,
  node,
  peer = [],
  hub,
  listen = defaultNatsListen,
}: NatsConfRequest): Outcome<Plan> {
  const place = parseListen(listen);
  if (!place.ok) return failure(`--listen: ${place.error}`);
  const nodes = [node, ...peer]
    .map((text) => siteOf(text, topology === "cluster" ? routePort : leafPort))
    .sort((one, other) => (one.name < other.name ? -1 : 1));
  const plan = { nodes, hub: hub === undefined ? undefined : siteOf(hub), ...place.value };
  const names = [...nodes, ...(plan.hub === undefined ? [] : [plan.hub])].map(({ name }) => name);
  const wrong = names.find((name) => !/^[A-Za-z0-9_-]+$/u.test(name));
  if (wrong !== undefined) return failure(`"${wrong}" is no name of letters, digits, "_" and "-"`);
  if (new Set(names).size < names.length) return failure("each node needs a name of its own");
  if (topology === "embedded" && names.length > 1) return failure("embedded is one --node alone");
  if (topology === "pair" && nodes.length !== 2) return failure("a pair is one --node and one --peer");
  if (topology === "pair" && nodes[0]?.address === undefined) {
    return failure(`the other node links to ${nodes[0]?.name}: its address is missing (NAME=ADDRESS)`);
  }
  if (topology === "cluster" && nodes.length < 3)
    return failure("a cluster is one --node and two --peer at least: of two servers neither is a majority");
  const unknown = topology === "cluster" ? nodes.find(({ address }) => address === undefined) : undefined;
  if (unknown !== undefined)
    return failure(`the others link to ${unknown.name}: its address is missing (NAME=ADDRESS)`);
  if (topology === "cluster" && plan.hub !== undefined) return failure("a cluster has no --hub here");
  if (topology === "hub" && plan.hub === undefined) return failure("--hub NAME=ADDRESS is missing");
  if (plan.hub !== undefined && plan.hub.address === undefined) {
    return failure(`--hub ${plan.hub.name}: its address is missing (NAME=ADDRESS)`);
  }
  return success(plan);
}

function siteOf(text: string, port = leafPort): Site {
  const [name = "", address] = text.split("=", 2);
  if (address === undefined) return { name, address };
  return { name, address: /:\d+$/u.test(address) ? address : `${address}:${port}` };
}

function writeNodes(request: NatsConfRequest, plan: Plan): string[] {
  const [first, second] = plan.nodes;
  const pair = request.topology === "pair" && first !== undefined && second !== undefined;
  return plan.nodes.map((site) => {
    const keys = ensureKeys(join(request.output, site.name, "keys"), site.name);
    const server = { ...serverOf(request, plan, site), keys };
    if (request.topology === "embedded") return write(request, site, embeddedConfiguration(server));
    if (request.topology === "cluster") return writeCluster(request, plan, site, server);
    const toPeer =
      pair && site === second && first.address !== undefined
        ? [{ ...linkOf(request, site, first), address: first.address }]
        : [];
    const toHub =
      plan.hub?.address === undefined
        ? []
        : [{ ...linkOf(request, site, plan.hub), address: plan.hub.address }];
    const listen =
      pair && site === first && first.address !== undefined
        ? { address: first.address, links: [linkOf(request, second, first)] }
        : undefined;
    const links = { listen, remotes: [...toPeer, ...toHub], tls: request.tlsDir };
    return write(request, site, linkedConfiguration({ ...server, ...links }));
  });
}

function writeCluster(
  request: NatsConfRequest,
  { nodes }: Plan,
  site: Site,
  server: ServerConfiguration,
): string {
  const addressOf = ({ address = "" }: Site) => address;
  const routes = [site, ...nodes.filter((each) => each !== site)].map(addressOf);
  const secret = ensureSecret(join(request.output, "cluster.secret"));
  return write(request, site, clusterConfiguration({ ...server, routes, secret, tls: request.tlsDir }));
}

function writeHub(request: NatsConfRequest, plan: Plan): string[] {
  const { hub, nodes } = plan;
  if (hub?.address === undefined) return [];
  const routers = nodes.map((site) => {
    const key = keyFile(join(request.output, hub.name, "keys", site.name), "admin");
    return {
      ...linkOf(request, site, hub),
      auditor: ensureKey(key, "admin", `${hub.name} for ${site.name}`),
    };
  });
  const server = serverOf(request, plan, hub);
  const text = hubConfiguration({ hub: server, address: hub.address, routers, tls: request.tlsDir });
  return [write(request, hub, text)];
}

function serverOf(
  { dataDir = defaultDataDirectory }: NatsConfRequest,
  { host, port }: Plan,
  { name }: Site,
): Omit<ServerConfiguration, "keys"> {
  return { node: name, host, port, storeDirectory: join(dataDir, "nats", "store") };
}

/** How a node is known to another one. */
function linkOf({ output }: NatsConfRequest, from: Site, to: Site): Link {
  return { user: from.name, secret: ensureSecret(join(output, `${from.name}-at-${to.name}.secret`)) };
}

function write({ output, topology }: NatsConfRequest, { name }: Site, text: string): string {
  const path = join(output, name, `${topology}.conf`);
  writePrivately(path, text);
  return path;
}
