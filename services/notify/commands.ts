/** Which programs a transition runs, with which arguments and which environment (keepalived X1, X2, X4, and more). */

import { z } from "zod";
import type { Command, RunAs } from "../../contracts/config/command.ts";
import type { Handlers } from "../../contracts/config/schema.ts";
import type { EventRecord } from "../../contracts/events/envelope.ts";
import { routerStateSchema } from "../../contracts/events/transitions.ts";

/**
 * What notify needs of a transition. Less than the contract holds, on purpose: a handler has to run for an event of an
 * older or newer daemon, too.
 */
export const notifiedTransitionSchema = z.looseObject({
  from: routerStateSchema,
  to: routerStateSchema,
  reason: z.string(),
  context: z.looseObject({ effectivePriority: z.int(), activeAddress: z.string().nullable() }),
});
export type NotifiedTransition = Readonly<z.infer<typeof notifiedTransitionSchema>>;

export interface HandlerInvocation {
  readonly handler: keyof Handlers;
  readonly argv: readonly string[];
  /** Left out: as this process. */
  readonly runAs?: RunAs;
}

/** A router or a sync group with its handlers. */
export interface Notified {
  readonly name: string;
  readonly handlers: Handlers;
  readonly isGroup?: boolean;
}

type NotifiedState = "active" | "backup" | "fault" | "stop";

/** keepalived's words for the third argument. */
const stateWords: Readonly<Record<NotifiedState, string>> = {
  active: "MASTER",
  backup: "BACKUP",
  fault: "FAULT",
  stop: "STOP",
};

/** The handlers of a transition in the order of running: that of the state, then the one for all states. */
export function invocationsFor(
  { name, handlers, isGroup = false }: Notified,
  transition: NotifiedTransition,
): HandlerInvocation[] {
  const state = notifiedState(transition);
  if (state === undefined) return [];
  const invocations: HandlerInvocation[] = [];
  const own = handlers[state];
  if (own !== undefined) invocations.push({ handler: state, ...commandOf(own) });
  if (handlers.any !== undefined) {
    const priority = isGroup ? "0" : String(transition.context.effectivePriority);
    const argv = [...handlers.any.argv, isGroup ? "GROUP" : "INSTANCE", name, stateWords[state], priority];
    invocations.push({ ...commandOf(handlers.any), handler: "any", argv });
  }
  return invocations;
}

function commandOf({ argv, runAs }: Command): Pick<HandlerInvocation, "argv" | "runAs"> {
  return runAs === undefined ? { argv } : { argv, runAs };
}

/** Initialize is told of after a shutdown only, as STOP. */
function notifiedState({ to, reason }: NotifiedTransition): NotifiedState | undefined {
  if (to !== "initialize") return to;
  return reason === "shutdown" ? "stop" : undefined;
}

/** The environment of this process, without what could change how the program is loaded, and what happened. */
export function handlerEnvironment(
  inherited: Readonly<Record<string, string | undefined>>,
  record: EventRecord,
  transition: NotifiedTransition,
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
    UNDERSTUDY_FROM: transition.from,
    UNDERSTUDY_TO: transition.to,
    UNDERSTUDY_REASON: transition.reason,
    UNDERSTUDY_PRIORITY: String(transition.context.effectivePriority),
    UNDERSTUDY_ACTIVE_ADDRESS: transition.context.activeAddress ?? "",
    UNDERSTUDY_REDELIVERED: redelivered ? "1" : "0",
  };
}
