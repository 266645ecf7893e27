/** The sync groups of a file -> the routers that are in them, with what the group tracks for all of them. */

import type { SyncGroupConfig } from "../../contracts/config/schema.ts";
import type { DeliveryDraft } from "./blocks/notification-rules.ts";
import type { RouterDraft } from "./blocks/router-draft.ts";
import type { SyncGroupDraft } from "./blocks/sync-group.ts";
import type { TrackingDraft } from "./blocks/tracked.ts";
import type { Report } from "./diagnostics.ts";
import { type Token, tokenLocation } from "./lexer.ts";
import { resolveGroupNotifications } from "./notifications.ts";

/** A `vrrp_sync_group` and the word that names it. */
export interface SyncGroupEntry {
  readonly name: Token;
  readonly draft: SyncGroupDraft;
}

/** The group of each router that is in one; a router stays in the first that names it. */
export type Memberships = ReadonlyMap<string, SyncGroupEntry>;

/** The groups with their known members. What is wrong with them is reported and left out, as keepalived does (G7). */
export function resolveSyncGroups(
  entries: readonly SyncGroupEntry[],
  routers: ReadonlySet<string>,
  globals: DeliveryDraft,
  report: Report,
): { readonly groups: SyncGroupConfig[]; readonly memberships: Memberships } {
  const memberships = new Map<string, SyncGroupEntry>();
  const groups = entries.map((entry): SyncGroupConfig => {
    const members: string[] = [];
    for (const member of entry.draft.members ?? []) {
      const trouble = troubleOf(member.text, routers, memberships);
      if (trouble !== undefined) {
        report({ severity: "warning", location: tokenLocation(member), ...trouble });
        continue;
      }
      memberships.set(member.text, entry);
      members.push(member.text);
    }
    if (members.length < 2) reportSmall(entry.name, members.length, report);
    return {
      name: entry.name.text,
      members,
      handlers: entry.draft.handlers ?? {},
      ...resolveGroupNotifications(entry.draft, globals),
    };
  });
  return { groups: groups.filter(({ members }) => members.length > 0), memberships };
}

/** The router's draft with what its group tracks, and without weights of its own where the group does not keep them (G4). */
export function withGroup(
  draft: RouterDraft,
  entry: SyncGroupEntry | undefined,
  report: Report,
): RouterDraft {
  if (entry === undefined) return draft;
  const { keepsWeights = false, ...group } = entry.draft;
  const joined = (field: keyof TrackingDraft) => {
    const own = (draft[field] ?? []).filter(({ weight, name }) => {
      if (keepsWeights || weight === undefined || weight === 0) return true;
      report({
        severity: "warning",
        code: "group-weight",
        message: `\`${name.text}\` has a weight and is left out: the members of a sync group change together`,
        location: tokenLocation(name),
        keepalived: `ignoring tracked ${name.text} with weights due to SYNC group`,
        suggestion: "write `sync_group_tracking_weight` in the group, or leave the weight out",
      });
      return false;
    });
    const names = new Set(own.map(({ name }) => name.text));
    return [...own, ...(group[field] ?? []).filter(({ name }) => !names.has(name.text))];
  };
  return {
    ...draft,
    trackedInterfaces: joined("trackedInterfaces"),
    trackedScripts: joined("trackedScripts"),
    trackedFiles: joined("trackedFiles"),
    trackedProcesses: joined("trackedProcesses"),
  };
}

function troubleOf(name: string, routers: ReadonlySet<string>, memberships: Memberships) {
  if (!routers.has(name)) {
    return {
      code: "unknown-member",
      message: `there is no vrrp_instance \`${name}\`; the group does without`,
      keepalived: `vrrp_instance ${name} not found for sync group`,
    };
  }
  const other = memberships.get(name);
  if (other === undefined) return undefined;
  return {
    code: "member-of-two-groups",
    message: `\`${name}\` is in the sync group \`${other.name.text}\` already, and stays there`,
    keepalived: `vrrp_instance ${name} is in more than one sync group`,
  };
}

function reportSmall(name: Token, count: number, report: Report): void {
  report({
    severity: "warning",
    code: "small-sync-group",
    message: `the sync group \`${name.text}\` has ${count === 0 ? "no member" : "one member"}; it changes nothing`,
    location: tokenLocation(name),
    keepalived: `Sync group ${name.text} has ${count} members - ${count === 0 ? "removing" : "this probably isn't what you want"}`,
  });
}
