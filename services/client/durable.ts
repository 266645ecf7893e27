/**
 * A durable subscription: a consumer of its own in each stream of the nodes asked for, which the server keeps. Whoever comes
 * back under the same name goes on behind the last event that was acknowledged.
 */

import { DeliverPolicy, type JetStreamManager, jetstreamManager } from "@nats-io/jetstream";
import type { NatsConnection } from "@nats-io/transport-node";
import { type EventRecord, eventRecordSchema } from "../../contracts/events/envelope.ts";
import { eventFilter } from "../../contracts/events/subjects.ts";
import { describeThrown } from "../io/outcome.ts";
import type { NatsAddress } from "./address.ts";
import { connectOnce, pause, reconnectDelay, requestTimeout } from "./connect.ts";
import type { ConsumerStart } from "./consumers.ts";
import type { Delivery } from "./deliver.ts";
import { findConsumer } from "./find-consumer.ts";
import { type Follower, follow, type Progress } from "./follow.ts";
import type { SubscriptionStart } from "./stream-reader.ts";
import { findNodeStreams, type NodeStream, subscriberConsumerPrefix } from "./streams.ts";
import { discoveryInterval } from "./subscribe.ts";

export interface DurableOptions {
  readonly address: NatsAddress;
  /** A token of NATS. */
  readonly name: string;
  readonly filter: { readonly node?: string; readonly router?: string };
  /** Where it begins when the server does not know the name yet. */
  readonly start: SubscriptionStart;
  readonly isWanted: (record: EventRecord) => boolean;
  readonly delivery: Delivery;
  readonly onProblem: (problem: string) => void;
  readonly signal: AbortSignal;
}

/** Resolves once the signal is aborted and what was being handled has been acknowledged. */
export async function followDurably(options: DurableOptions): Promise<void> {
  const { address, name, signal } = options;
  const durable: Durable = { options, progress: new Map(), isSettled: false, problem: undefined };
  while (!signal.aborted) {
    const connected = await connectOnce(address, `understudy client ${name}`);
    if (connected.ok) {
      try {
        await serve(durable, connected.value);
      } catch (thrown) {
        tellProblem(durable, `${address.shown}: ${describeThrown(thrown)}`);
      }
      if (signal.aborted) await Promise.all([...durable.progress.values()].map(({ busy }) => busy));
      await connected.value.close();
    } else {
      tellProblem(durable, connected.error);
    }
    await pause(reconnectDelay, signal);
  }
}

interface Durable {
  readonly options: DurableOptions;
  /** By stream; outlives connections. */
  readonly progress: Map<string, Progress>;
  /** The streams of the beginning are known: one that comes up later is new from its first record on. */
  isSettled: boolean;
  problem: string | undefined;
}

interface Connected {
  readonly manager: JetStreamManager;
  readonly connection: NatsConnection;
  readonly turn: AbortController;
  /** When each stream that is followed was made. */
  readonly followed: Map<string, number>;
  readonly fail: (thrown: unknown) => void;
}

async function serve(durable: Durable, connection: NatsConnection): Promise<void> {
  const { signal } = durable.options;
  const manager = await jetstreamManager(connection, { timeout: requestTimeout, checkAPI: false });
  const turn = new AbortController();
  const onAbort = () => turn.abort();
  signal.addEventListener("abort", onAbort);
  if (signal.aborted) onAbort();
  let fail: Connected["fail"] = () => undefined;
  const failure = new Promise<never>((_, reject) => {
    fail = reject;
  });
  const connected = { manager, connection, turn, followed: new Map(), fail };
  const discover = async () => {
    while (!turn.signal.aborted) {
      await followNew(durable, connected);
      await pause(discoveryInterval, turn.signal);
    }
  };
  const ended = connection.closed().then(() => Promise.reject(new Error("connection lost")));
  try {
    await Promise.race([discover(), failure, ended]);
  } finally {
    signal.removeEventListener("abort", onAbort);
    turn.abort();
  }
}

