/**
 * Keeps routes and rules where they belong: hears what of them is gone and tells the active routers that have it, at once,
 * and not faster than once a second where somebody goes on deleting. Watches nothing before a router has any.
 */

import type { Routing } from "../contracts/config/routing.ts";
import { routeKey, ruleKey } from "./io/routing-codec.ts";
import { openRoutingMonitor, type RoutingMonitor } from "./io/routing-monitor.ts";
import type { NetworkPorts } from "./network-ports.ts";
import type { Clock } from "./ports.ts";
import type { StaticsKeeper } from "./statics.ts";
import type { VirtualRouter } from "./virtual-router.ts";

export interface RoutingKeeperOptions {
  readonly clock: Clock;
  /** The running routers, as they are now. */
  readonly routers: () => Iterable<VirtualRouter>;
  readonly statics: Pick<StaticsKeeper, "restore">;
  readonly onNotice: (notice: string, detail: string) => void;
}

export interface RoutingKeeper {
  /** The same ways out; what goes in by them is watched. */
  around(ports: NetworkPorts): NetworkPorts;
  /** Watches from now on. */
  watch(): void;
  /** Watches from now on where the router has routes or rules. */
  introduce(router: Pick<VirtualRouter, "config">): void;
  close(): void;
}

/** Milliseconds between two times of putting back. */
const restInterval = 1000;

export function createRoutingKeeper(options: RoutingKeeperOptions): RoutingKeeper {
  const { clock, onNotice } = options;
  let monitor: RoutingMonitor | undefined;
  let isRefused = false;
  let planned: NodeJS.Timeout | undefined;
  let lastTold = Number.NEGATIVE_INFINITY;
  let deleted = new Set<string>();
  let isDoubtful = false;

  const tell = () => {
    planned = undefined;
    lastTold = clock.monotonic();
    const gone = deleted;
    const isAnyGone = isDoubtful;
    deleted = new Set();
    isDoubtful = false;
    options.statics.restore((key) => isAnyGone || gone.has(key), !isAnyGone);
    for (const router of options.routers()) {
      const { routing } = router.config;
      if (routing === undefined || router.state() !== "active") continue;
      if (isAnyGone || trackedKeys(routing).some((key) => gone.has(key))) {
        router.dispatch({ type: "routing.lost", at: clock.monotonic() });
      }
    }
  };
  const plan = () => {
    const wait = restInterval - (clock.monotonic() - lastTold) / 1000;
    planned ??= setTimeout(tell, Math.max(0, wait));
  };
  const watch = () => {
    if (monitor !== undefined || isRefused) return;
    const opened = openRoutingMonitor({
      onDeleted: (key) => {
        deleted.add(key);
        plan();
      },
      onDoubt: () => {
        isDoubtful = true;
        plan();
      },
      onError: (error) => onNotice("network", error),
    });
    if (opened.ok) monitor = opened.value;
    else {
      isRefused = true;
      onNotice("network", `routes that somebody deletes will not be put back: ${opened.error}`);
    }
  };
  return {
    watch,
    around: (ports) => ({
      ...ports,
      installRouting: (router, only) => {
        watch();
        return ports.installRouting(router, only);
      },
    }),
    introduce: ({ config }) => {
      if (config.routing !== undefined) watch();
    },
    close: () => {
      clearTimeout(planned);
      monitor?.close();
    },
  };
}

function trackedKeys({ routes, rules }: Routing): readonly string[] {
  return [
    ...routes.filter(({ isUntracked }) => !isUntracked).map(routeKey),
    ...rules.filter(({ isUntracked }) => !isUntracked).map(ruleKey),
  ];
}
