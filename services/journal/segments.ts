/**
 * Segment files: `00000001.journal`, `00000002.journal`, ... The first line of each is a header that tells where every
 * router's sequence and hash stood, so that a start reads the last segment only.
 */

import {
  closeSync,
  fstatSync,
  openSync,
  readdirSync,
  readFileSync,
  readSync,
  renameSync,
  statSync,
  truncateSync,
  writeFileSync,
} from "node:fs";
import { basename, join } from "node:path";
import { z } from "zod";
import { type EventRecord, eventRecordSchema } from "../../contracts/events/envelope.ts";
import { isDiskTrouble } from "./disk-trouble.ts";
import { readChunkBytes } from "./limits.ts";
import { decodeLine } from "./lines.ts";

/** Where a router's records stand: the last sequence and the hash of that record. */
export interface RouterHead {
  readonly sequence: number;
  readonly hash: string;
}

const headerSchema = z.strictObject({
  header: z.literal(1),
  segment: z.int().positive(),
  node: z.string(),
  incarnation: z.string(),
  /** Position of the last record before this segment; 0 where there is none. */
  position: z.int().min(0),
  heads: z.record(z.string(), z.strictObject({ sequence: z.int().positive(), hash: z.string() })),
});
export type SegmentHeader = Readonly<z.infer<typeof headerSchema>>;

/** A segment that is there; its header once it was read or written. */
export interface SegmentEntry {
  readonly number: number;
  header: SegmentHeader | undefined;
}

export interface RecoveredSegment {
  readonly header: SegmentHeader;
  /** Header and whole records, in bytes. */
  readonly bytes: number;
  /** Position of the last whole record. */
  readonly position: number;
  readonly heads: Map<string, RouterHead>;
  readonly cut: TailCut | undefined;
}

/** What is wrong with the last segment. */
export interface TailCut {
  /** Where its end went; undefined where the disk did not take it, and where nothing is behind the last whole record. */
  readonly movedTo: string | undefined;
  /** Behind the last whole record. */
  readonly bytes: number;
  /** False for a line that was never finished. True where finished lines are damaged: subscribers may have seen them. */
  readonly damaged: boolean;
}

export function segmentPath(directory: string, segment: number): string {
  return join(directory, `${String(segment).padStart(8, "0")}.journal`);
}

/** The numbers of the segments that exist, ascending. Throws where the directory cannot be read. */
export function listSegments(directory: string): number[] {
  const names = readdirSync(directory).filter((name) => /^\d{8}\.journal$/u.test(name));
  return names.map((name) => Number.parseInt(name, 10)).sort((left, right) => left - right);
}

/** Octets of segments together; one that was retired meanwhile has none. Throws where one cannot be looked at. */
export function octetsOf(directory: string, segments: readonly number[]): number {
  const size = (segment: number) =>
    statSync(segmentPath(directory, segment), { throwIfNoEntry: false })?.size;
  return segments.reduce((sum, segment) => sum + (size(segment) ?? 0), 0);
}

/**
 * The header of a segment. Where its line is damaged the first records tell who wrote them; undefined where they are, too,
 * or where the file cannot be read.
 */
export function readHeader(path: string): SegmentHeader | undefined {
  let file: number | undefined;
  try {
    file = openSync(path, "r");
    const size = fstatSync(file).size;
    for (let length = readChunkBytes; ; length *= 4) {
      const bytes = Buffer.alloc(Math.min(length, size));
      readSync(file, bytes, 0, bytes.length, 0);
      const end = bytes.indexOf(0x0a);
      const header =
        end < 0 ? undefined : (parseHeader(bytes.subarray(0, end)) ?? inferHeader(path, bytes)?.header);
      if (header !== undefined || length >= size) return header;
    }
  } catch {
    return undefined;
  } finally {
    if (file !== undefined) closeSync(file);
  }
}

interface InferredHeader {
  readonly header: SegmentHeader;
  /** Where the record begins. */
  readonly start: number;
}

/** Lines at the beginning of a segment among which a whole record is looked for: a flipped byte may make one line two. */
const linesTried = 4;

