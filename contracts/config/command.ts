/** A program of the configuration: notify handlers and check scripts. */

import { z } from "zod";

/** Where a setting was written, for messages: a path and a line counted from 1. */
export const sourceLocationSchema = z.strictObject({ file: z.string(), line: z.int().positive() });

/** Who a program runs as: names of this host, or numbers. The group is the user's own where it is left out. */
export const runAsSchema = z.strictObject({ user: z.string().min(1), group: z.string().min(1).optional() });

/** The words of one command line, without a shell. */
export const commandSchema = z.strictObject({
  argv: z.array(z.string()).min(1),
  /** Left out: as keepalived_script where root runs it and there is that account, else as the process that runs it. */
  runAs: runAsSchema.optional(),
  /** Not run as root where somebody else may write a part of its path, nor as root for want of another (`guardsScripts`). */
  isGuarded: z.literal(true).optional(),
  source: sourceLocationSchema,
});

export type RunAs = Readonly<z.infer<typeof runAsSchema>>;
export type Command = Readonly<z.infer<typeof commandSchema>>;
