/**
 * What the server has read: the row of each record at hand, its whole text packed. One reader for any number of pages, and
 * all of it stays there while NATS does not answer, which may be just when somebody wants to know.
 */

import { deflateRawSync, inflateRawSync } from "node:zlib";
import type { EventRecord } from "../../../contracts/events/envelope.ts";
import { isTransition } from "../../../machines/inspection/model.ts";
import { laneKey, type Page, type Row, rowId } from "../../../machines/inspection/row.ts";
import { compact } from "./compact.ts";

/** Rows of one page. */
export const pageSize = 2000;

/** Records that are kept; the oldest go. About two full streams of an embedded server. */
export const historyLimit = 400_000;

export interface History {
  /** Number of the next row; counts those that went. */
  next(): number;
  /** Number of the oldest row that is kept. */
  first(): number;
  /** False for a record that is there already, from another server. */
  add(record: EventRecord, text: string): boolean;
  /** From that row on, at most a page full. */
  from(number: number): Page;
  /** The last transition of each lane: what is the case now. */
  latest(): readonly Row[];
  /** The record as it was stored. */
  text(id: string): string | undefined;
  /** Called with each row that is added. */
  onRow(listener: (row: Row, number: number) => void): () => void;
}

export function createHistory(limit = historyLimit): History {
  const rows: Row[] = [];
  const texts = createTexts();
  const numbers = new Map<string, number>();
  const latest = new Map<string, Row>();
  const listeners = new Set<(row: Row, number: number) => void>();
  let first = 0;
  const next = () => first + rows.length;
  const forgetOldest = () => {
    const count = texts.forgetOldest(next()) - first;
    for (const row of rows.splice(0, count)) numbers.delete(rowId(row));
    first += count;
  };
  return {
    next,
    first: () => first,
    add(record, text) {
      if (numbers.has(record.id)) return false;
      const row = compact(record, text);
      const number = next();
      texts.keep(number, text);
      rows.push(row);
      numbers.set(rowId(row), number);
      if (isTransition(row)) {
        const former = latest.get(laneKey(row));
        if (former === undefined || former.at <= row.at) latest.set(laneKey(row), row);
      }
      if (rows.length > limit) forgetOldest();
      for (const listener of listeners) listener(row, number);
      return true;
    },
    from: (number) => {
      const start = Math.max(number, first);
      return { first: start, rows: rows.slice(start - first, start - first + pageSize) };
    },
    latest: () => [...latest.values()],
    text(id) {
      const number = numbers.get(id);
      return number === undefined ? undefined : texts.at(number);
    },
    onRow(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
  };
}

/** The texts of some records, in order. */
interface Pack {
  readonly first: number;
  texts: string[] | undefined;
  packed: Buffer | undefined;
}

/** Records that are packed together. */
const packSize = 64;

/** Texts by their number: a tenth of their length, and unpacked when somebody asks. */
function createTexts() {
  const packs: Pack[] = [];
  return {
    keep(number: number, text: string): void {
      let pack = packs.at(-1);
      if (pack?.texts === undefined) {
        pack = { first: number, texts: [], packed: undefined };
        packs.push(pack);
      }
      const { texts = [] } = pack;
      if (texts.push(text) < packSize) return;
      pack.packed = deflateRawSync(texts.join("\n"), { level: 1 });
      pack.texts = undefined;
    },
    /** The number of the oldest that is left, or the next one. */
    forgetOldest(next: number): number {
      packs.shift();
      return packs[0]?.first ?? next;
    },
    at(number: number): string | undefined {
      const pack = packs.findLast((each) => each.first <= number);
      if (pack === undefined) return undefined;
      const texts =
        pack.texts ??
        inflateRawSync(pack.packed ?? Buffer.alloc(0))
          .toString()
          .split("\n");
      return texts[number - pack.first];
    },
  };
}
