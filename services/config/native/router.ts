/** One router of understudy.yaml -> the draft that a vrrp_instance gives too, so that both are completed and checked alike. */

import type { Command } from "../../../contracts/config/command.ts";
import { defaults } from "../../../contracts/config/defaults.ts";
import { passwordOctets } from "../../../contracts/config/limits.ts";
import type {
  NativeAddress,
  NativeHandlers,
  NativeRouter,
  NativeTracked,
} from "../../../contracts/config/native.ts";
import { formatPrefixText, type NativeCommand } from "../../../contracts/config/native-values.ts";
import type { Route } from "../../../contracts/config/routing.ts";
import type { Authentication, Handlers, VirtualRouterConfig } from "../../../contracts/config/schema.ts";
import type { RouteDraft } from "../blocks/route-lines.ts";
import type { Located, RouterDraft } from "../blocks/router-draft.ts";
import type { TrackedDraft, TrackingDraft } from "../blocks/tracked.ts";
import type { AddressDraft } from "../blocks/virtual-addresses.ts";
import type { Report } from "../diagnostics.ts";
import type { Placed } from "./document.ts";
import { type Places, partAt } from "./places.ts";

export function draftOf(written: NativeRouter, root: Placed, places: Places, report: Report): RouterDraft {
  const { unicast, virtualMac, sourceAddress, preempt, acceptMode } = written;
  const located = <Value>(field: keyof NativeRouter, value: Value): Located<Value> => ({
    value,
    location: places.at(partAt(root, field).offset),
  });
  const addresses = written.addresses.map((each, index) => ({
    isExcluded: each.isExcluded === true,
    draft: addressOf(each, partAt(root, "addresses", index), places),
  }));
  const drafts = (excluded: boolean) =>
    addresses.flatMap(({ isExcluded, draft }) => (isExcluded === excluded ? draft : []));
  return {
    interface: places.word(written.interface, partAt(root, "interface")),
    virtualRouterId: located("virtualRouterId", written.virtualRouterId),
    ...(written.version === undefined ? {} : { version: located("version", written.version) }),
    ...(written.priority === undefined ? {} : { priority: located("priority", written.priority) }),
    ...(written.advertisementInterval === undefined
      ? {}
      : { advertisementInterval: located("advertisementInterval", written.advertisementInterval / 100) }),
    ...authenticationOf(written, root, places, report),
    addresses: drafts(false),
    excludedAddresses: drafts(true),
    routes: (written.routing?.routes ?? []).map((route, index) =>
      routeOf(route, partAt(root, "routing", "routes", index), places),
    ),
    rules: written.routing?.rules ?? [],
    ...(preempt === false ? { noPreempt: places.at(partAt(root, "preempt").offset) } : {}),
    ...(written.preemptDelay === undefined
      ? {}
      : { preemptDelay: located("preemptDelay", written.preemptDelay) }),
    ...defined({ answersLowerPriority: written.answersLowerPriority, addressLease: written.addressLease }),
    ...defined({ unicastTtl: unicast?.ttl, onlyFromPeers: unicast?.onlyFromPeers }),
    ...(unicast === undefined ? {} : { unicastPeers: peersOf(unicast, root, places) }),
    ...(sourceAddress === undefined ? {} : { sourceAddress: located("sourceAddress", sourceAddress) }),
    ...virtualMacOf(virtualMac, partAt(root, "virtualMac"), places),
    ...(acceptMode === undefined ? {} : { acceptMode: located("acceptMode", acceptMode) }),
    ...electionOf(written),
    ...(written.multicastGroup === undefined
      ? {}
      : { multicastGroup: located("multicastGroup", written.multicastGroup) }),
    ...trackedOf(written, root, places),
    handlers: handlersOf(written.handlers, partAt(root, "handlers"), places),
    ...defined({
      sendsMail: written.notifications?.mail,
      tellsPriority: written.notifications?.priority,
      tellsRemoval: written.notifications?.removal,
    }),
  };
}

/** What keepalived's language has no way to say. */
export function beyondDraft(router: VirtualRouterConfig, written: NativeRouter): VirtualRouterConfig {
  const { unicast } = router;
  const onlyFromPeers = written.unicast?.onlyFromPeers;
  return {
    ...router,
    announcements: written.announcements ?? router.announcements,
    checksum: { ...defaults.checksum, ...defined(written.checksum ?? {}) },
    ...(unicast === undefined || onlyFromPeers === undefined
      ? {}
      : { unicast: { ...unicast, onlyFromPeers } }),
  };
}

export function addressOf(written: NativeAddress, placed: Placed, places: Places): AddressDraft {
  const { address, interface: device, isExcluded: _, ...words } = written;
  return {
    ...address,
    interface: device === undefined ? undefined : places.word(device, partAt(placed, "interface")),
    words: defined(words),
    token: places.word(formatPrefixText(address), partAt(placed, "address")),
  };
}

