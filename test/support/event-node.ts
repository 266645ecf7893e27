/**
 * A node without VRRP: its journal, its embedded nats-server on a free loopback port, its bus, in a directory of its
 * own. Everything that a test started is ended by `end`.
 */

import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { vi } from "vitest";
import type { RouterNow } from "../../contracts/now.ts";
import { type Bus, startBus } from "../../services/bus/bus.ts";
import type { BusStatus } from "../../services/bus/bus-status.ts";
import { ensureKeys } from "../../services/bus/keys.ts";
import { type EmbeddedServer, startServer } from "../../services/bus/server.ts";
import type { Presence } from "../../services/bus/state-bucket.ts";
import { type NatsAddress, parseNatsUrl } from "../../services/client/address.ts";
import { keyFile, type NatsRole } from "../../services/client/roles.ts";
import { monotonic, wallClock } from "../../services/io/clock.ts";
import { type Journal, openJournal } from "../../services/journal/journal.ts";

/** For vi.waitUntil: long enough for a busy machine, short steps. */
export const patience = { timeout: 30_000, interval: 10 };

/** The handles of processes and the like that a test has to end. */
export type Endings = (() => Promise<unknown> | unknown)[];

export interface EventNode {
  readonly name: string;
  readonly directory: string;
  readonly port: number;
  readonly url: string;
  readonly endings: Endings;
  /** The key file of a user of its server, and the server's address for that user. */
  keyOf(role: NatsRole): string;
  addressOf(role: NatsRole): NatsAddress;
  /** Opens the journal in a directory below the node's. */
  openJournal(subdirectory?: string): Journal;
  /** With our own text, or another file. */
  startServer(configuration?: string): EmbeddedServer;
  /** One that asks nobody who they are, as an operator's own may be. */
  startOpenServer(storage?: string): EmbeddedServer;
  startBus(
    journal: Journal,
    onStatus?: (status: BusStatus) => void,
    peers?: readonly string[],
    presence?: Presence,
  ): Bus;
  /** In reverse order of starting; then removes the directory. */
  end(): Promise<void>;
}

export async function createEventNode(name = "n1", sharedPort?: number): Promise<EventNode> {
  const directory = mkdtempSync(join(tmpdir(), "understudy-bus-"));
  const port = sharedPort ?? (await freePort());
  const url = `nats://127.0.0.1:${port}`;
  const endings: Endings = [];
  const keyOf = (role: NatsRole) => keyFile(join(directory, "bus", "keys"), role);
  const addressOf = (role: NatsRole) => {
    const address = parseNatsUrl(url, { key: keyOf(role) });
    if (!address.ok) throw new Error(address.error);
    return address.value;
  };
  const start = (configuration: string | undefined) => {
    const options = { node: name, directory: join(directory, "bus"), host: "127.0.0.1", port, configuration };
    const server = startServer({ ...options, onStatus: () => undefined });
    endings.push(() => server.stop());
    return server;
  };
  ensureKeys(join(directory, "bus", "keys"), name);
  return {
    name,
    keyOf,
    addressOf,
    directory,
    port,
    url,
    endings,
    openJournal(subdirectory = "journal") {
      const clock = { monotonic, wallClock };
      const options = { directory: join(directory, subdirectory), node: name, machineVersion: "1", clock };
      const outcome = openJournal({ ...options, onFault: () => undefined });
      if (!outcome.ok) throw new Error(outcome.error);
      endings.push(() => outcome.value.close());
      return outcome.value;
    },
    startServer: (configuration) => start(configuration),
    startOpenServer(storage = "1GB") {
      const path = join(directory, "open.conf");
      const store = JSON.stringify(join(directory, "bus", "open"));
      writeFileSync(
        path,
        `listen: "127.0.0.1:${port}"\njetstream { store_dir: ${store}, max_file_store: ${storage} }\n`,
      );
      return start(path);
    },
    startBus(journal, onStatus = () => undefined, peers = [], presence = undefined) {
      const credentials = { admin: { key: keyOf("admin") }, daemon: { key: keyOf("daemon") } };
      const about = { journal, url, node: name, credentials, peers, presence };
      const bus = startBus({ ...about, askNow, onStatus });
      if (!bus.ok) throw new Error(bus.error);
      endings.push(() => bus.value.close({ drainFor: 0 }));
      return bus.value;
    },
    async end() {
      for (const end of endings.splice(0).reverse()) await end();
      rmSync(directory, { recursive: true, force: true });
    },
  };
}

/** A daemon without routers. */
function askNow(router: string): RouterNow {
  throw new Error(`no router of n1 is called ${router}`);
}

/** Below those that the kernel gives to connections: nobody else comes by it before a server listens there. */
const ports = { first: 20_000, count: 10_000 } as const;

/** A port of the loopback on which nobody listens. */
export async function freePort(): Promise<number> {
  for (;;) {
    const port = ports.first + Math.floor(Math.random() * ports.count);
    const probe = createServer().listen(port, "127.0.0.1");
    const isFree = await once(probe, "listening").then(
      () => true,
      () => false,
    );
    if (!isFree) continue;
    probe.close();
    await once(probe, "close");
    return port;
  }
}

export async function isLive(bus: Bus): Promise<void> {
  await vi.waitUntil(() => bus.status().state === "live" && bus.status().backlog === 0, patience);
}

export async function isReady(server: EmbeddedServer): Promise<void> {
  await vi.waitUntil(() => server.status().state === "ready", patience);
}

/** Never 0, which would mean this process and its whole group. */
export function pidOf(server: EmbeddedServer): number {
  const { pid } = server.status();
  if (pid === undefined) throw new Error("the server does not run");
  return pid;
}

export function exists(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}

export type Daemon = ChildProcess & { stdout: NonNullable<ChildProcess["stdout"]> };

/** A process of its own in the place of the daemon: runs a module text against the built services. */
export function runDaemon({ directory, port, name, endings }: EventNode, script: string): Daemon {
  const built = new URL("../../dist/services/", import.meta.url).href;
  const paths = ["journal/journal.js", "bus/bus.js", "bus/server.js", "io/clock.js", "notify/notify.js"];
  const head = `
    const load = (path) => import(${JSON.stringify(built)} + path);
    const [{ openJournal }, { startBus }, { startServer }, clock, { runNotify }] =
      await Promise.all(${JSON.stringify(paths)}.map(load));
    const directory = ${JSON.stringify(directory)}, port = ${port}, node = ${JSON.stringify(name)};
    const keyOf = (role) => ({ key: directory + "/bus/keys/" + role + ".nk" });
    const credentials = { admin: keyOf("admin"), daemon: keyOf("daemon") };`;
  const child = spawn(process.execPath, ["--input-type=module", "-e", `${head}\n${script}`], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  endings.push(() => child.kill("SIGKILL"));
  return child;
}

export async function firstLine({ stdout }: Daemon): Promise<string> {
  let text = "";
  for await (const chunk of stdout) {
    text += String(chunk);
    if (text.includes("\n")) return text.slice(0, text.indexOf("\n"));
  }
  throw new Error(`ended after ${JSON.stringify(text)}`);
}
