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

/** The event streams of one node, or of all. Throws what the client throws. */
export async function findNodeStreams(manager: JetStreamManager, node?: string): Promise<NodeStream[]> {
  const streams: NodeStream[] = [];
  for await (const info of manager.streams.list()) {
    const { name, subjects } = info.config;
    const [, token, incarnation] = /^EV_(.+)_([0-9a-f]{8})$/u.exec(name) ?? [];
    if (token === undefined || incarnation === undefined) continue;
    if (node !== undefined && token !== subjectToken(node)) continue;
    const isCopied = info.config.mirror !== undefined && info.config.description === currentMirror;
    const current = isCopied || subjects?.includes(nodeSubjects(token)) === true;
    streams.push({ name, node: token, incarnation, current, info });
  }
  return streams;
}
