/**
 * Questions that readers and handlers may ask the daemon over NATS, one answer each. So few are taken at a time that whoever
 * sends many does not keep the daemon from its routers.
 */

import type { Msg, NatsConnection } from "@nats-io/transport-node";
import { describeThrown } from "../io/outcome.ts";

/** Questions taken before there is a pause, and its milliseconds. */
export const admission = { requests: 32, pause: 50 } as const;

/** Octets of the longest question. */
const maximumRequest = 2048;

/** Answers, at once or by a promise, until the connection ends; what it throws becomes `{ error }`. */
export function answerQuestions(
  connection: NatsConnection,
  subject: string,
  answer: (question: unknown) => unknown,
): void {
  // The server itself ends a subscription after `max` messages: more do not even reach us.
  if (connection.isClosed() || connection.isDraining()) return;
  let taken = 0;
  connection.subscribe(subject, {
    queue: "understudy",
    max: admission.requests,
    callback: (error, message) => {
      if (error !== null) return;
      void answerOne(message, answer);
      taken += 1;
      if (taken === admission.requests) {
        setTimeout(() => answerQuestions(connection, subject, answer), admission.pause).unref();
      }
    },
  });
}

async function answerOne(message: Msg, answer: (question: unknown) => unknown): Promise<void> {
  // An answer goes where the question says: to whoever waits for one, and not into a stream.
  if (!/^(?:_R_\.|_INBOX)/u.test(message.reply ?? "")) return;
  let answered: unknown;
  try {
    if (message.data.length > maximumRequest)
      throw new Error(`a request has ${maximumRequest} octets at most`);
    answered = await answer(message.json());
  } catch (thrown) {
    answered = { error: describeThrown(thrown) };
  }
  try {
    message.respond(JSON.stringify(answered));
  } catch {
    // The connection is closed, and who asked asks again.
  }
}
