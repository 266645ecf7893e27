/** A journal made of records that were exported: byte for byte the same records, so that hashes and chain still fit. */

import { mkdirSync } from "node:fs";
import type { EventRecord } from "../../contracts/events/envelope.ts";
import { describeThrown, failure, type Outcome, success } from "../io/outcome.ts";
import { canonicalJson, recordHash } from "./chain.ts";
import { writeIncarnation } from "./incarnation.ts";
import { lockDirectory } from "./lock.ts";
import { createWriterState } from "./recovery.ts";
import { listSegments } from "./segments.ts";
import { closeWriter, type WriterState, writeRecord } from "./writer.ts";

export interface ImportedJournal {
  readonly records: number;
  readonly incarnations: readonly string[];
}

/**
 * Fails where the directory holds a journal or is in use, where a record was changed, where the records are of several
 * nodes or out of order, and where the disk refuses. What was written until then stays, and is no journal without its
 * incarnation. What the records throw is thrown.
 */
export function importJournal(directory: string, records: Iterable<EventRecord>): Outcome<ImportedJournal> {
  try {
    mkdirSync(directory, { recursive: true, mode: 0o700 });
    if (listSegments(directory).length > 0) return failure(`${directory} holds a journal already`);
  } catch (thrown) {
    return failure(`cannot use ${directory}: ${describeThrown(thrown)}`);
  }
  const lock = lockDirectory(directory);
  if (!lock.ok) return lock;
  let writer: WriterState | undefined;
  try {
    const incarnations = new Set<string>();
    let count = 0;
    let before: EventRecord | undefined;
    for (const record of records) {
      const problem = problemOf(record, before, incarnations);
      if (problem !== undefined) return failure(problem);
      writer ??= openWriter(directory, record);
      writeRecord(writer, { record, text: textOf(record) });
      if (writer.unwritten.length > 0) return failure(`${directory}: the disk takes no more`);
      incarnations.add(record.incarnation);
      before = record;
      count += 1;
    }
    if (before === undefined) return failure("there is no record to import");
    writeIncarnation(directory, before.incarnation);
    return success({ records: count, incarnations: [...incarnations] });
  } finally {
    if (writer !== undefined) closeWriter(writer);
    lock.value.release();
  }
}

function openWriter(directory: string, { node, incarnation, position }: EventRecord): WriterState {
  const state = createWriterState(
    { directory, node, onFault: () => undefined },
    { incarnation, segments: [], last: undefined },
  );
  state.position = position - 1;
  return state;
}

function problemOf(
  record: EventRecord,
  before: EventRecord | undefined,
  incarnations: ReadonlySet<string>,
): string | undefined {
  if (recordHash(record) !== record.hash)
    return `${record.id}: the hash does not fit the record; it was changed after it was written`;
  if (before === undefined) return undefined;
  if (record.node !== before.node)
    return `${record.id}: a journal is one node's, and the records before are of ${before.node}`;
  if (record.incarnation !== before.incarnation)
    return incarnations.has(record.incarnation) ? `${record.id}: out of order` : undefined;
  return record.position > before.position ? undefined : `${record.id}: out of order`;
}

/** As it is written: canonical, the hash last. */
function textOf(record: EventRecord): string {
  const { hash, ...rest } = record;
  return `${canonicalJson(rest).slice(0, -1)},"hash":"${hash}"}`;
}
