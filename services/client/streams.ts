/** Which streams on a server hold events of which node, and which of them a living node writes. */

import type { JetStreamManager, StreamInfo } from "@nats-io/jetstream";
import { nodeSubjects } from "../../contracts/events/subjects.ts";
import { subjectToken } from "../../contracts/identity.ts";

/** In front of a router's name: the durable consumer of its handlers. */
export const handlerConsumerPrefix = "notify_";

/** In front of a durable subscription's name: its consumers. */
export const subscriberConsumerPrefix = "client_";

/** What a copy of a node's present stream is described as, and one of a store that the node had before. */
export const currentMirror = "events of another node";
export const formerMirror = "events of a former store of another node";

export interface NodeStream {
  readonly name: string;
  /** The node's name as a subject token. */
  readonly node: string;
  /** Eight hexadecimal digits. */
  readonly incarnation: string;
  /** Whether the node's records land here now, or are copied here; a rebuilt node's former stream only keeps its records. */
  readonly current: boolean;
  readonly info: StreamInfo;
}

/**
 * The event streams of one node, or of all. Throws what the client throws, and where the server knows of a stream and not what
 * is in it: in a cluster without a leader for it the list comes without it and without a word.
 */
export async function findNodeStreams(manager: JetStreamManager, node?: string): Promise<NodeStream[]> {
  const streams: NodeStream[] = [];
  const missing = new Set<string>();
  for await (const name of manager.streams.names()) {
    if (nodeTokenOf(name, node) !== undefined) missing.add(name);
  }
  for await (const info of manager.streams.list()) {
    const { name, subjects } = info.config;
    missing.delete(name);
    const found = nodeTokenOf(name, node);
    if (found === undefined) continue;
    const { token, incarnation } = found;
    const isCopied = info.config.mirror !== undefined && info.config.description === currentMirror;
    const current = isCopied || subjects?.includes(nodeSubjects(token)) === true;
    streams.push({ name, node: token, incarnation, current, info });
  }
  const [unknown] = missing;
  if (unknown !== undefined) throw new Error(`the server cannot say now what is in ${unknown}`);
  return streams;
}

interface NodeToken {
  readonly token: string;
  readonly incarnation: string;
}

function nodeTokenOf(stream: string, node: string | undefined): NodeToken | undefined {
  const [, token, incarnation] = /^EV_(.+)_([0-9a-f]{8})$/u.exec(stream) ?? [];
  if (token === undefined || incarnation === undefined) return undefined;
  return node === undefined || token === subjectToken(node) ? { token, incarnation } : undefined;
}
