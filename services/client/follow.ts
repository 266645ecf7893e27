/**
 * One follower of a stream of events: a durable consumer of its own, whose events are handled one at a time and acknowledged
 * when that is done, so that a restart goes on with the one that was being handled.
 */

import { DeliverPolicy, type JetStreamManager } from "@nats-io/jetstream";
import type { NatsConnection } from "@nats-io/transport-node";
import { type EventRecord, eventRecordSchema } from "../../contracts/events/envelope.ts";
import type { EventClass } from "../../contracts/events/subjects.ts";
import { type ConsumerStart, openConsumer } from "./consumers.ts";
import { type PulledMessage, pullOne } from "./pull.ts";

export interface Follower {
  /** Of its consumer: a token of NATS. */
  readonly name: string;
  /** Its subjects: one pattern, which is all that a NATS server before 2.10 takes. Undefined is everything there is. */
  readonly filter: string | undefined;
  /** The events among them that it is told of. */
  readonly classes: readonly EventClass[];
  /** Where it begins when its consumer is made for the first time; left out: with the last event of each subject. */
  readonly start?: ConsumerStart;
  /**
   * Resolves when everything is done; the event comes again where this process ends before. What went wrong is the
   * follower's own to tell.
   */
  handle(record: EventRecord, isRedelivered: boolean, turn: Turn): Promise<void>;
}

/** Where its events come from, until the turn is aborted. */
export interface Turn {
  readonly connection: NatsConnection;
  readonly manager: JetStreamManager;
  readonly stream: string;
  readonly turn: AbortSignal;
}

/** What is known of a follower from one turn to the next. */
export interface Progress {
  /** What it waits for or does now, and never rejects; a lost connection does not end what it does. */
  busy: Promise<void> | undefined;
  /**
   * The last event that was handled, in case its acknowledgement did not arrive, or the server has lost it with its disk.
   * Events come in the order of the journal, so that those before it were handled, too.
   */
  handled: EventRecord | undefined;
}

/** While an event is handled the server is told so every so many milliseconds. */
const heartbeat = 3000;

/** Told of a message that is no event. */
export type FollowLog = (entry: { readonly level: "error"; readonly message: string }) => void;

/** `onReady` is called when no event that comes from then on can be missed. */
export async function follow(
  follower: Follower,
  progress: Progress,
  turn: Turn,
  log: FollowLog,
  onReady: () => void = () => undefined,
): Promise<void> {
  const oldest = await ensureConsumer(turn, follower);
  onReady();
  await progress.busy;
  while (!turn.turn.aborted) {
    const step = takeOne({ follower, progress, turn, oldest, log });
    progress.busy = step.catch(() => undefined);
    await step;
  }
}

async function takeOne(following: Following): Promise<void> {
  const { connection, stream, turn } = following.turn;
  const message = await pullOne(connection, { stream, consumer: following.follower.name }, turn);
  if (message === undefined) return;
  if (!turn.aborted) return receive(following, message);
  // It came while the turn ended: whoever is next gets it at once.
  message.refuse();
  await connection.flush().catch(() => undefined);
}

/**
 * Made for the first time, a consumer begins with the last event of each subject, so that the present state is told, as
 * keepalived tells it at its start, and old history is not. What was merely observed before is history, too: the
 * answer is the first position of the stream from which on it counts.
 */
async function ensureConsumer({ connection, manager, stream }: Turn, follower: Follower): Promise<number> {
  const { name, filter, start = { deliver_policy: DeliverPolicy.LastPerSubject } } = follower;
  const request = { stream, durable: name, start, ...(filter === undefined ? {} : { filter }) };
  const { history } = await openConsumer(connection, manager, request);
  return history === 0 ? 0 : history + 1;
}

interface Following {
  readonly follower: Follower;
  readonly progress: Progress;
  readonly turn: Turn;
  /** Position from which on observations count. */
  readonly oldest: number;
  readonly log: FollowLog;
}

async function receive(
  { follower, progress, turn, oldest, log }: Following,
  message: PulledMessage,
): Promise<void> {
  const record = parseRecord(message.text);
  if (record === undefined) {
    log({ level: "error", message: `message ${message.sequence} on ${message.subject} is no event` });
  } else if (follower.classes.includes(record.class) && !isHandled(progress, record)) {
    const alive = setInterval(() => stillWorking(message), heartbeat);
    const isHistory = record.class === "observation" && message.sequence < oldest;
    try {
      if (!isHistory) await follower.handle(record, message.isRedelivered, turn);
    } finally {
      clearInterval(alive);
    }
    progress.handled = record;
  }
  try {
    await message.acknowledge();
  } catch {
    // The server is gone: it hands the message out again, and `handled` knows it.
  }
}

function stillWorking(message: PulledMessage): void {
  try {
    message.working();
  } catch {
    // The connection is closed, and what is handled goes on.
  }
}

function isHandled({ handled }: Progress, { incarnation, position }: EventRecord): boolean {
  return handled !== undefined && incarnation === handled.incarnation && position <= handled.position;
}

function parseRecord(text: string): EventRecord | undefined {
  try {
    return eventRecordSchema.parse(JSON.parse(text));
  } catch {
    return undefined;
  }
}
