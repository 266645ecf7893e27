/** A change of state of one virtual router: what subscribers, handlers, auditors and the replay read. */

import { z } from "zod";
import { timerNames } from "./facts.ts";

export const routerStateSchema = z.enum(["initialize", "fault", "backup", "active"]);
export type RouterState = z.infer<typeof routerStateSchema>;

/** Why the state changed. Stable words; the sentence for people is made by explainTransition. */
export const transitionReasonSchema = z.enum([
  /** Startup, not the address owner (RFC 9568 6.4.1). */
  "startup",
  /** Startup as address owner, or the priority of an owner given at run time. */
  "ownerStartup",
  /** Nothing heard for a whole Active_Down_Interval. */
  "noResponse",
  /** The active router resigned and nobody else took over within our Skew_Time. */
  "resignation",
  /** Lower-priority adverts were heard and, as we preempt, ignored until the timer ran out. */
  "preempted",
  /** Heard a higher priority while active. */
  "higherPriority",
  /** Heard our own priority from a higher address while active. */
  "higherAddress",
  /** What is tracked is down, the primary address is gone, or the addresses cannot be installed. */
  "faultRaised",
  /** The last fault reason went away. */
  "faultCleared",
  /** An operator handed over to another router. */
  "handover",
  /** An operator holds the node in backup. */
  "maintenance",
  /** Another member of the sync group gave way. */
  "groupYielded",
  /** Of a sync group: all its members have come to this state. */
  "groupSynced",
  /** We did not run for longer than the peers wait, so another router has taken over. */
  "stalled",
  /** Shutdown. */
  "shutdown",
]);
export type TransitionReason = z.infer<typeof transitionReasonSchema>;

/** The last thing that happened to the router (RFC 8347 last-event, in RFC 9568 words). */
export const lastEventSchema = z.enum([
  "none",
  "startup",
  "shutdown",
  "higherPriorityBackup",
  "activeTimeout",
  "lowerPriorityActive",
  "preemptHoldTimeout",
  "ownerPreempt",
  "interfaceUp",
  "interfaceDown",
  "trackerUp",
  "trackerDown",
  "groupUp",
  "groupDown",
  "groupBackup",
  "primaryAddress",
  "noPrimaryAddress",
  "virtualAddresses",
  "noVirtualAddresses",
  "handover",
  "maintenance",
  "stalled",
]);
export type LastEvent = z.infer<typeof lastEventSchema>;

/** Why this router last became active (RFC 8347 new-master-reason); kept after the role is lost (RM-07). */
export const newActiveReasonSchema = z.enum(["notActive", "priority", "preempted", "noResponse"]);
export type NewActiveReason = z.infer<typeof newActiveReasonSchema>;

/** An armed timer: due at a monotonic instant in microseconds. */
const armedTimerSchema = z.strictObject({ dueAt: z.number(), generation: z.int() });

/** Everything a virtual router remembers. JSON-able and complete: a replay can start from any record. */
export const virtualRouterContextSchema = z.strictObject({
  /** Address of the interface that adverts leave from; null where it has none. */
  primaryAddress: z.string().nullable(),
  /** Priority in effect, 1..255. */
  effectivePriority: z.int(),
  /** Active_Adver_Interval in centiseconds: learned in version 3, our own in version 2. */
  activeAdverInterval: z.int(),
  /** Who was last known to be active, ourselves included; null before anybody was. */
  activeAddress: z.string().nullable(),
  /** What everything that is tracked said last, by kind and name ("script chk"); null where it cannot be read. */
  readings: z.record(z.string(), z.number().nullable()),
  /** Startup was heard, and waits for the first reading of what is tracked without a weight. */
  awaitsReadings: z.boolean(),
  /** Why the router is, or would be, in fault; empty in health. Sentences in sorted order. */
  faults: z.array(z.string()),
  timers: z.partialRecord(z.enum(timerNames), armedTimerSchema),
  /** Number of timers armed so far; the next one gets the next number. */
  generation: z.int(),
  /** Nobody else is active; it waits for the other members of its sync group. */
  wantsActive: z.boolean(),
  /** An operator handed over: whoever is active is followed, with any priority, until this router is active again. */
  handedOver: z.boolean(),
  /** An operator holds the node in backup: it follows whoever is active and never takes over. */
  maintenance: z.boolean(),
  /** A resignation set the running Active_Down_Timer. */
  resignationHeard: z.boolean(),
  /** A lower priority was discarded since the running Active_Down_Timer was set. */
  lowerPriorityHeard: z.boolean(),
  /** Preemption has waited for its delay; lower-priority adverts are discarded from now on. */
  preemptDelayOver: z.boolean(),
  /** Adverts sent since the kernel lease was last renewed. */
  advertsSinceRenewal: z.int(),
  /** Monotonic microseconds of the last answer to a lower priority, which is rate-limited (J-05); null before. */
  lastAnswerAt: z.number().nullable(),
  /** Monotonic microseconds of the last announcement made with such an answer; null before. */
  lastAnnouncementAt: z.number().nullable(),
  /** Monotonic microseconds of the last restoration of a lost address; null before. */
  lastRestoreAt: z.number().nullable(),
  lastEvent: lastEventSchema,
  newActiveReason: newActiveReasonSchema,
});
export type VirtualRouterContext = Readonly<z.infer<typeof virtualRouterContextSchema>>;

/** The body of a record of class `transition`. */
export const transitionSchema = z.strictObject({
  from: routerStateSchema,
  to: routerStateSchema,
  reason: transitionReasonSchema,
  /** The fact that caused it, as the machine heard it. */
  cause: z.looseObject({ type: z.string(), at: z.number() }),
  /** The context after the transition. */
  context: virtualRouterContextSchema,
  machine: z.strictObject({ id: z.string(), version: z.string() }),
});
export type Transition = Readonly<z.infer<typeof transitionSchema>>;
