/** What is watched beside links: scripts, files and processes, and what each does to the routers that track it. */

import { z } from "zod";
import { commandSchema } from "./command.ts";

/** A check that runs periodically; exit status 0 is up (keepalived vrrp_script). */
export const scriptTrackerSchema = z.strictObject({
  kind: z.literal("script"),
  name: z.string().min(1),
  command: commandSchema,
  /** Milliseconds from start to start. */
  interval: z.int().min(10),
  /** Milliseconds after which a run is ended and counts as a failure. */
  timeout: z.int().min(10),
  /** Successes in a row that it takes to be up again. */
  rise: z.int().min(1),
  /** Failures in a row that it takes to be down. */
  fall: z.int().min(1),
  /** It counts as down before its first result; else it is waited for. */
  isDownAtFirst: z.boolean(),
});

/** A file that holds a whole number; a missing one holds 0 (keepalived track_file). */
export const fileTrackerSchema = z.strictObject({
  kind: z.literal("file"),
  name: z.string().min(1),
  path: z.string().min(1),
  /** Written where the file is missing, or whatever it holds. */
  initial: z.strictObject({ value: z.int(), overwrites: z.boolean() }).optional(),
});

export const trackerSchema = z.discriminatedUnion("kind", [scriptTrackerSchema, fileTrackerSchema]);

/** What a router makes of something that is tracked. */
export const trackedSchema = z.strictObject({
  kind: z.enum(["interface", "script", "file"]),
  name: z.string().min(1),
  /** Added while up where positive, while down where negative; a file's number is multiplied by it. 0: down is a fault. */
  weight: z.int().min(-254).max(254),
  /** Turns the sign of the weight; with 0 being up is a fault. */
  isReversed: z.boolean(),
});

export type ScriptTracker = Readonly<z.infer<typeof scriptTrackerSchema>>;
export type FileTracker = Readonly<z.infer<typeof fileTrackerSchema>>;
export type Tracker = Readonly<z.infer<typeof trackerSchema>>;
export type TrackedConfig = Readonly<z.infer<typeof trackedSchema>>;
