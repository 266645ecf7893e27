/**
 * Records of former daemons in today's form. Within `.v1` members were added only, so that a former record is
 * known by what it lacks. Each step brings a body one change nearer; a later form adds a step behind the last.
 */

import { z } from "zod";
import type { EventRecord } from "./envelope.ts";
import type { EventClass } from "./subjects.ts";
import { type Transition, transitionSchema } from "./transitions.ts";

/** One change of the contract. A body that has it already comes back as it is. */
interface Upcaster {
  readonly class: EventClass;
  /** The member that came. */
  readonly member: string;
  readonly upcast: (body: unknown) => unknown;
}

/** In the order in which the contract changed. */
export const upcasters: readonly Upcaster[] = [
  // What was told of then were refusals only.
  { class: "rejection", member: "accepted", upcast: withMember("accepted", false) },
  // There was no delay to wait for, nothing that was tracked, and no sync group.
  { class: "transition", member: "context.preemptDelayOver", upcast: inContext("preemptDelayOver", false) },
  { class: "transition", member: "context.readings", upcast: inContext("readings", {}) },
  { class: "transition", member: "context.awaitsReadings", upcast: inContext("awaitsReadings", false) },
  { class: "transition", member: "context.wantsActive", upcast: inContext("wantsActive", false) },
  // No operator could hand over, or hold a node in backup.
  { class: "transition", member: "context.handedOver", upcast: inContext("handedOver", false) },
  { class: "transition", member: "context.maintenance", upcast: inContext("maintenance", false) },
];

/**
 * The record with its body in the form of today; the same object where it has it. `hash` stays that of the record as it
 * was written: a chain is verified before this, not after.
 */
export function upcast(record: EventRecord): EventRecord {
  const body = upcasters
    .filter((step) => step.class === record.class)
    .reduce((former, step) => step.upcast(former), record.body);
  return body === record.body ? record : { ...record, body };
}

/**
 * The transition in a record of a former, of this, or of a later daemon: members that are unknown here are left out.
 * Undefined for a record of another class, and for one that cannot be read.
 */
export function readTransition(record: EventRecord): Transition | undefined {
  if (record.class !== "transition") return undefined;
  const { body } = upcast(record);
  const parsed = transitionSchema.safeParse(body);
  if (parsed.success) return parsed.data;
  const unknown = parsed.error.issues.flatMap((issue) =>
    issue.code === "unrecognized_keys" ? issue.keys.map((key) => [...issue.path, key].join(".")) : [],
  );
  return transitionSchema.safeParse(without(body, new Set(unknown), "")).data;
}

/** A copy that lacks the members whose paths are given. */
function without(value: unknown, paths: ReadonlySet<string>, prefix: string): unknown {
  const object = objectSchema.safeParse(value).data;
  if (object === undefined || Array.isArray(value)) return value;
  const kept = Object.entries(object).filter(([name]) => !paths.has(`${prefix}${name}`));
  return Object.fromEntries(
    kept.map(([name, member]) => [name, without(member, paths, `${prefix}${name}.`)]),
  );
}

const objectSchema = z.looseObject({});
const withContext = z.looseObject({ context: objectSchema });

function withMember(member: string, value: unknown): Upcaster["upcast"] {
  return (body) => {
    const object = objectSchema.safeParse(body).data;
    return object === undefined || member in object ? body : { ...object, [member]: value };
  };
}

function inContext(member: string, value: unknown): Upcaster["upcast"] {
  const add = withMember(member, value);
  return (body) => {
    const object = withContext.safeParse(body).data;
    const context = add(object?.context);
    return object === undefined || context === object.context ? body : { ...object, context };
  };
}
