/**
 * What of the journal goes: whole segments, the oldest first, by their size together and by their age, and none before
 * NATS holds what is in it. The two newest stay: the one that is written, and the one before it, from which a start goes
 * on where a crash left the newer one without a header.
 */

import { rm, stat } from "node:fs/promises";
import { describeThrown } from "../io/outcome.ts";
import { readHeader, type SegmentEntry, segmentPath } from "./segments.ts";
import type { WriterState } from "./writer.ts";

export interface RetentionLimits {
  /** Of all segments together. */
  readonly octets: number;
  /** Milliseconds since a segment's last record. */
  readonly age: number;
}

export interface RetirementPlan {
  readonly limits: RetentionLimits;
  /** Whether NATS holds the records of an incarnation up to a position; all of them where none is given. */
  readonly isStored: (incarnation: string, position: number | undefined) => boolean;
  /** Milliseconds since 1970. */
  readonly now: number;
}

export interface Retirement {
  /** A sentence for each incarnation of which something went: positions and octets. */
  readonly retired: readonly string[];
  /** Why the journal is beyond its limits all the same, as a sentence; undefined where it is not. */
  readonly overdue: string | undefined;
}

/** Segments that stay, however large or old. */
const keptSegments = 2;

/** Deletes what is due. Who reads such a segment at this moment reads it to its end. Never rejects. */
export async function retireSegments(
  log: Pick<WriterState, "directory" | "segments">,
  plan: RetirementPlan,
): Promise<Retirement> {
  const candidates = log.segments.slice(0, -keptSegments);
  const sizes = await measure(log);
  let octets = [...sizes.values()].reduce((sum, { size }) => sum + size, 0);
  const gone: RetiredSegment[] = [];
  let overdue: string | undefined;
  for (const entry of candidates) {
    const file = sizes.get(entry.number);
    if (file === undefined) continue;
    const cause = causeOf(plan, octets, file);
    if (cause === undefined) break;
    const content = contentOf(log, entry);
    const isFree = content === undefined || plan.isStored(content.incarnation, content.last);
    const problem = isFree
      ? await remove(segmentPath(log.directory, entry.number))
      : `NATS does not hold ${describeContent(content)} yet`;
    if (problem !== undefined) {
      overdue = `the journal is ${cause}, and stays so: ${problem}`;
      break;
    }
    log.segments.splice(log.segments.indexOf(entry), 1);
    octets -= file.size;
    gone.push({ content, octets: file.size, cause });
  }
  return { retired: describeRetired(gone), overdue };
}

interface SegmentFile {
  readonly size: number;
  /** Milliseconds since 1970. */
  readonly writtenAt: number;
}

async function measure(log: Pick<WriterState, "directory" | "segments">): Promise<Map<number, SegmentFile>> {
  const sizes = new Map<number, SegmentFile>();
  for (const { number } of [...log.segments]) {
    try {
      const { size, mtimeMs } = await stat(segmentPath(log.directory, number));
      sizes.set(number, { size, writtenAt: mtimeMs });
    } catch {
      // It is not counted, and not deleted.
    }
  }
  return sizes;
}

/** Why a segment is due, as what the journal is; undefined where it is not. */
function causeOf({ limits, now }: RetirementPlan, octets: number, file: SegmentFile): string | undefined {
  if (octets > limits.octets) return `larger than ${describeOctets(limits.octets)}`;
  return now - file.writtenAt > limits.age ? `older than ${describeAge(limits.age)}` : undefined;
}

interface SegmentContent {
  readonly incarnation: string;
  readonly first: number;
  /** Undefined for the last segment of an incarnation. */
  readonly last: number | undefined;
}

/** Undefined where nobody can tell any more, and nobody can read it. */
function contentOf(
  { directory, segments }: Pick<WriterState, "directory" | "segments">,
  entry: SegmentEntry,
): SegmentContent | undefined {
  const headerOf = (of: SegmentEntry | undefined) => {
    if (of !== undefined) of.header ??= readHeader(segmentPath(directory, of.number));
    return of?.header;
  };
  const header = headerOf(entry);
  if (header === undefined) return undefined;
  const following = segments
    .slice(segments.indexOf(entry) + 1)
    .find((other) => headerOf(other) !== undefined);
  const last = following?.header?.incarnation === header.incarnation ? following.header.position : undefined;
  return { incarnation: header.incarnation, first: header.position + 1, last };
}

/** What kept it from being deleted. */
async function remove(path: string): Promise<string | undefined> {
  try {
    await rm(path, { force: true });
    return undefined;
  } catch (thrown) {
    return describeThrown(thrown);
  }
}

interface RetiredSegment {
  readonly content: SegmentContent | undefined;
  readonly octets: number;
  readonly cause: string;
}

/** One sentence for those that follow one another in an incarnation and went for one cause. */
function describeRetired(gone: readonly RetiredSegment[]): string[] {
  const runs: [RetiredSegment, ...RetiredSegment[]][] = [];
  for (const each of gone) {
    const run = runs.at(-1);
    const [first] = run ?? [];
    const goesOn = first?.cause === each.cause && first.content?.incarnation === each.content?.incarnation;
    if (run !== undefined && goesOn) run.push(each);
    else runs.push([each]);
  }
  return runs.map((run) => {
    const [{ content, cause }] = run;
    const octets = run.reduce((sum, each) => sum + each.octets, 0);
    const whole = content === undefined ? undefined : { ...content, last: run.at(-1)?.content?.last };
    return `${describeContent(whole)} (${octets} octets) went: the journal was ${cause}`;
  });
}

function describeContent(content: SegmentContent | undefined): string {
  if (content === undefined) return "a segment without a readable header";
  const { incarnation, first, last } = content;
  return last === undefined
    ? `what store ${incarnation} has from position ${first} on`
    : `positions ${first} to ${last} of store ${incarnation}`;
}

const megabyte = 1024 * 1024;

/** "512 MB", "2 GB". */
function describeOctets(octets: number): string {
  const megabytes = Math.round(octets / megabyte);
  return megabytes % 1024 === 0 ? `${megabytes / 1024} GB` : `${megabytes} MB`;
}

/** "400 days", "12 hours". */
function describeAge(milliseconds: number): string {
  const hours = Math.round(milliseconds / 3_600_000);
  return hours % 24 === 0 ? `${hours / 24} days` : `${hours} hours`;
}
