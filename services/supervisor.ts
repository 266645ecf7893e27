/**
 * The supervisor of the virtual routers: starts them, hands expired timers to them, and starts one that crashed anew
 * with back-off, alone; the others do not notice.
 */

import type { Recording } from "../contracts/config/daemon-settings.ts";
import type { SyncGroupConfig, VirtualRouterConfig } from "../contracts/config/schema.ts";
import type { EventRecord } from "../contracts/events/envelope.ts";
import { type TimerName, timerNames } from "../contracts/events/facts.ts";
import type { RouterKey } from "../contracts/identity.ts";
import { type Microseconds, microseconds } from "../contracts/units.ts";
import { recorderCapacity } from "../machines/flight-recorder.ts";
import { createActorSystem } from "./actor-system.ts";
import { createDesk, type Desk } from "./desk.ts";
import { createTimers } from "./io/timers.ts";
import type { NetworkPorts } from "./network-ports.ts";
import type { Clock, Recorder, RouterPorts } from "./ports.ts";
import { createRouterIndex } from "./router-index.ts";
import type { Cause } from "./scribe.ts";
import { createSyncGroups } from "./sync-groups.ts";
import { startVirtualRouter, type VirtualRouter } from "./virtual-router.ts";

export interface SupervisorOptions {
  readonly configs: readonly VirtualRouterConfig[];
  /** Milliseconds until the routers that are there at the start get their Startup. */
  readonly startupDelay?: number;
  readonly syncGroups?: readonly SyncGroupConfig[];
  readonly clock: Clock;
  readonly recorder: Recorder;
  readonly ports: NetworkPorts;
  /** Which facts are written down; none where it is left out. */
  readonly recording?: Recording | undefined;
  /** Where records wait while routers are served; one of its own where it is left out. */
  readonly desk?: Desk;
  /** Tells a new router what its interfaces are like. */
  readonly introduce: (router: VirtualRouter) => void;
  readonly onRecord: (record: EventRecord) => void;
  readonly onUnrecorded: (error: string) => void;
  /** What is tracked, or other settings, moved a router's priority. */
  readonly onPriority?: (router: string, from: number, to: number) => void;
  readonly onNotice: (notice: string, detail: string) => void;
  /** A takeover is due in three to five milliseconds, unless an advert comes. */
  readonly onNear?: () => void;
  /** The delay before the start is over. */
  readonly onReleased?: () => void;
}

export interface Supervisor {
  /** Starts every router, each with its Startup. */
  start(): void;
  routers(): Iterable<VirtualRouter>;
  find(key: RouterKey): VirtualRouter | undefined;
  named(name: string): VirtualRouter | undefined;
  /** Starts one more, with its Startup. Name and key must be free. */
  add(config: VirtualRouterConfig): void;
  /** Shutdown of one router, which is forgotten then. */
  remove(name: string): void;
  /** Other settings for a running router; one that waits after a crash starts with them at once. */
  reconfigure(config: VirtualRouterConfig, cause?: Cause): void;
  /** Does the work, in which routers come, go and change, with these sync groups. */
  regroup(groups: readonly SyncGroupConfig[], work: () => void): void;
  /** Does the work, in which routers are removed, and has the kernel take their addresses away together. */
  together(work: () => void): void;
  /** Shutdown of every router: resigns where active, withdraws every address. */
  stop(): void;
}

/** Milliseconds that the processor is left to those to whom a transition goes. */
const patience = 1;
/** Seconds before a crashed router is started again, doubled with each crash up to the last. */
const firstRestartDelay = 1;
const longestRestartDelay = 60;

