/** One router of the lab: the daemon in its host and the subscriber that follows its events. What happens to it is a verb here. */

import { type EventRecord, eventRecordSchema } from "../../contracts/events/envelope.ts";
import { type StatusReport, statusReportSchema } from "../../contracts/status.ts";
import { askDaemon } from "../control/client.ts";
import { controlSocketPath } from "../control/protocol.ts";
import type { LabHost, LabNetwork } from "./network.ts";
import { type LabProcess, startInHost } from "./process.ts";

export interface LabRouterOptions {
  readonly host: LabHost;
  readonly network: LabNetwork;
  /** keepalived.conf. */
  readonly file: string;
  readonly dataDirectory: string;
  readonly onEvent: (record: EventRecord) => void;
  readonly onLog: (line: string) => void;
}

export interface LabRouter {
  readonly name: string;
  readonly host: LabHost;
  readonly dataDirectory: string;
  /** Process id of the daemon; 0 while there is none. */
  pid(): number;
  condition(): "running" | "frozen" | "stopped";
  isPlugged(): boolean;
  /** Starts the daemon where it does not run. */
  start(): void;
  /** SIGKILL: no resignation, the kernel keeps the address until its lease ends. */
  kill(): Promise<void>;
  /** SIGTERM: resigns and withdraws. */
  stop(): Promise<void>;
  freeze(): void;
  thaw(): void;
  plug(plugged: boolean): void;
  /** The daemon's answer about itself; undefined while it gives none. */
  status(): Promise<StatusReport | undefined>;
  /** Ends daemon and subscriber for good. */
  end(): Promise<void>;
}

/** Milliseconds that a stopping daemon gets before it is killed. */
const stopPatience = 10_000;

export function createLabRouter(options: LabRouterOptions): LabRouter {
  const { host, network, dataDirectory } = options;
  const main = new URL(import.meta.url).pathname.replace(/lab\/router\.([jt]s)$/u, "main.$1");
  const understudy = [process.execPath, main];
  let daemon: LabProcess | undefined;
  let frozen = false;
  let plugged = true;

  const subscriber = startInHost(host, {
    command: [...understudy, "events", "--follow", "--json", "--data-dir", dataDirectory],
    onLine: (line) => options.onEvent(eventRecordSchema.parse(JSON.parse(line))),
  });
  const isRunning = () => daemon?.running() === true;
  const thaw = () => {
    if (frozen) daemon?.signal("SIGCONT");
    frozen = false;
  };
  const finish = async (signal: NodeJS.Signals) => {
    thaw();
    const ending = daemon;
    if (ending === undefined) return;
    ending.signal(signal);
    const patience = setTimeout(() => ending.signal("SIGKILL"), stopPatience);
    await ending.ended;
    clearTimeout(patience);
    daemon = undefined;
  };

  return {
    name: host.name,
    host,
    dataDirectory,
    pid: () => (isRunning() ? (daemon?.pid ?? 0) : 0),
    condition: () => (frozen ? "frozen" : isRunning() ? "running" : "stopped"),
    isPlugged: () => plugged,
    start: () => {
      if (isRunning()) return;
      daemon = startInHost(host, {
        command: [...understudy, "run", "--ignore-settings", "-f", options.file, "--data-dir", dataDirectory],
        onLine: options.onLog,
        onErrorLine: options.onLog,
      });
    },
    kill: () => finish("SIGKILL"),
    stop: () => finish("SIGTERM"),
    freeze: () => {
      if (!isRunning()) return;
      daemon?.signal("SIGSTOP");
      frozen = true;
    },
    thaw,
    plug: (state) => {
      network.plug(host.name, state);
      plugged = state;
    },
    status: async () => {
      const answer = await askDaemon(controlSocketPath(dataDirectory), { command: "status" });
      return answer.ok ? statusReportSchema.parse(answer.value) : undefined;
    },
    end: async () => {
      await finish("SIGKILL");
      subscriber.signal("SIGKILL");
      await subscriber.ended;
    },
  };
}
