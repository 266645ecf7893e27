/**
 * The journal of one node: the local append-only log and the source of truth. Every record gets its sequence, its
 * position and its place in the hash chain here; whatever else holds events holds a copy.
 */

import { mkdirSync } from "node:fs";
import type { EventRecord } from "../../contracts/events/envelope.ts";
import { describeThrown, failure, type Outcome, success } from "../io/outcome.ts";
import { createIncarnation } from "./incarnation.ts";
import { type DirectoryLock, lockDirectory } from "./lock.ts";
import { type JournalOptions, type Numbering, numberRecord, type RecordDraft } from "./numbering.ts";
import { type JournalReader, openReader } from "./reader.ts";
import { createWriterState, type Recovered, recover } from "./recovery.ts";
import { type Retirement, type RetirementPlan, retireSegments } from "./retention.ts";
import { readHeader, segmentPath, type TailCut } from "./segments.ts";
import { closeWriter, type PendingRecord, type WriterState, writeRecord } from "./writer.ts";

/** Called in the tick of the append, with the record and its JSON text. */
export type AppendListener = (record: EventRecord, text: string) => void;

export interface JournalStatus {
  readonly directory: string;
  readonly incarnation: string;
  /** Of the last record; 0 where there is none. */
  readonly position: number;
  /** Records that wait for the disk. */
  readonly unwritten: number;
  /** Records of the present disk failure that did not fit into the queue. */
  readonly lost: number;
  /** Write and sync calls that failed since the start. */
  readonly failures: number;
  /** Why the journal is larger or older than it may be, as a sentence; undefined where it is not. */
  readonly overdue: string | undefined;
}

export interface FormerStore {
  readonly incarnation: string;
  /** Its node, which may have had another name then. */
  readonly node: string;
}

export interface Journal {
  readonly node: string;
  /** What a crash left at the end of the log and was moved aside at this start. */
  readonly cut: TailCut | undefined;
  /** The incarnation that this start ended, because its records were damaged or are another node's. */
  readonly former: string | undefined;
  /** Eight hexadecimal digits; changes when `renew` is called. */
  incarnation(): string;
  /** Position of the last record; 0 where there is none. */
  position(): number;
  /** One write, no waiting, no exception: a disk that fails is told to onFault. */
  append(draft: RecordDraft): EventRecord;
  /** Records of the present incarnation, or of another, up to the end at the time of the last step. */
  read(range: { readonly fromPosition: number; readonly incarnation?: string }): Iterable<EventRecord>;
  /** Of the present incarnation where none is given. */
  reader(fromPosition: number, incarnation?: string): JournalReader;
  /** Stores before the present one, in their order, of which records are left. Looks at each segment once, a few at a time. */
  formerStores(): Promise<readonly FormerStore[]>;
  /** Returns the function that ends it. */
  onAppend(listener: AppendListener): () => void;
  /** Called in the tick of the record that opened a segment. Returns the function that ends it. */
  onSegment(listener: () => void): () => void;
  /** Deletes the oldest segments that are beyond the limits and stored elsewhere, beside the writing. Never rejects. */
  retire(plan: Omit<RetirementPlan, "now">): Promise<Retirement>;
  /**
   * Starts a new incarnation: positions and sequences begin at 1 again, ids never repeat. For a store whose copies
   * know records that it does not know itself.
   */
  renew(reason: string): Outcome;
  status(): JournalStatus;
  /** Writes what waits, syncs, and gives the directory free. */
  close(): void;
}

/**
 * Fails where the directory cannot be created or another live process holds it. Neither a damaged log nor a full disk
 * fails.
 */
