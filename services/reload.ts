/**
 * Another configuration for a daemon that runs: reads the file again, and applies what is another. Routers that do not
 * differ hear nothing of it. Everything is read, checked and compared before the first router is touched, and all changes
 * are made in one turn of the event loop, so that nothing is half done in between.
 */

import { type ConfigDifference, differenceOf } from "../contracts/config/difference.ts";
import type { DaemonConfig, VirtualRouterConfig } from "../contracts/config/schema.ts";
import type { ConfigEvent, ReloadReport } from "../contracts/events/configuration.ts";
import type { EventRecord } from "../contracts/events/envelope.ts";
import { nodeRouterName } from "../contracts/events/subjects.ts";
import type { Microseconds } from "../contracts/units.ts";
import type { Desk } from "./desk.ts";
import type { Handover } from "./handover.ts";
import { describeThrown } from "./io/outcome.ts";
import type { Log } from "./log/log.ts";
import { notifySystemd } from "./log/systemd.ts";
import type { Network } from "./network.ts";
import type { Operator } from "./operator.ts";
import type { Clock, Recorder } from "./ports.ts";
import type { RehearsalKeeper } from "./rehearsal-keeper.ts";
import type { RoutingKeeper } from "./routing-keeper.ts";
import type { StaticsKeeper } from "./statics.ts";
import type { Supervisor } from "./supervisor.ts";
import type { Tracking } from "./tracking.ts";
import type { VirtualMacs } from "./virtual-macs.ts";

/** What a file says now. */
export interface Reading {
  /** Present only where it can be used. */
  readonly config?: DaemonConfig;
  readonly diagnostics: ReloadReport["diagnostics"];
}

export interface ReloadOptions {
  /** As it runs from the start. */
  readonly config: DaemonConfig;
  /** Reads the file anew, a few milliseconds at a time. An interface that is known need not be there. */
  /** Told of what the daemon runs with from now on. */
  readonly onApplied?: ((config: DaemonConfig) => void) | undefined;
  readonly reread: (knownInterfaces: ReadonlySet<string>) => Promise<Reading>;
  readonly clock: Clock;
  readonly desk: Pick<Desk, "hold" | "release" | "post">;
  readonly handover: Pick<Handover, "during">;
  readonly network: Pick<Network, "adopt" | "adoptPace">;
  readonly virtualMacs: Pick<VirtualMacs, "adopt" | "activate">;
  readonly statics: Pick<StaticsKeeper, "adopt">;
  readonly routing: Pick<RoutingKeeper, "watch">;
  readonly supervisor: Pick<
    Supervisor,
    "routers" | "add" | "remove" | "reconfigure" | "regroup" | "together"
  >;
  readonly tracking: Pick<Tracking, "adopt">;
  readonly rehearsal: Pick<RehearsalKeeper, "adopt">;
  /** What was set by hand outlives a reload. */
  readonly operator: Pick<Operator, "adjust" | "keep">;
  readonly recorder: Recorder;
  readonly onRecord: (record: EventRecord) => void;
  readonly log: Pick<Log, "info" | "warn" | "error">;
}

export interface Reloader {
  /** One at a time, in the order of asking. A dry run changes nothing, and says what would change. */
  reload(dryRun: boolean): Promise<ReloadReport>;
  /** What the file said when it was last taken up. */
  configured(): DaemonConfig;
  /** No further change. */
  stop(): void;
}

/** Of a file that is refused; the answer and the log have all. */
const problemsRecorded = 10;

