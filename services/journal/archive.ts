/** The journal of a directory, read by somebody who does not write it: while a daemon runs there, or after it. */

import { existsSync } from "node:fs";
import { basename } from "node:path";
import { describeThrown, failure, type Outcome, success } from "../io/outcome.ts";
import { openReader, type ReadableLog } from "./reader.ts";
import { listSegments, octetsOf, readHeader, segmentPath } from "./segments.ts";
import type { PendingRecord } from "./writer.ts";

export interface Archive {
  readonly directory: string;
  /** Octets of all segments, for those who show how far they are. */
  readonly octets: number;
  /** Records of every incarnation, the oldest first, with their JSON text as it was written. */
  records(): Iterable<PendingRecord>;
}

/** Fails where the directory cannot be read or holds no journal. `onDamage` gets a sentence for each line that is left out. */
export function openArchive(directory: string, onDamage: (sentence: string) => void): Outcome<Archive> {
  let numbers: number[];
  try {
    numbers = listSegments(directory);
  } catch (thrown) {
    return failure(`cannot read ${directory}: ${describeThrown(thrown)}`);
  }
  if (numbers.length === 0) return failure(`${directory} holds no journal`);
  const log: ReadableLog = {
    directory,
    segments: numbers.map((number) => ({ number, header: undefined })),
    unwritten: [],
    file: undefined,
    bytes: 0,
    onFault: ({ message }) => onDamage(message),
  };
  return success({ directory, octets: octetsOf(directory, numbers), records: () => readAll(log, onDamage) });
}

function* readAll(log: ReadableLog, onDamage: (sentence: string) => void): Generator<PendingRecord> {
  const incarnations = new Set<string>();
  for (const segment of log.segments) {
    const path = segmentPath(log.directory, segment.number);
    segment.header ??= readHeader(path);
    if (segment.header !== undefined) incarnations.add(segment.header.incarnation);
    // One that is not there any more was retired by the daemon since the list was made.
    else if (existsSync(path)) onDamage(`${basename(path)}: no readable header, left out`);
  }
  for (const incarnation of incarnations) {
    const reader = openReader(log, incarnation, 1);
    try {
      for (let next = reader.next(); next !== undefined; next = reader.next()) yield next;
    } finally {
      reader.close();
    }
  }
}
