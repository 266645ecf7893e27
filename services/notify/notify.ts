/**
 * The notify process: tells handlers, FIFOs and mailboxes of each transition, outside the daemon. Here it holds the
 * connection and finds the node's stream; who is told stands in followers of its own (follow.ts).
 */

import { type JetStreamManager, jetstreamManager } from "@nats-io/jetstream";
import type { NatsConnection } from "@nats-io/transport-node";
import { eventSubject, nodeRouterName } from "../../contracts/events/subjects.ts";
import { connectOnce, pause, reconnectDelay, requestTimeout } from "../client/connect.ts";
import { type Follower, follow, type Progress } from "../client/follow.ts";
import { findNodeStream, findNodeStreams } from "../client/streams.ts";
import { describeThrown } from "../io/outcome.ts";
import { openFifos } from "./fifos.ts";
import { createHandlers } from "./handlers.ts";
import { mailFollower } from "./mail.ts";
import type { NotifyOptions } from "./options.ts";

/** How often the node's stream is looked for: before it exists, and in case a rebuilt node has a new one. */
export const streamCheck = 1000;

/** Resolves once the signal is aborted and what was being done has been done. */
export async function runNotify(options: NotifyOptions): Promise<void> {
  const { signal } = options;
  let { routers } = options;
  const fifos = openFifos(options, () => routers);
  const handlers = createHandlers(options, () => routers);
  const progress = new Map<Follower, Progress>();
  const notify: Notify = { options, progress, problem: undefined, start: undefined };
  const add = (followers: readonly Follower[]) => {
    const names = new Set([...progress.keys()].map(({ name }) => name));
    for (const follower of followers.filter(({ name }) => !names.has(name))) {
      progress.set(follower, { busy: undefined, handled: undefined });
      notify.start?.(follower);
    }
  };
  add([...handlers(), ...fifos.followers, ...mailFollower(options, () => routers)]);
  options.onRouters?.((next) => {
    routers = next;
    add(handlers());
  });
  const settled = () => Promise.allSettled([...progress.values()].map(({ busy }) => busy));
  while (!signal.aborted) {
    await serveOnce(notify, settled);
    await pause(reconnectDelay, signal);
  }
  await settled();
  await fifos.close();
}

interface Notify {
  readonly options: NotifyOptions;
  readonly progress: ReadonlyMap<Follower, Progress>;
  problem: string | undefined;
  /** Has a follower begin; undefined while there is nothing to follow. */
  start: ((follower: Follower) => void) | undefined;
}

async function serveOnce(notify: Notify, settled: () => Promise<unknown>): Promise<void> {
  const { address, node, signal } = notify.options;
  const connected = await connectOnce(address, `understudy notify ${node}`);
  if (!connected.ok) {
    tellProblem(notify, connected.error);
    return;
  }
  const connection = connected.value;
  try {
    await serveConnection(notify, connection);
  } catch (thrown) {
    tellProblem(notify, `${address.shown}: ${describeThrown(thrown)}`);
  }
  if (signal.aborted) await settled();
  await connection.close();
}

async function serveConnection(notify: Notify, connection: NatsConnection): Promise<void> {
  const { options } = notify;
  const { node, signal, log } = options;
  const manager = await jetstreamManager(connection, { timeout: requestTimeout, checkAPI: false });
  connection.subscribe(eventSubject({ node, router: nodeRouterName, class: "config" }), {
    callback: () => options.onReloaded?.(),
  });
  while (!signal.aborted && !connection.isClosed()) {
    const stream = await currentStream(manager, node);
    if (stream === undefined) {
      tellProblem(notify, `no stream of node ${node} yet`);
      await pause(streamCheck, signal);
      continue;
    }
    notify.problem = undefined;
    options.onReloaded?.();
    let unready = notify.progress.size;
    const noteReady = () => {
      unready -= 1;
      if (unready === 0) log({ level: "info", message: `following ${stream}`, stream });
    };
    const turn = new AbortController();
    const onAbort = () => turn.abort();
    signal.addEventListener("abort", onAbort);
    try {
      let fail: (thrown: unknown) => void = () => undefined;
      const failed = new Promise<never>((_, reject) => {
        fail = reject;
      });
      notify.start = (follower) => {
        const progress = notify.progress.get(follower);
        if (progress === undefined) return;
        follow(follower, progress, { connection, manager, stream, turn: turn.signal }, log, noteReady).catch(
          fail,
        );
      };
      // A follower that is done must not end the others; one that fails does.
      for (const follower of notify.progress.keys()) notify.start(follower);
      await Promise.race([failed, streamEnds(manager, stream, turn.signal), connection.closed()]);
    } finally {
      notify.start = undefined;
      signal.removeEventListener("abort", onAbort);
      turn.abort();
    }
  }
}

async function currentStream(manager: JetStreamManager, node: string): Promise<string | undefined> {
  return (await findNodeStreams(manager, node)).find(({ current }) => current)?.name;
}

/** Resolves when the node's records land in the stream no longer: then they land in another one. */
async function streamEnds(manager: JetStreamManager, stream: string, turn: AbortSignal): Promise<void> {
  while (!turn.aborted) {
    await pause(streamCheck, turn);
    if (!turn.aborted && (await findNodeStream(manager, stream))?.current !== true) return;
  }
}

function tellProblem(notify: Notify, problem: string): void {
  if (notify.problem !== problem && !notify.options.signal.aborted) {
    notify.options.log({ level: "warn", message: `${problem}; waiting` });
  }
  notify.problem = problem;
}
