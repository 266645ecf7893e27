/**
 * What became of telling somebody of an event: the bodies of records of class `handler`, one for each program, FIFO line and
 * mail. The event is the record's cause, and its story is the event's.
 */

import { z } from "zod";

export const handlingSchema = z.strictObject({
  means: z.enum(["program", "fifo", "mail"]),
  /** Which one: of a program the handler's word ("active", "any"), of a FIFO its path, of a mail its relay. */
  handler: z.string(),
  /** Of a program, with its arguments. */
  argv: z.array(z.string()).optional(),
  ok: z.boolean(),
  /** Of a program that ran; null where a signal ended it. */
  status: z.int().nullable().optional(),
  signal: z.string().nullable().optional(),
  timedOut: z.boolean().optional(),
  /** What was done, or why it was not, without a full stop: "/etc/up.sh ended with exit status 1". */
  sentence: z.string(),
  durationMilliseconds: z.int(),
  /** RFC 3339. The record's own time is when the daemon heard of it. */
  endedAt: z.string(),
  /** It may have been done before: the process that told it was ended, or lost its connection, meanwhile. */
  isRedelivered: z.boolean(),
});
export type Handling = Readonly<z.infer<typeof handlingSchema>>;

/** In one sentence without a full stop: "handler active: /etc/up.sh ended with exit status 0 (12 ms)". */
export function describeHandling({ means, handler, sentence, durationMilliseconds }: Handling): string {
  const who = { program: `handler ${handler}`, fifo: `FIFO ${handler}`, mail: "mail" }[means];
  return `${who}: ${sentence} (${durationMilliseconds} ms)`;
}
