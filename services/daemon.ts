/**
 * The daemon: puts journal, network, routers, command socket and bus together, in the order in which they matter.
 * The routers run before anything of NATS is even loaded.
 */

import { join } from "node:path";
import type { Recording } from "../contracts/config/daemon-settings.ts";
import type { DaemonConfig } from "../contracts/config/schema.ts";
import type { ReloadReport } from "../contracts/events/configuration.ts";
import { describeMaintenance, type StatusReport } from "../contracts/status.ts";
import { machineIdentity } from "../machines/record.ts";
import type { BusPlace, BusSupply, BusSupplyOptions } from "./bus-supply.ts";
import { controlSocketPath } from "./control/protocol.ts";
import { startControlServer } from "./control/server.ts";
import { createControlAnswers } from "./control-answers.ts";
import { createDesk } from "./desk.ts";
import { createHandlings, type Handlings } from "./handlings.ts";
import { createHandover } from "./handover.ts";
import { openHostChanges } from "./host-changes.ts";
import { listAddresses } from "./io/addresses.ts";
import { openAnnouncer } from "./io/announcer.ts";
import { monotonic, wallClock } from "./io/clock.ts";
import { describeThrown, type Outcome, success } from "./io/outcome.ts";
import { type Journal, openJournal } from "./journal/journal.ts";
import type { RetentionLimits } from "./journal/retention.ts";
import { createLateLog, type LateLog } from "./late-log.ts";
import { removeLeftovers } from "./leftovers.ts";
import type { Log } from "./log/log.ts";
import { maintenanceFile } from "./maintenance-file.ts";
import { type Network, openNetwork } from "./network.ts";
import { noticer } from "./notices.ts";
import { createOperator, type Operator } from "./operator.ts";
import type { Clock } from "./ports.ts";
import { createPresence } from "./presence.ts";
import { keepRehearsal, type RehearsalKeeper } from "./rehearsal-keeper.ts";
import { createReloader, type Reading, type Reloader } from "./reload.ts";
import { createRoutingKeeper, type RoutingKeeper } from "./routing-keeper.ts";
import { startupDelayOf } from "./startup-delay.ts";
import { createStatics, type StaticsKeeper } from "./statics.ts";
import { type Supervisor, superviseRouters } from "./supervisor.ts";
import { createTracking, type Tracking } from "./tracking.ts";
import { openVirtualMacs, type VirtualMacs } from "./virtual-macs.ts";

export interface DaemonOptions {
  readonly config: DaemonConfig;
  /** Holds journal, embedded NATS data and command socket. */
  readonly dataDirectory: string;
  readonly busPlace: BusPlace;
  /** How large and how old the journal may become. */
  readonly retention: RetentionLimits;
  /** Which facts are written down: those around transitions where it is left out. */
  readonly recording?: Recording | undefined;
  readonly log: Log;
  /** What the file says now, for a reload. An interface that is known need not be there. */
  readonly reread: (knownInterfaces: ReadonlySet<string>) => Promise<Reading>;
  /** Told of each configuration that a reload took up. */
  readonly onReloaded?: ((config: DaemonConfig) => void) | undefined;
  /** Waited for when the routers have stopped and NATS has their last records: what is told meanwhile is still written down. */
  readonly beforeClosed?: (() => Promise<void>) | undefined;
}

export interface Daemon {
  status(): StatusReport;
  /** Reads the file again and applies what is another. What comes of it is logged, recorded and answered. */
  reload(): Promise<ReloadReport>;
  /** Resigns and withdraws at once; then gives the last records a moment to arrive. Idempotent. */
  stop(): Promise<void>;
}

const clock: Clock = { monotonic, wallClock };

