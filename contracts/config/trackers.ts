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

/** As many processes of a kind as there are to be; fewer or more is down (keepalived vrrp_track_process). */
export const processTrackerSchema = z.strictObject({
  kind: z.literal("process"),
  name: z.string().min(1),
  /** The kernel's name of it, of which it keeps 15 octets, or with any other `match` than "name" the first word of its command line. */
  program: z.string().min(1),
  /** Further words of the command line. */
  parameters: z.array(z.string()),
  /**
   * What is compared: the kernel's name; the first word of the command line ("program"); all of its words; the first
   * ones of them; or the same with the last word's beginning.
   */
  match: z.enum(["name", "program", "all", "first", "beginning"]),
  quorum: z.int().min(0).max(65_535),
  /** Left out: any number. */
  quorumMaximum: z.int().min(0).max(65_535).optional(),
  /** Milliseconds that enough of them must run until it is up, and that too few must until it is down. */
  forkDelay: z.int().min(0),
  terminateDelay: z.int().min(0),
});

export const trackerSchema = z.discriminatedUnion("kind", [
  scriptTrackerSchema,
  fileTrackerSchema,
  processTrackerSchema,
]);

/** What a router makes of something that is tracked. */
export const trackedSchema = z.strictObject({
  kind: z.enum(["interface", "script", "file", "process"]),
  name: z.string().min(1),
  /** Added while up where positive, while down where negative; a file's number is multiplied by it. 0: down is a fault. */
  weight: z.int().min(-254).max(254),
  /** Turns the sign of the weight; with 0 being up is a fault. */
  isReversed: z.boolean(),
});

export type ScriptTracker = Readonly<z.infer<typeof scriptTrackerSchema>>;
export type FileTracker = Readonly<z.infer<typeof fileTrackerSchema>>;
export type ProcessTracker = Readonly<z.infer<typeof processTrackerSchema>>;
export type Tracker = Readonly<z.infer<typeof trackerSchema>>;
export type TrackedConfig = Readonly<z.infer<typeof trackedSchema>>;
