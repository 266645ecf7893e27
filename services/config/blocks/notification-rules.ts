/** The keywords of FIFOs and mail: of the node, and what a router or a sync group wants to be told of. */

import type { Command, RunAs } from "../../../contracts/config/command.ts";
import type { Fifo } from "../../../contracts/config/notifications.ts";
import { tokenLocation } from "../lexer.ts";
import { type NumberRange, readInteger } from "../values.ts";
import type { Rule, Setting } from "./block.ts";
import type { LowerContext } from "./context.ts";
import { lowerCommand, readRunAs } from "./handler.ts";
import { bare, integerRule, one, switchRule, type ValueRule } from "./value-rules.ts";

/** Of a router or a sync group; undefined asks the defaults. */
export interface NotificationsDraft {
  readonly sendsMail?: boolean;
  readonly tellsPriority?: boolean;
  readonly tellsRemoval?: boolean;
}

interface FifoDraft {
  readonly path?: string;
  readonly owner?: RunAs | undefined;
  readonly reader?: Command;
}

/** Of the node. */
export interface DeliveryDraft {
  /** In front of the two that keepalived knows. */
  readonly fifos?: readonly Fifo[];
  /** For VRRP and, in keepalived, everything else. */
  readonly commonFifo?: FifoDraft;
  /** For VRRP alone. */
  readonly vrrpFifo?: FifoDraft;
  readonly repeatsStates?: true;
  readonly tellsPriority?: boolean;
  /** smtp_alert, and smtp_alert_vrrp, which goes before it. */
  readonly sendsMail?: boolean;
  readonly sendsVrrpMail?: boolean;
  readonly leavesOutFaults?: true;
  readonly mailFrom?: string;
  readonly mailTo?: readonly string[];
  readonly relay?: { readonly host: string; readonly port: number };
  /** Seconds. */
  readonly connectTimeout?: number;
  readonly helloName?: string;
}

const anyNumber = Number.POSITIVE_INFINITY;
const portRange = { minimum: 1, maximum: 65_535 } as const;
const connectRange = { minimum: 1, maximum: 4294 } as const;

export const notificationRules: ReadonlyMap<string, Rule<NotificationsDraft>> = new Map([
  ["smtp_alert", alertRule<NotificationsDraft>((sendsMail) => ({ sendsMail }))],
  ["notify_priority_changes", alertRule<NotificationsDraft>((tellsPriority) => ({ tellsPriority }))],
]);

export const deliveryRules: ReadonlyMap<string, Rule<DeliveryDraft>> = new Map<string, Rule<DeliveryDraft>>([
  ["notify_fifo", fifoRule("commonFifo")],
  ["notify_fifo_script", readerRule("commonFifo")],
  ["vrrp_notify_fifo", fifoRule("vrrpFifo")],
  ["vrrp_notify_fifo_script", readerRule("vrrpFifo")],
  ["fifo_write_vrrp_states_on_reload", { ...bare, apply: () => ({ repeatsStates: true }) }],
  ["vrrp_notify_priority_changes", alertRule<DeliveryDraft>((tellsPriority) => ({ tellsPriority }))],
  ["smtp_alert", alertRule<DeliveryDraft>((sendsMail) => ({ sendsMail }))],
  ["smtp_alert_vrrp", alertRule<DeliveryDraft>((sendsVrrpMail) => ({ sendsVrrpMail }))],
  ["no_email_faults", { ...bare, apply: () => ({ leavesOutFaults: true }) }],
  ["notification_email_from", { ...one, apply: ({ value }) => ({ mailFrom: value.text }) }],
  [
    "notification_email",
    {
      ...bare,
      hasBlock: true,
      // Several a line, as many lines as wanted (P5).
      apply: ({ block }, { mailTo = [] }) => ({
        mailTo: [...mailTo, ...block.flatMap(({ words }) => words.map(({ text }) => text))],
      }),
    },
  ],
  ["smtp_server", { minimum: 1, maximum: 2, apply: readRelay }],
  ["smtp_helo_name", { ...one, apply: ({ value }) => ({ helloName: value.text }) }],
  ["smtp_connect_timeout", integerRule(connectRange, (connectTimeout) => ({ connectTimeout }))],
]);

/** It decides over nobody's address, so a slip keeps nothing from starting, as in keepalived. */
function alertRule<Fields>(fields: (isOn: boolean) => Fields): ValueRule<Fields> {
  return switchRule(fields, "warning");
}

type FifoName = "commonFifo" | "vrrpFifo";

/** `PATH [user [group]]`, else of script_user. */
function fifoRule(name: FifoName): Rule<DeliveryDraft> {
  return {
    minimum: 1,
    maximum: 3,
    apply: ({ value, parameters: [, ...words] }, draft, context) => {
      if (!value.text.startsWith("/")) return reportPath(value, context);
      const owner = words.length === 0 ? context.runAs : readRunAs(words.slice(0, 2));
      return { [name]: { ...draft[name], path: value.text, ...(owner === undefined ? {} : { owner }) } };
    },
  };
}

function readerRule(name: FifoName): Rule<DeliveryDraft> {
  return {
    minimum: 1,
    maximum: anyNumber,
    apply: (setting, draft, context) => {
      const reader = lowerCommand(setting, context);
      return reader === undefined ? {} : { [name]: { ...draft[name], reader } };
    },
  };
}

/** `HOST [PORT]`. */
function readRelay(
  { keyword, value, parameters }: Setting,
  _draft: DeliveryDraft,
  { report }: LowerContext,
): Partial<DeliveryDraft> {
  const [, word] = parameters;
  const range: NumberRange = portRange;
  const port = word === undefined ? 25 : readInteger(keyword.text, word, range, report);
  return port === undefined ? {} : { relay: { host: value.text, port } };
}

function reportPath(value: Setting["value"], { report }: LowerContext): Partial<DeliveryDraft> {
  report({
    severity: "error",
    code: "relative-path",
    message: `\`${value.text}\` is no absolute path; two processes may look for it in two places`,
    location: tokenLocation(value),
    suggestion: "write the path from the root, /run/…",
  });
  return {};
}
