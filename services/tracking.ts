/** Joins what is tracked with the routers that track it: each reading is a fact for each of them. */

import type { Tracker } from "../contracts/config/trackers.ts";
import type { Clock } from "./ports.ts";
import { startTrackers, type Trackers } from "./trackers/trackers.ts";
import type { VirtualRouter } from "./virtual-router.ts";

export interface TrackingOptions {
  readonly trackers: readonly Tracker[];
  readonly clock: Clock;
  /** The running routers, as they are now. */
  readonly routers: () => Iterable<VirtualRouter>;
  /** keepalived's sentences about scripts and files. */
  readonly onRemark: (sentence: string) => void;
}

export interface Tracking {
  start(): void;
  /** Tells a router that was just made what is known so far, before its Startup. */
  introduce(router: VirtualRouter): void;
  stop(): void;
}

export function createTracking({ trackers, clock, routers, onRemark }: TrackingOptions): Tracking {
  let running: Trackers | undefined;
  const tell = (router: VirtualRouter, tracker: string, reading: number | null) =>
    router.dispatch({ type: "tracker.changed", at: clock.monotonic(), tracker, reading });
  return {
    start: () => {
      running = startTrackers({
        trackers,
        environment: process.env,
        onReading: (tracker, reading) => {
          for (const router of routers())
            if (trackedBy(router).includes(tracker)) tell(router, tracker, reading);
        },
        onRemark,
      });
    },
    introduce: (router) => {
      for (const tracker of trackedBy(router)) {
        const reading = running?.reading(tracker);
        if (reading !== undefined) tell(router, tracker, reading);
      }
    },
    stop: () => running?.stop(),
  };
}

function trackedBy({ config }: VirtualRouter): readonly string[] {
  return config.tracked.map(({ kind, name }) => `${kind} ${name}`);
}
