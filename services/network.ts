/**
 * The network as the daemon sees it: watches links and addresses, owns the advert sockets, and tells each virtual
 * router what concerns it. What routers ask for goes out by network-ports.ts.
 */

import type { AnnouncementPace } from "../contracts/config/announcements.ts";
import type { VirtualRouterConfig } from "../contracts/config/schema.ts";
import { parametersOf } from "../machines/parameters.ts";
import { createPace } from "./announcement-pace.ts";
import type { Desk } from "./desk.ts";
import { listAddresses } from "./io/addresses.ts";
import { openAnnouncer } from "./io/announcer.ts";
import { type LinkMonitor, openLinkMonitor } from "./io/link-monitor.ts";
import type { AddressEvent } from "./io/link-table.ts";
import { done, type Outcome, success } from "./io/outcome.ts";
import { emptyStage, type NetworkPorts, type NetworkPortsOptions, networkPorts } from "./network-ports.ts";
import type { Clock } from "./ports.ts";
import { type FindRouter, receiveDatagram } from "./receive.ts";
import {
  clockFloor,
  createSecurityAssociations,
  type SecurityAssociations,
} from "./security-associations.ts";
import {
  createSegment,
  type Place,
  placesOf,
  type Segment,
  type SegmentChange,
  segmentKey,
  wayOutKey,
} from "./segment.ts";
import { createVirtualAddresses, type VirtualAddresses } from "./virtual-addresses.ts";
import type { VirtualMacs } from "./virtual-macs.ts";
import type { VirtualRouter } from "./virtual-router.ts";

export interface NetworkOptions {
  readonly configs: readonly VirtualRouterConfig[];
  readonly clock: Clock;
  /** The running routers, as they are now. */
  readonly routers: () => Iterable<VirtualRouter>;
  readonly findRouter: FindRouter;
  readonly virtualMacs: VirtualMacs;
  /** Gaps between two announcements on an interface; none where it is left out. */
  readonly announcementPace?: AnnouncementPace | undefined;
  /** Where further rounds of announcements wait while other routers are served. */
  readonly desk: Pick<Desk, "post">;
  /** Something an operator should read: lost events, a socket that cannot be opened. */
  readonly onNotice: (notice: string, detail: string) => void;
}

export interface Network {
  readonly ports: NetworkPorts;
  /** The same ways, ending in front of the kernel, for a rehearsal. */
  readonly stage: NetworkPorts;
  /** Tells a router what its interfaces are like: before its Startup, and where it watches others than before. */
  introduce(router: VirtualRouter): void;
  /**
   * These are the configurations from now on: opens what they need, and closes what nobody needs any more. With
   * `interfacesMade` the kernel is asked first, since its word of them is still on the way.
   */
  adopt(configs: readonly VirtualRouterConfig[], interfacesMade: boolean): void;
  /** These gaps between announcements from now on. */
  adoptPace(pace: AnnouncementPace | undefined): void;
  /** Adverts for virtual routers that are not configured on the interface they came in on. */
  unknownAdverts(): number;
  close(): void;
}

/** Milliseconds in which an address that replaces another may come: the kernel tells the removal first. */
const replacementMilliseconds = 20;

/** What the parts of the network share. */
interface Scene extends NetworkOptions {
  readonly links: LinkMonitor;
  readonly virtualAddresses: VirtualAddresses;
  /** By segmentKey. */
  readonly segments: Map<string, Segment>;
  /** What each of them was opened for. */
  readonly places: Map<string, Place>;
  readonly associations: SecurityAssociations;
  /** Interfaces on which an address was removed and may be replaced, with the look that is planned. */
  readonly removals: Map<string, NodeJS.Timeout>;
  unknownAdverts: number;
}

