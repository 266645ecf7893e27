/** The daemon's local command socket: one JSON line in, one JSON line out, then it closes. File permissions are the guard. */

import { join } from "node:path";
import { z } from "zod";
import { askerSchema, reasonSchema } from "../../contracts/events/commands.ts";
import { eventRecordSchema } from "../../contracts/events/envelope.ts";
import { handlingSchema } from "../../contracts/events/handling.ts";
import { nowQuestionSchema } from "../../contracts/now.ts";

const router = z.string().min(1).max(255);
/** Who asks, and why. */
const asked = { by: askerSchema, reason: reasonSchema.nullable() };

/** Results in one request. */
export const handlingsAtOnce = 64;

/** What became of telling somebody of an event, and which event it was. */
const toldHandlingSchema = z.strictObject({
  ...{ event: eventRecordSchema.shape.id, router, key: eventRecordSchema.shape.key },
  correlationId: eventRecordSchema.shape.correlationId,
  handling: handlingSchema,
});
export type ToldHandling = Readonly<z.infer<typeof toldHandlingSchema>>;

export const controlRequestSchema = z.discriminatedUnion("command", [
  z.strictObject({ command: z.literal("status") }),
  z.strictObject({ command: z.literal("now"), ...nowQuestionSchema.shape }),
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
  /** From notify, every few seconds without a result. */
  z.strictObject({
    command: z.literal("handled"),
    /** Whose events are handled. */
    node: z.string(),
    /** Another one for each start, and the number of its first result here, from 1: what was taken already is left out. */
    ...{ reporter: z.uuid(), first: z.int().positive() },
    results: z.array(toldHandlingSchema).max(handlingsAtOnce),
  }),
]);
export type ControlRequest = z.infer<typeof controlRequestSchema>;

/** What the daemon answers to results: who it is, and how many of them it wrote down. */
export const handledAnswerSchema = z.strictObject({ node: z.string(), written: z.int() });
export type HandledAnswer = Readonly<z.infer<typeof handledAnswerSchema>>;

export const controlAnswerSchema = z.discriminatedUnion("ok", [
  z.strictObject({ ok: z.literal(true), value: z.unknown() }),
  z.strictObject({ ok: z.literal(false), error: z.string() }),
]);
export type ControlAnswer = z.infer<typeof controlAnswerSchema>;

/** Octets of the longest request; a longer one is cut off. */
export const maximumRequest = 1_048_576;

/** How the answer about a socket that may not be used begins. */
export const noPermission = "no permission to ask the daemon";

export function controlSocketPath(dataDirectory: string): string {
  return join(dataDirectory, "control.sock");
}
