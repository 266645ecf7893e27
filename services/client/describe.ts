/** One event as one line for people. */

import { z } from "zod";
import { commandEventSchema, describeCommand } from "../../contracts/events/commands.ts";
import { configEventSchema, describeConfigEvent } from "../../contracts/events/configuration.ts";
import { type EventRecord, effectOutcomeSchema, nodeNoticeSchema } from "../../contracts/events/envelope.ts";
import { explainTransition } from "../../contracts/events/explain.ts";
import { describeHandling, handlingSchema } from "../../contracts/events/handling.ts";
import { describeObservation, observationSchema } from "../../contracts/events/observations.ts";
import { rejectionSchema } from "../../contracts/events/rejections.ts";
import { readTrace, type Trace } from "../../contracts/events/trace.ts";
import { routerStateSchema } from "../../contracts/events/transitions.ts";
import { readTransition, upcast } from "../../contracts/events/upcast.ts";

/** "16:50:01.123456 node_A VI_1 backup -> active  no advert in time (noResponse)"; local time. */
export function describeRecord(record: EventRecord): string {
  return `${localTime(record.time)} ${record.node} ${record.router} ${whatHappened(upcast(record))}`;
}

function localTime(time: string): string {
  const clock = new Date(time).toTimeString().slice(0, 8);
  return `${clock}.${time.slice(20, 26)}`;
}

/** The same without when, who and where: "backup -> active  no advert in time (noResponse)". Of a record in the form of today. */
export function whatHappened(record: EventRecord): string {
  const { class: eventClass, body } = record;
  if (eventClass === "transition") {
    const transition = readTransition(record);
    if (transition !== undefined) {
      const { from, to, reason } = transition;
      return `${from} -> ${to}  ${explainTransition(transition)} (${reason})`;
    }
    const other = otherTransitionSchema.safeParse(body).data;
    if (other !== undefined) return `${other.from} -> ${other.to} (${other.reason})`;
  }
  if (eventClass === "rejection") {
    const rejection = rejectionSchema.safeParse(body).data;
    if (rejection !== undefined) {
      const { name, source, detail, count, accepted } = rejection;
      return `${accepted ? "accepted" : "refused"} advert from ${source}: ${detail} (${name}${count > 1 ? `, ${count} times` : ""})`;
    }
  }
  if (eventClass === "effect") {
    const outcome = effectOutcomeSchema.safeParse(body).data;
    if (outcome !== undefined) return describeEffect(outcome);
  }
  if (eventClass === "observation") {
    const observation = observationSchema.safeParse(body).data;
    if (observation !== undefined) return describeObservation(observation);
  }
  if (eventClass === "config") {
    const event = configEventSchema.safeParse(body).data;
    if (event !== undefined) return describeConfigEvent(event);
  }
  if (eventClass === "trace") {
    const trace = readTrace(body);
    if (trace !== undefined) return describeTrace(trace);
  }
  if (eventClass === "command") {
    const event = commandEventSchema.safeParse(body).data;
    if (event !== undefined) return describeCommand(event);
  }
  if (eventClass === "handler") {
    const handling = handlingSchema.safeParse(body).data;
    if (handling !== undefined) return describeHandling(handling);
  }
  const notice = nodeNoticeSchema.safeParse(body).data;
  return notice === undefined
    ? `${eventClass} ${JSON.stringify(body)}`
    : `${notice.notice}: ${notice.detail}`;
}

function describeTrace({ count, dropped }: Trace): string {
  const before = dropped === 0 ? "" : `, ${dropped} before them are not kept`;
  return `flight recorder: ${count} ${count === 1 ? "fact" : "facts"}${before}`;
}

/** A transition of a daemon whose contract has more or fewer members than ours. */
const otherTransitionSchema = z.looseObject({
  from: routerStateSchema,
  to: routerStateSchema,
  reason: z.string(),
});

const effectWords: Readonly<Record<string, string>> = {
  "addresses.install": "installed",
  "addresses.renew": "renewed",
  "addresses.withdraw": "withdrew",
  "addresses.announce": "announced",
};

function describeEffect({
  effect,
  ok,
  error,
  addresses,
}: ReturnType<typeof effectOutcomeSchema.parse>): string {
  const objects = (addresses ?? []).join(" ");
  const about = objects === "" ? "" : ` ${objects}`;
  if (!ok) return `${effect} failed${about}: ${error ?? "no reason given"}`;
  const word = effectWords[effect];
  return word === undefined || objects === "" ? `${effect} done${about}` : `${word}${about}`;
}
