/** The log lines of records: a little later than the records, and never in the way of a router. */

import type { EventRecord } from "../contracts/events/envelope.ts";
import { describeThrown } from "./io/outcome.ts";
import type { Log } from "./log/log.ts";
import { logRecord } from "./log/log-record.ts";

export interface LateLog {
  log(record: EventRecord): void;
  /** Logs what waits. */
  flush(): void;
}

/** Leaves the processor to those to whom a transition goes: a subscriber does not wait for a log line. */
export function createLateLog(log: Log): LateLog {
  const waiting: EventRecord[] = [];
  const flush = () => {
    for (const record of waiting.splice(0)) logSafely(log, record);
  };
  return {
    log: (record) => {
      if (waiting.push(record) === 1) setTimeout(flush, 1);
    },
    flush,
  };
}

/** A log that fails must not touch a router. */
export function logSafely(log: Log, record: EventRecord): void {
  try {
    logRecord(log, record);
  } catch (thrown) {
    log.error(`a record cannot be logged: ${describeThrown(thrown)}`);
  }
}
