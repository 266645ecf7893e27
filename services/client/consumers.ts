/**
 * How a subscriber gets a consumer: by asking the daemon, because whoever may make consumers at the server may have it
 * send any subject. On a server without our users, or without a daemon, it is made directly.
 */

import { AckPolicy, type ConsumerConfig, DeliverPolicy, type JetStreamManager } from "@nats-io/jetstream";
import { type NatsConnection, nanos } from "@nats-io/transport-node";
import { z } from "zod";
import { describeThrown } from "../io/outcome.ts";
import { pause, requestTimeout } from "./connect.ts";
import { findConsumer } from "./find-consumer.ts";

export const consumerSubject = "vrrp.v1.api.consumer";
export const durableSubject = "vrrp.v1.api.durable";

const subject = z.string().regex(/^[^\s]{1,400}$/u);
const startSchema = z.union([
  z.strictObject({ deliver_policy: z.literal([DeliverPolicy.All, DeliverPolicy.LastPerSubject]) }),
  z.strictObject({
    deliver_policy: z.literal(DeliverPolicy.StartSequence),
    opt_start_seq: z.int().positive(),
  }),
  z.strictObject({ deliver_policy: z.literal(DeliverPolicy.StartTime), opt_start_time: z.iso.datetime() }),
]);

export const consumerRequestSchema = z.strictObject({
  stream: z.string().regex(/^(?:EV|KV)_[A-Za-z0-9_-]{1,200}$/u),
  /** Left out: everything in the stream. */
  filter: subject.optional(),
  start: startSchema,
  /** Kept by the server under this name; left out: forgotten a minute after the last request. */
  durable: z
    .string()
    .regex(/^[A-Za-z0-9_-]{1,200}$/u)
    .optional(),
});
export type ConsumerRequest = z.infer<typeof consumerRequestSchema>;
export type ConsumerStart = z.infer<typeof startSchema>;

export const consumerAnswerSchema = z.union([
  z.strictObject({
    name: z.string(),
    /** Messages that it has in store. */
    pending: z.int(),
    /** Last sequence of the stream before a durable consumer was made for the first time, else 0. */
    history: z.int(),
  }),
  z.strictObject({ error: z.string() }),
]);
export type OpenedConsumer = Exclude<z.infer<typeof consumerAnswerSchema>, { error: string }>;

/** Milliseconds after which the server forgets a reader that has gone. */
const forgottenAfter = 60_000;

/** Milliseconds until the server hands out again what was not acknowledged. */
export const acknowledgeWait = 10_000;

/** The daemon takes so many requests at a time, and hears of the others when it listens again. */
const attempts = { count: 5, between: 100 } as const;

const never = new AbortController().signal;

/** Throws what the server or the daemon says. */
export async function openConsumer(
  connection: NatsConnection,
  manager: JetStreamManager,
  request: ConsumerRequest,
): Promise<OpenedConsumer> {
  const asked = await askDaemon(connection, request);
  return asked ?? (await createConsumer(manager, request));
}

/** Undefined where nobody listens. */
async function askDaemon(
  connection: NatsConnection,
  request: ConsumerRequest,
): Promise<OpenedConsumer | undefined> {
  const to = request.durable === undefined ? consumerSubject : durableSubject;
  for (let attempt = 0; attempt < attempts.count; attempt += 1) {
    if (attempt > 0) await pause(attempts.between, never);
    try {
      const reply = await connection.request(to, JSON.stringify(request), { timeout: requestTimeout });
      const answer = consumerAnswerSchema.parse(reply.json());
      if ("error" in answer) throw new Error(answer.error);
      return answer;
    } catch (thrown) {
      if (connection.isClosed() || !/no responders/iu.test(describeThrown(thrown))) throw thrown;
    }
  }
  return undefined;
}

/** Makes it at the server; a durable one that is there stays, and with another filter goes on behind what was acknowledged. */
export async function createConsumer(
  manager: JetStreamManager,
  { stream, durable, filter, start }: ConsumerRequest,
): Promise<OpenedConsumer> {
  const subjects = filter === undefined ? {} : { filter_subject: filter };
  if (durable === undefined) {
    const { name, num_pending } = await manager.consumers.add(stream, {
      ack_policy: AckPolicy.None,
      inactive_threshold: nanos(forgottenAfter),
      mem_storage: true,
      ...subjects,
      ...start,
    });
    return { name, pending: num_pending, history: 0 };
  }
  const known = await findConsumer(manager, stream, durable);
  if (known !== undefined && (filter === undefined || known.config.filter_subject === filter)) {
    return { name: durable, pending: known.num_pending, history: 0 };
  }
  if (known !== undefined) await manager.consumers.delete(stream, durable);
  const floor = known?.ack_floor.stream_seq ?? 0;
  const { state } = await manager.streams.info(stream);
  const goingOn = { deliver_policy: DeliverPolicy.StartSequence, opt_start_seq: floor + 1 } as const;
  const settings: Partial<ConsumerConfig> = {
    durable_name: durable,
    ack_policy: AckPolicy.Explicit,
    ack_wait: nanos(acknowledgeWait),
    max_ack_pending: 1,
    max_deliver: -1,
    ...subjects,
    ...(floor === 0 ? start : goingOn),
  };
  const { num_pending } = await manager.consumers.add(stream, settings);
  return { name: durable, pending: num_pending, history: floor === 0 ? state.last_seq : 0 };
}
