/**
 * The keywords of announcements: how often the addresses are told, by a router and as a default of all (the same words
 * with vrrp_ in front), and the gaps between two announcements on an interface.
 */

import type { AnnouncementPace } from "../../../contracts/config/announcements.ts";
import { type Token, tokenLocation } from "../lexer.ts";
import { readDecimal, readInteger } from "../values.ts";
import type { Rule, RuleTable, Setting } from "./block.ts";
import type { LowerContext } from "./context.ts";
import { integerRule, one, switchRule } from "./value-rules.ts";

/** What a block says of announcements. Waits and periods in centiseconds; 0 is none. */
export interface AnnouncementsDraft {
  readonly repeat?: number;
  readonly secondBurstDelay?: number;
  readonly lowerPriorityRepeat?: number;
  readonly lowerPriorityDelay?: number;
  readonly refreshInterval?: number;
  readonly refreshRepeat?: number;
  readonly others?: { readonly interval: number; readonly onAllInterfaces: boolean };
}

/** Microseconds, 0 for none. */
interface GapsDraft {
  readonly arpGap?: number;
  readonly neighbourGap?: number;
}

/** Of the node. */
export interface PaceDraft extends GapsDraft {
  /** One announcement, once, where nothing else is said (vrrp_min_garp). */
  readonly announcesOnce?: boolean;
}

/** `garp_group`. */
export interface PaceGroupDraft extends GapsDraft {
  readonly interfaces?: readonly Token[];
}

/** Announcements of a burst, and seconds, up to a day (the schema's bounds). */
const repeatRange = { minimum: 1, maximum: 100 } as const;
const lowerPriorityRepeatRange = { minimum: 0, maximum: 100 } as const;
const secondsRange = { minimum: 0, maximum: 86_400 } as const;
/** keepalived's in seconds, and 0, which stands in its sample file although it refuses it. */
const gapRange = { minimum: 0, maximum: 4294.967295 } as const;

/** With `prefix` in front of each keyword. */
export function announcementRules(prefix: "" | "vrrp_"): ReadonlyMap<string, Rule<AnnouncementsDraft>> {
  const rules: readonly (readonly [string, Rule<AnnouncementsDraft>])[] = [
    ["garp_master_delay", secondsRule((secondBurstDelay) => ({ secondBurstDelay }))],
    ["garp_master_repeat", integerRule(repeatRange, (repeat) => ({ repeat }))],
    ["garp_master_refresh", secondsRule((refreshInterval) => ({ refreshInterval }))],
    ["garp_master_refresh_repeat", integerRule(repeatRange, (refreshRepeat) => ({ refreshRepeat }))],
    ["garp_lower_prio_delay", secondsRule((lowerPriorityDelay) => ({ lowerPriorityDelay }))],
    [
      "garp_lower_prio_repeat",
      integerRule(lowerPriorityRepeatRange, (lowerPriorityRepeat) => ({ lowerPriorityRepeat })),
    ],
    ["garp_extra_if", { minimum: 1, maximum: 2, apply: readOthers }],
    // Its former name.
    ["vmac_garp_intvl", { minimum: 1, maximum: 2, apply: readOthers }],
  ];
  return new Map(rules.map(([keyword, rule]) => [`${prefix}${keyword}`, rule]));
}

export const paceRules: ReadonlyMap<string, Rule<PaceDraft>> = new Map<string, Rule<PaceDraft>>([
  ["vrrp_garp_interval", gapRule((arpGap) => ({ arpGap }))],
  ["vrrp_gna_interval", gapRule((neighbourGap) => ({ neighbourGap }))],
  ["vrrp_min_garp", switchRule((announcesOnce) => ({ announcesOnce }))],
]);

export const paceGroupRules: RuleTable<PaceGroupDraft> = new Map<string, Rule<PaceGroupDraft>>([
  ["garp_interval", gapRule((arpGap) => ({ arpGap }))],
  ["gna_interval", gapRule((neighbourGap) => ({ neighbourGap }))],
  [
    "interface",
    { ...one, apply: ({ value }, { interfaces = [] }) => ({ interfaces: [...interfaces, value] }) },
  ],
  [
    "interfaces",
    {
      minimum: 0,
      maximum: 0,
      hasBlock: true,
      apply: ({ block }, { interfaces = [] }) => ({
        interfaces: [...interfaces, ...block.flatMap(({ words }) => words)],
      }),
    },
  ],
]);

