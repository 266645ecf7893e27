/**
 * A daemon of journal, bus and embedded server alone, in a process of its own, that writes 1,000 transitions a second. It
 * tells by its pipe what it wrote: what came through the pipe was written before, whatever becomes of the process.
 */

import { once } from "node:events";
import { vi } from "vitest";
import { type Daemon, type EventNode, patience, runDaemon } from "./event-node.ts";

export interface LoadDaemon {
  /** Of the last record whose append has returned. */
  position(): number;
  acknowledged(): number;
  /** Process id of its server, while it runs. */
  serverPid(): number | undefined;
  isLive(): boolean;
  kill(): Promise<void>;
  /** No more records, all of them to NATS, then the end. */
  finish(): Promise<void>;
}

const script = `
  const journal = openJournal({ directory: directory + "/journal", node, machineVersion: "1", clock, onFault() {} }).value;
  const say = (message) => process.stdout.write(JSON.stringify(message) + "\\n");
  const onStatus = ({ state, pid }) => say({ server: state === "ready" ? pid : 0 });
  const server = startServer({ node, directory: directory + "/bus", host: "127.0.0.1", port, onStatus });
  const bus = startBus({
    ...{ journal, url: "nats://127.0.0.1:" + port, node, credentials },
    mayConnect: () => server.status().state === "ready",
    onStatus: ({ state }) => say({ bus: state }),
  }).value;
  const startedAt = performance.now();
  let written = 0;
  const writing = setInterval(() => {
    for (const due = performance.now() - startedAt; written < due; written += 1) {
      const draft = { router: "VI_" + (written % 50), key: null, class: "transition" };
      journal.append({ ...draft, body: { number: written, text: "x".repeat(300) }, at: clock.monotonic() });
    }
    say({ position: journal.position(), acknowledged: bus.status().acknowledged });
  }, 5);
  process.on("SIGTERM", async () => {
    clearInterval(writing);
    await bus.close({ drainFor: 60000 });
    await server.stop();
    journal.close();
    process.exit(0);
  });`;

/** Resolves once it writes. */
export async function startLoad(node: EventNode): Promise<LoadDaemon> {
  const seen = { position: 0, acknowledged: 0, server: 0, bus: "" };
  const daemon: Daemon = runDaemon(node, script);
  let rest = "";
  daemon.stdout.setEncoding("utf8").on("data", (chunk: string) => {
    const lines = `${rest}${chunk}`.split("\n");
    rest = lines.pop() ?? "";
    for (const line of lines) Object.assign(seen, JSON.parse(line));
  });
  const ended = once(daemon, "close");
  const isOver = () => daemon.exitCode !== null || daemon.signalCode !== null;
  await vi.waitUntil(() => seen.position > 0 || isOver(), patience);
  if (isOver()) throw new Error(`the daemon ended with ${daemon.exitCode ?? daemon.signalCode}`);
  return {
    position: () => seen.position,
    acknowledged: () => seen.acknowledged,
    serverPid: () => (seen.server > 0 ? seen.server : undefined),
    isLive: () => seen.bus === "live",
    async kill() {
      daemon.kill("SIGKILL");
      await ended;
    },
    async finish() {
      daemon.kill("SIGTERM");
      await ended;
      if (daemon.exitCode !== 0) throw new Error(`the daemon ended with ${daemon.exitCode}`);
    },
  };
}
