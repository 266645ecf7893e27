/** How a router takes part in elections: defaults in `global_defs`, and what each `vrrp_instance` says otherwise. */

import { isMulticastGroup } from "../../../contracts/addresses.ts";
import type { Location } from "../diagnostics.ts";
import { tokenLocation } from "../lexer.ts";
import type { Rule, Setting } from "./block.ts";
import type { LowerContext } from "./context.ts";
import { readIpAddress } from "./unicast-peers.ts";
import { bare, durationRule, integerRule, one, optional, switchRule } from "./value-rules.ts";

/** Of a router, and as the default of all. */
export interface ElectionDraft {
  readonly downAdverts?: number;
  readonly yieldsWithAdvert?: boolean;
  readonly trustsKnownSender?: boolean;
}

/** Of a router alone. */
export interface OwnElectionDraft {
  readonly multicastGroup?: { readonly value: string; readonly location: Location };
  readonly ignoresOwnInterface?: boolean;
  /** Where `unicast_fault_no_peer` stands. */
  readonly needsPeers?: Location;
}

/** Of the node. */
export interface NodeElectionDraft {
  readonly groupIpv4?: string;
  readonly groupIpv6?: string;
  readonly onlyFromPeers?: boolean;
  /** Milliseconds. */
  readonly startupDelay?: number;
  readonly delayAfterBoot?: number;
  readonly dynamicInterfaces?: boolean;
  readonly defaultInterface?: string;
}

/** keepalived's bounds. */
const downAdvertsRange = { minimum: 1, maximum: 100 } as const;
const delayRange = { minimum: 0, maximum: 86_400 } as const;

/** With `prefix` in front of each keyword. */
export function electionRules(prefix: "" | "vrrp_"): ReadonlyMap<string, Rule<ElectionDraft>> {
  const rules: readonly (readonly [string, Rule<ElectionDraft>])[] = [
    ["down_timer_adverts", integerRule(downAdvertsRange, (downAdverts) => ({ downAdverts }))],
    ["higher_prio_send_advert", switchRule((yieldsWithAdvert) => ({ yieldsWithAdvert }))],
    ["skip_check_adv_addr", { ...optional, apply: readTrust }],
    // RFC 9568 7.1: an owner always does.
    ["owner_ignore_adverts", switchRule(() => ({}))],
  ];
  return new Map(rules.map(([keyword, rule]) => [`${prefix}${keyword}`, rule]));
}

export const ownElectionRules: ReadonlyMap<string, Rule<OwnElectionDraft>> = new Map<
  string,
  Rule<OwnElectionDraft>
>([
  [
    "mcast_dst_ip",
    {
      ...one,
      apply: (setting, _draft, context) => {
        const value = readGroup(setting, context);
        return value === undefined
          ? {}
          : { multicastGroup: { value, location: tokenLocation(setting.value) } };
      },
    },
  ],
  ["dont_track_primary", { ...bare, apply: () => ({ ignoresOwnInterface: true }) }],
  // A source that is not there is always a fault.
  ["track_src_ip", { ...bare, apply: () => ({}) }],
  ["unicast_fault_no_peer", { ...bare, apply: ({ keyword }) => ({ needsPeers: tokenLocation(keyword) }) }],
]);

export const nodeElectionRules: ReadonlyMap<string, Rule<NodeElectionDraft>> = new Map<
  string,
  Rule<NodeElectionDraft>
>([
  ["vrrp_mcast_group4", { ...one, apply: groupRule("ipv4") }],
  ["vrrp_mcast_group6", { ...one, apply: groupRule("ipv6") }],
  ["vrrp_check_unicast_src", { ...bare, apply: () => ({ onlyFromPeers: true }) }],
  ["vrrp_startup_delay", durationRule(delayRange, (startupDelay) => ({ startupDelay }))],
  ["vrrp_delay_after_boot", durationRule(delayRange, (delayAfterBoot) => ({ delayAfterBoot }))],
  ["dynamic_interfaces", { ...optional, apply: () => ({ dynamicInterfaces: true }) }],
  ["default_interface", { ...one, apply: ({ value }) => ({ defaultInterface: value.text }) }],
  // The new file is always read and checked before anything changes.
  ["reload_check_config", { ...optional, apply: () => ({}) }],
]);

/** keepalived takes any word here, and old files have many (P11). */
function readTrust({ parameters: [word] }: Setting, _draft: ElectionDraft, { report }: LowerContext) {
  const trustsKnownSender = word === undefined || !/^(off|no|false)$/iu.test(word.text);
  if (word !== undefined && !/^(on|off|yes|no|true|false)$/u.test(word.text)) {
    report({
      severity: "warning",
      code: "not-a-boolean",
      message: `\`${word.text}\` is taken as \`${trustsKnownSender ? "on" : "off"}\``,
      location: tokenLocation(word),
      keepalived: "takes any word as on",
      suggestion: "write `on` or `off`",
    });
  }
  return { trustsKnownSender };
}

function groupRule(family: "ipv4" | "ipv6") {
  return (setting: Setting, _draft: NodeElectionDraft, context: LowerContext): NodeElectionDraft => {
    const group = readGroup(setting, context);
    if (group === undefined) return {};
    if (group.includes(":") === (family === "ipv6"))
      return family === "ipv6" ? { groupIpv6: group } : { groupIpv4: group };
    context.report({
      severity: "error",
      code: "mixed-families",
      message: `\`${group}\` is no group of ${family === "ipv6" ? "IPv6" : "IPv4"}`,
      location: tokenLocation(setting.value),
    });
    return {};
  };
}

function readGroup({ value }: Setting, context: LowerContext): string | undefined {
  const group = readIpAddress(value, context);
  if (group === undefined || isMulticastGroup(group)) return group;
  context.report({
    severity: "error",
    code: "no-multicast-group",
    message: `\`${group}\` is no multicast group; over IPv6 it has to be one of the link (ff02::)`,
    location: tokenLocation(value),
  });
  return undefined;
}
