/**
 * A pair of routers on one switch with a client, in network namespaces, and an observer that sees every advert and
 * what tells of addresses with the port it came in by. What the routers are made of is the test's choice.
 */

import { execFileSync } from "node:child_process";
import { chmodSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { monotonic } from "../../services/io/clock.ts";
import { createLabNetwork, type LabNetwork } from "../../services/lab/network.ts";
import { openTestNetwork, type Program } from "./namespaces.ts";
import {
  askedAddress,
  defaultSettings,
  familyOf,
  pairInterface,
  type RouterSettings,
} from "./pair-config.ts";
import {
  addIpv6,
  addressesOf,
  dropVirtualAddresses,
  globalOf,
  hardwareAddressOf,
  pidsOf,
  servesAddress,
} from "./pair-host.ts";
import type { ObserverCalls, ObserverEvent } from "./pair-observer.ts";
import type { RouterKind } from "./pair-program.ts";
import { createPairRouter, type PairRouter, type RouterOptions } from "./pair-router.ts";
import { createViews, type Views } from "./pair-views.ts";

export interface PairOptions {
  readonly kinds: readonly [RouterKind, RouterKind];
  /** Over the defaults: priorities 200 and 150, one second, password 1111, VRID 51. */
  readonly settings?: readonly [Partial<RouterSettings>, Partial<RouterSettings>];
  readonly routers?: Partial<Pick<RouterOptions, "subscribe" | "node" | "nodeOptions" | "main">>;
}

export interface Pair extends Views {
  readonly network: LabNetwork;
  readonly a: PairRouter;
  readonly b: PairRouter;
  readonly directory: string;
  /** The addresses of the router's interface, of the family of its virtual addresses. */
  addresses(router: PairRouter): string[];
  /** The one that the client asks for, and in a state to answer. */
  hasVirtualAddress(router: PairRouter): boolean;
  /** `ip -batch` in the router's namespace. */
  batch(router: PairRouter, commands: readonly string[]): void;
  /** Takes the router's interface away, or makes it again: a new one of the same name, plugged in and without address. */
  deleteInterface(router: PairRouter): void;
  createInterface(router: PairRouter): Promise<void>;
  /** Puts a whole frame on the segment, from the client. */
  send(frame: Uint8Array): Promise<void>;
  /** Takes from a host what one that crashed has no more. */
  dropVirtualAddresses(router: PairRouter): void;
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
  // FRR's daemons run under a user of their own.
  chmodSync(directory, 0o755);
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
    if (familyOf(a.settings) === "ipv6") for (const host of network.hosts) addIpv6(host, network);
    await Promise.all(routers.map((each) => each.prepare()));
    const asked = askedAddress(a.settings);
    const asker = familyOf(a.settings) === "ipv6" ? globalOf(network.host("client")) : "10.10.10.50";
    await client.call("ask", "eth0", asker, asked, questionInterval);
    return {
      ...{ network, a, b, directory, close },
      send: (frame: Uint8Array) => client.call("send", "eth0", frame),
      ...createViews(observer, asked),
      ...handles(observer, network),
    };
  } catch (thrown) {
    await close();
    throw thrown;
  }
}

function handles(observer: Program<ObserverCalls, ObserverEvent>, network: LabNetwork) {
  return {
    addresses: (router: PairRouter) => addressesOf(network, router),
    hasVirtualAddress: (router: PairRouter) => servesAddress(network, router),
    dropVirtualAddresses,
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
    pids: pidsOf,
  };
}

/** The moment from which on a test looks at what the observer sees. */
export function now(): number {
  return monotonic();
}
