/** What a mail of a transition says: keepalived's words, which filters and people know (keepalived X8). */

import type { EventRecord } from "../../contracts/events/envelope.ts";
import { type Notified, notifiedState, readEvent } from "./commands.ts";

export interface MailText {
  /** The state that it tells of: the same one is not told twice. */
  readonly state: string;
  readonly subject: string;
  readonly text: string;
}

const subjects = {
  active: "Entering MASTER state",
  backup: "Entering BACKUP state",
  fault: "Entering FAULT state",
  stop: "Stopping",
} as const;

const routerTexts = {
  active: "=> VRRP Instance is now owning VRRP VIPs <=",
  backup: "=> VRRP Instance is no longer owning VRRP VIPs <=",
  fault: "=> VRRP Instance is no longer owning VRRP VIPs <=",
  stop: "=> VRRP Instance stopping <=",
} as const;

const groupTexts = {
  active: "=> All VRRP group instances are now in MASTER state <=",
  backup: "=> All VRRP group instances are now in BACKUP state <=",
  fault: "=> All VRRP group instances are now in FAULT state <=",
  stop: "=> All VRRP group instances are now stopping <=",
} as const;

/** Undefined for what no mail is sent of. */
export function mailText(
  { name, notifications, isGroup = false }: Notified,
  record: EventRecord,
): MailText | undefined {
  const event = readEvent(record);
  if (notifications?.mail !== true || event === undefined || "observed" in event) return undefined;
  const state = notifiedState(event, notifications);
  if (state === undefined || state === "deleted") return undefined;
  return {
    state,
    subject: `[${record.node}] VRRP ${isGroup ? "Group" : "Instance"} ${name} - ${subjects[state]}`,
    text: `${(isGroup ? groupTexts : routerTexts)[state]}\n`,
  };
}
