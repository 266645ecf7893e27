/** `understudy export`: the records of a journal as they were written, one JSON text a line. */

import { closeSync, openSync, writeSync } from "node:fs";
import { describeThrown } from "../io/outcome.ts";
import { exitCodes } from "./exit-codes.ts";
import { complain, type HistoryRequest, requestedRecords, withHistory } from "./history-flags.ts";

export interface ExportRequest extends HistoryRequest {
  /** Readable by its owner alone; standard output where it is left out. */
  readonly output?: string | undefined;
  /** Instants as Date.parse takes them. */
  readonly since?: string | undefined;
  readonly until?: string | undefined;
}

/** 0; 2 where the journal cannot be read or the file cannot be written. */
export function exportCommand(request: ExportRequest): number {
  const since = instantOf(request.since, Number.NEGATIVE_INFINITY);
  const until = instantOf(request.until, Number.POSITIVE_INFINITY);
  if (Number.isNaN(since)) return complain(request, `--since: "${request.since}" is no instant`);
  if (Number.isNaN(until)) return complain(request, `--until: "${request.until}" is no instant`);
  return withHistory(request, (history) => {
    let file: number | undefined;
    try {
      file = request.output === undefined ? undefined : openSync(request.output, "wx", 0o600);
      let count = 0;
      for (const { record, text } of requestedRecords(history, request)) {
        const time = Date.parse(record.time);
        if (time < since || time > until) continue;
        count += 1;
        if (file === undefined) request.stdout(`${text}\n`);
        else writeSync(file, `${text}\n`);
      }
      if (file !== undefined) request.stderr(`understudy: ${count} records written to ${request.output}\n`);
      return exitCodes.ok;
    } catch (thrown) {
      if (file !== undefined || request.output === undefined) throw thrown;
      return complain(request, `${request.output} cannot be written: ${describeThrown(thrown)}`);
    } finally {
      if (file !== undefined) closeSync(file);
    }
  });
}

function instantOf(text: string | undefined, otherwise: number): number {
  return text === undefined ? otherwise : Date.parse(text);
}
