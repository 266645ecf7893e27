/** keepalived's exact phrases for what happens here, so that log scrapers written for it keep working (keepalived 2.14). */

import type { EventRecord } from "../../contracts/events/envelope.ts";
import type { Observation } from "../../contracts/events/observations.ts";
import { type RejectionEvent, rejectionSchema } from "../../contracts/events/rejections.ts";
import { type Transition, transitionSchema } from "../../contracts/events/transitions.ts";
import { syncGroupIdentity } from "../../machines/sync-group.ts";

/** The lines keepalived would have logged for a record, in its order; none for what it does not log. */
export function keepalivedPhrases(record: EventRecord): string[] {
  if (record.class === "transition") {
    const transition = transitionSchema.parse(record.body);
    return transition.machine.id === syncGroupIdentity.id
      ? groupPhrases(record.router, transition)
      : transitionPhrases(record.router, transition);
  }
  return record.class === "rejection"
    ? rejectionPhrases(record.router, rejectionSchema.parse(record.body))
    : [];
}

/** A sync group's, keepalived 2.6. */
function groupPhrases(name: string, { to }: Transition): string[] {
  const word = { active: "MASTER", backup: "BACKUP", fault: "FAULT", initialize: undefined }[to];
  return word === undefined ? [] : [`VRRP_Group(${name}) Syncing instances to ${word} state`];
}

function transitionPhrases(name: string, { from, to, reason, cause, context }: Transition): string[] {
  const init = from === "initialize" ? " (init)" : "";
  const priority = Number(cause["priority"]);
  const source = String(cause["source"]);
  switch (to) {
    case "active":
      return [`(${name}) Entering MASTER STATE`];
    case "initialize":
      return from === "active" ? [`(${name}) sent 0 priority`] : [];
    case "fault":
      return [
        ...context.faults.map((fault) => faultPhrase(name, fault)),
        `(${name}) Entering FAULT STATE${init}`,
      ];
    case "backup":
      return [
        ...(reason === "higherPriority"
          ? [
              `(${name}) Master received advert from ${source} with higher priority ${priority}, ours ${context.effectivePriority}`,
            ]
          : []),
        ...(reason === "higherAddress"
          ? [
              `(${name}) Master received advert from ${source} with same priority ${priority} but higher IP address than ours`,
            ]
          : []),
        `(${name}) Entering BACKUP STATE${init}`,
      ];
  }
}

/** keepalived words two faults its own way (keepalived F2); the others are ours. */
function faultPhrase(name: string, fault: string): string {
  const [, missing] = /^(no .*address) on interface /u.exec(fault) ?? [];
  if (missing !== undefined) return `(${name}) entering FAULT state (${missing} for interface)`;
  return `(${name}): entering FAULT state (${fault.replace(/ is down$/u, " down")})`;
}

/** keepalived M5. */
export function lowerPriorityPhrase(
  name: string,
  { source, priority, effectivePriority }: Extract<Observation, { observed: "lowerPriority" }>,
): string {
  return `(${name}) Received advert from ${source} with lower priority ${priority}, ours ${effectivePriority}, forcing new election`;
}

function rejectionPhrases(
  name: string,
  { name: kind, detail, received, expected }: RejectionEvent,
): string[] {
  switch (kind) {
    case "authentication":
      if (received !== undefined && expected !== undefined) {
        return [
          `(${name}) IPSEC-AH : sequence number ${received} already processed. Packet dropped. Local(${expected - 1})`,
        ];
      }
      return detail.startsWith("the digest is wrong")
        ? [`(${name}) IPSEC-AH : invalid IPSEC HMAC-MD5 value. Due to fields mutation or bad password !`]
        : [`(${name}) received an invalid passwd!`];
    case "authenticationTypeMismatch":
    case "authenticationTypeInvalid":
      return received === undefined || expected === undefined
        ? []
        : [`(${name}) received a ${received} auth, expecting ${expected}!`];
    case "interval":
      return received === undefined || expected === undefined
        ? []
        : [
            `(${name}) advertisement interval mismatch mine=${expected / 100} sec rcv'd=${received / 100} sec`,
          ];
    case "version":
      return [`(${name}) wrong version. Received ${received} and expect ${expected}`];
    default:
      return [];
  }
}
