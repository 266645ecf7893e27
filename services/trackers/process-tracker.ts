/** Tells whether as many processes of a kind run as there are to be (keepalived T6). */

import type { ProcessTracker } from "../../contracts/config/trackers.ts";
import type { ProcessTable, ProcessText } from "./process-table.ts";
import type { RunningTracker } from "./script-tracker.ts";

export interface ProcessTrackerOptions {
  readonly process: ProcessTracker;
  readonly table: ProcessTable;
  /** Told at once with the first look, then of each change, the delay behind it. */
  readonly onQuorum: (isMet: boolean) => void;
}

export function startProcessTracker({ process, table, onQuorum }: ProcessTrackerOptions): RunningTracker {
  const { quorum, quorumMaximum = Number.POSITIVE_INFINITY, forkDelay, terminateDelay } = process;
  let told: boolean | undefined;
  let timer: NodeJS.Timeout | undefined;
  const end = table.count(matcherOf(process), (count) => {
    const isMet = count >= quorum && count <= quorumMaximum;
    clearTimeout(timer);
    if (isMet === told) return;
    const tell = () => {
      told = isMet;
      onQuorum(isMet);
    };
    const delay = isMet ? forkDelay : terminateDelay;
    // The first look says how it is, and not that something began or ended.
    if (told === undefined || delay === 0) tell();
    else timer = setTimeout(tell, delay);
  });
  return {
    stop: () => {
      clearTimeout(timer);
      end();
    },
  };
}

/** Octets of a name that the kernel keeps. */
const nameOctets = 15;

/** By the kernel's name of it, or by its command line. */
export function matcherOf({ program, parameters, match }: ProcessTracker): (process: ProcessText) => boolean {
  const name = Buffer.from(program).subarray(0, nameOctets).toString();
  return (process) => {
    if (match === "name") return process.name() === name;
    const [first, ...words] = process.words();
    if (first !== program) return false;
    if (match === "program") return true;
    const isSame = (word: string, index: number) => words[index] === word;
    if (match === "all") return words.length === parameters.length && parameters.every(isSame);
    if (match === "first") return parameters.every(isSame);
    // "beginning": the last of them may go on.
    const last = parameters.length - 1;
    return parameters.every((word, index) =>
      index < last ? words[index] === word : words[index]?.startsWith(word) === true,
    );
  };
}
