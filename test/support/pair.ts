/**
 * A pair of routers on one switch with a client, in network namespaces, and an observer that sees every advert and every
 * ARP packet with the port it came in by. What the routers are made of is the test's choice.
 */

import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { monotonic } from "../../services/io/clock.ts";
import { createLabNetwork, type LabNetwork } from "../../services/lab/network.ts";
import { openTestNetwork, type Program } from "./namespaces.ts";
import { defaultSettings, pairInterface, type RouterSettings, virtualAddress } from "./pair-config.ts";
import { decodePacket, type Seen, type SeenAdvert, type SeenArp } from "./pair-frames.ts";
import type { ObserverCalls, ObserverEvent } from "./pair-observer.ts";
import { createPairRouter, type PairRouter, type RouterKind, type RouterOptions } from "./pair-router.ts";
import { waitFor } from "./pair-wait.ts";

export interface PairOptions {
  readonly kinds: readonly [RouterKind, RouterKind];
  /** Over the defaults: priorities 200 and 150, one second, password 1111, VRID 51. */
  readonly settings?: readonly [Partial<RouterSettings>, Partial<RouterSettings>];
  readonly routers?: Partial<Pick<RouterOptions, "subscribe" | "node" | "main">>;
}

export interface Pair {
  readonly network: LabNetwork;
  readonly a: PairRouter;
  readonly b: PairRouter;
  readonly directory: string;
  /** Adverts since a moment (monotonic microseconds), of one port or of all. */
  adverts(since?: number, port?: string): SeenAdvert[];
  /** ARP replies for the virtual address. */
  answers(since?: number, port?: string): SeenArp[];
  /** Gratuitous ARP for the virtual address. */
  announcements(since?: number, port?: string): SeenArp[];
  awaitAdvert(port: string, since: number, matches?: (advert: SeenAdvert) => boolean): Promise<SeenAdvert>;
  awaitAnswer(port: string, since: number): Promise<SeenArp>;
  /** The IPv4 addresses of the router's interface. */
  addresses(router: PairRouter): string[];
  hasVirtualAddress(router: PairRouter): boolean;
  /** `ip -batch` in the router's namespace. */
  batch(router: PairRouter, commands: readonly string[]): void;
  /** Takes the router's interface away, or makes it again: a new one of the same name, plugged in and without address. */
  deleteInterface(router: PairRouter): void;
  createInterface(router: PairRouter): Promise<void>;
  hardwareAddress(router: PairRouter): string;
  /** The process ids of the programs of that name in the router's namespace. */
  pids(router: PairRouter, name: string): number[];
  close(): Promise<void>;
}

/** Milliseconds between two questions of the client. */
export const questionInterval = 20;

export async function openPair(options: PairOptions): Promise<Pair> {
  const created = createLabNetwork([
    { name: "a", interface: pairInterface, address: "10.10.10.11/24" },
    { name: "b", interface: pairInterface, address: "10.10.10.12/24" },
    { name: "client", interface: "eth0", address: "10.10.10.50/24" },
  ]);
  if (!created.ok) throw new Error(created.error);
  const network = created.value;
  const programs = openTestNetwork();
  const directory = mkdtempSync(join(tmpdir(), "understudy-pair-"));
  const routers: PairRouter[] = [];
  const close = async () => {
    await Promise.all(routers.map((router) => router.end()));
    await programs.close();
    network.remove();
    rmSync(directory, { recursive: true, force: true });
  };
  try {
    const start = (namespace: string) =>
      programs.program<ObserverCalls, ObserverEvent>(namespace, "test/support/pair-observer.ts");
    const [observer, client] = await Promise.all([
      start(network.switchNamespace),
      start(network.host("client").namespace),
    ]);
    for (const name of ["a", "b", "client"]) await observer.call("watch", `to-${name}`, name);
    await client.call("ask", "eth0", "10.10.10.50", virtualAddress, questionInterval);
    const router = (name: "a" | "b", index: 0 | 1, priority: number) =>
      createPairRouter({
        ...options.routers,
        kind: options.kinds[index],
        host: network.host(name),
        settings: { ...defaultSettings, node: `node_${name}`, priority, ...options.settings?.[index] },
        directory: join(directory, name),
      });
    const [a, b] = [router("a", 0, 200), router("b", 1, 150)];
    routers.push(a, b);
    return { network, a, b, directory, ...views(observer, network), close };
  } catch (thrown) {
    await close();
    throw thrown;
  }
}

