/** Who is told of the takeovers of a crowd: a NATS subscriber on the router's host, or a reader of keepalived's FIFO. */

import { execFileSync } from "node:child_process";
import { join } from "node:path";
import { ensureKeys } from "../../services/bus/keys.ts";
import { keyFile, keysDirectory } from "../../services/client/roles.ts";
import type { LabHost } from "../../services/lab/network.ts";
import type { Bench } from "./bench.ts";
import type { FifoLine } from "./fifo-reader.ts";
import { pause } from "./inbox.ts";
import type { Make } from "./router.ts";
import type { Heard } from "./subscriber.ts";

export interface Listener {
  /** Lines of global_defs that it needs. */
  readonly globals: readonly string[];
  /** When each of so many takeovers since then was told, in microseconds of the monotonic clock. */
  heard(since: number, wanted: number): Promise<readonly number[]>;
}

interface Place {
  readonly make: Make;
  readonly host: LabHost;
  readonly directory: string;
  readonly name: string;
}

const patience = 30_000;

export function listen(bench: Bench, place: Place): Listener {
  return place.make === "understudy" ? throughNats(bench, place) : throughFifo(bench, place);
}

function throughNats(bench: Bench, { host, directory, name }: Place): Listener {
  // Made beforehand, since the subscriber starts before the daemon.
  const keys = keysDirectory(join(directory, "data"));
  ensureKeys(keys, name);
  const words = ["nats://127.0.0.1:4222", "vrrp.v1.ev.*.*.transition", keyFile(keys, "reader")];
  const { inbox } = bench.program<Heard>(host, "subscriber", ...words);
  const instants = (since: number) =>
    inbox.items.flatMap((item) =>
      item.kind === "event" && item.to === "active" && item.at > since ? [item.at] : [],
    );
  return { globals: [], heard: (since, wanted) => untilAll(() => instants(since), wanted) };
}

function throughFifo(bench: Bench, { host, directory }: Place): Listener {
  const path = join(directory, "notify.fifo");
  execFileSync("mkfifo", [path]);
  const { inbox } = bench.program<FifoLine>(host, "fifo-reader", path);
  const instants = (since: number) =>
    inbox.items.flatMap(({ at, line }) => (line.includes("MASTER") && at > since ? [at] : []));
  return {
    globals: ["script_user root", "enable_script_security", `vrrp_notify_fifo ${path}`],
    heard: (since, wanted) => untilAll(() => instants(since), wanted),
  };
}

async function untilAll(instants: () => readonly number[], wanted: number): Promise<readonly number[]> {
  const deadline = performance.now() + patience;
  for (;;) {
    const found = instants();
    if (found.length >= wanted) return found;
    if (performance.now() > deadline) throw new Error(`${found.length} of ${wanted} takeovers were told`);
    await pause(50);
  }
}