async function followNew(durable: Durable, connected: Connected): Promise<void> {
  const { options, progress } = durable;
  const { manager, connection, turn, followed, fail } = connected;
  const streams = await findNodeStreams(manager, options.filter.node);
  for (const stream of streams) {
    const isAnother = (followed.get(stream.name) ?? madeAt(stream)) !== madeAt(stream);
    if (isAnother) throw new Error(`${stream.name} was made anew`);
  }
  const firstMade = durable.isSettled ? 0 : await firstMadeAt(manager, streams, options.name);
  for (const stream of streams.filter(({ name }) => !followed.has(name))) {
    const isNew = madeAt(stream) > firstMade;
    const own = progress.get(stream.name) ?? { busy: undefined, handled: undefined };
    progress.set(stream.name, own);
    const start = isNew ? beginning : await startIn(manager, stream, options, own);
    followed.set(stream.name, madeAt(stream));
    const place = { connection, manager, stream: stream.name, turn: turn.signal };
    follow(follower(options, stream, start), own, place, ({ message }) =>
      tellProblem(durable, message),
    ).catch(fail);
  }
  durable.isSettled = true;
  durable.problem = undefined;
}

function tellProblem(durable: Durable, problem: string): void {
  const { onProblem, signal } = durable.options;
  if (problem !== durable.problem && !signal.aborted) onProblem(problem);
  durable.problem = problem;
}

const beginning: ConsumerStart = { deliver_policy: DeliverPolicy.All };

function follower(options: DurableOptions, stream: NodeStream, start: ConsumerStart): Follower {
  const { name, filter, isWanted, delivery } = options;
  const subjects = eventFilter({ ...filter, node: stream.node, class: "transition" });
  return {
    name: `${subscriberConsumerPrefix}${name}`,
    // A filter has to lie within the subjects of the stream (2.9.10), and a former stream has others than its records.
    filter: stream.current ? subjects : undefined,
    classes: ["transition"],
    start,
    handle: async (record, isRedelivered) => {
      if (isWanted(record)) await delivery.deliver(record, isRedelivered);
    },
  };
}

function madeAt({ info }: NodeStream): number {
  return Date.parse(info.created);
}

/** When the subscription was first made, as the server tells it; infinity where it does not know it. */
async function firstMadeAt(
  manager: JetStreamManager,
  streams: readonly NodeStream[],
  name: string,
): Promise<number> {
  const consumers = await Promise.all(
    streams.map((stream) => findConsumer(manager, stream.name, `${subscriberConsumerPrefix}${name}`)),
  );
  return Math.min(
    ...consumers.flatMap((consumer) => (consumer === undefined ? [] : [Date.parse(consumer.created)])),
  );
}

/** Where a stream is read from that was there before the subscription. */
async function startIn(
  manager: JetStreamManager,
  stream: NodeStream,
  { start, name }: DurableOptions,
  progress: Progress,
): Promise<ConsumerStart> {
  const { last_seq } = stream.info.state;
  if (start.kind === "since") {
    return { deliver_policy: DeliverPolicy.StartTime, opt_start_time: start.time.toISOString() };
  }
  if (start.kind === "beginning" || last_seq === 0) return beginning;
  if (start.kind === "last" && stream.current) return { deliver_policy: DeliverPolicy.LastPerSubject };
  const isKnown =
    (await findConsumer(manager, stream.name, `${subscriberConsumerPrefix}${name}`)) !== undefined;
  // Where the stream is made anew from the journal, what is left out here stays left out.
  if (!isKnown) progress.handled ??= await recordAt(manager, stream.name, last_seq);
  return { deliver_policy: DeliverPolicy.StartSequence, opt_start_seq: last_seq + 1 };
}

async function recordAt(
  manager: JetStreamManager,
  stream: string,
  seq: number,
): Promise<EventRecord | undefined> {
  const message = await manager.streams.getMessage(stream, { seq });
  try {
    return eventRecordSchema.safeParse(JSON.parse(message?.string() ?? "")).data;
  } catch {
    return undefined;
  }
}
