/** The reading end: records in the order of their position, across segments and on into what the disk still refuses. */

import { closeSync, fstatSync, openSync, readSync } from "node:fs";
import { readChunkBytes } from "./limits.ts";
import { decodeLine } from "./lines.ts";
import { parseRecord, readHeader, type SegmentEntry, type SegmentHeader, segmentPath } from "./segments.ts";
import type { PendingRecord, WriterState } from "./writer.ts";

/** What a reader looks at: the writing end's own state, or a directory that somebody else writes. */
export type ReadableLog = Pick<
  WriterState,
  "directory" | "segments" | "unwritten" | "file" | "bytes" | "onFault"
>;

export interface JournalReader {
  /** The next record, or undefined at the present end; a later call sees what was appended meanwhile. */
  next(): PendingRecord | undefined;
  close(): void;
}

interface OpenSegment {
  readonly number: number;
  readonly file: number;
  readonly header: SegmentHeader;
  /** Offset of the first byte that is not in `buffer`. */
  offset: number;
  buffer: Buffer;
}

/**
 * A reader of one incarnation. A damaged line is left out and reported; a position that the disk lost is passed over.
 * Reading errors end the records at the place of the error.
 */
export function openReader(state: ReadableLog, incarnation: string, fromPosition: number): JournalReader {
  let wanted = Math.max(1, fromPosition);
  let segment: OpenSegment | undefined;
  let skipped = false;

  const fromDisk = (): PendingRecord | undefined => {
    if (segment === undefined) {
      segment = openSegmentOf(state, incarnation, wanted);
      skipped = segment !== undefined && skipLines(state, segment, wanted);
    }
    while (segment !== undefined) {
      const line = nextLine(state, segment);
      if (line === undefined) {
        const following = openFirstOf(state, incarnation, segment.number + 1);
        if (following === undefined) return undefined;
        closeSync(segment.file);
        segment = following;
        continue;
      }
      const text = decodeLine(line);
      const record = parseRecord(text);
      if (text === undefined || record === undefined) {
        reportDamage(state, segment.number, wanted);
      } else if (skipped && record.position > wanted) {
        // Lines were counted, and one was not whole: read this segment from its beginning.
        closeSync(segment.file);
        segment = openSegmentOf(state, incarnation, wanted);
        skipped = false;
      } else if (record.position >= wanted) {
        skipped = false;
        return { record, text };
      }
    }
    return undefined;
  };

  return {
    next() {
      const found = fromDisk() ?? fromMemory(state, incarnation, wanted);
      if (found !== undefined) wanted = found.record.position + 1;
      return found;
    },
    close() {
      if (segment !== undefined) closeSync(segment.file);
      segment = undefined;
    },
  };
}

function fromMemory(state: ReadableLog, incarnation: string, wanted: number): PendingRecord | undefined {
  const isWanted = ({ record }: PendingRecord) =>
    record.incarnation === incarnation && record.position >= wanted;
  const guess = state.unwritten[wanted - (state.unwritten[0]?.record.position ?? wanted)];
  if (guess !== undefined && guess.record.position === wanted && isWanted(guess)) return guess;
  return state.unwritten.find(isWanted);
}

/** Passes over the lines before a position by counting them: parsing them would take a hundred times as long. */
function skipLines(state: ReadableLog, segment: OpenSegment, position: number): boolean {
  const lines = position - segment.header.position - 1;
  for (let line = 0; line < lines; line += 1) if (nextLine(state, segment) === undefined) break;
  return lines > 0;
}

/**
 * The segment that holds a position: the last one of the incarnation that begins before it. Where that one has been
 * retired meanwhile, the first that is left behind it.
 */
function openSegmentOf(state: ReadableLog, incarnation: string, position: number): OpenSegment | undefined {
  let first: number | undefined;
  for (let index = state.segments.length - 1; index >= 0; index -= 1) {
    const entry = state.segments[index];
    const header = entry && headerOf(state, entry);
    if (entry === undefined || header === undefined) continue;
    if (header.incarnation !== incarnation) {
      if (first !== undefined) break;
      continue;
    }
    first = entry.number;
    if (header.position < position) break;
  }
  return first === undefined ? undefined : openFirstOf(state, incarnation, first);
}

function openSegment(state: ReadableLog, incarnation: string, entry: SegmentEntry): OpenSegment | undefined {
  const header = headerOf(state, entry);
  if (header === undefined || header.incarnation !== incarnation) return undefined;
  const { number } = entry;
  try {
    const file = openSync(segmentPath(state.directory, number), "r");
    const segment: OpenSegment = { number, file, header, offset: 0, buffer: Buffer.alloc(0) };
    nextLine(state, segment);
    return segment;
  } catch {
    return undefined;
  }
}

/** The first usable segment of the incarnation from a number on. */
function openFirstOf(state: ReadableLog, incarnation: string, from: number): OpenSegment | undefined {
  for (const entry of state.segments) {
    const segment = entry.number < from ? undefined : openSegment(state, incarnation, entry);
    if (segment !== undefined) return segment;
  }
  return undefined;
}

function headerOf(state: ReadableLog, entry: SegmentEntry): SegmentHeader | undefined {
  entry.header ??= readHeader(segmentPath(state.directory, entry.number));
  return entry.header;
}

/** The next whole line without its line feed. */
function nextLine(state: ReadableLog, segment: OpenSegment): Buffer | undefined {
  for (;;) {
    const end = segment.buffer.indexOf(0x0a);
    if (end >= 0) {
      const line = segment.buffer.subarray(0, end);
      segment.buffer = segment.buffer.subarray(end + 1);
      return line;
    }
    if (!readMore(state, segment)) return undefined;
  }
}

function readMore(state: ReadableLog, segment: OpenSegment): boolean {
  const isLast = segment.number === state.segments.at(-1)?.number;
  try {
    const size = isLast && state.file !== undefined ? state.bytes : fstatSync(segment.file).size;
    const length = Math.min(readChunkBytes, size - segment.offset);
    if (length <= 0) return false;
    const chunk = Buffer.allocUnsafe(length);
    const read = readSync(segment.file, chunk, 0, length, segment.offset);
    segment.offset += read;
    segment.buffer = Buffer.concat([segment.buffer, chunk.subarray(0, read)]);
    return read > 0;
  } catch {
    return false;
  }
}

function reportDamage(state: ReadableLog, segment: number, position: number): void {
  const path = segmentPath(state.directory, segment);
  state.onFault({
    kind: "damaged",
    message: `${path}: a damaged line at about position ${position} is left out`,
  });
}
