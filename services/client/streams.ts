/** Which streams on a server hold events of which node, and which of them a living node writes. */

import { JetStreamApiError, type JetStreamManager, type StreamInfo } from "@nats-io/jetstream";
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
 * The event streams of one node, or of all. Throws what the client throws, and what the server says of a stream that it knows and
 * cannot look into: each is asked for by its name, because a server in a cluster leaves one without a leader out of its list.
 * Those that are `known` are not asked for.
 */
export async function findNodeStreams(
  manager: JetStreamManager,
  node?: string,
  known: (name: string) => boolean = () => false,
): Promise<NodeStream[]> {
  const names: string[] = [];
  for await (const name of manager.streams.names()) {
    if (isNodeStream(name, node) && !known(name)) names.push(name);
  }
  const streams = await Promise.all(names.map((name) => findNodeStream(manager, name)));
  return streams.filter((stream) => stream !== undefined);
}

/** One event stream, where there is one of that name. Throws what the client throws. */
export async function findNodeStream(
  manager: JetStreamManager,
  name: string,
): Promise<NodeStream | undefined> {
  const [, node, incarnation] = namePattern.exec(name) ?? [];
  if (node === undefined || incarnation === undefined) return undefined;
  const info = await findStream(manager, name);
  if (info === undefined) return undefined;
  const { mirror, description, subjects } = info.config;
  const isCopied = mirror !== undefined && description === currentMirror;
  const current = isCopied || subjects?.includes(nodeSubjects(node)) === true;
  return { name, node, incarnation, current, info };
}

/** Any stream, where there is one of that name. Throws what the client throws. */
export async function findStream(manager: JetStreamManager, name: string): Promise<StreamInfo | undefined> {
  try {
    return await manager.streams.info(name);
  } catch (thrown) {
    if (thrown instanceof JetStreamApiError && thrown.code === streamNotFound) return undefined;
    throw thrown;
  }
}

const streamNotFound = 10059;
const namePattern = /^EV_(.+)_([0-9a-f]{8})$/u;

function isNodeStream(name: string, node: string | undefined): boolean {
  const [, token] = namePattern.exec(name) ?? [];
  return token !== undefined && (node === undefined || token === subjectToken(node));
}
