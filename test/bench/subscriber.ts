/**
 * A program for a router's host: a plain NATS subscriber that prints one JSON line when it can hear, and one for each
 * transition with the instant at which it had it. It sends itself a message now and then: V8 compiles a program as it
 * goes, and how fast this one is at its third message is not what is to be measured.
 */

import { connect, createInbox, type NatsConnection } from "@nats-io/transport-node";
import { monotonic } from "../../services/io/clock.ts";

/** Instants are microseconds of the monotonic clock. */
export type Heard =
  | { readonly kind: "ready"; readonly at: number }
  | { readonly kind: "event"; readonly at: number; readonly to: string; readonly node: string };

async function subscribe(url: string, subject: string): Promise<void> {
  const connection = await connect({
    servers: url,
    waitOnFirstConnect: true,
    maxReconnectAttempts: -1,
    reconnectTimeWait: 50,
    reconnectJitter: 0,
  });
  connection.subscribe(subject, {
    callback: (error, message) => {
      const at = monotonic();
      if (error !== null) return;
      const { body, node } = message.json<{ body: { to: string }; node: string }>();
      say({ kind: "event", at, to: body.to, node });
    },
  });
  exercise(connection);
  await connection.flush();
  say({ kind: "ready", at: monotonic() });
  for await (const status of connection.status()) {
    if (status.type !== "reconnect") continue;
    await connection.flush().then(
      () => say({ kind: "ready", at: monotonic() }),
      () => undefined,
    );
  }
}

const exerciseMilliseconds = 250;

function exercise(connection: NatsConnection): void {
  const subject = createInbox();
  // About as long as an event.
  const text = JSON.stringify({ node: "exercise", body: { to: "x".repeat(1000) } });
  connection.subscribe(subject, { callback: (_error, message) => void message.json() });
  setInterval(() => {
    if (!connection.isClosed()) connection.publish(subject, text);
  }, exerciseMilliseconds);
}

function say(heard: Heard): void {
  process.stdout.write(`${JSON.stringify(heard)}\n`);
}

const [, program = "", server, filter] = process.argv;
if (/subscriber\.[jt]s$/u.test(program) && server !== undefined && filter !== undefined) {
  await subscribe(server, filter);
}
