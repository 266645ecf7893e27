/**
 * The notify process: runs the handlers of each router's transitions outside the daemon, one at a time, in order. A
 * transition is acknowledged after its handlers have ended, so that a restart goes on with the one that was running.
 */

import {
  AckPolicy,
  DeliverPolicy,
  JetStreamApiError,
  type JetStreamClient,
  type JetStreamManager,
  type JsMsg,
  jetstream,
  jetstreamManager,
} from "@nats-io/jetstream";
import { type NatsConnection, nanos } from "@nats-io/transport-node";
import { type EventRecord, eventRecordSchema } from "../../contracts/events/envelope.ts";
import { eventFilter } from "../../contracts/events/subjects.ts";
import { subjectToken } from "../../contracts/identity.ts";
import { connectOnce, type NatsAddress, pause, reconnectDelay, requestTimeout } from "../client/connect.ts";
import { findNodeStreams } from "../client/streams.ts";
import { describeThrown } from "../io/outcome.ts";
import { runProgram } from "../io/run-program.ts";
import {
  handlerEnvironment,
  invocationsFor,
  type Notified,
  type NotifiedTransition,
  notifiedTransitionSchema,
} from "./commands.ts";
import { createSlots, type Slots } from "./slots.ts";

/** Milliseconds after which a handler is told to end. */
const handlerTimeLimit = 30_000;

/** One line of the log: `message` for people, the rest for programs. */
export interface NotifyLogEntry {
  readonly level: "info" | "warn" | "error";
  readonly message: string;
  readonly [field: string]: unknown;
}

export interface NotifyOptions {
  readonly node: string;
  /** Routers and sync groups. */
  readonly routers: readonly Notified[];
  readonly address: NatsAddress;
  readonly environment: Readonly<Record<string, string | undefined>>;
  readonly log: (entry: NotifyLogEntry) => void;
  readonly signal: AbortSignal;
}

/** Handlers that run at the same time, of all routers together. */
export const handlersAtOnce = 64;

/** Milliseconds until the server hands out again what was not acknowledged. */
export const acknowledgeWait = 10_000;

/** While a handler runs the server is told so every so many milliseconds. */
const heartbeat = 3000;

/** How often the node's stream is looked for: before it exists, and in case a rebuilt node has a new one. */
export const streamCheck = 1000;

/** Resolves once the signal is aborted and the handlers that were running have ended. */
export async function runNotify(options: NotifyOptions): Promise<void> {
  const { address, signal, log } = options;
  const slots = createSlots(handlersAtOnce);
  const notify: Notify = { options, slots, busy: new Map(), ended: new Map(), problem: undefined };
  while (!signal.aborted) {
    const connected = await connectOnce(address, `understudy notify ${options.node}`);
    if (!connected.ok) {
      tellProblem(notify, connected.error);
      await pause(reconnectDelay, signal);
      continue;
    }
    const connection = connected.value;
    try {
      await serveConnection(notify, connection);
    } catch (thrown) {
      tellProblem(notify, `${address.shown}: ${describeThrown(thrown)}`);
    }
    if (signal.aborted) await Promise.allSettled(notify.busy.values());
    await connection.close();
    await pause(reconnectDelay, signal);
  }
  await Promise.allSettled(notify.busy.values());
  log({ level: "info", message: "notify stopped" });
}

interface Notify {
  readonly options: NotifyOptions;
  readonly slots: Slots;
  /** The handlers of a router that run now; a lost connection does not end them. */
  readonly busy: Map<string, Promise<void>>;
  /** The last transition of a router whose handlers have ended, in case its acknowledgement did not arrive. */
  readonly ended: Map<string, string>;
  problem: string | undefined;
}

type Router = NotifyOptions["routers"][number];

async function serveConnection(notify: Notify, connection: NatsConnection): Promise<void> {
  const { node, routers, signal, log } = notify.options;
  const manager = await jetstreamManager(connection, { timeout: requestTimeout, checkAPI: false });
  const client = jetstream(connection);
  while (!signal.aborted && !connection.isClosed()) {
    const stream = await currentStream(manager, node);
    if (stream === undefined) {
      tellProblem(notify, `no stream of node ${node} yet`);
      await pause(streamCheck, signal);
      continue;
    }
    notify.problem = undefined;
    log({ level: "info", message: `following ${stream}`, stream });
    const turn = new AbortController();
    const onAbort = () => turn.abort();
    signal.addEventListener("abort", onAbort);
    try {
      const loops = routers.map((router) =>
        serveRouter(notify, { manager, client, stream, turn: turn.signal }, router),
      );
      await Promise.race([
        ...loops.map(failing),
        streamChanges(manager, node, stream, turn.signal),
        connection.closed(),
      ]);
    } finally {
      signal.removeEventListener("abort", onAbort);
      turn.abort();
    }
  }
}

/** Settles only when the promise fails: a router that is done must not end the others. */
function failing(promise: Promise<void>): Promise<never> {
  return new Promise((_, reject) => {
    promise.catch(reject);
  });
}

