/** Which programs an event runs, with which arguments and which environment (keepalived X1, X2, X4, and more). */

import { z } from "zod";
import type { Command, RunAs } from "../../contracts/config/command.ts";
import type { RouterNotifications } from "../../contracts/config/notifications.ts";
import type { Handlers } from "../../contracts/config/schema.ts";
import type { EventRecord } from "../../contracts/events/envelope.ts";
import { type Observation, observationSchema } from "../../contracts/events/observations.ts";
import { routerStateSchema } from "../../contracts/events/transitions.ts";

/**
 * What notify needs of a transition. Less than the contract holds, on purpose: a handler has to run for an event of an
 * older or newer daemon, too.
 */
const notifiedTransitionSchema = z.object({
  from: routerStateSchema,
  to: routerStateSchema,
  reason: z.string(),
  cause: z.object({ isRemoved: z.boolean().optional() }).optional(),
  context: z.object({ effectivePriority: z.int(), activeAddress: z.string().nullable() }),
});
export type NotifiedTransition = Readonly<z.infer<typeof notifiedTransitionSchema>>;

/** What is told: a change of state, or something that was seen without one. */
export type NotifiedEvent = NotifiedTransition | Observation;

export interface HandlerInvocation {
  readonly handler: keyof Handlers;
  readonly argv: readonly string[];
  /** Left out: as this process. */
  readonly runAs?: RunAs | undefined;
  readonly isGuarded?: boolean | undefined;
}

/** A router or a sync group with its handlers. */
export interface Notified {
  readonly name: string;
  readonly handlers: Handlers;
  readonly notifications?: RouterNotifications | undefined;
  readonly isGroup?: boolean;
}

type NotifiedState = "active" | "backup" | "fault" | "stop" | "deleted";

/** keepalived's words for the third argument. */
export const stateWords: Readonly<Record<NotifiedState, string>> = {
  active: "MASTER",
  backup: "BACKUP",
  fault: "FAULT",
  stop: "STOP",
  deleted: "DELETED",
};

/** Undefined for a record of another class, and for one that cannot be read. */
export function readEvent(record: EventRecord): NotifiedEvent | undefined {
  if (record.class === "observation") return observationSchema.safeParse(record.body).data;
  return record.class === "transition" ? notifiedTransitionSchema.safeParse(record.body).data : undefined;
}

/** The handlers of an event in the order of running: that of the state, then the one for all states. */
export function invocationsFor(
  { name, handlers, notifications, isGroup = false }: Notified,
  event: NotifiedEvent,
): HandlerInvocation[] {
  if ("observed" in event) {
    const own = event.observed === "lowerPriority" ? handlers.lowerPriority : undefined;
    return own === undefined ? [] : [{ handler: "lowerPriority", ...commandOf(own) }];
  }
  const state = notifiedState(event, notifications);
  if (state === undefined) return [];
  const invocations: HandlerInvocation[] = [];
  const own = handlers[state];
  if (own !== undefined) invocations.push({ handler: state, ...commandOf(own) });
  if (handlers.any !== undefined) {
    const priority = isGroup ? "0" : String(event.context.effectivePriority);
    const argv = [...handlers.any.argv, isGroup ? "GROUP" : "INSTANCE", name, stateWords[state], priority];
    invocations.push({ ...commandOf(handlers.any), handler: "any", argv });
  }
  return invocations;
}

function commandOf({ source: _, ...command }: Command): Pick<Command, "argv" | "runAs" | "isGuarded"> {
  return command;
}

/**
 * Initialize is told of after a shutdown only, as STOP. A router that a reload removed is told of as FAULT, which is
 * keepalived's, or as DELETED where that is asked for.
 */
export function notifiedState(
  { to, reason, cause }: NotifiedTransition,
  notifications: RouterNotifications | undefined,
): NotifiedState | undefined {
  if (to !== "initialize") return to;
  if (reason !== "shutdown") return undefined;
  if (cause?.isRemoved !== true) return "stop";
  return notifications?.removal === true ? "deleted" : "fault";
}

/** The environment of this process, without what could change how the program is loaded, and what happened. */
export function handlerEnvironment(
  inherited: Readonly<Record<string, string | undefined>>,
  record: EventRecord,
  event: NotifiedEvent,
  redelivered: boolean,
): Record<string, string | undefined> {
  const { IFS, LD_PRELOAD, LD_LIBRARY_PATH, ...rest } = inherited;
  return {
    ...rest,
    UNDERSTUDY_EVENT_ID: record.id,
    UNDERSTUDY_CORRELATION_ID: record.correlationId,
    UNDERSTUDY_TIME: record.time,
    UNDERSTUDY_NODE: record.node,
    UNDERSTUDY_ROUTER: record.router,
    ...particularsOf(event),
    UNDERSTUDY_REDELIVERED: redelivered ? "1" : "0",
  };
}

function particularsOf(event: NotifiedEvent): Record<string, string> {
  if (!("observed" in event)) {
    return {
      UNDERSTUDY_FROM: event.from,
      UNDERSTUDY_TO: event.to,
      UNDERSTUDY_REASON: event.reason,
      UNDERSTUDY_PRIORITY: String(event.context.effectivePriority),
      UNDERSTUDY_ACTIVE_ADDRESS: event.context.activeAddress ?? "",
    };
  }
  if (event.observed === "effectivePriority") return { UNDERSTUDY_PRIORITY: String(event.to) };
  return {
    UNDERSTUDY_PRIORITY: String(event.effectivePriority),
    UNDERSTUDY_SOURCE: event.source,
    UNDERSTUDY_SOURCE_PRIORITY: String(event.priority),
  };
}
