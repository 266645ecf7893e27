/** One router of a pair: our daemon with a subscriber beside it, or Debian's keepalived, in a host of the lab network. */

import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { type EventRecord, eventRecordSchema } from "../../contracts/events/envelope.ts";
import { transitionSchema } from "../../contracts/events/transitions.ts";
import { type StatusReport, statusReportSchema } from "../../contracts/status.ts";
import { askDaemon } from "../../services/control/client.ts";
import { controlSocketPath } from "../../services/control/protocol.ts";
import type { LabHost } from "../../services/lab/network.ts";
import { type LabProcess, startInHost } from "../../services/lab/process.ts";
import { configurationText, type RouterSettings } from "./pair-config.ts";
import { waitFor } from "./pair-wait.ts";

export type RouterKind = "understudy" | "keepalived";

export interface PairRouter {
  readonly name: string;
  readonly kind: RouterKind;
  readonly host: LabHost;
  readonly settings: RouterSettings;
  /** keepalived.conf. */
  readonly file: string;
  readonly dataDirectory: string;
  /** Every line of the daemon since the first start, standard error included. */
  readonly log: readonly string[];
  /** What the subscriber has printed, in the order of arrival. Empty for keepalived. */
  readonly events: readonly EventRecord[];
  /** 0 while the daemon does not run. */
  pid(): number;
  /** Writes the configuration file anew, for the next start. */
  configure(change: Partial<RouterSettings>): void;
  /** With more words for `understudy run` where they are given. */
  start(flags?: readonly string[]): void;
  /** SIGTERM; resolves with the exit code. */
  stop(): Promise<number | null>;
  /** SIGKILL of every process that would resign or restart. */
  kill(): Promise<void>;
  signal(signal: NodeJS.Signals): void;
  status(): Promise<StatusReport | undefined>;
  /** `from>to reason` of each transition that arrived by NATS. */
  transitions(): string[];
  /** The first transition by NATS from index `from` of `events` on that reads so. */
  awaitTransition(text: string, from?: number): Promise<EventRecord>;
  awaitLog(pattern: RegExp, from?: number): Promise<string>;
  end(): Promise<void>;
}

export interface RouterOptions {
  readonly kind: RouterKind;
  readonly host: LabHost;
  readonly settings: RouterSettings;
  /** Of this router alone. */
  readonly directory: string;
  /** Whether `understudy events --follow` runs beside the daemon. Default true. */
  readonly subscribe?: boolean | undefined;
  /** Node of another version. Default: the one of the test. */
  readonly node?: string | undefined;
  /** dist/services/main.js of this checkout where it is left out. */
  readonly main?: string | undefined;
}

export const mainProgram = fileURLToPath(new URL("../../dist/services/main.js", import.meta.url));

/** Milliseconds that a stopping daemon gets. */
const stopPatience = 10_000;

export function createPairRouter(options: RouterOptions): PairRouter {
  const { kind, host, settings, directory } = options;
  mkdirSync(directory, { recursive: true });
  const file = join(directory, "keepalived.conf");
  const dataDirectory = join(directory, "data");
  writeFileSync(file, configurationText(settings));
  const understudy = [options.node ?? process.execPath, options.main ?? mainProgram];
  const log: string[] = [];
  const events: EventRecord[] = [];
  let daemon: LabProcess | undefined;
  let subscriber: LabProcess | undefined;

  const command = (flags: readonly string[]) =>
    kind === "understudy"
      ? [...understudy, ...["run", "-f", file, "--data-dir", dataDirectory, "--log-format", "json"], ...flags]
      : [
          ...["keepalived", "-n", "-l", "-P", "-D", "-f", file],
          ...["-p", join(directory, "keepalived.pid"), "-r", join(directory, "vrrp.pid")],
        ];
  const subscribe = () =>
    startInHost(host, {
      command: [...understudy, "events", "--follow", "--json"],
      onLine: (line) => events.push(eventRecordSchema.parse(JSON.parse(line))),
    });
  const running = () => (daemon?.running() === true ? daemon : undefined);
  const finish = async () => {
    const ending = daemon;
    if (ending === undefined) return null;
    const patience = setTimeout(() => ending.signal("SIGKILL"), stopPatience);
    const code = await ending.ended;
    clearTimeout(patience);
    daemon = undefined;
    return code;
  };
  const transitions = () => events.flatMap(transitionText);

  return {
    name: host.name,
    kind,
    host,
    settings,
    file,
    dataDirectory,
    log,
    events,
    pid: () => running()?.pid ?? 0,
    configure: (change) => writeFileSync(file, configurationText({ ...settings, ...change })),
    start: (flags = []) => {
      if (running() !== undefined) return;
      const onLine = (line: string) => log.push(line);
      daemon = startInHost(host, { command: command(flags), onLine, onErrorLine: onLine });
      if (kind === "understudy" && options.subscribe !== false) subscriber ??= subscribe();
    },
    stop: () => {
      running()?.signal("SIGTERM");
      return finish();
    },
    kill: async () => {
      if (kind === "keepalived") killVrrpProcess(running(), join(directory, "vrrp.pid"));
      running()?.signal("SIGKILL");
      await finish();
    },
    signal: (signal) => running()?.signal(signal),
    status: async () => {
      const answer = await askDaemon(controlSocketPath(dataDirectory), { command: "status" });
      return answer.ok ? statusReportSchema.parse(answer.value) : undefined;
    },
    transitions,
    awaitTransition: (text, from = 0) =>
      waitFor(
        `${host.name}: ${text}`,
        () => events.find((record, index) => index >= from && transitionText(record)[0] === text),
        { explain: () => `NATS has ${transitions().join(", ")}; log ends ${log.slice(-5).join("\n")}` },
      ),
    awaitLog: (pattern, from = 0) =>
      waitFor(
        `${host.name}: log ${pattern}`,
        () => log.find((line, index) => index >= from && pattern.test(line)),
        { explain: () => log.slice(-10).join("\n") },
      ),
    end: async () => {
      running()?.signal("SIGKILL");
      await finish();
      subscriber?.signal("SIGKILL");
      await subscriber?.ended;
    },
  };
}

/** `from>to reason` of a transition; nothing for other records. */
export function transitionText(record: EventRecord): string[] {
  if (record.class !== "transition") return [];
  const { from, to, reason } = transitionSchema.parse(record.body);
  return [`${from}>${to} ${reason}`];
}

/** Its parent would start it again, and the parent's death would have it resign: so the parent is stopped first. */
function killVrrpProcess(parent: LabProcess | undefined, pidFile: string): void {
  parent?.signal("SIGSTOP");
  const pid = Number(readFileSync(pidFile, "utf8"));
  if (pid > 1) process.kill(pid, "SIGKILL");
}
