/** What the daemon says of itself in the bucket of present states: its status, a router at a time. */

import type { StatusReport } from "../contracts/status.ts";
import type { Presence } from "./bus/state-bucket.ts";
import { wallClock } from "./io/clock.ts";
import type { Operator } from "./operator.ts";
import { routerStatus } from "./status-report.ts";
import type { Supervisor } from "./supervisor.ts";

export interface PresenceOptions {
  readonly node: string;
  readonly supervisor: Pick<Supervisor, "routers">;
  readonly operator: Pick<Operator, "priorityByHand">;
  readonly status: () => StatusReport;
}

export function createPresence({ node, supervisor, operator, status }: PresenceOptions): Presence {
  return {
    names: () => [...supervisor.routers()].map(({ config }) => config.name),
    router: (name) => {
      for (const router of supervisor.routers()) {
        if (router.config.name !== name) continue;
        const { rejections, statistics, ...told } = routerStatus(router, operator.priorityByHand(name));
        return { node, at: wallClock(), ...told };
      }
      return undefined;
    },
    node: (isStopped) => {
      const { version, startedAt, journal, bus, problems } = status();
      return { node, at: wallClock(), isStopped, version, startedAt, journal, bus, problems };
    },
  };
}
