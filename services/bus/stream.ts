/**
 * The stream of one store: created where it is missing, compared field by field with what was asked for, because old
 * servers leave out what they do not know without a word. And its last record, from which the drain goes on.
 */

import {
  DiscardPolicy,
  JetStreamApiError,
  type JetStreamManager,
  RetentionPolicy,
  StorageType,
  type StreamConfig,
  type StreamInfo,
} from "@nats-io/jetstream";
import { errors, nanos } from "@nats-io/transport-node";
import { type EventRecord, eventRecordSchema } from "../../contracts/events/envelope.ts";
import { nodeSubjects, retiredSubject, streamName } from "../../contracts/events/subjects.ts";
import { findStream } from "../client/streams.ts";
import { describeThrown, failure, type Outcome, success } from "../io/outcome.ts";
import { duplicateWindow, streamBytes } from "./limits.ts";

export interface ProvisionedStream {
  readonly name: string;
  /** The last record of this incarnation in the stream; undefined where there is none. */
  readonly last: EventRecord | undefined;
  /** What the server did not take over, as sentences. */
  readonly shortcomings: readonly string[];
  /** Copies that are kept of it. */
  readonly replicas: number;
}

/** Creates or updates the stream. The error names the stream and what the server said. Throws where it says nothing. */
export async function provisionStream(
  manager: JetStreamManager,
  store: { readonly node: string; readonly incarnation: string; readonly replicas?: number },
): Promise<Outcome<ProvisionedStream>> {
  const { node, incarnation, replicas = 1 } = store;
  const wanted = streamConfiguration(node, incarnation, replicas);
  try {
    const info = await ensure(manager, wanted, node);
    const last = await lastRecord(manager, info, incarnation);
    const shortcomings = compareConfiguration(wanted, info.config);
    return success({ name: wanted.name, last, shortcomings, replicas });
  } catch (thrown) {
    if (thrown instanceof errors.TimeoutError) throw thrown;
    // A server that has a leaf link calls itself a cluster, too.
    if (replicas > 1 && thrown instanceof JetStreamApiError && thrown.code === noCluster)
      return provisionStream(manager, { node, incarnation });
    return failure(`stream ${wanted.name}: ${describeThrown(thrown)}`);
  }
}

type WantedStream = ReturnType<typeof streamConfiguration>;

/** Copies of a stream in a cluster: one of three servers may die. */
export const clusterReplicas = 3;

export function streamConfiguration(node: string, incarnation: string, replicas = 1) {
  return {
    name: streamName(node, incarnation),
    subjects: [nodeSubjects(node)],
    storage: StorageType.File,
    retention: RetentionPolicy.Limits,
    discard: DiscardPolicy.Old,
    max_bytes: streamBytes,
    duplicate_window: nanos(duplicateWindow),
    deny_delete: true,
    deny_purge: true,
    allow_direct: true,
    num_replicas: replicas,
  } satisfies Partial<StreamConfig>;
}

/** One sentence for each field in which the stream is not what was asked for. The size is the operator's to change. */
export function compareConfiguration(wanted: WantedStream, echoed: StreamConfig): string[] {
  const { max_bytes, ...fixed } = wanted;
  const shortcomings: string[] = [];
  for (const [field, value] of Object.entries(fixed)) {
    const got: unknown = Reflect.get(echoed, field);
    if (JSON.stringify(got) !== JSON.stringify(value)) {
      shortcomings.push(
        `${wanted.name} has ${field} ${JSON.stringify(got) ?? "unset"}, not ${JSON.stringify(value)}`,
      );
    }
  }
  return echoed.max_bytes > 0
    ? shortcomings
    : [...shortcomings, `${wanted.name} has no size limit (${max_bytes})`];
}

const noCluster = 10074;
const subjectsOverlap = 10065;
const insufficientStorage = 10047;

async function ensure(manager: JetStreamManager, wanted: WantedStream, node: string): Promise<StreamInfo> {
  const existing = await findStream(manager, wanted.name);
  if (existing !== undefined && compareConfiguration(wanted, existing.config).length === 0) return existing;
  const attempt = () => {
    if (existing === undefined) return manager.streams.add(wanted);
    const max_bytes = existing.config.max_bytes > 0 ? existing.config.max_bytes : wanted.max_bytes;
    return manager.streams.update(wanted.name, { ...existing.config, ...wanted, max_bytes });
  };
  const info = await orUndefined(attempt(), subjectsOverlap, insufficientStorage);
  if (info !== undefined) return info;
  await retireOthers(manager, wanted.name, node);
  return attempt();
}

/**
 * The stream of a former store of this node holds the subjects, and keeps its records: it is only told to listen
 * elsewhere, and to reserve no more space than it uses.
 */
async function retireOthers(manager: JetStreamManager, name: string, node: string): Promise<void> {
  for await (const info of manager.streams.list()) {
    const former = info.config.subjects?.includes(nodeSubjects(node)) === true && info.config.name !== name;
    if (!former) continue;
    const subjects = [retiredSubject(node, info.config.name)];
    const max_bytes = Math.max(info.state.bytes, 1024 * 1024);
    await manager.streams.update(info.config.name, { ...info.config, subjects, max_bytes });
  }
}

/** Records of other stores that got in before the subjects changed hands are passed over. */
const foreignRecords = 1000;

/** The last record of a store in a stream; undefined where there is none. */
export async function lastRecord(
  manager: JetStreamManager,
  info: StreamInfo,
  incarnation: string,
): Promise<EventRecord | undefined> {
  const { first_seq, last_seq, messages } = info.state;
  const end = Math.max(first_seq, last_seq - foreignRecords);
  for (let seq = last_seq; messages > 0 && seq >= end; seq -= 1) {
    const message = await manager.streams.getMessage(info.config.name, { seq });
    const record = parseRecord(message?.string());
    if (record?.incarnation === incarnation) return record;
  }
  return undefined;
}

function parseRecord(text: string | undefined): EventRecord | undefined {
  try {
    return text === undefined ? undefined : eventRecordSchema.safeParse(JSON.parse(text)).data;
  } catch {
    return undefined;
  }
}

async function orUndefined<T>(promise: Promise<T>, ...codes: number[]): Promise<T | undefined> {
  try {
    return await promise;
  } catch (thrown) {
    if (thrown instanceof JetStreamApiError && codes.includes(thrown.code)) return undefined;
    throw thrown;
  }
}