/** Fails where the kernel refuses sockets: no privilege, no add-on. */
export function openNetwork(options: NetworkOptions): Outcome<Network> {
  const { configs, onNotice } = options;
  const announcer = openAnnouncer();
  if (!announcer.ok) return announcer;
  let scene: Scene | undefined;
  const monitor = openLinkMonitor({
    onLink: (link) => scene && update(scene, link.interface),
    onAddress: (event) => scene && hearAddress(scene, event),
    onOverrun: () => onNotice("netlinkOverrun", "the kernel dropped link events; all was read anew"),
    onError: (error) => onNotice("network", error),
  });
  if (!monitor.ok) {
    announcer.value.close();
    return monitor;
  }
  const opened: Scene = {
    ...options,
    links: monitor.value,
    virtualAddresses: createVirtualAddresses(monitor.value),
    segments: new Map(),
    places: new Map(),
    associations: createSecurityAssociations(clockFloor),
    removals: new Map(),
    unknownAdverts: 0,
  };
  scene = opened;
  opened.virtualAddresses.adopt(configs);
  for (const config of configs) openSegments(opened, config);
  const pace = createPace({ clock: options.clock, pace: options.announcementPace });
  const ways: NetworkPortsOptions = {
    announcer: announcer.value,
    links: opened.links,
    associations: opened.associations,
    desk: options.desk,
    pace,
    segment: (router) => opened.segments.get(wayOutKey(router)),
    virtualMacs: options.virtualMacs,
    expect: opened.virtualAddresses.expect,
  };
  const ports = networkPorts(ways);
  return success({
    ports,
    stage: emptyStage(ways),
    introduce: (router) => {
      ports.prepare(router.config);
      for (const name of watchedInterfaces(router.config)) tellLink(opened, name, router);
      tellSource(opened, router);
    },
    adopt: (wanted, interfacesMade) => {
      const read = interfacesMade ? opened.links.resynchronise() : done;
      if (!read.ok) onNotice("network", read.error);
      adoptScene(opened, wanted);
    },
    adoptPace: pace.adopt,
    unknownAdverts: () => opened.unknownAdverts,
    close: () => {
      for (const removal of opened.removals.values()) clearTimeout(removal);
      pace.stop();
      opened.links.close();
      announcer.value.close();
      for (const segment of opened.segments.values()) segment.close();
    },
  });
}

/** The interfaces whose state is told to a router: a fault, or a weight of its priority. */
function watchedInterfaces(config: VirtualRouterConfig): readonly string[] {
  const weighted = config.tracked.filter(({ kind }) => kind === "interface").map(({ name }) => name);
  return [...new Set([...parametersOf(config).trackedInterfaces, ...weighted])];
}

function adoptScene(scene: Scene, configs: readonly VirtualRouterConfig[]): void {
  scene.virtualAddresses.adopt(configs);
  const wanted = new Map(configs.flatMap(placesOf));
  for (const [key, segment] of scene.segments) {
    if (JSON.stringify(wanted.get(key)) === JSON.stringify(scene.places.get(key))) continue;
    segment.close();
    scene.segments.delete(key);
  }
  // What is no longer virtual may be a source, and the other way round.
  const kept = [...scene.segments].map(([key, segment]) => ({
    key,
    name: segment.name,
    ...segment.adjust(),
  }));
  for (const [key, place] of wanted) openSegment(scene, key, place);
  tellChanges(scene, [], kept);
}

function openSegments(scene: Scene, config: VirtualRouterConfig): void {
  for (const [key, place] of placesOf(config)) openSegment(scene, key, place);
}

/** Nothing where it is open: several routers send and hear by one segment. */
function openSegment(scene: Scene, key: string, place: Place): void {
  const { name, parent, group } = place;
  if (scene.segments.has(key)) return;
  const { findRouter, clock, associations } = scene;
  const listener = { interface: parent ?? name, group, findRouter, clock, associations };
  const segment = createSegment({
    ...place,
    links: scene.links,
    isVirtual: (address) => scene.virtualAddresses.has(address),
    onDatagram: (datagram) => {
      if (!receiveDatagram(datagram, listener)) scene.unknownAdverts++;
    },
    onChange: () => update(scene, name),
    onNotice: scene.onNotice,
  });
  scene.segments.set(key, segment);
  scene.places.set(key, place);
  segment.adjust();
}

