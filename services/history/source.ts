/** A history to read: the journal of this host, or a file of records, one JSON text a line, as `understudy export` writes it. */

import { closeSync, fstatSync, openSync, readSync } from "node:fs";
import { join } from "node:path";
import { type EventRecord, eventRecordSchema } from "../../contracts/events/envelope.ts";
import { describeThrown, failure, type Outcome, success } from "../io/outcome.ts";
import { openArchive } from "../journal/archive.ts";

export interface HistoricRecord {
  readonly record: EventRecord;
  /** Its JSON, as it was written. */
  readonly text: string;
}

export interface History {
  /** The file or the directory. */
  readonly name: string;
  readonly octets: number;
  /** In the order in which they were written. Throws HistoryError for a line that is no record. */
  records(): Iterable<HistoricRecord>;
}

/** A line that cannot be used; the message names file and line. */
export class HistoryError extends Error {}

export interface HistoryPlace {
  /** NDJSON; the journal of the data directory where it is left out. */
  readonly file?: string | undefined;
  readonly dataDirectory: string;
  /** A sentence for each damaged line of a journal, which is left out. */
  readonly onDamage: (sentence: string) => void;
}

/** Fails where it cannot be opened; the error names the path. */
export function openHistory({ file, dataDirectory, onDamage }: HistoryPlace): Outcome<History> {
  if (file !== undefined) return openFile(file);
  const archive = openArchive(join(dataDirectory, "journal"), onDamage);
  if (!archive.ok) return archive;
  const { directory, octets, records } = archive.value;
  return success({ name: directory, octets, records });
}

function openFile(path: string): Outcome<History> {
  try {
    const file = openSync(path, "r");
    const { size } = fstatSync(file);
    closeSync(file);
    return success({ name: path, octets: size, records: () => recordsOf(path) });
  } catch (thrown) {
    return failure(`cannot read ${path}: ${describeThrown(thrown)}`);
  }
}

function* recordsOf(path: string): Generator<HistoricRecord> {
  let number = 0;
  for (const text of linesOf(path)) {
    number += 1;
    if (text.trim() !== "") yield { record: parseLine(text, `${path}:${number}`), text };
  }
}

function parseLine(text: string, place: string): EventRecord {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    throw new HistoryError(`${place}: no JSON; a history has one record a line`);
  }
  const parsed = eventRecordSchema.safeParse(value);
  if (parsed.success) return parsed.data;
  const issue = parsed.error.issues[0];
  const member = issue?.path.join(".") ?? "";
  throw new HistoryError(
    `${place}: no record of an event: ${member === "" ? "" : `${member}: `}${issue?.message}`,
  );
}

/** Octets read at once. */
const chunkOctets = 256 * 1024;

function* linesOf(path: string): Generator<string> {
  const file = openSync(path, "r");
  try {
    let rest = Buffer.alloc(0);
    for (;;) {
      const chunk = Buffer.allocUnsafe(chunkOctets);
      const read = readSync(file, chunk, 0, chunk.length, null);
      if (read === 0) break;
      rest = Buffer.concat([rest, chunk.subarray(0, read)]);
      for (let end = rest.indexOf(0x0a); end >= 0; end = rest.indexOf(0x0a)) {
        yield rest.toString("utf8", 0, end);
        rest = rest.subarray(end + 1);
      }
    }
    if (rest.length > 0) yield rest.toString("utf8");
  } finally {
    closeSync(file);
  }
}
