/** Handlers as followers: the programs of each router and sync group, one at a time, in the order of its events. */

import type { EventRecord } from "../../contracts/events/envelope.ts";
import type { Handling } from "../../contracts/events/handling.ts";
import { eventFilter } from "../../contracts/events/subjects.ts";
import { subjectToken } from "../../contracts/identity.ts";
import type { Follower } from "../client/follow.ts";
import { handlerConsumerPrefix } from "../client/streams.ts";
import { wallClock } from "../io/clock.ts";
import { type ProgramRun, runProgram } from "../io/run-program.ts";
import { handlerEnvironment, invocationsFor, type Notified, readEvent } from "./commands.ts";
import type { NotifyOptions } from "./options.ts";
import { createSlots, type Slots } from "./slots.ts";

/** Handlers that run at the same time, of all routers together. */
export const handlersAtOnce = 64;

/** Milliseconds after which a handler is told to end. */
const handlerTimeLimit = 30_000;

const transitions = ["transition"] as const;
const told = ["transition", "observation"] as const;

/** What runs the handlers of routers as they are when an event comes; of one that is gone, as they were. */
export function createHandlers(options: NotifyOptions, routers: () => readonly Notified[]): () => Follower[] {
  const slots = createSlots(handlersAtOnce);
  return () => followersOf(options, slots, routers);
}

function followersOf(options: NotifyOptions, slots: Slots, routers: () => readonly Notified[]): Follower[] {
  const { node } = options;
  return routers()
    .filter(({ handlers }) => Object.keys(handlers).length > 0)
    .map((router) => {
      const classes = router.handlers.lowerPriority === undefined ? transitions : told;
      const [single, ...more] = classes;
      return {
        name: `${handlerConsumerPrefix}${subjectToken(router.name)}`,
        filter: eventFilter({ node, router: router.name, ...(more.length === 0 ? { class: single } : {}) }),
        classes,
        handle: (record, isRedelivered) => {
          const present = routers().find(({ name }) => name === router.name) ?? router;
          return runHandlers(options, slots, present, record, isRedelivered);
        },
      };
    });
}

async function runHandlers(
  options: NotifyOptions,
  slots: Slots,
  router: Notified,
  record: EventRecord,
  redelivered: boolean,
): Promise<void> {
  const event = readEvent(record);
  if (event === undefined) {
    options.log({ level: "error", message: `event ${record.id} cannot be read`, router: router.name });
    return;
  }
  const environment = handlerEnvironment(options.environment, record, event, redelivered);
  for (const { handler, argv, ...identity } of invocationsFor(router, event)) {
    const run = await slots.use(() => runProgram(argv, environment, { time: handlerTimeLimit }, identity));
    const handling = handlingOf(handler, argv, run, redelivered);
    options.log({
      level: run.problem !== undefined ? "error" : handling.ok ? "info" : "warn",
      message: run.problem ?? `(${router.name}) handler ${handling.sentence} after ${run.duration} ms`,
      router: router.name,
      event: record.id,
      correlationId: record.correlationId,
      ...handling,
    });
    options.onHandled?.(record, handling);
  }
}

function handlingOf(
  handler: string,
  argv: readonly string[],
  { status, signal, timedOut, duration, problem }: ProgramRun,
  isRedelivered: boolean,
): Handling {
  const how = signal === null ? `exit status ${status}` : `signal ${signal}`;
  return {
    ...{ means: "program", handler, argv: [...argv], ok: status === 0, status, signal, timedOut },
    sentence: problem ?? `${argv[0]} ended with ${how}${timedOut ? " (time limit)" : ""}`,
    ...{ durationMilliseconds: duration, endedAt: wallClock(), isRedelivered },
  };
}
