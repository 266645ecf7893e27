/**
 * The daemon's log: pino's JSON lines where a program reads, one plain line where a person does. Writing never waits:
 * a reader that stops reading must not stop a failover.
 */

import { Writable } from "node:stream";
import pino from "pino";

export type Log = pino.Logger;

export type LogFormat = "json" | "text";

export interface LogSetup {
  readonly log: Log;
  /** Writes what is buffered; call it before the process ends. */
  flush(): void;
}

/** Octets kept while nobody reads; beyond it lines are dropped rather than memory grown. */
const bufferLimit = 4 * 1024 * 1024;
const lineOptions = { base: null, timestamp: pino.stdTimeFunctions.isoTime };

export function createLog(format: LogFormat): LogSetup {
  const destination = pino.destination({ fd: 1, sync: false, maxLength: bufferLimit });
  const log = pino(lineOptions, format === "json" ? destination : asText(destination));
  return {
    log,
    flush: () => {
      try {
        destination.flushSync();
      } catch {
        // Nothing was opened yet, or nobody reads any more: there is nothing left to save.
      }
    },
  };
}

/** Formats every line and writes none. */
export function createSilentLog(): Log {
  return pino(lineOptions, { write: () => undefined });
}

function asText(destination: { write(text: string): boolean }): Writable {
  return new Writable({
    decodeStrings: false,
    write(line: string, _encoding, done) {
      destination.write(plainLine(line));
      done();
    },
  });
}

/** "16:50:01.123 WARN (VI_1) Entering MASTER STATE: no advert in time"; local time. */
function plainLine(line: string): string {
  const { time, level, msg } = JSON.parse(line) as { time: string; level: number; msg: string };
  const at = new Date(time);
  const clock = `${at.toTimeString().slice(0, 8)}.${String(at.getMilliseconds()).padStart(3, "0")}`;
  const label = level >= 50 ? "ERROR " : level >= 40 ? "WARN  " : "";
  return `${clock} ${label}${msg}\n`;
}
