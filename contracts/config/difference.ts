/**
 * What is another in a configuration that is to replace the one that runs: which routers come, go, go on with other
 * settings, or have to start anew. Texts for people, without secrets. A line that only moved in its file is no difference.
 */

import type { SettingChange } from "../events/configuration.ts";
import { formatRouterKey } from "../identity.ts";
import { type DaemonSettings, settingTexts } from "./daemon-settings.ts";
import { formatRoute, formatRule, type Routing } from "./routing.ts";
import type {
  Authentication,
  DaemonConfig,
  Statics,
  SyncGroupConfig,
  VirtualAddress,
  VirtualRouterConfig,
} from "./schema.ts";
import type { TrackedConfig, Tracker } from "./trackers.ts";

export interface ConfigDifference {
  /** As they run: with the settings they have. */
  readonly unchanged: readonly VirtualRouterConfig[];
  /** Go on with other settings. */
  readonly changed: readonly RouterDifference[];
  /** Of the same name but another virtual router: one stops and the other starts. */
  readonly replaced: readonly RouterDifference[];
  readonly added: readonly VirtualRouterConfig[];
  readonly removed: readonly VirtualRouterConfig[];
  /** What is no single router's: scripts and files that are tracked, sync groups. */
  readonly shared: readonly SettingChange[];
  /** What a running daemon cannot take up: it needs a restart. */
  readonly fixed: readonly SettingChange[];
}

export interface RouterDifference {
  readonly before: VirtualRouterConfig;
  readonly after: VirtualRouterConfig;
  readonly settings: readonly SettingChange[];
}

/** In the order of the new configuration; those removed in the order of the old one. */
export function differenceOf(before: DaemonConfig, after: DaemonConfig): ConfigDifference {
  const running = new Map(before.routers.map((router) => [router.name, router]));
  const wanted = new Set(after.routers.map(({ name }) => name));
  const unchanged: VirtualRouterConfig[] = [];
  const changed: RouterDifference[] = [];
  const replaced: RouterDifference[] = [];
  const added: VirtualRouterConfig[] = [];
  for (const router of after.routers) {
    const former = running.get(router.name);
    const settings = former === undefined ? [] : settingsOf(former, router);
    if (former === undefined) added.push(router);
    else if (settings.length === 0) unchanged.push(former);
    else
      (isSameRouter(former, router) ? changed : replaced).push({ before: former, after: router, settings });
  }
  const removed = before.routers.filter(({ name }) => !wanted.has(name));
  const fixed = [
    ...(before.node === after.node ? [] : [{ setting: "node", from: before.node, to: after.node }]),
    ...daemonChanges(before.daemon, after.daemon),
  ];
  const shared = [
    ...trackerChanges(before.trackers, after.trackers),
    ...groupChanges(before.syncGroups, after.syncGroups),
    ...staticChanges(before.statics, after.statics),
    ...otherChanges(before, after, [
      "announcementPace",
      "notifications",
      "startup",
      "awaitsInterfaces",
      "guardsScripts",
    ]),
  ];
  return { unchanged, changed, replaced, added, removed, shared, fixed };
}

/** "script chk": how readings and routers name what is tracked. */
export function trackerName({ kind, name }: Pick<TrackedConfig, "kind" | "name">): string {
  return `${kind} ${name}`;
}

/** Whether two settings say the same; where they stand in their files does not count. */
export function isSameSetting(left: unknown, right: unknown): boolean {
  if (left === right) return true;
  if (!isObject(left) || !isObject(right) || Array.isArray(left) !== Array.isArray(right)) return false;
  const keys = new Set([...Object.keys(left), ...Object.keys(right)]);
  keys.delete("source");
  return [...keys].every((key) => isSameSetting(left[key], right[key]));
}

/** Whether a running router can go on with the other settings. */
export function isSameRouter(before: VirtualRouterConfig, after: VirtualRouterConfig): boolean {
  const identity = ({ name, version, virtualMac, ...config }: VirtualRouterConfig) =>
    [formatRouterKey(config), name, version, virtualMac?.interface, virtualMac?.advertsOnParent].join(" ");
  return identity(before) === identity(after);
}

/** `address/length@interface`. */
export function formatVirtualAddress({
  address,
  prefixLength,
  interface: name,
}: Pick<VirtualAddress, "address" | "prefixLength" | "interface">): string {
  return `${address}/${prefixLength}@${name}`;
}

type Setting = Exclude<keyof VirtualRouterConfig, "name" | "source">;

function settingsOf(before: VirtualRouterConfig, after: VirtualRouterConfig): SettingChange[] {
  const names = [...new Set([...Object.keys(before), ...Object.keys(after)])];
  return names.flatMap((name) => {
    if (!isSetting(name) || isSameSetting(before[name], after[name])) return [];
    if (name === "addresses") {
      return [listChange(name, before[name].map(addressText), after[name].map(addressText))];
    }
    if (name === "routing") return [listChange(name, routingTexts(before[name]), routingTexts(after[name]))];
    if (name === "trackedInterfaces") return [listChange(name, before[name], after[name])];
    if (name === "tracked")
      return [listChange(name, before[name].map(trackedText), after[name].map(trackedText))];
    if (name === "authentication") return [authenticationChange(before[name], after[name])];
    if (name === "handlers") return handlerChanges(before[name], after[name]);
    return [{ setting: name, from: textOf(before[name]), to: textOf(after[name]) }];
  });
}

function isSetting(name: string): name is Setting {
  return name !== "name" && name !== "source";
}