async function currentStream(manager: JetStreamManager, node: string): Promise<string | undefined> {
  return (await findNodeStreams(manager, node)).find(({ current }) => current)?.name;
}

/** Resolves when another stream than the given one is the node's. */
async function streamChanges(
  manager: JetStreamManager,
  node: string,
  stream: string,
  turn: AbortSignal,
): Promise<void> {
  while (!turn.aborted) {
    await pause(streamCheck, turn);
    if (!turn.aborted && (await currentStream(manager, node)) !== stream) return;
  }
}

interface Turn {
  readonly manager: JetStreamManager;
  readonly client: JetStreamClient;
  readonly stream: string;
  readonly turn: AbortSignal;
}

async function serveRouter(
  notify: Notify,
  { manager, client, stream, turn }: Turn,
  router: Router,
): Promise<void> {
  await notify.busy.get(router.name);
  if (turn.aborted) return;
  const name = await ensureConsumer(manager, stream, notify.options.node, router.name);
  const consumer = await client.consumers.get(stream, name);
  while (!turn.aborted) {
    const messages = await consumer.fetch({ max_messages: 1, expires: 30_000 });
    const stop = () => void messages.close();
    turn.addEventListener("abort", stop);
    for await (const message of messages) {
      const work = handleMessage(notify, router, message);
      notify.busy.set(router.name, work);
      await work;
      notify.busy.delete(router.name);
      if (turn.aborted) break;
    }
    turn.removeEventListener("abort", stop);
  }
}

/**
 * The durable consumer of a router. Made for the first time it begins with the last transition, so that the handler of
 * the present state runs, as keepalived runs it at its start, and old history does not.
 */
async function ensureConsumer(
  manager: JetStreamManager,
  stream: string,
  node: string,
  router: string,
): Promise<string> {
  const name = `notify_${subjectToken(router)}`;
  if (await exists(manager, stream, name)) return name;
  await manager.consumers.add(stream, {
    durable_name: name,
    filter_subject: eventFilter({ node, router, class: "transition" }),
    deliver_policy: DeliverPolicy.LastPerSubject,
    ack_policy: AckPolicy.Explicit,
    ack_wait: nanos(acknowledgeWait),
    max_ack_pending: 1,
    max_deliver: -1,
  });
  return name;
}

const consumerNotFound = 10014;

async function exists(manager: JetStreamManager, stream: string, consumer: string): Promise<boolean> {
  try {
    await manager.consumers.info(stream, consumer);
    return true;
  } catch (thrown) {
    if (thrown instanceof JetStreamApiError && thrown.code === consumerNotFound) return false;
    throw thrown;
  }
}

async function handleMessage(notify: Notify, router: Router, message: JsMsg): Promise<void> {
  const { log } = notify.options;
  const event = parseEvent(message.string());
  if (event === undefined) {
    log({
      level: "error",
      message: `message ${message.seq} on ${message.subject} is no transition`,
      router: router.name,
    });
  } else if (notify.ended.get(router.name) !== event.record.id) {
    const alive = setInterval(() => message.working(), heartbeat);
    try {
      await runHandlers(notify, router, event, message.redelivered);
    } finally {
      clearInterval(alive);
    }
    notify.ended.set(router.name, event.record.id);
  }
  try {
    await message.ackAck({ timeout: requestTimeout });
  } catch {
    // The server is gone: it hands the message out again, and `ended` knows it.
  }
}

interface TransitionEvent {
  readonly record: EventRecord;
  readonly transition: NotifiedTransition;
}

async function runHandlers(
  { options, slots }: Notify,
  router: Router,
  { record, transition }: TransitionEvent,
  redelivered: boolean,
): Promise<void> {
  const environment = handlerEnvironment(options.environment, record, transition, redelivered);
  for (const { handler, argv, runAs } of invocationsFor(router, transition)) {
    const run = await slots.use(() => runProgram(argv, environment, { time: handlerTimeLimit }, runAs));
    const how = run.signal === null ? `exit status ${run.status}` : `signal ${run.signal}`;
    const limit = run.timedOut ? " (time limit)" : "";
    options.log({
      level: run.problem !== undefined ? "error" : run.status === 0 ? "info" : "warn",
      message:
        run.problem ??
        `(${router.name}) handler ${argv[0]} ended with ${how}${limit} after ${run.duration} ms`,
      router: router.name,
      event: record.id,
      correlationId: record.correlationId,
      handler,
      argv,
      redelivered,
      status: run.status,
      signal: run.signal,
      timedOut: run.timedOut,
      durationMilliseconds: run.duration,
    });
  }
}

function parseEvent(text: string): TransitionEvent | undefined {
  try {
    const record = eventRecordSchema.parse(JSON.parse(text));
    return { record, transition: notifiedTransitionSchema.parse(record.body) };
  } catch {
    return undefined;
  }
}

function tellProblem(notify: Notify, problem: string): void {
  if (notify.problem !== problem && !notify.options.signal.aborted) {
    notify.options.log({ level: "warn", message: `${problem}; waiting` });
  }
  notify.problem = problem;
}
