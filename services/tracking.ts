/** Joins what is tracked with the routers that track it: each reading is a fact for each of them. */

import { isSameSetting, trackerName } from "../contracts/config/difference.ts";
import type { Tracker } from "../contracts/config/trackers.ts";
import type { Clock } from "./ports.ts";
import { createProcessTable } from "./trackers/process-table.ts";
import { startTrackers, type Trackers } from "./trackers/trackers.ts";
import type { VirtualRouter } from "./virtual-router.ts";

export interface TrackingOptions {
  readonly trackers: readonly Tracker[];
  readonly clock: Clock;
  /** The running routers, as they are now. */
  readonly routers: () => Iterable<VirtualRouter>;
  /** keepalived's sentences about scripts, files and processes. */
  readonly onRemark: (sentence: string) => void;
}

export interface Tracking {
  start(): void;
  /**
   * What is tracked from now on: what is another or new starts, what nobody tracks any more ends, and the rest goes on with
   * its status (keepalived R6).
   */
  adopt(trackers: readonly Tracker[]): void;
  /** Tells a router what is known so far: before its Startup, and where it tracks something else than before. */
  introduce(router: VirtualRouter): void;
  stop(): void;
}

export function createTracking({ trackers, clock, routers, onRemark }: TrackingOptions): Tracking {
  const running = new Map<string, { readonly tracker: Tracker; readonly trackers: Trackers }>();
  const processes = createProcessTable({ onRemark });
  const tell = (router: VirtualRouter, tracker: string, reading: number | null) =>
    router.dispatch({ type: "tracker.changed", at: clock.monotonic(), tracker, reading });
  const start = (tracker: Tracker) => {
    const one = startTrackers({
      trackers: [tracker],
      processes,
      environment: process.env,
      onReading: (name, reading) => {
        for (const router of routers()) if (trackedBy(router).includes(name)) tell(router, name, reading);
      },
      onRemark,
    });
    running.set(trackerName(tracker), { tracker, trackers: one });
  };
  const adopt = (wanted: readonly Tracker[]) => {
    const after = new Map(wanted.map((tracker) => [trackerName(tracker), tracker]));
    for (const [name, { tracker, trackers: one }] of running) {
      if (isSameSetting(tracker, after.get(name))) continue;
      one.stop();
      running.delete(name);
    }
    for (const [name, tracker] of after) if (!running.has(name)) start(tracker);
  };
  return {
    start: () => adopt(trackers),
    adopt,
    introduce: (router) => {
      for (const tracker of trackedBy(router)) {
        const reading = running.get(tracker)?.trackers.reading(tracker);
        if (reading !== undefined) tell(router, tracker, reading);
      }
    },
    stop: () => adopt([]),
  };
}

function trackedBy({ config }: VirtualRouter): readonly string[] {
  return config.tracked.map(trackerName);
}