export function superviseRouters(options: SupervisorOptions): Supervisor {
  const { clock, ports, onNotice, recording, desk = createDesk(clock) } = options;
  const running = new Map<string, VirtualRouter>();
  const flight = recording && { recording, capacity: () => recorderCapacity(running.size) };
  /** The same routers, by their key. */
  const index = createRouterIndex();
  const restarts = new Map<string, NodeJS.Timeout>();
  const system = createActorSystem();
  let stopping = false;
  /** The node waits before it takes part: routers know what there is to know, and have no Startup yet. */
  let held = (options.startupDelay ?? 0) > 0;
  let release: NodeJS.Timeout | undefined;
  const groups = createSyncGroups({
    groups: options.syncGroups ?? [],
    clock,
    recorder: options.recorder,
    find: (name) => running.get(name),
    onRecord: options.onRecord,
  });

  const timers = createTimers({
    clock,
    ...(options.onNear === undefined ? {} : { onNear: options.onNear }),
    onServing: () => {
      desk.hold();
      ports.turn?.begin();
    },
    onServed: (isLeft) => {
      ports.turn?.end();
      desk.release(isLeft);
    },
    onExpired: ({ key, dueAt, generation }) => {
      const { router, timer } = parseTimerKey(key);
      running.get(router)?.dispatch({ type: `${timer}.expired`, at: clock.monotonic(), dueAt, generation });
    },
  });
  const routerPorts: RouterPorts = {
    ...ports,
    armTimer: ({ name }, { timer, dueAt, generation }) =>
      timers.arm(timerKey(name, timer), dueAt, generation, toleranceOf(timer)),
    cancelTimer: ({ name }, timer) => timers.cancel(timerKey(name, timer)),
  };

  const later = (work: () => void) => {
    if (stopping) work();
    else setTimeout(work, patience);
  };

  const startRouter = (config: VirtualRouterConfig, crashes: number) => {
    const router = startVirtualRouter({
      config,
      ports: routerPorts,
      recorder: options.recorder,
      ...(flight === undefined ? {} : { flight }),
      desk,
      system,
      later,
      clock,
      onRecord: options.onRecord,
      onUnrecorded: options.onUnrecorded,
      onSettled: (cause) => groups.settle(running.get(config.name), cause),
      onPriority: (from, to) => options.onPriority?.(config.name, from, to),
      onCrash: (error) => onCrash(running.get(config.name)?.config ?? config, crashes, error),
    });
    running.set(config.name, router);
    index.add(router);
    options.introduce(router);
    if (!held) router.dispatch({ type: "router.started", at: clock.monotonic() });
  };

  /** Nobody decides for the router any more, so it must neither serve nor be waited for. */
  const forget = (name: string, key: RouterKey) => {
    running.delete(name);
    if (index.find(key)?.config.name === name) index.remove(key);
    for (const timer of timerNames) timers.cancel(timerKey(name, timer));
  };

  const cancelRestart = (name: string) => {
    clearTimeout(restarts.get(name));
    return restarts.delete(name);
  };

  const together = (work: () => void) => {
    ports.turn?.begin();
    try {
      work();
    } finally {
      ports.turn?.end();
    }
  };

  const onCrash = (config: VirtualRouterConfig, crashes: number, error: string) => {
    forget(config.name, config);
    ports.sendAdvert(config, 0);
    ports.withdrawRouting(config);
    ports.withdrawAddresses(config);
    const seconds = Math.min(firstRestartDelay * 2 ** crashes, longestRestartDelay);
    onNotice("routerCrashed", `${config.name}: ${error}; starting it again in ${seconds} s`);
    if (stopping) return;
    restarts.set(
      config.name,
      setTimeout(() => {
        restarts.delete(config.name);
        startRouter(config, crashes + 1);
      }, seconds * 1000),
    );
  };

  return {
    start: () => {
      for (const config of options.configs) startRouter(config, 0);
      if (!held) return;
      release = setTimeout(() => {
        held = false;
        options.onReleased?.();
        for (const router of running.values())
          router.dispatch({ type: "router.started", at: clock.monotonic() });
      }, options.startupDelay);
    },
    routers: () => running.values(),
    find: index.find,
    named: (name) => running.get(name),
    add: (config) => startRouter(config, 0),
    remove: (name) => {
      cancelRestart(name);
      const router = running.get(name);
      if (router === undefined) return;
      router.dispatch({ type: "router.stopped", at: clock.monotonic(), isRemoved: true });
      forget(name, router.key);
      router.close();
      // It may have crashed in its last words.
      cancelRestart(name);
    },
    reconfigure: (config, cause) => {
      const router = running.get(config.name);
      if (router !== undefined) {
        router.reconfigure(config, cause);
        options.introduce(router);
      } else if (cancelRestart(config.name)) {
        startRouter(config, 0);
      }
    },
    regroup: (wanted, work) => {
      groups.adopt(wanted);
      work();
      for (const router of running.values()) groups.settle(router);
    },
    together,
    stop: () => {
      stopping = true;
      clearTimeout(release);
      for (const restart of restarts.values()) clearTimeout(restart);
      desk.hold();
      together(() => {
        for (const router of running.values()) {
          router.dispatch({ type: "router.stopped", at: clock.monotonic() });
        }
      });
      timers.stop();
      desk.clear();
    },
  };
}

/** A takeover is due to the microsecond; an advert a millisecond late is none the worse, and far cheaper to wait for. */
function toleranceOf(timer: TimerName): Microseconds {
  return microseconds(timer === "activeDownTimer" ? 0 : 1000);
}

/** Names hold no control characters, so that the separator is one. */
const separator = "\u0000";

function timerKey(router: string, timer: TimerName): string {
  return `${router}${separator}${timer}`;
}

function parseTimerKey(key: string): { router: string; timer: TimerName } {
  const [router = "", name] = key.split(separator);
  const timer = timerNames.find((each) => each === name);
  if (timer === undefined) throw new TypeError(`no timer: ${name}`);
  return { router, timer };
}
