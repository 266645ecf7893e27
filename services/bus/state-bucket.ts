/**
 * Keeps the bucket of present states: a router's value follows each of its records, all of them each connection, the node's own
 * every few seconds. Behind the events, a few values at a time, and never waited for: what is lost is written again.
 */

import { type JetStreamManager, StorageType, type StreamConfig } from "@nats-io/jetstream";
import { headers, type NatsConnection } from "@nats-io/transport-node";
import { type EventClass, nodeRouterName } from "../../contracts/events/subjects.ts";
import {
  type NodePresence,
  nodeStates,
  presenceInterval,
  type RouterPresence,
  stateStream,
  stateSubject,
} from "../../contracts/presence.ts";
import { findStream } from "../client/streams.ts";
import { describeThrown, failure, type Outcome, success } from "../io/outcome.ts";
import type { Journal } from "../journal/journal.ts";

/** What the daemon says of itself. */
export interface Presence {
  /** Names of the routers that there are. */
  names(): readonly string[];
  router(name: string): RouterPresence | undefined;
  node(isStopped: boolean): NodePresence;
}

export interface StateOptions {
  readonly journal: Pick<Journal, "node" | "onAppend">;
  /** Copies in a cluster. */
  readonly replicas: number;
  readonly presence: Presence | undefined;
}

export interface StateKeeper {
  /** Something about the node is another: it is told soon. */
  speak(): void;
  /** Says that the node stops. */
  end(): void;
  close(): void;
}

/** Octets of the bucket: a thousand routers have a megabyte. */
const bucketOctets = 8 * 1024 * 1024;

/** Milliseconds from a record to the value: events go first. */
const delay = 10;

/** Values written in one turn of the event loop. */
const batch = 16;

/** The stream as the key-value clients of NATS expect it, history 1. */
const bucketConfiguration = {
  name: stateStream,
  subjects: ["$KV.VRRP_STATE.>"],
  storage: StorageType.File,
  max_msgs_per_subject: 1,
  max_bytes: bucketOctets,
  allow_rollup_hdrs: true,
  deny_delete: true,
  allow_direct: true,
} satisfies Partial<StreamConfig>;

/** A bucket that cannot be had is a shortcoming, one sentence: events go on. Undefined where nothing is to be kept. */
export async function startStates(
  manager: JetStreamManager,
  connection: NatsConnection,
  { journal, presence, replicas }: StateOptions,
): Promise<Outcome<StateKeeper | undefined>> {
  if (presence === undefined) return success(undefined);
  try {
    await ensureStateBucket(manager, replicas);
    const former = await findFormer(manager, journal.node, presence);
    return success(keepStates({ connection, journal, presence, former }));
  } catch (thrown) {
    return failure(`present states are not kept: ${describeThrown(thrown)}`);
  }
}

async function ensureStateBucket(manager: JetStreamManager, num_replicas: number): Promise<void> {
  if ((await findStream(manager, stateStream)) === undefined)
    await manager.streams.add({ ...bucketConfiguration, num_replicas });
}

/** Keys of this node's routers that are no more: whoever removed them from the file may have done so while no daemon ran. */
async function findFormer(manager: JetStreamManager, node: string, presence: Presence): Promise<string[]> {
  const { state } = await manager.streams.info(stateStream, { subjects_filter: nodeStates(node) });
  const present = new Set([...presence.names(), nodeRouterName].map((name) => stateSubject(node, name)));
  return Object.keys(state.subjects ?? {})
    .filter((subject) => !present.has(subject))
    .map((subject) => subject.slice(subject.lastIndexOf(".") + 1));
}

interface Keeping {
  readonly connection: NatsConnection;
  readonly journal: Pick<Journal, "node" | "onAppend">;
  readonly presence: Presence;
  /** Keys to delete. */
  readonly former: readonly string[];
}

/** Classes whose records change nothing that a router's value tells. */
const untold: ReadonlySet<EventClass> = new Set(["trace", "effect", "handler"]);

function keepStates({ connection, journal, presence, former }: Keeping): StateKeeper {
  const due = new Set([...presence.names(), ...former]);
  let timer: NodeJS.Timeout | undefined;
  const put = (name: string) => {
    const isNode = name === nodeRouterName;
    const value = isNode ? presence.node(false) : presence.router(name);
    publish(connection, stateSubject(journal.node, name), value);
  };
  const putSome = () => {
    timer = undefined;
    for (const name of [...due].slice(0, batch)) {
      due.delete(name);
      put(name);
    }
    if (due.size > 0) timer = setTimeout(putSome, 1);
  };
  const soon = (name: string) => {
    due.add(name);
    timer ??= setTimeout(putSome, delay);
  };
  const endListening = journal.onAppend(({ router, class: eventClass }) => {
    if (!untold.has(eventClass)) soon(router);
  });
  const heartbeat = setInterval(() => soon(nodeRouterName), presenceInterval * 1000);
  soon(nodeRouterName);
  return {
    speak: () => soon(nodeRouterName),
    end: () => {
      for (const name of due) put(name);
      publish(connection, stateSubject(journal.node, nodeRouterName), presence.node(true));
    },
    close: () => {
      endListening();
      clearInterval(heartbeat);
      clearTimeout(timer);
    },
  };
}

/** Without a value the key is deleted: a router that was removed. */
function publish(
  connection: NatsConnection,
  subject: string,
  value: RouterPresence | NodePresence | undefined,
): void {
  try {
    if (value !== undefined) {
      connection.publish(subject, JSON.stringify(value));
      return;
    }
    const deleted = headers();
    deleted.set("KV-Operation", "DEL");
    connection.publish(subject, "", { headers: deleted });
  } catch {
    // The connection has ended, and the next one begins with all of it.
  }
}
