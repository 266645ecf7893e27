/** Two histories of the same nodes side by side: the journal and a copy of it that somebody kept. */

import type { EventRecord } from "../../contracts/events/envelope.ts";

export interface ComparisonReport {
  /** Records that are in both. */
  readonly compared: number;
  /** Records that lie within what the other tells of, and are in one only. */
  readonly onlyHere: number;
  readonly onlyThere: number;
  /** The first record that is not the same in both. */
  readonly first: { readonly id: string; readonly what: string } | undefined;
}

export interface Comparison {
  add(record: EventRecord): void;
  report(): ComparisonReport;
}

/** What is in `others` is read at once; a copy that begins later or ends earlier is no difference. */
export function createComparison(others: Iterable<EventRecord>): Comparison {
  const hashes = new Map<string, string>();
  /** First and last sequence of each router and incarnation. */
  const spans = new Map<string, { first: number; last: number }>();
  for (const record of others) {
    hashes.set(record.id, record.hash);
    const span = spans.get(chainOf(record));
    if (span === undefined) spans.set(chainOf(record), { first: record.sequence, last: record.sequence });
    else span.last = Math.max(span.last, record.sequence);
  }
  const seen = new Map<string, { first: number; last: number }>();
  let compared = 0;
  let onlyHere = 0;
  let first: ComparisonReport["first"];
  return {
    add: (record) => {
      const chain = chainOf(record);
      const span = spans.get(chain);
      const own = seen.get(chain);
      if (own === undefined) seen.set(chain, { first: record.sequence, last: record.sequence });
      else own.last = record.sequence;
      const hash = hashes.get(record.id);
      hashes.delete(record.id);
      if (hash !== undefined) {
        compared += 1;
        if (hash !== record.hash) first ??= { id: record.id, what: "the hashes are not the same" };
      } else if (span !== undefined && record.sequence >= span.first && record.sequence <= span.last) {
        onlyHere += 1;
        first ??= { id: record.id, what: "it is missing in the copy" };
      }
    },
    report: () => {
      const missing = [...hashes.keys()].filter((id) => isWithin(id, seen));
      const [id] = missing;
      first ??= id === undefined ? undefined : { id, what: "it is in the copy only" };
      return { compared, onlyHere, onlyThere: missing.length, first };
    },
  };
}

function chainOf({ id }: Pick<EventRecord, "id">): string {
  return id.slice(0, id.lastIndexOf("/"));
}

/** A record that ought to be here: others of its chain before and behind it are. */
function isWithin(id: string, seen: ReadonlyMap<string, { first: number; last: number }>): boolean {
  const span = seen.get(chainOf({ id }));
  const sequence = Number(id.slice(id.lastIndexOf("/") + 1));
  return span !== undefined && sequence >= span.first && sequence <= span.last;
}
