/** The daemon's local command socket: one JSON line in, one JSON line out, then it closes. File permissions are the guard. */

import { join } from "node:path";
import { z } from "zod";

export const controlRequestSchema = z.discriminatedUnion("command", [
  z.strictObject({ command: z.literal("status") }),
  /** A dry run says what would change and changes nothing. */
  z.strictObject({ command: z.literal("reload"), dryRun: z.boolean() }),
]);
export type ControlRequest = z.infer<typeof controlRequestSchema>;

export const controlAnswerSchema = z.discriminatedUnion("ok", [
  z.strictObject({ ok: z.literal(true), value: z.unknown() }),
  z.strictObject({ ok: z.literal(false), error: z.string() }),
]);
export type ControlAnswer = z.infer<typeof controlAnswerSchema>;

/** Octets of the longest request; a longer one is cut off. */
export const maximumRequest = 4096;

export function controlSocketPath(dataDirectory: string): string {
  return join(dataDirectory, "control.sock");
}
