/**
 * Many messages asked of a consumer at once, each told once and none left out. nats-server 2.9 gives an answer twice to a reader
 * whose account was served before the first link to another server came up: the copies are passed over, and do not count as what
 * was asked for, else the second half of each request would be lost.
 */

import { type Msg, type NatsConnection, nanos } from "@nats-io/transport-node";
import { newInbox, requestTimeout } from "./connect.ts";
import { countsOf, nothingYet } from "./pull.ts";

export interface PullRequest {
  readonly stream: string;
  readonly consumer: string;
  /** Messages at most. */
  readonly batch: number;
  /** Milliseconds that the request stays open; the server's own least is a second. */
  readonly expires: number;
}

export interface StreamMessage {
  readonly subject: string;
  readonly text: string;
  /** In the stream. */
  readonly sequence: number;
  /** Counts what the consumer has handed out, from 1. */
  readonly delivery: number;
}

/**
 * What follows behind a delivery; ends with the batch, with the time of the request, with the connection, and when the signal is
 * aborted. Throws what the server says when the consumer is lost.
 */
export async function* pullMany(
  connection: NatsConnection,
  { stream, consumer, batch, expires }: PullRequest,
  behind: number,
  signal: AbortSignal,
): AsyncGenerator<StreamMessage, undefined> {
  const inbox = newInbox(connection);
  const answers = connection.subscribe(inbox);
  const leave = () => answers.unsubscribe();
  let isUnanswered = false;
  // Runs while we wait, and not while whoever reads takes its time.
  const wait = () =>
    setTimeout(() => {
      isUnanswered = true;
      leave();
    }, expires + requestTimeout);
  let waiting = wait();
  signal.addEventListener("abort", leave);
  try {
    const request = JSON.stringify({ batch, expires: nanos(expires) });
    connection.publish(`$JS.API.CONSUMER.MSG.NEXT.${stream}.${consumer}`, request, { reply: inbox });
    let delivered = behind;
    for await (const answer of answers) {
      const message = messageOf(answer);
      if (message === undefined) return undefined;
      if (message.delivery <= delivered) continue;
      if (message.delivery !== delivered + 1) throw new Error("a message was lost on the way");
      delivered += 1;
      clearTimeout(waiting);
      yield message;
      if (delivered === behind + batch) return undefined;
      waiting = wait();
    }
    if (isUnanswered && !signal.aborted) throw new Error(`the consumer ${consumer} does not answer`);
    return undefined;
  } finally {
    clearTimeout(waiting);
    signal.removeEventListener("abort", leave);
    answers.unsubscribe();
  }
}

/** Undefined for the end of the request. */
function messageOf(answer: Msg): StreamMessage | undefined {
  const status = answer.headers?.code ?? 0;
  if (nothingYet.includes(status)) return undefined;
  if (status !== 0)
    throw new Error(`the consumer gives no events: ${answer.headers?.description} (${status})`);
  const [, sequence = 0, delivery = 0] = countsOf(answer.reply ?? "");
  return { subject: answer.subject, text: answer.string(), sequence, delivery };
}