function views(observer: Program<ObserverCalls, ObserverEvent>, network: LabNetwork) {
  const seen: Seen[] = [];
  let read = 0;
  const all = (): readonly Seen[] => {
    for (; read < observer.events.length; read++) {
      const event = observer.events[read];
      const decoded = event?.kind === "packet" ? decodePacket(event) : undefined;
      if (decoded !== undefined) seen.push(decoded);
    }
    return seen;
  };
  const adverts = (since = 0, port?: string) =>
    all().filter((each): each is SeenAdvert => each.kind === "advert" && isFrom(each, since, port));
  const arps = (since = 0, port?: string) =>
    all().filter((each): each is SeenArp => each.kind === "arp" && isFrom(each, since, port));
  const answers = (since?: number, port?: string) =>
    arps(since, port).filter(
      ({ operation, senderAddress }) => operation === "reply" && senderAddress === virtualAddress,
    );
  const addresses = (router: PairRouter) => addressesOf(network, router);
  const explain = () =>
    all()
      .slice(-10)
      .map(
        (each) => `${each.at} ${each.port} ${each.kind === "advert" ? each.advert.priority : each.operation}`,
      )
      .join("; ");
  return {
    adverts,
    answers,
    announcements: (since?: number, port?: string) =>
      arps(since, port).filter(
        ({ senderAddress, targetAddress }) =>
          senderAddress === virtualAddress && targetAddress === virtualAddress,
      ),
    awaitAdvert: (port: string, since: number, matches: (advert: SeenAdvert) => boolean = () => true) =>
      waitFor(`an advert of ${port}`, () => adverts(since, port).find(matches), { explain }),
    awaitAnswer: (port: string, since: number) =>
      waitFor(`an ARP reply of ${port}`, () => answers(since, port)[0], { explain }),
    addresses,
    hasVirtualAddress: (router: PairRouter) => addresses(router).includes(virtualAddress),
    hardwareAddress: (router: PairRouter) => hardwareAddressOf(network, router),
    batch: ({ host }: PairRouter, commands: readonly string[]) => {
      const input = `${commands.join("\n")}\n`;
      execFileSync("ip", ["-n", host.namespace, "-batch", "-"], { input, stdio: ["pipe", "ignore", "pipe"] });
    },
    deleteInterface: ({ host }: PairRouter) => {
      network.ip(host.namespace, "link", "delete", host.interface);
    },
    createInterface: async ({ host }: PairRouter) => {
      const { switchNamespace: on, bridge } = network;
      const port = `to-${host.name}`;
      // An index that no namespace has: with equal ones at both ends Linux delays carrier events.
      const end = ["name", host.interface, "netns", host.namespace];
      network.ip(on, "link", "add", port, "index", "2001", "type", "veth", "peer", ...end);
      network.ip(on, "link", "set", port, "master", bridge, "up");
      await observer.call("watch", port, host.name);
      network.ip(host.namespace, "link", "set", host.interface, "up");
    },
    pids: (router: PairRouter, name: string) => pidsOf(router, name),
  };
}

function isFrom(seen: Seen, since: number, port: string | undefined): boolean {
  return seen.at >= since && (port === undefined || seen.port === port);
}

/** The moment from which on a test looks at what the observer sees. */
export function now(): number {
  return monotonic();
}

function addressesOf(network: LabNetwork, { host }: PairRouter): string[] {
  const text = network.ip(host.namespace, "-4", "-o", "address", "show", "dev", host.interface);
  return [...text.matchAll(/inet ([\d.]+)/gu)].map(([, address = ""]) => address);
}

function hardwareAddressOf(network: LabNetwork, { host }: PairRouter): string {
  const text = network.ip(host.namespace, "-o", "link", "show", "dev", host.interface);
  return /link\/ether ([\da-f:]+)/u.exec(text)?.[1] ?? "";
}

function pidsOf({ host }: PairRouter, name: string): number[] {
  const pids = execFileSync("ip", ["netns", "pids", host.namespace], { encoding: "utf8" });
  return [...pids.matchAll(/\d+/gu)].map(Number).filter((pid) => nameOf(pid) === name);
}

function nameOf(pid: number): string | undefined {
  try {
    return readFileSync(`/proc/${pid}/comm`, "utf8").trim();
  } catch {
    return undefined;
  }
}
