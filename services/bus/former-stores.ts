/**
 * The former stores of this journal: a damaged end or another node name has begun a new one, and what NATS was not given
 * until then is still in the journal. It goes to the stream of its own store, behind what that one holds, before the present
 * store's records go on. A stream that is known to be whole is only asked whether it is still there.
 */

import type { JetStreamManager, StreamInfo } from "@nats-io/jetstream";
import { retiredSubject, streamName } from "../../contracts/events/subjects.ts";
import { findStream } from "../client/streams.ts";
import { describeThrown, failure, type Outcome, success } from "../io/outcome.ts";
import type { FormerStore, Journal } from "../journal/journal.ts";
import type { BusConnections } from "./connections.ts";
import { startDrain, storedOctets } from "./drain.ts";
import { catchUpBatch, streamBytes } from "./limits.ts";
import { lastRecord, streamConfiguration } from "./stream.ts";

/** What is known from one connection to the next. */
export interface FormerStores {
  /** Incarnations all of which NATS holds. */
  readonly whole: Set<string>;
  /** Positions that the server refused while it may have stored later ones, by incarnation. */
  readonly refused: Map<string, number>;
}

export interface FormerStoresRequest {
  readonly connections: BusConnections;
  readonly manager: JetStreamManager;
  readonly journal: Journal;
  readonly known: FormerStores;
}

/**
 * Sentences about those whose records NATS does not take: they stay in the journal, and hold nobody up. Fails where the
 * connection ends.
 */
export async function bringFormerStores(request: FormerStoresRequest): Promise<Outcome<readonly string[]>> {
  const problems: string[] = [];
  for (const store of await request.journal.formerStores()) {
    const name = streamName(store.node, store.incarnation);
    const brought = await bring(request, store, name).catch((thrown: unknown) =>
      failure(describeThrown(thrown)),
    );
    if (request.connections.isClosed()) return failure(brought.ok ? "connection lost" : brought.error);
    if (!brought.ok) problems.push(`${name}, of a former store, is not complete: ${brought.error}`);
  }
  return success(problems);
}

async function bring(request: FormerStoresRequest, store: FormerStore, name: string): Promise<Outcome> {
  const { manager, journal, known } = request;
  const { incarnation } = store;
  const info = await findStream(manager, name);
  if (info !== undefined && known.whole.has(incarnation)) return success(undefined);
  known.whole.delete(incarnation);
  const stored = info === undefined ? 0 : ((await lastRecord(manager, info, incarnation))?.position ?? 0);
  const after = Math.min(stored, (known.refused.get(incarnation) ?? Number.POSITIVE_INFINITY) - 1);
  const subject = retiredSubject(journal.node, name);
  const rest = await measureRest(journal, store, after, subject);
  if (rest.end > after) {
    await makeRoom(manager, { store, info, subject, octets: rest.octets });
    const sent = await send(request, store, { name, subject, after, end: rest.end });
    if (!sent.ok) return sent;
  }
  known.whole.add(incarnation);
  return success(undefined);
}

interface Rest {
  /** Position of the last record; the given one where nothing is left. */
  readonly end: number;
  /** That it takes in a stream. */
  readonly octets: number;
}

/** A batch at a time, so that everything else in the process gets its turn. */
async function measureRest(
  journal: Journal,
  { incarnation }: FormerStore,
  after: number,
  subject: string,
): Promise<Rest> {
  const reader = journal.reader(after + 1, incarnation);
  let end = after;
  let octets = 0;
  try {
    for (let count = 1; ; count += 1) {
      const next = reader.next();
      if (next === undefined) return { end, octets };
      end = next.record.position;
      octets += storedOctets(next.record, next.text, subject);
      if (count % catchUpBatch === 0) await new Promise((resolve) => setImmediate(resolve));
    }
  } finally {
    reader.close();
  }
}

interface Room {
  readonly store: FormerStore;
  /** Undefined where there is no stream. */
  readonly info: StreamInfo | undefined;
  readonly subject: string;
  readonly octets: number;
}

/** The stream listens to its own subject and has room for the rest. Throws what the server refuses. */
async function makeRoom(manager: JetStreamManager, { store, info, subject, octets }: Room): Promise<void> {
  const wanted = streamConfiguration(store.node, store.incarnation);
  const needed = Math.min(streamBytes, (info?.state.bytes ?? 0) + octets + spareOctets);
  const max_bytes = Math.max(needed, info?.config.max_bytes ?? 0);
  const subjects = [subject];
  if (info === undefined) await manager.streams.add({ ...wanted, subjects, max_bytes });
  else await manager.streams.update(wanted.name, { ...info.config, subjects, max_bytes });
}

/** A stream is made a little larger than what goes into it. */
const spareOctets = 1024 * 1024;

interface Errand {
  readonly name: string;
  readonly subject: string;
  readonly after: number;
  readonly end: number;
}

function send(
  { connections, journal, known }: FormerStoresRequest,
  { incarnation }: FormerStore,
  { name, subject, after, end }: Errand,
): Promise<Outcome> {
  return new Promise((resolve) => {
    const finish = (outcome: Outcome) => {
      queueMicrotask(() => drain.stop());
      resolve(outcome);
    };
    const drain = startDrain({
      connection: connections.daemon,
      journal: {
        node: journal.node,
        incarnation: () => incarnation,
        position: () => end,
        reader: (from) => journal.reader(from, incarnation),
        onAppend: () => () => undefined,
      },
      stream: name,
      subject,
      after,
      onAcknowledged(position) {
        if (position < end) return;
        known.refused.delete(incarnation);
        finish(success(undefined));
      },
      onTrouble(error, refused) {
        if (refused !== undefined) known.refused.set(incarnation, refused);
        finish(failure(error));
      },
    });
    void connections.closed().then(() => finish(failure("connection lost")));
  });
}
