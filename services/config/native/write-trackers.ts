/** What is tracked, and what a router makes of it, as understudy.yaml says it. */

import { formatDuration } from "../../../contracts/config/native-values.ts";
import type { TrackedConfig, Tracker } from "../../../contracts/config/trackers.ts";
import { commandOf, type Fields, orNone, without } from "./fields.ts";

export function trackedOf({ kind, name, weight, isReversed }: TrackedConfig): Fields {
  const usual = { weight: kind === "file" ? 1 : 0, isReversed: false };
  return { [kind]: name, ...without({ weight, isReversed }, usual) };
}

export function trackerOf(tracker: Tracker): Fields {
  if (tracker.kind === "file") {
    return without({ name: tracker.name, file: tracker.path, initial: tracker.initial }, {});
  }
  if (tracker.kind === "process") {
    const { name, program, parameters, match, quorum, quorumMaximum } = tracker;
    const usualMatch = parameters.length > 0 ? "all" : "name";
    return without(
      {
        ...{ name, process: program, parameters: orNone(parameters), match, quorum, quorumMaximum },
        forkDelay: formatDuration(tracker.forkDelay),
        terminateDelay: formatDuration(tracker.terminateDelay),
      },
      { match: usualMatch, quorum: 1, forkDelay: "0s", terminateDelay: "0s" },
    );
  }
  const { name, command, interval, timeout, rise, fall, isDownAtFirst } = tracker;
  return without(
    {
      ...{ name, script: commandOf(command), interval: formatDuration(interval) },
      ...{ timeout: formatDuration(timeout), rise, fall, isDownAtFirst },
    },
    { interval: "1s", timeout: formatDuration(interval), rise: 1, fall: 1, isDownAtFirst: false },
  );
}