/** What the header says of where the segment begins, from its first whole record. Where the routers stood is lost. */
function inferHeader(path: string, bytes: Buffer): InferredHeader | undefined {
  let start = 0;
  for (let line = 0; line < linesTried; line += 1) {
    const end = bytes.indexOf(0x0a, start);
    if (end < 0) return undefined;
    const record = parseRecord(decodeLine(bytes.subarray(start, end)));
    if (record !== undefined) {
      const { node, incarnation, position } = record;
      const segment = Number.parseInt(basename(path), 10);
      return { header: { header: 1, segment, node, incarnation, position: position - 1, heads: {} }, start };
    }
    start = end + 1;
  }
  return undefined;
}

/** A record from the JSON text of a line, or undefined. */
export function parseRecord(text: string | undefined): EventRecord | undefined {
  return text === undefined ? undefined : parseText(text, eventRecordSchema);
}

/**
 * Reads a segment whole and cuts it behind the last whole record; what follows goes to `<segment>.torn`. A damaged header, or
 * a damaged line among whole ones, counts as damage and stays where it is. Where nothing is usable the whole file is moved and `header` is missing in the
 * answer.
 */
export function recoverSegment(path: string): RecoveredSegment | { readonly cut: TailCut } {
  const bytes = readFileSync(path);
  const headerEnd = bytes.indexOf(0x0a);
  const whole = headerEnd < 0 ? undefined : parseHeader(bytes.subarray(0, headerEnd));
  const begin = whole === undefined ? inferHeader(path, bytes) : { header: whole, start: headerEnd + 1 };
  if (begin === undefined) {
    const movedTo = freeName(`${path}.torn`);
    renameSync(path, movedTo);
    return { cut: { movedTo, bytes: bytes.length, damaged: headerEnd >= 0 } };
  }
  const { header } = begin;
  const heads = new Map(Object.entries(header.heads));
  let { position } = header;
  let { start } = begin;
  let damaged = whole === undefined;
  // Whole records behind a damaged line stay, and are read; the ids of what was in between are not used again.
  for (let line = start, end = bytes.indexOf(0x0a, line); end >= 0; end = bytes.indexOf(0x0a, line)) {
    const record = parseRecord(decodeLine(bytes.subarray(line, end)));
    line = end + 1;
    if (record === undefined || record.position <= position) continue;
    damaged ||= record.position !== position + 1;
    heads.set(record.router, { sequence: record.sequence, hash: record.hash });
    position = record.position;
    start = line;
  }
  const tail = cutTail(path, bytes, start);
  const cut = damaged ? { movedTo: tail?.movedTo, bytes: tail?.bytes ?? 0, damaged } : tail;
  return { header, bytes: start, position, heads, cut };
}

function cutTail(path: string, bytes: Buffer, start: number): TailCut | undefined {
  if (start === bytes.length) return undefined;
  const tail = bytes.subarray(start);
  let movedTo: string | undefined = freeName(`${path}.torn`);
  try {
    writeFileSync(movedTo, tail, { mode: 0o600 });
  } catch (thrown) {
    if (!isDiskTrouble(thrown)) throw thrown;
    movedTo = undefined;
  }
  truncateSync(path, start);
  return { movedTo, bytes: tail.length, damaged: tail.includes(0x0a) };
}

/** The name itself or, where earlier damage already took it, the name with a number. */
function freeName(wanted: string): string {
  const taken = new Set(readdirSync(join(wanted, "..")).map((name) => join(wanted, "..", name)));
  let name = wanted;
  for (let number = 2; taken.has(name); number += 1) name = `${wanted}.${number}`;
  return name;
}

function parseHeader(line: Buffer): SegmentHeader | undefined {
  const text = decodeLine(line);
  return text === undefined ? undefined : parseText(text, headerSchema);
}

function parseText<T>(text: string, schema: z.ZodType<T>): T | undefined {
  try {
    return schema.safeParse(JSON.parse(text)).data;
  } catch {
    return undefined;
  }
}