/** What was added and removed; the whole lists where only their order is another. */
function listChange(setting: string, before: readonly string[], after: readonly string[]): SettingChange {
  const added = after.filter((each) => !before.includes(each));
  const removed = before.filter((each) => !after.includes(each));
  if (added.length > 0 || removed.length > 0) return { setting, added, removed };
  const [from, to] = [before.join(", "), after.join(", ")];
  return { setting, from, to: from === to ? "the same with other words" : to };
}

function authenticationChange(before: Authentication, after: Authentication): SettingChange {
  const isOther = before.type === after.type ? "another password" : "";
  return { setting: "authentication", from: before.type, to: isOther === "" ? after.type : isOther };
}

/** The programs alone: their arguments may hold secrets. */
function handlerChanges(
  before: VirtualRouterConfig["handlers"],
  after: VirtualRouterConfig["handlers"],
): SettingChange[] {
  const states = ["active", "backup", "fault", "stop", "any", "lowerPriority", "deleted"] as const;
  return states
    .filter((state) => !isSameSetting(before[state], after[state]))
    .map((state) => {
      const [from, to] = [before[state]?.argv[0] ?? "none", after[state]?.argv[0] ?? "none"];
      return { setting: `handlers.${state}`, from, to: from === to ? "other arguments" : to };
    });
}

/** With whatever else is said of the address. */
function addressText(address: VirtualAddress): string {
  const { address: _address, prefixLength: _length, interface: _interface, ...words } = address;
  const said = Object.entries(words).map(([word, value]) => `${word} ${textOf(value)}`);
  return [formatVirtualAddress(address), ...said].join(" ");
}

function routingTexts(routing: Routing = { routes: [], rules: [] }): string[] {
  return [...routing.routes.map(formatRoute), ...routing.rules.map((rule) => `rule ${formatRule(rule)}`)];
}

function trackedText({ kind, name, weight, isReversed }: TrackedConfig): string {
  return `${kind} ${name} weight ${weight}${isReversed ? " reverse" : ""}`;
}

function textOf(value: unknown): string {
  if (value === undefined) return "none";
  return typeof value === "object" ? JSON.stringify(value) : String(value);
}

function trackerChanges(before: readonly Tracker[], after: readonly Tracker[]): SettingChange[] {
  const running = new Map(before.map((tracker) => [trackerName(tracker), tracker]));
  const names = listChange("trackers", [...running.keys()], after.map(trackerName));
  const others = after.flatMap((tracker) => {
    const former = running.get(trackerName(tracker));
    return former === undefined || isSameSetting(former, tracker) ? [] : [trackerChange(former, tracker)];
  });
  return "added" in names ? [names, ...others] : others;
}

function groupChanges(
  before: readonly SyncGroupConfig[],
  after: readonly SyncGroupConfig[],
): SettingChange[] {
  const former = new Map(before.map((group) => [group.name, group]));
  const names = listChange(
    "syncGroups",
    before.map(({ name }) => name),
    after.map(({ name }) => name),
  );
  const others = after.flatMap(({ name, members, handlers }) => {
    const old = former.get(name);
    if (old === undefined) return [];
    const changes = handlerChanges(old.handlers, handlers);
    const membership = isSameSetting(old.members, members)
      ? []
      : [listChange("members", old.members, members)];
    return [...membership, ...changes].map((change) => ({
      ...change,
      setting: `syncGroup ${name} ${change.setting}`,
    }));
  });
  return "added" in names ? [names, ...others] : others;
}

function staticChanges(before: Statics | undefined, after: Statics | undefined): SettingChange[] {
  if (isSameSetting(before, after)) return [];
  const texts = (statics: Statics | undefined) => [
    ...(statics?.addresses ?? []).map(addressText),
    ...routingTexts(statics?.routing),
  ];
  return [listChange("statics", texts(before), texts(after))];
}

/** A URL that has another user or password alone looks the same. */
function daemonChanges(
  before: DaemonSettings | undefined,
  after: DaemonSettings | undefined,
): SettingChange[] {
  const [old, now] = [settingTexts(before), settingTexts(after)];
  const changes = [...new Set([...old.keys(), ...now.keys()])].flatMap((name) => {
    const [from, to] = [old.get(name) ?? "the default", now.get(name) ?? "the default"];
    return from === to ? [] : [{ setting: `daemon.${name}`, from, to }];
  });
  const isSameUrl = before?.nats?.url === after?.nats?.url || old.get("nats.url") !== now.get("nats.url");
  const other = {
    setting: "daemon.nats.url",
    from: old.get("nats.url") ?? "",
    to: "another user or password",
  };
  return isSameUrl ? changes : [...changes, other];
}

/** Settings of the node that are told as they are. */
function otherChanges(
  before: DaemonConfig,
  after: DaemonConfig,
  names: readonly (keyof DaemonConfig)[],
): SettingChange[] {
  return names
    .filter((name) => !isSameSetting(before[name], after[name]))
    .map((name) => ({ setting: name, from: textOf(before[name]), to: textOf(after[name]) }));
}

/** The numbers that are others; a command may hold secrets. */
function trackerChange(before: Tracker, after: Tracker): SettingChange {
  const [old, now]: Readonly<Record<string, unknown>>[] = [before, after];
  const others = Object.keys({ ...old, ...now }).filter((key) => !isSameSetting(old?.[key], now?.[key]));
  const read = (side: typeof old, word: string) =>
    others.map((key) => `${key} ${key === "command" ? word : textOf(side?.[key])}`).join(", ");
  return { setting: trackerName(after), from: read(old, "as before"), to: read(now, "another") };
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null;
}