export function openJournal(options: JournalOptions): Outcome<Journal> {
  const { directory } = options;
  try {
    mkdirSync(directory, { recursive: true, mode: 0o700 });
  } catch (thrown) {
    return failure(`cannot create ${directory}: ${describeThrown(thrown)}`);
  }
  const lock = lockDirectory(directory);
  if (!lock.ok) return lock;
  if (lock.value.problem !== undefined) options.onFault({ kind: "write", message: lock.value.problem });
  try {
    return success(startJournal(options, lock.value, recover(options)));
  } catch (thrown) {
    lock.value.release();
    return failure(`cannot open the journal in ${directory}: ${describeThrown(thrown)}`);
  }
}

function startJournal(options: JournalOptions, lock: DirectoryLock, recovered: Recovered): Journal {
  const writer = createWriterState(options, recovered);
  const numbering: Numbering = {
    incarnation: writer.incarnation,
    position: writer.position,
    heads: new Map(writer.heads),
    latest: { at: 0, time: "" },
  };
  const listeners = new Set<AppendListener>();
  let overdue: string | undefined;

  const tell = (pending: PendingRecord) => {
    for (const listener of listeners) {
      try {
        listener(pending.record, pending.text);
      } catch (thrown) {
        options.onFault({
          kind: "listener",
          message: `a journal listener failed: ${describeThrown(thrown)}`,
        });
      }
    }
  };

  return {
    node: options.node,
    cut: recovered.cut,
    former: recovered.former,
    incarnation: () => numbering.incarnation,
    position: () => numbering.position,
    append(draft) {
      const pending = numberRecord(options, numbering, draft);
      writeRecord(writer, pending);
      tell(pending);
      return pending.record;
    },
    read: ({ fromPosition, incarnation = numbering.incarnation }) =>
      readAll(() => openReader(writer, incarnation, fromPosition)),
    reader: (fromPosition, incarnation = numbering.incarnation) =>
      openReader(writer, incarnation, fromPosition),
    async formerStores() {
      const stores = await listStores(writer);
      return stores.filter(({ incarnation }) => incarnation !== numbering.incarnation);
    },
    onAppend(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    onSegment(listener) {
      writer.onSegment = listener;
      return () => {
        writer.onSegment = undefined;
      };
    },
    async retire(plan) {
      const now = Date.parse(options.clock.wallClock());
      const retirement = await retireSegments(writer, { ...plan, now });
      ({ overdue } = retirement);
      return retirement;
    },
    renew: (reason) => renew(options, numbering, reason),
    status: () => ({
      directory: writer.directory,
      incarnation: numbering.incarnation,
      position: numbering.position,
      unwritten: writer.unwritten.length,
      lost: writer.lost,
      failures: writer.failures,
      overdue,
    }),
    close() {
      closeWriter(writer);
      lock.release();
    },
  };
}

function renew(options: JournalOptions, numbering: Numbering, reason: string): Outcome {
  try {
    numbering.incarnation = createIncarnation(options.directory);
  } catch (thrown) {
    return failure(`cannot renew the store in ${options.directory}: ${describeThrown(thrown)}`);
  }
  numbering.position = 0;
  numbering.heads = new Map();
  options.onFault({
    kind: "renewed",
    message: `the journal goes on as store ${numbering.incarnation}: ${reason}`,
  });
  return success(undefined);
}

/** Headers read in one go. */
const headersAtOnce = 4;

async function listStores({ directory, segments }: WriterState): Promise<FormerStore[]> {
  const stores = new Map<string, FormerStore>();
  let read = 0;
  for (const entry of [...segments]) {
    if (entry.header === undefined && ++read % headersAtOnce === 0) {
      await new Promise((resolve) => setImmediate(resolve));
    }
    entry.header ??= readHeader(segmentPath(directory, entry.number));
    if (entry.header === undefined) continue;
    const { incarnation, node } = entry.header;
    stores.set(incarnation, { incarnation, node });
  }
  return [...stores.values()];
}

function* readAll(open: () => JournalReader): Generator<EventRecord> {
  const reader = open();
  try {
    for (let next = reader.next(); next !== undefined; next = reader.next()) yield next.record;
  } finally {
    reader.close();
  }
}
