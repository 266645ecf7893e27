/** What a router saw or became without changing its state: the bodies of records of class `observation`. */

import { z } from "zod";

export const observationSchema = z.discriminatedUnion("observed", [
  /** While it was active: somebody else is, too, with a lower priority. At most once a second. */
  z.strictObject({
    observed: z.literal("lowerPriority"),
    source: z.string(),
    priority: z.int(),
    /** Ours. */
    effectivePriority: z.int(),
  }),
  /** What is tracked, or a reload, moved the priority in effect. */
  z.strictObject({
    observed: z.literal("effectivePriority"),
    state: z.enum(["backup", "active"]),
    from: z.int(),
    to: z.int(),
  }),
]);
export type Observation = Readonly<z.infer<typeof observationSchema>>;

/** In one sentence without a full stop. */
export function describeObservation(observation: Observation): string {
  switch (observation.observed) {
    case "lowerPriority":
      return `${observation.source} is active as well, with priority ${observation.priority} below our ${observation.effectivePriority}`;
    case "effectivePriority":
      return `priority ${observation.from} -> ${observation.to} while ${observation.state}`;
  }
}
