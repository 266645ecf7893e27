/** Reads the buckets of present states on a server: that of its own node, and the copies of its peers'. */

import { DeliverPolicy, jetstream, jetstreamManager } from "@nats-io/jetstream";
import {
  type NodePresence,
  type RouterPresence,
  readPresence,
  stateStream,
} from "../../contracts/presence.ts";
import { describeThrown, failure, type Outcome, success } from "../io/outcome.ts";
import type { NatsAddress } from "./address.ts";
import { connectOnce, requestTimeout } from "./connect.ts";
import { openConsumer } from "./consumers.ts";

export interface PresentStates {
  readonly routers: readonly RouterPresence[];
  readonly nodes: readonly NodePresence[];
}

/** Milliseconds that one request for values may take; the server's own least is a second. */
const fetchExpires = 2000;

/** The error names the address and the cause. */
export async function readStates(address: NatsAddress): Promise<Outcome<PresentStates>> {
  const connected = await connectOnce(address, "understudy status");
  if (!connected.ok) return connected;
  const connection = connected.value;
  try {
    const manager = await jetstreamManager(connection, { timeout: requestTimeout, checkAPI: false });
    const client = jetstream(connection);
    const found = new Map<string, RouterPresence | NodePresence>();
    for await (const stream of manager.streams.names()) {
      if (stream !== stateStream && !stream.startsWith(`${stateStream}_`)) continue;
      // The bucket has one value of each key.
      const start = { deliver_policy: DeliverPolicy.All } as const;
      const consumer = await openConsumer(connection, manager, { stream, start });
      if (consumer.pending === 0) continue;
      const messages = await (await client.consumers.get(stream, consumer.name)).fetch({
        max_messages: consumer.pending,
        expires: fetchExpires,
      });
      for await (const message of messages) {
        const presence = readPresence(message.subject, message.string());
        if (presence !== undefined) found.set(message.subject, presence);
      }
    }
    const all = [...found.values()];
    return success({
      routers: all.filter((each) => "virtualRouterId" in each),
      nodes: all.filter((each) => "isStopped" in each),
    });
  } catch (thrown) {
    return failure(`${address.shown}: ${describeThrown(thrown)}`);
  } finally {
    await connection.close();
  }
}
