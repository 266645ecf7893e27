/**
 * The lab: two routers and a client on one switch, the daemon running in both routers from two configuration files, and
 * a prober in the client. Nothing here asks or prints; the script and the keyboard do.
 */

import { mkdtempSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { DaemonConfig } from "../../contracts/config/schema.ts";
import type { EventRecord } from "../../contracts/events/envelope.ts";
import { failure, type Outcome, success } from "../io/outcome.ts";
import { createLabNetwork, type LabNetwork } from "./network.ts";
import type { Reachability } from "./prober.ts";
import { type LabProcess, startInHost } from "./process.ts";
import { createLabRouter, type LabRouter } from "./router.ts";

export interface LabOptions {
  /** The configuration files of the two routers, as paths and as read. */
  readonly files: readonly [LabFile, LabFile];
  readonly onEvent: (router: string, record: EventRecord) => void;
  readonly onReachability: (reachability: Reachability) => void;
  /** A line of a daemon's log. */
  readonly onLog: (router: string, line: string) => void;
}

export interface LabFile {
  readonly path: string;
  readonly config: DaemonConfig;
}

export interface Lab {
  readonly network: LabNetwork;
  readonly routers: readonly [LabRouter, LabRouter];
  readonly virtualAddress: string;
  /** Ends every process and removes every namespace and file. Idempotent. */
  close(): Promise<void>;
}

/** Fails without root, and where the two files do not describe a pair. */
export function openLab(options: LabOptions): Outcome<Lab> {
  const [first, second] = options.files;
  const pair = pairOf(first.config, second.config);
  if (!pair.ok) return pair;
  const { virtualAddress, interfaces } = pair.value;
  const subnet = virtualAddress.split(".").slice(0, 3).join(".");
  const free = (last: number) => `${subnet}.${last}/24`;
  const directory = mkdtempSync(join(tmpdir(), "understudy-lab-"));
  const hosts = [
    { name: "a", interface: interfaces[0], address: free(virtualAddress === `${subnet}.11` ? 21 : 11) },
    { name: "b", interface: interfaces[1], address: free(virtualAddress === `${subnet}.12` ? 22 : 12) },
    { name: "client", interface: "eth0", address: free(virtualAddress === `${subnet}.50` ? 60 : 50) },
  ];
  const network = createLabNetwork(hosts, directory);
  if (!network.ok) return network;
  const router = (name: "a" | "b", file: LabFile) =>
    createLabRouter({
      host: network.value.host(name),
      network: network.value,
      file: file.path,
      dataDirectory: join(directory, name),
      onEvent: (record) => options.onEvent(name, record),
      onLog: (line) => options.onLog(name, line),
    });
  const routers = [router("a", first), router("b", second)] as const;
  const prober = startProber(network.value, virtualAddress, options.onReachability);
  let closing: Promise<void> | undefined;
  const close = async () => {
    prober.signal("SIGKILL");
    await Promise.all(routers.map((each) => each.end()));
    network.value.remove();
  };
  return success({
    network: network.value,
    routers,
    virtualAddress,
    close: () => {
      closing ??= close();
      return closing;
    },
  });
}

function startProber(
  network: LabNetwork,
  address: string,
  onReachability: (reachability: Reachability) => void,
): LabProcess {
  const program = new URL(import.meta.url).pathname.replace(/lab\.([jt]s)$/u, "prober.$1");
  return startInHost(network.host("client"), {
    command: [process.execPath, program, address],
    onLine: (line) => onReachability(JSON.parse(line) as Reachability),
  });
}

/** What makes two files a pair that the lab can run: one IPv4 virtual address in common. */
function pairOf(
  first: DaemonConfig,
  second: DaemonConfig,
): Outcome<{ virtualAddress: string; interfaces: readonly [string, string] }> {
  const [a] = first.routers;
  const [b] = second.routers;
  if (a === undefined || b === undefined) return failure("each file needs a vrrp_instance");
  const common = a.addresses.find(({ address }) => b.addresses.some((other) => other.address === address));
  if (common === undefined) return failure("the two files have no virtual address in common");
  return success({ virtualAddress: common.address, interfaces: [a.interface, b.interface] });
}
