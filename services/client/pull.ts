/**
 * One message asked of a durable consumer. Whoever stops asking says so to the server and waits for its answer, since a message
 * that is sent to nobody comes again after the whole acknowledgement time only.
 */

import { type Msg, type NatsConnection, nanos } from "@nats-io/transport-node";
import { newInbox, requestTimeout } from "./connect.ts";

/** Milliseconds that one request stays open. */
const requestExpires = 30_000;

export interface PulledMessage {
  readonly subject: string;
  readonly text: string;
  /** In the stream. */
  readonly sequence: number;
  readonly isRedelivered: boolean;
  /** Resolves when the server has it. */
  acknowledge(): Promise<void>;
  /** It is to come again at once. */
  refuse(): void;
  /** It is being handled: the acknowledgement time begins anew. */
  working(): void;
}

/** What the server says when there was no message in time. */
export const nothingYet = [404, 408];

/**
 * Undefined where there was none in time, or before the signal was aborted. A message that was on its way then is handed over.
 * Throws what the server or the client says when the consumer or the connection is lost.
 */
export async function pullOne(
  connection: NatsConnection,
  { stream, consumer }: { readonly stream: string; readonly consumer: string },
  signal: AbortSignal,
): Promise<PulledMessage | undefined> {
  const inbox = newInbox(connection);
  const answers = connection.subscribe(inbox, { max: 1 });
  let giveUp: NodeJS.Timeout | undefined;
  const leave = () => {
    answers.drain().catch(() => undefined);
    giveUp ??= setTimeout(() => answers.unsubscribe(), requestTimeout);
  };
  const unanswered = setTimeout(leave, requestExpires + requestTimeout);
  signal.addEventListener("abort", leave);
  try {
    const request = JSON.stringify({ batch: 1, expires: nanos(requestExpires) });
    connection.publish(`$JS.API.CONSUMER.MSG.NEXT.${stream}.${consumer}`, request, { reply: inbox });
    for await (const answer of answers) return messageOf(connection, answer);
    return undefined;
  } finally {
    clearTimeout(unanswered);
    clearTimeout(giveUp);
    signal.removeEventListener("abort", leave);
  }
}

function messageOf(connection: NatsConnection, answer: Msg): PulledMessage | undefined {
  const status = answer.headers?.code ?? 0;
  if (nothingYet.includes(status)) return undefined;
  if (status !== 0)
    throw new Error(`the consumer gives no events: ${answer.headers?.description} (${status})`);
  const { reply = "", subject } = answer;
  const [deliveries = 0, sequence = 0] = countsOf(reply);
  return {
    subject,
    text: answer.string(),
    sequence,
    isRedelivered: deliveries > 1,
    acknowledge: async () => void (await connection.request(reply, "+ACK", { timeout: requestTimeout })),
    refuse: () => connection.publish(reply, "-NAK"),
    working: () => connection.publish(reply, "+WPI"),
  };
}

/**
 * How often it was handed out, where in the stream it is, and what the consumer has handed out up to it:
 * $JS.ACK.<stream>.<consumer>.<deliveries>.<sequence>.<delivered>... ; servers that know accounts and domains say these two first.
 */
export function countsOf(reply: string): number[] {
  const tokens = reply.split(".");
  return tokens.slice(tokens.length > 9 ? 6 : 4).map(Number);
}
