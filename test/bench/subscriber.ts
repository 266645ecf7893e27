/**
 * A program for a router's host: a plain NATS subscriber that prints one JSON line when it can hear, and one for each
 * transition with the instant at which it had it. It sends itself a message now and then: V8 compiles a program as it
 * goes, and how fast this one is at its third message is not what is to be measured.
 */

import { connect, type NatsConnection } from "@nats-io/transport-node";
import { readKey } from "../../services/client/credentials.ts";
import { monotonic } from "../../services/io/clock.ts";

/** Instants are microseconds of the monotonic clock. */
export type Heard =
  | { readonly kind: "ready"; readonly at: number }
  | { readonly kind: "event"; readonly at: number; readonly to: string; readonly node: string };

async function subscribe(url: string, subject: string, keyFile: string): Promise<void> {
  const key = readKey(keyFile);
  if (!key.ok) throw new Error(key.error);
  const { authenticator, inboxPrefix } = key.value;
  const connection = await connect({
    servers: url,
    authenticator,
    ...(inboxPrefix === undefined ? {} : { inboxPrefix }),
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

/** A reader may send nothing but questions. The answer is about as long as an event. */
function exercise(connection: NatsConnection): void {
  setInterval(() => {
    if (connection.isClosed()) return;
    connection.request("$JS.API.STREAM.LIST", "").then(
      (answer) => void answer.json(),
      () => undefined,
    );
  }, exerciseMilliseconds);
}

function say(heard: Heard): void {
  process.stdout.write(`${JSON.stringify(heard)}\n`);
}

const [, program = "", server, filter, key] = process.argv;
if (
  /subscriber\.[jt]s$/u.test(program) &&
  server !== undefined &&
  filter !== undefined &&
  key !== undefined
) {
  await subscribe(server, filter, key);
}
