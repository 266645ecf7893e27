/**
 * Copies of other nodes' events: a mirror of each stream that a peer's server has of that peer. Found and made again every few
 * seconds; a peer that is away keeps what was copied. Nothing here is near a failover.
 */

import {
  type JetStreamManager,
  jetstreamManager,
  StorageType,
  type StreamConfig,
  type StreamInfo,
} from "@nats-io/jetstream";
import type { NatsConnection } from "@nats-io/transport-node";
import { subjectToken } from "../../contracts/identity.ts";
import { stateMirror, stateStream } from "../../contracts/presence.ts";
import { pause, requestTimeout } from "../client/connect.ts";
import {
  currentMirror,
  findNodeStreams,
  findStream,
  formerMirror,
  type NodeStream,
} from "../client/streams.ts";
import { describeThrown } from "../io/outcome.ts";
import { streamBytes } from "./limits.ts";

/** Between two looks, in milliseconds. */
export const mirrorInterval = 2000;

/** Copies of former stores that are kept of each peer; those of the oldest go. */
export const formerMirrors = 2;

export interface MirrorOptions {
  readonly connection: NatsConnection;
  /** Names of the nodes, which are the domains of their servers too. */
  readonly peers: readonly string[];
  /** One sentence, not twice the same in a row for a peer; undefined when its events are copied again. */
  readonly onProblem: (peer: string, problem: string | undefined) => void;
  readonly signal: AbortSignal;
}

/** Resolves when the connection has ended, or the signal is aborted. */
export async function keepMirrors({ connection, peers, onProblem, signal }: MirrorOptions): Promise<void> {
  const local = await jetstreamManager(connection, { timeout: requestTimeout, checkAPI: false });
  const told = new Map<string, string | undefined>();
  const tell = (peer: string, problem: string | undefined) => {
    if (told.get(peer) === problem) return;
    told.set(peer, problem);
    onProblem(peer, problem);
  };
  while (!signal.aborted && !connection.isClosed()) {
    for (const peer of peers) {
      await mirrorPeer(connection, local, peer).then(
        () => tell(peer, undefined),
        (thrown: unknown) => tell(peer, `no copy of the events of ${peer}: ${describeThrown(thrown)}`),
      );
    }
    await pause(mirrorInterval, signal);
  }
}

async function mirrorPeer(connection: NatsConnection, local: JetStreamManager, peer: string): Promise<void> {
  const domain = subjectToken(peer);
  const remote = await jetstreamManager(connection, { domain, timeout: requestTimeout, checkAPI: false });
  const byAge = (streams: NodeStream[]) =>
    streams.sort((one, other) => Date.parse(other.info.created) - Date.parse(one.info.created));
  const theirs = byAge((await findNodeStreams(remote, peer)).filter(({ info }) => !isMirror(info)));
  const present = theirs.filter(({ current }) => current);
  const former = theirs.filter(({ current }) => !current).slice(0, formerMirrors);
  const wanted = [...present, ...former].map((stream) => mirrorConfiguration(stream, domain));
  // A node that was rebuilt has lost its former streams, and ours of them are what is left.
  const ours = byAge((await findNodeStreams(local, peer)).filter(({ info }) => isMirror(info)));
  const isPresent = (name: string) => present.some((stream) => stream.name === name);
  const surplus = ours.filter(({ name }) => !isPresent(name)).slice(formerMirrors);
  for (const { name } of surplus) await local.streams.delete(name);
  for (const each of ours) {
    if (each.current && present.length > 0 && !isPresent(each.name)) await retire(local, each);
  }
  for (const configuration of wanted) {
    const known = ours.find(({ name }) => name === configuration.name);
    if (surplus.some(({ name }) => name === configuration.name)) continue;
    await ensureMirror(local, known?.info, configuration);
  }
  await mirrorStates(local, remote, peer);
}

/**
 * The peer's present states. Its bucket has one name for all stores: where the peer was rebuilt, its sequences are behind ours,
 * and a mirror would pass over everything up to there.
 */
async function mirrorStates(local: JetStreamManager, remote: JetStreamManager, peer: string): Promise<void> {
  const theirs = await findStream(remote, stateStream);
  if (theirs === undefined) return;
  const name = stateMirror(peer);
  let ours = await findStream(local, name);
  if (ours !== undefined && theirs.state.last_seq < ours.state.last_seq) {
    await local.streams.delete(name);
    ours = undefined;
  }
  if (ours !== undefined) return;
  const { max_bytes, max_msgs_per_subject } = theirs.config;
  await local.streams.add({
    ...{ name, storage: StorageType.File, max_bytes, max_msgs_per_subject, allow_direct: true },
    mirror: { name: stateStream, external: { api: `$JS.${subjectToken(peer)}.API`, deliver: "" } },
  });
}

function isMirror({ config }: StreamInfo): boolean {
  return config.mirror !== undefined;
}

type MirrorConfiguration = ReturnType<typeof mirrorConfiguration>;

export function mirrorConfiguration({ name, current, info }: NodeStream, domain: string) {
  const smallest = 1024 * 1024;
  return {
    name,
    description: current ? currentMirror : formerMirror,
    storage: StorageType.File,
    mirror: { name, external: { api: `$JS.${domain}.API`, deliver: "" } },
    max_bytes: current ? streamBytes : Math.max(info.state.bytes, smallest),
    allow_direct: true,
    deny_purge: true,
  } satisfies Partial<StreamConfig>;
}

async function ensureMirror(
  local: JetStreamManager,
  known: StreamInfo | undefined,
  wanted: MirrorConfiguration,
): Promise<void> {
  if (known === undefined) {
    const { config } = await local.streams.add(wanted);
    // Old servers leave out what they do not know without a word.
    if (config.mirror?.name !== wanted.name)
      throw new Error(`the server made ${wanted.name} without a mirror`);
  } else if (known.config.description !== wanted.description) {
    await local.streams.update(wanted.name, { ...known.config, description: wanted.description });
  }
}

async function retire(local: JetStreamManager, { name, info }: NodeStream): Promise<void> {
  const max_bytes = Math.max(info.state.bytes, 1024 * 1024);
  await local.streams.update(name, { ...info.config, description: formerMirror, max_bytes });
}
