/** `understudy import`: exported records as the journal of a data directory, to look at or to go on with. */

import { closeSync, openSync, readSync } from "node:fs";
import { join } from "node:path";
import type { EventRecord } from "../../contracts/events/envelope.ts";
import { importJournal } from "../journal/import.ts";
import { exitCodes } from "./exit-codes.ts";
import { complain, type HistoryRequest, requestedRecords, withHistory } from "./history-flags.ts";
import { dataDirectoryOf } from "./settings.ts";

export interface ImportRequest extends HistoryRequest {
  readonly file: string;
}

/** 0; 2 where the file is no history, or the directory holds one already. */
export function importCommand(request: ImportRequest): number {
  if (!looksLikeRecords(request.file))
    return complain(request, `${request.file} holds no records; a configuration is read by import-config`);
  return withHistory(request, (history) => {
    const directory = join(dataDirectoryOf(request), "journal");
    const imported = importJournal(directory, recordsOf(requestedRecords(history, request)));
    if (!imported.ok) return complain(request, imported.error);
    const { records, incarnations } = imported.value;
    request.stdout(`${records} records of ${incarnations.length} incarnations imported to ${directory}\n`);
    return exitCodes.ok;
  });
}

function* recordsOf(history: Iterable<{ readonly record: EventRecord }>): Generator<EventRecord> {
  for (const { record } of history) yield record;
}

/** What cannot be opened is told by whoever reads it. */
function looksLikeRecords(path: string): boolean {
  try {
    const file = openSync(path, "r");
    const start = Buffer.alloc(64);
    const read = readSync(file, start, 0, start.length, 0);
    closeSync(file);
    return start.toString("utf8", 0, read).trimStart().startsWith("{");
  } catch {
    return true;
  }
}
