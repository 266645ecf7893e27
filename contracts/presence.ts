/**
 * The present: what the key-value bucket VRRP_STATE holds. Key `<node>.<router>`, both made safe as tokens, and `<node>._node` of
 * the node itself, which is written anew every few seconds as long as the daemon lives. Only ever put, never compared.
 */

import { z } from "zod";
import { nodeRouterName } from "./events/subjects.ts";
import { subjectToken } from "./identity.ts";
import { routerStatusSchema, statusReportSchema } from "./status.ts";

/** The bucket, and the stream behind it. */
export const stateBucket = "VRRP_STATE";
export const stateStream = `KV_${stateBucket}`;

/** Seconds between two writings of a node. */
export const presenceInterval = 5;

/** Milliseconds after which a node counts as silent: three writings that did not come. */
export const silence = 3 * presenceInterval * 1000;

/** Of a router: as `understudy status` tells it, without counters. Members of later daemons are left out by a reader. */
export const routerPresenceSchema = z.object({
  node: z.string(),
  /** When it was written, RFC 3339. */
  at: z.string(),
  family: z.enum(["ipv4", "ipv6"]),
  /** What was recorded last of it, so that a reader of both knows which events the value follows; null before the first. */
  lastRecord: z.object({ id: z.string(), position: z.int() }).nullable(),
  ...routerStatusSchema.omit({ rejections: true, statistics: true }).shape,
});
export type RouterPresence = Readonly<z.infer<typeof routerPresenceSchema>>;

export const nodePresenceSchema = z.object({
  node: z.string(),
  at: z.string(),
  /** The daemon ended, and said so. */
  isStopped: z.boolean(),
  ...statusReportSchema.pick({
    version: true,
    startedAt: true,
    maintenance: true,
    journal: true,
    handlers: true,
    bus: true,
    problems: true,
  }).shape,
});
export type NodePresence = Readonly<z.infer<typeof nodePresenceSchema>>;

/** Where a value is put. */
export function stateSubject(node: string, router: string): string {
  return `$KV.${stateBucket}.${subjectToken(node)}.${subjectToken(router)}`;
}

/** All that a node puts. */
export function nodeStates(node: string): string {
  return `$KV.${stateBucket}.${subjectToken(node)}.>`;
}

/** What the nodes say of themselves, without their routers. */
export const everyNodeState = `$KV.${stateBucket}.*.${nodeRouterName}`;

/** The stream of a peer's bucket, as it is kept here. */
export function stateMirror(peer: string): string {
  return `${stateStream}_${subjectToken(peer)}`;
}

/** What a message of the bucket says; undefined for another subject, and for a value that cannot be read. */
export function readPresence(subject: string, text: string): RouterPresence | NodePresence | undefined {
  const [kv, bucket, , key] = subject.split(".");
  if (kv !== "$KV" || bucket !== stateBucket) return undefined;
  try {
    const schema = key === nodeRouterName ? nodePresenceSchema : routerPresenceSchema;
    return schema.safeParse(JSON.parse(text)).data;
  } catch {
    return undefined;
  }
}
