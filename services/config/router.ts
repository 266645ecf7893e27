/** The draft of one vrrp_instance -> a complete router: defaults, and what its settings mean together. */

import { defaults } from "../../contracts/config/defaults.ts";
import {
  advertisementIntervalCentisecondsV3,
  advertisementIntervalSecondsV2,
  ownerPriority,
} from "../../contracts/config/limits.ts";
import type { Authentication, VirtualRouterConfig } from "../../contracts/config/schema.ts";
import type { Family } from "../../contracts/wire/advertisement.ts";
import { resolveAddresses } from "./addresses.ts";
import { resolveAnnouncements } from "./announcements.ts";
import type { GlobalDraft } from "./blocks/global-defs.ts";
import type { Located, RouterDraft } from "./blocks/router-draft.ts";
import type { Location, Report } from "./diagnostics.ts";
import { resolveElection } from "./election.ts";
import { type Token, tokenLocation } from "./lexer.ts";
import { strictDraft } from "./strict.ts";
import { faultInterfaces } from "./tracking.ts";
import { resolveUnicast } from "./unicast.ts";
import { resolveVirtualMac } from "./virtual-mac.ts";

/**
 * The router, or undefined where something it cannot run without is missing or wrong; every such thing is reported
 * as an error. `name` is the word that names the instance; `taken` holds the interfaces of the virtual MACs in front of it.
 */
export function completeRouter(
  name: Token,
  written: RouterDraft,
  globals: GlobalDraft,
  taken: ReadonlySet<string>,
  report: Report,
): VirtualRouterConfig | undefined {
  const location = tokenLocation(name);
  const family = written.addresses?.[0]?.address.includes(":") ? "ipv6" : "ipv4";
  const version = resolveVersion(written, globals, family, report);
  const isStrict = written.strict ?? globals.strict;
  const draft = isStrict ? strictDraft(name.text, written, version, location, report) : written;
  const priority = draft.priority?.value ?? (draft.state === "MASTER" ? ownerPriority : defaults.priority);
  reportOwnerByDefault(draft, location, report);
  const preempt = resolvePreempt(name.text, draft, priority, report);
  const authentication = resolveAuthentication(name.text, draft, version, priority, report);
  const advertisementInterval = resolveInterval(draft.advertisementInterval, version, report);
  if (!reportMissing(name, draft, report)) return undefined;
  const { interface: own, virtualRouterId, addresses } = draft;
  if (own === undefined || virtualRouterId === undefined || addresses === undefined) return undefined;
  const prefix = globals.virtualMacPrefix;
  const virtualMac = resolveVirtualMac(draft, { router: name.text, family, prefix, taken }, report);
  const carriers = virtualMac === undefined ? [own.text] : [own.text, virtualMac.interface];
  return {
    name: name.text,
    interface: own.text,
    family,
    version,
    virtualRouterId: virtualRouterId.value,
    priority,
    advertisementInterval,
    preempt,
    preemptDelay: resolvePreemptDelay(name.text, draft, preempt, report),
    authentication,
    ...resolveUnicast(draft, family, globals.onlyFromPeers ?? false, report),
    ...resolveElection(draft, globals, family, isStrict, report),
    checksum: {
      ...defaults.checksum,
      ...((draft.v3ChecksumAsV2 ?? globals.v3ChecksumAsV2) ? { send: "rfc9568" as const } : {}),
    },
    ...(virtualMac === undefined ? {} : { virtualMac }),
    acceptMode: priority === ownerPriority || (draft.acceptMode?.value ?? defaults.acceptMode),
    addresses: resolveAddresses(draft, carriers, family, report),
    ...routingOf(draft),
    trackedInterfaces: [
      ...new Set([...(draft.ignoresOwnInterface ? [] : carriers), ...faultInterfaces(draft)]),
    ],
    tracked: [],
    announcements: resolveAnnouncements(draft, globals, isStrict),
    answersLowerPriority: draft.answersLowerPriority ?? globals.answersLowerPriority,
    addressLease: draft.addressLease ?? defaults.addressLease,
    handlers: draft.handlers ?? {},
    source: { file: location.file, line: location.line },
  };
}

/** Version 2 knows no IPv6: keepalived takes version 3 there, and says so where the file says otherwise. */
function resolveVersion(draft: RouterDraft, globals: GlobalDraft, family: Family, report: Report): 2 | 3 {
  if (family === "ipv4") return draft.version?.value ?? globals.version;
  if (draft.version?.value === 2) {
    report({
      severity: "warning",
      code: "version-raised",
      message: "VRRP version 2 knows no IPv6; version 3 is taken",
      location: draft.version.location,
      keepalived: "VRRP version 2 does not support IPv6; it uses version 3",
      suggestion: "write `version 3`",
    });
  }
  return 3;
}

/** Whoever forgets a priority, or misspells the word, has an owner. */
function reportOwnerByDefault(draft: RouterDraft, location: Location, report: Report): void {
  if (draft.state !== "MASTER" || draft.priority !== undefined || draft.refused?.has("priority")) return;
  report({
    severity: "note",
    code: "owner-by-default",
    message: `\`state MASTER\` without a priority makes this router the address owner: priority ${ownerPriority}`,
    location,
    keepalived: "the same",
    suggestion: "write the priority",
  });
}

