/** From a record as it was stored to the row that the page keeps of it. */

import { createHash } from "node:crypto";
import { z } from "zod";
import type { EventRecord } from "../../../contracts/events/envelope.ts";
import { readTransition, upcast } from "../../../contracts/events/upcast.ts";
import { formatRouterKey } from "../../../contracts/identity.ts";
import type { Change, Row } from "../../../machines/inspection/row.ts";
import { whatHappened } from "../../client/describe.ts";
import { recordHash } from "../../journal/chain.ts";

/** `text` is the JSON as it was stored, over which its hash was made. */
export function compact(record: EventRecord, text: string): Row {
  return {
    ...{ class: record.class, node: record.node, router: record.router },
    ...{ incarnation: record.incarnation, sequence: record.sequence, position: record.position },
    ...{ at: instantOf(record.time), monotonic: record.monotonic },
    key: record.key === null ? "" : formatRouterKey(record.key),
    ...{ story: record.correlationId, cause: record.causationId ?? "" },
    text: whatHappened(upcast(record)),
    ...{ hash: firstBits(record.hash), prevHash: firstBits(record.prevHash) },
    isSealed: isSealed(record, text),
    isTrouble: isTrouble(record),
    change: changeOf(record),
  };
}

function instantOf(time: string): number {
  const fraction = /\.(\d{1,6})/u.exec(time)?.[1] ?? "";
  return Date.parse(`${time.slice(0, 19)}Z`) * 1000 + Number(fraction.padEnd(6, "0"));
}

/** Enough to tell one record from another. An empty hash, in front of a first record, is 0. */
function firstBits(hash: string): number {
  return hash === "" ? 0 : Number.parseInt(hash.slice(0, 12), 16);
}

/**
 * A record is stored as canonical JSON with its hash behind everything else, so that it need not be made canonical again.
 * Whoever exported it may have written its members in another order.
 */
function isSealed(record: EventRecord, text: string): boolean {
  const end = `,"hash":"${record.hash}"}`;
  const asStored = () =>
    createHash("sha256")
      .update(`${text.slice(0, -end.length)}}`)
      .digest("hex");
  return (text.endsWith(end) && asStored() === record.hash) || recordHash(record) === record.hash;
}

const outcomeSchema = z.looseObject({ ok: z.boolean() });
const reloadSchema = z.looseObject({ change: z.literal("refused") });

function isTrouble({ class: eventClass, body }: EventRecord): boolean {
  if (eventClass === "fault" || eventClass === "rejection") return true;
  if (eventClass === "effect" || eventClass === "handler")
    return outcomeSchema.safeParse(body).data?.ok === false;
  return eventClass === "config" && reloadSchema.safeParse(body).success;
}

const causeSchema = z.looseObject({
  type: z.string(),
  source: z.string().default(""),
  dueAt: z.number().default(0),
});

function changeOf(record: EventRecord): Change | null {
  const transition = readTransition(record);
  if (transition === undefined) return null;
  const { from, to, reason, context, machine } = transition;
  const cause = causeSchema.safeParse(transition.cause).data;
  return {
    ...{ from, to, reason, lastEvent: context.lastEvent },
    ...{ fact: cause?.type ?? "", source: cause?.source ?? "", dueAt: cause?.dueAt ?? 0 },
    priority: context.effectivePriority,
    ...{ activeAddress: context.activeAddress ?? "", primaryAddress: context.primaryAddress ?? "" },
    activeAdverInterval: context.activeAdverInterval,
    faults: context.faults.join("; "),
    timers: Object.entries(context.timers).map(([timer, { dueAt }]) => [timer, dueAt]),
    machine: `${machine.id}-${machine.version}`,
  };
}
