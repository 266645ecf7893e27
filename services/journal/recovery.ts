/** A start: what the last run left behind, and where to go on. */

import { openSync } from "node:fs";
import { createIncarnation, readIncarnation } from "./incarnation.ts";
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
}

export function recover({ directory, node, onFault }: JournalOptions): Recovered {
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
  if (known !== undefined && last === undefined && cut?.damaged !== true) {
    return { incarnation: known, segments, last, cut };
  }
  const continues = last !== undefined && last.header.node === node && cut?.damaged !== true;
  if (known !== undefined && continues) {
    return { incarnation: known, segments, last: last?.header.incarnation === known ? last : undefined, cut };
  }
  const incarnation = createIncarnation(directory);
  if (known !== undefined)
    onFault({ kind: "renewed", message: renewalMessage(incarnation, node, last, cut) });
  return { incarnation, segments, last: undefined, cut };
}

function renewalMessage(
  incarnation: string,
  node: string,
  last: RecoveredSegment | undefined,
  cut: TailCut | undefined,
): string {
  const why =
    cut?.damaged === true ? `damaged records were moved to ${cut.movedTo}` : `the node is now ${node}`;
  return `the journal goes on as store ${incarnation}, not ${last?.header.incarnation ?? "the former"}: ${why}`;
}

export function createWriterState(
  options: JournalOptions,
  { incarnation, segments, last }: Recovered,
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
