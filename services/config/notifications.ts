/** What a file says of FIFOs and mail, with its defaults -> what the notify process does for whom. */

import type {
  Fifo,
  GroupNotifications,
  Mail,
  Notifications,
  RouterNotifications,
} from "../../contracts/config/notifications.ts";
import type { DeliveryDraft, NotificationsDraft } from "./blocks/notification-rules.ts";
import type { Report } from "./diagnostics.ts";
import type { Token } from "./lexer.ts";
import { tokenLocation } from "./lexer.ts";

/** What a router wants to be told of: its own word goes before its group's, and that before the node's. */
export function resolveNotifications(
  own: NotificationsDraft,
  group: NotificationsDraft | undefined,
  globals: DeliveryDraft,
): { readonly notifications?: RouterNotifications } {
  const tellsPriority = own.tellsPriority ?? group?.tellsPriority ?? globals.tellsPriority;
  const wanted: RouterNotifications = {
    ...(own.tellsRemoval === true ? { removal: true } : {}),
    ...(tellsPriority === true ? { priority: true } : {}),
    ...(sendsMail(own, globals) ? { mail: true } : {}),
  };
  return Object.keys(wanted).length === 0 ? {} : { notifications: wanted };
}

export function resolveGroupNotifications(
  own: NotificationsDraft,
  globals: DeliveryDraft,
): { readonly notifications?: GroupNotifications } {
  return sendsMail(own, globals) ? { notifications: { mail: true } } : {};
}

/** What the node has for all of them, or undefined where the file asks for nothing. `mailing` is the first who wants mail. */
export function completeNotifications(
  draft: DeliveryDraft,
  mailing: Token | undefined,
  hostName: string,
  report: Report,
): Notifications | undefined {
  const fifos = [...(draft.fifos ?? []), draft.vrrpFifo, draft.commonFifo].flatMap((fifo): Fifo[] => {
    if (fifo?.path === undefined) return [];
    const { path, owner, reader } = fifo;
    return [{ path, ...(owner === undefined ? {} : { owner }), ...(reader === undefined ? {} : { reader }) }];
  });
  const [first, second] = fifos;
  // keepalived refuses the second; one path is one FIFO.
  if (first !== undefined && first.path === second?.path) fifos.pop();
  const mail = mailing === undefined ? undefined : completeMail(draft, hostName);
  if (mailing !== undefined && mail === undefined) {
    report({
      severity: "warning",
      code: "mail-incomplete",
      message: `\`${mailing.text}\` is to send mail, but \`smtp_server\` or \`notification_email\` is missing; none is sent`,
      location: tokenLocation(mailing),
      suggestion: "add both to global_defs, or remove `smtp_alert`",
    });
  }
  if (fifos.length === 0 && mail === undefined) return undefined;
  return {
    fifos,
    ...(draft.repeatsStates === true ? { repeatsStates: true } : {}),
    ...(mail === undefined ? {} : { mail }),
  };
}

/** keepalived's default, in seconds. */
const connectTimeout = 30;

function completeMail(draft: DeliveryDraft, hostName: string): Mail | undefined {
  const { relay, mailTo = [], helloName } = draft;
  if (relay === undefined || mailTo.length === 0) return undefined;
  return {
    from: draft.mailFrom ?? `root@${hostName}`,
    to: [...mailTo],
    relay,
    connectTimeout: draft.connectTimeout ?? connectTimeout,
    ...(helloName === undefined ? {} : { helloName }),
    ...(draft.leavesOutFaults === true ? { leavesOutFaults: true } : {}),
  };
}

function sendsMail(own: NotificationsDraft, globals: DeliveryDraft): boolean {
  return own.sendsMail ?? globals.sendsVrrpMail ?? globals.sendsMail ?? false;
}
