/** Whether handlers are still at work on a node's last events: asked before its own server is stopped. */

import { jetstreamManager } from "@nats-io/jetstream";
import { type NatsCredentials, parseNatsUrl } from "../client/address.ts";
import { connectOnce, pause, requestTimeout } from "../client/connect.ts";
import { findNodeStreams, handlerConsumerPrefix } from "../client/streams.ts";

const never = new AbortController().signal;

/** Between two looks, in milliseconds. */
const lookInterval = 50;

/**
 * Resolves when no handler of the node has an event in hand or is about to get one: those of the last transition run to
 * their end (keepalived loses its notify_stop there). Who is away is not waited for, nor anybody after `patience`
 * milliseconds.
 */
export async function handlersAtRest(
  { url, credentials }: { readonly url: string; readonly credentials: NatsCredentials },
  node: string,
  patience: number,
): Promise<void> {
  const until = performance.now() + patience;
  const address = parseNatsUrl(url, credentials);
  const connected = address.ok ? await connectOnce(address.value, `understudy ${node} stopping`) : address;
  if (!connected.ok) return;
  const connection = connected.value;
  try {
    const manager = await jetstreamManager(connection, { timeout: requestTimeout, checkAPI: false });
    const streams = await findNodeStreams(manager, node);
    const isBusy = async () => {
      for (const { name } of streams) {
        for await (const consumer of manager.consumers.list(name)) {
          if (!consumer.name.startsWith(handlerConsumerPrefix)) continue;
          const isNext = consumer.num_pending > 0 && consumer.num_waiting > 0;
          if (consumer.num_ack_pending > 0 || isNext) return true;
        }
      }
      return false;
    };
    while (performance.now() < until && (await isBusy())) await pause(lookInterval, never);
  } catch {
    // The server is gone, and whoever has an event in hand knows it.
  } finally {
    await connection.close();
  }
}