export function createReloader(options: ReloadOptions): Reloader {
  const { clock, log } = options;
  let { config } = options;
  let stopped = false;
  let last: Promise<unknown> = Promise.resolve();

  const reload = async (dryRun: boolean): Promise<ReloadReport> => {
    const startedAt = clock.monotonic();
    const { config: next, diagnostics } = await read(options, config);
    if (stopped) throw new Error("the daemon stops");
    const milliseconds = () => (clock.monotonic() - startedAt) / 1000;
    if (next === undefined) {
      if (!dryRun) refuse(options, diagnostics);
      return { ...nothing, outcome: "refused", diagnostics, milliseconds: milliseconds() };
    }
    const difference = differenceOf(config, next);
    const kept = dryRun ? [] : options.operator.keep(next.routers);
    const notes = kept.map((text) => ({ severity: "note", text }) as const);
    if (!dryRun) {
      config = { ...next, node: config.node, daemon: config.daemon };
      apply(options, adjusted(difference, options.operator), config);
      options.onApplied?.(config);
    }

    const outcome = dryRun ? "planned" : "applied";
    const told = { diagnostics: [...diagnostics, ...notes], milliseconds: milliseconds() };
    return { ...summaryOf(difference), outcome, ...told };
  };
  const announced = async (): Promise<ReloadReport> => {
    log.info("Reloading");
    notifySystemd(`RELOADING=1\nMONOTONIC_USEC=${clock.monotonic()}`);
    try {
      const report = await reload(false);
      for (const { severity, text } of report.diagnostics) log[levels[severity]](text);
      if (report.outcome === "applied") log.info(`Reload complete in ${report.milliseconds.toFixed(1)} ms`);
      return report;
    } finally {
      notifySystemd("READY=1");
    }
  };
  return {
    reload: (dryRun) => {
      const turn = last.then(() => (dryRun ? reload(true) : announced()));
      last = turn.catch(() => undefined);
      return turn;
    },
    configured: () => config,
    stop: () => {
      stopped = true;
    },
  };
}

const levels = { error: "error", warning: "warn", note: "info" } as const;

const nothing = { added: [], removed: [], replaced: [], changed: [], unchanged: 0, shared: [], fixed: [] };

/** A file that became empty is a mistake more often than a wish; who wishes it stops the daemon. */
async function read({ reread }: ReloadOptions, running: DaemonConfig): Promise<Reading> {
  try {
    const reading = await reread(interfacesOf(running));
    if (reading.config?.routers.length !== 0 || running.routers.length === 0) return reading;
    const text = "the file has no router any more; stop the daemon where that is meant";
    return { diagnostics: [...reading.diagnostics, { severity: "error", text }] };
  } catch (thrown) {
    return { diagnostics: [{ severity: "error", text: describeThrown(thrown) }] };
  }
}

function interfacesOf({ routers }: DaemonConfig): ReadonlySet<string> {
  return new Set(
    routers.flatMap((router) => [
      router.interface,
      ...router.trackedInterfaces,
      ...router.addresses.map((each) => each.interface),
    ]),
  );
}

/**
 * First what has to go, so that names, VRIDs and virtual MACs are free; then interfaces, firewall and sockets; then the
 * routers that go on; then those that start. What another active router has from now on stays in the kernel all the time.
 */
function apply(options: ReloadOptions, difference: ConfigDifference, config: DaemonConfig): void {
  const { desk, handover, network, virtualMacs, supervisor, tracking, rehearsal } = options;
  const { changed, replaced, added, removed } = difference;
  // What is written meanwhile waits, so that the reload stands before what comes of it.
  desk.hold();
  const at = options.clock.monotonic();
  desk.post(() => writeDown(options, difference, at));
  const work = () => {
    const leaving = [...removed, ...replaced.map(({ before }) => before)];
    if (leaving.length > 0) {
      supervisor.together(() => {
        for (const { name } of leaving) supervisor.remove(name);
      });
    }
    network.adopt(config.routers, virtualMacs.adopt(config.routers));
    network.adoptPace(config.announcementPace);
    tracking.adopt(config.trackers);
    if (config.statics !== undefined) options.routing.watch();
    options.statics.adopt(config.statics);
    for (const { after } of changed) supervisor.reconfigure(after);
    for (const router of [...replaced.map(({ after }) => after), ...added]) supervisor.add(router);
  };
  const isActive = (name: string) =>
    [...supervisor.routers()].some((router) => router.config.name === name && router.state() === "active");
  handover.during(ownersOf(options, difference), () => supervisor.regroup(config.syncGroups, work), isActive);
  joinAgain(options, difference);
  desk.release();
  rehearsal.adopt(config.routers);
}

