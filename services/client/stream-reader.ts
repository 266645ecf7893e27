/** One stream, read from a place on and on into what is not written yet. Each record once, as long as the reader lives. */

import { DeliverPolicy, type JetStreamManager } from "@nats-io/jetstream";
import type { NatsConnection } from "@nats-io/transport-node";
import { type ConsumerStart, openConsumer } from "./consumers.ts";
import { pullMany, type StreamMessage } from "./pull-many.ts";
import type { NodeStream } from "./streams.ts";

/** Where a first reading begins. `sequence` counts in the stream, from 1. */
export type SubscriptionStart =
  | { readonly kind: "beginning" }
  | { readonly kind: "new" }
  /** The last record of each subject, and what follows. */
  | { readonly kind: "last" }
  | { readonly kind: "sequence"; readonly sequence: number }
  /** By the instant of storing, which is never before that of the event. */
  | { readonly kind: "since"; readonly time: Date };

/** How far a stream was read; outlives readers and connections. */
export interface StreamCursor {
  /** Sequence in the stream. */
  sequence: number;
  /** Position in the journal. */
  position: number;
  /** After the stream was made anew: records up to here were seen in the former one. */
  seenUpTo: number;
}

export interface StreamReader {
  readonly cursor: StreamCursor;
  readonly stream: string;
  /** Messages that were stored when the reader was opened and are not read yet. */
  pending: number;
  /** Rejects when the consumer is lost; undefined when the connection has ended, or the reader was closed. */
  next(): Promise<StreamMessage | undefined>;
  /** Ends the timers of a request that nobody waits for any more. What has come and is not read is the next reader's. */
  close(): void;
}

/** Messages asked for at once. */
const batch = 200;

/** Milliseconds that one request for messages stays open. */
const requestExpires = 30_000;

/** Opens a reader behind the cursor, or at the start where there is none. Throws what the client throws. */
export async function openStreamReader(
  connection: NatsConnection,
  manager: JetStreamManager,
  stream: NodeStream,
  place: {
    readonly cursor: StreamCursor | undefined;
    readonly start: SubscriptionStart;
    readonly filter: string;
  },
): Promise<StreamReader> {
  const { last_seq } = stream.info.state;
  // A former stream's records are nobody's last.
  const start: SubscriptionStart =
    place.start.kind === "last" && !stream.current ? { kind: "new" } : place.start;
  const cursor = place.cursor ?? {
    sequence: start.kind === "new" ? last_seq : 0,
    position: 0,
    seenUpTo: 0,
  };
  if (last_seq < cursor.sequence) {
    cursor.seenUpTo = cursor.position;
    cursor.sequence = 0;
  }
  const info = await openConsumer(connection, manager, {
    stream: stream.name,
    // A filter has to lie within the subjects of the stream (2.9.10), and a former stream has others than its records.
    ...(stream.current ? { filter: place.filter } : {}),
    start: startOf(start, cursor),
  });
  const closing = new AbortController();
  const messages = readOn(connection, { stream: stream.name, consumer: info.name }, closing.signal);
  return {
    cursor,
    stream: stream.name,
    pending: info.pending,
    async next() {
      const result = closing.signal.aborted ? undefined : await messages.next();
      return closing.signal.aborted || result?.done === true ? undefined : result?.value;
    },
    close: () => closing.abort(),
  };
}

function startOf(start: SubscriptionStart, cursor: StreamCursor): ConsumerStart {
  const from = (sequence: number): ConsumerStart => ({
    deliver_policy: DeliverPolicy.StartSequence,
    opt_start_seq: sequence,
  });
  if (cursor.sequence > 0) return from(cursor.sequence + 1);
  if (start.kind === "sequence") return from(Math.max(1, start.sequence));
  if (start.kind === "since") {
    return { deliver_policy: DeliverPolicy.StartTime, opt_start_time: start.time.toISOString() };
  }
  if (start.kind === "last") return { deliver_policy: DeliverPolicy.LastPerSubject };
  return { deliver_policy: DeliverPolicy.All };
}

/** Request after request, until the connection ends or the signal is aborted. */
async function* readOn(
  connection: NatsConnection,
  place: { readonly stream: string; readonly consumer: string },
  signal: AbortSignal,
): AsyncGenerator<StreamMessage, undefined> {
  const request = { ...place, batch, expires: requestExpires };
  let delivered = 0;
  while (!signal.aborted && !connection.isClosed()) {
    for await (const message of pullMany(connection, request, delivered, signal)) {
      delivered = message.delivery;
      yield message;
    }
  }
  return undefined;
}
