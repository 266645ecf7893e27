/**
 * The event log as an AsyncAPI 3 document: which subjects there are, which headers and which JSON a message has. Made from
 * the schemas that the daemon writes by, so that it cannot say anything else.
 */

import { z } from "zod";
import { nodePresenceSchema, routerPresenceSchema } from "../presence.ts";
import { bodySchemas, cloudEventType, eventRecordSchema } from "./envelope.ts";

type EventBodyClass = keyof typeof bodySchemas;

/** What each class tells, for readers of the document. */
const summaries: Readonly<Record<EventBodyClass, string>> = {
  transition: "A virtual router, or a sync group, changed its state",
  rejection: "Adverts of a peer are refused, or differ; at once, and then once a minute",
  effect: "What became of addresses, routes and rules, and whatever the kernel refused",
  fault: "What the node says of itself: lost kernel events, leftovers, a router that crashed",
  observation: "Another active router of lower priority was heard, or the priority in effect moved",
  trace: "What the flight recorder kept: the facts up to a transition, and how the router was before them",
  command: "An operator handed over, held the node in backup or set a priority, or tried to; with who it was",
  handler: "What became of a program, a FIFO line or a mail by which notify told somebody of an event",
  config: "A reload: what became of which routers, and of a router its other settings",
};

/** CloudEvents 1.0 attributes in binary mode. */
const headers = {
  type: "object",
  required: ["ce-specversion", "ce-id", "ce-source", "ce-type", "ce-time", "ce-sequence", "ce-incarnation"],
  properties: {
    "ce-specversion": { const: "1.0" },
    "ce-id": { type: "string", description: "<node>/<router>/<incarnation>/<sequence>; also Nats-Msg-Id" },
    "ce-source": { type: "string", description: "/vrrp/<node>/<router>" },
    "ce-type": { type: "string", description: "dev.understudy.vrrp.<class>.v1" },
    "ce-time": { type: "string", description: "RFC 3339 in UTC with microseconds" },
    "ce-subject": { type: "string", description: "the router's configured name" },
    "ce-sequence": { type: "string", description: "gapless for each router and incarnation, from 1" },
    "ce-incarnation": {
      type: "string",
      description: "identity of the store that counts: eight hexadecimal digits",
    },
    "ce-position": { type: "string", description: "gapless for each incarnation: the order of the journal" },
    "ce-correlationid": { type: "string", description: "id of the record that opened the story" },
    "ce-causationid": { type: "string", description: "id of the record that led to this one, where one did" },
    "ce-machineversion": { type: "string" },
    "content-type": { const: "application/json" },
  },
} as const;

/** The document; an object that is written as JSON. */
export function asyncApiDocument(): Readonly<Record<string, unknown>> {
  const classes = Object.keys(bodySchemas) as EventBodyClass[];
  return {
    asyncapi: "3.0.0",
    info: {
      title: "Understudy: the event log",
      version: "1.0.0",
      description:
        "Every transition of every virtual router, and what explains it. Subjects are vrrp.v1.ev.<node>.<router>.<class>; what is not of [A-Za-z0-9_-] in a name is `_` there. Sequences are gapless for each router.",
    },
    defaultContentType: "application/json",
    channels: {
      ...Object.fromEntries(classes.map((each) => [each, channelOf(each)])),
      state: stateChannel,
    },
    operations: {
      ...Object.fromEntries(classes.map((each) => [`receive_${each}`, receive(each, summaries[each])])),
      receive_state: receive("state", stateSummary),
    },
    components: {
      messages: {
        ...Object.fromEntries(classes.map((each) => [each, messageOf(each)])),
        ...stateMessages,
      },
      schemas: {
        ...Object.fromEntries(classes.map((each) => [each, recordSchemaOf(each)])),
        routerState: schemaOf(routerPresenceSchema),
        nodeState: schemaOf(nodePresenceSchema),
      },
    },
  };
}

const stateSummary =
  "How a router is now: a key-value bucket, of which each key has its last value. Under _node the node, every five seconds";

const stateChannel = {
  address: "$KV.VRRP_STATE.{node}.{router}",
  parameters: {
    node: { description: "the node's name, made safe; * is every node" },
    router: { description: "the router's name, made safe; _node is the node itself; * is every router" },
  },
  messages: {
    routerState: { $ref: "#/components/messages/routerState" },
    nodeState: { $ref: "#/components/messages/nodeState" },
  },
} as const;

/** Without headers, but for a router that was removed: it has no payload and KV-Operation. */
const stateMessages = {
  routerState: {
    name: "routerState",
    summary:
      "A router as it is now; without payload and with the header KV-Operation: DEL where it is no more",
    payload: { $ref: "#/components/schemas/routerState" },
  },
  nodeState: {
    name: "nodeState",
    summary: "A node: one that has not spoken for 15 seconds is silent",
    payload: { $ref: "#/components/schemas/nodeState" },
  },
} as const;

function receive(channel: string, summary: string) {
  return { action: "receive", channel: { $ref: `#/channels/${channel}` }, summary };
}

function channelOf(eventClass: EventBodyClass) {
  return {
    address: `vrrp.v1.ev.{node}.{router}.${eventClass}`,
    parameters: {
      node: { description: "the node's name, made safe; * is every node" },
      router: { description: "the router's name, made safe; _node is the node itself; * is every router" },
    },
    messages: { [eventClass]: { $ref: `#/components/messages/${eventClass}` } },
  };
}

function messageOf(eventClass: EventBodyClass) {
  return {
    name: cloudEventType(eventClass),
    summary: summaries[eventClass],
    headers,
    payload: { $ref: `#/components/schemas/${eventClass}` },
  };
}

/** The JSON Schema of the whole record, its body included. */
export function recordSchemaOf(eventClass: EventBodyClass): Readonly<Record<string, unknown>> {
  const record = eventRecordSchema.extend({ class: z.literal(eventClass), body: bodySchemas[eventClass] });
  return schemaOf(record);
}

function schemaOf(described: z.ZodType): Readonly<Record<string, unknown>> {
  const { $schema, ...schema } = z.toJSONSchema(described, { io: "input" });
  return schema;
}
