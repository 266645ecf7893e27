/** What the notify process is told, and what it says of what it does. */

import type { Notifications } from "../../contracts/config/notifications.ts";
import type { EventRecord } from "../../contracts/events/envelope.ts";
import type { Handling } from "../../contracts/events/handling.ts";
import type { NatsAddress } from "../client/address.ts";
import type { Notified } from "./commands.ts";

/** One line of the log: `message` for people, the rest for programs. */
export interface NotifyLogEntry {
  readonly level: "info" | "warn" | "error";
  readonly message: string;
  readonly [field: string]: unknown;
}

export type NotifyLog = (entry: NotifyLogEntry) => void;

/** Who is told, as the file says it. */
export interface NotifyPlan {
  readonly node: string;
  /** Routers and sync groups. */
  readonly routers: readonly Notified[];
  /** FIFOs and mail, where the file asks for them. */
  readonly notifications?: Notifications | undefined;
}

export interface NotifyOptions extends NotifyPlan {
  /** Calls back with other routers and handlers; FIFOs and mail stay, and so does which events a router's handlers are for. */
  readonly onRouters?: (adopt: (routers: readonly Notified[]) => void) => void;
  /** The daemon has read its file again, or may have while there was no connection. */
  readonly onReloaded?: () => void;
  readonly address: NatsAddress;
  /** What became of one program, line or mail for an event; of an event that is told to nobody nothing. */
  readonly onHandled?: (record: EventRecord, handling: Handling) => void;
  readonly environment: Readonly<Record<string, string | undefined>>;
  readonly log: NotifyLog;
  readonly signal: AbortSignal;
}
