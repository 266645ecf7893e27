/** Whom transitions are told beside subscribers and handlers: readers of FIFOs, and people by mail. */

import { z } from "zod";
import { commandSchema, runAsSchema } from "./command.ts";

/** What a router wants to be told of itself. */
export const routerNotificationsSchema = z.strictObject({
  /** That a reload removed it, as DELETED; else as FAULT, which is keepalived's (notify_deleted). */
  removal: z.literal(true).optional(),
  /** Changes of its effective priority go to the FIFOs (keepalived notify_priority_changes). */
  priority: z.literal(true).optional(),
  /** Its transitions go out by mail (keepalived smtp_alert). */
  mail: z.literal(true).optional(),
});

export const groupNotificationsSchema = routerNotificationsSchema.pick({ mail: true });

/** A named pipe with a line for each transition (keepalived notify_fifo and vrrp_notify_fifo). */
export const fifoSchema = z.strictObject({
  path: z.string().min(1),
  /** Whose it is, where it is made. */
  owner: runAsSchema.optional(),
  /** Started with the path as its last word, and ended with the FIFO. */
  reader: commandSchema.optional(),
});

export const mailSchema = z.strictObject({
  from: z.string().min(1),
  to: z.array(z.string().min(1)).min(1),
  relay: z.strictObject({ host: z.string().min(1), port: z.int().min(1).max(65_535) }),
  /** Seconds until a relay that does not answer is given up, to be tried again later. */
  connectTimeout: z.int().min(1),
  /** What we call ourselves to the relay; the host's name where it is left out. */
  helloName: z.string().min(1).optional(),
  /** Nothing is sent of faults (keepalived no_email_faults). */
  leavesOutFaults: z.literal(true).optional(),
});

export const notificationsSchema = z.strictObject({
  fifos: z.array(fifoSchema),
  /** The state of each router is written to the FIFOs after a reload that did not change it. */
  repeatsStates: z.literal(true).optional(),
  mail: mailSchema.optional(),
});

export type RouterNotifications = Readonly<z.infer<typeof routerNotificationsSchema>>;
export type GroupNotifications = Readonly<z.infer<typeof groupNotificationsSchema>>;
export type Fifo = Readonly<z.infer<typeof fifoSchema>>;
export type Mail = Readonly<z.infer<typeof mailSchema>>;
export type Notifications = Readonly<z.infer<typeof notificationsSchema>>;
