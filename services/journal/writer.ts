/**
 * The writing end: one synchronous write a record, a group fdatasync behind it. A disk that refuses is reported once;
 * what it refused waits in memory, in order, and is written when it accepts again.
 */

import {
  close as closeFile,
  closeSync,
  fdatasync,
  fdatasyncSync,
  fsync,
  openSync,
  unlinkSync,
  writeSync,
} from "node:fs";
import type { EventRecord } from "../../contracts/events/envelope.ts";
import { describeThrown } from "../io/outcome.ts";
import { groupSyncDelay, retryBatch, retryDelay, segmentBytes, unwrittenRecords } from "./limits.ts";
import { encodeLine } from "./lines.ts";
import { type RouterHead, type SegmentEntry, type SegmentHeader, segmentPath } from "./segments.ts";

/** What the journal has to say about itself; each kind once for an episode. */
export interface JournalFault {
  readonly kind:
    | "write"
    | "overflow"
    | "sync"
    | "recovered"
    | "damaged"
    | "oversized"
    | "renewed"
    | "listener";
  /** A sentence with the path and the error of the operating system. */
  readonly message: string;
}

export interface PendingRecord {
  readonly record: EventRecord;
  readonly text: string;
}

/** Where the last segment stands. Changed by the functions of this file only; the reader looks at it. */
export interface WriterState {
  readonly directory: string;
  readonly node: string;
  readonly onFault: (fault: JournalFault) => void;
  /** Ascending, of every incarnation. */
  readonly segments: SegmentEntry[];
  /** Told after a segment was opened, in the tick of the record that opened it. */
  onSegment: (() => void) | undefined;
  /** Undefined until the first record opens a segment. */
  file: number | undefined;
  /** Bytes of whole lines in the last segment. */
  bytes: number;
  incarnation: string;
  /** Of the last record that was written. */
  position: number;
  heads: Map<string, RouterHead>;
  unwritten: PendingRecord[];
  /** Records that found the queue full. */
  lost: number;
  /** Write and sync calls that failed. */
  failures: number;
  failing: boolean;
  dirty: boolean;
  syncing: boolean;
  closed: boolean;
  syncTimer: NodeJS.Timeout | undefined;
  retryTimer: NodeJS.Timeout | undefined;
}

/** Writes a record, or keeps it for later. Never throws. After the end nothing is written. */
export function writeRecord(state: WriterState, pending: PendingRecord): void {
  if (state.closed) return;
  if (state.unwritten.length === 0 && tryWrite(state, pending)) return;
  if (state.unwritten.length >= unwrittenRecords) {
    state.lost += 1;
    if (state.lost === 1)
      report(state, "overflow", `${unwrittenRecords} records wait for the disk; newer ones are lost`);
    return;
  }
  state.unwritten.push(pending);
  scheduleRetry(state, retryDelay);
}

/** Stops the timers, writes what can be written, and syncs. Never throws. */
export function closeWriter(state: WriterState): void {
  clearTimeout(state.retryTimer);
  clearTimeout(state.syncTimer);
  let written = 0;
  while (state.unwritten[written] !== undefined && tryWrite(state, state.unwritten[written] as PendingRecord))
    written += 1;
  state.unwritten.splice(0, written);
  state.closed = true;
  if (state.file === undefined) return;
  try {
    fdatasyncSync(state.file);
    closeSync(state.file);
  } catch (thrown) {
    report(state, "sync", `cannot sync ${state.directory}: ${describeThrown(thrown)}`);
  }
  state.file = undefined;
}

function tryWrite(state: WriterState, { record, text }: PendingRecord): boolean {
  const line = encodeLine(text);
  try {
    const file = segmentFor(state, record, line.length);
    writeWhole(file, line, state.bytes);
  } catch (thrown) {
    state.failures += 1;
    if (!state.failing)
      report(state, "write", `cannot write to ${state.directory}: ${describeThrown(thrown)}`);
    state.failing = true;
    return false;
  }
  state.bytes += line.length;
  state.position = record.position;
  state.heads.set(record.router, { sequence: record.sequence, hash: record.hash });
  scheduleSync(state);
  return true;
}

