/** The tree of a keepalived.conf -> what the daemon is told to run. Pure, but for the host's names for routing tables and the like. */

import { isSameSetting } from "../../contracts/config/difference.ts";
import { maximumRouters } from "../../contracts/config/limits.ts";
import type { DaemonConfig, VirtualRouterConfig } from "../../contracts/config/schema.ts";
import type { Tracker } from "../../contracts/config/trackers.ts";
import { findNumber } from "../io/iproute-names.ts";
import { completePace, type PaceGroupDraft, paceGroupRules } from "./blocks/announcement-rules.ts";
import { lowerBlock, type Rule, type RuleTable } from "./blocks/block.ts";
import type { LowerContext } from "./blocks/context.ts";
import { type GlobalDraft, globalDefaults, globalRules } from "./blocks/global-defs.ts";
import { completeProcess, processRules } from "./blocks/process.ts";
import type { RouterDraft } from "./blocks/router-draft.ts";
import { completeStatics, noStatics, type StaticsDraft, staticRules } from "./blocks/statics.ts";
import { type SyncGroupDraft, syncGroupRules } from "./blocks/sync-group.ts";
import {
  completeFile,
  completeScript,
  fileRules,
  scriptRules,
  type TrackerEntry,
} from "./blocks/trackers.ts";
import { routerRules } from "./blocks/vrrp-instance.ts";
import { type RouterEntry, reportCollisions } from "./collisions.ts";
import type { DiagnosticSink, Location, Report } from "./diagnostics.ts";
import { withGuardedScripts } from "./guard-scripts.ts";
import { type Token, tokenLocation } from "./lexer.ts";
import { createNamedBlocks, isRepeated, type NamedBlocks } from "./named-blocks.ts";
import { completeNotifications, resolveNotifications } from "./notifications.ts";
import type { Statement } from "./parser.ts";
import { completeRouter } from "./router.ts";
import { reportSchema } from "./schema-check.ts";
import type { Sliced } from "./slices.ts";
import { type Memberships, resolveSyncGroups, type SyncGroupEntry, withGroup } from "./sync-groups.ts";
import { faultInterfaces, resolveTracked } from "./tracking.ts";

/** Where the interfaces of a router are written: "VI_1/enp3s0f0" -> the first place. For checks against the host. */
export type InterfacePlaces = ReadonlyMap<string, Location>;

/** In place of the router's name where no router's: no name of one is empty. */
export const staticPlace = "";

export interface Lowered {
  /** What could be lowered; only fit to run where no error was reported. */
  readonly config: DaemonConfig;
  readonly places: InterfacePlaces;
}

/**
 * The routers of a tree. `hostName` names the node where router_id does not; diagnostics go to the sink. It may pause
 * between two routers.
 */
export function* lowerSliced(
  statements: readonly Statement[],
  hostName: string,
  sink: DiagnosticSink,
): Sliced<Lowered> {
  const context: LowerContext = {
    ...{ report: sink.report, accepts: sink.accepts, mentioned: new Set() },
    ...{ findNumber, rulePreferences: { ipv4: firstRulePreference, ipv6: firstRulePreference } },
  };
  let draft = emptyDraft();
  for (const statement of statements) {
    const { runAs } = draft.globals;
    draft = lowerBlock("top level", [statement], topRules, draft, { ...context, runAs });
    yield;
  }
  return yield* completeSliced(draft, hostName, sink.report);
}

/** What every form of the file comes to: checked together, joined, and held against the contract. */
export function* completeSliced(draft: Draft, hostName: string, report: Report): Sliced<Lowered> {
  reportCollisions(draft.routers, draft.groups, report);
  yield;
  const names = new Set(draft.routers.map(({ router }) => router.name));
  const { groups, memberships } = resolveSyncGroups(draft.groups, names, draft.globals, report);
  rememberStatics(draft.statics, draft.places);
  const { startupDelay, delayAfterBoot, dynamicInterfaces, defaultInterface } = draft.globals;
  const startup = {
    ...(startupDelay === undefined ? {} : { delay: startupDelay }),
    ...(delayAfterBoot === undefined ? {} : { afterBoot: delayAfterBoot }),
  };
  const statics = completeStatics(draft.statics, defaultInterface, { report });
  const pace = completePace(draft.globals, draft.paceGroups, { report });
  const routers = draft.routers.map((entry) => joinGroupAndTrackers(entry, memberships, draft, report));
  const mailing = new Set(
    [...routers, ...groups].flatMap((each) => (each.notifications?.mail ? each.name : [])),
  );
  const firstMailing = [...draft.routers, ...draft.groups].find(({ name }) => mailing.has(name.text));
  const notifications = completeNotifications(draft.globals, firstMailing?.name, hostName, report);
  const written: DaemonConfig = {
    node: draft.globals.node ?? hostName,
    routers,
    trackers: trackedOnly(draft.trackers, routers),
    syncGroups: groups,
    ...(statics === undefined ? {} : { statics }),
    ...(pace === undefined ? {} : { announcementPace: pace }),
    ...(notifications === undefined ? {} : { notifications }),
    ...(Object.keys(startup).length === 0 ? {} : { startup }),
    ...(dynamicInterfaces ? { awaitsInterfaces: true as const } : {}),
  };
  const config = draft.globals.guardsScripts ? withGuardedScripts(written) : written;
  yield* reportSchema(config, report);
  return { config, places: draft.places };
}

