/** `global_defs`: the node's name and the defaults of its routers. */

import type { RunAs } from "../../../contracts/config/command.ts";
import { defaults } from "../../../contracts/config/defaults.ts";
import { tokenLocation } from "../lexer.ts";
import { readInteger } from "../values.ts";
import {
  type AnnouncementsDraft,
  announcementRules,
  type PaceDraft,
  paceRules,
} from "./announcement-rules.ts";
import type { Rule, RuleTable, Setting } from "./block.ts";
import type { LowerContext } from "./context.ts";
import {
  type ElectionDraft,
  electionRules,
  type NodeElectionDraft,
  nodeElectionRules,
} from "./election-rules.ts";
import { readRunAs } from "./handler.ts";
import { type DeliveryDraft, deliveryRules } from "./notification-rules.ts";
import { switchRule } from "./value-rules.ts";

export interface GlobalDraft
  extends AnnouncementsDraft,
    PaceDraft,
    DeliveryDraft,
    ElectionDraft,
    NodeElectionDraft {
  /** router_id; the host name where it is not set. */
  readonly node: string | undefined;
  readonly version: 2 | 3;
  /** VRRPv3 over IPv4 sums without a pseudo-header, as RFC 9568 says. */
  readonly v3ChecksumAsV2: boolean;
  readonly answersLowerPriority: boolean;
  readonly strict: boolean;
  /** Who scripts behind it run as where they say nothing else (script_user). */
  readonly runAs?: RunAs;
  /** What runs as root may be written by root alone. */
  readonly guardsScripts?: boolean;
  /** In front of the number in the name of a virtual MAC's interface. */
  readonly virtualMacPrefix: string;
}

export const globalDefaults: GlobalDraft = {
  node: undefined,
  version: defaults.version,
  v3ChecksumAsV2: false,
  answersLowerPriority: defaults.answersLowerPriority,
  strict: false,
  virtualMacPrefix: "vrrp",
};

export const globalRules: RuleTable<GlobalDraft> = new Map<string, Rule<GlobalDraft>>([
  ...announcementRules("vrrp_"),
  ...paceRules,
  ...deliveryRules,
  ...electionRules("vrrp_"),
  ...nodeElectionRules,
  [
    "router_id",
    { minimum: 1, maximum: 1, apply: ({ value }) => ({ node: value.text === "" ? undefined : value.text }) },
  ],
  [
    "vrrp_version",
    {
      minimum: 1,
      maximum: 1,
      apply: ({ keyword, value }, _draft, { report }) => {
        const version = readInteger(keyword.text, value, { minimum: 2, maximum: 3 }, report);
        if (version === undefined) return {};
        return { version: version === 3 ? 3 : 2 };
      },
    },
  ],
  ["script_user", { minimum: 1, maximum: 3, apply: ({ parameters }) => ({ runAs: readRunAs(parameters) }) }],
  ["enable_script_security", { minimum: 0, maximum: 0, apply: () => ({ guardsScripts: true }) }],
  // Links in the paths of scripts always stay as they are.
  ["use_symlink_paths", { minimum: 0, maximum: 1, apply: () => ({}) }],
  ["vrrp_strict", { minimum: 0, maximum: 0, apply: () => ({ strict: true }) }],
  ["vmac_prefix", { minimum: 1, maximum: 1, apply: readVirtualMacPrefix }],
  // keepalived ignores the argument here.
  ["v3_checksum_as_v2", { minimum: 0, maximum: 1, apply: () => ({ v3ChecksumAsV2: true }) }],
  ["vrrp_lower_prio_no_advert", switchRule((isSilent) => ({ answersLowerPriority: !isSilent }))],
]);

/** Short enough that the longest name made with it is one: prefix, "6", a number of three digits, ".255". */
const longestPrefix = 7;

function readVirtualMacPrefix({ value }: Setting, _draft: GlobalDraft, { report }: LowerContext) {
  if (/^[^/:\s.]+$/u.test(value.text) && value.text.length <= longestPrefix)
    return { virtualMacPrefix: value.text };
  report({
    severity: "error",
    code: "invalid-interface-name",
    message: `\`${value.text}\` cannot begin the name of an interface: 1 to ${longestPrefix} characters without slash, colon, dot or blank`,
    location: tokenLocation(value),
  });
  return {};
}