/** The rates of a file, or undefined where nothing limits them. */
export function completePace(
  globals: PaceDraft,
  groups: readonly { readonly keyword: Token; readonly draft: PaceGroupDraft }[],
  { report }: Pick<LowerContext, "report">,
): AnnouncementPace | undefined {
  const seen = new Set<string>();
  const complete: AnnouncementPace["groups"] = [];
  for (const { keyword, draft } of groups) {
    const interfaces: string[] = [];
    for (const token of draft.interfaces ?? []) {
      if (seen.has(token.text)) reportSecondGroup(token, report);
      else interfaces.push(token.text);
      seen.add(token.text);
    }
    const gaps = gapsOf(draft);
    if (interfaces.length === 0 || Object.keys(gaps).length === 0) reportIdleGroup(keyword, report);
    else complete.push({ interfaces, ...gaps });
  }
  const gaps = gapsOf(globals);
  return Object.keys(gaps).length === 0 && complete.length === 0 ? undefined : { ...gaps, groups: complete };
}

function gapsOf({ arpGap = 0, neighbourGap = 0 }: GapsDraft): Pick<AnnouncementPace, "arp" | "neighbour"> {
  return {
    ...(arpGap === 0 ? {} : { arp: arpGap }),
    ...(neighbourGap === 0 ? {} : { neighbour: neighbourGap }),
  };
}

function secondsRule(fields: (centiseconds: number) => AnnouncementsDraft): Rule<AnnouncementsDraft> {
  return integerRule(secondsRange, (seconds) => fields(seconds * 100));
}

function gapRule(fields: (microseconds: number) => GapsDraft): Rule<GapsDraft> {
  return {
    ...one,
    apply: ({ keyword, value }, _draft, { report }) => {
      const seconds = readDecimal(keyword.text, value, gapRange, report);
      if (seconds === undefined) return {};
      if (seconds === 0) {
        report({
          severity: "warning",
          code: "no-gap",
          message: `\`${keyword.text} 0\` is no gap, as without the line`,
          location: tokenLocation(value),
          keepalived: "number '0' outside range [0.000001, 4294.967295]; it ignores the setting",
          suggestion: "remove the line",
        });
      }
      return fields(Math.round(seconds * 1_000_000));
    },
  };
}

/** `[all] SECONDS`, in either order. */
function readOthers({ keyword, parameters }: Setting, _draft: AnnouncementsDraft, { report }: LowerContext) {
  const words = parameters.slice(0, 2);
  const value = words.find(({ text }) => text !== "all");
  if (value === undefined) {
    report({
      severity: "error",
      code: "missing-parameter",
      message: `\`${keyword.text}\` needs a number of seconds`,
      location: tokenLocation(keyword),
      keepalived: `${keyword.text} specified without time - ignoring`,
    });
    return {};
  }
  const seconds = readInteger(keyword.text, value, secondsRange, report);
  if (seconds === undefined) return {};
  return { others: { interval: seconds * 100, onAllInterfaces: words.some(({ text }) => text === "all") } };
}

function reportSecondGroup(token: Token, report: LowerContext["report"]): void {
  report({
    severity: "warning",
    code: "interface-in-two-groups",
    message: `\`${token.text}\` is in another garp_group already, and stays there`,
    location: tokenLocation(token),
    keepalived: `interface ${token.text} already has a garp_group`,
  });
}

function reportIdleGroup(keyword: Token, report: LowerContext["report"]): void {
  report({
    severity: "warning",
    code: "idle-garp-group",
    message: "this garp_group has no interface or no interval; it changes nothing",
    location: tokenLocation(keyword),
    keepalived: "garp group does not have any delay set or no interface - removing",
    suggestion: "write `garp_interval` or `gna_interval`, and `interface` or `interfaces { … }`",
  });
}
