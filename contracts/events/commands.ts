/** What an operator told the daemon: the bodies of records of class `command`, and the answer to the command line. */

import { z } from "zod";

/** Characters of a reason. */
export const longestReason = 500;

/** Free text on one line. */
export const reasonSchema = z
  .string()
  .max(longestReason)
  .regex(/^\P{Cc}*$/u, "control characters");

const word = z.string().max(255);

/**
 * Who asked, as the command line tells it: Node cannot ask the kernel who is at the other end of a unix socket. The socket
 * is root's alone, so whoever could lie here may do as he likes anyway.
 */
export const askerSchema = z.strictObject({
  user: word,
  uid: z.int(),
  pid: z.int(),
  /** Who called sudo. */
  sudoUser: word.optional(),
  /** "/dev/pts/3"; left out where no person sits at one. */
  terminal: word.optional(),
});
export type Asker = Readonly<z.infer<typeof askerSchema>>;

/** Why a command was refused, for programs. */
export const refusalSchema = z.enum([
  "unknownRouter",
  /** It crashed, and is being started again. */
  "notRunning",
  "notActive",
  /** It, or a member of its sync group, owns the addresses, whose priority is 255. */
  "owner",
  /** The data directory cannot be written. */
  "notKept",
]);
export type CommandRefusal = z.infer<typeof refusalSchema>;

/** The body of a record of class `command`: of one router under its name, of the whole node under `_node`. */
export const commandEventSchema = z.strictObject({
  command: z.enum(["handover", "maintenance", "priority"]),
  /** Those concerned: of a handover with all members of the sync group. Of one that is unknown its name as it was given. */
  routers: z.array(z.string()),
  /** Of maintenance. */
  on: z.boolean().optional(),
  /** Of a priority; null goes back to that of the file. */
  priority: z.int().nullable().optional(),
  by: askerSchema,
  reason: z.string().nullable(),
  outcome: z.enum(["accepted", "refused"]),
  /** Where it was refused. */
  refusal: refusalSchema.optional(),
  /** What follows, or why nothing does. */
  sentence: z.string(),
});
export type CommandEvent = Readonly<z.infer<typeof commandEventSchema>>;

/** What the daemon answers: the record's body, and its id where it could be written. */
export const commandAnswerSchema = commandEventSchema.extend({ id: z.string().nullable() });
export type CommandAnswer = Readonly<z.infer<typeof commandAnswerSchema>>;

/** "root (ada by sudo)". */
export function describeAsker({ user, sudoUser }: Asker): string {
  return sudoUser === undefined ? user : `${user} (${sudoUser} by sudo)`;
}

/** In one sentence without a full stop. */
export function describeCommand(event: CommandEvent): string {
  const { command, by, reason, outcome, sentence } = event;
  const words = {
    handover: "",
    maintenance: event.on === true ? " on" : " off",
    priority: priorityOf(event),
  };
  const why = reason === null ? "" : ` (${reason})`;
  const refused = outcome === "refused" ? "refused: " : "";
  return `${describeAsker(by)} asked for ${command}${words[command]}${why}: ${refused}${sentence}`;
}

function priorityOf({ priority }: CommandEvent): string {
  return priority === null ? " of the file" : ` ${priority}`;
}
