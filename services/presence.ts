/** What the daemon says of itself in the bucket of present states: its status, a router at a time. */

import type { RouterPresence } from "../contracts/presence.ts";
import type { StatusReport } from "../contracts/status.ts";
import type { Presence } from "./bus/state-bucket.ts";
import { wallClock } from "./io/clock.ts";
import type { Journal } from "./journal/journal.ts";
import type { Operator } from "./operator.ts";
import { routerStatus } from "./status-report.ts";
import type { Supervisor } from "./supervisor.ts";

export interface PresenceOptions {
  readonly node: string;
  /** From its beginning: who comes later does not know the last records. */
  readonly journal: Pick<Journal, "onAppend">;
  readonly supervisor: Pick<Supervisor, "routers">;
  readonly operator: Pick<Operator, "priorityByHand">;
  readonly status: () => StatusReport;
}

export function createPresence({ node, journal, supervisor, operator, status }: PresenceOptions): Presence {
  // Not the records themselves: that of a thousand traces is forty megabytes.
  const lastRecords = new Map<string, RouterPresence["lastRecord"]>();
  journal.onAppend(({ router, id, position }) => void lastRecords.set(router, { id, position }));
  return {
    names: () => [...supervisor.routers()].map(({ config }) => config.name),
    router: (name) => {
      for (const router of supervisor.routers()) {
        if (router.config.name !== name) continue;
        const { rejections, statistics, ...told } = routerStatus(router, operator.priorityByHand(name));
        const lastRecord = lastRecords.get(name) ?? null;
        return { node, at: wallClock(), family: router.key.family, lastRecord, ...told };
      }
      // Asked for once more behind its last record, by which its value goes.
      lastRecords.delete(name);
      return undefined;
    },
    node: (isStopped) => {
      const { pid, routers, unknownAdverts, ...told } = status();
      return { ...told, node, at: wallClock(), isStopped };
    },
  };
}
