/** The daemon's local command socket: one JSON line in, one JSON line out, then it closes. File permissions are the guard. */

import { join } from "node:path";
import { z } from "zod";
import { askerSchema, reasonSchema } from "../../contracts/events/commands.ts";

const router = z.string().min(1).max(255);
/** Who asks, and why. */
const asked = { by: askerSchema, reason: reasonSchema.nullable() };

export const controlRequestSchema = z.discriminatedUnion("command", [
  z.strictObject({ command: z.literal("status") }),
  /** A dry run says what would change and changes nothing. */
  z.strictObject({ command: z.literal("reload"), dryRun: z.boolean() }),
  z.strictObject({ command: z.literal("handover"), router, ...asked }),
  z.strictObject({ command: z.literal("maintenance"), on: z.boolean(), ...asked }),
  /** Null goes back to the priority of the file. */
  z.strictObject({
    ...{ command: z.literal("priority"), router },
    priority: z.int().min(1).max(254).nullable(),
    ...asked,
  }),
]);
export type ControlRequest = z.infer<typeof controlRequestSchema>;

export const controlAnswerSchema = z.discriminatedUnion("ok", [
  z.strictObject({ ok: z.literal(true), value: z.unknown() }),
  z.strictObject({ ok: z.literal(false), error: z.string() }),
]);
export type ControlAnswer = z.infer<typeof controlAnswerSchema>;

/** Octets of the longest request; a longer one is cut off. */
export const maximumRequest = 4096;

/** How the answer about a socket that may not be used begins. */
export const noPermission = "no permission to ask the daemon";

export function controlSocketPath(dataDirectory: string): string {
  return join(dataDirectory, "control.sock");
}
