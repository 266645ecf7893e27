/**
 * The lab's network: a switch, routers and a client, each in a network namespace of this program's own. A janitor
 * process removes it all when this program ends, however it ends.
 */

import { type ChildProcess, execFileSync, spawn } from "node:child_process";
import { existsSync, rmSync } from "node:fs";
import { failure, type Outcome, success } from "../io/outcome.ts";

/** One host of the lab: its namespace and its only interface. */
export interface LabHost {
  readonly name: string;
  readonly namespace: string;
  readonly interface: string;
  /** With prefix length. */
  readonly address: string;
}

export interface LabNetwork {
  readonly hosts: readonly LabHost[];
  /** The switch's namespace; every frame of the segment passes its bridge. */
  readonly switchNamespace: string;
  readonly bridge: string;
  host(name: string): LabHost;
  /** Pulls the host's cable out of the switch, or puts it back: carrier goes and comes. */
  plug(name: string, plugged: boolean): void;
  /** `ip -n NAMESPACE ...`, with its output. */
  ip(namespace: string, ...words: readonly string[]): string;
  /** Idempotent. */
  remove(): void;
}

export interface LabHostRequest {
  readonly name: string;
  readonly interface: string;
  readonly address: string;
}

/** Names end in the process id, so that a later run recognises what a killed one left behind. */
const prefix = "understudy-lab";
const bridge = "br0";
/** The two ends of a cable get indexes of their own: with equal ones Linux delays carrier events by up to a second. */
const firstSwitchIndex = 1001;

let created = 0;

/**
 * Fails without root or without iproute2, in one sentence. What is in `directory` belongs to the lab and is removed with
 * the network.
 */
export function createLabNetwork(
  requests: readonly LabHostRequest[],
  directory?: string,
): Outcome<LabNetwork> {
  if (process.getuid?.() !== 0) return failure("root is needed to make network namespaces");
  const label = `${prefix}-${process.pid}-${created++}`;
  const switchNamespace = `${label}-switch`;
  const hosts = requests.map((request) => ({ ...request, namespace: `${label}-${request.name}` }));
  const namespaces = [switchNamespace, ...hosts.map((host) => host.namespace)];
  const janitor = startJanitor(namespaces, directory);
  const remove = () => {
    for (const namespace of namespaces) deleteNamespace(namespace);
    if (directory !== undefined) rmSync(directory, { recursive: true, force: true });
    janitor.kill();
  };
  try {
    removeStale();
    build(switchNamespace, hosts);
  } catch (thrown) {
    remove();
    return failure(`the lab network cannot be built: ${firstLine(thrown)}`);
  }
  const host = (name: string) => {
    const found = hosts.find((each) => each.name === name);
    if (found === undefined) throw new TypeError(`no host ${name} in the lab`);
    return found;
  };
  return success({
    hosts,
    switchNamespace,
    bridge,
    host,
    plug: (name, plugged) => {
      ip("-n", switchNamespace, "link", "set", portOf(host(name)), plugged ? "up" : "down");
    },
    ip: (namespace, ...words) => ip("-n", namespace, ...words),
    remove,
  });
}

function build(switchNamespace: string, hosts: readonly LabHost[]): void {
  ip("netns", "add", switchNamespace);
  ip("-n", switchNamespace, "link", "add", bridge, "type", "bridge", "mcast_snooping", "0");
  ip("-n", switchNamespace, "link", "set", bridge, "up");
  for (const [index, host] of hosts.entries()) {
    const { namespace, interface: name, address } = host;
    const port = portOf(host);
    ip("netns", "add", namespace);
    ip("-n", namespace, "link", "set", "lo", "up");
    ip(
      ...["-n", switchNamespace, "link", "add", port, "index", String(firstSwitchIndex + index)],
      ...["type", "veth", "peer", "name", name, "netns", namespace],
    );
    ip("-n", switchNamespace, "link", "set", port, "master", bridge, "up");
    ip("-n", namespace, "address", "add", address, "dev", name);
    ip("-n", namespace, "link", "set", name, "up");
  }
}

function portOf(host: LabHost): string {
  return `to-${host.name}`;
}

/**
 * Waits for the end of its standard input, which is the end of this process, and removes everything. Its own
 * session keeps Ctrl-C away from it.
 */
function startJanitor(namespaces: readonly string[], directory = ""): ChildProcess {
  const script =
    'cat >/dev/null; [ -z "$1" ] || rm -rf "$1"; shift; for each in "$@"; do ip netns del "$each" 2>/dev/null; done';
  const janitor = spawn("sh", ["-c", script, "janitor", directory, ...namespaces], {
    stdio: ["pipe", "ignore", "ignore"],
    detached: true,
  });
  janitor.unref();
  return janitor;
}

/** Namespaces of a lab whose process is gone; its janitor may have been killed with it. */
function removeStale(): void {
  for (const line of ip("netns", "list").split("\n")) {
    const [name = ""] = line.split(" ");
    const [, pid] = new RegExp(`^${prefix}-(\\d+)-`, "u").exec(name) ?? [];
    if (pid !== undefined && !existsSync(`/proc/${pid}`)) deleteNamespace(name);
  }
}

function deleteNamespace(name: string): void {
  try {
    ip("netns", "del", name);
  } catch {
    // Not made yet, or already gone.
  }
}

function ip(...words: readonly string[]): string {
  return execFileSync("ip", words, { encoding: "utf8", stdio: ["ignore", "pipe", "pipe"] });
}

function firstLine(thrown: unknown): string {
  const text = thrown instanceof Error && "stderr" in thrown ? String(thrown.stderr) : String(thrown);
  return text.trim().split("\n")[0] ?? "unknown";
}
