/** `vrrp_instance`: the keywords of the block and what each sets in the router's draft. */

import { priorityRange, ttlRange, virtualRouterIdRange } from "../../../contracts/config/limits.ts";
import { tokenLocation } from "../lexer.ts";
import { readDecimal, readInteger } from "../values.ts";
import { announcementRules } from "./announcement-rules.ts";
import { lowerAuthentication } from "./authentication.ts";
import type { RuleTable } from "./block.ts";
import { electionRules, ownElectionRules } from "./election-rules.ts";
import { handlerRules, routerHandlerRules } from "./handler.ts";
import {
  acceptRule,
  type RouterRule,
  readSourceAddress,
  readState,
  readUnicastPeers,
  readVirtualMacSetting,
} from "./instance-rules.ts";
import { notificationRules } from "./notification-rules.ts";
import { lowerRoutes } from "./route-lines.ts";
import type { RouterDraft } from "./router-draft.ts";
import { lowerRules } from "./rule-lines.ts";
import { trackRules } from "./tracked.ts";
import { bare, integerRule, one, optional, switchRule } from "./value-rules.ts";
import { lowerAddresses } from "./virtual-addresses.ts";

/** keepalived's bounds of advert_int in seconds; each version narrows them. */
const advertisementRange = { minimum: 0.01, maximum: 255 } as const;

/** Seconds (keepalived.conf(5)). */
const preemptDelayRange = { minimum: 0, maximum: 1000 } as const;

/** keepalived takes 0 too, and its adverts then reach nobody. */
const unicastTtlRange = { minimum: 1, maximum: ttlRange.maximum } as const;

const anyNumber = { minimum: 0, maximum: Number.POSITIVE_INFINITY } as const;
const block = { minimum: 0, maximum: 0, hasBlock: true } as const;

export const routerRules: RuleTable<RouterDraft> = new Map<string, RouterRule>([
  ...trackRules,
  ...handlerRules,
  ...routerHandlerRules,
  ...notificationRules,
  ...announcementRules(""),
  ...electionRules(""),
  ...ownElectionRules,
  ["state", { ...one, apply: (setting, draft, context) => readState(setting, draft, context.report) }],
  ["interface", { ...one, apply: ({ value }) => ({ interface: value }) }],
  [
    "virtual_router_id",
    {
      ...one,
      apply: ({ keyword, value }, draft, { report }) => {
        const id = readInteger(keyword.text, value, virtualRouterIdRange, report);
        if (id === undefined) return { refused: new Set([...(draft.refused ?? []), "virtualRouterId"]) };
        return { virtualRouterId: { value: id, location: tokenLocation(value) } };
      },
    },
  ],
  [
    "version",
    {
      ...one,
      apply: ({ keyword, value }, _draft, { report }) => {
        const version = readInteger(keyword.text, value, { minimum: 2, maximum: 3 }, report);
        if (version === undefined) return {};
        return { version: { value: version === 3 ? 3 : 2, location: tokenLocation(keyword) } };
      },
    },
  ],
  [
    "priority",
    {
      ...one,
      apply: ({ keyword, value }, draft, { report }) => {
        const priority = readInteger(keyword.text, value, priorityRange, report);
        if (priority === undefined) return { refused: new Set([...(draft.refused ?? []), "priority"]) };
        return { priority: { value: priority, location: tokenLocation(value) } };
      },
    },
  ],
  [
    "advert_int",
    {
      ...one,
      apply: ({ keyword, value }, _draft, { report }) => {
        const seconds = readDecimal(keyword.text, value, advertisementRange, report);
        if (seconds === undefined) return {};
        return { advertisementInterval: { value: seconds, location: tokenLocation(value) } };
      },
    },
  ],
  [
    "authentication",
    {
      ...block,
      apply: (setting, _draft, context) => {
        const authentication = lowerAuthentication(setting, context);
        if (authentication === undefined) return {};
        return { authentication: { value: authentication, location: tokenLocation(setting.keyword) } };
      },
    },
  ],
  [
    "virtual_ipaddress",
    {
      ...block,
      apply: (setting, draft, context) => {
        const addresses = [...(draft.addresses ?? []), ...lowerAddresses(setting.block, context)];
        const written = setting.block.length > 0;
        return {
          addresses,
          ...(written ? { refused: new Set([...(draft.refused ?? []), "addresses"]) } : {}),
        };
      },
    },
  ],
  [
    "virtual_ipaddress_excluded",
    {
      ...block,
      apply: (setting, draft, context) => ({
        excludedAddresses: [...(draft.excludedAddresses ?? []), ...lowerAddresses(setting.block, context)],
      }),
    },
  ],
  [
    "virtual_routes",
    {
      ...block,
      apply: (setting, { routes = [] }, context) => ({
        routes: [...routes, ...lowerRoutes(setting.block, context)],
      }),
    },
  ],
  [
    "virtual_rules",
    {
      ...block,
      apply: (setting, { rules = [] }, context) => ({
        rules: [...rules, ...lowerRules(setting.block, context)],
      }),
    },
  ],
  ["preempt", { ...bare, apply: () => ({ noPreempt: undefined }) }],
  ["nopreempt", { ...bare, apply: ({ keyword }) => ({ noPreempt: tokenLocation(keyword) }) }],
  [
    "preempt_delay",
    {
      ...one,
      apply: ({ keyword, value }, _draft, { report }) => {
        const seconds = readDecimal(keyword.text, value, preemptDelayRange, report);
        if (seconds === undefined) return {};
        return { preemptDelay: { value: Math.round(seconds * 100), location: tokenLocation(value) } };
      },
    },
  ],
  ["lower_prio_no_advert", switchRule((isSilent) => ({ answersLowerPriority: !isSilent }))],
  ["address_lease", { ...switchRule((addressLease) => ({ addressLease })), minimum: 1 }],
  ["v3_checksum_as_v2", switchRule((v3ChecksumAsV2) => ({ v3ChecksumAsV2 }))],
  ["strict_mode", switchRule((strict) => ({ strict }))],
  ["accept", acceptRule(true)],
  ["no_accept", acceptRule(false)],
  ["use_vmac", { ...anyNumber, apply: readVirtualMacSetting }],
  ["vmac_xmit_base", { ...bare, apply: ({ keyword }) => ({ advertsOnParent: tokenLocation(keyword) }) }],
  // It has no effect in keepalived either.
  ["debug", { ...optional, apply: () => ({}) }],
  ["unicast_src_ip", { ...one, apply: readSourceAddress }],
  ["mcast_src_ip", { ...one, apply: readSourceAddress }],
  ["check_unicast_src", { ...bare, apply: () => ({ onlyFromPeers: true }) }],
  ["unicast_ttl", integerRule(unicastTtlRange, (unicastTtl) => ({ unicastTtl }))],
  ["unicast_peer", { ...block, apply: readUnicastPeers }],
]);