/** Fails where the data directory cannot be used or the kernel refuses sockets. Leaves nothing behind then. */
export function startDaemon(options: DaemonOptions): Outcome<Daemon> {
  const { config, log } = options;
  const permitted = askKernel();
  if (!permitted.ok) return permitted;
  const opened = openJournal({
    directory: join(options.dataDirectory, "journal"),
    node: config.node,
    machineVersion: machineIdentity.version,
    clock,
    onFault: ({ message }) => log.error(message),
  });
  if (!opened.ok) return opened;
  const journal = opened.value;
  const onNotice = noticer(journal, log);
  if (journal.cut !== undefined)
    onNotice("journalCut", "the journal was damaged towards its end: what was not whole is left out");
  const leftovers = removeLeftovers(config, journal);
  if (!leftovers.ok) {
    journal.close();
    return leftovers;
  }
  for (const each of leftovers.value.removed)
    onNotice("leftover", `removed ${each}, left by a daemon that died`);
  for (const error of leftovers.value.refused) onNotice("leftover", `cannot remove a leftover: ${error}`);

  const changes = openHostChanges({
    file: join(options.dataDirectory, "host-changes.json"),
    keep: new Set(config.routers.flatMap(({ virtualMac }) => virtualMac?.interface ?? [])),
    statics: config.statics,
    onNotice: (sentence) => onNotice("leftover", sentence),
  });
  const virtualMacs = openVirtualMacs({ configs: config.routers, changes, onNotice });
  const statics = createStatics({ inherited: changes.inherited, onChange: changes.setStatics, onNotice });
  statics.adopt(config.statics);
  // The network tells routers and the routers use the network: the supervisor is bound right after both exist.
  let supervisor: Supervisor | undefined;
  const desk = createDesk(clock);
  const network = openNetwork({
    configs: config.routers,
    announcementPace: config.announcementPace,
    clock,
    desk,
    virtualMacs,
    routers: () => supervisor?.routers() ?? [],
    findRouter: (key) => supervisor?.find(key),
    onNotice,
  });
  if (!network.ok) {
    statics.close();
    virtualMacs.close();
    journal.close();
    return network;
  }
  const lateLog = createLateLog(log);
  const tracking = createTracking({
    trackers: config.trackers,
    clock,
    routers: () => supervisor?.routers() ?? [],
    onRemark: (sentence) => log.info(sentence),
  });
  const rehearsal = keepRehearsal({ configs: config.routers, clock, stage: network.value.stage });
  const routing = createRoutingKeeper({
    clock,
    statics,
    routers: () => supervisor?.routers() ?? [],
    onNotice,
  });
  if (config.statics !== undefined) routing.watch();
  const handover = createHandover(routing.around(network.value.ports));
  const waitsFor = startupDelayOf(config);
  if (waitsFor > 0) log.info(`Delaying startup for ${waitsFor / 1000} seconds`);
  const onUnrecorded = (error: string) => log.error(`an event could not be written: ${error}`);
  let reloader: Reloader | undefined;
  const operator = createOperator({
    ...{ clock, desk, recorder: journal, onRecord: lateLog.log, onUnrecorded },
    supervisor: () => supervisor,
    configured: () => reloader?.configured().routers ?? config.routers,
    file: maintenanceFile(join(options.dataDirectory, "maintenance.json")),
  });
  const held = operator.maintenance();
  if (held !== undefined) log.warn(describeMaintenance(held));
  supervisor = superviseRouters({
    configs: config.routers,
    syncGroups: config.syncGroups,
    clock,
    recorder: journal,
    recording: options.recording ?? "transitions",
    desk,
    ports: handover.ports,
    introduce: (router) => {
      network.value.introduce(router);
      routing.introduce(router);
      tracking.introduce(router);
      operator.introduce(router);
    },
    onPriority: (name, from, to) => log.info(`(${name}) Changing effective priority from ${from} to ${to}`),
    onRecord: lateLog.log,
    onUnrecorded,
    onNotice,
    onNear: () => rehearsal.onceMore(),
    startupDelay: waitsFor,
    onReleased: () => log.info("Delayed start completed"),
  });
  supervisor.start();
  tracking.start();
  lateLog.flush();
  reloader = createReloader({
    ...{ config, reread: options.reread, clock, desk, handover, network: network.value, virtualMacs },
    ...{ statics, routing, onApplied: options.onReloaded },
    ...{ supervisor, tracking, rehearsal, operator, recorder: journal, onRecord: lateLog.log, log },
  });
  const { configured } = reloader;
  const handlings = createHandlings({
    ...{ node: config.node, clock, recorder: journal, configured, onUnrecorded },
  });
  const parts = {
    ...{ handlings, journal, network: network.value, virtualMacs, supervisor, tracking },
    ...{ rehearsal, reloader, operator, routing, statics, lateLog, onNotice },
  };
  return success(assemble(options, parts));
}

