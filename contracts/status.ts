/** What `understudy status` tells: the answer of a daemon about itself, for people and for programs. */

import { z } from "zod";
import { askerSchema, describeAsker } from "./events/commands.ts";
import { rejectionSchema } from "./events/rejections.ts";
import {
  lastEventSchema,
  newActiveReasonSchema,
  routerStateSchema,
  transitionReasonSchema,
} from "./events/transitions.ts";

/** Also what the file of it says, which is there while it lasts. */
export const maintenanceSchema = z.strictObject({
  /** RFC 3339. */
  since: z.string(),
  by: askerSchema,
  reason: z.string().nullable(),
});
export type Maintenance = Readonly<z.infer<typeof maintenanceSchema>>;

export const routerStatusSchema = z.strictObject({
  name: z.string(),
  interface: z.string(),
  virtualRouterId: z.int(),
  version: z.int(),
  state: routerStateSchema,
  /** When the state was entered, RFC 3339; null before the first transition. */
  since: z.string().nullable(),
  /** Why it was entered; null before the first transition. */
  reason: transitionReasonSchema.nullable(),
  /** The same as a sentence. */
  explanation: z.string(),
  effectivePriority: z.int(),
  /** A priority that was set by hand, and what the file says instead; null without one. */
  priorityByHand: z.strictObject({ priority: z.int(), configured: z.int() }).nullable(),
  /** Address of the active router as last known, ourselves included. */
  activeAddress: z.string().nullable(),
  primaryAddress: z.string().nullable(),
  lastEvent: lastEventSchema,
  newActiveReason: newActiveReasonSchema,
  faults: z.array(z.string()),
  /** Virtual addresses as `address/length@interface`. */
  addresses: z.array(z.string()),
  /** Adverts refused lately: kind, source, detail, and their number since the start. */
  rejections: z.array(rejectionSchema),
  /** Counters by their RFC 8347 names. */
  statistics: z.record(z.string(), z.int()),
});

export const statusReportSchema = z.strictObject({
  node: z.string(),
  pid: z.int(),
  version: z.string(),
  /** RFC 3339. */
  startedAt: z.string(),
  routers: z.array(routerStatusSchema),
  /** Whom the node is held in backup by, since when (RFC 3339) and why; null where it takes part. */
  maintenance: maintenanceSchema.nullable(),
  /** Adverts for virtual routers that are not configured where they came in. */
  unknownAdverts: z.int(),
  journal: z.strictObject({
    directory: z.string(),
    incarnation: z.string(),
    position: z.int(),
    unwritten: z.int(),
    failures: z.int(),
    /** Why it is larger or older than it may be; null where it is not. */
    overdue: z.string().nullable(),
  }),
  /** Of the programs, FIFOs and mails of the file, as notify tells the daemon. */
  handlers: z.strictObject({
    /** The file has none; nobody has spoken for them since the start; somebody does; somebody did, and is silent now. */
    state: z.enum(["none", "unheard", "running", "silent"]),
    /** Results since the start, and how many of them were failures. */
    told: z.int(),
    failed: z.int(),
    /** Those whose last result was a failure, within a day. */
    failing: z.array(
      z.strictObject({ router: z.string(), handler: z.string(), sentence: z.string(), at: z.string() }),
    ),
  }),
  bus: z.strictObject({
    state: z.string(),
    url: z.string(),
    stream: z.string(),
    acknowledged: z.int(),
    backlog: z.int(),
    lastError: z.string().nullable(),
    shortcomings: z.array(z.string()),
  }),
  /** What an operator should look at, most urgent first; empty in health. */
  problems: z.array(z.string()),
});

export type RouterStatus = Readonly<z.infer<typeof routerStatusSchema>>;
export type StatusReport = Readonly<z.infer<typeof statusReportSchema>>;

/** "in maintenance since 2026-11-23T04:00:00.000000Z, by root: kernel update". */
export function describeMaintenance({ since, by, reason }: Maintenance): string {
  return `in maintenance since ${since}, by ${describeAsker(by)}${reason === null ? "" : `: ${reason}`}`;
}
