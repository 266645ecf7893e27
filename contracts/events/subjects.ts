/** NATS subjects: one function that builds, one that parses. `vrrp.v1.ev.<node>.<router>.<class>` is stored. */

import { subjectToken } from "../identity.ts";

export const eventClasses = [
  "transition",
  "rejection",
  "effect",
  "config",
  "command",
  "handler",
  "fault",
  "trace",
  "observation",
] as const;
export type EventClass = (typeof eventClasses)[number];

export interface EventSubject {
  readonly node: string;
  readonly router: string;
  readonly class: EventClass;
}

/** The router token of records about the node itself (its journal, its bus). No configured name makes it: `$` becomes `_`. */
export const nodeRouterName = "_node";

const prefix = "vrrp.v1.ev";

/** The subject of a stored event; names are made safe as tokens. */
export function eventSubject({ node, router, class: eventClass }: EventSubject): string {
  return `${prefix}.${subjectToken(node)}.${subjectToken(router)}.${eventClass}`;
}

/** The tokens of a stored event's subject, or undefined where it is another subject. */
export function parseEventSubject(subject: string): EventSubject | undefined {
  const [vrrp, version, kind, node, router, eventClass, ...rest] = subject.split(".");
  if (`${vrrp}.${version}.${kind}` !== prefix || rest.length > 0) return undefined;
  const known = eventClasses.find((name) => name === eventClass);
  if (node === undefined || router === undefined || known === undefined) return undefined;
  return { node, router, class: known };
}

/** Where a node sends what nobody is meant to hear, to have sent something: in no stream. */
export function rehearsalSubject(node: string): string {
  return `vrrp.v1.rehearsal.${subjectToken(node)}`;
}

/** What the stream of a former store listens to, which only its own node completes: nobody's events come by it. */
export function retiredSubject(node: string, stream: string): string {
  return `vrrp.v1.retired.${subjectToken(node)}.${subjectToken(stream)}`;
}

/** Everything one node stores: the only subject of its stream. */
export function nodeSubjects(node: string): string {
  return `${prefix}.${subjectToken(node)}.>`;
}

/** A filter over stored events; a part left out matches all. */
export function eventFilter(parts: { node?: string; router?: string; class?: EventClass }): string {
  const token = (name: string | undefined) => (name === undefined ? "*" : subjectToken(name));
  return `${prefix}.${token(parts.node)}.${token(parts.router)}.${parts.class ?? "*"}`;
}

/** The stream of one node's store; a rebuilt store has a new incarnation and so a new stream. */
export function streamName(node: string, incarnation: string): string {
  return `EV_${subjectToken(node)}_${incarnation}`;
}
