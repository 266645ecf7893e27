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

/** Records that are packed together. */
const packSize = 64;

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

/** The texts of some records, in order. */
interface Pack {
  readonly first: number;
  texts: string[] | undefined;
  packed: Buffer | undefined;
}

export function createHistory(limit = historyLimit): History {
  const rows: Row[] = [];
  const packs: Pack[] = [];
  const numbers = new Map<string, number>();
  const latest = new Map<string, Row>();
  const listeners = new Set<(row: Row, number: number) => void>();
  let first = 0;
  const next = () => first + rows.length;

  const keepText = (text: string) => {
    let pack = packs.at(-1);
    if (pack?.texts === undefined) {
      pack = { first: next(), texts: [], packed: undefined };
      packs.push(pack);
    }
    const { texts = [] } = pack;
    if (texts.push(text) < packSize) return;
    pack.packed = deflateRawSync(texts.join("\n"), { level: 1 });
    pack.texts = undefined;
  };

  const forgetOldest = () => {
    const oldest = packs.shift();
    const count = (packs[0]?.first ?? next()) - (oldest?.first ?? next());
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
      keepText(text);
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
      const pack = number === undefined ? undefined : packs.findLast((each) => each.first <= number);
      if (number === undefined || pack === undefined) return undefined;
      const texts =
        pack.texts ??
        inflateRawSync(pack.packed ?? Buffer.alloc(0))
          .toString()
          .split("\n");
      return texts[number - pack.first];
    },
    onRow(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
  };
}
