/** What `understudy status` tells: the answer of a daemon about itself, for people and for programs. */

import { z } from "zod";
import { rejectionSchema } from "./events/rejections.ts";
import {
  lastEventSchema,
  newActiveReasonSchema,
  routerStateSchema,
  transitionReasonSchema,
} from "./events/transitions.ts";

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
  /** Adverts for virtual routers that are not configured where they came in. */
  unknownAdverts: z.int(),
  journal: z.strictObject({
    directory: z.string(),
    incarnation: z.string(),
    position: z.int(),
    unwritten: z.int(),
    failures: z.int(),
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
