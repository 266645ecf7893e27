/**
 * A router as it is at this moment, and what it heard last: asked for by who looks at it, stored nowhere and told to nobody
 * else (docs/decisions/014). A question on `vrrp.v1.api.now.<node>`, one answer.
 */

import { z } from "zod";
import { momentSchema, type RouterMoment, type Trace, traceSchema } from "./events/trace.ts";
import { subjectToken } from "./identity.ts";

/** Where the daemon of a node is asked. */
export function nowSubject(node: string): string {
  return `${nowPrefix}.${subjectToken(node)}`;
}

export const nowPrefix = "vrrp.v1.api.now";

export const nowQuestionSchema = z.strictObject({
  /** The configured name. */
  router: z.string().min(1).max(255),
  /** Facts that the asker knows, by the number of the last answer; left out: he begins. */
  after: z.int().min(0).optional(),
});
export type NowQuestion = Readonly<z.infer<typeof nowQuestionSchema>>;

const answerSchema = z.object({
  node: z.string(),
  /** Monotonic microseconds of the node. */
  at: z.number(),
  moment: momentSchema,
  /** Facts that the router has heard since it was started. */
  heard: z.int(),
  /** Those behind the asker's, in order; null where he begins, or they are not all kept: then `moment` is where he goes on. */
  traces: z.array(traceSchema).nullable(),
});

export interface RouterNow {
  readonly node: string;
  readonly at: number;
  readonly moment: RouterMoment;
  readonly heard: number;
  readonly traces: readonly Trace[] | null;
}

/** The answer in what came, or why there is none. */
export function readNow(value: unknown): RouterNow | { readonly error: string } {
  const refused = z.object({ error: z.string() }).safeParse(value).data;
  if (refused !== undefined) return refused;
  // Contexts and facts are taken as they are, as in a trace.
  return answerSchema.safeParse(value).success
    ? (value as RouterNow)
    : { error: "the answer cannot be read" };
}
