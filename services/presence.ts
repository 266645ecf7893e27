/** What the daemon says of itself in the bucket of present states: its status, a router at a time. */

import type { EventRecord } from "../contracts/events/envelope.ts";
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
  const lastRecords = new Map<string, EventRecord>();
  journal.onAppend((record) => void lastRecords.set(record.router, record));
  return {
    names: () => [...supervisor.routers()].map(({ config }) => config.name),
    router: (name) => {
      for (const router of supervisor.routers()) {
        if (router.config.name !== name) continue;
        const { rejections, statistics, ...told } = routerStatus(router, operator.priorityByHand(name));
        const last = lastRecords.get(name);
        const lastRecord = last === undefined ? null : { id: last.id, position: last.position };
        return { node, at: wallClock(), family: router.key.family, lastRecord, ...told };
      }
      return undefined;
    },
    node: (isStopped) => {
      const { pid, routers, unknownAdverts, ...told } = status();
      return { ...told, node, at: wallClock(), isStopped };
    },
  };
}
