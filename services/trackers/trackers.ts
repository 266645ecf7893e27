/**
 * Runs everything that is tracked and tells the readings: 1 and 0 for up and down, a file's own number, null for a script
 * that cannot be run, which then counts for nothing as in keepalived.
 */

import type { Tracker } from "../../contracts/config/trackers.ts";
import { runProgram } from "../io/run-program.ts";
import { startFileTracker } from "./file-tracker.ts";
import type { ProcessTable } from "./process-table.ts";
import { startProcessTracker } from "./process-tracker.ts";
import { type RunningTracker, startScriptTracker } from "./script-tracker.ts";

export interface TrackersOptions {
  readonly trackers: readonly Tracker[];
  /** The processes of this host, which all trackers share. */
  readonly processes: ProcessTable;
  readonly environment: Readonly<Record<string, string | undefined>>;
  /** `tracker` is kind and name: "script chk". */
  readonly onReading: (tracker: string, reading: number | null) => void;
  /** keepalived's sentences, for the log. */
  readonly onRemark: (sentence: string) => void;
}

export interface Trackers {
  /** The last reading; undefined before the first. */
  reading(tracker: string): number | null | undefined;
  /** Ends what runs; no reading is told from then on. */
  stop(): void;
}

export function startTrackers(options: TrackersOptions): Trackers {
  const readings = new Map<string, number | null>();
  const running = options.trackers.map((tracker) =>
    startTracker(tracker, options, (reading) => {
      const name = `${tracker.kind} ${tracker.name}`;
      readings.set(name, reading);
      options.onReading(name, reading);
    }),
  );
  return {
    reading: (tracker) => readings.get(tracker),
    stop: () => {
      for (const each of running) each.stop();
    },
  };
}

function startTracker(
  tracker: Tracker,
  { processes, environment, onRemark }: TrackersOptions,
  tell: (reading: number | null) => void,
): RunningTracker {
  if (tracker.kind === "file") return startFileTracker({ file: tracker, onNumber: tell, onRemark });
  const { name } = tracker;
  if (tracker.kind === "process") {
    return startProcessTracker({
      process: tracker,
      table: processes,
      onQuorum: (isMet) => {
        onRemark(`Quorum ${isMet ? "gained" : "lost"} for tracked process ${name}`);
        tell(Number(isMet));
      },
    });
  }
  return startScriptTracker({
    script: tracker,
    run: runProgram,
    environment,
    onStatus: (status, detail) => {
      onRemark(
        status === "missing" ? `Disabling track script ${name}: ${detail}` : `VRRP_Script(${name}) ${detail}`,
      );
      tell(status === "missing" ? null : Number(status === "up"));
    },
    onRemark,
  });
}
