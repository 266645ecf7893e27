/**
 * A router that is looked at while it runs: from the first answer on every fact that it hears is folded through the same machine,
 * and what comes out is compared with what the daemon says. So timers, memory and guards are those of this moment.
 */

import type { RouterMoment } from "../../contracts/events/trace.ts";
import type { RouterNow } from "../../contracts/now.ts";
import { replayFrom, replayTrace } from "../replay.ts";
import type { WindowStep } from "./window.ts";

export interface Watch {
  /** Number of facts up to `moment`, since the router was started. */
  readonly heard: number;
  /** When the last answer was given: monotonic microseconds of the node. */
  readonly at: number;
  readonly moment: RouterMoment;
  /** The last facts since the watch began, or began anew. */
  readonly steps: readonly WindowStep[];
}

/** Facts that are kept: more than a page shows. */
const mostSteps = 200;

/** Goes on by an answer; begins anew where facts are missing in between, or do not lead where the daemon says. */
export function watchOn(watch: Watch | undefined, { at, moment, heard, traces }: RouterNow): Watch {
  const begun: Watch = { heard, at, moment, steps: [] };
  if (watch === undefined || traces === null) return begun;
  try {
    const replay = replayFrom(watch.moment);
    const steps: WindowStep[] = [];
    let before = watch.moment;
    for (const trace of traces) {
      for (const { fact, moment: after, effects } of replayTrace(replay, trace)) {
        steps.push({ at: fact.at, fact, before, after, effects });
        before = after;
      }
    }
    // As both of them would be written.
    if (JSON.stringify(before) !== JSON.stringify(moment)) return begun;
    return { ...begun, steps: [...watch.steps, ...steps].slice(-mostSteps) };
  } catch {
    // A machine of another version than ours: its moments can be shown without the way there.
    return begun;
  }
}
