/** A start: what the last run left behind, and where to go on. */

import { openSync } from "node:fs";
import { describeThrown } from "../io/outcome.ts";
import { isDiskTrouble } from "./disk-trouble.ts";
import { createIncarnation, randomIncarnation, readIncarnation } from "./incarnation.ts";
import type { JournalOptions } from "./numbering.ts";
import {
  listSegments,
  type RecoveredSegment,
  recoverSegment,
  segmentPath,
  type TailCut,
} from "./segments.ts";
import type { WriterState } from "./writer.ts";

export interface Recovered {
  readonly incarnation: string;
  readonly segments: number[];
  /** The segment to go on in; undefined where a new one begins. */
  readonly last: RecoveredSegment | undefined;
  readonly cut: TailCut | undefined;
  /** The incarnation that this start had to end; undefined where the log goes on. */
  readonly former: string | undefined;
}

/** Throws what the file system throws, except for what a full or read-only disk refuses. */
export function recover(options: JournalOptions): Recovered {
  const { directory, node } = options;
  const known = readIncarnation(directory);
  const segments = listSegments(directory);
  let cut: TailCut | undefined;
  let last: RecoveredSegment | undefined;
  while (last === undefined && segments.length > 0) {
    const recovered = recoverSegment(segmentPath(directory, segments.at(-1) ?? 0));
    cut = cut?.damaged === true ? cut : (recovered.cut ?? cut);
    if ("header" in recovered) last = recovered;
    else segments.pop();
  }
  const sameNode = last === undefined || last.header.node === node;
  if (known !== undefined && sameNode && cut?.damaged !== true) {
    // A crash right after a renewal leaves segments of the former incarnation only.
    const goesOn = last?.header.incarnation === known;
    return { incarnation: known, segments, last: goesOn ? last : undefined, cut, former: undefined };
  }
  const incarnation = begin(options);
  const former = last?.header.incarnation ?? known;
  if (former !== undefined) {
    options.onFault({ kind: "renewed", message: renewalMessage(incarnation, former, node, cut) });
  }
  return { incarnation, segments, last: undefined, cut, former };
}

/** A disk that takes nothing keeps nobody from starting: the next start begins another incarnation then. */
function begin({ directory, onFault }: JournalOptions): string {
  try {
    return createIncarnation(directory);
  } catch (thrown) {
    if (!isDiskTrouble(thrown)) throw thrown;
    onFault({ kind: "write", message: `cannot write to ${directory}: ${describeThrown(thrown)}` });
    return randomIncarnation();
  }
}

function renewalMessage(incarnation: string, former: string, node: string, cut: TailCut | undefined): string {
  const aside = cut?.movedTo === undefined ? "left out" : `moved to ${cut.movedTo}`;
  const why = cut?.damaged === true ? `damaged records were ${aside}` : `the node is now ${node}`;
  return `the journal goes on as store ${incarnation}, not ${former}: ${why}`;
}

export function createWriterState(
  options: Pick<JournalOptions, "directory" | "node" | "onFault">,
  { incarnation, segments, last }: Pick<Recovered, "incarnation" | "segments" | "last">,
): WriterState {
  const { directory, node, onFault } = options;
  const path = last === undefined ? undefined : segmentPath(directory, last.header.segment);
  return {
    directory,
    node,
    onFault,
    segments: segments.map((number) => ({
      number,
      header: number === last?.header.segment ? last.header : undefined,
    })),
    onSegment: undefined,
    file: path === undefined ? undefined : openSync(path, "r+"),
    bytes: last?.bytes ?? 0,
    incarnation,
    position: last?.position ?? 0,
    heads: new Map(last?.heads),
    unwritten: [],
    lost: 0,
    failures: 0,
    failing: false,
    dirty: false,
    syncing: false,
    closed: false,
    syncTimer: undefined,
    retryTimer: undefined,
  };
}