export function routeOf(route: Route, placed: Placed, places: Places): RouteDraft {
  const interfaces = route.nextHops.flatMap(({ interface: name }, index) =>
    name === undefined ? [] : places.word(name, hopInterface(placed, index)),
  );
  return { route, interfaces };
}

const handlerNames = ["active", "backup", "fault", "stop", "any", "lowerPriority", "deleted"] as const;

export function handlersOf(written: NativeHandlers | undefined, placed: Placed, places: Places): Handlers {
  const entries = handlerNames.flatMap((name) => {
    const command = written?.[name];
    return command === undefined ? [] : [[name, commandOf(command, partAt(placed, name), places)] as const];
  });
  return Object.fromEntries(entries);
}

export function commandOf(
  { argv, ...as }: NativeCommand & Pick<Command, "runAs">,
  placed: Placed,
  places: Places,
): Command {
  const { file, line } = places.at(placed.offset);
  return { argv, ...defined(as), source: { file, line } };
}

function electionOf(written: NativeRouter) {
  const { downAdverts, yieldsWithAdvert, trustsKnownSender, ignoresOwnInterface } = written;
  return defined({ downAdverts, yieldsWithAdvert, trustsKnownSender, ignoresOwnInterface });
}

function hopInterface(placed: Placed, index: number): Placed {
  return placed.parts.has("interface")
    ? partAt(placed, "interface")
    : partAt(placed, "nextHops", index, "interface");
}

function authenticationOf(
  { authentication }: NativeRouter,
  root: Placed,
  places: Places,
  report: Report,
): Pick<RouterDraft, "authentication"> {
  if (authentication === undefined || authentication.type === "none") return {};
  const { type, password } = authentication;
  const octets = typeof password === "string" ? Buffer.from(password) : Buffer.from(password.hex, "hex");
  const location = places.at(partAt(root, "authentication", "password").offset);
  if (octets.length > passwordOctets) {
    report({
      ...{ severity: "error", code: "password-too-long", location },
      message: `the password has ${octets.length} octets; an advert holds ${passwordOctets}`,
      suggestion: "take a shorter one; keepalived sends the first 8 octets",
    });
  }
  const value: Authentication = { type, password: [...octets.subarray(0, passwordOctets)] };
  return { authentication: { value, location: places.at(partAt(root, "authentication").offset) } };
}

function peersOf({ peers }: NonNullable<NativeRouter["unicast"]>, root: Placed, places: Places) {
  return peers.map(({ address, minimumTtl, maximumTtl }, index) => ({
    value: address,
    location: places.at(partAt(root, "unicast", "peers", index, "address").offset),
    ...defined({ minimumTtl, maximumTtl }),
  }));
}

function virtualMacOf(
  written: NativeRouter["virtualMac"],
  placed: Placed,
  places: Places,
): Pick<RouterDraft, "virtualMac" | "advertsOnParent"> {
  if (written === undefined || written === false) return {};
  const { interface: name, advertsOnParent } = written === true ? {} : written;
  return {
    virtualMac: {
      keyword: places.word("virtualMac", placed),
      name: name === undefined ? undefined : places.word(name, partAt(placed, "interface")),
    },
    ...(advertsOnParent === true
      ? { advertsOnParent: places.at(partAt(placed, "advertsOnParent").offset) }
      : {}),
  };
}

function trackedOf(
  { trackedInterfaces = [], tracked = [] }: NativeRouter,
  root: Placed,
  places: Places,
): TrackingDraft {
  const whole = trackedInterfaces.map((name, index) => ({
    name: places.word(name, partAt(root, "trackedInterfaces", index)),
  }));
  const entries = (nameOf: (each: NativeTracked) => string | undefined): TrackedDraft[] =>
    tracked.flatMap((each, index) => {
      const name = nameOf(each);
      if (name === undefined) return [];
      const token = places.word(name, partAt(root, "tracked", index));
      return [{ name: token, ...defined({ weight: each.weight, isReversed: each.isReversed }) }];
    });
  return {
    trackedInterfaces: [...whole, ...entries((each) => ("interface" in each ? each.interface : undefined))],
    trackedScripts: entries((each) => ("script" in each ? each.script : undefined)),
    trackedFiles: entries((each) => ("file" in each ? each.file : undefined)),
    trackedProcesses: entries((each) => ("process" in each ? each.process : undefined)),
  };
}

type Defined<T> = { [Key in keyof T]?: Exclude<T[Key], undefined> };

/** Without the fields that are undefined. */
export function defined<T extends object>(fields: T): Defined<T> {
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined)) as Defined<T>;
}
