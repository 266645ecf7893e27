/** One router of a pair: our daemon with a subscriber beside it, or Debian's keepalived or FRR, in a host of the lab network. */

import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { type EventRecord, eventRecordSchema } from "../../contracts/events/envelope.ts";
import { transitionSchema } from "../../contracts/events/transitions.ts";
import { type StatusReport, statusReportSchema } from "../../contracts/status.ts";
import { askDaemon } from "../../services/control/client.ts";
import { controlSocketPath } from "../../services/control/protocol.ts";
import type { LabHost } from "../../services/lab/network.ts";
import { type LabProcess, startInHost } from "../../services/lab/process.ts";
import type { RouterSettings } from "./pair-config.ts";
import { mainProgram, type RouterKind, routerProgram } from "./pair-program.ts";
import { waitFor } from "./pair-wait.ts";

export interface PairRouter {
  readonly name: string;
  readonly kind: RouterKind;
  readonly host: LabHost;
  readonly settings: RouterSettings;
  /** keepalived.conf; vrrpd.conf for FRR. */
  readonly file: string;
  readonly dataDirectory: string;
  /** Every line of the daemon since the first start, standard error included. */
  readonly log: readonly string[];
  /** What the subscriber has printed, in the order of arrival. Empty for other makes. */
  readonly events: readonly EventRecord[];
  /** Says in the log that the router waits as a backup. */
  readonly backupLine: RegExp;
  /** Once before the first start. */
  prepare(): Promise<void>;
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
  /** Words for Node in front of the program. */
  readonly nodeOptions?: readonly string[] | undefined;
  /** dist/services/main.js of this checkout where it is left out. */
  readonly main?: string | undefined;
}

/** Milliseconds that a stopping daemon gets. */
const stopPatience = 10_000;

export function createPairRouter(options: RouterOptions): PairRouter {
  const { kind, host, settings, directory } = options;
  mkdirSync(directory, { recursive: true });
  const file = join(directory, kind === "frr" ? "vrrpd.conf" : "keepalived.conf");
  const dataDirectory = join(directory, "data");
  const understudy = [
    options.node ?? process.execPath,
    ...(options.nodeOptions ?? []),
    options.main ?? mainProgram,
  ];
  const program = routerProgram({ kind, host, settings, directory, dataDirectory, file, understudy });
  writeFileSync(file, program.text(settings));
  const log: string[] = [];
  const events: EventRecord[] = [];
  let daemon: LabProcess | undefined;
  let subscriber: LabProcess | undefined;
  let helper: LabProcess | undefined;

  const subscribe = () =>
    startInHost(host, {
      command: ["env", `UNDERSTUDY_DATA_DIR=${dataDirectory}`, ...understudy, "events", "--follow", "--json"],
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
    backupLine: program.backupLine,
    prepare: async () => {
      helper = await program.prepare();
    },
    pid: () => running()?.pid ?? 0,
    configure: (change) => writeFileSync(file, program.text({ ...settings, ...change })),
    start: (flags = []) => {
      if (running() !== undefined) return;
      const onLine = (line: string) => log.push(line);
      program.beforeStart();
      daemon = startInHost(host, { command: program.command(flags), onLine, onErrorLine: onLine });
      if (kind === "understudy" && options.subscribe !== false) subscriber ??= subscribe();
    },
    stop: () => {
      running()?.signal("SIGTERM");
      return finish();
    },
    kill: async () => {
      program.beforeKill(running());
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
      for (const each of [subscriber, helper]) {
        each?.signal("SIGKILL");
        await each?.ended;
      }
    },
  };
}

/** `from>to reason` of a transition; nothing for other records. */
export function transitionText(record: EventRecord): string[] {
  if (record.class !== "transition") return [];
  const { from, to, reason } = transitionSchema.parse(record.body);
  return [`${from}>${to} ${reason}`];
}
