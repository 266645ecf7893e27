/** Questions about keywords: which class, which block, which one was probably meant. */

import { type BlockName, type KeywordStatus, keywordTable } from "./keywords.ts";

/** Keywords whose rest of line is a command line with shell-like quotes (keepalived P3). */
export const scriptKeywords: ReadonlySet<string> = new Set([
  "notify",
  "notify_backup",
  "notify_master",
  "notify_fault",
  "notify_stop",
  "notify_deleted",
  "notify_master_rx_lower_pri",
  "notify_up",
  "notify_down",
  "notify_fifo_script",
  "vrrp_notify_fifo_script",
  "lvs_notify_fifo_script",
  "script",
  "startup_script",
  "shutdown_script",
  "quorum_up",
  "quorum_down",
  "misc_path",
]);

/** The class of a keyword in a block; undefined where the block does not know it. */
export function keywordStatus(block: BlockName, keyword: string): KeywordStatus | undefined {
  return statuses.get(block)?.get(keyword);
}

/** The blocks that know a keyword, in the order of the table. */
export function blocksWith(keyword: string): readonly BlockName[] {
  return blockNames.filter((block) => statuses.get(block)?.has(keyword));
}

/** The keyword of the block that is one or two slips of the finger away, if there is one. */
export function nearestKeyword(block: BlockName, word: string): string | undefined {
  return nearest([...(statuses.get(block)?.keys() ?? [])], word);
}

/** The candidate at the least edit distance within a third of the word's length, at most 2; the first of equals. */
export function nearest(candidates: readonly string[], word: string): string | undefined {
  const allowed = Math.min(2, Math.floor(word.length / 3));
  let best: { readonly candidate: string; readonly distance: number } | undefined;
  for (const candidate of candidates) {
    if (Math.abs(candidate.length - word.length) > allowed) continue;
    const distance = editDistance(candidate.toLowerCase(), word.toLowerCase());
    if (distance <= allowed && distance < (best?.distance ?? Number.POSITIVE_INFINITY))
      best = { candidate, distance };
  }
  return best?.candidate;
}

/** Insertions, deletions, replacements and swaps of neighbours between two words (optimal string alignment). */
export function editDistance(left: string, right: string): number {
  let beforePrevious: number[] = [];
  let previous = Array.from({ length: right.length + 1 }, (_, column) => column);
  for (let row = 1; row <= left.length; row++) {
    const current = [row];
    for (let column = 1; column <= right.length; column++) {
      const same = left[row - 1] === right[column - 1];
      const cost = Math.min(
        (previous[column] ?? 0) + 1,
        (current[column - 1] ?? 0) + 1,
        (previous[column - 1] ?? 0) + (same ? 0 : 1),
      );
      const swapped = left[row - 1] === right[column - 2] && left[row - 2] === right[column - 1];
      current.push(swapped ? Math.min(cost, (beforePrevious[column - 2] ?? cost) + 1) : cost);
    }
    beforePrevious = previous;
    previous = current;
  }
  return previous[right.length] ?? 0;
}

const blockNames = Object.keys(keywordTable).filter((name): name is BlockName =>
  Object.hasOwn(keywordTable, name),
);

const statuses: ReadonlyMap<BlockName, ReadonlyMap<string, KeywordStatus>> = new Map(
  blockNames.map((block) => [block, readRow(keywordTable[block])]),
);

function readRow(row: Readonly<Partial<Record<KeywordStatus, string>>>): ReadonlyMap<string, KeywordStatus> {
  const known = new Map<string, KeywordStatus>();
  for (const status of ["implemented", "accepted", "refused"] as const) {
    for (const keyword of (row[status] ?? "").split(/\s+/u)) {
      if (keyword !== "") known.set(keyword, status);
    }
  }
  return known;
}
