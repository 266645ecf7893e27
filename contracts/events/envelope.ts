/**
 * The envelope of every record: CloudEvents 1.0 attributes, which travel as NATS headers in binary mode,
 * and a JSON body. The same object is one line of the journal.
 */

import { z } from "zod";
import { commandEventSchema } from "./commands.ts";
import { configEventSchema } from "./configuration.ts";
import { handlingSchema } from "./handling.ts";
import { observationSchema } from "./observations.ts";
import { rejectionSchema } from "./rejections.ts";
import { type EventClass, eventClasses } from "./subjects.ts";
import { traceSchema } from "./trace.ts";
import { transitionSchema } from "./transitions.ts";

/** What is known of the router a record is about; null for records about the node itself. */
const routerIdentitySchema = z.strictObject({
  interface: z.string(),
  family: z.enum(["ipv4", "ipv6"]),
  virtualRouterId: z.int(),
});

export const eventRecordSchema = z.strictObject({
  /** `<node>/<router>/<incarnation>/<sequence>`; also Nats-Msg-Id. Never reused. */
  id: z.string(),
  node: z.string(),
  /** The configured name, or "_node". */
  router: z.string(),
  key: routerIdentitySchema.nullable(),
  class: z.enum(eventClasses),
  /** Gapless per router and incarnation, from 1. */
  sequence: z.int().positive(),
  /** Identity of the store that counts the sequence: eight hexadecimal digits. */
  incarnation: z.string(),
  /** Gapless per incarnation over all routers, from 1: the order of the journal. */
  position: z.int().positive(),
  /** RFC 3339 in UTC with microseconds. */
  time: z.string(),
  /** The same instant on the monotonic clock, in microseconds since boot. */
  monotonic: z.number(),
  /** The id of the record that opened the story this one belongs to. */
  correlationId: z.string(),
  /** The id of the record that led to this one; null where none did. */
  causationId: z.string().nullable(),
  machineVersion: z.string(),
  /** SHA-256 of the router's record before this one; empty for the first. */
  prevHash: z.string(),
  /** SHA-256 over all the rest in canonical JSON. */
  hash: z.string(),
  body: z.unknown(),
});
export type EventRecord = Readonly<z.infer<typeof eventRecordSchema>>;

/** What an effect record says: which effect, and whether the kernel agreed. */
export const effectOutcomeSchema = z.strictObject({
  effect: z.string(),
  ok: z.boolean(),
  error: z.string().optional(),
  /** Addresses concerned, as `address/length@interface`. */
  addresses: z.array(z.string()).optional(),
});
export type EffectOutcome = Readonly<z.infer<typeof effectOutcomeSchema>>;

/** What the node says about itself: its start and stop, its journal, its bus, its kernel socket. */
export const nodeNoticeSchema = z.strictObject({
  notice: z.string(),
  detail: z.string(),
});

/** The body of each class that is written today. */
export const bodySchemas = {
  transition: transitionSchema,
  rejection: rejectionSchema,
  effect: effectOutcomeSchema,
  fault: nodeNoticeSchema,
  config: configEventSchema,
  observation: observationSchema,
  command: commandEventSchema,
  handler: handlingSchema,
  trace: traceSchema,
} as const;

/** CloudEvents type of a class: `dev.understudy.vrrp.transition.v1`. */
export function cloudEventType(eventClass: EventClass): string {
  return `dev.understudy.vrrp.${eventClass}.v1`;
}

/** The NATS headers of a record, CloudEvents binary mode. */
export function envelopeHeaders(record: EventRecord): ReadonlyArray<readonly [string, string]> {
  return [
    ["ce-specversion", "1.0"],
    ["ce-id", record.id],
    ["ce-source", `/vrrp/${record.node}/${record.router}`],
    ["ce-type", cloudEventType(record.class)],
    ["ce-time", record.time],
    ["ce-subject", record.router],
    ["ce-sequence", String(record.sequence)],
    ["ce-incarnation", record.incarnation],
    ["ce-position", String(record.position)],
    ["ce-correlationid", record.correlationId],
    ...(record.causationId === null ? [] : ([["ce-causationid", record.causationId]] as const)),
    ["ce-machineversion", record.machineVersion],
    ["content-type", "application/json"],
  ];
}
