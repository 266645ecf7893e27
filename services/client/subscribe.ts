/**
 * A subscription to the events of one node or of all: history in the order of time, then what happens. It survives
 * the end of its server: with each connection it goes on behind the last record it handed over.
 */

import { type JetStreamManager, jetstreamManager } from "@nats-io/jetstream";
import type { NatsConnection } from "@nats-io/transport-node";
import { type EventRecord, eventRecordSchema } from "../../contracts/events/envelope.ts";
import { type EventClass, eventFilter } from "../../contracts/events/subjects.ts";
import { subjectToken } from "../../contracts/identity.ts";
import { describeThrown, done, failure, type Outcome } from "../io/outcome.ts";
import type { NatsAddress } from "./address.ts";
import { connectOnce, pause, reconnectDelay, requestTimeout } from "./connect.ts";
import type { StreamMessage } from "./pull-many.ts";
import {
  openStreamReader,
  type StreamCursor,
  type StreamReader,
  type SubscriptionStart,
} from "./stream-reader.ts";
import { findNodeStreams } from "./streams.ts";

export interface SubscriptionOptions {
  readonly address: NatsAddress;
  /** Shown by the server's monitoring. */
  readonly name: string;
  /** A part that is left out matches all. */
  readonly filter: { readonly node?: string; readonly router?: string; readonly class?: EventClass };
  readonly start: SubscriptionStart;
  /** False: ends behind the history. */
  readonly follow: boolean;
  /** Each record once, one call at a time in each stream; `text` is its JSON as it was stored. */
  readonly onRecord: (record: EventRecord, text: string) => void | Promise<void>;
  /** A sentence about a server that is missing or a message that is no record. Not twice the same in a row. */
  readonly onProblem: (problem: string) => void;
  /** With each connection: what was stored before it is handed over, and what comes now happens now. */
  readonly onLive?: () => void;
  readonly signal: AbortSignal;
}

/** How often new streams are looked for, in milliseconds. */
export const discoveryInterval = 1000;

/** Milliseconds until history that the server announced and does not deliver is no longer waited for. */
const historyTimeout = 5000;

/** Resolves at the end of the history, or once the signal is aborted. Without `follow` a missing server is an error. */
export async function subscribe(options: SubscriptionOptions): Promise<Outcome> {
  const { address, name, follow, signal } = options;
  const subscription: Subscription = { options, cursors: new Map(), settled: false, problem: undefined };
  while (!signal.aborted) {
    const connected = await connectOnce(address, name);
    if (!connected.ok) {
      if (!follow) return failure(connected.error);
      tellProblem(subscription, connected.error);
      await pause(reconnectDelay, signal);
      continue;
    }
    const connection = connected.value;
    const onAbort = () => void connection.close();
    signal.addEventListener("abort", onAbort);
    try {
      await readUntilEnd(subscription, connection);
      if (!follow) return done;
    } catch (thrown) {
      const problem = `${address.shown}: ${describeThrown(thrown)}`;
      if (!follow && !signal.aborted) return failure(problem);
      if (!signal.aborted) tellProblem(subscription, problem);
    } finally {
      signal.removeEventListener("abort", onAbort);
      await connection.close();
    }
    await pause(reconnectDelay, signal);
  }
  return done;
}

interface Subscription {
  readonly options: SubscriptionOptions;
  readonly cursors: Map<string, StreamCursor>;
  /** The streams of the beginning are known: one that comes up later is new from its first record on. */
  settled: boolean;
  problem: string | undefined;
}

interface Connected {
  readonly subscription: Subscription;
  readonly connection: NatsConnection;
  readonly manager: JetStreamManager;
  /** Everything opened on this connection. */
  readonly readers: StreamReader[];
}

async function readUntilEnd(subscription: Subscription, connection: NatsConnection): Promise<void> {
  const manager = await jetstreamManager(connection, { timeout: requestTimeout, checkAPI: false });
  const connected: Connected = { subscription, connection, manager, readers: [] };
  try {
    const opened = await openReaders(connected);
    subscription.settled = true;
    subscription.problem = undefined;
    await readHistory(subscription, opened);
    if (!subscription.options.follow) return;
    subscription.options.onLive?.();
    const ended = connection.closed().then(() => {
      throw new Error("connection lost");
    });
    await Promise.race([ended, followAll(connected, opened, () => connection.isClosed())]);
  } finally {
    for (const reader of connected.readers) reader.close();
  }
}

