/**
 * The drain of one connection: journal records to the stream, in order, pipelined. In health a record leaves in the
 * tick of its append; behind a backlog it leaves when the window has room. Any trouble ends the drain for good: the
 * next connection reads the stream's last record and goes on behind it.
 */

import { headers, type Msg, type NatsConnection } from "@nats-io/transport-node";
import { type EventRecord, envelopeHeaders } from "../../contracts/events/envelope.ts";
import { eventSubject, rehearsalSubject } from "../../contracts/events/subjects.ts";
import { newInbox } from "../client/connect.ts";
import { describeThrown } from "../io/outcome.ts";
import type { Journal } from "../journal/journal.ts";
import type { JournalReader } from "../journal/reader.ts";
import { acknowledgeTimeout, catchUpBatch, publishWindow } from "./limits.ts";

/** What a drain needs of the journal: the present store or a former one. */
export interface DrainSource extends Pick<Journal, "node" | "incarnation" | "position" | "onAppend"> {
  reader(fromPosition: number): JournalReader;
}

export interface DrainOptions {
  readonly connection: NatsConnection;
  readonly journal: DrainSource;
  /** Where records go; left out: each to the subject of its own. */
  readonly subject?: string;
  /** The stream that has to acknowledge. */
  readonly stream: string;
  /** Position of the last record that the stream holds. */
  readonly after: number;
  /** Called at each acknowledgement, with the position up to which all is stored. */
  readonly onAcknowledged: (position: number) => void;
  /** Called once. `refused` is the position of the record that the server refused, where it named one. */
  readonly onTrouble: (message: string, refused: number | undefined) => void;
}

export interface Drain {
  /** Sends a record to a subject that no stream takes. Never throws. */
  rehearse(record: EventRecord, text: string): void;
  stop(): void;
}

interface DrainState extends DrainOptions {
  readonly incarnation: string;
  readonly inbox: string;
  /** Sent and not acknowledged, in order. */
  readonly inFlight: { readonly position: number; readonly sentAt: number; acknowledged: boolean }[];
  next: number;
  reader: JournalReader | undefined;
  pumping: boolean;
  stopped: boolean;
}

export function startDrain(options: DrainOptions): Drain {
  const state: DrainState = {
    ...options,
    incarnation: options.journal.incarnation(),
    inbox: newInbox(options.connection),
    inFlight: [],
    next: options.after + 1,
    reader: undefined,
    pumping: false,
    stopped: false,
  };
  const callback = (error: Error | null, message: Msg) => {
    if (error === null) acknowledge(state, message);
    else trouble(state, error.message);
  };
  const subscription = options.connection.subscribe(`${state.inbox}.*`, { callback });
  const endListening = options.journal.onAppend((record, text) => {
    if (record.incarnation !== state.incarnation) trouble(state, "the journal has become another store");
    else if (record.position === state.next && state.reader === undefined && hasRoom(state))
      send(state, record, text);
    else schedulePump(state);
  });
  const watch = setInterval(() => {
    const oldest = state.inFlight[0];
    if (oldest !== undefined && performance.now() - oldest.sentAt > acknowledgeTimeout) {
      trouble(state, `no acknowledgement for ${acknowledgeTimeout / 1000} s`);
    }
  }, acknowledgeTimeout / 8).unref();
  pump(state);
  const rehearsalReply = newInbox(options.connection);
  return {
    rehearse(record, text) {
      const subject = rehearsalSubject(options.journal.node);
      try {
        if (!state.stopped) publish(options.connection, { record, text, subject, reply: rehearsalReply });
      } catch {
        // What keeps it from being sent will keep a record from it, which says so.
      }
    },
    stop() {
      state.stopped = true;
      clearInterval(watch);
      endListening();
      closeReader(state);
      subscription.unsubscribe();
    },
  };
}

function hasRoom(state: DrainState): boolean {
  return !state.stopped && state.inFlight.length < publishWindow;
}

function send(state: DrainState, record: EventRecord, text: string): void {
  const reply = `${state.inbox}.${record.position}`;
  try {
    publish(state.connection, { record, text, subject: state.subject ?? eventSubject(record), reply });
  } catch (thrown) {
    trouble(state, `${record.id} cannot be sent: ${describeThrown(thrown)}`);
    return;
  }
  state.inFlight.push({ position: record.position, sentAt: performance.now(), acknowledged: false });
  state.next = record.position + 1;
}

interface Message {
  readonly record: EventRecord;
  readonly text: string;
  readonly subject: string;
  readonly reply: string;
}

/** What a record takes in a stream: text, headers and framing. Rather a little more than less. */
export function storedOctets(record: EventRecord, text: string, subject: string): number {
  const lines = envelopeHeaders(record).map(([name, value]) => name.length + Buffer.byteLength(value) + 4);
  return (
    lines.reduce((sum, length) => sum + length, 2 * record.id.length + subject.length + 96) +
    Buffer.byteLength(text)
  );
}

function publish(connection: NatsConnection, { record, text, subject, reply }: Message): void {
  const lines = headers();
  for (const [name, value] of envelopeHeaders(record)) lines.append(name, value);
  lines.append("Nats-Msg-Id", record.id);
  connection.publish(subject, text, { headers: lines, reply });
}

/** Sends from the journal until the window is full, a batch at a time. */
function pump(state: DrainState): void {
  for (let sent = 0; hasRoom(state) && sent < catchUpBatch; sent += 1) {
    state.reader ??= state.journal.reader(state.next);
    const following = state.reader.next();
    if (following === undefined) {
      closeReader(state);
      return;
    }
    send(state, following.record, following.text);
  }
  if (hasRoom(state)) schedulePump(state);
}

function schedulePump(state: DrainState): void {
  if (state.pumping || !hasRoom(state)) return;
  state.pumping = true;
  setImmediate(() => {
    state.pumping = false;
    pump(state);
  });
}

function acknowledge(state: DrainState, message: Msg): void {
  if (state.stopped) return;
  const position = Number(message.subject.slice(state.inbox.length + 1));
  const refusal = refusalOf(message, state.stream);
  if (refusal !== undefined) {
    trouble(state, refusal, position);
    return;
  }
  const entry = state.inFlight.find((sent) => sent.position === position);
  if (entry !== undefined) entry.acknowledged = true;
  let acknowledged: number | undefined;
  while (state.inFlight[0]?.acknowledged === true) acknowledged = state.inFlight.shift()?.position;
  if (acknowledged !== undefined) state.onAcknowledged(acknowledged);
  if (state.next <= state.journal.position()) schedulePump(state);
}

/** Why an answer is no acknowledgement by our stream; undefined where it is one. */
function refusalOf(message: Msg, stream: string): string | undefined {
  if (message.headers?.code === 503) return "no stream takes the records (is JetStream enabled?)";
  try {
    const answer = message.json<{ stream?: unknown; error?: { description?: unknown } }>();
    if (answer.error !== undefined) return `the server refuses a record: ${String(answer.error.description)}`;
    if (answer.stream === stream) return undefined;
    return `the records land in ${String(answer.stream)}, not in ${stream}: does another node have the same name?`;
  } catch (thrown) {
    return `unreadable acknowledgement: ${describeThrown(thrown)}`;
  }
}

function trouble(state: DrainState, message: string, refused?: number): void {
  if (state.stopped) return;
  state.stopped = true;
  state.onTrouble(message, refused);
}

function closeReader(state: DrainState): void {
  state.reader?.close();
  state.reader = undefined;
}
