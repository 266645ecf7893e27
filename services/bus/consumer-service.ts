/**
 * Makes consumers for readers and handlers, who may not do that themselves: pull consumers on our streams and nothing else.
 * So few requests are taken at a time that whoever sends many does not keep the daemon from its routers.
 */

import type { JetStreamManager } from "@nats-io/jetstream";
import type { Msg, NatsConnection } from "@nats-io/transport-node";
import {
  consumerRequestSchema,
  consumerSubject,
  createConsumer,
  durableSubject,
  type OpenedConsumer,
} from "../client/consumers.ts";
import { describeThrown } from "../io/outcome.ts";

/** Requests taken before there is a pause, and its milliseconds. */
export const admission = { requests: 32, pause: 50 } as const;

/** Octets of the longest request. */
const maximumRequest = 2048;

/** Serves until the connection ends. */
export function serveConsumers(connection: NatsConnection, manager: JetStreamManager): void {
  listen(connection, manager, consumerSubject);
  listen(connection, manager, durableSubject);
}

/** The server itself ends a subscription after `max` messages: more do not even reach us. */
function listen(connection: NatsConnection, manager: JetStreamManager, subject: string): void {
  if (connection.isClosed() || connection.isDraining()) return;
  let taken = 0;
  connection.subscribe(subject, {
    queue: "understudy",
    max: admission.requests,
    callback: (error, message) => {
      if (error !== null) return;
      void answer(manager, message, subject === durableSubject);
      taken += 1;
      if (taken === admission.requests) {
        setTimeout(() => listen(connection, manager, subject), admission.pause).unref();
      }
    },
  });
}

async function answer(manager: JetStreamManager, message: Msg, isDurable: boolean): Promise<void> {
  // An answer goes where the question says: to whoever waits for one, and not into a stream.
  if (!/^(?:_R_\.|_INBOX)/u.test(message.reply ?? "")) return;
  const made = await make(manager, message, isDurable).catch((thrown: unknown) => ({
    error: describeThrown(thrown),
  }));
  try {
    message.respond(JSON.stringify(made));
  } catch {
    // The connection is closed, and who asked asks again.
  }
}

async function make(manager: JetStreamManager, message: Msg, isDurable: boolean): Promise<OpenedConsumer> {
  if (message.data.length > maximumRequest) throw new Error(`a request has ${maximumRequest} octets at most`);
  const request = consumerRequestSchema.parse(message.json());
  if ((request.durable !== undefined) !== isDurable) {
    throw new Error(
      `${consumerSubject} is for consumers without a name, ${durableSubject} for those with one`,
    );
  }
  return createConsumer(manager, request);
}