/** keepalived's, from which it counts down. */
const firstRulePreference = 16_384;

/** A whole file, before it is known what its parts mean together. */
export interface Draft {
  readonly globals: GlobalDraft;
  readonly routers: readonly RouterEntry[];
  readonly named: NamedBlocks;
  readonly places: Map<string, Location>;
  /** "script chk" -> what it is. */
  readonly trackers: Map<string, TrackerEntry>;
  readonly groups: readonly SyncGroupEntry[];
  readonly statics: StaticsDraft;
  readonly paceGroups: readonly { readonly keyword: Token; readonly draft: PaceGroupDraft }[];
}

export function emptyDraft(): Draft {
  return {
    ...{ globals: globalDefaults, routers: [], named: createNamedBlocks(), places: new Map() },
    ...{ trackers: new Map(), groups: [], statics: noStatics, paceGroups: [] },
  };
}

const topRules: RuleTable<Draft> = new Map([
  ...[...staticRules].map(([keyword, rule]) => [keyword, withinStatics(rule)] as const),
  [
    "global_defs",
    {
      minimum: 0,
      maximum: 0,
      hasBlock: true,
      apply: ({ keyword, block }, { globals, named }, context) => {
        const changed = lowerBlock("global_defs", block, globalRules, globals, context);
        if (named.vrrp_instance.size > 0) reportLateDefaults(keyword, globals, changed, context.report);
        return { globals: changed };
      },
    },
  ],
  [
    "vrrp_sync_group",
    {
      minimum: 1,
      maximum: 1,
      hasBlock: true,
      apply: ({ value: name, block }, { groups, named }, context) => {
        if (isRepeated("vrrp_sync_group", name, named, context.report)) return {};
        const draft = lowerBlock<SyncGroupDraft>("vrrp_sync_group", block, syncGroupRules, {}, context);
        return { groups: [...groups, { name, draft }] };
      },
    },
  ],
  [
    "garp_group",
    {
      minimum: 0,
      maximum: 0,
      hasBlock: true,
      apply: ({ keyword, block }, { paceGroups }, context) => {
        const draft = lowerBlock<PaceGroupDraft>("garp_group", block, paceGroupRules, {}, context);
        return { paceGroups: [...paceGroups, { keyword, draft }] };
      },
    },
  ],
  ["vrrp_script", trackerRule("script", "vrrp_script", scriptRules, completeScript)],
  ["track_file", trackerRule("file", "track_file", fileRules, completeFile)],
  ["vrrp_track_file", trackerRule("file", "track_file", fileRules, completeFile)],
  ["vrrp_track_process", trackerRule("process", "vrrp_track_process", processRules, completeProcess)],
  [
    "vrrp_instance",
    {
      minimum: 1,
      maximum: 1,
      hasBlock: true,
      apply: ({ value: name, block }, { globals, routers, named, places }, context) => {
        const { vrrp_instance: instances } = named;
        if (instances.size > maximumRouters) return {};
        if (isRepeated("vrrp_instance", name, named, context.report)) return {};
        if (instances.size > maximumRouters) return reportTooMany(name, context.report);
        const draft = lowerBlock<RouterDraft>("vrrp_instance", block, routerRules, {}, context);
        const taken = new Set(routers.flatMap(({ router }) => router.virtualMac?.interface ?? []));
        const router = completeRouter(name, draft, globals, taken, context.report);
        rememberPlaces(name.text, draft, places);
        return router === undefined ? {} : { routers: [...routers, { router, name, draft }] };
      },
    },
  ],
]) satisfies RuleTable<Draft>;

