/** Makes consumers for readers and handlers, who may not do that themselves: pull consumers on our streams and nothing else. */

import type { JetStreamManager } from "@nats-io/jetstream";
import type { NatsConnection } from "@nats-io/transport-node";
import {
  consumerRequestSchema,
  consumerSubject,
  createConsumer,
  durableSubject,
  type OpenedConsumer,
} from "../client/consumers.ts";
import { answerQuestions } from "./questions.ts";

/** Serves until the connection ends. */
export function serveConsumers(connection: NatsConnection, manager: JetStreamManager): void {
  for (const subject of [consumerSubject, durableSubject])
    answerQuestions(connection, subject, (question) => make(manager, question, subject === durableSubject));
}

function make(manager: JetStreamManager, question: unknown, isDurable: boolean): Promise<OpenedConsumer> {
  const request = consumerRequestSchema.parse(question);
  if ((request.durable !== undefined) !== isDurable) {
    throw new Error(
      `${consumerSubject} is for consumers without a name, ${durableSubject} for those with one`,
    );
  }
  return createConsumer(manager, request);
}