/** keepalived clears nopreempt where it contradicts the initial state. */
function resolvePreempt(name: string, draft: RouterDraft, priority: number, report: Report): boolean {
  if (draft.noPreempt === undefined) return true;
  const cleared = {
    severity: "warning",
    code: "nopreempt-cleared",
    location: draft.noPreempt,
  } as const;
  if (priority === ownerPriority) {
    report({
      ...cleared,
      message: "`nopreempt` cannot be kept with priority 255 and is cleared",
      keepalived: `(${name}) nopreempt is incompatible with priority 255. resetting nopreempt`,
      suggestion: "remove nopreempt, or give a priority below 255",
    });
    return true;
  }
  if (draft.state === "MASTER") {
    report({
      ...cleared,
      message: "`nopreempt` does not work with `state MASTER` and is cleared",
      keepalived: `(${name}) Warning - nopreempt will not work with initial state MASTER - clearing`,
      suggestion: "write `state BACKUP` on both nodes to keep nopreempt",
    });
    return true;
  }
  return false;
}

/** keepalived clears preempt_delay where it contradicts the initial state or nopreempt. */
function resolvePreemptDelay(name: string, draft: RouterDraft, preempt: boolean, report: Report): number {
  const delay = draft.preemptDelay;
  if (delay === undefined || delay.value === 0) return 0;
  const contradiction = draft.state === "MASTER" ? "`state MASTER`" : preempt ? undefined : "`nopreempt`";
  if (contradiction === undefined) return delay.value;
  report({
    severity: "warning",
    code: "preempt-delay-cleared",
    message: `\`preempt_delay\` does not work with ${contradiction} and is cleared`,
    location: delay.location,
    keepalived: `(${name}) preempt_delay is incompatible with that. resetting it`,
    suggestion: `remove preempt_delay or ${contradiction}`,
  });
  return 0;
}

function resolveAuthentication(
  name: string,
  draft: RouterDraft,
  version: 2 | 3,
  priority: number,
  report: Report,
): Authentication {
  const none: Authentication = { type: "none" };
  if (draft.authentication === undefined) return none;
  if (version === 2) {
    const { value, location } = draft.authentication;
    if (value.type === "header" && draft.state === "MASTER" && priority !== ownerPriority) {
      report({
        severity: "warning",
        code: "state-cleared",
        message: "`state MASTER` does not work with `auth_type AH`; the router starts as a backup",
        location,
        keepalived: `(${name}) Initial state master is incompatible with AH authentication - clearing`,
        suggestion: "write `state BACKUP`",
      });
    }
    return value;
  }
  report({
    severity: "warning",
    code: "authentication-ignored",
    message: "VRRP version 3 has no authentication; the block is ignored",
    location: draft.authentication.location,
    keepalived: `(${name}) VRRP version 3 does not support authentication. Ignoring.`,
  });
  return none;
}

/** Seconds -> centiseconds that the version can carry. */
function resolveInterval(seconds: Located<number> | undefined, version: 2 | 3, report: Report): number {
  if (seconds === undefined) return defaults.advertisementInterval;
  const { value, location } = seconds;
  const { minimum, maximum } = advertisementIntervalCentisecondsV3;
  const rounded =
    version === 2
      ? Math.max(advertisementIntervalSecondsV2.minimum, Math.round(value)) * 100
      : Math.min(maximum, Math.max(minimum, Math.round(value * 100)));
  // A tenth of a microsecond is far below what the file can mean, and above what a double gets wrong.
  if (Math.abs(rounded - value * 100) > 1e-5) {
    const unit = version === 2 ? "whole seconds" : `steps of 10 ms up to ${maximum / 100} s`;
    const wording = version === 2 ? "must be an integer. rounding" : "must be in units of 10ms - rounding";
    report({
      severity: "warning",
      code: "advert-int-rounded",
      message: `VRRPv${version} advertises in ${unit}; ${value} s is taken as ${rounded / 100} s`,
      location,
      keepalived: `VRRPv${version} advertisement interval ${value.toFixed(6)}s ${wording}; it runs with ${rounded / 100} s`,
      suggestion: `write \`advert_int ${rounded / 100}\`, and the same on the peers`,
    });
  }
  return rounded;
}

/** Reports what a router cannot run without. True where nothing of it is missing. */
function reportMissing(name: Token, draft: RouterDraft, report: Report): boolean {
  const location = tokenLocation(name);
  const missing = (code: string, message: string, keepalived: string, suggestion: string) =>
    report({ severity: "error", code, message, location, keepalived, suggestion });
  if (draft.interface === undefined) {
    missing(
      "missing-interface",
      "the interface must be set",
      `(${name.text}) Unknown interface!`,
      "add `interface IF`",
    );
  }
  if (draft.virtualRouterId === undefined && !draft.refused?.has("virtualRouterId")) {
    missing(
      "missing-virtual-router-id",
      "the virtual router id must be set",
      `(${name.text}) the virtual router id must be set`,
      "add `virtual_router_id` with the number of the peers, 1 to 255",
    );
  }
  if ((draft.addresses ?? []).length === 0 && !draft.refused?.has("addresses")) {
    missing(
      "no-address",
      "the router has no virtual address",
      `(${name.text}) No VIP specified; at least one is sensible`,
      "add `virtual_ipaddress { … }` with one address a line",
    );
  }
  return draft.virtualRouterId !== undefined && (draft.addresses ?? []).length > 0;
}

function routingOf({ routes = [], rules = [] }: RouterDraft): Pick<VirtualRouterConfig, "routing"> {
  if (routes.length === 0 && rules.length === 0) return {};
  return { routing: { routes: routes.map(({ route }) => route), rules: [...rules] } };
}
