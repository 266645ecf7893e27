/** The longer rules of `vrrp_instance`. */

import type { Report } from "../diagnostics.ts";
import { tokenLocation } from "../lexer.ts";
import type { Rule, Setting } from "./block.ts";
import type { LowerContext } from "./context.ts";
import type { RouterDraft } from "./router-draft.ts";
import { lowerUnicastPeers, readIpAddress } from "./unicast-peers.ts";
import { readVirtualMac } from "./virtual-mac.ts";

export type RouterRule = Rule<RouterDraft>;

export function acceptRule(value: boolean): RouterRule {
  return {
    minimum: 0,
    maximum: 0,
    apply: ({ keyword }) => ({ acceptMode: { value, location: tokenLocation(keyword) } }),
  };
}

export function readVirtualMacSetting(
  setting: Setting,
  _draft: RouterDraft,
  context: LowerContext,
): Partial<RouterDraft> {
  const virtualMac = readVirtualMac(setting, context);
  return virtualMac === undefined ? {} : { virtualMac };
}

/** Only the capitals count (P12), and BACKUP does not undo an earlier MASTER (P13). */
export function readState({ value }: Setting, draft: RouterDraft, report: Report) {
  if (value.text === "MASTER") return { state: "MASTER" } as const;
  if (value.text !== "BACKUP") {
    const capitals = value.text.toUpperCase();
    const meant = capitals === "MASTER" || capitals === "BACKUP" ? capitals : "MASTER or BACKUP";
    report({
      severity: "warning",
      code: "unknown-state",
      message: `unknown state \`${value.text}\`; it is taken as BACKUP`,
      location: tokenLocation(value),
      keepalived: `unknown state '${value.text}', defaulting to BACKUP`,
      suggestion: `write ${meant}, in capitals`,
    });
  }
  return draft.state === "MASTER" ? {} : ({ state: "BACKUP" } as const);
}

/** keepalived keeps one setting behind both keywords. */
export function readSourceAddress(
  { value }: Setting,
  _draft: RouterDraft,
  context: LowerContext,
): Partial<RouterDraft> {
  const address = readIpAddress(value, context);
  return address === undefined ? {} : { sourceAddress: { value: address, location: tokenLocation(value) } };
}

/** An empty list is multicast in keepalived too, so it is no more than a warning. */
export function readUnicastPeers(
  setting: Setting,
  _draft: RouterDraft,
  context: LowerContext,
): Partial<RouterDraft> {
  const unicastPeers = lowerUnicastPeers(setting.block, context);
  if (unicastPeers.length > 0) return { unicastPeers };
  if (setting.block.length === 0) {
    context.report({
      severity: "warning",
      code: "no-unicast-peer",
      message: "`unicast_peer` names no peer; the adverts go to the multicast group",
      location: tokenLocation(setting.keyword),
      keepalived: "Defaulting to multicast. This usage is deprecated - please update your configuration.",
    });
  }
  return {};
}
