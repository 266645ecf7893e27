/** Copies of a journal held against it: by id, position, hash and place, in numbers that a test prints and compares. */

import { jetstreamManager } from "@nats-io/jetstream";
import { type EventRecord, eventRecordSchema } from "../../contracts/events/envelope.ts";
import { streamName } from "../../contracts/events/subjects.ts";
import { connectOnce } from "../../services/client/connect.ts";
import { openArchive } from "../../services/journal/archive.ts";
import { findBrokenLink, recordHash } from "../../services/journal/chain.ts";
import type { EventNode } from "./event-node.ts";

/** What is whole in a journal on disk, by the incarnation. */
export function writtenRecords(directory: string): Map<string, EventRecord[]> {
  const damage: string[] = [];
  const archive = openArchive(directory, (sentence) => damage.push(sentence));
  if (!archive.ok) throw new Error(archive.error);
  const stores = new Map<string, EventRecord[]>();
  for (const { record } of archive.value.records()) {
    const store = stores.get(record.incarnation) ?? [];
    stores.set(record.incarnation, store);
    store.push(record);
  }
  return stores;
}

/** Messages asked for at once. */
const batch = 100;

/** Everything that the stream of a store holds, in the order of the stream. None where there is no such stream. */
export async function storedRecords(
  node: EventNode,
  incarnation: string,
  name = node.name,
): Promise<EventRecord[]> {
  const connected = await connectOnce(node.addressOf("admin"), "test");
  if (!connected.ok) throw new Error(connected.error);
  const connection = connected.value;
  try {
    const manager = await jetstreamManager(connection, { timeout: 10_000 });
    const stream = streamName(name, incarnation);
    const names = await manager.streams.names().next();
    if (!names.includes(stream)) return [];
    const { first_seq, last_seq } = (await manager.streams.info(stream)).state;
    const records: EventRecord[] = [];
    // A mirror that has just been made begins at 0, where no message is.
    for (let from = Math.max(1, first_seq); from <= last_seq; from += batch) {
      const length = Math.min(batch, last_seq - from + 1);
      const sequences = Array.from({ length }, (_, index) => from + index);
      const messages = await Promise.all(sequences.map((seq) => manager.direct.getMessage(stream, { seq })));
      for (const message of messages)
        if (message !== null) records.push(eventRecordSchema.parse(message.json()));
    }
    return records;
  } finally {
    await connection.close();
  }
}

/** All but `written` and `stored` have to be 0. */
export interface CopyReport {
  readonly written: number;
  readonly stored: number;
  readonly duplicated: number;
  readonly lost: number;
  readonly reordered: number;
  /** With another hash than in the journal, or with a body that its hash does not fit. */
  readonly altered: number;
  /** Not in the journal. */
  readonly unknown: number;
}

export function compareCopy(written: readonly EventRecord[], stored: readonly EventRecord[]): CopyReport {
  const originals = new Map(written.map((record) => [record.id, record]));
  const seen = new Set<string>();
  const counts = { duplicated: 0, reordered: 0, altered: 0, unknown: 0 };
  let last = 0;
  for (const record of stored) {
    const original = originals.get(record.id);
    if (original === undefined) counts.unknown += 1;
    else if (record.hash !== original.hash || recordHash(record) !== record.hash) counts.altered += 1;
    if (seen.has(record.id)) counts.duplicated += 1;
    else if (record.position <= last) counts.reordered += 1;
    last = Math.max(last, record.position);
    seen.add(record.id);
  }
  const lost = written.filter(({ id }) => !seen.has(id)).length;
  return { written: written.length, stored: stored.length, lost, ...counts };
}

/** What `compareCopy` says of a copy that is whole. */
export function wholeCopy(written: readonly EventRecord[]): CopyReport {
  const none = { duplicated: 0, lost: 0, reordered: 0, altered: 0, unknown: 0 };
  return { written: written.length, stored: written.length, ...none };
}

/** The stores of a node's journal against their streams, a row each. The journal itself has to be one chain without a gap. */
export async function compareStores(node: EventNode, subdirectory = "journal"): Promise<CopyTable> {
  const reports: CopyReport[] = [];
  const wanted: CopyReport[] = [];
  const gaps: string[] = [];
  for (const [incarnation, written] of writtenRecords(`${node.directory}/${subdirectory}`)) {
    const name = written[0]?.node ?? node.name;
    reports.push(compareCopy(written, await storedRecords(node, incarnation, name)));
    wanted.push(wholeCopy(written));
    const broken = findBrokenLink(written);
    if (broken !== undefined) gaps.push(broken);
    const gap = written.find(({ position }, index) => position !== (written[0]?.position ?? 1) + index);
    if (gap !== undefined) gaps.push(`${gap.id}: at position ${gap.position}`);
  }
  return { reports, wanted, gaps };
}

export interface CopyTable {
  readonly reports: readonly CopyReport[];
  /** The same, had nothing gone wrong. */
  readonly wanted: readonly CopyReport[];
  /** Where the journal itself is not gapless. */
  readonly gaps: readonly string[];
}

/** Prints the numbers as a table under a title. */
export function printCopies(title: string, { reports }: Pick<CopyTable, "reports">): void {
  const head = ["written", "stored", "duplicated", "lost", "reordered", "altered", "unknown"] as const;
  const rows = reports.map((report) =>
    head.map((name) => String(report[name]).padStart(name.length)).join("  "),
  );
  console.log([title, head.join("  "), ...rows].join("\n"));
}
