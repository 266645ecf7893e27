/** What notify tells of handlers: written down as records of class `handler`, and summed up for the status. */

import type { DaemonConfig } from "../contracts/config/schema.ts";
import type { StatusReport } from "../contracts/status.ts";
import { microseconds } from "../contracts/units.ts";
import type { ControlRequest, HandledAnswer, ToldHandling } from "./control/protocol.ts";
import { reportInterval } from "./control/report.ts";
import { describeThrown } from "./io/outcome.ts";
import { hasHandlers } from "./notify-process.ts";
import type { Clock, Recorder } from "./ports.ts";

export interface HandlingsOptions {
  readonly node: string;
  readonly clock: Clock;
  readonly recorder: Recorder;
  /** What the file says now. */
  readonly configured: () => DaemonConfig;
  readonly onUnrecorded: (error: string) => void;
}

type HandledRequest = Extract<ControlRequest, { command: "handled" }>;
type HandlersStatus = StatusReport["handlers"];
type Failing = HandlersStatus["failing"][number];

export interface Handlings {
  /** Writes down what is not known yet; nothing of who handles another node's events. */
  take(request: HandledRequest): HandledAnswer;
  status(): HandlersStatus;
}

/** Three signs of life that did not come. */
const silence = microseconds(3 * reportInterval * 1000);

/** For so long a handler that failed is told of. */
const failureAge = microseconds(86_400_000_000);

/** Reporters of which it is known what they told: one notify, and some that were before it. */
const reportersKept = 16;

export function createHandlings(options: HandlingsOptions): Handlings {
  const { node, clock, recorder, configured, onUnrecorded } = options;
  const next = new Map<string, number>();
  const failing = new Map<string, { readonly heardAt: number; readonly told: Failing }>();
  const counts = { told: 0, failed: 0 };
  let heardAt: number | undefined;

  const write = ({ event, router, key, correlationId, handling }: ToldHandling) => {
    const at = clock.monotonic();
    const { handler, ok, sentence, endedAt } = handling;
    counts.told += 1;
    const which = JSON.stringify([router, handling.means, handler]);
    if (ok) failing.delete(which);
    else {
      counts.failed += 1;
      failing.set(which, { heardAt: at, told: { router, handler, sentence, at: endedAt } });
    }
    try {
      const story = { correlationId, causationId: event };
      recorder.append({ router, key, class: "handler", body: handling, at, ...story });
    } catch (thrown) {
      onUnrecorded(describeThrown(thrown));
    }
  };
  const stateOf = (): HandlersStatus["state"] => {
    if (!hasHandlers(configured())) return "none";
    if (heardAt === undefined) return "unheard";
    return clock.monotonic() - heardAt > silence ? "silent" : "running";
  };

  return {
    take({ node: whose, reporter, first, results }) {
      if (whose !== node) return { node, written: 0 };
      heardAt = clock.monotonic();
      const fresh = results.slice(Math.max(0, (next.get(reporter) ?? first) - first));
      for (const told of fresh) write(told);
      next.delete(reporter);
      next.set(reporter, first + results.length);
      const [oldest] = next.keys();
      if (next.size > reportersKept && oldest !== undefined) next.delete(oldest);
      return { node, written: fresh.length };
    },
    status: () => {
      const { routers, syncGroups } = configured();
      const present = new Set([...routers, ...syncGroups].map(({ name }) => name));
      const oldest = clock.monotonic() - failureAge;
      for (const [which, { heardAt: at, told }] of failing)
        if (at < oldest || !present.has(told.router)) failing.delete(which);
      return { state: stateOf(), ...counts, failing: [...failing.values()].map(({ told }) => told) };
    },
  };
}
