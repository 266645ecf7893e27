/** A consumer by its name, where there is one. */

import { type ConsumerInfo, JetStreamApiError, type JetStreamManager } from "@nats-io/jetstream";

const consumerNotFound = 10014;

/** Throws what the client throws, other than that there is none. */
export async function findConsumer(
  manager: JetStreamManager,
  stream: string,
  name: string,
): Promise<ConsumerInfo | undefined> {
  try {
    return await manager.consumers.info(stream, name);
  } catch (thrown) {
    if (thrown instanceof JetStreamApiError && thrown.code === consumerNotFound) return undefined;
    throw thrown;
  }
}