/** Opens what is not open yet. */
async function openReaders(connected: Connected): Promise<StreamReader[]> {
  const { subscription, connection, manager, readers } = connected;
  const { filter, start } = subscription.options;
  const opened: StreamReader[] = [];
  const isOpen = (name: string) => readers.some(({ stream }) => stream === name);
  for (const stream of await findNodeStreams(manager, filter.node, isOpen)) {
    const cursor = subscription.cursors.get(stream.name);
    const subjects = eventFilter({ ...filter, node: stream.node });
    const place = { cursor, start: subscription.settled ? beginning : start, filter: subjects };
    const reader = await openStreamReader(connection, manager, stream, place);
    subscription.cursors.set(stream.name, reader.cursor);
    readers.push(reader);
    opened.push(reader);
  }
  return opened;
}

const beginning: SubscriptionStart = { kind: "beginning" };

interface Head {
  readonly reader: StreamReader;
  readonly record: EventRecord;
  readonly text: string;
  readonly sequence: number;
}

/** Merges what the streams hold by the time of the records. */
async function readHistory(subscription: Subscription, readers: readonly StreamReader[]): Promise<void> {
  const heads: Head[] = [];
  for (const reader of readers) {
    const head = await nextOfHistory(subscription, reader);
    if (head !== undefined) heads.push(head);
  }
  while (heads.length > 0 && !subscription.options.signal.aborted) {
    const earliest = heads.reduce((least, head) => (head.record.time < least.record.time ? head : least));
    await handOver(subscription, earliest);
    const following = await nextOfHistory(subscription, earliest.reader);
    heads.splice(heads.indexOf(earliest), 1, ...(following === undefined ? [] : [following]));
  }
}

async function nextOfHistory(subscription: Subscription, reader: StreamReader): Promise<Head | undefined> {
  while (reader.pending > 0) {
    const message = await inTime(reader.next());
    if (message === undefined) throw new Error("connection lost");
    reader.pending -= 1;
    const head = headOf(subscription, reader, message);
    if (head !== undefined) return head;
  }
  return undefined;
}

/** What the server announced may be discarded before it is read: then the reading begins anew behind the gap. */
function inTime<T>(promise: Promise<T>): Promise<T> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => reject(new Error("the history stops coming")), historyTimeout);
    promise.then(resolve, reject).finally(() => clearTimeout(timer));
  });
}

async function followAll(
  connected: Connected,
  opened: StreamReader[],
  isClosed: () => boolean,
): Promise<void> {
  const { subscription } = connected;
  const { signal } = subscription.options;
  let failed: ((thrown: unknown) => void) | undefined;
  const failure = new Promise<never>((_, reject) => {
    failed = reject;
  });
  const start = (reader: StreamReader) => void followOne(subscription, reader).catch(failed);
  opened.forEach(start);
  const discover = async () => {
    while (!signal.aborted && !isClosed()) {
      await pause(discoveryInterval, signal);
      if (!signal.aborted && !isClosed()) (await openReaders(connected)).forEach(start);
    }
  };
  await Promise.race([failure, discover()]);
}

async function followOne(subscription: Subscription, reader: StreamReader): Promise<void> {
  for (let message = await reader.next(); message !== undefined; message = await reader.next()) {
    const head = headOf(subscription, reader, message);
    if (head !== undefined) await handOver(subscription, head);
  }
}

/** The message as a record, where it is one that was asked for and not handed over before. */
function headOf(subscription: Subscription, reader: StreamReader, message: StreamMessage): Head | undefined {
  const { cursor } = reader;
  const { text, sequence } = message;
  const record = parseRecord(text);
  if (record === undefined) {
    tellProblem(
      subscription,
      `message ${sequence} of ${reader.stream} (${message.subject}) is no event record`,
    );
  } else if (record.position > cursor.seenUpTo && isWanted(subscription.options, record)) {
    return { reader, record, text, sequence };
  }
  cursor.sequence = sequence;
  return undefined;
}

function isWanted({ filter, start }: SubscriptionOptions, record: EventRecord): boolean {
  const matches = (wanted: string | undefined, name: string) =>
    wanted === undefined || subjectToken(wanted) === subjectToken(name);
  if (!matches(filter.node, record.node) || !matches(filter.router, record.router)) return false;
  if (filter.class !== undefined && filter.class !== record.class) return false;
  return start.kind !== "since" || Date.parse(record.time) >= start.time.getTime();
}

/** The cursor moves behind a record when it was handed over, not before: nothing is skipped after a lost connection. */
async function handOver({ options }: Subscription, { reader, record, text, sequence }: Head): Promise<void> {
  if (options.signal.aborted) return;
  reader.cursor.sequence = sequence;
  reader.cursor.position = Math.max(reader.cursor.position, record.position);
  await options.onRecord(record, text);
}

function tellProblem(subscription: Subscription, problem: string): void {
  if (subscription.problem === problem) return;
  subscription.problem = problem;
  subscription.options.onProblem(problem);
}

function parseRecord(text: string): EventRecord | undefined {
  try {
    return eventRecordSchema.safeParse(JSON.parse(text)).data;
  } catch {
    return undefined;
  }
}
