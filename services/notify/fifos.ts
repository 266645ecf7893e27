/**
 * FIFOs as followers: keepalived's line for each transition of each router and sync group, in the order of the journal. A pipe
 * that is full is waited for, so that its reader misses nothing; nobody else waits for it.
 */

import type { Fifo } from "../../contracts/config/notifications.ts";
import { configEventSchema } from "../../contracts/events/configuration.ts";
import { type EventRecord, eventRecordSchema } from "../../contracts/events/envelope.ts";
import { eventFilter, eventSubject, nodeRouterName } from "../../contracts/events/subjects.ts";
import { subjectToken } from "../../contracts/identity.ts";
import { pause } from "../client/connect.ts";
import type { Follower, Turn } from "../client/follow.ts";
import { wallClock } from "../io/clock.ts";
import { type FifoWriter, openFifo } from "../io/fifo.ts";
import { type Outcome, success } from "../io/outcome.ts";
import { type Notified, notifiedState, readEvent, stateWords } from "./commands.ts";
import { startReader } from "./fifo-reader.ts";
import type { NotifyOptions } from "./options.ts";

export interface Fifos {
  readonly followers: readonly Follower[];
  /** Ends the readers and removes what was made. */
  close(): Promise<void>;
}

/** Milliseconds after which a pipe that was full is tried again. */
const fullPause = 50;

/** One that cannot be opened is told of and left out. */
export function openFifos(options: NotifyOptions, routers: () => readonly Notified[]): Fifos {
  const opened = (options.notifications?.fifos ?? []).flatMap((fifo) => {
    const writer = openFifo(fifo.path, fifo.owner);
    if (!writer.ok) {
      options.log({ level: "error", message: `FIFO ${writer.error}`, fifo: fifo.path });
      return [];
    }
    const reader = fifo.reader && startReader(fifo.reader, fifo.path, options);
    return [{ follower: fifoFollower(fifo, writer.value, options, routers), writer: writer.value, reader }];
  });
  return {
    followers: opened.map(({ follower }) => follower),
    close: async () => {
      // A reader that reads to the end of the file ends by itself.
      for (const { writer } of opened) writer.close();
      await Promise.all(opened.map(({ reader }) => reader?.stop()));
    },
  };
}

/** keepalived X5, without the line feed; undefined for what is not told. */
export function fifoLine(notified: Notified, record: EventRecord): string | undefined {
  const event = readEvent(record);
  if (event === undefined) return undefined;
  const { name, notifications, isGroup = false } = notified;
  const line = (word: string, priority: number) =>
    `${isGroup ? "GROUP" : "INSTANCE"} "${name}" ${word} ${isGroup ? 0 : priority}`;
  if (!("observed" in event)) {
    const state = notifiedState(event, notifications);
    return state === undefined ? undefined : line(stateWords[state], event.context.effectivePriority);
  }
  if (event.observed === "lowerPriority") return line("MASTER_RX_LOWER_PRI", event.effectivePriority);
  return notifications?.priority === true ? line(`${stateWords[event.state]}_PRIORITY`, event.to) : undefined;
}

function fifoFollower(
  { path }: Fifo,
  writer: FifoWriter,
  options: NotifyOptions,
  routers: () => readonly Notified[],
): Follower {
  const { node, notifications, log, onHandled } = options;
  const write = async (line: string): Promise<Outcome> => {
    for (let isTold = false; ; isTold = true) {
      const written = writer.write(`${line}\n`);
      if (!written.ok) log({ level: "error", message: `FIFO ${path}: ${written.error}`, line });
      if (!written.ok) return written;
      if (written.value) return success(undefined);
      if (!isTold) log({ level: "warn", message: `FIFO ${path} is full; waiting for its reader` });
      await pause(fullPause, options.signal);
      if (options.signal.aborted) throw new Error(`FIFO ${path} is full`);
    }
  };
  const repeatStates = async (record: EventRecord, { manager, stream }: Turn) => {
    const event = configEventSchema.safeParse(record.body).data;
    if (event?.change !== "reloaded") return;
    const told = new Set([...event.added, ...event.removed, ...event.replaced]);
    for (const each of routers()) {
      if (told.has(each.name)) continue;
      const subject = eventSubject({ node, router: each.name, class: "transition" });
      const last = await manager.streams.getMessage(stream, { last_by_subj: subject });
      const known = last === null ? undefined : eventRecordSchema.safeParse(last.json()).data;
      const line = known && fifoLine(each, known);
      if (line !== undefined) await write(line);
    }
  };
  const tell = async (router: Notified, record: EventRecord, isRedelivered: boolean) => {
    const line = fifoLine(router, record);
    if (line === undefined) return;
    const begin = performance.now();
    const written = await write(line);
    onHandled?.(record, {
      ...{ means: "fifo", handler: path, ok: written.ok },
      sentence: written.ok ? line : `${line} could not be written: ${written.error}`,
      durationMilliseconds: Math.round(performance.now() - begin),
      ...{ endedAt: wallClock(), isRedelivered },
    });
  };
  return {
    name: `fifo_${subjectToken(path)}`,
    filter: eventFilter({ node }),
    classes: ["transition", "observation", ...(notifications?.repeatsStates ? (["config"] as const) : [])],
    handle: async (record, isRedelivered, turn) => {
      const router = routers().find(({ name }) => name === record.router);
      if (record.router === nodeRouterName) await repeatStates(record, turn);
      else if (router !== undefined) await tell(router, record, isRedelivered);
    },
  };
}
