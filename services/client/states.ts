/** Reads the buckets of present states on a server: that of its own node, and the copies of its peers'. */

import { DeliverPolicy, type JetStreamManager, jetstreamManager } from "@nats-io/jetstream";
import {
  everyNodeState,
  type NodePresence,
  type RouterPresence,
  readPresence,
  stateStream,
} from "../../contracts/presence.ts";
import { describeThrown, failure, type Outcome, success } from "../io/outcome.ts";
import type { NatsAddress } from "./address.ts";
import { connectOnce, pause, requestTimeout } from "./connect.ts";
import { openConsumer } from "./consumers.ts";
import { pullMany } from "./pull-many.ts";

export interface PresentStates {
  readonly routers: readonly RouterPresence[];
  readonly nodes: readonly NodePresence[];
}

/** Milliseconds that one request for values may take; the server's own least is a second. */
const fetchExpires = 2000;

const never = new AbortController().signal;

/** The error names the address and the cause. */
export async function readStates(address: NatsAddress): Promise<Outcome<PresentStates>> {
  const connected = await connectOnce(address, "understudy status");
  if (!connected.ok) return connected;
  const connection = connected.value;
  try {
    const manager = await jetstreamManager(connection, { timeout: requestTimeout, checkAPI: false });
    const found = new Map<string, RouterPresence | NodePresence>();
    for (const stream of await findBuckets(manager)) {
      // The bucket has one value of each key.
      const start = { deliver_policy: DeliverPolicy.All } as const;
      const consumer = await openConsumer(connection, manager, { stream, start });
      if (consumer.pending === 0) continue;
      const request = { stream, consumer: consumer.name, batch: consumer.pending, expires: fetchExpires };
      for await (const message of pullMany(connection, request, 0, never)) {
        const presence = readPresence(message.subject, message.text);
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

/** Milliseconds between two looks at the nodes. */
const lookInterval = 2000;

export interface NodesWatch {
  readonly address: NatsAddress;
  /** Shown by the server's monitoring. */
  readonly name: string;
  /** With each look: what every node said of itself last. */
  readonly onNodes: (nodes: readonly NodePresence[]) => void;
  readonly signal: AbortSignal;
}

/**
 * Looks again and again, without a consumer and without the routers' values. Resolves once the signal is aborted; a server that
 * does not answer, or does not let us look, is asked again.
 */
export async function watchNodes({ address, name, onNodes, signal }: NodesWatch): Promise<void> {
  while (!signal.aborted) {
    const connected = await connectOnce(address, name);
    if (connected.ok) {
      const connection = connected.value;
      try {
        const manager = await jetstreamManager(connection, { timeout: requestTimeout, checkAPI: false });
        while (!signal.aborted && !connection.isClosed()) {
          onNodes(await readNodes(manager));
          await pause(lookInterval, signal);
        }
      } catch {
        // Whoever follows events on the same server tells why.
      } finally {
        await connection.close();
      }
    }
    await pause(lookInterval, signal);
  }
}

async function readNodes(manager: JetStreamManager): Promise<NodePresence[]> {
  const nodes: NodePresence[] = [];
  for (const stream of await findBuckets(manager)) {
    const { state } = await manager.streams.info(stream, { subjects_filter: everyNodeState });
    for (const subject of Object.keys(state.subjects ?? {})) {
      const message = await manager.streams.getMessage(stream, { last_by_subj: subject });
      const presence = message === null ? undefined : readPresence(subject, message.string());
      if (presence !== undefined && "isStopped" in presence) nodes.push(presence);
    }
  }
  return nodes;
}

async function findBuckets(manager: JetStreamManager): Promise<string[]> {
  const buckets: string[] = [];
  for await (const name of manager.streams.names()) {
    if (name === stateStream || name.startsWith(`${stateStream}_`)) buckets.push(name);
  }
  return buckets;
}