function withinStatics({ apply, ...rule }: Rule<StaticsDraft>): Rule<Draft> {
  return {
    ...rule,
    apply: (setting, { statics }, context) => ({
      statics: { ...statics, ...apply(setting, statics, context) },
    }),
  };
}

/** What can be known of a router only when the whole file is read. */
function joinGroupAndTrackers(
  { router, draft }: RouterEntry,
  memberships: Memberships,
  { trackers, globals }: Pick<Draft, "trackers" | "globals">,
  report: Report,
): VirtualRouterConfig {
  const group = memberships.get(router.name);
  const written = withGroup(draft, group, report);
  const carriers = router.virtualMac === undefined ? 1 : 2;
  const own = router.ignoresOwnInterface ? [] : router.trackedInterfaces.slice(0, carriers);
  return {
    ...router,
    ...resolveNotifications(draft, group?.draft, globals),
    ...(group === undefined ? {} : { syncGroup: group.name.text }),
    trackedInterfaces: [...new Set([...own, ...faultInterfaces(written)])],
    tracked: resolveTracked(router.name, written, router.priority, trackers, report),
  };
}

/** A block that defines a tracker. */
function trackerRule<Part extends object>(
  kind: Tracker["kind"],
  block: "vrrp_script" | "track_file" | "vrrp_track_process",
  rules: RuleTable<Part>,
  complete: (name: Token, draft: Part, context: LowerContext) => TrackerEntry | undefined,
): Rule<Draft> {
  return {
    minimum: 1,
    maximum: 1,
    hasBlock: true,
    apply: ({ value: name, block: statements }, { trackers, named }, context) => {
      if (isRepeated(block, name, named, context.report)) return {};
      const draft = lowerBlock<Part>(block, statements, rules, {} as Part, context);
      const entry = complete(name, draft, context);
      if (entry !== undefined) trackers.set(`${kind} ${name.text}`, entry);
      return {};
    },
  };
}

/** What nobody tracks is not run, as in keepalived. */
function trackedOnly(
  trackers: ReadonlyMap<string, TrackerEntry>,
  routers: readonly VirtualRouterConfig[],
): Tracker[] {
  const used = new Set(routers.flatMap(({ tracked }) => tracked.map(({ kind, name }) => `${kind} ${name}`)));
  return [...trackers].filter(([key]) => used.has(key)).map(([, entry]) => entry.tracker);
}

/** Said once, for the first instance beyond the limit; the others are skipped. */
function reportTooMany(name: Token, report: Report): Partial<Draft> {
  report({
    severity: "error",
    code: "too-many-routers",
    message: `one daemon runs at most ${maximumRouters} routers; this one and those behind it are not read`,
    location: tokenLocation(name),
  });
  return {};
}

/** Defaults that stand behind an instance do not reach it (P14). */
function reportLateDefaults(keyword: Token, before: GlobalDraft, after: GlobalDraft, report: Report): void {
  const { node: _node, runAs: _runAs, arpGap: _arp, neighbourGap: _neighbour, ...fields } = after;
  if (isSameSetting({ ...before, ...fields }, before)) return;
  report({
    severity: "warning",
    code: "defaults-after-instance",
    message: "defaults for routers stand behind a vrrp_instance and do not reach it",
    location: tokenLocation(keyword),
    suggestion: "move global_defs to the top of the file",
  });
}

function rememberStatics({ addresses, routes }: StaticsDraft, places: Map<string, Location>): void {
  const devices = addresses.flatMap((address) => address.interface ?? []);
  for (const token of [...devices, ...routes.flatMap(({ interfaces }) => interfaces)]) {
    const key = `${staticPlace}/${token.text}`;
    if (!places.has(key)) places.set(key, tokenLocation(token));
  }
}

export function rememberPlaces(router: string, draft: RouterDraft, places: Map<string, Location>): void {
  const tokens = [
    draft.interface,
    ...(draft.routes ?? []).flatMap(({ interfaces }) => interfaces),
    ...(draft.trackedInterfaces ?? []).map(({ name }) => name),
    ...(draft.addresses ?? []).map((address) => address.interface),
  ];
  for (const token of tokens) {
    if (token === undefined) continue;
    const key = `${router}/${token.text}`;
    if (!places.has(key)) places.set(key, tokenLocation(token));
  }
}