/** Whether the kernel gives us packet and netlink sockets, asked before a file is made. */
function askKernel(): Outcome<unknown> {
  const packets = openAnnouncer();
  if (!packets.ok) return packets;
  packets.value.close();
  return listAddresses();
}

interface Parts {
  readonly handlings: Handlings;
  readonly journal: Journal;
  readonly network: Pick<Network, "unknownAdverts" | "close">;
  readonly virtualMacs: VirtualMacs;
  readonly supervisor: Supervisor;
  readonly tracking: Tracking;
  readonly routing: RoutingKeeper;
  readonly statics: StaticsKeeper;
  readonly rehearsal: RehearsalKeeper;
  readonly reloader: Reloader;
  readonly operator: Operator;
  readonly lateLog: LateLog;
  readonly onNotice: (notice: string, detail: string) => void;
}

function assemble(options: DaemonOptions, parts: Parts): Daemon {
  const { journal, network, virtualMacs, supervisor, rehearsal, reloader, lateLog, onNotice } = parts;
  const { config, log, dataDirectory } = options;
  let stopped: Promise<void> | undefined;
  let supply: BusSupply | undefined;

  rehearsal.start((record, text) => supply?.rehearse(record, text));
  const { operator } = parts;
  const answers = createControlAnswers({
    ...{ node: config.node, startedAt: wallClock(), journal, supervisor, network, reloader },
    ...{ operator, handlings: parts.handlings, bus: () => supply?.status() },
  });
  const { status } = answers;
  const presence = createPresence({ node: config.node, journal, supervisor, operator, status });
  const supplying = loadBus(options, { journal, presence, askNow: answers.now }).then((loaded) => {
    supply = loaded;
  });
  const control = startControlServer({
    path: controlSocketPath(dataDirectory),
    answer: (request) => {
      if (stopped !== undefined && request.command !== "handled") throw new Error("the daemon is stopping");
      return answers.answer(request);
    },
    onError: (error) => onNotice("control", error),
  });
  const stop = async () => {
    log.info("Stopping");
    reloader.stop();
    rehearsal.stop();
    parts.tracking.stop();
    parts.routing.close();
    supervisor.stop();
    parts.statics.close();
    lateLog.flush();
    network.close();
    await supplying;
    await supply?.close();
    await options.beforeClosed?.();
    control.close();
    // Last, since the kernel takes its time for each interface.
    virtualMacs.close();
    journal.close();
    log.info("Stopped");
  };
  return {
    status,
    reload: () => reloader.reload(false),
    stop: () => {
      stopped ??= stop();
      return stopped;
    },
  };
}

/** Loaded late: its packages take longer to load than the routers take to start. */
async function loadBus(
  options: DaemonOptions,
  told: Pick<BusSupplyOptions, "journal" | "presence" | "askNow">,
) {
  const { config, log } = options;
  try {
    const { supplyBus } = await import("./bus-supply.ts");
    const supply = supplyBus({
      node: config.node,
      place: options.busPlace,
      dataDirectory: options.dataDirectory,
      ...told,
      retention: options.retention,
      onNotice: noticer(told.journal, log),
      onChange: (healthy, sentence) => log[healthy ? "info" : "warn"](sentence),
    });
    if (supply.ok) return supply.value;
    log.error(supply.error);
  } catch (thrown) {
    log.error(`the bus cannot be started: ${describeThrown(thrown)}`);
  }
  return undefined;
}
