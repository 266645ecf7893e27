/** `vrrp_instance`: what one block says about its router, before defaults and checks. */

import { priorityRange, virtualRouterIdRange } from "../../../contracts/config/limits.ts";
import type { Authentication, Handlers } from "../../../contracts/config/schema.ts";
import type { Location, Report } from "../diagnostics.ts";
import { type Token, tokenLocation } from "../lexer.ts";
import { readBoolean, readDecimal, readInteger } from "../values.ts";
import { lowerAuthentication } from "./authentication.ts";
import type { Rule, RuleTable, Setting } from "./block.ts";
import type { LowerContext } from "./context.ts";
import { burstDelayRange, repeatRange } from "./global-defs.ts";
import { keepsEarlier, lowerHandler } from "./handler.ts";
import { lowerTrackedInterfaces } from "./tracked-interfaces.ts";
import { lowerUnicastPeers, readIpAddress } from "./unicast-peers.ts";
import { type AddressDraft, lowerAddresses } from "./virtual-addresses.ts";

/** A value and the place it was written at. */
export interface Located<Value> {
  readonly value: Value;
  readonly location: Location;
}

/** Every field that the block may set; undefined is "not set". */
export interface RouterDraft {
  readonly state?: "MASTER" | "BACKUP";
  readonly interface?: Token;
  readonly trackedInterfaces?: readonly Token[];
  readonly virtualRouterId?: Located<number>;
  readonly version?: Located<2 | 3>;
  readonly priority?: Located<number>;
  /** Seconds, not rounded yet. */
  readonly advertisementInterval?: Located<number>;
  readonly authentication?: Located<Authentication>;
  readonly addresses?: readonly AddressDraft[];
  /** Where `nopreempt` stands; undefined where preemption is on. */
  readonly noPreempt?: Location | undefined;
  /** Centiseconds. */
  readonly preemptDelay?: Located<number>;
  readonly repeat?: number;
  /** Centiseconds. */
  readonly secondBurstDelay?: number;
  readonly answersLowerPriority?: boolean;
  readonly addressLease?: boolean;
  readonly unicastPeers?: readonly Located<string>[];
  readonly sourceAddress?: Located<string>;
  readonly onlyFromPeers?: boolean;
  readonly v3ChecksumAsV2?: boolean;
  readonly handlers?: Handlers;
  /** A setting was there but wrong, and is reported: its absence needs no second message. */
  readonly refused?: ReadonlySet<"virtualRouterId" | "addresses">;
}

type RouterRule = Rule<RouterDraft>;

/** keepalived's bounds of advert_int in seconds; each version narrows them. */
const advertisementRange = { minimum: 0.01, maximum: 255 } as const;

/** Seconds (keepalived.conf(5)). */
const preemptDelayRange = { minimum: 0, maximum: 1000 } as const;

const one = { minimum: 1, maximum: 1 } as const;
const optional = { minimum: 0, maximum: 1 } as const;
const bare = { minimum: 0, maximum: 0 } as const;
const block = { minimum: 0, maximum: 0, hasBlock: true } as const;

export const routerRules: RuleTable<RouterDraft> = new Map<string, RouterRule>([
  ["state", { ...one, apply: (setting, draft, context) => readState(setting, draft, context.report) }],
  ["interface", { ...one, apply: ({ value }) => ({ interface: value }) }],
  [
    "track_interface",
    {
      ...block,
      apply: (setting, draft, context) => ({
        trackedInterfaces: [
          ...(draft.trackedInterfaces ?? []),
          ...lowerTrackedInterfaces(setting.block, context),
        ],
      }),
    },
  ],
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
      apply: ({ keyword, value }, _draft, { report }) => {
        const priority = readInteger(keyword.text, value, priorityRange, report);
        return priority === undefined
          ? {}
          : { priority: { value: priority, location: tokenLocation(value) } };
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
  [
    "garp_master_delay",
    {
      ...one,
      apply: ({ keyword, value }, _draft, { report }) => {
        const seconds = readInteger(keyword.text, value, burstDelayRange, report);
        return seconds === undefined ? {} : { secondBurstDelay: seconds * 100 };
      },
    },
  ],
  [
    "garp_master_repeat",
    {
      ...one,
      apply: ({ keyword, value }, _draft, { report }) => {
        const repeat = readInteger(keyword.text, value, repeatRange, report);
        return repeat === undefined ? {} : { repeat };
      },
    },
  ],
  [
    "lower_prio_no_advert",
    {
      ...optional,
      apply: ({ keyword, parameters: [value] }, _draft, { report }) => {
        const silent = value === undefined ? true : readBoolean(keyword.text, value, report);
        return silent === undefined ? {} : { answersLowerPriority: !silent };
      },
    },
  ],
  [
    "address_lease",
    {
      ...one,
      apply: ({ keyword, value }, _draft, { report }) => {
        const addressLease = readBoolean(keyword.text, value, report);
        return addressLease === undefined ? {} : { addressLease };
      },
    },
  ],
  [
    "v3_checksum_as_v2",
    {
      ...optional,
      apply: ({ keyword, parameters: [value] }, _draft, { report }) => {
        const v3ChecksumAsV2 = value === undefined ? true : readBoolean(keyword.text, value, report);
        return v3ChecksumAsV2 === undefined ? {} : { v3ChecksumAsV2 };
      },
    },
  ],
  ["notify_master", handlerRule("active")],
  ["notify_backup", handlerRule("backup")],
  ["notify_fault", handlerRule("fault")],
  ["notify_stop", handlerRule("stop")],
  ["notify", handlerRule("any")],
  // What keepalived's accept asks for is the only behaviour here; debug has no effect in keepalived either.
  ["accept", { ...bare, apply: () => ({}) }],
  ["debug", { ...optional, apply: () => ({}) }],
  ["unicast_src_ip", { ...one, apply: readSourceAddress }],
  ["mcast_src_ip", { ...one, apply: readSourceAddress }],
  ["check_unicast_src", { ...bare, apply: () => ({ onlyFromPeers: true }) }],
  ["unicast_peer", { ...block, apply: readUnicastPeers }],
]);

function handlerRule(name: keyof Handlers): RouterRule {
  return {
    minimum: 1,
    maximum: Number.POSITIVE_INFINITY,
    apply: (setting, draft, context) => {
      if (keepsEarlier(draft.handlers?.[name], setting, context)) return {};
      const command = lowerHandler(setting, context);
      return command === undefined ? {} : { handlers: { ...draft.handlers, [name]: command } };
    },
  };
}

/** Only the capitals count (P12), and BACKUP does not undo an earlier MASTER (P13). */
function readState({ value }: Setting, draft: RouterDraft, report: Report) {
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
function readSourceAddress(
  { value }: Setting,
  _draft: RouterDraft,
  context: LowerContext,
): Partial<RouterDraft> {
  const address = readIpAddress(value, context);
  return address === undefined ? {} : { sourceAddress: { value: address, location: tokenLocation(value) } };
}

/** An empty list is multicast in keepalived too, so it is no more than a warning. */
function readUnicastPeers(
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