/** Written at a position, so that the next attempt overwrites what a full disk left of the one before. */
function writeWhole(file: number, line: Buffer, position: number): void {
  for (let done = 0; done < line.length; ) {
    done += writeSync(file, line, done, line.length - done, position + done);
  }
}

function segmentFor(state: WriterState, record: EventRecord, length: number): number {
  const renewed = record.incarnation !== state.incarnation;
  const gap = record.position !== state.position + 1;
  const full = state.bytes + length > segmentBytes;
  if (state.file !== undefined && !renewed && !gap && !full) return state.file;
  if (renewed) {
    state.incarnation = record.incarnation;
    state.heads = new Map();
  }
  return openSegment(state, record.position - 1);
}

function openSegment(state: WriterState, position: number): number {
  const number = (state.segments.at(-1)?.number ?? 0) + 1;
  const { incarnation, node } = state;
  const heads = Object.fromEntries(state.heads);
  const header: SegmentHeader = { header: 1, segment: number, node, incarnation, position, heads };
  const line = encodeLine(JSON.stringify(header));
  const path = segmentPath(state.directory, number);
  const file = openSync(path, "wx", 0o600);
  try {
    writeWhole(file, line, 0);
  } catch (thrown) {
    closeSync(file);
    unlinkSync(path);
    throw thrown;
  }
  const previous = state.file;
  if (previous !== undefined) fdatasync(previous, () => closeFile(previous, () => undefined));
  state.segments.push({ number, header });
  state.file = file;
  state.bytes = line.length;
  state.position = position;
  syncDirectory(state.directory);
  state.onSegment?.();
  return file;
}

/** Makes the new file's name durable; beside the write, because nobody waits for it. */
function syncDirectory(directory: string): void {
  const handle = openSync(directory, "r");
  fsync(handle, () => closeFile(handle, () => undefined));
}

function scheduleRetry(state: WriterState, delay: number): void {
  if (state.retryTimer !== undefined || state.closed) return;
  state.retryTimer = setTimeout(() => retry(state), delay).unref();
}

function retry(state: WriterState): void {
  state.retryTimer = undefined;
  let written = 0;
  while (written < retryBatch) {
    const next = state.unwritten[written];
    if (next === undefined || !tryWrite(state, next)) break;
    written += 1;
  }
  state.unwritten.splice(0, written);
  if (state.unwritten.length > 0) {
    scheduleRetry(state, written > 0 ? 1 : retryDelay);
    return;
  }
  state.failing = false;
  const lost = state.lost === 0 ? "none was lost" : `${state.lost} were lost`;
  state.lost = 0;
  report(state, "recovered", `${state.directory} accepts records again; ${lost}`);
}

function scheduleSync(state: WriterState): void {
  state.dirty = true;
  if (state.syncTimer !== undefined || state.syncing || state.closed) return;
  state.syncTimer = setTimeout(() => sync(state), groupSyncDelay).unref();
}

function sync(state: WriterState): void {
  state.syncTimer = undefined;
  const { file } = state;
  if (file === undefined || state.closed) return;
  state.dirty = false;
  state.syncing = true;
  fdatasync(file, (error) => {
    state.syncing = false;
    // A segment that was closed meanwhile has been synced by the change of segments.
    if (error !== null && state.file === file) {
      state.failures += 1;
      report(state, "sync", `cannot sync ${state.directory}: ${error.message}`);
    }
    if (state.dirty) scheduleSync(state);
  });
}

function report(state: WriterState, kind: JournalFault["kind"], message: string): void {
  try {
    state.onFault({ kind, message });
  } catch {
    // A listener that throws must not stop the record that is being written.
  }
}