/** With the priorities that were set by hand. */
function adjusted(difference: ConfigDifference, { adjust }: Pick<Operator, "adjust">): ConfigDifference {
  const adjustPair = <Pair extends { readonly after: VirtualRouterConfig }>(pair: Pair): Pair => ({
    ...pair,
    after: adjust(pair.after),
  });
  return {
    ...difference,
    changed: difference.changed.map(adjustPair),
    replaced: difference.replaced.map(adjustPair),
  };
}

/** The routers that are active and go on, as they are from now on. */
function ownersOf({ supervisor }: ReloadOptions, { changed, unchanged }: ConfigDifference) {
  const staying = [...unchanged, ...changed.map(({ after }) => after)];
  const after = new Map(staying.map((router) => [router.name, router]));
  return [...supervisor.routers()].flatMap(({ config, state }) =>
    state() === "active" ? (after.get(config.name) ?? []) : [],
  );
}

/** A virtual MAC that gave an address away left its group, which the one that got it may have joined before. */
function joinAgain({ supervisor, virtualMacs }: ReloadOptions, { changed }: ConfigDifference): void {
  const others = new Set<VirtualRouterConfig>(changed.map(({ after }) => after));
  for (const { config, state } of supervisor.routers()) {
    if (others.has(config) && state() === "active") virtualMacs.activate(config);
  }
}

function summaryOf({ added, removed, replaced, changed, unchanged, ...rest }: ConfigDifference) {
  const settingsOf = (routers: ConfigDifference["changed"]) =>
    routers.map(({ after, settings }) => ({ router: after.name, settings: [...settings] }));
  return {
    added: added.map(({ name }) => name),
    removed: removed.map(({ name }) => name),
    replaced: settingsOf(replaced),
    changed: settingsOf(changed),
    unchanged: unchanged.length,
    shared: [...rest.shared],
    fixed: [...rest.fixed],
  };
}

/** One record of the node, and one of each router that it concerns, which names the former as its cause. */
function writeDown(options: ReloadOptions, difference: ConfigDifference, at: Microseconds): void {
  const { added, removed, replaced, changed } = difference;
  const names = (routers: readonly { readonly after: VirtualRouterConfig }[]) =>
    routers.map(({ after }) => after.name);
  const whole = write(options, at, undefined, {
    ...summaryOf(difference),
    change: "reloaded",
    replaced: names(replaced),
    changed: names(changed),
  });
  const tell = (router: VirtualRouterConfig, body: ConfigEvent) => write(options, at, router, body, whole);
  for (const router of removed) tell(router, { change: "removed" });
  for (const { before, settings } of replaced) tell(before, { change: "replaced", settings: [...settings] });
  for (const { after, settings } of changed) tell(after, { change: "changed", settings: [...settings] });
  for (const router of added) tell(router, { change: "added" });
}

function refuse(options: ReloadOptions, diagnostics: Reading["diagnostics"]): void {
  const errors = diagnostics.filter(({ severity }) => severity === "error");
  const problems = errors.slice(0, problemsRecorded).map(({ text }) => text.split("\n", 1)[0] ?? "");
  write(options, options.clock.monotonic(), undefined, { change: "refused", problems });
}

function write(
  { recorder, onRecord }: ReloadOptions,
  at: Microseconds,
  router: VirtualRouterConfig | undefined,
  body: ConfigEvent,
  cause?: EventRecord,
): EventRecord {
  const key = router && {
    interface: router.interface,
    family: router.family,
    virtualRouterId: router.virtualRouterId,
  };
  const record = recorder.append({
    router: router?.name ?? nodeRouterName,
    key: key ?? null,
    class: "config",
    body,
    at,
    ...(cause === undefined ? {} : { correlationId: cause.correlationId, causationId: cause.id }),
  });
  onRecord(record);
  return record;
}
