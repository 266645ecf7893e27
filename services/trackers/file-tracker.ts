/** Watches a file that holds a number and tells when the number is another (keepalived T3). */

import { type FSWatcher, readFileSync, watch, writeFileSync } from "node:fs";
import { basename, dirname } from "node:path";
import type { FileTracker } from "../../contracts/config/trackers.ts";
import { describeThrown } from "../io/outcome.ts";
import type { RunningTracker } from "./script-tracker.ts";

export interface FileTrackerOptions {
  readonly file: FileTracker;
  /** Told at once with the first number, then of each change. */
  readonly onNumber: (number: number) => void;
  /** A sentence about a file that holds no number or a folder that cannot be watched. */
  readonly onRemark: (sentence: string) => void;
}

/** How often a folder is looked for that is not there, or was taken away, in milliseconds. */
const lookAgain = 1000;

export function startFileTracker(options: FileTrackerOptions): RunningTracker {
  const { file, onNumber, onRemark } = options;
  let last: number | undefined;
  let watcher: FSWatcher | undefined;
  let timer: NodeJS.Timeout | undefined;
  let isStopped = false;

  const look = () => {
    const number = readNumber(file, onRemark) ?? last ?? 0;
    if (number === last) return;
    last = number;
    onNumber(number);
  };
  const watchLater = () => {
    watcher?.close();
    watcher = undefined;
    if (!isStopped) timer = setTimeout(watchFolder, lookAgain);
  };
  // The folder and not the file: an editor that replaces the file gives its name to another one.
  const watchFolder = () => {
    try {
      watcher = watch(dirname(file.path), (_event, name) => {
        if (name === null || name === basename(file.path)) look();
      });
      watcher.on("error", watchLater);
    } catch {
      watchLater();
    }
    look();
  };
  initialise(file, onRemark);
  watchFolder();
  return {
    stop: () => {
      isStopped = true;
      clearTimeout(timer);
      watcher?.close();
    },
  };
}

/** keepalived's init_file: gives a missing file, or any, its first number. */
function initialise({ path, initial }: FileTracker, onRemark: (sentence: string) => void): void {
  if (initial === undefined) return;
  try {
    writeFileSync(path, `${initial.value}\n`, { flag: initial.overwrites ? "w" : "wx" });
  } catch (thrown) {
    const isThere = thrown instanceof Error && "code" in thrown && thrown.code === "EEXIST";
    if (!isThere) onRemark(`track file ${path} cannot be written: ${describeThrown(thrown)}`);
  }
}

/** 0 where there is no file; undefined where it holds something else than a number, which a writer may be about to change. */
function readNumber({ path }: FileTracker, onRemark: (sentence: string) => void): number | undefined {
  try {
    const [, digits] = /^\s*([+-]?\d{1,9})\s*$/u.exec(readFileSync(path, "utf8")) ?? [];
    if (digits !== undefined) return Number(digits);
    onRemark(`track file ${path} holds no whole number; what it held before stays`);
    return undefined;
  } catch {
    return 0;
  }
}