/** The interface is another than before, or its addresses are: what hangs on it follows, and its routers hear of it. */
function update(scene: Scene, name: string): void {
  scene.virtualMacs.ensure(name);
  const changes = [...scene.segments]
    .filter(([, segment]) => segment.name === name || segment.addressed === name)
    .map(([key, segment]) => ({ key, name: segment.name, ...segment.adjust() }));
  // A thousand routers need not hear of each address among a thousand.
  const isQuiet = changes.every((change) => !change.source && !change.state);
  if (changes.length > 0 && isQuiet) return;
  tellChanges(scene, [name], changes);
}

function tellChanges(scene: Scene, interfaces: readonly string[], changes: readonly Change[]): void {
  const sources = new Set(changes.filter(({ source }) => source).map(({ key }) => key));
  const names = new Set([
    ...interfaces,
    ...changes.filter(({ state }) => state).map((change) => change.name),
  ]);
  if (sources.size === 0 && names.size === 0) return;
  for (const router of scene.routers()) {
    if (sources.has(wayOutKey(router.config))) tellSource(scene, router);
    for (const each of names) tellLink(scene, each, router);
  }
}

interface Change extends SegmentChange {
  readonly key: string;
  /** The segment's interface. */
  readonly name: string;
}

function tellLink({ segments, links, clock }: Scene, name: string, router: VirtualRouter): void {
  const carriers = [router.key.interface, router.config.virtualMac?.interface];
  const keys = [segmentKey({ ...router.config, interface: name }), wayOutKey(router.config)];
  const own = carriers.includes(name)
    ? keys.flatMap((key) => segments.get(key) ?? []).filter((segment) => segment.name === name)
    : [];
  const worst = own.map((segment) => segment.state()).find((each) => each !== "up");
  const state = worst ?? links.link(name)?.state ?? "absent";
  router.dispatch({ type: "link.changed", at: clock.monotonic(), interface: name, state });
}

function tellSource({ segments, clock }: Scene, router: VirtualRouter): void {
  const address = segments.get(wayOutKey(router.config))?.source() ?? null;
  router.dispatch({ type: "primaryAddress.changed", at: clock.monotonic(), address });
}

function hearAddress(scene: Scene, event: AddressEvent): void {
  if (scene.virtualAddresses.has(event.address)) {
    if (event.change !== "removed") return;
    tellLoss(scene, event);
    scene.virtualAddresses.leave(event.address);
  } else if (event.change === "added") {
    update(scene, event.interface);
  } else {
    updateSoon(scene, event.interface);
  }
}

function updateSoon(scene: Scene, name: string): void {
  if (scene.removals.has(name)) return;
  const look = () => {
    scene.removals.delete(name);
    update(scene, name);
  };
  scene.removals.set(name, setTimeout(look, replacementMilliseconds));
}

/** A removal of our own is told late, when the address may be back: the kernel has the last word. */
function tellLoss({ routers, clock }: Scene, event: AddressEvent): void {
  const { address, prefixLength, interface: name } = event;
  const bereft = [...routers()].filter(
    (router) =>
      router.state() === "active" &&
      router.config.addresses.some(
        (each) =>
          each.address === address &&
          (each.peer ?? each).prefixLength === prefixLength &&
          each.interface === name &&
          each.isUntracked !== true,
      ),
  );
  // Asked last, since it is dear: a thousand routers that withdraw are no longer active.
  if (bereft.length === 0 || isPresent(event)) return;
  for (const router of bereft) router.dispatch({ type: "address.lost", at: clock.monotonic(), address });
}

function isPresent({ address, interface: name }: AddressEvent): boolean {
  const present = listAddresses(name);
  return present.ok && present.value.some((each) => each.address === address);
}
