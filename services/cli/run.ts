/** `understudy run`: the daemon in the foreground, until SIGTERM or SIGINT; SIGHUP reads the file again. */

import { writeFileSync } from "node:fs";
import { join } from "node:path";
import type { DaemonConfig } from "../../contracts/config/schema.ts";
import type { BusPlace } from "../bus-supply.ts";
import { parseNatsUrl } from "../client/address.ts";
import { hostProbes } from "../config/host.ts";
import { type Daemon, startDaemon } from "../daemon.ts";
import { tuneEngine } from "../engine.ts";
import { describeThrown } from "../io/outcome.ts";
import { createLog, type LogSetup } from "../log/log.ts";
import { notifySystemd } from "../log/systemd.ts";
import { hasHandlers, keepNotify, type NotifyProcess } from "../notify-process.ts";
import { exitCodes } from "./exit-codes.ts";
import { readConfig, rereadConfig } from "./read-config.ts";
import { retentionOf } from "./retention-flags.ts";
import {
  busPlaceOf,
  dataDirectoryOf,
  type Flags,
  natsWords,
  recordingOf,
  type Settled,
  settle,
} from "./settings.ts";

export interface RunRequest extends Flags {
  readonly file: string;
  /** The node's name; else router_id, else the host name. */
  readonly node?: string | undefined;
  /** Whose lines conditions keep; else the host name. */
  readonly configId?: string | undefined;
  /** Leaves the block `daemon` of the file aside. */
  readonly ignoreSettings?: boolean | undefined;
}

/** Resolves with the exit code once the daemon has stopped, at once where it cannot run. */
export async function runCommand(request: RunRequest): Promise<number> {
  tuneEngine();
  const { file: path, node, configId } = request;
  const source = { path, node, configId, probes: hostProbes, warnings: true };
  const read = await readConfig(source);
  if (read === undefined) return exitCodes.usage;
  const config = settled(request, read);
  const flags = { ...request, settings: config.daemon };
  const { logFormat = process.stdout.isTTY ? "text" : "json", ...settings } = config.daemon;
  const busPlace = busPlaceOf(flags);
  const wrong = busPlace.ok ? wrongUrl(busPlace.value) : busPlace.error;
  if (!busPlace.ok || wrong !== undefined) return complain(wrong ?? "", exitCodes.usage);
  const retention = retentionOf(flags);
  if (!retention.ok) return complain(retention.error, exitCodes.usage);
  const recording = recordingOf(flags);
  if (!recording.ok) return complain(recording.error, exitCodes.usage);
  const setup = createLog(logFormat);
  holdSignals();
  const dataDirectory = dataDirectoryOf(flags);
  const notify = settings.notify === true ? notifyOf(flags, busPlace.value, setup.log) : undefined;
  const daemon = startDaemon({
    config,
    dataDirectory,
    busPlace: busPlace.value,
    retention: retention.value,
    recording: recording.value,
    log: setup.log,
    reread: async (knownInterfaces) => {
      const reading = await rereadConfig(source, knownInterfaces);
      return reading.config === undefined
        ? reading
        : { ...reading, config: settled(request, reading.config) };
    },
    onReloaded: (next) => notify?.adopt(hasHandlers(next)),
    beforeClosed: async () => notify?.stop(),
  });
  if (!daemon.ok) {
    setup.flush();
    return complain(...refusalOf(daemon.error));
  }
  setup.log.info(
    { node: config.node, routers: config.routers.length },
    `Understudy started as ${config.node}`,
  );
  notifySystemd("READY=1");
  notify?.adopt(hasHandlers(config));
  const code = await untilStopped(daemon.value, setup, join(dataDirectory, "state.json"));
  setup.flush();
  return code;
}

/** With what counts of each setting in place of what the file says: a reload compares that, so that a flag which comes first is no difference. */
function settled(request: RunRequest, config: DaemonConfig): DaemonConfig & { readonly daemon: Settled } {
  const settings = request.ignoreSettings === true ? undefined : config.daemon;
  return { ...config, daemon: settle({ ...request, settings }) };
}

function notifyOf(request: RunRequest, place: BusPlace, log: LogSetup["log"]): NotifyProcess {
  const { file, node, configId } = request;
  const words = [
    ...["-f", file, "--data-dir", dataDirectoryOf(request), ...natsWords(request, place)],
    ...(node === undefined ? [] : ["--node", node]),
    ...(configId === undefined ? [] : ["--config-id", configId]),
  ];
  return keepNotify({ words, log });
}

/** One that comes during the start would end the process and leave behind what is half done; so it waits for its handler. */
function holdSignals(): void {
  for (const signal of ["SIGTERM", "SIGINT", "SIGHUP", "SIGUSR1"] as const)
    process.on(signal, () => undefined);
}

function wrongUrl(place: { readonly kind: string; readonly url?: string }): string | undefined {
  if (place.url === undefined) return undefined;
  const parsed = parseNatsUrl(place.url);
  return parsed.ok ? undefined : `--nats: ${parsed.error}`;
}

/** The sentence and the exit code of a daemon that cannot start. */
function refusalOf(error: string): [sentence: string, code: number] {
  if (/\b(EPERM|EACCES)\b|Operation not permitted|permission denied/u.test(error)) {
    return [`${error}; understudy needs root, or CAP_NET_RAW and CAP_NET_ADMIN`, exitCodes.privilege];
  }
  return [error, error.includes("in use") ? exitCodes.daemon : exitCodes.privilege];
}

function complain(sentence: string, code: number): number {
  process.stderr.write(`understudy: ${sentence}\n`);
  return code;
}

/** keepalived's SIGUSR1: everything that `status --json` tells, as a file. */
function writeState(daemon: Daemon, path: string, log: LogSetup["log"]): void {
  try {
    writeFileSync(path, `${JSON.stringify(daemon.status(), undefined, 2)}\n`);
    log.info(`state written to ${path}`);
  } catch (thrown) {
    log.error(`${path} cannot be written: ${describeThrown(thrown)}`);
  }
}

async function untilStopped(daemon: Daemon, { log }: LogSetup, path: string): Promise<number> {
  const code = await new Promise<number>((resolve) => {
    const stop = () => {
      notifySystemd("STOPPING=1");
      void daemon.stop().then(() => resolve(exitCodes.ok));
    };
    // Listened to, it also keeps Node from opening its debugger.
    process.on("SIGUSR1", () => writeState(daemon, path, log));
    process.on("SIGTERM", stop);
    process.on("SIGHUP", () => void daemon.reload().catch((thrown) => log.warn(describeThrown(thrown))));
    process.on("SIGINT", stop);
    // Nothing here should throw. If it does, the addresses go first and the supervisor of the process starts it anew.
    process.on("uncaughtException", (error) => {
      log.fatal({ stack: error.stack }, `unforeseen: ${error.message}`);
      void daemon.stop().finally(() => resolve(exitCodes.failure));
    });
  });
  return code;
}
